//! What holds for any cluster.

use std::collections::BTreeSet;

use evenkeel_certs::Action;
use evenkeel_certs::Report;
use evenkeel_playbook::Memory;
use proptest::prelude::*;

use super::contents;
use super::ensure;
use super::inventory::Inventory;

/// Clusters of up to 6 hosts, each with any parts in it, the first always a master.
fn clusters() -> impl Strategy<Value = Inventory> {
    let host = (any::<[bool; 3]>(), any::<bool>());
    prop::collection::vec(host, 1..6).prop_map(|hosts| {
        let mut inventory = Inventory::default();
        let mut groups = [const { Vec::new() }; 3];
        for (number, (parts, six)) in hosts.iter().enumerate() {
            let name = format!("h{number}");
            let ip = if *six {
                format!("2001:db8::{number}")
            } else {
                format!("192.0.2.{}", number + 1)
            };
            inventory = inventory.host(&name, &ip);
            for (group, part) in groups.iter_mut().zip(parts) {
                if *part || (number == 0 && group.is_empty()) {
                    group.push(name.clone());
                }
            }
        }
        for (name, hosts) in ["kube_control_plane", "etcd", "kube_node"].iter().zip(groups) {
            inventory.groups.insert((*name).to_owned(), hosts);
        }
        inventory
    })
}

fn made(report: &Report) -> BTreeSet<&str> {
    let made = report.files.iter().filter(|entry| entry.action == Action::Made);
    made.map(|entry| entry.file.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_second_run_keeps_everything(inventory in clusters(), days in 1_u64..334) {
        let files = Memory::default();
        let first = ensure(&inventory, &files, 0);
        prop_assert_eq!(first.made(), first.files.len());
        let before = contents(&files);
        prop_assert_eq!(before.len(), first.files.len());
        let second = ensure(&inventory, &files, days);
        prop_assert_eq!((second.made(), second.unused), (0, vec![]));
        prop_assert_eq!(contents(&files), before);
    }

    #[test]
    fn a_host_that_comes_gets_its_files_and_nothing_else_changes(inventory in clusters(), member: bool) {
        let files = Memory::default();
        ensure(&inventory, &files, 0);
        let before = contents(&files);
        let mut more = inventory.host("new", "198.51.100.1");
        more.groups["kube_node"].push("new".to_owned());
        let mut expected = BTreeSet::from(["node-new.pem", "node-new-key.pem"]);
        if member {
            more.groups["etcd"].push("new".to_owned());
            expected.extend(["member-new.pem", "member-new-key.pem"]);
        }
        let report = ensure(&more, &files, 1);
        prop_assert_eq!(made(&report), expected);
        let after = contents(&files);
        prop_assert!(before.iter().all(|file| after.contains(file)));
    }

    #[test]
    fn a_member_that_moves_gets_its_certificate_anew_and_nobody_else(inventory in clusters(), which: usize) {
        let files = Memory::default();
        ensure(&inventory, &files, 0);
        let members = &inventory.groups["etcd"];
        let member = members[which % members.len()].clone();
        let report = ensure(&inventory.clone().host(&member, "198.51.100.1"), &files, 1);
        let (certificate, key) = (format!("member-{member}.pem"), format!("member-{member}-key.pem"));
        prop_assert_eq!(made(&report), BTreeSet::from([certificate.as_str(), key.as_str()]));
    }
}
