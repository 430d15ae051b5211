//! What somebody breaks by hand is shown, and nothing else, and the next run mends it.

use evenkeel_tests::events::Events;

use crate::cluster::Cluster;
use crate::services;

/// A file, broken on one host: what a forecast must show.
struct Broken {
    host: &'static str,
    path: &'static str,
    by: &'static str,
    /// The lines that differ, as a diff shows them.
    diff: &'static [&'static str],
    /// The tasks that have to do something, in order.
    tasks: &'static [&'static str],
}

const CASES: [Broken; 3] = [
    Broken {
        host: "w1",
        path: "/etc/hosts",
        by: "sed -i 's/^192.0.2.22 m2$/192.0.2.99 m2/'",
        diff: &["-192.0.2.99 m2", "+192.0.2.22 m2"],
        tasks: &["Write the addresses of the cluster to /etc/hosts"],
    },
    Broken {
        host: "lb2",
        path: "/etc/haproxy/haproxy.cfg",
        by: "sed -i 's/balance leastconn/balance roundrobin/'",
        diff: &["-    balance roundrobin", "+    balance leastconn"],
        tasks: &["Configure HAProxy", "Reload HAProxy"],
    },
    Broken {
        host: "lb1",
        path: "/etc/keepalived/keepalived.conf",
        by: "sed -i 's/    interval 2$/    interval 20/'",
        diff: &["-    interval 20", "+    interval 2"],
        tasks: &["Configure keepalived", "Reload keepalived"],
    },
];

/// Programs whose files were mended are reloaded, not restarted, and the address stays.
pub(crate) fn what_was_broken_by_hand(cluster: &Cluster) {
    let running = || cluster.balancers().map(services::processes);
    let before = (cluster.holder().to_owned(), running());
    for case in CASES {
        let host = cluster.fleet.host(case.host);
        let right = host.read(case.path).unwrap();
        host.exec(&format!("{} {}", case.by, case.path)).unwrap();
        assert_ne!(host.read(case.path).unwrap(), right);

        let planned = cluster.evenkeel("plan", &["--exit-code"], 3);
        case.is_all_of(&planned);
        let applied = cluster.evenkeel("apply", &["--yes"], 0);
        case.is_all_of(&applied);
        assert_eq!(host.read(case.path).unwrap(), right);
        cluster.evenkeel("plan", &["--exit-code"], 0);
    }
    assert_eq!((cluster.holder().to_owned(), running()), before);
}

impl Broken {
    fn is_all_of(&self, events: &Events) {
        let changed = events.changed();
        let tasks: Vec<_> = changed
            .iter()
            .map(|task| (task.host.as_str(), task.task.name.as_str()))
            .collect();
        let expected: Vec<_> = self.tasks.iter().map(|task| (self.host, *task)).collect();
        assert_eq!(tasks, expected, "{changed:#?}");
        let [change] = &changed[0].outcome.changes[..] else {
            panic!("one change: {changed:#?}")
        };
        assert_eq!(
            (change.action.as_str(), change.subject.as_str()),
            ("update", self.path)
        );
        let differs = |line: &&str| {
            line.starts_with(['+', '-']) && !line.starts_with("+++") && !line.starts_with("---")
        };
        assert_eq!(change.diff.lines().filter(differs).collect::<Vec<_>>(), self.diff);
    }
}
