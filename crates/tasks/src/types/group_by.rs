//! `group_by`: groups whose members are found out during the run.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use crate::Addition;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::plan::Effects;

arguments! {
    /// Makes hosts members of groups.
    pub struct GroupBy {
        /// The group that the host becomes a member of; blanks become dashes.
        key: String,
        /// The groups above it.
        parents: Vec<String> = vec!["all".to_owned()],
    }
}

impl TaskType for GroupBy {
    const NAME: &'static str = "group_by";
    const ABOUT: &'static str =
        "Makes each host a member of a group, usually one that a fact names: later plays can name the group.";
    const EXAMPLE: &'static str = "- name: Group by the operating system\n  ansible.builtin.group_by:\n    key: \"os_{{ ansible_facts['distribution'] }}\"\n";
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let group = self.key.replace(' ', "-");
        let parents = self.parents.iter().map(|parent| parent.replace(' ', "-")).collect();
        let effects = Effects { additions: vec![Addition::Member { group, parents }], ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged("the host is a member already") })
    }

    fn result(&self, _seen: &(), plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        for addition in &plan.effects.additions {
            if let Addition::Member { group, parents } = addition {
                returned.insert("add_group".to_owned(), Known::Is(group.as_str().into()));
                returned.insert("parent_groups".to_owned(), Known::Is(parents.clone().into()));
            }
        }
        returned
    }
}
