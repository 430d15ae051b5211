//! `eject-controller.yml`: the order of its plays, and that nothing is left to change after it.

use std::sync::Arc;

use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Playbook;
use evenkeel_roles::EJECT;
use evenkeel_roles::Generated;
use evenkeel_topology::Cluster;
use evenkeel_topology::Described;
use evenkeel_topology::Value;
use evenkeel_topology::Written;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;
use serde_json::json;

use crate::support::Changed;

const INVENTORIES: [&str; 9] = [
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

/// An inventory that names a host no more.
struct Without<'a>(&'a Changed, &'a str);

impl Described for Without<'_> {
    fn hosts(&self) -> Vec<Arc<str>> {
        self.kept(self.0.hosts())
    }

    fn group(&self, name: &str) -> Option<Vec<Arc<str>>> {
        Some(self.kept(self.0.group(name)?)).filter(|hosts| !hosts.is_empty())
    }

    fn group_place(&self, name: &str) -> Option<Place> {
        self.0.group_place(name)
    }

    fn host_place(&self, name: &str) -> Option<Place> {
        self.0.host_place(name)
    }

    fn written(&self) -> Vec<Written> {
        self.0.written()
    }

    fn value(&self, host: &str, variable: &str) -> Result<Option<Value>, Problem> {
        self.0.value(host, variable)
    }
}

impl Without<'_> {
    fn kept(&self, mut hosts: Vec<Arc<str>>) -> Vec<Arc<str>> {
        hosts.retain(|host| **host != *self.1);
        hosts
    }
}

/// The masters and the members of etcd.
fn controllers(cluster: &Cluster) -> Vec<Arc<str>> {
    let mut all = cluster.masters.clone();
    all.extend(cluster.etcd.members.iter().cloned());
    all.sort();
    all.dedup();
    all
}

fn book(generated: &Generated) -> Option<&Playbook> {
    let found = generated.books.iter().find(|(name, _)| *name == EJECT);
    found.map(|(_, book)| book)
}

fn order(inventory: &Changed) -> String {
    let generated = inventory.generated();
    let plays = &book(&generated).expect("the playbook").plays;
    let line = |play: &Arc<Play>| {
        let hosts = play.hosts.as_str().unwrap_or_default();
        let hosts = match hosts.split_once("{{") {
            _ if hosts.starts_with("{{ node") => "itself".to_owned(),
            Some((pattern, _)) => format!("{} but itself", pattern.trim_end_matches([',', ':', '!'])),
            None => hosts.to_owned(),
        };
        format!("{} ({hosts})\n", play.name.as_deref().unwrap_or_default())
    };
    plays.iter().map(line).collect()
}

/// The model without a host is that of the inventory without it.
#[test]
fn what_remains_is_what_the_inventory_without_it_describes() {
    for name in INVENTORIES {
        let inventory = Changed::inventory(name);
        let cluster = inventory.cluster();
        for node in controllers(&cluster) {
            let built = Cluster::build(&Without(&inventory, &node));
            let built = built.ok().flatten().map(|mut built| {
                (built.warnings, built.notes) = Default::default();
                built
            });
            assert_eq!(cluster.without(&node), built, "{name} without {node}");
        }
    }
}

