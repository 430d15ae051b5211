//! kubeadm: the first master begins, the others and the workers join.

mod config;
mod finished;
pub(crate) mod patches;
pub(crate) mod proxy;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::Lineinfile;
use evenkeel_tasks::types::SetFact;
use evenkeel_topology::Cluster;
use evenkeel_topology::Group;
use evenkeel_topology::Mode;
use serde_json::json;

use crate::Generated;
use crate::base::ask;
use crate::base::packages;
use crate::base::program;
use crate::base::service;
use crate::card;
use crate::card::hidden;
use crate::card::item;
use crate::card::on;
use crate::card::task;
use crate::hosts;
use crate::kubernetes;
use crate::kubernetes::asked;
use crate::kubernetes::begun;

const CONFIG: &str = "/etc/kubernetes/kubeadm.yaml";
/// What kubeadm writes to a host that begins a cluster or joins one, long before it has finished.
const JOINED: &str = "/etc/kubernetes/kubelet.conf";
const RESTART: &str = "Restart the kubelet";

/// Adds the plays of the masters.
pub(crate) fn masters(cluster: &Cluster, into: &mut Generated) {
    for name in cluster.inside() {
        if let Some(node) = cluster.nodes.get(name) {
            into.variable(name, "kubeadm", config::variable(cluster, node));
        }
    }
    let template = |name| match name {
        "kubeadm-init.yaml.j2" => include_str!("templates/kubeadm-init.yaml.j2"),
        _ => include_str!("templates/kubeadm-join.yaml.j2"),
    };
    for name in ["kubeadm-init.yaml.j2", "kubeadm-join.yaml.j2"] {
        into.template(name, template(name));
    }
    begun::guard(cluster, JOINED, into);
    into.play(prepare(cluster));
    into.play(first(cluster));
    if cluster.masters.len() > 1 {
        into.play(joining(cluster));
    }
    let mut wired = wired(
        "The masters' components use the endpoint of their own host",
        &hosts::pattern(cluster, &cluster.masters),
        "master",
    );
    if cluster.api.mode != Mode::External {
        wired.tasks.extend(own_server());
    }
    into.play(wired);
}

/// Adds the plays of the workers.
pub(crate) fn workers(cluster: &Cluster, into: &mut Generated) {
    let workers = cluster.workers.iter();
    let workers: Vec<_> = workers
        .filter(|name| !cluster.masters.contains(name))
        .cloned()
        .collect();
    if workers.is_empty() {
        return;
    }
    let hosts = hosts::pattern(cluster, &workers);
    let mut play = card::play("The workers join", &hosts, "worker");
    play.tasks = join_tasks(cluster, false);
    into.play(play);
    into.play(wired(
        "The workers' components use the endpoint of their own host",
        &hosts,
        "worker",
    ));
}

/// What every node needs before it begins or joins.
fn prepare(cluster: &Cluster) -> Play {
    let hosts = hosts::pattern(cluster, cluster.inside());
    let mut play = card::play("Every node gets kubeadm", &hosts, "kubernetes");
    play.tasks = kubernetes::forwarding(cluster);
    play.tasks.extend(install(cluster));
    play.tasks.push(hold(cluster));
    play.tasks.extend([item(program::folder(
        "Make the folder of Kubernetes' settings",
        "/etc/kubernetes",
        "0755",
    ))]);
    play.tasks.extend(patches::tasks(cluster));
    play
}

/// A node that begins or joins gets the cluster's version; one that is in the cluster keeps what it has, as `upgrade.yml`
/// brings another one, and drains it before.
fn install(cluster: &Cluster) -> Vec<Item> {
    let packages: Vec<&str> = cluster.kubernetes.packages.0.iter().map(String::as_str).collect();
    let missing = packages::install("Install kubeadm and the kubelet", &packages)
        .about("`kube_packages` names them; an apt source must offer them.");
    let Some(version) = &cluster.kubernetes.version else {
        return vec![item(missing)];
    };
    let look = program::look(
        "Look whether this node is in the cluster",
        JOINED,
        "kubernetes_there",
    );
    let name = "Install kubeadm and the kubelet in the cluster's version";
    let install = packages::install_version(name, &versioned(cluster), &version.0)
        .when("not kubernetes_there.stat.exists")
        .about("`kube_version` says which, and `kube_packages` the packages; an apt source must offer them.");
    let others = packages.len() > versioned(cluster).len();
    let missing = packages::install("Install what is missing of them", &packages);
    // Packages of other projects have versions of their own.
    let missing = match others {
        true => missing,
        false => missing.when("kubernetes_there.stat.exists"),
    };
    [look, install, missing].map(item).into()
}

/// The packages that have Kubernetes' own version.
pub(crate) fn versioned(cluster: &Cluster) -> Vec<&str> {
    let names = cluster.kubernetes.packages.0.iter().map(String::as_str);
    let own = |name: &&str| {
        ["kubeadm", "kubelet", "kubectl"]
            .iter()
            .any(|own| name.contains(own))
    };
    names.filter(own).collect()
}

/// Keeps the packages at their version, whoever upgrades the others.
pub(crate) fn hold(cluster: &Cluster) -> Item {
    let hold = packages::select("Hold them at their version", &versioned(cluster), "hold");
    item(hold.about(
        "An unattended upgrade would bring a kubelet that its masters do not know, on all nodes at once.",
    ))
}

