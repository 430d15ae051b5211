//! Answering questions from memory and floor.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::floor::Floor;
use super::glob;
use super::memory::Cover;
use super::memory::Memo;
use super::memory::Memory;
use super::memory::within;
use super::node::Node;
use super::resolve::Loop;
use super::resolve::Step;
use super::resolve::resolve;
use crate::AbsPath;
use crate::Answer;
use crate::Ask;
use crate::Entry;
use crate::Kind;
use crate::Known;
use crate::Want;
use crate::Who;
use crate::fixture::below;

/// All answers; `None` when the floor has to be asked first.
pub(super) fn all(memory: &Memory, floor: &mut Floor<'_>, asks: &[Ask]) -> Option<Vec<Known<Answer>>> {
    let answers: Vec<Option<Known<Answer>>> = asks
        .iter()
        .map(|ask| {
            Answering {
                memory,
                floor,
                who: &ask.who,
            }
            .answer(ask)
        })
        .collect();
    answers.into_iter().collect()
}

/// What memory alone says of a path, as whoever logs in sees it; `None` when the floor has to be asked first.
pub(super) fn drafted(
    memory: &Memory,
    floor: &mut Floor<'_>,
    path: &AbsPath,
) -> Option<Option<Known<Answer>>> {
    let mut answering = Answering {
        memory,
        floor,
        who: &Who::Login,
    };
    let at = match answering.resolve(path, true)? {
        Ok(at) => at,
        Err(answer) => return Some(Some(answer)),
    };
    match memory.at(&at) {
        Memo::Floor => Some(None),
        Memo::Absent | Memo::Unknown(_) | Memo::Node(_) => answering.entry_at(&at, true).map(Some),
    }
}

/// Answering one question as somebody.
pub(super) struct Answering<'a, 'b> {
    pub(super) memory: &'a Memory,
    pub(super) floor: &'a mut Floor<'b>,
    pub(super) who: &'a Who,
}

impl Answering<'_, '_> {
    fn answer(&mut self, ask: &Ask) -> Option<Known<Answer>> {
        match &ask.want {
            Want::Fact(fact) => match self.memory.fact(fact.key()) {
                Some(value) => Some(value.map(Answer::Fact)),
                None => self.floor.get(ask.clone()),
            },
            _ if self.memory.no_paths() => self.floor.get(ask.clone()),
            Want::Entry {
                path,
                follow,
                content,
            } => self.entry(path, *follow, *content),
            Want::List(path) => self.list(path),
            Want::Tree(path) => self.tree(path),
            Want::Glob(pattern) => self.glob(pattern),
        }
    }

    /// The path without links on the way to it; an answer instead when there is a loop.
    pub(super) fn resolve(&mut self, path: &AbsPath, follow: bool) -> Option<Result<AbsPath, Known<Answer>>> {
        if !self.floor.is_free() {
            for at in path.prefixes() {
                self.step(&at);
            }
        }
        let found = resolve(path, follow, &mut |at| self.step(at))?;
        Some(found.map_err(|Loop| failed(format!("{path}: too many levels of symbolic links"))))
    }

    fn step(&mut self, path: &AbsPath) -> Option<Step> {
        let kind = match self.memory.at(path) {
            Memo::Absent | Memo::Unknown(_) => return Some(Step::Other),
            Memo::Node(node) => node.entry.stat.kind.clone(),
            Memo::Floor => match self.floor.lstat(self.who, path)? {
                Known::Is(Answer::Entry(Some(entry))) => entry.stat.kind.clone(),
                _ => return Some(Step::Other),
            },
        };
        Some(if let Kind::Link(target) = kind {
            Step::Link(target)
        } else {
            Step::Other
        })
    }

    fn entry(&mut self, path: &AbsPath, follow: bool, content: bool) -> Option<Known<Answer>> {
        let at = match self.resolve(path, follow)? {
            Ok(at) => at,
            Err(answer) => return Some(answer),
        };
        let answer = self.entry_or_below(path, &at, follow, content)?;
        Some(if self.memory.changes_entries_of(&at) {
            answer.map(as_forecast)
        } else {
            answer
        })
    }

