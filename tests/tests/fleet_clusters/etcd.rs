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

/// The first run ends when one member has begun, and another has no more than a folder: the next one brings them together.
/// Later a member was announced and not started.
pub(crate) fn begins_where_a_run_was_cut_short(cluster: &Cluster) {
    let members: Vec<&Host> = members(cluster);
    for member in &members {
        member
            .exec("systemctl disable --now etcd && rm -rf /var/lib/etcd/kubernetes/member")
            .unwrap();
    }
    members[1]
        .exec("cd /var/lib/etcd/kubernetes && install -d -o etcd -g etcd -m 0700 member member/snap")
        .unwrap();
    let wal = "test -d /var/lib/etcd/kubernetes/member/wal";
    members[0]
        .exec("systemctl enable etcd && systemctl start --no-block etcd")
        .unwrap();
    eventually("the first member has data", || {
        members[0].run(wal).unwrap().code == 0
    });
    cluster.converge();
    is_shared(cluster);

    let (asked, absent) = (members[0], members[2]);
    absent
        .exec("systemctl disable --now etcd && rm -rf /var/lib/etcd/kubernetes/member")
        .unwrap();
    let listed = asked.exec(&etcdctl(asked, "member list")).unwrap();
    let line = listed
        .lines()
        .find(|line| line.contains(&format!(" {},", absent.name())))
        .unwrap();
    let words: Vec<&str> = line.split(", ").collect();
    let (id, peer) = (words[0], words[3]);
    asked
        .exec(&etcdctl(asked, &format!("member remove {id}")))
        .unwrap();
    let add = etcdctl(asked, &format!("member add {} --peer-urls={peer}", absent.name()));
    eventually("the member is announced", || asked.run(&add).unwrap().code == 0);
    cluster.converge();
    is_shared(cluster);
}

/// Two of three members are down, and one of them has lost its data: it must not begin a cluster anew.
pub(crate) fn is_not_begun_anew(cluster: &Cluster) {
    let members: Vec<&Host> = members(cluster);
    members[2]
        .exec("systemctl stop etcd && rm -rf /var/lib/etcd/kubernetes/member")
        .unwrap();
    members[1].exec("systemctl stop etcd").unwrap();
    let refused = cluster.evenkeel("apply", &["--yes"], 2);
    let told = format!("{:#?}", refused.failures());
    assert!(told.contains("has no data and begins no cluster anew"), "{told}");
    // What it wants: the other member runs again, and so the lost one can be replaced.
    cluster.converge();
    is_shared(cluster);
}

fn members(cluster: &Cluster) -> Vec<&Host> {
    cluster
        .model
        .etcd
        .members
        .iter()
        .map(|name| cluster.host(name))
        .collect()
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
