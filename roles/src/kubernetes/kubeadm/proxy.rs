//! kube-proxy asks the load balancer on its own host, where every host has one.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::Copy;
use evenkeel_tasks::types::Stat;
use serde_json::json;

use crate::card;
use crate::card::item;
use crate::card::task;

/// The last endpoint that kube-proxy was given.
const GIVEN: &str = "/etc/kubernetes/kube-proxy-endpoint";

/// The name of the handler.
pub(crate) const RESTART: &str = "Restart kube-proxy, host after host";

const KUBECONFIG: [&str; 3] = [
    "kubectl",
    "--kubeconfig=/etc/kubernetes/admin.conf",
    "--namespace=kube-system",
];

/// Looks whether kube-proxy has it, and gives it: on the first master, once the cluster has begun. kubeadm has one
/// kubeconfig for every host's kube-proxy, with the address of the first master where no load balancer stands outside.
pub(super) fn wire(endpoint: &str) -> Vec<Item> {
    let look = task::<Stat>(
        "Look which endpoint kube-proxy was given",
        json!({ "path": GIVEN }),
    )
    .register("kube_proxy_endpoint");
    let other = format!("kube_proxy_endpoint.stat.checksum | default('') != ('{endpoint}' | hash('sha1'))");
    vec![
        item(look),
        card::block(
            "Have kube-proxy use the endpoint of its own host",
            give(endpoint),
            &[&other],
        ),
    ]
}

/// Asks what kube-proxy has, and gives it an endpoint if it is another one.
pub(crate) fn give(endpoint: &str) -> Vec<Item> {
    let ask = [
        "get",
        "configmap/kube-proxy",
        "--ignore-not-found",
        r"--output=jsonpath={.data.kubeconfig\.conf}",
    ];
    let patch = format!(
        "--patch={{{{ {{'data': {{'kubeconfig.conf': kube_proxy.stdout | regex_replace('server: \\S+', 'server: {endpoint}')}}}} | to_json }}}}"
    );
    let other = [
        "kube_proxy.stdout | length > 0".to_owned(),
        format!("'server: {endpoint}' not in kube_proxy.stdout.splitlines() | map('trim')"),
    ];
    vec![
        item(
            kubectl("Ask for kube-proxy's kubeconfig", &ask)
                .register("kube_proxy")
                .changed_when("false")
                .about("Without kube-proxy, as with some network plugins, there is none."),
        ),
        item(
            other.iter().fold(
                kubectl(
                    "Put the endpoint into kube-proxy's kubeconfig",
                    &["patch", "configmap/kube-proxy", "--type=merge", &patch],
                )
                .changed_when("true")
                .notify(RESTART),
                |card, condition| card.when(condition),
            ),
        ),
        item(remember(endpoint)),
    ]
}

/// Keeps what kube-proxy was given, so that nobody has to ask the API server in every run.
pub(crate) fn remember(endpoint: &str) -> Card {
    task::<Copy>(
        "Remember the endpoint that kube-proxy was given",
        json!({ "content": endpoint, "dest": GIVEN, "mode": "0644" }),
    )
}

/// The handler of those who give it one.
pub(crate) fn restart() -> Item {
    item(kubectl(RESTART, &["rollout", "restart", "daemonset/kube-proxy"]).changed_when("true"))
}

fn kubectl(name: &str, words: &[&str]) -> Card {
    let words = [&KUBECONFIG[..], words].concat();
    task::<Command>(name, json!({ "argv": words }))
}
