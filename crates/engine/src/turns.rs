//! Whose turn it is, where hosts go on at their own speed: `throttle`, and tasks that are done on the same machine.

use std::collections::HashMap;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;

/// The places that are taken, by what they are for.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: Mutex<HashMap<String, usize>>,
    freed: Condvar,
}

/// A place that is taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'t> {
    turns: &'t Turns,
    of: String,
}

impl Turns {
    /// Waits until fewer than `most` places are taken, and takes one.
    pub(crate) fn take(&self, of: String, most: usize) -> Turn<'_> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while taken.get(&of).copied().unwrap_or(0) >= most.max(1) {
            taken = self.freed.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken.entry(of.clone()).or_default() += 1;
        Turn { turns: self, of }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut taken = self.turns.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.of) {
            *count = count.saturating_sub(1);
        }
        drop(taken);
        self.turns.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering;

    use super::Turns;

    #[test]
    fn no_more_than_allowed_have_their_turn_together() {
        let (turns, now, most) = (Turns::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let _turn = turns.take("a".to_owned(), 2);
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
    }
}
