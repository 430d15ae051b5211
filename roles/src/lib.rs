//! Roles: from the model of a cluster to the playbook that it needs, and no other.
//!
//! A role is a folder: its composition in Rust, and beside it its templates, which are plain Jinja2. Its variables
//! are typed and documented in [`evenkeel_topology`]; what comes out are task cards. Nothing here asks a host, and
//! nothing can fail: what is wrong with an inventory was said when the [`Cluster`] was built.
#![forbid(unsafe_code)]

mod base;
mod card;
mod generated;
mod hosts;
mod loadbalancer;

pub use generated::COMPUTED;
pub use generated::Generated;

use evenkeel_topology::Cluster;

/// The playbook of a cluster, with the templates and the variables it uses.
pub fn playbook(cluster: &Cluster) -> Generated {
    let mut generated = Generated::default();
    generated.play(base::names(cluster));
    if let Some(balancer) = &cluster.balancer {
        loadbalancer::compose(cluster, balancer, &mut generated);
    }
    generated
}
