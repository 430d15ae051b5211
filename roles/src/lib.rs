//! Roles: from the model of a cluster to the playbook that it needs, and no other.
//!
//! A role is a folder: its composition in Rust, and beside it its templates, which are plain Jinja2. Its variables
//! are typed and documented in [`evenkeel_topology`]; what comes out are task cards. Nothing here asks a host, and
//! nothing can fail: what is wrong with an inventory was said when the [`Cluster`] was built.
#![forbid(unsafe_code)]

mod base;
mod card;
mod catalogue;
mod eject;
mod etcd;
mod etcd_proxy;
mod generated;
mod hosts;
mod kubernetes;
mod loadbalancer;
mod master;
mod reset;
mod tags;
mod upgrade;
mod worker;

pub use catalogue::ROLES;
pub use catalogue::Role;
pub use eject::BOOK as EJECT;
pub use generated::COMPUTED;
pub use generated::Generated;
pub use tags::template_tags;

use evenkeel_topology::Cluster;

/// The playbooks of a cluster, with the templates and the variables they use.
pub fn playbook(cluster: &Cluster) -> Generated {
    let mut generated = site(cluster);
    upgrade::compose(cluster, &mut generated);
    reset::compose(cluster, &mut generated);
    eject::compose(cluster, &mut generated);
    generated
}

/// `site.yml` alone.
fn site(cluster: &Cluster) -> Generated {
    let mut generated = Generated::default();
    let into = &mut generated;
    base::compose(cluster, into);
    if let Some(balancer) = &cluster.balancer {
        loadbalancer::compose(cluster, balancer, into);
    }
    etcd::compose(cluster, into);
    etcd_proxy::compose(cluster, into);
    worker::balance(cluster, into);
    master::compose(cluster, into);
    worker::compose(cluster, into);
    generated
}
