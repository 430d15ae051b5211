//! The hosts that a pattern chooses.

use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_yaml::Problem;
use evenkeel_yaml::Problems;
use evenkeel_yaml::nearest;

use super::Inventory;
use super::Pattern;
use super::glob;
use super::model::is_local;
use super::pattern::Matcher;
use super::pattern::Operation;
use super::pattern::Slice;
use super::pattern::Term;

/// Chosen hosts, and why there are none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The hosts in the order of the pattern and the inventory, each once.
    pub hosts: Vec<Arc<str>>,
    /// When there is no host: whether a group is empty or the pattern leaves nothing.
    pub notes: Problems,
}

/// What one term means, before its slice.
struct Found {
    hosts: Vec<Arc<str>>,
    /// Whether it names a group, which may be empty.
    group: bool,
}

impl Inventory {
    /// The hosts that a pattern chooses, in the order of the pattern and the inventory.
    ///
    /// # Errors
    /// A term that names no host, no group and nothing else.
    pub fn select(&self, pattern: &Pattern) -> Result<Vec<Arc<str>>, Problem> {
        self.selection(pattern).map(|selection| selection.hosts)
    }

    /// As [`Inventory::select`], with notes that say why nothing is left.
    ///
    /// # Errors
    /// A term that names no host, no group and nothing else.
    pub fn selection(&self, pattern: &Pattern) -> Result<Selection, Problem> {
        let mut hosts: Vec<Arc<str>> = Vec::new();
        let mut notes = Problems::new();
        if !pattern
            .terms
            .iter()
            .any(|term| term.operation == Operation::Unite)
        {
            hosts = self.members("all").unwrap_or_default();
        }
        let mut emptied = None;
        for term in pattern.ordered() {
            let found = self.term(term, &mut notes)?;
            let before = hosts.len();
            let found: HashSet<Arc<str>> = match term.operation {
                Operation::Unite => {
                    hosts.extend(found);
                    continue;
                }
                Operation::Intersect | Operation::Exclude => found.into_iter().collect(),
            };
            let keep = term.operation == Operation::Intersect;
            hosts.retain(|host| found.contains(host) == keep);
            if before > 0 && hosts.is_empty() {
                emptied = Some(term);
            }
        }
        let mut seen = HashSet::new();
        hosts.retain(|host| seen.insert(Arc::clone(host)));
        if let Some(term) = emptied {
            notes.push(nothing_left(term));
        }
        if !hosts.is_empty() {
            notes.retain(|note| note.code == "pattern::unknown");
        }
        Ok(Selection { hosts, notes })
    }

    /// Those of some hosts that a limit chooses too, in their order.
    ///
    /// # Errors
    /// A term of the limit that names no host, no group and nothing else.
    pub fn limited(&self, hosts: &[Arc<str>], limit: &Pattern) -> Result<Selection, Problem> {
        let chosen = self.selection(limit)?;
        let mut notes = chosen.notes;
        let chosen: HashSet<Arc<str>> = chosen.hosts.into_iter().collect();
        let left: Vec<Arc<str>> = hosts
            .iter()
            .filter(|host| chosen.contains(*host))
            .cloned()
            .collect();
        if left.is_empty() && !hosts.is_empty() && !chosen.is_empty() {
            let note = Problem::note("pattern::limit", "the limit leaves no host")
                .at(&limit.place, "none of these hosts is meant here");
            notes.push(note);
        }
        Ok(Selection { hosts: left, notes })
    }

    fn term(&self, term: &Term, notes: &mut Problems) -> Result<Vec<Arc<str>>, Problem> {
        if let Some(host) = self.hosts.get(&*term.text) {
            return Ok(vec![Arc::clone(&host.name)]);
        }
        let found = self.matching(term);
        if found.hosts.is_empty() && !found.group {
            let problem = self.unknown(term);
            if !self.allow_empty {
                return Err(problem);
            }
            notes.push(Problem {
                severity: evenkeel_yaml::Severity::Note,
                ..problem
            });
        } else if found.hosts.is_empty() && term.operation == Operation::Unite {
            notes.push(
                Problem::note(
                    "pattern::empty-group",
                    format!("group `{}` has no hosts", term.text),
                )
                .at(&term.place, "nothing to do here"),
            );
        }
        let count = found.hosts.len();
        let hosts = match term.slice {
            Some(slice) => sliced(found.hosts, slice),
            None => found.hosts,
        };
        if hosts.is_empty() && count > 0 {
            let message = format!("`{}` is beyond the {count} hosts there", term.text);
            let last = count - 1;
            notes.push(
                Problem::note("pattern::slice", message)
                    .at(&term.place, format!("hosts are counted from 0 to {last}")),
            );
        }
        Ok(hosts)
    }

