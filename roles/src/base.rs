//! `base`: what hosts need whatever their part is: names, packages, kernel settings, services, the firewall.

pub(crate) mod ask;
pub(crate) mod firewall;
pub(crate) mod names;
pub(crate) mod packages;
pub(crate) mod program;
pub(crate) mod service;
pub(crate) mod sysctl;

use evenkeel_topology::Cluster;

use crate::Generated;

/// Adds the plays that concern every host.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    into.play(names::play(cluster));
    firewall::compose(cluster, into);
}
