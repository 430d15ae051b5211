//! What every host had, whatever its part.

use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;

use crate::base::program;
use crate::base::sysctl;
use crate::card;
use crate::card::item;
use crate::hosts;

/// The play that removes the kernel settings, where there are any.
pub(super) fn kernel(cluster: &Cluster) -> Option<Play> {
    let set: Vec<Arc<str>> = cluster
        .nodes
        .keys()
        .filter(|host| forwards(cluster, host) || binds(cluster, host))
        .cloned()
        .collect();
    if set.is_empty() {
        return None;
    }
    let hosts = hosts::pattern(cluster, &set);
    let mut play = card::play("The kernel starts with its own settings", &hosts, "kernel");
    let name = "Remove the file of the cluster's kernel settings";
    play.tasks = vec![item(program::gone(name, sysctl::FILE).about(
        "What holds now holds until the next start: others may need it, and nobody knows what was set before.",
    ))];
    Some(play)
}

fn forwards(cluster: &Cluster, host: &Arc<str>) -> bool {
    let sets = match cluster.kubernetes.distribution {
        Distribution::Kubeadm | Distribution::K3s => true,
        Distribution::None | Distribution::K0s => false,
    };
    sets && cluster.in_cluster(host)
}

fn binds(cluster: &Cluster, host: &Arc<str>) -> bool {
    cluster.balancer.iter().any(|balancer| {
        balancer.frontends.iter().any(|frontend| frontend.vip_only)
            && balancer.members.iter().any(|member| member.name == *host)
    })
}
