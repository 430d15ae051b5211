//! firewalld: what a host's part in the cluster needs, permanent and at once.

mod rules;

use std::sync::Arc;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Firewalld;
use evenkeel_tasks::types::Stat;
use evenkeel_tasks::types::SystemdService;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;
use evenkeel_topology::Firewall;
use ipnet::IpNet;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::packages;
use super::program;
use super::service;
use crate::Generated;
use crate::card;
use crate::card::for_each;
use crate::card::item;
use crate::card::task;
use crate::hosts;

/// The port that the predefined zones leave open for SSH.
const SSH: u16 = 22;

/// Hosts whose firewall is set up in the same way.
struct Way<'a> {
    firewall: &'a Firewall,
    interface: Option<&'a str>,
    ports: bool,
    rules: bool,
    pods: Option<IpNet>,
    hosts: Vec<Arc<str>>,
}

/// A play for each way in which a firewall is set up: usually one; none where `firewalld_enabled` is false.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    let ways = ways(cluster, |host, openings| {
        into.variable(host, "firewall", openings)
    });
    for way in &ways {
        let name = title("The firewall lets in what each host serves", cluster, &ways, way);
        into.play(play(cluster, way, &name));
    }
}

/// The plays that shut again what those open.
pub(crate) fn shut_all(cluster: &Cluster) -> Vec<Play> {
    let ways = ways(cluster, |_, _| {});
    let name = |way| {
        title(
            "The firewall lets in no more what each host served",
            cluster,
            &ways,
            way,
        )
    };
    ways.iter()
        .map(|way| shut_play(cluster, way, &name(way)))
        .collect()
}

/// The name of a play, with its hosts where there are several: no two plays have one name.
fn title(name: &str, cluster: &Cluster, ways: &[Way<'_>], way: &Way<'_>) -> String {
    match ways {
        [_] => name.to_owned(),
        _ => format!("{name} ({})", hosts::pattern(cluster, &way.hosts)),
    }
}

/// The ways in which firewalls are set up; `each` is given what a host's lets in.
fn ways(cluster: &Cluster, mut each: impl FnMut(&Arc<str>, Value)) -> Vec<Way<'_>> {
    let mut ways: Vec<Way<'_>> = Vec::new();
    for (host, firewall) in &cluster.firewalls {
        if !is_managed(cluster, host) {
            continue;
        }
        let (ports, rules) = rules::of(cluster, host);
        let way = Way {
            firewall,
            interface: interface(cluster, host, firewall),
            ports: !ports.is_empty(),
            rules: !rules.is_empty(),
            pods: cluster.trusted_pods(host),
            hosts: Vec::new(),
        };
        each(host, json!({ "ports": ports, "rules": rules }));
        match ways.iter_mut().find(|other| other.same(&way)) {
            Some(known) => known.hosts.push(Arc::clone(host)),
            None => ways.push(Way {
                hosts: vec![Arc::clone(host)],
                ..way
            }),
        }
    }
    ways
}

impl Way<'_> {
    fn same(&self, other: &Way<'_>) -> bool {
        let zone = |way: &Way<'_>| (way.firewall.zone.clone(), way.firewall.ssh_port);
        zone(self) == zone(other)
            && self.interface == other.interface
            && (self.ports, self.rules, self.pods) == (other.ports, other.rules, other.pods)
    }
}

/// Whether its firewall is set up, as the model knows everything that the host serves: load balancers, etcd members,
/// nodes of a known Kubernetes.
pub(crate) fn is_managed(cluster: &Cluster, host: &Arc<str>) -> bool {
    if !cluster.firewalls.get(host).is_some_and(|wall| wall.enabled) {
        return false;
    }
    let known = cluster.kubernetes.distribution != Distribution::None;
    if cluster.in_cluster(host) {
        return known;
    }
    !cluster.openings(host).is_empty()
}

fn interface<'a>(cluster: &'a Cluster, host: &Arc<str>, firewall: &'a Firewall) -> Option<&'a str> {
    let members = cluster.balancer.iter().flat_map(|balancer| &balancer.members);
    let own = members
        .into_iter()
        .find(|member| member.name == *host)
        .map(|member| member.interface.as_str());
    firewall.interface.as_deref().or(own)
}

fn play(cluster: &Cluster, way: &Way<'_>, name: &str) -> Play {
    let mut play = card::play(name, &hosts::pattern(cluster, &way.hosts), "firewall").about(
        "What is let in stands in `firewall` of each host's variables, computed from its part in the cluster.",
    );
    let mut tasks = ufw_off();
    tasks.extend(start(way.firewall));
    tasks.extend(assign(way).map(item));
    if way.ports {
        let open = open(
            way.firewall,
            "Let everybody reach these ports",
            "port",
            "{{ item.port }}",
        );
        tasks.push(item(labelled(for_each(open, "firewall.ports"))));
    }
    if way.rules {
        let open = open(
            way.firewall,
            "Let in only who needs it",
            "rich_rule",
            "{{ item.rule }}",
        );
        tasks.push(item(labelled(for_each(open, "firewall.rules"))));
    }
    if let Some(pods) = way.pods {
        let trust = with_state("enabled", Some("trusted"), "source", &pods.to_string());
        tasks.push(item(
            task::<Firewalld>("Trust the pods", Value::Object(trust)).about(
                "What they send to each other and to the outside is forwarded; the rules above are for what ends here.",
            ),
        ));
    }
    play.tasks = tasks;
    play
}

