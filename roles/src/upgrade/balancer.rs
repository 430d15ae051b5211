//! Load balancers: their packages, one host after the other.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_topology::Cluster;
use evenkeel_topology::Program;

use super::gate;
use super::play;
use crate::base::ask;
use crate::base::packages;
use crate::card::item;
use crate::hosts;

/// The external pair: its address moves by itself.
pub(super) fn external(cluster: &Cluster) -> Option<Play> {
    let balancer = cluster.balancer.as_ref()?;
    let members: Vec<_> = balancer
        .members
        .iter()
        .map(|member| member.name.clone())
        .collect();
    let hosts = hosts::pattern(cluster, &members);
    let mut play = play(
        "The load balancers are upgraded, one after the other",
        &hosts,
        "loadbalancer",
        "1",
    );
    let port = balancer.haproxy.alive_port;
    let alive = ask::wait(
        "Wait until the load balancer of this host lives",
        &format!("http://127.0.0.1:{port}/healthz"),
        &[],
    );
    let keepalived = packages::upgrade("Upgrade keepalived", &["keepalived"]).about(
        "Its package restarts it: the address moves to another load balancer within a second, and stays there.",
    );
    let refresh = packages::refresh();
    play.tasks = [
        refresh,
        upgrade(balancer.program),
        alive,
        keepalived,
        address(cluster),
    ]
    .into_iter()
    .map(item)
    .collect();
    Some(play)
}

/// The load balancers on localhost, in batches.
pub(super) fn local(cluster: &Cluster) -> Option<Play> {
    let local = cluster.local.as_ref()?;
    let hosts = hosts::pattern(cluster, &local.hosts);
    let name = "The load balancers on localhost are upgraded";
    let mut play = play(name, &hosts, "loadbalancer", &cluster.upgrade.workers.0);
    let serves = insecure(
        cluster,
        "Wait until the API answers at the endpoint of this host",
        "{{ kube_apiserver_endpoint }}/readyz",
    );
    play.tasks = [packages::refresh(), upgrade(local.program), serves]
        .map(item)
        .to_vec();
    Some(play)
}

fn upgrade(program: Program) -> Card {
    match program {
        Program::Haproxy => packages::upgrade("Upgrade HAProxy", &["haproxy"])
            .about("Its package reloads it: the new program takes over, and connections end by themselves."),
        Program::Nginx => packages::upgrade("Upgrade nginx", &["nginx", "libnginx-mod-stream"])
            .about("Its package has the new program take over; connections end by themselves."),
    }
}

fn address(cluster: &Cluster) -> Card {
    insecure(
        cluster,
        "Wait until the API answers at the virtual address",
        "{{ kube_apiserver_global_endpoint }}/readyz",
    )
}

/// Load balancers have no certificate of the cluster's authority; what they pass on is not looked into here.
fn insecure(cluster: &Cluster, name: &str, url: &str) -> Card {
    gate::asked(cluster, name, url, &["--insecure"])
        .about("Without looking at its certificate: this host need not have that of the cluster's authority.")
}
