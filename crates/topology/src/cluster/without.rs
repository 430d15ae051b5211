//! The cluster without one of its hosts: what remains when a controller is removed.

use std::sync::Arc;

use crate::Cluster;
use crate::Member;
use crate::Server;

impl Cluster {
    /// The cluster that the same inventory without this host describes.
    ///
    /// `None` when the cluster cannot do without it: it is the last master, the last member of etcd, the only load
    /// balancer, or the only load balancer on a master (without it the API servers' port would be another one).
    pub fn without(&self, host: &str) -> Option<Cluster> {
        let mut rest = self.clone();
        (rest.warnings, rest.notes) = Default::default();
        let stays = |name: &Arc<str>| **name != *host;
        rest.nodes.shift_remove(host);
        rest.settings.shift_remove(host);
        rest.firewalls.shift_remove(host);
        rest.binds.shift_remove(host);
        rest.ports.shift_remove(host);
        for hosts in [
            &mut rest.masters,
            &mut rest.workers,
            &mut rest.in_cluster,
            &mut rest.etcd.members,
            &mut rest.etcd.proxies,
        ] {
            hosts.retain(stays);
        }
        for group in &mut rest.groups {
            group.hosts.retain(stays);
        }
        rest.groups.retain(|group| !group.hosts.is_empty());
        let served = |server: &Server| stays(&server.name);
        if let Some(balancer) = &mut rest.balancer {
            balancer.members = closed_up(&balancer.members, host);
            for frontend in &mut balancer.frontends {
                frontend.servers.retain(served);
            }
        }
        if let Some(local) = &mut rest.local {
            local.hosts.retain(stays);
            local.servers.retain(served);
        }
        rest.local = rest.local.filter(|local| !local.hosts.is_empty());
        let balanced = rest
            .balancer
            .as_ref()
            .is_none_or(|balancer| !balancer.members.is_empty());
        let lives = !rest.masters.is_empty() && !rest.etcd.members.is_empty() && balanced;
        (lives && rest.stacked() == self.stacked()).then_some(rest)
    }
}

/// The members that stay move up: priorities follow from the order.
fn closed_up(members: &[Member], host: &str) -> Vec<Member> {
    let stay = members.iter().filter(|member| *member.name != *host);
    stay.zip(members)
        .map(|(member, place)| Member {
            priority: place.priority,
            ..member.clone()
        })
        .collect()
}
