//! Who tells what happens: the run itself, or a host that goes on at its own speed.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;

use crate::Counts;
use crate::EventKind;
use crate::stream::Stream;

/// Something to be told.
pub(crate) type Say = Box<dyn for<'s, 'e> FnOnce(&'s mut Stream<'e>) + Send>;

/// A way to the stream of events.
pub(crate) enum Voice<'v, 'e> {
    /// At hand: what is told is told at once.
    Near(&'v mut Stream<'e>),
    /// Held by another thread, which tells it when it gets to it.
    Far(Far),
}

/// The voice of one host among several.
pub(crate) struct Far {
    pub(crate) sender: Sender<(usize, Option<Say>)>,
    /// The number of the host.
    pub(crate) index: usize,
    /// Whether the events' reader is gone.
    pub(crate) broken: Arc<AtomicBool>,
}

impl Voice<'_, '_> {
    /// Does something with the stream, now or as soon as it is this voice's turn.
    pub(crate) fn with(&mut self, say: impl for<'s, 'e> FnOnce(&'s mut Stream<'e>) + Send + 'static) {
        match self {
            Voice::Near(stream) => say(stream),
            Voice::Far(far) => drop(far.sender.send((far.index, Some(Box::new(say))))),
        }
    }

    pub(crate) fn send(&mut self, kind: EventKind) {
        self.with(move |stream| stream.send(kind));
    }

    pub(crate) fn count(&mut self, host: &Arc<str>, add: impl FnOnce(&mut Counts) + Send + 'static) {
        let host = Arc::clone(host);
        self.with(move |stream| stream.count(&host, add));
    }

    pub(crate) fn lost(&mut self, host: &Arc<str>, error: &evenkeel_host::Error) {
        let (host, error) = (Arc::clone(host), error.clone());
        self.with(move |stream| stream.lost(&host, &error));
    }

    /// Whether the events' reader is gone: the run stops then.
    pub(crate) fn broken(&self) -> bool {
        match self {
            Voice::Near(stream) => stream.broken(),
            Voice::Far(far) => far.broken.load(Ordering::Relaxed),
        }
    }
}
