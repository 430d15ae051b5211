//! Questions that one program answers together.

use std::collections::BTreeMap;

use super::entries;
use super::frame::Frame;
use super::records;
use super::script::quoted;
use crate::AbsPath;
use crate::Answer;
use crate::AnyFact;
use crate::Ask;
use crate::Output;
use crate::Want;
use crate::Who;

/// How many paths one program is given.
const PATHS_AT_ONCE: usize = 500;

/// Asks of one user that one program answers, with their positions.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) who: Who,
    /// Distinguishes it within its round trip.
    number: usize,
    subject: Subject,
}

/// A path, and who asks about it.
type Asked = (AbsPath, Positions);

#[derive(Debug)]
enum Subject {
    /// What is at paths.
    Stats(Vec<Asked>),
    /// What is at paths, and the content of files.
    Files {
        paths: Vec<Asked>,
        follow: bool,
    },
    List(AbsPath, usize),
    Tree(AbsPath, usize),
    Glob(String, usize),
    /// Facts of one family.
    Facts(Vec<(AnyFact, usize)>),
}

/// The positions of those who ask about a path, each with whether it follows a link.
type Positions = Vec<(usize, bool)>;

/// What one program answers together about paths: who asks, and, where contents are wanted, whether links are followed.
type Together<'a> = (&'a Who, Option<bool>);

impl Question {
    /// Groups the asks at these positions, in the order in which they will be answered.
    pub(super) fn group(asks: &[Ask], open: &[usize]) -> Vec<Question> {
        let mut paths: BTreeMap<Together<'_>, BTreeMap<&AbsPath, Positions>> = BTreeMap::new();
        let mut facts: BTreeMap<(&Who, &str), Vec<(AnyFact, usize)>> = BTreeMap::new();
        let mut subjects: Vec<(&Who, Subject)> = Vec::new();
        for index in open.iter().copied() {
            let Ask { who, want } = &asks[index];
            match want {
                Want::Entry {
                    path,
                    follow,
                    content,
                } => {
                    let group = paths.entry((who, content.then_some(*follow))).or_default();
                    group.entry(path).or_default().push((index, *follow));
                }
                Want::Fact(fact) => {
                    let family = facts.entry((who, fact.key().family)).or_default();
                    family.push((fact.clone(), index));
                }
                Want::List(path) => subjects.push((who, Subject::List(path.clone(), index))),
                Want::Tree(path) => subjects.push((who, Subject::Tree(path.clone(), index))),
                Want::Glob(pattern) => subjects.push((who, Subject::Glob(pattern.clone(), index))),
            }
        }
        for ((who, follow), paths) in paths {
            let paths: Vec<Asked> = paths
                .into_iter()
                .map(|(path, asked)| (path.clone(), asked))
                .collect();
            for paths in paths.chunks(PATHS_AT_ONCE).map(<[Asked]>::to_vec) {
                let subject = match follow {
                    Some(follow) => Subject::Files { paths, follow },
                    None => Subject::Stats(paths),
                };
                subjects.push((who, subject));
            }
        }
        subjects.extend(
            facts
                .into_iter()
                .map(|((who, _), facts)| (who, Subject::Facts(facts))),
        );
        subjects.sort_by_key(|(who, _)| *who);
        let numbered = subjects.into_iter().enumerate();
        numbered
            .map(|(number, (who, subject))| Question {
                who: who.clone(),
                number,
                subject,
            })
            .collect()
    }

    pub(super) fn label(&self) -> String {
        format!("q{}", self.number)
    }

