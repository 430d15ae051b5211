//! A forecast compared with what then happened.

use std::collections::BTreeMap;

use evenkeel_tests::events::Events;
use evenkeel_tests::events::HostTask;
use evenkeel_tests::events::Outcome;
use evenkeel_tests::events::Task;

/// How a forecast and its run compare.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    /// Changes that were surely forecast.
    pub(crate) sure: usize,
    /// Outcomes that were only known after apply.
    pub(crate) unknown: usize,
    /// Those, and what they depended on.
    pub(crate) doubts: Vec<String>,
    /// Sure forecasts that did not happen so, and changes that had not been shown.
    pub(crate) misses: Vec<String>,
}

/// Which attempt: task, host, item, and its number where a handler ran more than once.
type Key<'e> = (&'e Task, &'e str, Option<&'e str>, usize);

/// Compares; every sure forecast must have happened exactly, diffs included, and whatever happened must have been shown,
/// as sure or as known after apply.
pub(crate) fn compare(forecast: &Events, run: &Events) -> Compared {
    let (shown, happened) = (by_key(forecast), by_key(run));
    let mut compared = Compared::default();
    for (key, outcome) in &shown {
        if let Some(why) = &outcome.known_after_apply {
            compared.unknown += 1;
            compared.doubts.push(format!("{}: {why}", named(key)));
            continue;
        }
        compared.sure += usize::from(outcome.status == "changed");
        let found = happened.get(key).map(|found| (&found.status, &found.changes));
        if found != Some((&outcome.status, &outcome.changes)) {
            compared.misses.push(format!(
                "{}: forecast {outcome:#?}, happened {found:#?}",
                named(key)
            ));
        }
    }
    for (key, outcome) in happened.iter().filter(|(_, outcome)| outcome.status == "changed") {
        let was_shown = |shown: &&Outcome| shown.status == "changed" || shown.known_after_apply.is_some();
        if !shown.get(key).is_some_and(was_shown) {
            compared.misses.push(format!(
                "{}: happened without being shown: {outcome:#?}",
                named(key)
            ));
        }
    }
    compared
}

fn by_key(events: &Events) -> BTreeMap<Key<'_>, &Outcome> {
    let mut map = BTreeMap::new();
    for HostTask {
        task,
        host,
        item,
        outcome,
    } in &events.tasks
    {
        let mut key = (task, host.as_str(), item.as_deref(), 0);
        while map.contains_key(&key) {
            key.3 += 1;
        }
        map.insert(key, outcome);
    }
    map
}

fn named((task, host, item, _): &Key<'_>) -> String {
    let item = item.map(|item| format!(" ({item})")).unwrap_or_default();
    format!("{host}: {}{item}", task.name)
}
