//! One leaf job per host, in parallel; their ends in the order of the hosts.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc;

use rayon::ThreadPool;

/// What is heard of the jobs.
pub(crate) enum Heard<R, M> {
    /// Something that a job tells while it runs, at once.
    Told(M),
    /// The end of the job of this host, in the order of the hosts.
    Ended(usize, R),
}

/// Runs `job` for each host on the pool and hands the results to `each` in the order of the hosts, each as soon as
/// those before it are there. A job that panics gives `panicked` its message.
pub(crate) fn ordered<H: Sync, R: Send>(
    pool: &ThreadPool,
    hosts: &[H],
    job: impl Fn(&H) -> R + Sync,
    panicked: impl Fn(String) -> R,
    mut each: impl FnMut(usize, R),
) {
    let plain = |host: &H, _: &dyn Fn(Infallible)| job(host);
    telling(pool, hosts, plain, panicked, |heard| match heard {
        Heard::Told(never) => match never {},
        Heard::Ended(index, result) => each(index, result),
    });
}

/// The same for jobs that tell something while they run.
pub(crate) fn telling<H: Sync, R: Send, M: Send>(
    pool: &ThreadPool,
    hosts: &[H],
    job: impl Fn(&H, &dyn Fn(M)) -> R + Sync,
    panicked: impl Fn(String) -> R,
    mut each: impl FnMut(Heard<R, M>),
) {
    let (sender, receiver) = mpsc::channel();
    pool.in_place_scope_fifo(|scope| {
        for (index, host) in hosts.iter().enumerate() {
            let (sender, job) = (sender.clone(), &job);
            scope.spawn_fifo(move |_| {
                let tell = |told| drop(sender.send(Heard::Told(told)));
                let result = std::panic::catch_unwind(AssertUnwindSafe(|| job(host, &tell)));
                drop(sender.send(Heard::Ended(index, result)));
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut next = 0;
        for heard in receiver {
            match heard {
                Heard::Told(told) => each(Heard::Told(told)),
                Heard::Ended(index, result) => drop(early.insert(index, result)),
            }
            while let Some(result) = early.remove(&next) {
                let result = result.unwrap_or_else(|payload| panicked(message(payload.as_ref())));
                each(Heard::Ended(next, result));
                next += 1;
            }
        }
    });
}

/// What a panic said.
pub(crate) fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}
