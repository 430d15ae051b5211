//! What is to be asked on each host, for every way in which components reach the API server.

use std::fmt::Write as _;

use evenkeel_topology::Ca;
use evenkeel_topology::Cluster;
use evenkeel_topology::Probe;
use evenkeel_topology::ProbeAsk;
use serde_json::Value;
use serde_json::json;

use crate::table::Table;

/// Two masters and a node; `groups` come on top.
fn table(groups: &[(&'static str, &[&str])], all: Value) -> Table {
    let own: [(_, &[&str]); 2] = [("kube_control_plane", &["m1", "m2"]), ("kube_node", &["w1"])];
    let groups: Vec<_> = own.iter().chain(groups).copied().collect();
    let mut hosts = vec![("m1", "192.0.2.21"), ("m2", "192.0.2.22"), ("w1", "192.0.2.31")];
    let outside = ["lb1", "lb2", "e1"];
    let named = |name: &str| groups.iter().any(|(_, members)| members.contains(&name));
    let addresses = ["192.0.2.11", "192.0.2.12", "192.0.2.41"];
    hosts.extend(outside.into_iter().zip(addresses).filter(|(name, _)| named(name)));
    let mut table = Table::of(&groups, &hosts);
    table.all(json!({"keepalived_interface": "eth0"}));
    table.all(all);
    table
}

fn built(table: &Table) -> Cluster {
    Cluster::build(table).expect("no problem").expect("a cluster")
}

/// The probes of some hosts, a line each.
fn told(cluster: &Cluster, hosts: &[&str]) -> String {
    let mut text = String::new();
    for host in cluster.probes() {
        if hosts.contains(&&*host.host) {
            let _ = writeln!(text, "{}", host.host);
            host.probes.iter().for_each(|probe| line(probe, &mut text));
        }
    }
    text
}

fn line(probe: &Probe, text: &mut String) {
    let Probe { name, about, .. } = probe;
    let asked = match &probe.ask {
        ProbeAsk::Listens { address, .. } => {
            address.map_or("listens".to_owned(), |at| format!("listens on {at}"))
        }
        ProbeAsk::Holds { .. } => "has it".to_owned(),
        ProbeAsk::Ready(ready) => match &ready.through {
            Some(through) => format!("{} at {through}", ready.url),
            None => ready.url.clone(),
        },
        ProbeAsk::Health(health) => match &health.client {
            Some(files) => format!("{} with {}", health.url, files.certificate),
            None => health.url.clone(),
        },
    };
    let _ = writeln!(text, "  {name}: {about}: {asked}");
}

#[test]
fn local_load_balancers() {
    let cluster = built(&table(&[("etcd", &["m1"])], json!({})));
    insta::assert_snapshot!(told(&cluster, &["m1", "w1"]), @r"
        m1
          6443: the API server on port 6443: listens
          2379: etcd for its clients on port 2379 of 192.0.2.21: listens on 192.0.2.21
          2379: etcd for this host on port 2379 of 127.0.0.1: listens on 127.0.0.1
          2380: etcd for its peers on port 2380 of 192.0.2.21: listens on 192.0.2.21
          own: its own endpoint https://127.0.0.1:6443: https://127.0.0.1:6443/readyz
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
          etcd: etcd through the member on the host (https://127.0.0.1:2379): https://127.0.0.1:2379/health with /etc/ssl/etcd/ssl/node-m1.pem
        w1
          6443: the local load balancer (nginx) on port 6443 of 127.0.0.1: listens on 127.0.0.1
          2379: the etcd proxy on port 2379 of 127.0.0.1: listens on 127.0.0.1
          own: its own endpoint https://localhost:6443: https://localhost:6443/readyz
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
          etcd: etcd through the proxy on the host (https://127.0.0.1:2379): https://127.0.0.1:2379/health with /etc/ssl/etcd/ssl/node-w1.pem
        ");
}

#[test]
fn an_external_load_balancer() {
    let groups: [(_, &[&str]); 2] = [("loadbalancer", &["lb1", "lb2"]), ("etcd", &["e1"])];
    let all =
        json!({"loadbalancer_apiserver": {"address": "192.0.2.100", "port": 8443}, "etcd_multiaccess": true});
    let cluster = built(&table(&groups, all));
    insta::assert_snapshot!(told(&cluster, &["lb1", "m2", "w1", "e1"]), @r"
        m2
          6443: the API server on port 6443: listens
          own: its own endpoint https://127.0.0.1:6443: https://127.0.0.1:6443/readyz
          vip: the virtual address (192.0.2.100:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.100:8443
          lb1: the load balancer lb1 (192.0.2.11:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.11:8443
          lb2: the load balancer lb2 (192.0.2.12:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.12:8443
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
          etcd/e1: etcd on e1 (https://192.0.2.41:2379): https://192.0.2.41:2379/health with /etc/ssl/etcd/ssl/node-m2.pem
          address: the virtual address 192.0.2.100: has it
        w1
          own: its own endpoint https://lb-apiserver.kubernetes.local:8443: https://lb-apiserver.kubernetes.local:8443/readyz
          vip: the virtual address (192.0.2.100:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.100:8443
          lb1: the load balancer lb1 (192.0.2.11:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.11:8443
          lb2: the load balancer lb2 (192.0.2.12:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.12:8443
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
          etcd/e1: etcd on e1 (https://192.0.2.41:2379): https://192.0.2.41:2379/health with /etc/ssl/etcd/ssl/node-w1.pem
          address: the virtual address 192.0.2.100: has it
        lb1
          8443: haproxy's frontend kube_api on port 8443: listens
          8404: haproxy's sign of life on port 8404 of 127.0.0.1: listens on 127.0.0.1
          own: its own endpoint https://lb-apiserver.kubernetes.local:8443: https://lb-apiserver.kubernetes.local:8443/readyz
          vip: the virtual address (192.0.2.100:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.100:8443
          lb1: the load balancer lb1 (192.0.2.11:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.11:8443
          lb2: the load balancer lb2 (192.0.2.12:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.12:8443
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
          address: the virtual address 192.0.2.100: has it
        e1
          2379: etcd for its clients on port 2379 of 192.0.2.41: listens on 192.0.2.41
          2379: etcd for this host on port 2379 of 127.0.0.1: listens on 127.0.0.1
          2380: etcd for its peers on port 2380 of 192.0.2.41: listens on 192.0.2.41
          own: its own endpoint https://lb-apiserver.kubernetes.local:8443: https://lb-apiserver.kubernetes.local:8443/readyz
          vip: the virtual address (192.0.2.100:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.100:8443
          lb1: the load balancer lb1 (192.0.2.11:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.11:8443
          lb2: the load balancer lb2 (192.0.2.12:8443): https://lb-apiserver.kubernetes.local:8443/readyz at 192.0.2.12:8443
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
          etcd/e1: etcd on e1 (https://192.0.2.41:2379): https://192.0.2.41:2379/health with /etc/ssl/etcd/ssl/node-e1.pem
          address: the virtual address 192.0.2.100: has it
        ");
    assert_eq!(
        cluster.may_hold().iter().map(|name| &**name).collect::<Vec<_>>(),
        ["lb1", "lb2"]
    );
}

#[test]
fn nginx_on_the_virtual_address_alone() {
    let all = json!({
        "loadbalancer_apiserver": {"address": "192.0.2.100"},
        "loadbalancer_bind_vip_only": true, "loadbalancer_program": "nginx",
        "loadbalancer_extra_frontends": [{"name": "konnectivity", "port": 8132}],
    });
    let cluster = built(&table(&[("loadbalancer", &["lb1"])], all));
    insta::assert_snapshot!(told(&cluster, &["lb1"]), @r"
        lb1
          6443: nginx's frontend kube_api on port 6443 of 192.0.2.100: listens on 192.0.2.100
          8132: nginx's frontend konnectivity on port 8132 of 192.0.2.100: listens on 192.0.2.100
          8404: nginx's sign of life on port 8404 of 127.0.0.1: listens on 127.0.0.1
          own: its own endpoint https://lb-apiserver.kubernetes.local:6443: https://lb-apiserver.kubernetes.local:6443/readyz
          vip: the virtual address (192.0.2.100:6443): https://lb-apiserver.kubernetes.local:6443/readyz at 192.0.2.100:6443
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
          address: the virtual address 192.0.2.100: has it
        ");
}

#[test]
fn stacked_load_balancers() {
    let groups: [(_, &[&str]); 1] = [("loadbalancer", &["m1", "m2"])];
    let cluster = built(&table(
        &groups,
        json!({"loadbalancer_apiserver": {"address": "192.0.2.100"}}),
    ));
    insta::assert_snapshot!(told(&cluster, &["m1"]), @r"
        m1
          6443: haproxy's frontend kube_api on port 6443: listens
          8404: haproxy's sign of life on port 8404 of 127.0.0.1: listens on 127.0.0.1
          6444: the API server on port 6444: listens
          own: its own endpoint https://127.0.0.1:6444: https://127.0.0.1:6444/readyz
          vip: the virtual address (192.0.2.100:6443): https://lb-apiserver.kubernetes.local:6443/readyz at 192.0.2.100:6443
          lb/m1: the load balancer m1 (192.0.2.21:6443): https://lb-apiserver.kubernetes.local:6443/readyz at 192.0.2.21:6443
          lb/m2: the load balancer m2 (192.0.2.22:6443): https://lb-apiserver.kubernetes.local:6443/readyz at 192.0.2.22:6443
          m1: the API server of m1 (192.0.2.21:6444): https://kubernetes:6444/readyz at 192.0.2.21:6444
          m2: the API server of m2 (192.0.2.22:6444): https://kubernetes:6444/readyz at 192.0.2.22:6444
          address: the virtual address 192.0.2.100: has it
        ");
}

#[test]
fn a_load_balancer_that_is_no_host_of_the_inventory() {
    let all = json!({"loadbalancer_apiserver": {"address": "2001:db8::100"}});
    insta::assert_snapshot!(told(&built(&table(&[], all)), &["w1"]), @r"
        w1
          own: its own endpoint https://lb-apiserver.kubernetes.local:6443: https://lb-apiserver.kubernetes.local:6443/readyz
          vip: the virtual address ([2001:db8::100]:6443): https://lb-apiserver.kubernetes.local:6443/readyz at [2001:db8::100]:6443
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
        ");
}

#[test]
fn no_load_balancer() {
    let cluster = built(&table(&[], json!({"loadbalancer_apiserver_localhost": false})));
    insta::assert_snapshot!(told(&cluster, &["m1", "w1"]), @r"
        m1
          6443: the API server on port 6443: listens
          own: its own endpoint https://127.0.0.1:6443: https://127.0.0.1:6443/readyz
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
        w1
          own: its own endpoint https://192.0.2.21:6443: https://192.0.2.21:6443/readyz
          m1: the API server of m1 (192.0.2.21:6443): https://kubernetes:6443/readyz at 192.0.2.21:6443
          m2: the API server of m2 (192.0.2.22:6443): https://kubernetes:6443/readyz at 192.0.2.22:6443
        ");
}

#[test]
fn the_kargo_contract_speaks_plain_http_to_etcd_and_on_masters() {
    let groups: [(_, &[&str]); 1] = [("etcd", &["m1", "m2"])];
    let cluster = built(&table(&groups, json!({"kube_api_access": "kargo"})));
    insta::assert_snapshot!(told(&cluster, &["m1", "w1"]), @r"
        m1
          443: the API server on port 443: listens
          8080: the API server without TLS on port 8080 of 127.0.0.1: listens on 127.0.0.1
          2379: etcd for its clients on port 2379 of 192.0.2.21: listens on 192.0.2.21
          2379: etcd for this host on port 2379 of 127.0.0.1: listens on 127.0.0.1
          2380: etcd for its peers on port 2380 of 192.0.2.21: listens on 192.0.2.21
          own: its own endpoint http://localhost:8080: http://localhost:8080/readyz
          m1: the API server of m1 (192.0.2.21:443): https://kubernetes:443/readyz at 192.0.2.21:443
          m2: the API server of m2 (192.0.2.22:443): https://kubernetes:443/readyz at 192.0.2.22:443
          etcd: etcd through the member on the host (http://127.0.0.1:2379): http://127.0.0.1:2379/health
        w1
          443: the local load balancer (nginx) on port 443 of 127.0.0.1: listens on 127.0.0.1
          2379: the etcd proxy on port 2379 of 127.0.0.1: listens on 127.0.0.1
          own: its own endpoint https://localhost:443: https://localhost:443/readyz
          m1: the API server of m1 (192.0.2.21:443): https://kubernetes:443/readyz at 192.0.2.21:443
          m2: the API server of m2 (192.0.2.22:443): https://kubernetes:443/readyz at 192.0.2.22:443
          etcd: etcd through the proxy on the host (http://127.0.0.1:2379): http://127.0.0.1:2379/health
        ");
}

/// The `refused_is_up` and CA of the first path of the first host.
fn how(all: Value) -> (bool, Ca) {
    let cluster = built(&table(&[], all));
    let mut probes = cluster.probes().into_iter().flat_map(|host| host.probes);
    let ready = probes.find_map(|probe| match probe.ask {
        ProbeAsk::Ready(ready) => Some((ready.refused_is_up, ready.ca)),
        ProbeAsk::Listens { .. } | ProbeAsk::Health(_) | ProbeAsk::Holds { .. } => None,
    });
    ready.expect("a path")
}

#[test]
fn a_refusal_is_up_where_the_clusters_check_says_so() {
    for (check, up) in [
        ("readyz", false),
        ("readyz-or-401", true),
        ("tls", true),
        ("tcp", true),
    ] {
        assert_eq!(
            how(json!({"loadbalancer_apiserver_check": check})).0,
            up,
            "{check}"
        );
    }
}

#[test]
fn a_refusal_is_up_where_this_kubernetes_answers_nobody_without_a_login() {
    for (distribution, up) in [("none", false), ("kubeadm", false), ("k3s", true), ("k0s", true)] {
        for mode in [json!({}), json!({"loadbalancer_apiserver_localhost": false})] {
            let mut all = json!({"kube_distribution": distribution, "k3s_token": "secret"});
            all.as_object_mut()
                .unwrap()
                .extend(mode.as_object().unwrap().clone());
            assert_eq!(how(all.clone()).0, up, "{all}");
            all["loadbalancer_apiserver_check"] = json!("readyz");
            assert!(!how(all.clone()).0, "{all}");
            all["loadbalancer_apiserver_check"] = json!(null);
            all["kube_apiserver_anonymous_auth"] = json!(true);
            assert!(!how(all.clone()).0, "{all}");
        }
    }
}

#[test]
fn the_ca_is_where_the_kubernetes_puts_it_unless_the_inventory_says_otherwise() {
    assert_eq!(how(json!({})).1, Ca::Usual("/etc/kubernetes/pki/ca.crt"));
    let k0s = json!({"kube_distribution": "k0s"});
    assert_eq!(how(k0s).1, Ca::Usual("/var/lib/k0s/pki/ca.crt"));
    let set = json!({"kube_apiserver_ca": "/etc/ssl/certs/api.pem"});
    assert_eq!(how(set).1, Ca::Set("/etc/ssl/certs/api.pem".to_owned()));
}
