//! `upgrade.yml` and `reset.yml`: their order, and that nothing is forgotten.

use std::collections::BTreeSet;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Playbook;
use evenkeel_roles::Generated;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;
use serde_json::json;

use crate::support::Changed;

const CLUSTERS: [&str; 9] = [
    "clusterfactory-k0s",
    "external-lb",
    "kargo-external-lb",
    "kargo-local-lb",
    "kargo-no-lb",
    "kube360-k3s",
    "packetfabric",
    "thebsdbox-external",
    "thebsdbox-stacked",
];

fn book<'g>(generated: &'g Generated, name: &str) -> &'g Playbook {
    let found = generated.books.iter().find(|(known, _)| *known == name);
    &found.expect("the book is there").1
}

/// Plays with their hosts and batches, and the names of their tasks.
fn outline(book: &Playbook) -> String {
    let mut text = String::new();
    for play in &book.plays {
        let serial = play.serial.as_ref().map(|serial| match &serial.value {
            Value::Str(text) => text.clone(),
            other => format!("{other:?}"),
        });
        let serial = serial
            .map(|serial| format!(", serial {serial}"))
            .unwrap_or_default();
        let hosts = play.hosts.as_str().unwrap_or_default();
        text += &format!("{} [{hosts}{serial}]\n", play.name.as_deref().unwrap_or_default());
        named(&play.tasks, "  ", &mut text);
    }
    text
}

fn named(items: &[Item], indent: &str, text: &mut String) {
    for item in items {
        match item {
            Item::Card(card) => *text += &format!("{indent}{}\n", card.title()),
            Item::Block(block) => {
                *text += &format!("{indent}{}:\n", block.name.as_deref().unwrap_or_default());
                named(&block.block, &format!("{indent}  "), text);
            }
            Item::Role(role) => named(&role.role.tasks, indent, text),
        }
    }
}

/// Every task, those of blocks too.
fn cards(book: &Playbook) -> Vec<&Card> {
    fn within<'b>(items: &'b [Item], all: &mut Vec<&'b Card>) {
        for item in items {
            match item {
                Item::Card(card) => all.push(card),
                Item::Block(block) => within(&block.block, all),
                Item::Role(role) => within(&role.role.tasks, all),
            }
        }
    }
    let mut all = Vec::new();
    for play in &book.plays {
        within(&play.tasks, &mut all);
    }
    all
}

fn text(card: &Card, name: &str) -> Option<String> {
    card.body.raw.get(name).and_then(Node::as_str).map(str::to_owned)
}

/// The values of an argument, with the items of the task's loop where they are written down.
fn values(card: &Card, name: &str) -> Vec<String> {
    let Some(value) = text(card, name) else {
        return Vec::new();
    };
    let items = card.loop_.as_ref().and_then(|each| each.items.as_seq());
    match items {
        Some(items) => items
            .iter()
            .filter_map(Node::as_str)
            .map(|item| value.replace("{{ item }}", item))
            .collect(),
        None => vec![value],
    }
}

/// The paths that a playbook writes.
fn written(book: &Playbook) -> BTreeSet<String> {
    let of = |card: &&Card| match card.body.module.name {
        "copy" | "template" => values(card, "dest"),
        "file" if text(card, "state").as_deref() == Some("directory") => values(card, "path"),
        "blockinfile" | "lineinfile" => values(card, "path"),
        "sysctl" => values(card, "sysctl_file"),
        _ => Vec::new(),
    };
    cards(book).iter().flat_map(of).collect()
}

/// The paths that a playbook takes away, or takes something out of.
fn removed(book: &Playbook) -> BTreeSet<String> {
    let absent = |card: &&Card| text(card, "state").as_deref() == Some("absent");
    let paths = cards(book).into_iter().filter(absent);
    paths.flat_map(|card| values(card, "path")).collect()
}

/// The services in a state.
fn services(book: &Playbook, state: &str) -> BTreeSet<String> {
    let is = |card: &&&Card| text(card, "state").as_deref() == Some(state);
    let cards = cards(book);
    let units = cards
        .iter()
        .filter(is)
        .filter(|card| card.body.module.name != "apt");
    units.filter_map(|card| text(card, "name")).collect()
}

