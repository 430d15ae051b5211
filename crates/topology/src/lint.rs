//! What contradicts the model, and what people regret: findings with an id, a place and the mend.

mod accepted;
mod addresses;
mod api;
mod balancer;
pub(crate) mod catalogue;
mod etcd;
mod firewall;
mod haproxy;
mod hosts;
mod instance;
mod keepalived;
pub(crate) mod known;
mod names;
mod network;
mod nginx;
mod ports;
mod probe;
mod raw;
mod text;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;

use crate::Balancer;
use crate::Cluster;
use crate::Described;
use crate::Node;
use catalogue::Check;
use catalogue::LINTS;
use raw::Raw;

/// What a lint looks at.
pub(crate) struct View<'a> {
    cluster: &'a Cluster,
    described: &'a dyn Described,
    raw: &'a Raw<'a>,
}

impl View<'_> {
    /// Where a variable of a host is set.
    fn place(&self, host: &str, variable: &str) -> Option<Place> {
        let value = self.described.value(host, variable).ok().flatten();
        value.and_then(|value| value.place)
    }

    /// Where a variable of the load balancers is set.
    fn balancer_place(&self, balancer: &Balancer, variable: &str) -> Option<Place> {
        self.place(&balancer.members.first()?.name, variable)
    }

    /// Where a variable of the masters is set.
    fn master_place(&self, variable: &str) -> Option<Place> {
        self.place(self.cluster.masters.first()?, variable)
    }

    /// Where a node's address, or the node, is defined.
    fn node_place(&self, node: &Node) -> Option<Place> {
        node.place
            .clone()
            .or_else(|| self.described.host_place(&node.name))
    }
}

/// Everything that was found in a cluster whose parts could be read, errors first, each with its explanation.
pub(crate) fn problems(cluster: &Cluster, described: &dyn Described) -> Vec<Problem> {
    let raw = Raw::read(described);
    let view = View {
        cluster,
        described,
        raw: &raw,
    };
    let found = LINTS.iter().flat_map(|lint| match lint.check {
        Check::Reading => Vec::new(),
        Check::Model(check) => check(lint, &view),
        Check::Raw(check) => check(lint, &raw),
    });
    sorted(found.collect(), &raw)
}

/// What was found in variables beside problems that leave no cluster to look at.
pub(crate) fn beside(problems: Vec<Problem>, described: &dyn Described) -> Vec<Problem> {
    let raw = Raw::read(described);
    let found = LINTS.iter().flat_map(|lint| match lint.check {
        Check::Reading | Check::Model(_) => Vec::new(),
        Check::Raw(check) => check(lint, &raw),
    });
    sorted(problems.into_iter().chain(found).collect(), &raw)
}

fn sorted(found: Vec<Problem>, raw: &Raw<'_>) -> Vec<Problem> {
    let explained = names::read_after_all(found, raw)
        .into_iter()
        .map(catalogue::explained)
        .collect();
    let mut found = accepted::quieted(explained, raw);
    found.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    found
}

/// Problems that stop a run, warnings, and notes.
pub(crate) fn split(problems: Vec<Problem>) -> [Vec<Problem>; 3] {
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for problem in problems {
        let index = match problem.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Note => 2,
        };
        parts[index].push(problem);
    }
    parts
}

fn at(problem: Problem, place: Option<&Place>, label: &str) -> Problem {
    match place {
        Some(place) => problem.at(place, label),
        None => problem,
    }
}

fn related(problem: Problem, place: Option<&Place>, label: &str) -> Problem {
    match place {
        Some(place) if problem.at.is_some() => problem.related(place, label),
        _ => problem,
    }
}
