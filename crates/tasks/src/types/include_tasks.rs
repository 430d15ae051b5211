//! `include_tasks`: the tasks of a file, chosen during the run.

use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

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

arguments! {
    /// Runs the tasks of a file.
    pub struct IncludeTasks {
        /// The file: beside the one that includes it, below the role's `tasks/`, or in the play's folder.
        file: Option<Text>,
        /// Keywords for the tasks that are included; those of the include itself do not hold for them.
        apply: Option<Node>,
        /// The file, as the only argument.
        free_form: Option<Text>,
    }
}

impl IncludeTasks {
    fn named(&self) -> Option<&Text> {
        self.free_form.as_ref().or(self.file.as_ref())
    }
}

/// `apply` must be a mapping of keywords.
pub(super) fn check_apply(apply: Option<&Node>) -> Option<Problem> {
    let wrong = apply.filter(|node| node.as_map().is_none())?;
    let problem = Problem::error("task::type", format!("`apply` is a mapping, not {}", wrong.kind()));
    Some(problem.at(&wrong.place, "expected keywords such as `tags:` here"))
}

impl TaskType for IncludeTasks {
    const NAME: &'static str = "include_tasks";
    const ABOUT: &'static str = "Runs the tasks of a file that is chosen during the run.";
    const EXAMPLE: &'static str = "- name: Prepare the distribution\n  ansible.builtin.include_tasks: prepare-{{ ansible_os_family }}.yml\n";
    const FREE_FORM: Option<&'static str> = Some("free_form");
    type Seen = ();

    arguments_of!();

    fn is_raw(field: &str) -> bool {
        field == "apply"
    }

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems: Vec<Problem> = check_apply(self.apply.as_ref()).into_iter().collect();
        if self.named().is_none_or(|file| file.text.trim().is_empty()) {
            let problem = Problem::error("task::missing", "`include_tasks` names no file");
            problems.push(problem.help("write `include_tasks: FILE`, or `file: FILE` below it"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let Some(file) = self.named() else {
            return Ok(Plan::unchanged("nothing is included"));
        };
        let include = Include {
            what: Included::Tasks { file: file.clone() },
            apply: self.apply.as_ref().and_then(Node::as_map).cloned(),
        };
        let effects = Effects { control: Some(Control::Include(Box::new(include))), ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged(format!("includes {file}")) })
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let file = self.named().map(|file| file.text.clone()).unwrap_or_default();
        Returned::from_iter([("include".to_owned(), evenkeel_host::Known::Is(file.into()))])
    }
}
