//! A project in memory, walked on simulated hosts.

use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Loaded;
use evenkeel::Memory;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Outcome;
use evenkeel::Project;
use evenkeel::Recap;
use evenkeel::Run;

/// What came of a task on a host: play and number of the task, host, item, and the outcome.
pub(crate) type Ended = ((usize, usize), String, Option<String>, Outcome);

/// Reads a playbook for the hosts `h1` to `h3`.
pub(crate) fn load(playbook: &str) -> Loaded {
    limited(playbook, "all")
}

/// The same for some of the hosts.
pub(crate) fn limited(playbook: &str, limit: &str) -> Loaded {
    let files = Memory::default()
        .with("hosts.ini", "h1\nh2\nh3\n[all:vars]\nansible_connection=local\n")
        .with(
            "templates/one.j2",
            "{{ text }}\n{% for h in groups.all %}{{ h }} {% endfor %}\n",
        )
        .with("site.yml", playbook);
    let project = Project::new(Arc::new(files))
        .inventory("hosts.ini")
        .playbook("site.yml")
        .limit(limit);
    project
        .load()
        .unwrap_or_else(|problems| panic!("{problems:#?}\n{playbook}"))
}

/// A run of the playbook.
pub(crate) fn run(loaded: &Loaded, hosts: &Arc<dyn Connect>) -> Run {
    loaded.run(Arc::clone(hosts), Options::default()).unwrap()
}

/// All events of a walk.
pub(crate) fn events(run: &mut Run, mode: Mode) -> (Vec<Event>, Recap) {
    let mut events = Vec::new();
    let mut each = |event: &Event| {
        events.push(event.clone());
        true
    };
    let recap = run.walk(mode, &mut each).unwrap();
    (events, recap)
}

/// What came of each task on each host.
pub(crate) fn ended(events: &[Event]) -> Vec<Ended> {
    let ended = events.iter().filter_map(|event| match &event.kind {
        EventKind::HostTask {
            task,
            host,
            item,
            outcome,
            ..
        } => Some((
            (task.play, task.number),
            host.to_string(),
            item.clone(),
            outcome.clone(),
        )),
        _ => None,
    });
    ended.collect()
}
