//! `verify` where no host answers, and where there is nothing to ask.

use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Loaded;
use evenkeel::Memory;
use evenkeel::Options;
use evenkeel::Project;
use evenkeel::Target;
use evenkeel::host::Error;
use evenkeel::host::Host;

/// Hosts that nobody reaches.
struct Away;

impl Connect for Away {
    fn connect(&self, target: &Target) -> evenkeel::host::Result<Arc<dyn Host>> {
        Err(Error::Unreachable(format!("no way to {}", target.name)))
    }
}

const CLUSTER: &str = "
[kube_control_plane]
m1 ip=192.0.2.21
[loadbalancer]
lb1 ip=192.0.2.11
[all:vars]
keepalived_interface=eth0
loadbalancer_apiserver={'address': '192.0.2.100'}
";

fn loaded(inventory: &str, limit: Option<&str>) -> Loaded {
    let files = Memory::default().with("hosts.ini", inventory);
    let mut project = Project::new(Arc::new(files))
        .inventory("hosts.ini")
        .without_playbook();
    if let Some(limit) = limit {
        project = project.limit(limit);
    }
    match project.load() {
        Ok(loaded) => loaded,
        Err(problems) => panic!("{problems:?}"),
    }
}

#[test]
fn hosts_that_cannot_be_reached_are_not_down() {
    let loaded = loaded(CLUSTER, None);
    let verified = evenkeel::verify(&loaded, Arc::new(Away), Options::default()).expect("a cluster");
    assert!(verified.is_unreachable() && !verified.is_down() && !verified.is_up());
    let told: Vec<_> = verified
        .hosts
        .iter()
        .map(|host| host.lost.as_ref().map(|lost| lost.message.as_str()))
        .collect();
    assert_eq!(told, [Some("no way to m1"), Some("no way to lb1")]);
    assert_eq!(verified.address, None, "nobody said anything of it");
}

#[test]
fn only_hosts_of_the_limit_are_asked() {
    let loaded = loaded(CLUSTER, Some("m1"));
    let verified = evenkeel::verify(&loaded, Arc::new(Away), Options::default()).expect("a cluster");
    assert_eq!(verified.hosts.len(), 1);
}

#[test]
fn without_a_cluster_or_a_host_of_it_there_is_nothing_to_ask() {
    let refused = |inventory: &str, limit: Option<&str>| {
        let loaded = loaded(inventory, limit);
        match evenkeel::verify(&loaded, Arc::new(Away), Options::default()) {
            Ok(_) => panic!("there is nothing to ask"),
            Err(problem) => problem.message,
        }
    };
    assert_eq!(refused("web1\n", None), "the inventory describes no cluster");
    let more = format!("web1 ansible_host=192.0.2.99\n{CLUSTER}");
    assert_eq!(
        refused(&more, Some("web1")),
        "no host of the cluster is to be asked"
    );
}
