//! The roles and their variables, for documentation.

use evenkeel_topology::Etcd;
use evenkeel_topology::Firewall;
use evenkeel_topology::Haproxy;
use evenkeel_topology::Keepalived;
use evenkeel_topology::Kubernetes;
use evenkeel_topology::Nginx;
use evenkeel_topology::NodeSettings;
use evenkeel_topology::Upgrade;
use evenkeel_topology::Variable;
use evenkeel_topology::cluster_variables;

/// A role, for documentation.
pub struct Role {
    /// Its name.
    pub name: &'static str,
    /// What it brings, in a sentence.
    pub about: &'static str,
    /// The variables that it reads from the inventory.
    pub variables: fn() -> Vec<Variable>,
}

/// Every role, in the order in which a playbook has them; the variables that decide the model as a whole stand with
/// `base`.
pub const ROLES: &[Role] = &[
    Role {
        name: "base",
        about: "Names in /etc/hosts, curl, and firewalld with what the host's part in the cluster needs.",
        variables: || [cluster_variables(), Firewall::variables()].concat(),
    },
    Role {
        name: "loadbalancer",
        about: "HAProxy or nginx in front of the API servers, and keepalived for the address that moves to where it lives.",
        variables: || [Haproxy::variables(), Nginx::variables(), Keepalived::variables()].concat(),
    },
    Role {
        name: "etcd",
        about: "A cluster with TLS from the group `etcd`; a member that was lost is replaced.",
        variables: Etcd::variables,
    },
    Role {
        name: "etcd-proxy",
        about: "etcd's members on the localhost of every node that is none; not with `etcd_multiaccess`.",
        variables: || {
            let mut variables = Etcd::variables();
            variables.retain(|variable| variable.name == "etcd_proxy");
            variables
        },
    },
    Role {
        name: "master",
        about: "The API servers: kubeadm, k3s or k0s, each told its endpoint, ports and names.",
        variables: || {
            [
                Kubernetes::variables(),
                NodeSettings::variables(),
                Upgrade::variables(),
            ]
            .concat()
        },
    },
    Role {
        name: "worker",
        about: "A load balancer on localhost where there is no external one, and the node joins with its labels and taints.",
        variables: NodeSettings::variables,
    },
];