fn shut_play(cluster: &Cluster, way: &Way<'_>, name: &str) -> Play {
    let mut play = card::play(name, &hosts::pattern(cluster, &way.hosts), "firewall").about(
        "The same list, `firewall` of each host's variables. firewalld itself goes on, and SSH stays reachable.",
    );
    let shut = |name: &str, kind: &str, what: &str| {
        let mut arguments = disabled(way.firewall.zone.as_deref(), kind, what);
        // Where firewalld does not run its files are changed.
        arguments.insert("offline".to_owned(), true.into());
        task::<Firewalld>(name, Value::Object(arguments)).when("firewalld_program.stat.exists")
    };
    play.tasks.push(item(program::look(
        "Look for the firewall",
        "/usr/sbin/firewalld",
        "firewalld_program",
    )));
    if way.rules {
        let rules = shut("Let in nobody any more", "rich_rule", "{{ item.rule }}");
        play.tasks.push(item(labelled(for_each(rules, "firewall.rules"))));
    }
    if way.ports {
        let ports = shut("Shut these ports", "port", "{{ item.port }}");
        play.tasks.push(item(labelled(for_each(ports, "firewall.ports"))));
    }
    if let Some(pods) = way.pods {
        let mut trust = with_state("disabled", Some("trusted"), "source", &pods.to_string());
        trust.insert("offline".to_owned(), true.into());
        let trust = task::<Firewalld>("Trust the pods no more", Value::Object(trust));
        play.tasks.push(item(trust.when("firewalld_program.stat.exists")));
    }
    if let (Some(zone), Some(interface)) = (&way.firewall.zone, way.interface) {
        let name = format!("Take the interface out of the zone {zone}");
        play.tasks.push(item(shut(&name, "interface", interface)));
    }
    play
}

fn labelled(card: Card) -> Card {
    card::label(card, "{{ item.for }}")
}

/// Ubuntu's own firewall would undo the rules of the other.
fn ufw_off() -> Vec<Item> {
    let stat = task::<Stat>("Look for ufw", json!({ "path": "/usr/sbin/ufw" })).register("ufw");
    let off = task::<SystemdService>(
        "Switch ufw off, as two firewalls undo each other's rules",
        json!({ "name": "ufw", "state": "stopped", "enabled": false }),
    );
    vec![item(stat), item(off.when("ufw.stat.exists"))]
}

/// Installs and starts the firewall without locking anybody out.
fn start(firewall: &Firewall) -> Vec<Item> {
    let run = service::start("Start the firewall, now and with the machine", "firewalld");
    if firewall.ssh_port == SSH {
        let install = packages::install("Install the firewall", &["firewalld"]);
        return vec![item(install), item(run)];
    }
    // Debian's package starts firewalld at once, and it would shut the port that this very run uses.
    let install =
        packages::install_without_starting("Install the firewall without starting it", &["firewalld"]);
    let port = format!("{}/tcp", firewall.ssh_port);
    let mut ssh = arguments(firewall, "port", &port);
    ssh.insert("offline".to_owned(), json!(true));
    let ssh = task::<Firewalld>("Keep SSH reachable", Value::Object(ssh));
    vec![item(install), item(ssh), item(run)]
}

/// Puts an interface into the zone that the rules are for.
fn assign(way: &Way<'_>) -> Option<Card> {
    let zone = way.firewall.zone.as_ref()?;
    let name = format!("Put the interface into the zone {zone}");
    Some(open(way.firewall, &name, "interface", way.interface?))
}

/// Takes away the rich rule that is the item of a loop.
pub(crate) fn shut(name: &str, zone: Option<&str>) -> Card {
    task::<Firewalld>(name, Value::Object(disabled(zone, "rich_rule", "{{ item }}")))
}

/// The rich rules of a host.
pub(crate) fn rules_of(cluster: &Cluster, host: &Arc<str>) -> Vec<String> {
    let (_, rules) = rules::of(cluster, host);
    let text = |rule: &Value| rule["rule"].as_str().map(str::to_owned);
    rules.iter().filter_map(text).collect()
}

/// Allows something: a `port`, a `rich_rule`, ...
fn open(firewall: &Firewall, name: &str, kind: &str, what: &str) -> Card {
    task::<Firewalld>(name, Value::Object(arguments(firewall, kind, what)))
}

fn arguments(firewall: &Firewall, kind: &str, what: &str) -> Map<String, Value> {
    with_state("enabled", firewall.zone.as_deref(), kind, what)
}

fn disabled(zone: Option<&str>, kind: &str, what: &str) -> Map<String, Value> {
    with_state("disabled", zone, kind, what)
}

fn with_state(state: &str, zone: Option<&str>, kind: &str, what: &str) -> Map<String, Value> {
    let mut arguments = Map::new();
    let mut set = |name: &str, value: Value| drop(arguments.insert(name.to_owned(), value));
    set(kind, what.into());
    if let Some(zone) = zone {
        set("zone", zone.into());
    }
    set("permanent", true.into());
    set("immediate", true.into());
    set("state", state.into());
    arguments
}
