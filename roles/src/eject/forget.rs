//! The others forget who has left: its name, and what their firewalls let it do.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_topology::Cluster;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Leaving;
use super::others;
use super::play;
use crate::Generated;
use crate::base::firewall;
use crate::base::names;
use crate::card::for_each;
use crate::card::item;
use crate::hosts;

/// The plays.
pub(super) fn plays(leaving: &Leaving<'_>, into: &mut Generated) -> Vec<Play> {
    let mut plays = shut(leaving, into);
    plays.push(forget(leaving, into));
    plays
}

/// A play for each zone in which rules were.
fn shut(leaving: &Leaving<'_>, into: &mut Generated) -> Vec<Play> {
    let cluster = leaving.cluster;
    let mut zones: BTreeMap<Option<&str>, Vec<Arc<str>>> = BTreeMap::new();
    for (host, wall) in cluster
        .firewalls
        .iter()
        .filter(|(host, _)| firewall::is_managed(cluster, host))
    {
        let rules: Map<String, Value> = leaving
            .rests
            .iter()
            .filter(|(leaves, _)| *leaves != host)
            .map(|(leaves, rest)| (leaves.to_string(), json!(obsolete(cluster, rest, host))))
            .collect();
        into.variable(host, "firewall_leaving", Value::Object(rules));
        let zone = wall.zone.as_deref();
        zones.entry(zone).or_default().push(Arc::clone(host));
    }
    let of = |(zone, hosts): (Option<&str>, Vec<Arc<str>>)| {
        let mut play = play(
            "The firewall lets in nothing of who has left",
            &others(&hosts::pattern(cluster, &hosts)),
        );
        let shut = firewall::shut("Let it in no more", zone);
        play.tasks.push(item(for_each(shut, "firewall_leaving[node]")));
        play
    };
    zones.into_iter().map(of).collect()
}

/// The rules that are there for one host alone.
fn obsolete(whole: &Cluster, rest: &Cluster, host: &Arc<str>) -> Vec<String> {
    let stay = firewall::rules_of(rest, host);
    let mut gone = firewall::rules_of(whole, host);
    gone.retain(|rule| !stay.contains(rule));
    gone.dedup();
    gone
}

fn forget(leaving: &Leaving<'_>, into: &mut Generated) -> Play {
    let cluster = leaving.cluster;
    let lines = |(name, rest): (&Arc<str>, &Cluster)| (name.to_string(), json!(names::lines(rest)));
    let lines: Map<String, Value> = leaving.rests.iter().map(lines).collect();
    for host in cluster.nodes.keys() {
        into.variable(host, "hosts_without", Value::Object(lines.clone()));
    }
    let mut play = play(
        "Every other host forgets its name",
        &others(&hosts::everybody(cluster)),
    );
    play.tasks.push(item(names::write("{{ hosts_without[node] }}")));
    play
}
