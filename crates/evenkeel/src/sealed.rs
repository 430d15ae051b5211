//! Variables of a playbook that are encrypted with a password that is not known.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_playbook::Stored;
use evenkeel_playbook::play::Program;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

use crate::Loaded;
use crate::described::Rendered;

impl Loaded {
    /// The encrypted variables of these hosts and of the plays that no password opens, as far as the playbook names them.
    /// One that nothing names may stay encrypted, as in Ansible.
    pub fn sealed(&self, hosts: &[Arc<str>]) -> Vec<Problem> {
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
        let mut sources: Vec<Arc<Source>> = Vec::new();
        for play in self.playbook.iter().flat_map(|playbook| &playbook.plays) {
            let program = Program::new(play);
            let tasks = program
                .all_tasks()
                .into_iter()
                .map(|task| Arc::clone(&task.card.at.source));
            sources.extend(std::iter::once(Arc::clone(&play.hosts.place.source)).chain(tasks));
        }
        sources.dedup_by(|a, b| Arc::ptr_eq(a, b));
        let part_of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let words = sources
            .iter()
            .flat_map(|source| source.text.split(|c| !part_of_a_name(c)));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// Those among the variables that stand with plays, blocks, tasks and roles.
    fn sealed_of_plays(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        for play in self.playbook.iter().flat_map(|playbook| &playbook.plays) {
            let program = Program::new(play);
            let tasks = program.all_tasks();
            let own = tasks.iter().flat_map(|task| &task.keywords.vars);
            for (name, node) in own.chain(&play.keywords.vars).flat_map(|vars| vars.iter()) {
                found.extend(self.templar.sealed(name, node));
            }
        }
        found
    }
}
