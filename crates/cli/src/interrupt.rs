//! Ctrl-C: the first hands out no more changes and waits, the second ends the program at once.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;

use crate::exit::Outcome;

static STOP: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// Lets signals set a run's switch.
pub(crate) fn stops(switch: &Arc<AtomicBool>) {
    for signal in [SIGINT, SIGTERM] {
        let code = i32::from(Outcome::Interrupted.code());
        drop(signal_hook::flag::register_conditional_shutdown(
            signal,
            code,
            Arc::clone(switch),
        ));
        drop(signal_hook::flag::register(signal, Arc::clone(switch)));
    }
    drop(STOP.set(Arc::clone(switch)));
}

/// Whether the run was stopped by a signal.
pub(crate) fn happened() -> bool {
    STOP.get().is_some_and(|stop| stop.load(Ordering::Relaxed))
}
