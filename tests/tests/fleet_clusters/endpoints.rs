//! The endpoint of every host, opened from that host.

use evenkeel::topology::Check;
use evenkeel_tests::reference::eventually;

use crate::cluster::Cluster;

/// The table's endpoint answers `/readyz` on every host, and every master answers through the load balancers.
pub(crate) fn answer(cluster: &Cluster) {
    let expected = match cluster
        .model
        .balancer
        .as_ref()
        .map(|balancer| balancer.frontends[0].check)
    {
        Some(Check::ReadyzOr401) => "401",
        _ => "200",
    };
    for row in cluster.model.endpoints() {
        let host = cluster.host(&row.host);
        let url = format!("{}/readyz", row.kube_apiserver.url);
        let ask = format!("curl -sk -o /dev/null -w '%{{http_code}}' --max-time 5 {url}");
        let mut answered = String::new();
        eventually(&format!("{url} answers on {}", row.host), || {
            answered = host.run(&ask).unwrap().stdout;
            answered == expected
        });
    }
    crate::etcd::is_shared(cluster);
    kube_proxy_has_it(cluster);
    verify_agrees(cluster);
}

/// kube-proxy asks the load balancer on its own host, where every host has one.
fn kube_proxy_has_it(cluster: &Cluster) {
    let Some(endpoint) = cluster.model.proxy_endpoint() else {
        return;
    };
    let kubectl = "kubectl --kubeconfig=/etc/kubernetes/admin.conf --namespace=kube-system get --output";
    let first = cluster.host(&cluster.model.masters[0]);
    let only = r"jsonpath='{.data.kubeconfig\.conf}'";
    let settings = first
        .exec(&format!("{kubectl}={only} configmap/kube-proxy"))
        .unwrap();
    assert!(settings.contains(&format!("server: {endpoint}\n")), "{settings}");
    assert!(
        settings.ends_with("/token"),
        "nothing else has changed: {settings}"
    );
    let pods = first
        .exec(&format!("{kubectl}=yaml daemonset/kube-proxy"))
        .unwrap();
    assert!(pods.contains("kubectl.kubernetes.io/restartedAt"), "{pods}");
}

/// `evenkeel verify` sees the same as this test did with its own questions.
fn verify_agrees(cluster: &Cluster) {
    let mut shown = String::new();
    eventually("verify is content", || {
        let (code, text) = cluster.verified();
        shown = text;
        assert!([0, 2].contains(&code), "{shown}");
        println!("{shown}");
        code == 0
    });
    let rows = cluster.model.endpoints();
    let lines = |row: &&str| {
        rows.iter()
            .any(|host| row.starts_with(&format!("{} ", host.host)))
    };
    assert_eq!(
        shown.lines().filter(lines).count(),
        rows.len(),
        "a line for each host:\n{shown}"
    );
}