/// All reference clusters, and those that differ from them where something is written.
fn clusters() -> Vec<(String, Generated)> {
    let with = |name: &str, variables: serde_json::Value| {
        let title = format!("{name} {variables}");
        (title, Changed::inventory(name).all(variables).generated())
    };
    let mut all: Vec<_> = CLUSTERS.iter().map(|name| with(name, json!({}))).collect();
    all.extend([
        with("clusterfactory-k0s", json!({ "kube_binary": "/srv/k0s" })),
        with("kube360-k3s", json!({ "kube_binary": "/srv/k3s" })),
        with(
            "kargo-local-lb",
            json!({ "etcd_multiaccess": true, "loadbalancer_apiserver_type": "haproxy" }),
        ),
        with("thebsdbox-external", json!({ "loadbalancer_program": "nginx" })),
    ]);
    all
}

#[test]
fn what_is_written_is_taken_away() {
    for (name, generated) in clusters() {
        let reset = book(&generated, "reset.yml");
        let removed = removed(reset);
        let left: Vec<String> = written(&generated.playbook)
            .into_iter()
            .filter(|path| {
                !removed
                    .iter()
                    .any(|gone| path == gone || path.starts_with(&format!("{gone}/")))
            })
            // Somebody else's settings of etcd's unit may be in the folder too.
            .filter(|path| path != "/etc/systemd/system/etcd.service.d")
            .collect();
        assert!(left.is_empty(), "{name}: {left:?}; removed are {removed:?}");

        let (started, mut stopped) = (
            services(&generated.playbook, "started"),
            services(reset, "stopped"),
        );
        stopped.insert("firewalld".to_owned());
        let left: Vec<_> = started.difference(&stopped).collect();
        assert!(left.is_empty(), "{name}: {left:?} goes on");
    }
}

#[test]
fn no_packet_filter_is_emptied_and_no_package_removed() {
    for (name, generated) in clusters() {
        let text = book(&generated, "reset.yml").to_yaml();
        for word in ["iptables", "nft", "ACCEPT", "builtin.apt"] {
            assert!(!text.contains(word), "{name}: {word} in {text}");
        }
    }
}

#[test]
fn a_failure_ends_an_upgrade() {
    for (name, generated) in clusters() {
        for play in &book(&generated, "upgrade.yml").plays {
            let title = play.name.as_deref().unwrap_or_default();
            let fatal = play
                .keywords
                .any_errors_fatal
                .as_ref()
                .map(|node| node.value.clone());
            assert!(matches!(fatal, Some(Value::Bool(true))), "{name}: {title}");
            // What only looks may look at all hosts at once.
            let looks = title == "The cluster can be brought to this version";
            assert!(looks || play.serial.is_some(), "{name}: {title}");
        }
    }
}

#[test]
fn without_a_version_kubernetes_stays() {
    let inventory = Changed::inventory("external-lb").all(json!({ "kube_distribution": "kubeadm" }));
    let generated = inventory.generated();
    let text = book(&generated, "upgrade.yml").to_yaml();
    assert!(!text.contains("kubeadm"), "{text}");
    assert!(text.contains("set `kube_version` to upgrade it"), "{text}");
}

