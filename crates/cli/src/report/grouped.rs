//! Hosts with the same outcome, drawn once.

use std::collections::HashMap;
use std::sync::Arc;

use evenkeel::Outcome;
use evenkeel::TaskRef;

/// The outcomes of one task, each with the hosts that had it, in order of first appearance.
pub(super) struct Grouped {
    /// The task.
    pub(super) task: TaskRef,
    groups: Vec<Group>,
    index: HashMap<String, usize>,
}

/// An outcome and its hosts.
pub(super) struct Group {
    /// The item of a loop.
    pub(super) item: Option<String>,
    /// The outcome.
    pub(super) outcome: Outcome,
    /// The hosts, `host -> delegate` where it was done elsewhere.
    pub(super) hosts: Vec<String>,
}

impl Grouped {
    pub(super) fn new(task: TaskRef) -> Grouped {
        Grouped {
            task,
            groups: Vec::new(),
            index: HashMap::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        host: &Arc<str>,
        item: Option<&str>,
        to: Option<&Arc<str>>,
        outcome: &Outcome,
    ) {
        let host = to.map_or_else(|| host.to_string(), |to| format!("{host} -> {to}"));
        let key = format!("{item:?} {outcome:?}");
        if let Some(index) = self.index.get(&key) {
            self.groups[*index].hosts.push(host);
            return;
        }
        self.index.insert(key, self.groups.len());
        self.groups.push(Group {
            item: item.map(str::to_owned),
            outcome: outcome.clone(),
            hosts: vec![host],
        });
    }

    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }
}

/// The names of hosts, or how many they are when they are many.
pub(super) fn names(hosts: &[String]) -> String {
    const SHOWN: usize = 12;
    if hosts.len() <= SHOWN {
        return hosts.join(", ");
    }
    format!("{}, ... ({} hosts)", hosts[..SHOWN].join(", "), hosts.len())
}
