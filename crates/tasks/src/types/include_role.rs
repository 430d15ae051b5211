//! `include_role`: a role, chosen during the run.

use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use super::include_tasks::check_apply;
use crate::Control;
use crate::Include;
use crate::Included;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::plan::Effects;
use crate::plan::IncludedRole;

arguments! {
    /// Runs a role.
    pub struct IncludeRole {
        /// The role.
        name | "role": Text,
        /// The file below the role's `tasks/` instead of `main.yml`.
        tasks_from: Option<String>,
        /// The file below the role's `vars/` instead of `main.yml`.
        vars_from: Option<String>,
        /// The file below the role's `defaults/` instead of `main.yml`.
        defaults_from: Option<String>,
        /// The file below the role's `handlers/` instead of `main.yml`.
        handlers_from: Option<String>,
        /// Keywords for everything that is included; those of the include itself do not hold for it.
        apply: Option<Node>,
        /// Whether the rest of the play sees the role's defaults and variables.
        public: bool = false,
        /// Whether the role runs although it ran before.
        allow_duplicates: bool = true,
        /// Whether the role's `argument_specs` are checked.
        rolespec_validate: bool = true,
    }
}

impl IncludeRole {
    fn included(&self) -> IncludedRole {
        IncludedRole {
            name: self.name.clone(),
            tasks_from: self.tasks_from.clone(),
            vars_from: self.vars_from.clone(),
            defaults_from: self.defaults_from.clone(),
            handlers_from: self.handlers_from.clone(),
            public: self.public,
            allow_duplicates: self.allow_duplicates,
            rolespec_validate: self.rolespec_validate,
        }
    }
}

impl TaskType for IncludeRole {
    const NAME: &'static str = "include_role";
    const ABOUT: &'static str = "Runs a role that is chosen during the run.";
    const EXAMPLE: &'static str = "- name: Set up the load balancer\n  ansible.builtin.include_role:\n    name: \"{{ loadbalancer_type }}\"\n";
    type Seen = ();

    arguments_of!();

    fn is_raw(field: &str) -> bool {
        field == "apply"
    }

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        match check_apply(self.apply.as_ref()) {
            Some(problem) => Err(vec![problem]),
            None => Ok(()),
        }
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let include = Include {
            what: Included::Role(self.included()),
            apply: self.apply.as_ref().and_then(Node::as_map).cloned(),
        };
        let effects = Effects { control: Some(Control::Include(Box::new(include))), ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged(format!("includes the role {}", self.name)) })
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::from_iter([("include_args".to_owned(), evenkeel_host::Known::Is(serde_json::json!({"name": self.name.text})))])
    }
}
