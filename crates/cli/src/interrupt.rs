//! Ctrl-C: the first hands out no more changes and waits for what has begun, the second ends the program at once.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use signal_hook::consts::SIGINT;
use signal_hook::consts::SIGTERM;
use signal_hook::iterator::Signals;

use crate::exit::Outcome;
use crate::out;

static PRESSED: OnceLock<Arc<AtomicBool>> = OnceLock::new();
static WALKING: AtomicBool = AtomicBool::new(false);

/// From here on the first signal is only remembered.
pub(crate) fn watch() {
    let pressed = PRESSED.get_or_init(Arc::default);
    for signal in [SIGINT, SIGTERM] {
        let code = i32::from(Outcome::Interrupted.code());
        drop(signal_hook::flag::register_conditional_shutdown(
            signal,
            code,
            Arc::clone(pressed),
        ));
        drop(signal_hook::flag::register(signal, Arc::clone(pressed)));
    }
    if let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) {
        std::thread::spawn(move || {
            for _signal in &mut signals {
                if WALKING.load(Ordering::Relaxed) {
                    out::aside(
                        "\nstopping: what has begun is finished, nothing else is started; Ctrl-C again cuts it off\n",
                    );
                }
            }
        });
    }
}

/// Lets signals set a run's switch.
pub(crate) fn stops(switch: &Arc<AtomicBool>) {
    for signal in [SIGINT, SIGTERM] {
        drop(signal_hook::flag::register(signal, Arc::clone(switch)));
    }
    switch.fetch_or(happened(), Ordering::Relaxed);
}

/// Does something during which a signal waits for what has begun.
pub(crate) fn while_walking<T>(walk: impl FnOnce() -> T) -> T {
    WALKING.store(true, Ordering::Relaxed);
    let walked = walk();
    WALKING.store(false, Ordering::Relaxed);
    walked
}

/// Whether a signal came.
pub(crate) fn happened() -> bool {
    PRESSED
        .get()
        .is_some_and(|pressed| pressed.load(Ordering::Relaxed))
}
