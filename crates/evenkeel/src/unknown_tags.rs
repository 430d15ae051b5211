//! Tags of the command line that no task has.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_playbook::play::Program;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use crate::Loaded;

/// Words that choose tasks without being their tags.
const SPECIAL: [&str; 5] = ["all", "always", "never", "tagged", "untagged"];

impl Loaded {
    /// A warning for each of these tags that no task of the playbook has, with the one that was perhaps meant. Where
    /// tags are templates, or tasks are read during the run, nobody knows.
    pub fn unknown_tags(&self, named: &[Arc<str>]) -> Vec<Problem> {
        let mut known: BTreeSet<Arc<str>> = BTreeSet::new();
        for play in self.playbook.iter().flat_map(|playbook| &playbook.plays) {
            let program = Program::new(play);
            known.extend(play.keywords.tags.iter().cloned());
            if includes(&play.hosts.place) {
                return Vec::new();
            }
            for task in program.tasks_and_handlers() {
                if includes(&task.card.at) {
                    return Vec::new();
                }
                known.extend(task.keywords.tags.iter().cloned());
            }
        }
        if known.iter().any(|tag| tag.contains("{{")) {
            return Vec::new();
        }
        let unknown = named
            .iter()
            .filter(|tag| !known.contains(*tag) && !SPECIAL.contains(&&***tag) && !tag.is_empty());
        unknown.map(|tag| unknown_tag(tag, &known)).collect()
    }
}

/// Whether a file has tasks read during the run.
fn includes(place: &Place) -> bool {
    ["include_tasks", "include_role"]
        .iter()
        .any(|word| place.source.text.contains(word))
}

fn unknown_tag(tag: &str, known: &BTreeSet<Arc<str>>) -> Problem {
    let problem = Problem::warning("tags::unknown", format!("no task has the tag `{tag}`"));
    let near = nearest(tag, known.iter().map(|known| &**known));
    let list: Vec<&str> = known.iter().map(|tag| &**tag).collect();
    match near {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None if list.is_empty() => problem.help("this playbook has no tags at all"),
        None => problem.help(format!("its tags are {}", list.join(", "))),
    }
}