fn first(cluster: &Cluster) -> Play {
    let first = hosts::first(cluster, Group::Masters);
    let mut play = card::play("The first master begins the cluster", &first, "master");
    let configure = program::configure("Configure kubeadm", "kubeadm-init.yaml.j2", CONFIG, "0600");
    let argv = [
        "kubeadm",
        "init",
        "--config",
        CONFIG,
        "--upload-certs",
        // Those who join ask for a token of their own; these would stand in logs.
        "--skip-token-print",
        "--skip-certificate-key-print",
    ];
    let init = task::<Command>("Begin the cluster", json!({ "argv": argv, "creates": JOINED }));
    let name = "Look whether this host has begun the cluster";
    play.tasks = vec![item(program::look(name, JOINED, "kubelet_conf"))];
    play.tasks.extend(finished::guard("init"));
    play.tasks.extend(patches::etcd_client(cluster));
    play.tasks.push(item(configure));
    play.tasks.push(card::block(
        "The cluster begins",
        finished::marked(init).to_vec(),
        &["not kubelet_conf.stat.exists"],
    ));
    if let Some(endpoint) = cluster.proxy_endpoint() {
        play.tasks.extend(proxy::wire(&endpoint));
        play.handlers.push(proxy::restart());
    }
    play
}

fn joining(cluster: &Cluster) -> Play {
    let others = hosts::others(cluster, Group::Masters);
    let mut play = card::play("The other masters join, one after the other", &others, "master");
    play.serial = Some(card::value(1.into()));
    play.tasks = join_tasks(cluster, true);
    // kubeadm brings them the first master's pair, which theirs then takes the place of.
    play.tasks.extend(patches::etcd_client(cluster));
    play
}

/// A host that has not joined asks a master of the cluster for a token, and joins with it.
fn join_tasks(cluster: &Cluster, master: bool) -> Vec<Item> {
    let master_asked = asked::host(cluster);
    let look = program::look("Look whether this host has joined", JOINED, "kubelet_conf");
    let asked = |name: &str, argv: &[&str], register: &str| {
        let ask = task::<Command>(name, json!({ "argv": argv })).register(register);
        item(hidden(on(ask, &master_asked)).changed_when("true"))
    };
    let create = [
        "kubeadm",
        "token",
        "create",
        "--ttl",
        "1h",
        "--print-join-command",
    ];
    let name = "Ask a master of the cluster for a token";
    let mut tasks = vec![asked(name, &create, "kubeadm_token")];
    if master {
        let mut upload = vec!["kubeadm", "init", "phase", "upload-certs", "--upload-certs"];
        if let Some(share) = patches::shared(cluster) {
            upload.extend(["--config", patches::SHARED]);
            tasks.push(item(on(share, &master_asked)));
        }
        let name = "Ask it for the key of its certificates";
        tasks.push(asked(name, &upload, "kubeadm_certificates"));
    }
    let with = json!({
        "kubeadm_secret": {
            "token": "{{ (kubeadm_token.stdout | regex_search('--token (\\S+)', '\\1'))[0] }}",
            "hash": "{{ (kubeadm_token.stdout | regex_search('--discovery-token-ca-cert-hash (\\S+)', '\\1'))[0] }}",
            "key": if master { "{{ kubeadm_certificates.stdout_lines | last }}" } else { "" },
        },
    });
    let dest = "/etc/kubernetes/kubeadm-join.yaml";
    let configure = program::configure("Write how to join", "kubeadm-join.yaml.j2", dest, "0600");
    let join = json!({ "argv": ["kubeadm", "join", "--config", dest], "creates": JOINED });
    tasks.extend([
        item(hidden(task::<SetFact>("Read the answers", with))),
        item(hidden(configure)),
    ]);
    tasks.extend(finished::marked(task::<Command>("Join the cluster", join)));
    tasks.push(item(program::gone("Forget the token", dest)));
    let mut all = vec![item(look)];
    all.extend(finished::guard("join"));
    all.push(card::block(
        "This host joins",
        tasks,
        &["not kubelet_conf.stat.exists"],
    ));
    all
}

/// The kubelet asks the endpoint that the model computed for its host, not the one that kubeadm wrote.
fn wired(name: &str, hosts: &str, tag: &str) -> Play {
    let mut play = card::play(name, hosts, tag).about(
        "kubeadm writes one address for all; `kube_apiserver_endpoint` is the one that `evenkeel endpoints` shows.",
    );
    play.tasks = vec![
        item(server_line()),
        item(service::start(
            "Start the kubelet, now and with the machine",
            "kubelet",
        )),
    ];
    play.handlers.push(item(service::restart(RESTART, "kubelet")));
    play
}

fn server_line() -> Card {
    let line = json!({
        "path": JOINED,
        "regexp": "^    server: ",
        "line": "    server: {{ kube_apiserver_endpoint }}",
    });
    task::<Lineinfile>("Have the kubelet use the endpoint of its host", line).notify(RESTART)
}

/// Without a load balancer for all, kubeadm gives every master a login at the first one. kubectl and not a line in a file:
/// a forecast knows nothing of what kubeadm will write.
fn own_server() -> [Item; 2] {
    let kubectl = |name: &str, words: &[&str]| {
        let argv = [
            &["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "config"][..],
            words,
        ]
        .concat();
        task::<Command>(name, json!({ "argv": argv }))
    };
    let view = ["view", "--output=jsonpath={.clusters[0].cluster.server}"];
    let ask = ask::probe(kubectl("Look whom kubectl asks on this master", &view)).register("kubectl_server");
    let set = [
        "set-cluster",
        "kubernetes",
        "--server={{ kube_apiserver_endpoint }}",
    ];
    let set = kubectl("Have kubectl ask the master's own API server", &set)
        .when("kubectl_server.stdout | default('') != kube_apiserver_endpoint")
        .changed_when("true")
        .about("kubeadm has every master ask the first one, which is of no use while that one is away.");
    [ask, set].map(item)
}
