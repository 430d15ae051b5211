//! The one ordered stream of events, and the counts that go with it.

use std::sync::Arc;
use std::time::Instant;

use crate::Counts;
use crate::Event;
use crate::EventKind;
use crate::Recap;
use crate::TaskRef;
use crate::redact::Redactor;

/// Numbers events, and hands them to whoever draws them.
pub(crate) struct Stream<'e> {
    each: &'e mut dyn FnMut(&Event) -> bool,
    began: Instant,
    next: u64,
    broken: bool,
    /// Whether each end of a task is told under the task's head, because hosts are at different tasks.
    pub(crate) heads: bool,
    /// The task under which things are told.
    head: Option<TaskRef>,
    pub(crate) recap: Recap,
    pub(crate) redactor: Redactor,
}

impl<'e> Stream<'e> {
    /// A stream to `each`, which says whether it could take the event.
    pub(crate) fn new(each: &'e mut dyn FnMut(&Event) -> bool) -> Stream<'e> {
        Stream {
            each,
            began: Instant::now(),
            next: 0,
            broken: false,
            heads: false,
            head: None,
            recap: Recap::default(),
            redactor: Redactor::default(),
        }
    }

    pub(crate) fn send(&mut self, mut kind: EventKind) {
        if self.broken {
            return;
        }
        self.begin(&kind);
        self.redactor.event(&mut kind);
        let event = Event {
            sequence: self.next,
            elapsed: self.began.elapsed().as_secs_f64(),
            kind,
        };
        self.next += 1;
        self.broken = !(self.each)(&event);
    }

    /// Tells under which task something is told, unless that is clear.
    fn begin(&mut self, kind: &EventKind) {
        match kind {
            EventKind::TaskStarted { task } => self.head = Some(task.clone()),
            EventKind::HostTask { task, .. }
            | EventKind::HostRetry { task, .. }
            | EventKind::ForecastMissed { task, .. }
                if self.heads && self.head.as_ref() != Some(task) =>
            {
                self.send(EventKind::TaskStarted { task: task.clone() });
            }
            _ => {}
        }
    }

    /// Whether the events' reader is gone: the run stops then.
    pub(crate) fn broken(&self) -> bool {
        self.broken
    }

    pub(crate) fn count(&mut self, host: &Arc<str>, add: impl FnOnce(&mut Counts)) {
        add(self.recap.hosts.entry(Arc::clone(host)).or_default());
    }

    pub(crate) fn lost(&mut self, host: &Arc<str>, error: &evenkeel_host::Error) {
        self.send(EventKind::HostLost {
            host: Arc::clone(host),
            message: error.to_string(),
            help: error.help(),
        });
    }
}