/// What hosts are given for the case that one leaves is what they are given once the inventory names it no more.
#[test]
fn nothing_is_left_to_change() {
    let mut compared = 0;
    for name in INVENTORIES {
        let inventory = Changed::inventory(name);
        let (cluster, generated) = (inventory.cluster(), inventory.generated());
        for node in controllers(&cluster) {
            let rest = cluster.without(&node).expect("there are others");
            let later = evenkeel_roles::playbook(&rest).variables;
            for (host, own) in generated.variables.iter().filter(|(host, _)| **host != node) {
                for (variable, value) in own {
                    let Some(of) = variable
                        .strip_suffix("_without")
                        .filter(|of| later[host].contains_key(*of))
                    else {
                        continue;
                    };
                    assert_eq!(
                        value[&*node], later[host][of],
                        "{name}: {of} of {host} without {node}"
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn the_address_goes_before_the_balancers_and_those_before_etcd() {
    insta::assert_snapshot!(order(&Changed::inventory("kube360-k3s")), @r"
    The cluster can do without the controller that leaves (kube_control_plane but itself)
    The controller that leaves can be reached (itself)
    The workloads of the node that leaves move to others (kube_control_plane but itself)
    The virtual address leaves the controller (itself)
    HAProxy balances the API servers, without who leaves (kube_control_plane but itself)
    The virtual address stays where its load balancer lives, without who leaves (kube_control_plane but itself)
    The masters run k3s, one after the other, without who leaves (kube_control_plane but itself)
    The service k3s does not come back by itself (itself)
    The members of etcd go on without the controller that leaves (kube_control_plane but itself)
    The controller that leaves stops (itself)
    Kubernetes forgets the node that has left (kube_control_plane but itself)
    The controller that has left is emptied (itself)
    The firewall lets in nothing of who has left (k8s_cluster but itself)
    Every other host forgets its name (k8s_cluster but itself)
    What is left to do (kube_control_plane but itself)
    ");
}

#[test]
fn workers_are_told_where_the_api_servers_are_before_one_stops() {
    insta::assert_snapshot!(order(&Changed::inventory("kargo-local-lb")), @r"
    The cluster can do without the controller that leaves (etcd but itself)
    The controller that leaves can be reached (itself)
    The workloads of the node that leaves move to others (kube_control_plane but itself)
    The first master's address makes room for another one's (kube_control_plane but itself)
    Every other node has etcd on its localhost, without who leaves (kube_node:!etcd but itself)
    The API servers are on the localhost of every other node, without who leaves (kube_node but itself)
    The first master begins the cluster, without who leaves (kube_control_plane but itself)
    The members of etcd go on without the controller that leaves (etcd but itself)
    The controller that leaves stops (itself)
    Kubernetes forgets the node that has left (kube_control_plane but itself)
    The controller that has left is emptied (itself)
    The firewall lets in nothing of who has left (k8s_cluster but itself)
    Every other host forgets its name (k8s_cluster but itself)
    What is left to do (kube_control_plane but itself)
    ");
}

#[test]
fn k0s_leaves_by_its_own_command() {
    let inventory = Changed::inventory("clusterfactory-k0s");
    insta::assert_snapshot!(order(&inventory), @r"
    The cluster can do without the controller that leaves (kube_control_plane but itself)
    The controller that leaves can be reached (itself)
    The workloads of the node that leaves move to others (kube_control_plane but itself)
    HAProxy balances the API servers, without who leaves (loadbalancer but itself)
    The first controller begins the cluster, without who leaves (kube_control_plane but itself)
    The other controllers join, one after the other, without who leaves (kube_control_plane but itself)
    The members of etcd go on without the controller that leaves (kube_control_plane but itself)
    The controller that leaves stops (itself)
    Kubernetes forgets the node that has left (kube_control_plane but itself)
    The controller that has left is emptied (itself)
    The firewall lets in nothing of who has left (kube_control_plane,loadbalancer but itself)
    Every other host forgets its name (kube_control_plane,loadbalancer but itself)
    What is left to do (kube_control_plane but itself)
    ");
    let generated = inventory.generated();
    let yaml = book(&generated).expect("the playbook").to_yaml();
    let start = yaml.find("- name: The members of etcd go on").expect("the play");
    let end = yaml[start..]
        .find("- name: The controller that leaves stops")
        .expect("the next");
    insta::assert_snapshot!(yaml[start..start + end].trim_end(), @r#"
    - name: The members of etcd go on without the controller that leaves
      hosts: kube_control_plane,!{{ node | default('all') }}
      gather_facts: false
      tasks:
        # Who does not lead refuses, and that is well.
        - name: Have another member lead, if it leads
          ansible.builtin.command:
            argv:
              - env
              - ETCDCTL_API=3
              - etcdctl
              - --endpoints=https://127.0.0.1:2379
              - --cacert=/var/lib/k0s/pki/etcd/ca.crt
              - --cert=/var/lib/k0s/pki/apiserver-etcd-client.crt
              - --key=/var/lib/k0s/pki/apiserver-etcd-client.key
              - move-leader
              - >-
                {{ etcd_staying | selectattr(3, 'equalto', etcd_peer_urls[ansible_play_hosts | map('extract', hostvars) |
                selectattr('etcd_health.rc', 'defined') | selectattr('etcd_health.rc', 'equalto', 0) | map(attribute='inventory_hostname') |
                first]) | map('first') | first }}
          register: etcd_moved
          changed_when: etcd_moved.rc == 0
          failed_when: false
          when:
            - inventory_hostname == etcd_asked
            - etcd_leaving | length > 0
            - etcd_healthy | int > 0
            - not (dead | default(false) | bool)
          delegate_to: "{{ node }}"

        # etcd refuses while members that are up have not been connected for five seconds, as after a restart.
        - name: Remove the member
          ansible.builtin.command:
            argv:
              - timeout
              - "60"
              - sh
              - -c
              - until "$@"; do sleep 2; done
              - sh
              - /usr/local/bin/k0s
              - etcd
              - leave
              - --peer-address={{ hostvars[node].k0s.config.spec.storage.etcd.peerAddress }}
          changed_when: "true"
          when:
            - inventory_hostname == etcd_asked
            - etcd_leaving | length > 0
          any_errors_fatal: true

    # `eject_services` and `eject_units` are what the model says that it runs.
    "#);
}

/// What differs by the distribution: the login of etcd's client, and what is stopped and removed.
#[test]
fn each_distribution_is_emptied_of_its_own() {
    let of = |name: &str, host: &str| {
        let generated = Changed::inventory(name).generated();
        let own = &generated.variables[host];
        let shown = ["eject_units", "eject_services", "eject_paths"]
            .map(|variable| format!("  {variable} {}\n", own.get(variable).unwrap_or(&json!(null))));
        format!("{name}: {host}\n{}", shown.concat())
    };
    let all = [
        of("kargo-local-lb", "m1"),
        of("kargo-local-lb", "w1"),
        of("kube360-k3s", "replica-1"),
        of("clusterfactory-k0s", "k0s-at-vie-1"),
        of("thebsdbox-stacked", "controlplane01"),
    ];
    insta::assert_snapshot!(all.concat(), @r#"
    kargo-local-lb: m1
      eject_units null
      eject_services ["kubelet","etcd"]
      eject_paths ["/etc/kubernetes","/etc/cni/net.d","/var/lib/cni","/var/lib/etcd/kubernetes","/etc/default/etcd-joining","/etc/systemd/system/etcd.service.d/evenkeel.conf","/etc/ssl/etcd/ssl"]
    kargo-local-lb: w1
      eject_units null
      eject_services ["kubelet","etcd","nginx"]
      eject_paths ["/etc/kubernetes","/etc/cni/net.d","/var/lib/cni","/var/lib/etcd/kubernetes","/etc/default/etcd-joining","/etc/systemd/system/etcd.service.d/evenkeel.conf","/etc/ssl/etcd/ssl"]
    kube360-k3s: replica-1
      eject_units ["k3s"]
      eject_services ["haproxy"]
      eject_paths ["/etc/rancher","/var/lib/rancher/k3s/server","/var/lib/rancher/k3s/agent","/var/lib/cni","/run/systemd/system/k3s.service.d","/etc/systemd/system/k3s.service"]
    clusterfactory-k0s: k0s-at-vie-1
      eject_units ["k0scontroller"]
      eject_services null
      eject_paths ["/etc/k0s","/etc/cni/net.d","/var/lib/cni","/etc/systemd/system/k0scontroller.service"]
    thebsdbox-stacked: controlplane01
      eject_units null
      eject_services ["kubelet","haproxy"]
      eject_paths ["/etc/kubernetes","/etc/cni/net.d","/var/lib/cni","/var/lib/etcd"]
    "#);
}

#[test]
fn who_is_left_alone_has_nobody_to_leave_to() {
    let alone = Changed::inventory("thebsdbox-external")
        .members("kube_control_plane", &["controlplane01"])
        .members("k8s_cluster", &["controlplane01"]);
    assert!(book(&alone.generated()).is_none());
    assert_eq!(alone.cluster().without("controlplane01"), None);
}

/// As in `site.yml`, nothing in it is wrong for `evenkeel` and right here.
#[test]
fn every_card_is_right() {
    for name in INVENTORIES {
        let generated = Changed::inventory(name).generated();
        let plays = &book(&generated).expect("the playbook").plays;
        let items = plays
            .iter()
            .flat_map(|play| play.tasks.iter().chain(&play.handlers));
        for card in items.flat_map(cards) {
            let raw: IndexMap<&str, &str> = card
                .body
                .raw
                .iter()
                .filter_map(|(key, _, value)| Some((key, value.as_str()?)))
                .collect();
            let template = format!("{:?}", card.body.raw).contains("{{");
            assert!(
                card.body.typed.is_some() || template,
                "{name}: {} {raw:?}",
                card.title()
            );
        }
    }
}

fn cards(entry: &Item) -> Vec<&evenkeel_playbook::play::Card> {
    match entry {
        Item::Card(card) => vec![card],
        Item::Block(block) => block.block.iter().flat_map(cards).collect(),
        Item::Role(role) => role.role.tasks.iter().flat_map(cards).collect(),
    }
}
