//! The words of playbooks, and what they can mean.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_playbook::play::Program;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

/// Whether it is about a name that is not defined.
pub(super) fn is_undefined(problem: &Problem) -> bool {
    problem.code == "template::undefined"
}

/// The words of a text that can be names, with their offsets.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.split(move |c| !part(c))
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
}

/// The files that a play and its tasks come from.
pub(super) fn sources(program: &Program) -> Vec<Arc<Source>> {
    let tasks = program.tasks_and_handlers();
    let tasks = tasks.map(|task| Arc::clone(&task.card.at.source));
    let mut sources: Vec<_> = std::iter::once(Arc::clone(&program.play.hosts.place.source))
        .chain(tasks)
        .collect();
    sources.dedup_by(|a, b| Arc::ptr_eq(a, b));
    sources
}

/// Names that the texts of plays seem to give a value: keys, and what stands behind `register`.
pub(super) fn declared(programs: &[Program]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in programs.iter().flat_map(sources) {
        let text = source.text.as_str();
        for (at, word) in words(text) {
            let before = text
                .get(..at)
                .unwrap_or_default()
                .trim_end_matches([' ', '\'', '"']);
            let after = text.get(at + word.len()..).unwrap_or_default();
            let gives = ["register:", "loop_var:", "index_var:"];
            if after.starts_with([':', '=']) || gives.iter().any(|key| before.ends_with(key)) {
                names.insert(word.to_owned());
            }
        }
    }
    names
}
