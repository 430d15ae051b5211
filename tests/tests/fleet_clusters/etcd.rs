//! etcd, written through one host's localhost and read through another's.

use evenkeel_tests::fleet::Host;
use evenkeel_tests::reference::etcdctl;
use evenkeel_tests::reference::eventually;

use crate::cluster::Cluster;

/// What one host writes, every other reads.
pub(crate) fn is_shared(cluster: &Cluster) {
    let etcd = &cluster.model.etcd;
    if !etcd.deployed {
        return;
    }
    let hosts = cluster.model.inside().iter().map(|name| cluster.host(name));
    let hosts: Vec<&Host> = hosts.collect();
    for writer in &hosts {
        let value = format!("written on {}", writer.name());
        let put = etcdctl(writer, &format!("put from '{value}'"));
        eventually(&format!("etcd is written on {}", writer.name()), || {
            writer.run(&put).unwrap().code == 0
        });
        for reader in &hosts {
            let got = reader
                .exec(&etcdctl(reader, "get from --print-value-only"))
                .unwrap();
            assert_eq!(got.trim(), value, "read on {}", reader.name());
        }
    }
}

/// A member loses its power: the others, and the proxies, go on.
pub(crate) fn goes_on_without_a_member(cluster: &Cluster) {
    let etcd = &cluster.model.etcd;
    let gone = etcd.members.last().unwrap();
    cluster.host(gone).kill().unwrap();
    for name in cluster.model.inside().iter().filter(|name| *name != gone) {
        let host = cluster.host(name);
        // A proxy leaves the dead member out once a connection to it has failed.
        let put = etcdctl(host, "put without 'a member'");
        let mut in_a_row = 0;
        eventually(&format!("etcd is written on {name} without {gone}"), || {
            in_a_row = if host.run(&put).unwrap().code == 0 {
                in_a_row + 1
            } else {
                0
            };
            in_a_row >= 5
        });
    }
    let (code, shown) = cluster.verified();
    assert!([2, 4].contains(&code), "{shown}");
    assert!(shown.contains(&format!("\nunreachable: {gone}: ")), "{shown}");
}