    /// As in Ansible: matching groups give their members; hosts are looked at when no group matches or the
    /// term may be a shell pattern.
    fn matching(&self, term: &Term) -> Found {
        let mut hosts = Vec::new();
        let mut group = false;
        for (at, name) in self.groups.keys().enumerate() {
            if term.matcher.matches(name) {
                group = true;
                hosts.extend(
                    self.member_indices(at as u32)
                        .into_iter()
                        .map(|host| self.host_name(host)),
                );
            }
        }
        let special = match &term.matcher {
            Matcher::Regex(_) => true,
            Matcher::Name(name) => name.contains(['.', '?', '*', '[']),
        };
        if !group || special {
            hosts.extend(
                self.hosts
                    .keys()
                    .filter(|name| term.matcher.matches(name))
                    .cloned(),
            );
        }
        if hosts.is_empty()
            && let Matcher::Name(name) = &term.matcher
            && is_local(name)
        {
            hosts.push(
                self.host(name)
                    .map_or_else(|| name.as_str().into(), |host| Arc::clone(&host.name)),
            );
        }
        Found { hosts, group }
    }

    fn unknown(&self, term: &Term) -> Problem {
        let (message, label) = match &term.matcher {
            Matcher::Regex(_) => (
                format!("`{}` matches no host and no group", term.text),
                "no name begins like this",
            ),
            Matcher::Name(name) if name.contains(['*', '?', '[']) => (
                format!("`{}` matches no host and no group", term.text),
                "no name is like this",
            ),
            Matcher::Name(name) => (format!("there is no host and no group `{name}`"), "unknown"),
        };
        let problem = Problem::error("pattern::unknown", message).at(&term.place, label);
        self.suggestion(term, problem)
    }

    fn suggestion(&self, term: &Term, problem: Problem) -> Problem {
        let Matcher::Name(name) = &term.matcher else {
            return if term.text.contains('{') && !term.text.contains('}') {
                problem.help("a comma divides terms, in a regular expression too")
            } else {
                problem
            };
        };
        if let Some(help) = misplaced(name) {
            return problem.help(help);
        }
        let known = self.groups.keys().chain(self.hosts.keys()).map(|name| &**name);
        match nearest(name, known) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("evenkeel inventory --graph shows what there is"),
        }
    }
}

/// What to write when a name holds a character that means something elsewhere.
fn misplaced(name: &str) -> Option<String> {
    let help = match name.as_bytes().first()? {
        b'#' => "a file of hosts has no comments: remove the line".to_owned(),
        b'@' => "only --limit takes @FILE, and as a term of its own".to_owned(),
        _ if name.contains(',') => "in a file, write one host, group or pattern per line".to_owned(),
        _ if name.contains(':') => format!(
            "a pattern that has a comma is divided at commas only: write {}",
            name.replace(':', ",")
        ),
        _ => return None,
    };
    Some(help)
}

fn nothing_left(term: &Term) -> Problem {
    let label = match term.operation {
        Operation::Intersect => "none of the chosen hosts is in it",
        Operation::Exclude | Operation::Unite => "all of the chosen hosts are in it",
    };
    Problem::note("pattern::nothing-left", "the pattern leaves no host").at(&term.place, label)
}

fn sliced(hosts: Vec<Arc<str>>, slice: Slice) -> Vec<Arc<str>> {
    let len = hosts.len();
    match slice {
        Slice::Item(at) => {
            let at = if at < 0 {
                at.checked_add(len as i64)
            } else {
                Some(at)
            };
            at.and_then(|at| usize::try_from(at).ok())
                .and_then(|at| hosts.get(at).cloned())
                .into_iter()
                .collect()
        }
        Slice::Range(from, to) => {
            let count = to.map_or(len, |to| to.saturating_add(1)).saturating_sub(from);
            hosts.into_iter().skip(from).take(count).collect()
        }
    }
}

impl Matcher {
    fn matches(&self, name: &str) -> bool {
        match self {
            Matcher::Name(pattern) if pattern.contains(['*', '?', '[']) => glob::matches(pattern, name),
            Matcher::Name(pattern) => pattern == name,
            // An expression that gives up on a name does not match it.
            Matcher::Regex(regex) => regex.is_match(name).unwrap_or(false),
        }
    }
}
