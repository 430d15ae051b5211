//! How hosts join: whom they ask, what they are given, and what is there before.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Templar;
use evenkeel_playbook::TemplarSettings;
use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_roles::Generated;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;
use serde_json::json;

use crate::support::Changed;
use crate::support::scope;

fn cards(items: &[Item], into: &mut Vec<Arc<Card>>) {
    for item in items {
        match item {
            Item::Card(card) => into.push(Arc::clone(card)),
            Item::Block(block) => cards(&block.block, into),
            Item::Role(role) => cards(&role.role.tasks, into),
        }
    }
}

/// The tasks of the play of `site.yml` with a name.
fn play(generated: &Generated, name: &str) -> Vec<Arc<Card>> {
    let mut all = Vec::new();
    let plays = generated.playbook.plays.iter();
    let play = plays.filter(|play| play.name.as_deref() == Some(name));
    play.for_each(|play| cards(&play.tasks, &mut all));
    assert!(!all.is_empty(), "no play {name}");
    all
}

fn named(tasks: &[Arc<Card>], name: &str) -> usize {
    let found = tasks.iter().position(|card| card.title() == name);
    found.unwrap_or_else(|| panic!("no task {name}"))
}

fn words(card: &Card, argument: &str) -> Vec<String> {
    let list = card
        .body
        .raw
        .get(argument)
        .and_then(Node::as_seq)
        .expect("a list");
    list.iter()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect()
}

/// Runs a task's command with a curl that says a status for each URL, in the order of the calls.
fn succeeds(argv: &[String], statuses: &[(&str, &str)]) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let curl = folder.path().join("curl");
    let mut script = "#!/bin/sh\nfor url; do :; done\n".to_owned();
    for (at, (url, status)) in statuses.iter().enumerate() {
        let mark = folder.path().join(format!("asked-{at}"));
        let mark = mark.display();
        script += &format!(
            "test \"$url\" = {url} && test ! -e {mark} && touch {mark} && printf {status} && exit 0\n"
        );
    }
    std::fs::write(&curl, script + "exit 7\n").expect("written");
    std::fs::set_permissions(&curl, std::fs::Permissions::from_mode(0o755)).expect("a program");
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let run = Command::new(&argv[0])
        .args(&argv[1..])
        .env("PATH", path)
        .output()
        .expect("it runs");
    run.status.success()
}

#[test]
fn another_master_that_was_reached_is_asked() {
    let begun = |name: &str| json!({ "inventory_hostname": name, "kubernetes_begun": { "stat": { "exists": true } } });
    let away = |name: &str| json!({ "inventory_hostname": name });
    let k0s = "Ask a controller of the cluster for a token";
    for (inventory, name, task) in [
        (
            "clusterfactory-k0s",
            "The other controllers join, one after the other",
            k0s,
        ),
        (
            "thebsdbox-external",
            "The other masters join, one after the other",
            "Ask it for the key of its certificates",
        ),
    ] {
        let tasks = play(&Changed::inventory(inventory).generated(), name);
        let on = tasks[named(&tasks, task)]
            .keywords
            .delegate_to
            .clone()
            .expect("a host");
        let on = on
            .as_str()
            .unwrap()
            .trim_start_matches("{{ ")
            .trim_end_matches(" }}");
        let templar = Templar::new(TemplarSettings::default());
        for (reached, own, asked) in [
            ([true, true, true], "m3", "m1"),
            ([false, true, true], "m3", "m2"),
            ([false, true, true], "m2", "m3"),
            ([false, false, true], "m3", "m1"),
        ] {
            let masters = [("m1", reached[0]), ("m2", reached[1]), ("m3", reached[2])];
            let [m1, m2, m3] = masters.map(|(name, reached)| if reached { begun(name) } else { away(name) });
            let variables = json!({
                "inventory_hostname": own,
                "groups": { "kube_control_plane": ["m1", "m2", "m3"] },
                "hostvars": { "m1": m1, "m2": m2, "m3": m3 },
            });
            let condition = Node::new(Value::Str(format!("({on}) == '{asked}'")), Place::nowhere("test"));
            let same = templar
                .condition(&condition, &scope(&variables))
                .expect("a condition")
                .value;
            assert!(matches!(same, Known::Is(true)), "{asked} {variables}");
        }
    }
}

#[test]
fn who_refuses_is_alive_and_who_fails_is_not() {
    let generated = Changed::inventory("kube360-k3s").generated();
    let upgrade = generated.books.iter().find(|(name, _)| *name == "upgrade.yml");
    let mut tasks = Vec::new();
    let (_, upgrade) = upgrade.expect("upgrade.yml");
    upgrade
        .plays
        .iter()
        .for_each(|play| cards(&play.tasks, &mut tasks));
    let gate = &tasks[named(&tasks, "Wait until the API answers at the virtual address")];
    // Not for as long as the role waits, and against an address that a test knows.
    let mut argv = words(gate, "argv");
    argv[1] = "4".to_owned();
    let url = argv.last_mut().unwrap();
    "u".clone_into(url);
    assert!(succeeds(&argv, &[("u", "503"), ("u", "401")]));
    argv[1] = "1".to_owned();
    assert!(!succeeds(&argv, &[("u", "500")]));
}