    /// The commands that answer it, with the mark at the end.
    pub(super) fn script(&self) -> String {
        let commands = match &self.subject {
            Subject::Stats(paths) => entries::stats(paths.iter().map(|(path, _)| path), follows(paths)),
            Subject::Files { paths, follow } => entries::files(paths.iter().map(|(path, _)| path), *follow),
            Subject::List(path, _) => {
                let folder = quoted(&format!("{}/.", path.as_str().trim_end_matches('/')));
                format!("find {} -mindepth 1 -maxdepth 1 -printf '%P\\0'", *folder)
            }
            Subject::Tree(path, _) => {
                let folder = quoted(&format!("{}/.", path.as_str().trim_end_matches('/')));
                format!(
                    "find {} -mindepth 1 -printf \"{}\"",
                    *folder,
                    records::format("%P")
                )
            }
            Subject::Glob(pattern, _) => {
                let each = "if [ -e \"$p\" ] || [ -L \"$p\" ]; then printf '%s\\0' \"$p\"; fi";
                format!("for p in {}; do {each}; done", glob(pattern))
            }
            Subject::Facts(facts) => {
                let mut keys: Vec<&str> = facts.iter().map(|(fact, _)| fact.key().key.as_ref()).collect();
                keys.sort_unstable();
                keys.dedup();
                let script = facts
                    .first()
                    .map(|(fact, _)| fact.script(&keys))
                    .unwrap_or_default();
                format!("( eval {} )", *quoted(&script))
            }
        };
        format!("{commands}\nmark {} $?\n", self.label())
    }

    /// Reads the answers; what is to be asked again stays open.
    pub(super) fn answer(&self, frame: &Frame, answers: &mut [Option<Answer>]) {
        match &self.subject {
            Subject::Stats(paths) => {
                let found = entries::read_stats(frame, paths.iter().map(|(path, _)| path), follows(paths));
                for ((_, asked), [itself, followed]) in paths.iter().zip(found) {
                    for (index, follow) in asked {
                        let answer = if *follow { followed.clone() } else { itself.clone() };
                        answers[*index] = Some(answer);
                    }
                }
            }
            Subject::Files { paths, follow } => {
                let found = entries::read_files(frame, paths.iter().map(|(path, _)| path), *follow);
                for ((_, asked), answer) in paths.iter().zip(found) {
                    asked
                        .iter()
                        .for_each(|(index, _)| answers[*index].clone_from(&answer));
                }
            }
            Subject::List(path, index) => answers[*index] = Some(records::list(path, frame)),
            Subject::Tree(path, index) => answers[*index] = Some(records::tree(path, frame)),
            Subject::Glob(_, index) => answers[*index] = Some(records::glob(frame)),
            Subject::Facts(facts) => {
                let code = frame.note.parse().unwrap_or(-1);
                let (stdout, stderr) = (frame.stdout.clone(), frame.stderr.clone());
                let output = Output {
                    code,
                    stdout,
                    stderr,
                    seconds: 0.0,
                };
                for (fact, index) in facts {
                    answers[*index] = Some(match fact.parse(&output) {
                        Ok(value) => Answer::Fact(value.into()),
                        Err(why) => Answer::Failed(why.into()),
                    });
                }
            }
        }
    }

    /// Answers the same to everything.
    pub(super) fn settle(&self, answer: &Answer, answers: &mut [Option<Answer>]) {
        let indices: Vec<usize> = match &self.subject {
            Subject::Stats(paths) | Subject::Files { paths, .. } => paths
                .iter()
                .flat_map(|(_, asked)| asked.iter().map(|(index, _)| *index))
                .collect(),
            Subject::List(_, index) | Subject::Tree(_, index) | Subject::Glob(_, index) => vec![*index],
            Subject::Facts(facts) => facts.iter().map(|(_, index)| *index).collect(),
        };
        indices
            .into_iter()
            .for_each(|index| answers[index] = Some(answer.clone()));
    }
}

/// Whether somebody wants to know what a link leads to.
fn follows(paths: &[Asked]) -> bool {
    paths
        .iter()
        .any(|(_, asked)| asked.iter().any(|(_, follow)| *follow))
}

/// A pattern with everything but its wildcards quoted.
fn glob(pattern: &str) -> String {
    let mut words = String::with_capacity(pattern.len());
    let mut escaped = false;
    for c in pattern.chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '*' | '?' | '[' | ']' | '!' | '-' | '/' if !escaped => words.push(c),
            c if c.is_ascii_alphanumeric() => words.push(c),
            '\n' => words.push_str("'\n'"),
            c => words.extend(['\\', c]),
        }
        escaped = false;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wildcards_of_a_pattern_are_active() {
        assert_eq!(
            glob("/etc/it's $(x)/*.d/[a-c]"),
            r"/etc/it\'s\ \$\(x\)/*\.d/[a-c]"
        );
        assert_eq!(glob(r"/a\*"), r"/a\*");
    }
}
