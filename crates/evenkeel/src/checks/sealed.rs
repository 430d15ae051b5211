//! Variables of a playbook that are encrypted with a password that is not known.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_playbook::Stored;
use evenkeel_yaml::Problem;

use super::names::sources;
use super::names::words;
use crate::Loaded;
use crate::described::Rendered;

impl Loaded {
    /// The encrypted variables of these hosts and of the plays that no password opens, as far as the playbook names them.
    /// One that nothing names may stay encrypted, as in Ansible.
    pub(super) fn sealed(&self, hosts: &[Arc<str>]) -> Vec<Problem> {
        let described = Rendered {
            inventory: &self.inventory,
            extra: &self.extra,
            templar: &self.templar,
        };
        let named = self.named();
        let mut found = Vec::new();
        for scope in hosts.iter().filter_map(|host| described.scope(host)) {
            let known = named.iter().filter(|name| scope.get(name).is_some());
            let used = self.templar.reach(known.cloned().collect(), &scope);
            for name in used {
                if let Some(Stored::Template(node)) = scope.get(&name).map(|var| var.stored) {
                    found.extend(self.templar.sealed(&name, &node));
                }
            }
        }
        found.extend(self.sealed_of_plays());
        let mut seen = BTreeSet::new();
        found.retain(|problem| seen.insert(problem.to_string()));
        found
    }

    /// The words of the files that the tasks come from.
    fn named(&self) -> BTreeSet<String> {
        let programs = self.programs();
        let sources = programs.iter().flat_map(sources);
        let mut named = BTreeSet::new();
        for source in sources {
            named.extend(words(&source.text).map(|(_, word)| word.to_owned()));
        }
        named
    }

    /// Those among the variables that stand with plays, blocks, tasks and roles.
    fn sealed_of_plays(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        for program in self.programs() {
            let own = program
                .all_tasks()
                .into_iter()
                .flat_map(|task| &task.keywords.vars);
            for (name, node) in own
                .chain(&program.play.keywords.vars)
                .flat_map(|vars| vars.iter())
            {
                found.extend(self.templar.sealed(name, node));
            }
        }
        found
    }
}
