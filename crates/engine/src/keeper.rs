//! Idle connections are kept alive while a run waits: for other hosts, or for somebody to read the forecast.

use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread::JoinHandle;
use std::time::Duration;

/// Often enough for firewalls that forget silent connections after a minute, the shortest time that is in use.
pub(crate) const INTERVAL: Duration = Duration::from_secs(20);

/// Does something again and again, until it is dropped.
pub(crate) struct Keeper {
    over: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Begins; the first time is after one interval.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub(crate) fn new(interval: Duration, act: impl Fn() + Send + 'static) -> std::io::Result<Keeper> {
        let over = Arc::new((Mutex::new(false), Condvar::new()));
        let shared = Arc::clone(&over);
        let work = move || {
            let (over, changed) = &*shared;
            let mut ended = over.lock().unwrap_or_else(PoisonError::into_inner);
            while !*ended {
                let (guard, waited) = changed
                    .wait_timeout(ended, interval)
                    .unwrap_or_else(PoisonError::into_inner);
                ended = guard;
                if waited.timed_out() && !*ended {
                    drop(ended);
                    act();
                    ended = over.lock().unwrap_or_else(PoisonError::into_inner);
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(work)?;
        Ok(Keeper {
            over,
            thread: Some(thread),
        })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        *self.over.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.over.1.notify_all();
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::Keeper;

    #[test]
    fn it_acts_until_it_is_dropped() {
        let (told, hears) = mpsc::channel();
        let act = move || {
            let _hears_no_more = told.send(());
        };
        let keeper = Keeper::new(Duration::from_millis(1), act).unwrap_or_else(|error| panic!("{error}"));
        for _ in 0..3 {
            assert_eq!(hears.recv(), Ok(()));
        }
        drop(keeper);
        while hears.try_recv().is_ok() {}
        assert_eq!(hears.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }

    #[test]
    fn a_long_interval_does_not_hold_up_the_end() {
        drop(Keeper::new(Duration::from_secs(3600), || panic!("too early")));
    }
}
