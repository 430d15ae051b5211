//! Changes that are forecast but not sure.

use std::sync::Arc;

use super::Layer;
use super::answer::Answering;
use crate::Change;
use crate::Commit;
use crate::Known;
use crate::Result;

impl Layer {
    /// Takes in changes whose end state is sure, although it is not known whether they will be needed.
    ///
    /// Files, links, folders and removals are as they will be in either case: what a change names is known, and what
    /// it does not name stays as it is known or not known. What a program predicts is not known, because it holds only
    /// if the program runs. A task that does not know the content of a file must not list a `Write` of it.
    ///
    /// # Errors
    /// When the floor cannot be asked.
    pub fn commit_uncertain(&self, commit: &Commit, why: &str) -> Result<()> {
        let mut commit = commit.clone();
        for change in &mut commit.changes {
            if let Change::Run(run) = change {
                run.predicts
                    .iter_mut()
                    .for_each(|prediction| prediction.value = Known::unknown(why));
            }
        }
        self.make(&commit).map(drop)
    }

    /// Takes in changes of which it is not known whether they will happen at all (an undecided `when`): everything
    /// that they touch is unknown afterwards.
    ///
    /// # Errors
    /// When the floor cannot be asked.
    pub fn commit_possible(&self, commit: &Commit, why: &str) -> Result<()> {
        let mut memory = self.memory();
        self.announce(&memory, &commit.who, &commit.changes)?;
        let why: Arc<str> = why.into();
        for change in &commit.changes {
            let who = &commit.who;
            let ground = self.with_floor(|floor| {
                Answering {
                    memory: &memory,
                    floor,
                    who,
                }
                .ground(change, false)
            })?;
            for path in ground.at.iter().chain(backup(change).and(ground.other.as_ref())) {
                memory.obscure_path(path, Arc::clone(&why));
            }
            if let Change::Run(run) = change {
                ground.obscured.iter().for_each(|what| memory.obscure(what, &why));
                for prediction in &run.predicts {
                    let key = prediction.fact.key();
                    memory.set_fact(key.family, &key.key, Known::Unknown(Arc::clone(&why)));
                }
            }
        }
        Ok(())
    }
}

fn backup(change: &Change) -> Option<()> {
    match change {
        Change::Write(write) => write.backup.as_ref().map(|_| ()),
        _ => None,
    }
}
