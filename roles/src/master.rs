//! `master`: the API servers of whichever Kubernetes the cluster runs.

use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;

use crate::Generated;
use crate::kubernetes::k0s;
use crate::kubernetes::k3s;
use crate::kubernetes::kubeadm;

/// Adds the plays of the masters.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    match cluster.kubernetes.distribution {
        Distribution::None => {}
        Distribution::Kubeadm => kubeadm::masters(cluster, into),
        Distribution::K3s => k3s::masters(cluster, into),
        Distribution::K0s => k0s::masters(cluster, into),
    }
}
