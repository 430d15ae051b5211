//! `strategy: free`: each host goes through the play at its own speed.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;

use evenkeel_playbook::play::Program;
use evenkeel_yaml::Problem;

use crate::EventKind;
use crate::host_state::HostState;
use crate::play_run::is_alone;
use crate::round;
use crate::stream::Stream;
use crate::voice::Far;
use crate::voice::Say;
use crate::voice::Voice;

/// How the hosts of a batch are walked.
pub(crate) struct Apart<'a> {
    pub(crate) hosts: &'a [Arc<HostState>],
    /// How many are under way at the same time.
    pub(crate) at_once: usize,
    /// Whether things are told in the order of the hosts, and not as they happen.
    pub(crate) in_order: bool,
}

/// What hosts have told that is not yet due.
struct Held {
    queues: Vec<VecDeque<Option<Say>>>,
    /// The host whose turn it is.
    current: usize,
    in_order: bool,
}

impl Held {
    /// Tells what is due.
    fn hear(&mut self, stream: &mut Stream<'_>, index: usize, say: Option<Say>) {
        if !self.in_order {
            say.into_iter().for_each(|say| say(stream));
            return;
        }
        if let Some(queue) = self.queues.get_mut(index) {
            queue.push_back(say);
        }
        while let Some(say) = self.queues.get_mut(self.current).and_then(VecDeque::pop_front) {
            match say {
                Some(say) => say(stream),
                None => self.current += 1,
            }
        }
    }
}

/// Walks each host in a thread of its own, which coordinates and does no work itself: that is done by the pool.
pub(crate) fn walk(
    stream: &mut Stream<'_>,
    apart: &Apart<'_>,
    walk: impl Fn(&Arc<HostState>, Voice<'_, '_>) + Sync,
) {
    let (sender, receiver) = mpsc::channel();
    let (next, broken) = (AtomicUsize::new(0), Arc::new(AtomicBool::new(false)));
    let mut held = Held {
        queues: apart.hosts.iter().map(|_| VecDeque::new()).collect(),
        current: 0,
        in_order: apart.in_order,
    };
    let threads = apart.at_once.min(apart.hosts.len()).max(1);
    stream.heads = true;
    std::thread::scope(|scope| {
        let mut started = 0;
        for number in 0..threads {
            let (sender, broken, next, walk) = (sender.clone(), Arc::clone(&broken), &next, &walk);
            let work = move || {
                while let Some((index, host)) = apart.next(next) {
                    let voice = || {
                        Voice::Far(Far {
                            sender: sender.clone(),
                            index,
                            broken: Arc::clone(&broken),
                        })
                    };
                    let walked = std::panic::catch_unwind(AssertUnwindSafe(|| walk(host, voice())));
                    if let Err(payload) = walked {
                        host.standing().failed = true;
                        let why = round::message(payload.as_ref());
                        let text = format!("internal error on {}: {why}", host.name);
                        voice().send(EventKind::Note { text });
                    }
                    drop(sender.send((index, None)));
                }
            };
            let builder = std::thread::Builder::new().name(format!("walk-{number}"));
            started += usize::from(builder.spawn_scoped(scope, work).is_ok());
        }
        drop(sender);
        if started == 0 {
            let text = "nothing was done in this play: no thread can be started".to_owned();
            stream.send(EventKind::Note { text });
            apart.hosts.iter().for_each(|host| host.standing().failed = true);
        }
        for (index, say) in receiver {
            held.hear(stream, index, say);
            broken.store(stream.broken(), Ordering::Relaxed);
        }
    });
    stream.heads = false;
}

impl Apart<'_> {
    fn next(&self, next: &AtomicUsize) -> Option<(usize, &Arc<HostState>)> {
        let index = next.fetch_add(1, Ordering::Relaxed);
        self.hosts.get(index).map(|host| (index, host))
    }
}

/// Refuses a play in which hosts go on at their own speed and a task is done once for all of them, as Ansible does.
pub(crate) fn refused(program: &Program) -> Result<(), Problem> {
    let tasks = program.all_tasks();
    let Some(task) = tasks.iter().find(|task| is_alone(task)) else {
        return Ok(());
    };
    let name = task.card.body.module.name;
    let text = format!("`{name}` is done once for all hosts, which `strategy: free` does not support");
    Err(Problem::error("play::strategy", text)
        .at(&task.card.at, "it would be done for every host")
        .help("move it to a play of its own with `strategy: linear`"))
}

/// What has no effect in such a play.
pub(crate) fn notes(program: &Program) -> Vec<String> {
    let tasks = program.all_tasks();
    let keywords = || tasks.iter().map(|task| &task.keywords);
    let mut idle = Vec::new();
    if keywords().any(|keywords| keywords.run_once.is_some()) {
        idle.push("`run_once` (every host does the task)");
    }
    if keywords().any(|keywords| keywords.any_errors_fatal.is_some()) {
        idle.push("`any_errors_fatal`");
    }
    if program.play.max_fail_percentage.is_some() {
        idle.push("`max_fail_percentage`");
    }
    let told = |what: &&str| {
        format!("with this strategy each host goes on at its own speed, without effect: {what}")
    };
    idle.iter().map(told).collect()
}