    fn entry_or_below(
        &mut self,
        path: &AbsPath,
        at: &AbsPath,
        follow: bool,
        content: bool,
    ) -> Option<Known<Answer>> {
        match self.memory.at(at) {
            Memo::Floor if !self.memory.has_links => {
                let want = Want::Entry {
                    path: path.clone(),
                    follow,
                    content,
                };
                self.floor.get(Ask {
                    who: self.who.clone(),
                    want,
                })
            }
            _ => self.entry_at(at, content),
        }
    }

    /// What is at a path that has no link on the way to it.
    pub(super) fn entry_at(&mut self, at: &AbsPath, content: bool) -> Option<Known<Answer>> {
        match self.memory.at(at) {
            Memo::Absent => Some(Known::Is(Answer::Entry(None))),
            Memo::Unknown(why) => Some(Known::Unknown(Arc::clone(why))),
            Memo::Node(node) => self.node(node, content),
            Memo::Floor => {
                let want = Want::Entry {
                    path: at.clone(),
                    follow: false,
                    content,
                };
                self.floor.get(Ask {
                    who: self.who.clone(),
                    want,
                })
            }
        }
    }

    fn node(&mut self, node: &Node, content: bool) -> Option<Known<Answer>> {
        if let Some(why) = node.why() {
            return Some(Known::Unknown(Arc::clone(why)));
        }
        let (true, Some(path)) = (content, &node.content_at) else {
            return Some(Known::Is(Answer::Entry(Some(Arc::clone(&node.entry)))));
        };
        let want = Want::Entry {
            path: path.clone(),
            follow: false,
            content: true,
        };
        let below = self.floor.get(Ask {
            who: self.who.clone(),
            want,
        })?;
        Some(match below {
            Known::Is(Answer::Entry(Some(below))) => {
                let entry = Entry {
                    stat: node.entry.stat.clone(),
                    content: below.content.clone(),
                };
                Known::Is(Answer::Entry(Some(Arc::new(entry))))
            }
            Known::Is(Answer::Entry(None)) => failed(format!("{path} has gone")),
            other => other,
        })
    }

    /// What the floor says about a folder, unless memory covers it all.
    fn floor_says(&mut self, at: &AbsPath, want: Want) -> Option<Result<Answer, Known<Answer>>> {
        match self.memory.at(at) {
            Memo::Node(node) if node.entry.stat.kind != Kind::Directory => {
                return Some(Err(failed(format!("{at} is no folder"))));
            }
            _ => {}
        }
        match self.memory.cover(at) {
            Some(Cover::Absent) => return Some(Ok(Answer::Paths(Vec::new()))),
            Some(Cover::Unknown(why)) => return Some(Err(Known::Unknown(Arc::clone(why)))),
            None => {}
        }
        Some(
            match self.floor.get(Ask {
                who: self.who.clone(),
                want,
            })? {
                Known::Is(Answer::Failed(why)) => Err(Known::Is(Answer::Failed(why))),
                Known::Is(answer) => Ok(answer),
                unknown => Err(unknown),
            },
        )
    }

    fn list(&mut self, path: &AbsPath) -> Option<Known<Answer>> {
        let at = match self.resolve(path, true)? {
            Ok(at) => at,
            Err(answer) => return Some(answer),
        };
        let names = match self.floor_says(&at, Want::List(at.clone()))? {
            Ok(answer) => paths(answer),
            Err(answer) => return Some(answer),
        };
        let mut all: BTreeMap<AbsPath, ()> = names.map(|path| (path, ())).collect();
        for (covered, cover) in
            within(&self.memory.covers, &at).filter(|(c, _)| c.parent().as_ref() == Some(&at))
        {
            match cover {
                Cover::Absent => drop(all.remove(covered)),
                Cover::Unknown(why) if !self.memory.nodes.contains_key(covered) => {
                    return Some(Known::Unknown(Arc::clone(why)));
                }
                Cover::Unknown(_) => {}
            }
        }
        let nodes = within(&self.memory.nodes, &at).filter(|(node, _)| node.parent().as_ref() == Some(&at));
        all.extend(nodes.map(|(path, _)| (path.clone(), ())));
        let all = all
            .into_keys()
            .filter_map(|found| Some(path.join(below(&found, &at)?)))
            .collect();
        Some(Known::Is(Answer::Paths(all)))
    }

