//! A configuration that its program refuses on the target never replaces the one that works.

use serde_json::json;

use crate::cluster::Cluster;
use crate::services;

/// A value that only the program on the target can refuse.
struct Refused {
    path: &'static str,
    variable: serde_json::Value,
    task: &'static str,
    /// What the failure says of the reason.
    reason: &'static str,
}

pub(crate) fn what_programs_do_not_accept(cluster: &Cluster) {
    let cases = [
        Refused {
            path: "/etc/haproxy/haproxy.cfg",
            variable: json!({"haproxy": {
                "maxconn": 4000, "timeouts": {"connect": "soon"}, "alive_port": 8404, "ready_port": 8405,
                "check": {"inter": "2s", "downinter": "5s", "rise": 2, "fall": 3},
                "frontends": [{"name": "kube_api", "binds": ["*:6443"], "check": "readyz", "check_options": [], "servers": []}],
            }}),
            task: "Configure HAProxy",
            reason: "timeout connect",
        },
        Refused {
            path: "/etc/keepalived/keepalived.conf",
            variable: json!({"keepalived_interface": "eth9"}),
            task: "Configure keepalived",
            reason: "eth9",
        },
    ];
    for case in cases {
        let state = || {
            cluster
                .balancers()
                .map(|host| (host.read(case.path).unwrap(), services::processes(host)))
        };
        let before = state();
        let tried = cluster.evenkeel("apply", &["--yes", "-e", &case.variable.to_string()], 2);
        let failures = tried.failures();
        let failed: Vec<_> = failures
            .iter()
            .map(|task| (task.host.as_str(), task.task.name.as_str()))
            .collect();
        assert_eq!(failed, [("lb1", case.task), ("lb2", case.task)], "{failures:#?}");
        for task in failures {
            let told = task.outcome.failure.as_ref().unwrap().to_string();
            for word in [case.path, case.reason, "mend the variable"] {
                assert!(told.contains(word), "{word} is not in {told}");
            }
        }
        assert_eq!(state(), before, "the old file and the running program stay");
        cluster.keeps_nothing_of_ours();
        cluster.still_serves();
        cluster.evenkeel("plan", &["--exit-code"], 0);
    }
}
