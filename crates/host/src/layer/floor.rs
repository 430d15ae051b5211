//! What lies below a layer, asked as rarely as possible.

use std::collections::HashMap;
use std::collections::HashSet;

use super::Identity;
use crate::AbsPath;
use crate::Answer;
use crate::AnyFact;
use crate::Ask;
use crate::Error;
use crate::Known;
use crate::Look;
use crate::Result;
use crate::Want;
use crate::Who;

/// The questions that a [`Layer`](super::Layer) will ask beside these once something was changed: what is on the way to
/// each path, and who asks.
///
/// An engine that announces them together with the questions of its tasks saves round trips in a forecast.
pub fn prerequisites(asks: &[Ask]) -> Vec<Ask> {
    let mut all = HashSet::new();
    let mut ordered = Vec::new();
    let mut add = |ask: Ask| {
        if all.insert(ask.clone()) {
            ordered.push(ask);
        }
    };
    for ask in asks {
        let path = match &ask.want {
            Want::Entry { path, .. } | Want::List(path) | Want::Tree(path) => path.clone(),
            Want::Glob(pattern) => match AbsPath::new(super::glob::split(pattern).0) {
                Some(path) => path,
                None => continue,
            },
            Want::Fact(_) => continue,
        };
        add(Ask {
            who: ask.who.clone(),
            want: identity(),
        });
        for at in path.prefixes() {
            add(lstat(&ask.who, &at));
        }
    }
    ordered
}

/// The question what is at a path itself.
pub(super) fn lstat(who: &Who, path: &AbsPath) -> Ask {
    Ask {
        who: who.clone(),
        want: Want::Entry {
            path: path.clone(),
            follow: false,
            content: false,
        },
    }
}

fn identity() -> Want {
    Want::Fact(AnyFact::new(Identity))
}

/// The floor with what it has said; questions that it has not been asked yet are collected and asked together.
pub(super) struct Floor<'a> {
    look: &'a dyn Look,
    seen: HashMap<Ask, Known<Answer>>,
    missing: Vec<Ask>,
    failed: Option<Error>,
}

impl<'a> Floor<'a> {
    pub(super) fn new(look: &'a dyn Look, seen: HashMap<Ask, Known<Answer>>) -> Floor<'a> {
        Floor {
            look,
            seen,
            missing: Vec::new(),
            failed: None,
        }
    }

    /// Whether asking costs nothing.
    pub(super) fn is_free(&self) -> bool {
        self.look.is_free()
    }

    /// The answer; `None` when the floor has to be asked first.
    pub(super) fn get(&mut self, ask: Ask) -> Option<Known<Answer>> {
        if self.look.is_free() {
            return match self.look.look(std::slice::from_ref(&ask)) {
                Ok(mut answers) => answers.pop(),
                Err(error) => {
                    self.failed = Some(error);
                    None
                }
            };
        }
        let answer = self.seen.get(&ask).cloned().map(|answer| match answer {
            // What was changed in memory may be just what the user needs.
            Known::Is(Answer::Refused(why)) => Known::Unknown(why),
            answer => answer,
        });
        if answer.is_none() && !self.missing.contains(&ask) {
            self.missing.push(ask);
        }
        answer
    }

    /// What is at a path itself; `None` when the floor has to be asked first.
    pub(super) fn lstat(&mut self, who: &Who, path: &AbsPath) -> Option<Known<Answer>> {
        self.get(lstat(who, path))
    }

    /// Who asks; `None` when the floor has to be asked first.
    pub(super) fn identity(&mut self, who: &Who) -> Option<Known<Answer>> {
        self.get(Ask {
            who: who.clone(),
            want: identity(),
        })
    }

    /// Asks everything that was missing, in one round trip.
    pub(super) fn fetch(&mut self) -> Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let asks = std::mem::take(&mut self.missing);
        let answers = self.look.look(&asks)?;
        if asks.is_empty() || answers.len() != asks.len() {
            let counts = format!("{} answers to {} questions", answers.len(), asks.len());
            return Err(Error::Protocol(counts));
        }
        self.seen.extend(asks.into_iter().zip(answers));
        Ok(())
    }

    /// What is worth keeping for later questions.
    pub(super) fn into_lasting(mut self) -> HashMap<Ask, Known<Answer>> {
        let identity = identity();
        self.seen.retain(|ask, _| {
            matches!(
                ask.want,
                Want::Entry {
                    follow: false,
                    content: false,
                    ..
                }
            ) || ask.want == identity
        });
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_a_path_is_announced_once() {
        let path = AbsPath::new("/etc/haproxy/haproxy.cfg").unwrap();
        let ask = Ask {
            who: Who::Login,
            want: Want::Entry {
                path: path.clone(),
                follow: true,
                content: true,
            },
        };
        let more = prerequisites(&[ask.clone(), ask]);
        assert_eq!(more.len(), 4);
        assert!(more.contains(&lstat(&Who::Login, &AbsPath::new("/etc").unwrap())));
    }
}