    fn tree(&mut self, path: &AbsPath) -> Option<Known<Answer>> {
        let at = match self.resolve(path, true)? {
            Ok(at) => at,
            Err(answer) => return Some(answer),
        };
        let mut all: BTreeMap<AbsPath, Arc<Entry>> = match self.floor_says(&at, Want::Tree(at.clone()))? {
            Ok(Answer::Tree(tree)) => tree.into_iter().collect(),
            Ok(_) => BTreeMap::new(),
            Err(answer) => return Some(answer),
        };
        for (covered, cover) in within(&self.memory.covers, &at).filter(|(covered, _)| **covered != at) {
            match cover {
                Cover::Absent => all.retain(|path, _| !path.is_within(covered)),
                Cover::Unknown(why) => return Some(Known::Unknown(Arc::clone(why))),
            }
        }
        for (node_path, node) in within(&self.memory.nodes, &at).filter(|(path, _)| **path != at) {
            if let Some(why) = node.why() {
                return Some(Known::Unknown(Arc::clone(why)));
            }
            all.insert(node_path.clone(), Arc::clone(&node.entry));
        }
        let shown = all
            .into_iter()
            .filter_map(|(found, entry)| Some((path.join(below(&found, &at)?), entry)));
        Some(Known::Is(Answer::Tree(shown.collect())))
    }

    fn glob(&mut self, pattern: &str) -> Option<Known<Answer>> {
        let (fixed, rest) = glob::split(pattern);
        let fixed = AbsPath::new(&format!("/{fixed}")).unwrap_or_else(AbsPath::root);
        let at = match self.resolve(&fixed, true)? {
            Ok(at) => at,
            Err(answer) => return Some(answer),
        };
        let shown = |found: &AbsPath| {
            let rest_of_path = below(found, &at)?;
            glob::matches(rest, &format!("/{rest_of_path}")).then(|| fixed.join(rest_of_path))
        };
        for (covered, cover) in &self.memory.covers {
            let reached = at.is_within(covered)
                || below(covered, &at)
                    .is_some_and(|below| glob::could_match_within(rest, &format!("/{below}")));
            match cover {
                Cover::Unknown(why) if reached => return Some(Known::Unknown(Arc::clone(why))),
                _ => {}
            }
        }
        let mut all: BTreeMap<AbsPath, ()> = BTreeMap::new();
        let on_floor = match at == fixed {
            true => pattern.to_owned(),
            false => format!("{}{rest}", glob::escape(at.as_str().trim_end_matches('/'))),
        };
        match self.floor.get(Ask {
            who: self.who.clone(),
            want: Want::Glob(on_floor),
        })? {
            Known::Is(Answer::Paths(found)) => {
                let there = found
                    .iter()
                    .filter(|path| !matches!(self.memory.at(path), Memo::Absent));
                all.extend(there.filter_map(&shown).map(|path| (path, ())));
            }
            other => return Some(other),
        }
        all.extend(self.memory.nodes.keys().filter_map(&shown).map(|path| (path, ())));
        Some(Known::Is(Answer::Paths(all.into_keys().collect())))
    }
}

fn paths(answer: Answer) -> impl Iterator<Item = AbsPath> {
    if let Answer::Paths(paths) = answer {
        paths
    } else {
        Vec::new()
    }
    .into_iter()
}

/// A folder whose entries change gets new times, and its size and number of links may change too.
fn as_forecast(answer: Answer) -> Answer {
    let Answer::Entry(Some(mut entry)) = answer else {
        return answer;
    };
    if entry.stat.kind == Kind::Directory {
        Arc::make_mut(&mut entry).stat.inode = 0;
    }
    Answer::Entry(Some(entry))
}

pub(super) fn failed(why: String) -> Known<Answer> {
    Known::Is(Answer::Failed(why.into()))
}
