//! Hosts that no connection can reach, because a variable that says how holds a template that cannot be rendered.

use std::sync::Arc;

use evenkeel_engine::CONNECTION_VARIABLES;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_topology::Described as _;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;
use evenkeel_yaml::Source;

use super::names::is_undefined;
use super::names::sources;
use super::names::words;
use crate::Loaded;
use crate::described::Rendered;

/// Words of playbooks by which variables come that no text names.
const FROM_ELSEWHERE: [&str; 4] = ["add_host", "include_vars", "vars_files", "vars_prompt"];

impl Loaded {
    /// What keeps these hosts from being reached, as far as that shows without connecting: templates in
    /// `ansible_host`, `ansible_user`, ... that cannot be rendered. A name that the playbook may define is no finding;
    /// without a playbook, an undefined name is a warning.
    pub fn unreachable(&self, hosts: &[Arc<str>]) -> Vec<Problem> {
        let described = Rendered {
            inventory: &self.inventory,
            extra: &self.extra,
            templar: &self.templar,
        };
        let each = hosts
            .iter()
            .flat_map(|host| CONNECTION_VARIABLES.iter().map(move |variable| (host, variable)));
        let mut found: Vec<Problem> = each
            .filter_map(|(host, variable)| described.value(host, variable).err())
            .filter(|problem| !self.may_be_defined(problem))
            .collect();
        if self.playbook.is_none() {
            let undefined = found.iter_mut().filter(|problem| is_undefined(problem));
            undefined.for_each(|problem| problem.severity = Severity::Warning);
        }
        found
    }

    /// Whether a play or task may give a value to the name that is not defined.
    fn may_be_defined(&self, problem: &Problem) -> bool {
        let Some((place, _)) = problem.at.as_ref().filter(|_| is_undefined(problem)) else {
            return false;
        };
        let name = place.text();
        let mut plays = self.playbook.iter().flat_map(|playbook| &playbook.plays);
        plays.any(|play| mentions(play, name))
    }
}

/// Whether the files that a play and its tasks come from hold a name, or read variables from elsewhere.
fn mentions(play: &Arc<Play>, name: &str) -> bool {
    let found = |source: &Arc<Source>| {
        words(&source.text).any(|(_, word)| word == name || FROM_ELSEWHERE.contains(&word))
    };
    sources(&Program::new(play)).iter().any(found)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::Memory;
    use crate::Project;

    /// What is found about `web1` with this playbook.
    fn found(playbook: &str) -> Vec<String> {
        let files = Memory::default()
            .with("hosts.ini", "web1 ansible_host=\"{{ jump }}\"\n")
            .with("site.yml", playbook);
        let project = Project::new(Arc::new(files))
            .inventory("hosts.ini")
            .playbook("site.yml");
        let loaded = project.load().unwrap_or_else(|problems| panic!("{problems:#?}"));
        let found = loaded.unreachable(&["web1".into()]);
        found.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_undefined_name_is_found_unless_the_playbook_may_define_it() {
        let says = "- hosts: web1\n  tasks:\n    - ansible.builtin.debug: {msg: hi}\n";
        assert_eq!(found(says), ["hosts.ini:1:23: `jump` is undefined on web1"]);
        let sets = "- hosts: web1\n  tasks:\n    - ansible.builtin.set_fact: {jump: 192.0.2.1}\n";
        assert_eq!(found(sets), [""; 0]);
        let asks = "- hosts: web1\n  vars_files: [a.yml]\n  tasks: []\n";
        assert_eq!(found(asks), [""; 0]);
    }
}
