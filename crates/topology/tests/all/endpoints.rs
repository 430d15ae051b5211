//! The endpoint contracts: the table of Kargo's document with its golden vectors, and the `tls` contract.

use evenkeel_topology::Cluster;
use serde_json::json;

use crate::table::Table;

fn table(all: &serde_json::Value) -> Table {
    let groups: [(_, &[&str]); 3] = [
        ("kube-master", &["m1", "m2"]),
        ("kube-node", &["n1"]),
        ("etcd", &["m1", "m2", "n1"]),
    ];
    let mut table = Table::of(
        &groups,
        &[("m1", "10.0.0.11"), ("m2", "10.0.0.12"), ("n1", "10.0.0.21")],
    );
    table.host("m1", json!({"access_ip": "203.0.113.11"}));
    table.all(all.clone());
    table
}

/// API server endpoint of m1, m2 and n1, and the etcd endpoint.
fn endpoints(all: serde_json::Value) -> [String; 4] {
    let cluster = Cluster::build(&table(&all))
        .expect("no problem")
        .expect("a cluster");
    let rows = cluster.endpoints();
    let api = |index: usize| rows[index].kube_apiserver.url.clone();
    [
        api(0),
        api(1),
        api(2),
        rows[0].etcd.url.clone().unwrap_or_default(),
    ]
}

const MEMBERS: &str = "http://203.0.113.11:2379,http://10.0.0.12:2379,http://10.0.0.21:2379";

/// Deviation from the code of every tag: masters are written `localhost`, as in the document's table, where the code
/// said `127.0.0.1`. Deviation from v2.0.0: n1 uses its local load balancer; there a mis-indented `when` overwrote
/// the flag. Etcd is `http`, as in the document and v2.0.0; v2.1.0 went to `https`.
#[test]
fn kargo_without_a_balancer_uses_localhost() {
    let found = endpoints(json!({"kube_api_access": "kargo", "loadbalancer_apiserver_localhost": true}));
    let own = "http://localhost:8080";
    assert_eq!(
        found,
        [own, own, "https://localhost:443", "http://127.0.0.1:2379"].map(str::to_owned)
    );
}

/// v2.1.1 moved the secure port to 6443; here that is a variable.
#[test]
fn kargo_takes_the_secure_port_of_v2_1_1_from_the_variable() {
    let found = endpoints(json!({"kube_api_access": "kargo", "kube_apiserver_port": 6443}));
    assert_eq!(found[2], "https://localhost:6443");
}

#[test]
fn kargo_with_neither_uses_the_first_masters_access_address() {
    let found = endpoints(json!({
        "kube_api_access": "kargo", "loadbalancer_apiserver_localhost": false, "etcd_multiaccess": true
    }));
    let own = "http://localhost:8080";
    assert_eq!(
        found,
        [own, own, "https://203.0.113.11:443", MEMBERS].map(str::to_owned)
    );
}

/// Deviation from v2.1.1: there masters stayed on the insecure port even with an external balancer; the document's
/// table sends everybody to the balancer.
#[test]
fn kargo_with_an_external_balancer_sends_everybody_there() {
    let balancer = json!({"address": "10.0.0.100", "port": 8383});
    let found = endpoints(json!({
        "kube_api_access": "kargo", "loadbalancer_apiserver": balancer, "etcd_multiaccess": true,
        "loadbalancer_apiserver_localhost": true
    }));
    let lb = "https://lb-apiserver.kubernetes.local:8383";
    assert_eq!(found, [lb, lb, lb, MEMBERS].map(str::to_owned));
    let found = endpoints(json!({
        "kube_api_access": "kargo", "loadbalancer_apiserver": balancer,
        "apiserver_loadbalancer_domain_name": "api.example.org"
    }));
    let lb = "https://api.example.org:8383";
    assert_eq!(&found[..3], [lb, lb, lb].map(str::to_owned));
}

/// Deviation from v2.0.0, v2.1.0 and v2.1.1: they ignored a balancer without a port and fell back to the first
/// master without a word; the document says that the port defers to the secure port.
#[test]
fn kargo_with_a_balancer_without_port_takes_the_secure_port() {
    let found =
        endpoints(json!({"kube_api_access": "kargo", "loadbalancer_apiserver": {"address": "10.0.0.100"}}));
    assert_eq!(found[0], "https://lb-apiserver.kubernetes.local:443");
    assert_eq!(found[2], "https://lb-apiserver.kubernetes.local:443");
}

#[test]
fn tls_is_the_default_and_keeps_masters_on_their_own_server() {
    let own = "https://127.0.0.1:6443";
    let local = endpoints(json!({}));
    assert_eq!(
        local,
        [own, own, "https://localhost:6443", "https://127.0.0.1:2379"].map(str::to_owned)
    );
    let external = endpoints(json!({"loadbalancer_apiserver": {"address": "10.0.0.100", "port": 8443}}));
    assert_eq!(
        &external[..3],
        [own, own, "https://lb-apiserver.kubernetes.local:8443"].map(str::to_owned)
    );
    let neither = endpoints(json!({"loadbalancer_apiserver_localhost": false}));
    assert_eq!(
        &neither[..3],
        [own, own, "https://203.0.113.11:6443"].map(str::to_owned)
    );
}

/// HEAD of Kubespray rewrites `::` inside of any IPv6 bind address; addresses are typed here.
#[test]
fn bind_addresses_are_addresses_and_wildcards_are_localhost() {
    let own = |bind: &str| endpoints(json!({"kube_apiserver_bind_address": bind}))[0].clone();
    assert_eq!(own("0.0.0.0"), "https://127.0.0.1:6443");
    assert_eq!(own("::"), "https://127.0.0.1:6443");
    assert_eq!(own("::1"), "https://[::1]:6443");
    assert_eq!(own("fd00::5"), "https://[fd00::5]:6443");
    assert_eq!(own("192.0.2.7"), "https://192.0.2.7:6443");
}

