//! A member of etcd that lost its data is brought back, by both.

use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::reference::etcdctl;
use evenkeel_tests::reference::eventually;

use crate::sides::Sides;

/// The last member loses its data; the next run has it join again, and then there is nothing left to do.
pub(crate) fn lost_data_comes_back(sides: &Sides) {
    let fleets = [&sides.first, &sides.second];
    for fleet in fleets {
        loses_its_data(sides, fleet);
    }
    sides.run(fleets);
    for fleet in fleets {
        is_back(sides, fleet);
    }
    let nothing: [Vec<String>; 2] = [Vec::new(), Vec::new()];
    assert_eq!(sides.run([&sides.second, &sides.first]), nothing);
}

fn loses_its_data(sides: &Sides, fleet: &Fleet) {
    let host = fleet.host(sides.reference.model().etcd.members.last().unwrap());
    host.exec(&etcdctl(host, "put before kept")).unwrap();
    host.exec("systemctl stop etcd && rm -rf /var/lib/etcd/kubernetes/member")
        .unwrap();
}

/// All members are there, none twice, and the one that was empty has what was written before.
fn is_back(sides: &Sides, fleet: &Fleet) {
    let members = &sides.reference.model().etcd.members;
    let host = fleet.host(members.last().unwrap());
    let mut started = String::new();
    eventually("the member that had lost its data serves", || {
        let answer = host.run(&etcdctl(host, "member list")).unwrap();
        started = answer.stdout;
        started
            .lines()
            .filter(|line| line.contains(", started, "))
            .count()
            == members.len()
    });
    assert_eq!(started.lines().count(), members.len(), "{started}");
    let kept = host
        .exec(&etcdctl(host, "get before --print-value-only"))
        .unwrap();
    assert_eq!(kept.trim(), "kept");
}
