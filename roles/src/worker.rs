//! `worker`: a load balancer on the localhost of nodes that are no masters, and the nodes join.

mod local;

use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;

use crate::Generated;
use crate::kubernetes::k0s;
use crate::kubernetes::k3s;
use crate::kubernetes::kubeadm;

/// Adds the play of the local load balancers: before masters and workers, as these are reached through them.
pub(crate) fn balance(cluster: &Cluster, into: &mut Generated) {
    if let Some(local) = &cluster.local {
        local::compose(cluster, local, into);
    }
}

/// Adds the plays with which workers join.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    match cluster.kubernetes.distribution {
        Distribution::None => {}
        Distribution::Kubeadm => kubeadm::workers(cluster, into),
        Distribution::K3s => k3s::workers(cluster, into),
        Distribution::K0s => k0s::workers(cluster, into),
    }
}
