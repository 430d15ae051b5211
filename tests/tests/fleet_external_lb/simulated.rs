//! What simulated hosts of the same inventory get is what real ones got.

use std::collections::BTreeMap;

use evenkeel_tests::events::Events;
use evenkeel_tests::events::Task;

use crate::cluster::Cluster;

/// A file that a task wrote on a host: the task, the host, the path.
type Written<'e> = (&'e Task, &'e str, &'e str);

pub(crate) fn hosts_get_the_same_files(cluster: &Cluster, applied: &Events) {
    let simulated = cluster.evenkeel("apply", &["--simulate", "--yes"], 0);
    let (simulated, real) = (files(&simulated), files(applied));
    assert!(real.len() >= 11, "{real:#?}");
    assert_eq!(simulated, real);
    println!(
        "{}: {} files are the same on simulated hosts",
        cluster.kind(),
        real.len()
    );
}

/// The lines that files got; of a forecast, a run and a second run, those of the run.
fn files(events: &Events) -> BTreeMap<Written<'_>, Vec<&str>> {
    let sure = events
        .tasks
        .iter()
        .filter(|task| task.outcome.known_after_apply.is_none());
    let changes = sure.flat_map(|task| {
        let changes = task.outcome.changes.iter();
        changes.map(move |change| (&task.task, task.host.as_str(), change))
    });
    changes
        .filter(|(.., change)| change.subject.starts_with('/'))
        .map(|(task, host, change)| {
            let lines = change.diff.lines().filter(|line| line.starts_with('+'));
            ((task, host, change.subject.as_str()), lines.collect())
        })
        .collect()
}
