//! One leaf job per host, in parallel; their ends in the order of the hosts.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc;

use rayon::ThreadPool;

/// Runs `job` for each host on the pool and hands the results to `each` in the order of the hosts, each as soon as
/// those before it are there. A job that panics gives `panicked` its message.
pub(crate) fn ordered<H: Sync, R: Send>(
    pool: &ThreadPool,
    hosts: &[H],
    job: impl Fn(&H) -> R + Sync,
    panicked: impl Fn(String) -> R,
    mut each: impl FnMut(usize, R),
) {
    let (sender, receiver) = mpsc::channel();
    pool.in_place_scope_fifo(|scope| {
        for (index, host) in hosts.iter().enumerate() {
            let (sender, job) = (sender.clone(), &job);
            scope.spawn_fifo(move |_| {
                let result = std::panic::catch_unwind(AssertUnwindSafe(|| job(host)));
                drop(sender.send((index, result)));
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut next = 0;
        for (index, result) in receiver {
            early.insert(index, result);
            while let Some(result) = early.remove(&next) {
                each(
                    next,
                    result.unwrap_or_else(|payload| panicked(message(payload.as_ref()))),
                );
                next += 1;
            }
        }
    });
}

fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").to_owned()
}
