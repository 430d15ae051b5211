//! A machine as one user sees it.

use std::sync::Arc;

use crate::AbsPath;
use crate::Answer;
use crate::AnyFact;
use crate::Ask;
use crate::Entry;
use crate::Error;
use crate::Fact;
use crate::Known;
use crate::Look;
use crate::Result;
use crate::Want;
use crate::Who;

/// What a task observes with: a [`Look`] bound to an identity.
#[derive(Clone)]
pub struct View<'a> {
    look: &'a dyn Look,
    who: Who,
}

impl<'a> View<'a> {
    /// The machine as `who` sees it.
    pub fn new(look: &'a dyn Look, who: Who) -> View<'a> {
        View { look, who }
    }

    /// Asks one question.
    ///
    /// # Errors
    /// When the machine is lost, or the question could not be answered.
    pub fn ask(&self, want: Want) -> Result<Known<Answer>> {
        let ask = Ask {
            who: self.who.clone(),
            want,
        };
        let answer = self.look.look(std::slice::from_ref(&ask))?.pop();
        match answer {
            Some(Known::Is(Answer::Failed(why))) => Err(Error::Unanswered {
                want: ask.want,
                why: why.to_string(),
            }),
            Some(Known::Is(Answer::Refused(why))) => Err(Error::Become(why.to_string())),
            Some(answer) => Ok(answer),
            None => Err(Error::Unanswered {
                want: ask.want,
                why: "no answer".to_owned(),
            }),
        }
    }

    /// Asks several questions at once; one that could not be answered is [`Answer::Failed`].
    ///
    /// # Errors
    /// When the machine is lost, or does not let the user in.
    pub fn ask_all(&self, wants: Vec<Want>) -> Result<Vec<Known<Answer>>> {
        let asks: Vec<Ask> = wants
            .into_iter()
            .map(|want| Ask {
                who: self.who.clone(),
                want,
            })
            .collect();
        let answers = self.look.look(&asks)?;
        let refused = answers.iter().find_map(|answer| match answer {
            Known::Is(Answer::Refused(why)) => Some(why.to_string()),
            _ => None,
        });
        refused.map_or(Ok(answers), |why| Err(Error::Become(why)))
    }

    /// What is at a path, without content.
    ///
    /// # Errors
    /// As [`View::ask`].
    pub fn entry(&self, path: &AbsPath, follow: bool) -> Result<Known<Option<Arc<Entry>>>> {
        self.entry_want(Want::Entry {
            path: path.clone(),
            follow,
            content: false,
        })
    }

    /// What is at a path, with content.
    ///
    /// # Errors
    /// As [`View::ask`].
    pub fn file(&self, path: &AbsPath, follow: bool) -> Result<Known<Option<Arc<Entry>>>> {
        self.entry_want(Want::Entry {
            path: path.clone(),
            follow,
            content: true,
        })
    }

    fn entry_want(&self, want: Want) -> Result<Known<Option<Arc<Entry>>>> {
        let wanted = want.clone();
        Ok(match self.ask(want)? {
            Known::Is(Answer::Entry(entry)) => Known::Is(entry),
            Known::Is(_) => {
                return Err(Error::Unanswered {
                    want: wanted,
                    why: "an answer of another kind".into(),
                });
            }
            Known::Unknown(why) => Known::Unknown(why),
        })
    }

    /// A fact's value.
    ///
    /// # Errors
    /// As [`View::ask`]; also when the value is not of the fact's type.
    pub fn fact<F: Fact>(&self, fact: F) -> Result<Known<F::Value>> {
        let want = Want::Fact(AnyFact::new(fact));
        let wanted = want.clone();
        let bad = |why: String| Error::Unanswered {
            want: wanted.clone(),
            why,
        };
        match self.ask(want)? {
            Known::Is(Answer::Fact(value)) => {
                use serde::Deserialize;
                F::Value::deserialize(value.as_ref())
                    .map(Known::Is)
                    .map_err(|error| bad(error.to_string()))
            }
            Known::Is(_) => Err(bad("an answer of another kind".into())),
            Known::Unknown(why) => Ok(Known::Unknown(why)),
        }
    }
}