#[test]
fn masters_share_the_certificates_of_etcd_and_keep_their_own_pair() {
    let generated = Changed::inventory("kargo-local-lb").generated();
    let tasks = play(&generated, "The other masters join, one after the other");
    let share = &tasks[named(&tasks, "Tell it that etcd's certificates are shared too")];
    insta::assert_snapshot!(share.body.raw.get("content").and_then(Node::as_str).unwrap(), @r#"
    {
      "apiVersion": "kubeadm.k8s.io/v1beta4",
      "kind": "ClusterConfiguration",
      "etcd": {
        "external": {
          "endpoints": [
            "https://127.0.0.1:2379"
          ],
          "caFile": "/etc/kubernetes/pki/etcd/ca.crt",
          "certFile": "/etc/kubernetes/pki/apiserver-etcd-client.crt",
          "keyFile": "/etc/kubernetes/pki/apiserver-etcd-client.key"
        }
      },
      "kubernetesVersion": "v1.31.0"
    }
    "#);
    let upload = named(&tasks, "Ask it for the key of its certificates");
    assert_eq!(
        words(&tasks[upload], "argv").join(" "),
        "kubeadm init phase upload-certs --upload-certs --config /etc/kubernetes/kubeadm-shared.yaml"
    );
    // kubeadm writes the other master's pair where theirs is to be.
    let join = named(&tasks, "Join the cluster");
    assert!(named(&tasks, "Copy the API server's certificate for etcd") > join);
    assert!(named(&tasks, "Copy the key of the API server's certificate for etcd") > join);

    let generated = Changed::inventory("thebsdbox-stacked").generated();
    let tasks = play(&generated, "The other masters join, one after the other");
    let upload = named(&tasks, "Ask it for the key of its certificates");
    assert!(words(&tasks[upload], "argv").ends_with(&["--upload-certs".to_owned()]));
}

#[test]
fn kubeadms_own_packages_are_pinned_and_held_and_no_others() {
    let packages =
        json!({ "kube_packages": ["kubeadm", "kubelet", "kubectl", "containerd", "kubernetes-cni"] });
    let generated = Changed::inventory("thebsdbox-external").all(packages).generated();
    let tasks = play(&generated, "Every node gets kubeadm");
    let install = named(&tasks, "Install kubeadm and the kubelet in the cluster's version");
    let versioned = ["kubeadm=1.31.0-*", "kubelet=1.31.0-*", "kubectl=1.31.0-*"];
    assert_eq!(words(&tasks[install], "name"), versioned);
    let others = &tasks[named(&tasks, "Install what is missing of them")];
    assert!(words(others, "name").contains(&"containerd".to_owned()));
    assert!(
        others.keywords.when.is_empty(),
        "they are installed on new nodes too"
    );
    let hold = &tasks[named(&tasks, "Hold them at their version")];
    let held = hold.loop_.as_ref().and_then(|held| held.items.as_seq()).unwrap();
    let held: Vec<_> = held.iter().filter_map(Node::as_str).collect();
    assert_eq!(held, ["kubeadm", "kubelet", "kubectl"]);
}

#[test]
fn an_older_kubeadm_gets_the_older_form() {
    let of = |version: &str| {
        let set = json!({ "kube_version": version, "node_labels": { "a": "b" } });
        let generated = Changed::inventory("thebsdbox-external").all(set).generated();
        let variable = &generated.variables["controlplane01"]["kubeadm"];
        let api = variable["api"].as_str().unwrap().to_owned();
        (api, variable["registration"]["kubeletExtraArgs"].clone())
    };
    let (api, arguments) = of("1.30.4");
    assert_eq!(api, "v1beta3");
    assert_eq!(arguments["node-labels"], "a=b");
    let (api, arguments) = of("1.31.0");
    assert_eq!(api, "v1beta4");
    assert_eq!(arguments[1], json!({ "name": "node-labels", "value": "a=b" }));
}

#[test]
fn the_kernel_forwards_in_the_families_of_the_cluster() {
    let keys = |changed: Changed| {
        let tasks = play(&changed.generated(), "Every node gets kubeadm");
        let keys = tasks
            .iter()
            .filter(|card| card.title().starts_with("Let the kernel forward"));
        let keys: Vec<String> = keys
            .filter_map(|card| {
                card.body
                    .raw
                    .get("name")
                    .and_then(Node::as_str)
                    .map(str::to_owned)
            })
            .collect();
        keys
    };
    let four = Changed::inventory("kargo-no-lb");
    assert_eq!(keys(four), ["net.ipv4.ip_forward"]);
    let networks = json!({ "kube_service_addresses": "fd00:1::/112", "kube_pods_subnet": "fd00:2::/56" });
    let mut six = Changed::inventory("kargo-no-lb").all(networks);
    for (at, host) in ["m1", "m2", "w1", "w2"].iter().enumerate() {
        let address = format!("2001:db8::{}", at + 1);
        six = six.host(host, json!({ "ip": address, "ansible_host": address }));
    }
    assert_eq!(
        keys(six),
        [
            "net.ipv4.ip_forward",
            "net.ipv6.conf.all.forwarding",
            "net.ipv6.conf.default.forwarding"
        ]
    );
}

#[test]
fn servers_tell_anybody_their_readiness_where_that_is_wanted() {
    let set = json!({ "kube_apiserver_anonymous_auth": true });
    let k0s = Changed::inventory("clusterfactory-k0s")
        .all(set.clone())
        .generated();
    let api = &k0s.variables["k0s-ch-sion-1"]["k0s"]["config"]["spec"]["api"];
    assert_eq!(api["extraArgs"], json!({ "anonymous-auth": "true" }));
    let k3s = Changed::inventory("kube360-k3s").all(set).generated();
    let (_, variables) = k3s
        .variables
        .iter()
        .find(|(_, own)| own["k3s"]["command"] == "server")
        .unwrap();
    assert_eq!(
        variables["k3s"]["config"]["kube-apiserver-arg"],
        json!(["anonymous-auth=true"])
    );
}
