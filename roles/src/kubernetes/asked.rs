//! Which master is asked by hosts that join: one that was reached, as the first one may be away.

use evenkeel_topology::Cluster;
use evenkeel_topology::Group;

use crate::hosts;

/// Its name, as an expression: the first other one that [`super::begun`] has looked at in this run, else the first one.
/// Whoever comes first there is in the cluster, or begins it, or has ended there.
pub(super) fn host(cluster: &Cluster) -> String {
    let group = hosts::name(cluster, Group::Masters);
    if cluster.masters.len() < 2 {
        return format!("{{{{ groups['{group}'][0] }}}}");
    }
    format!(
        "{{{{ (groups['{group}'] | reject('equalto', inventory_hostname) | map('extract', hostvars) | \
         selectattr('kubernetes_begun', 'defined') | map(attribute='inventory_hostname') | list + \
         [groups['{group}'][0]]) | first }}}}"
    )
}
