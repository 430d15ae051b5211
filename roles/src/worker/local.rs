//! The local load balancer: clients on the host reach all API servers through 127.0.0.1.

use evenkeel_topology::Cluster;
use evenkeel_topology::Local;
use evenkeel_topology::Program;

use crate::Generated;
use crate::hosts;
use crate::loadbalancer::haproxy;
use crate::loadbalancer::nginx;

/// The name of what is balanced.
const NAME: &str = "kube_api";

/// Adds its play.
pub(super) fn compose(cluster: &Cluster, local: &Local, into: &mut Generated) {
    let hosts = hosts::pattern(cluster, &local.hosts);
    let bind = [format!("127.0.0.1:{}", local.port)];
    let (name, variable) = match local.program {
        Program::Nginx => {
            let frontend = nginx::described(NAME, &bind, &local.servers);
            ("nginx", nginx::variable(&local.nginx, None, vec![frontend]))
        }
        Program::Haproxy => {
            let frontend = haproxy::described(NAME, &bind, local.check, &local.servers);
            ("haproxy", haproxy::variable(&local.haproxy, vec![frontend]))
        }
    };
    for host in &local.hosts {
        into.variable(host, name, variable.clone());
    }
    let title = "The API servers are on the localhost of every other node";
    match local.program {
        Program::Nginx => {
            nginx::template(false, into);
            into.play(nginx::play(title, &hosts));
        }
        Program::Haproxy => {
            haproxy::template(std::iter::once(local.check), into);
            into.play(haproxy::play(title, &hosts));
        }
    }
}
