//! A machine together with what it has answered already.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Commit;
use evenkeel_host::Committed;
use evenkeel_host::Host;
use evenkeel_host::Known;
use evenkeel_host::Look;
use evenkeel_host::Result;
use evenkeel_host::Who;

/// A machine that is asked nothing twice, until it changes.
///
/// Forecast and run read from the same answers. A change makes every answer doubtful, so what had been answered is
/// asked again in the very round trip that makes the change.
pub struct Memory {
    machine: Arc<dyn Host>,
    answers: Mutex<HashMap<Ask, Known<Answer>>>,
    /// The users that could not be become when they were last tried.
    refused: Mutex<HashMap<Who, Arc<str>>>,
    /// How many jobs go on by themselves on the machine: nothing that it answers lasts.
    jobs: AtomicUsize,
}

impl Memory {
    /// Over a machine.
    pub fn new(machine: Arc<dyn Host>) -> Memory {
        Memory {
            machine,
            answers: Mutex::default(),
            refused: Mutex::default(),
            jobs: AtomicUsize::new(0),
        }
    }

    fn answers(&self) -> std::sync::MutexGuard<'_, HashMap<Ask, Known<Answer>>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one of the questions would need a round trip.
    pub fn misses<'a>(&self, asks: impl IntoIterator<Item = &'a Ask>) -> bool {
        if self.machine.is_free() {
            return false;
        }
        let answers = self.answers();
        asks.into_iter()
            .any(|ask| answers.get(ask).is_none_or(is_refused))
    }

    /// Why a user could not be become when it was last tried: that is tried again by whoever needs it, and by nobody else,
    /// since programs that change users count failures.
    pub fn refusal(&self, who: &Who) -> Option<Arc<str>> {
        self.refused().get(who).cloned()
    }

    fn refused(&self) -> std::sync::MutexGuard<'_, HashMap<Who, Arc<str>>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks everything that is not known yet, in one round trip at most; once more what its user was refused.
    ///
    /// # Errors
    /// When the machine is lost.
    pub fn fetch(&self, asks: impl IntoIterator<Item = Ask>) -> Result<()> {
        self.fetch_unless(asks, |answer| !is_refused(answer))
    }

    fn fetch_unless(
        &self,
        asks: impl IntoIterator<Item = Ask>,
        is_known: impl Fn(&Known<Answer>) -> bool,
    ) -> Result<()> {
        let mut seen = HashSet::new();
        let missing: Vec<Ask> = {
            let answers = self.answers();
            asks.into_iter()
                .filter(|ask| !answers.get(ask).is_some_and(&is_known) && seen.insert(ask.clone()))
                .collect()
        };
        if missing.is_empty() {
            return Ok(());
        }
        let fresh = self.machine.look(&missing)?;
        let mut refused = self.refused();
        for (ask, answer) in missing.iter().zip(&fresh) {
            match answer {
                Known::Is(Answer::Refused(why)) => drop(refused.insert(ask.who.clone(), Arc::clone(why))),
                _ => drop(refused.remove(&ask.who)),
            }
        }
        drop(refused);
        self.answers().extend(missing.into_iter().zip(fresh));
        Ok(())
    }

    /// Whether jobs go on by themselves that may change the machine at any time.
    pub fn is_busy(&self) -> bool {
        self.jobs.load(Ordering::Relaxed) > 0
    }

    /// Notes that one of these jobs has ended.
    pub fn settle(&self) {
        if self.is_busy() {
            self.jobs.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Forgets every answer: somebody else may have changed the machine (a person was asked in between).
    pub fn forget(&self) {
        self.answers().clear();
    }
}

fn is_refused(answer: &Known<Answer>) -> bool {
    matches!(answer, Known::Is(Answer::Refused(_)))
}

impl Look for Memory {
    fn look(&self, asks: &[Ask]) -> Result<Vec<Known<Answer>>> {
        if self.machine.is_free() {
            return self.machine.look(asks);
        }
        self.fetch_unless(asks.iter().cloned(), |_| true)?;
        let answers = self.answers();
        let lost = || Known::Is(Answer::Failed(Arc::from("no answer")));
        Ok(asks
            .iter()
            .map(|ask| answers.get(ask).cloned().unwrap_or_else(lost))
            .collect())
    }

    fn is_free(&self) -> bool {
        self.machine.is_free()
    }
}

impl Host for Memory {
    fn commit(&self, commit: &Commit) -> Result<Committed> {
        if self.machine.is_free() {
            return self.machine.commit(commit);
        }
        if commit.apart.is_some() {
            self.forget();
            let committed = self.machine.commit(commit)?;
            self.jobs
                .fetch_add(usize::from(committed.apart.is_some()), Ordering::Relaxed);
            return Ok(committed);
        }
        let own = commit.then.len();
        let again: Vec<Ask> = self
            .answers()
            .keys()
            .filter(|ask| !commit.then.contains(ask) && self.refusal(&ask.who).is_none())
            .cloned()
            .collect();
        let mut whole = commit.clone();
        whole.then.extend(again.iter().cloned());
        self.forget();
        let mut committed = self.machine.commit(&whole)?;
        if committed.answers.len() == whole.then.len() {
            let fresh = whole.then.iter().cloned().zip(committed.answers.iter().cloned());
            self.answers().extend(fresh);
            committed.answers.truncate(own);
        }
        Ok(committed)
    }

    fn finish(&self) -> Result<()> {
        self.machine.finish()
    }

    fn keep_alive(&self) {
        self.machine.keep_alive();
    }

    fn reset(&self) {
        self.forget();
        self.machine.reset();
    }
}