#[test]
fn ipv6_addresses_are_bracketed() {
    let mut table = table(&json!({"loadbalancer_apiserver_localhost": false, "etcd_multiaccess": true}));
    for (index, name) in ["m1", "m2", "n1"].into_iter().enumerate() {
        table.only(name, json!({ "ip": format!("2001:db8::{}", index + 1) }));
    }
    let rows = Cluster::build(&table).unwrap().unwrap().endpoints();
    assert_eq!(rows[2].kube_apiserver.url, "https://[2001:db8::1]:6443");
    assert_eq!(
        rows[2].etcd.url.as_deref().unwrap_or_default(),
        "https://[2001:db8::1]:2379,https://[2001:db8::2]:2379,https://[2001:db8::3]:2379"
    );
}

#[test]
fn addresses_defer_in_order_and_a_missing_one_names_the_variable() {
    let mut table = table(&json!({"loadbalancer_apiserver_localhost": false}));
    table.only("m1", json!({"ansible_host": "198.51.100.7"}));
    let cluster = Cluster::build(&table).unwrap().unwrap();
    assert_eq!(
        cluster.endpoints()[2].kube_apiserver.url,
        "https://198.51.100.7:6443"
    );
    table.only("m1", json!({"ansible_host": "m1.example.org"}));
    let problems = Cluster::build(&table).unwrap_err();
    insta::assert_snapshot!(format!("{}\nhelp: {}", problems[0].message, problems[0].help[1]), @r"
    the address of m1 is not known
    help: set `ip` (or `access_ip`, or `ansible_host`) of m1 to its address
    ");
}

#[test]
fn wrong_values_name_the_variable_and_what_was_expected() {
    let messages = |all: serde_json::Value| Cluster::build(&table(&all)).unwrap_err()[0].message.clone();
    let cases = [
        json!({"kube_api_access": "plain"}),
        json!({"loadbalancer_apiserver": "10.0.0.100"}),
        json!({"loadbalancer_apiserver": {"address": "lb.example.org"}}),
        json!({"loadbalancer_apiserver": {"address": "10.0.0.100", "port": 70000}}),
        json!({"kube_apiserver_port": 0}),
        json!({"loadbalancer_apiserver_localhost": "maybe"}),
    ];
    insta::assert_snapshot!(cases.map(messages).join("\n"), @r#"
    `kube_api_access` of m1 is "plain", not `kargo` or `tls`
    `loadbalancer_apiserver` of m1 is "10.0.0.100", not a mapping with `address` and `port`
    `loadbalancer_apiserver` of m1 is {"address":"lb.example.org"}, not a mapping whose `address` is an IP address
    `loadbalancer_apiserver` of m1 is {"address":"10.0.0.100","port":70000}, not a mapping whose `port` is 1 to 65535
    `kube_apiserver_port` of m1 is 0, not a port (1 to 65535)
    `loadbalancer_apiserver_localhost` of m1 is "maybe", not a boolean
    "#);
}

#[test]
fn two_names_of_a_group_must_agree() {
    let mut table = table(&json!({}));
    table.members("kube_control_plane", &["m1", "m2"]);
    assert!(Cluster::build(&table).is_ok());
    table.members("kube_control_plane", &["m1"]);
    let problems = Cluster::build(&table).unwrap_err();
    assert_eq!(problems[0].code, "cluster::group-alias");
}

/// Where nothing listens there is no endpoint, and the reason says what would bring one.
#[test]
fn hosts_without_etcd_have_no_endpoint_of_it() {
    let reach = |groups: &[(&'static str, &'static [&'static str])]| -> Vec<(Option<String>, String)> {
        let addresses = [("m1", "10.0.0.11"), ("n1", "10.0.0.21"), ("lb1", "10.0.0.31")];
        let mut table = Table::of(groups, &addresses);
        table.all(json!({
            "loadbalancer_apiserver": {"address": "10.0.0.100", "port": 6443}, "keepalived_interface": "eth0"
        }));
        let cluster = Cluster::build(&table).unwrap().unwrap();
        let rows = cluster.endpoints().into_iter();
        rows.map(|row| (row.etcd.url, row.etcd.why)).collect()
    };
    let kubernetes: [(&str, &[&str]); 3] = [
        ("kube_control_plane", &["m1"]),
        ("kube_node", &["n1"]),
        ("loadbalancer", &["lb1"]),
    ];
    insta::assert_debug_snapshot!(reach(&kubernetes), @r#"
    [
        (
            Some(
                "https://127.0.0.1:2379",
            ),
            "the member that this master's Kubernetes brings",
        ),
        (
            None,
            "only masters use the etcd that their Kubernetes brings",
        ),
        (
            None,
            "only masters use the etcd that their Kubernetes brings",
        ),
    ]
    "#);
    let deployed: Vec<_> = kubernetes.into_iter().chain([("etcd", &["m1"][..])]).collect();
    insta::assert_debug_snapshot!(reach(&deployed), @r#"
    [
        (
            Some(
                "https://127.0.0.1:2379",
            ),
            "the member on this host; the default, as etcd_multiaccess is not set",
        ),
        (
            Some(
                "https://127.0.0.1:2379",
            ),
            "the proxy on this host; the default, as etcd_multiaccess is not set",
        ),
        (
            None,
            "no proxy runs here, as the host is not in the cluster",
        ),
    ]
    "#);
}