#[test]
fn kubeadm_is_upgraded_and_taken_away_in_order() {
    let generated = Changed::inventory("packetfabric").generated();
    insta::assert_snapshot!(outline(book(&generated, "upgrade.yml")), @r"
    The cluster can be brought to this version [k8s_cluster]
      Ask which version runs on this node, and whether it takes pods
      Make sure that no node has a newer one
      Make sure that no minor version is skipped
    The load balancers are upgraded, one after the other [loadbalancer, serial Int(1)]
      Look what the package sources offer
      Upgrade HAProxy
      Wait until the load balancer of this host lives
      Upgrade keepalived
      Wait until the API answers at the virtual address
    The first master upgrades the cluster [kube_control_plane[0], serial Int(1)]
      Ask which version runs on this node, and whether it takes pods
      Look whether an earlier run has emptied this node
      This node is upgraded:
        Remember that this run empties it
        Let the pods go elsewhere
        Install the new kubeadm
        Upgrade what kubeadm has set up here
        Install the new kubelet
        Hold them at their version
        Restart the kubelet
      Wait until the API server of this host is ready
      Wait until the API answers at the endpoint of this host
      The node serves again:
        Wait until the node says the new version
        Wait until the node is ready
      The node takes pods again:
        Let pods onto the node again
        Forget that this run has emptied it
    The other masters follow, one after the other [kube_control_plane[1:], serial Int(1)]
      Ask which version runs on this node, and whether it takes pods
      Look whether an earlier run has emptied this node
      This node is upgraded:
        Remember that this run empties it
        Let the pods go elsewhere
        Install the new kubeadm
        Upgrade what kubeadm has set up here
        Install the new kubelet
        Hold them at their version
        Restart the kubelet
      Wait until the API server of this host is ready
      Wait until the API answers at the endpoint of this host
      The node serves again:
        Wait until the node says the new version
        Wait until the node is ready
      The node takes pods again:
        Let pods onto the node again
        Forget that this run has emptied it
    The workers follow, in batches [kube_node, serial 20%]
      Ask which version runs on this node, and whether it takes pods
      Look whether an earlier run has emptied this node
      This node is upgraded:
        Remember that this run empties it
        Let the pods go elsewhere
        Install the new kubeadm
        Upgrade what kubeadm has set up here
        Install the new kubelet
        Hold them at their version
        Restart the kubelet
      Wait until the API answers at the endpoint of this host
      The node serves again:
        Wait until the node says the new version
        Wait until the node is ready
      The node takes pods again:
        Let pods onto the node again
        Forget that this run has emptied it
    ");
    insta::assert_snapshot!(outline(book(&generated, "reset.yml")), @r#"
    The end of the cluster is meant [kube_control_plane,kube_node,loadbalancer]
      Make sure that somebody has confirmed it
    The virtual address leaves [loadbalancer]
      Look for the unit of keepalived
      Stop keepalived, now and with the machine
      Remove keepalived's configuration
    Kubernetes leaves the workers [kube_node]
      Look for the unit of the kubelet
      Stop the kubelet, now and with the machine
      Look for kubeadm
      Take the node out of Kubernetes
      Hold its packages no longer
      Remove Kubernetes' settings and certificates
    Kubernetes leaves the masters [kube_control_plane, serial Int(1)]
      Look for the unit of the kubelet
      Stop the kubelet, now and with the machine
      Look for kubeadm
      Take the node out of Kubernetes
      Hold its packages no longer
      Remove Kubernetes' settings and certificates
    HAProxy balances the API servers no more [loadbalancer]
      Look for the unit of HAProxy
      Stop HAProxy, now and with the machine
      Remove the configuration of HAProxy
      Remove the user that ran keepalived's check
    The firewall lets in no more what each host served (loadbalancer) [loadbalancer]
      Look for the firewall
      Let in nobody any more
      Shut these ports
      Take the interface out of the zone public
    The firewall lets in no more what each host served (k8s_cluster) [k8s_cluster]
      Look for the firewall
      Let in nobody any more
      Shut these ports
      Trust the pods no more
      Take the interface out of the zone public
    The kernel starts with its own settings [k8s_cluster]
      Remove the file of the cluster's kernel settings
    No host knows the others by name any more [kube_control_plane,kube_node,loadbalancer]
      Take the addresses of the cluster out of /etc/hosts
    "#);
}

#[test]
fn k3s_is_upgraded_and_taken_away_in_order() {
    let generated = Changed::inventory("kube360-k3s").generated();
    insta::assert_snapshot!(outline(book(&generated, "upgrade.yml")), @r"
    The cluster can be brought to this version [k8s_cluster]
      Ask which version runs on this node, and whether it takes pods
      Make sure that no node has a newer one
      Make sure that no minor version is skipped
    The load balancers are upgraded, one after the other [kube_control_plane, serial Int(1)]
      Look what the package sources offer
      Upgrade HAProxy
      Wait until the load balancer of this host lives
      Upgrade keepalived
      Wait until the API answers at the virtual address
    The masters get the new k3s, one after the other [kube_control_plane, serial Int(1)]
      Ask which version runs on this node, and whether it takes pods
      Look whether an earlier run has emptied this node
      This node is upgraded:
        Look for k3s
        Make sure that k3s is installed
        Ask the program for its version
        Make sure that it is the new one
        Remember that this run empties it
        Let the pods go elsewhere
        Restart k3s
      Wait until the API server of this host is ready
      Wait until the API answers at the endpoint of this host
      The node serves again:
        Wait until the node says the new version
        Wait until the node is ready
      The node takes pods again:
        Let pods onto the node again
        Forget that this run has emptied it
    The workers get the new k3s, in batches [kube_node, serial 20%]
      Ask which version runs on this node, and whether it takes pods
      Look whether an earlier run has emptied this node
      This node is upgraded:
        Look for k3s
        Make sure that k3s is installed
        Ask the program for its version
        Make sure that it is the new one
        Remember that this run empties it
        Let the pods go elsewhere
        Restart k3s
      Wait until the API answers at the endpoint of this host
      The node serves again:
        Wait until the node says the new version
        Wait until the node is ready
      The node takes pods again:
        Let pods onto the node again
        Forget that this run has emptied it
    ");
    insta::assert_snapshot!(outline(book(&generated, "reset.yml")), @r#"
    The end of the cluster is meant [k8s_cluster]
      Make sure that somebody has confirmed it
    The virtual address leaves [kube_control_plane]
      Look for the unit of keepalived
      Stop keepalived, now and with the machine
      Remove keepalived's configuration
    Kubernetes leaves the workers [kube_node]
      Look for the unit of k3s
      Stop k3s, now and with the machine
      Remove the unit of k3s
      Remove k3s, its settings and its data
    Kubernetes leaves the masters [kube_control_plane]
      Look for the unit of k3s
      Stop k3s, now and with the machine
      Remove the unit of k3s
      Remove k3s, its settings and its data
    HAProxy balances the API servers no more [kube_control_plane]
      Look for the unit of HAProxy
      Stop HAProxy, now and with the machine
      Remove the configuration of HAProxy
      Remove the user that ran keepalived's check
    The firewall lets in no more what each host served (kube_control_plane) [kube_control_plane]
      Look for the firewall
      Let in nobody any more
      Shut these ports
      Trust the pods no more
    The firewall lets in no more what each host served (kube_node) [kube_node]
      Look for the firewall
      Let in nobody any more
      Shut these ports
      Trust the pods no more
    The kernel starts with its own settings [k8s_cluster]
      Remove the file of the cluster's kernel settings
    No host knows the others by name any more [k8s_cluster]
      Take the addresses of the cluster out of /etc/hosts
    "#);
}

#[test]
fn k0s_is_upgraded_and_taken_away_in_order() {
    let binary = json!({ "kube_binary": "/srv/k0s" });
    let generated = Changed::inventory("clusterfactory-k0s").all(binary).generated();
    insta::assert_snapshot!(outline(book(&generated, "upgrade.yml")), @r"
    The load balancers are upgraded, one after the other [loadbalancer, serial Int(1)]
      Look what the package sources offer
      Upgrade HAProxy
      Wait until the load balancer of this host lives
      Upgrade keepalived
      Wait until the API answers at the virtual address
    The controllers get the new k0s, one after the other [kube_control_plane, serial Int(1)]
      Ask which version runs here
      Ask for the host's name
      Ask which version runs on this node, and whether it takes pods
      Look whether an earlier run has emptied this node
      This node is upgraded:
        Install k0s
        Ask the program for its version
        Make sure that it is the new one
        Remember that this run empties it
        Let the pods go elsewhere
        Restart k0s
      Wait until the API server of this host is ready
      Wait until the API answers at the endpoint of this host
      The node serves again:
        Wait until the node says the new version
        Wait until the node is ready
      The node takes pods again:
        Let pods onto the node again
        Forget that this run has emptied it
    ");
    insta::assert_snapshot!(outline(book(&generated, "reset.yml")), @r#"
    The end of the cluster is meant [kube_control_plane,loadbalancer]
      Make sure that somebody has confirmed it
    The virtual address leaves [loadbalancer]
      Look for the unit of keepalived
      Stop keepalived, now and with the machine
      Remove keepalived's configuration
    Kubernetes leaves the masters [kube_control_plane]
      Look for the unit of k0s
      Stop k0s, now and with the machine
      Look for k0s
      Take k0s' own off the host
      Remove the unit of k0s
      Remove k0s, its settings and its data
    HAProxy balances the API servers no more [loadbalancer]
      Look for the unit of HAProxy
      Stop HAProxy, now and with the machine
      Remove the configuration of HAProxy
      Remove the user that ran keepalived's check
    The firewall lets in no more what each host served (loadbalancer) [loadbalancer]
      Look for the firewall
      Let in nobody any more
      Shut these ports
    The firewall lets in no more what each host served (kube_control_plane) [kube_control_plane]
      Look for the firewall
      Let in nobody any more
      Shut these ports
      Trust the pods no more
    No host knows the others by name any more [kube_control_plane,loadbalancer]
      Take the addresses of the cluster out of /etc/hosts
    "#);
}

#[test]
fn etcd_is_upgraded_and_taken_away_in_order() {
    let generated = Changed::inventory("kargo-local-lb").generated();
    let first = |name: &str, count: usize| {
        let outline = outline(book(&generated, name));
        outline
            .lines()
            .take(count)
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    insta::assert_snapshot!(first("upgrade.yml", 22), @r"
    The cluster can be brought to this version [k8s_cluster]
      Ask which version runs on this node, and whether it takes pods
      Make sure that no node has a newer one
      Make sure that no minor version is skipped
    The members of etcd are upgraded, one after the other [etcd, serial Int(1)]
      Look what the package sources offer
      Look whether there is a newer etcd
      The member is upgraded:
        Make sure that every member is healthy
        Save etcd's data before
        Upgrade etcd
      Wait until every member is healthy again
    The etcd proxies are upgraded [kube_node:!etcd, serial 20%]
      Look what the package sources offer
      Upgrade etcd's programs without starting them
      Restart the proxy now, before it is looked at
      Wait until etcd is healthy, as this host sees it
    The load balancers on localhost are upgraded [kube_node, serial 20%]
      Look what the package sources offer
      Upgrade nginx
      Wait until the API answers at the endpoint of this host
    The first master upgrades the cluster [kube_control_plane[0], serial Int(1)]
    ");
    insta::assert_snapshot!(outline(book(&generated, "reset.yml")), @r#"
    The end of the cluster is meant [k8s_cluster]
      Make sure that somebody has confirmed it
    Kubernetes leaves the workers [kube_node]
      Look for the unit of the kubelet
      Stop the kubelet, now and with the machine
      Look for kubeadm
      Take the node out of Kubernetes
      Hold its packages no longer
      Remove Kubernetes' settings and certificates
    Kubernetes leaves the masters [kube_control_plane]
      Look for the unit of the kubelet
      Stop the kubelet, now and with the machine
      Look for kubeadm
      Take the node out of Kubernetes
      Hold its packages no longer
      Remove Kubernetes' settings and certificates
    NGINX leaves the localhost of every other node [kube_node]
      Look for the unit of nginx
      Stop nginx, now and with the machine
      Remove the configuration of nginx
    No other node has etcd on its localhost any more [kube_node:!etcd]
      Look for the unit of the etcd proxy
      Stop the etcd proxy, now and with the machine
      Remove the unit of the etcd proxy
      Remove etcd's certificates and keys
    The members of etcd end, and their data go [etcd]
      Look for the unit of etcd
      Stop etcd, now and with the machine
      Remove etcd's settings
      Remove etcd's data
      Remove etcd's certificates and keys
    The firewall lets in no more what each host served [k8s_cluster]
      Look for the firewall
      Let in nobody any more
      Shut these ports
      Trust the pods no more
    The kernel starts with its own settings [k8s_cluster]
      Remove the file of the cluster's kernel settings
    No host knows the others by name any more [k8s_cluster]
      Take the addresses of the cluster out of /etc/hosts
    "#);
}

/// The words of a task's command.
fn command(book: &Playbook, task: &str) -> String {
    let found = cards(book).into_iter().find(|card| card.title() == task);
    let argv = found.and_then(|card| card.body.raw.get("argv").and_then(Node::as_seq));
    let words: Vec<&str> = argv.expect("a command").iter().filter_map(Node::as_str).collect();
    words.join(" ")
}

#[test]
fn the_control_plane_keeps_its_patches() {
    let generated = Changed::inventory("thebsdbox-stacked").generated();
    let upgrade = book(&generated, "upgrade.yml");
    let run = command(upgrade, "Upgrade what kubeadm has set up here");
    assert_eq!(
        run,
        "kubeadm upgrade apply v1.31.0 --yes --patches /etc/kubernetes/patches"
    );
}

#[test]
fn batches_and_patience_are_the_inventorys() {
    let set = json!({ "upgrade_serial": 3, "drain_timeout": "90s" });
    let generated = Changed::inventory("packetfabric").all(set).generated();
    let upgrade = book(&generated, "upgrade.yml");
    assert!(outline(upgrade).contains("The workers follow, in batches [kube_node, serial Int(3)]"));
    assert!(command(upgrade, "Let the pods go elsewhere").ends_with(" --timeout=90s"));
}
