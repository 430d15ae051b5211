//! The picture of a cluster: what it says, and that it can be read.

#[path = "picture/page.rs"]
mod page;

use std::collections::BTreeMap;

use evenkeel_topology::Cluster;
use evenkeel_topology::picture;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

use crate::table::Table;
use page::Area;
use page::Page;

/// Masters, workers, load balancers and etcd members, each with an address.
fn inventory(groups: &[(&'static str, &[&str])], all: Value) -> Table {
    let mut hosts: Vec<(&str, String)> = Vec::new();
    for name in groups.iter().flat_map(|(_, members)| *members) {
        if !hosts.iter().any(|(known, _)| known == name) {
            hosts.push((name, format!("192.0.2.{}", 11 + hosts.len())));
        }
    }
    let hosts: Vec<(&str, &str)> = hosts.iter().map(|(name, ip)| (*name, &**ip)).collect();
    let mut table = Table::of(groups, &hosts);
    table.all(all);
    table
}

fn drawn(table: &Table) -> String {
    let cluster = Cluster::build(table).expect("a sound inventory");
    picture(&cluster.expect("a cluster"))
}

/// The texts of a picture, those of a line beside each other.
fn said(table: &Table) -> String {
    let mut lines: BTreeMap<i64, Vec<(f64, String)>> = BTreeMap::new();
    for (text, Area(x, y, ..)) in page::read(&drawn(table)).texts {
        #[expect(clippy::cast_possible_truncation, reason = "pixels")]
        lines.entry(y as i64).or_default().push((x, text));
    }
    let row = |mut texts: Vec<(f64, String)>| {
        texts.sort_by(|one, other| one.0.total_cmp(&other.0));
        let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
        texts.join(" | ")
    };
    lines.into_values().map(row).collect::<Vec<_>>().join("\n")
}

const MASTERS: (&str, &[&str]) = ("kube_control_plane", &["m1", "m2", "m3"]);
const WORKERS: (&str, &[&str]) = ("kube_node", &["w1", "w2"]);

#[test]
fn an_external_pair() {
    let table = inventory(
        &[("loadbalancer", &["lb1", "lb2"]), MASTERS, WORKERS],
        json!({"loadbalancer_apiserver": {"address": "192.0.2.100", "port": 6443}, "keepalived_interface": "eth0"}),
    );
    insta::assert_snapshot!(said(&table), @r"
    clients and
    clients
    workers
    w1 | w2
    kubectl, CI, people
    192.0.2.16 | 192.0.2.17
    https://lb-apiserver.kubernetes.local:6443 | https://lb-apiserver.kubernetes.local:6443
    load
    192.0.2.100:6443
    balancers
    lb-apiserver.kubernetes.local
    VRRP router 51
    on one of them at a time
    lb1 | lb2
    192.0.2.11 | 192.0.2.12
    HAProxy, keepalived | HAProxy, keepalived
    VRRP priority 150 | VRRP priority 149
    kube_api: 6443 → 6443
    checked: GET /readyz
    to every master whose check passes
    masters
    m1 | m2 | m3
    API servers,
    192.0.2.13 | 192.0.2.14 | 192.0.2.15
    etcd
    API server :6443 | API server :6443 | API server :6443
    etcd member :2379 | etcd member :2379 | etcd member :2379
    API: every master uses https://127.0.0.1:6443.
    etcd: every master uses https://127.0.0.1:2379: the member on that host.
    ");
}

#[test]
fn load_balancers_on_the_masters() {
    let table = inventory(
        &[("loadbalancer", &["m1", "m2", "m3"]), MASTERS, WORKERS],
        json!({
            "loadbalancer_apiserver": {"address": "192.0.2.100", "port": 6443},
            "kube_apiserver_port": 6444, "keepalived_interface": "eth0"
        }),
    );
    insta::assert_snapshot!(said(&table), @r"
    clients and
    clients
    workers
    w1 | w2
    kubectl, CI, people
    192.0.2.14 | 192.0.2.15
    https://lb-apiserver.kubernetes.local:6443 | https://lb-apiserver.kubernetes.local:6443
    load
    192.0.2.100:6443
    balancers
    lb-apiserver.kubernetes.local
    on the masters,
    VRRP router 51
    kube_api: 6443 → 6444
    checked: GET /readyz
    the address is on one of them at a time
    masters
    m1 | m2 | m3
    API servers,
    192.0.2.11 | 192.0.2.12 | 192.0.2.13
    etcd
    HAProxy | HAProxy | HAProxy
    VRRP priority 150 | VRRP priority 149 | VRRP priority 148
    API server :6444 | API server :6444 | API server :6444
    etcd member :2379 | etcd member :2379 | etcd member :2379
    API: every master uses https://127.0.0.1:6444.
    etcd: every master uses https://127.0.0.1:2379: the member on that host.
    ");
}

#[test]
fn three_frontends_and_dedicated_etcd() {
    let table = inventory(
        &[
            ("loadbalancer", &["lb1", "lb2"]),
            MASTERS,
            WORKERS,
            ("etcd", &["e1", "e2", "e3"]),
        ],
        json!({
            "loadbalancer_apiserver": {"address": "192.0.2.100", "port": 6443}, "keepalived_interface": "eth0",
            "loadbalancer_extra_frontends": [
                {"name": "konnectivity", "port": 8132},
                {"name": "controller-join", "port": 9443, "check": "tls"}
            ]
        }),
    );
    insta::assert_snapshot!(said(&table), @r"
    clients and
    clients
    workers
    w1 | w2
    kubectl, CI, people
    192.0.2.16 | 192.0.2.17
    etcd gateway :2379 | etcd gateway :2379
    https://lb-apiserver.kubernetes.local:6443 | https://lb-apiserver.kubernetes.local:6443
    load
    192.0.2.100:6443
    balancers
    lb-apiserver.kubernetes.local
    VRRP router 51
    on one of them at a time
    lb1 | lb2
    192.0.2.11 | 192.0.2.12
    HAProxy, keepalived | HAProxy, keepalived
    VRRP priority 150 | VRRP priority 149
    kube_api: 6443 → 6443 | konnectivity: 8132 → 8132 | controller-join: 9443 → 9443
    checked: GET /readyz | checked: TCP connection | checked: TLS handshake
    to every master whose check passes
    masters
    m1 | m2 | m3
    API servers
    192.0.2.13 | 192.0.2.14 | 192.0.2.15
    API server :6443 | API server :6443 | API server :6443
    konnectivity :8132 | konnectivity :8132 | konnectivity :8132
    controller-join :9443 | controller-join :9443 | controller-join :9443
    etcd gateway :2379 | etcd gateway :2379 | etcd gateway :2379
    https://127.0.0.1:2379
    etcd
    e1 | e2 | e3
    members
    192.0.2.18:2379 | 192.0.2.19:2379 | 192.0.2.20:2379
    API: every master uses https://127.0.0.1:6443.
    etcd: every host uses https://127.0.0.1:2379: a proxy on that host, in front of all members.
    ");
}

#[test]
fn local_load_balancers_and_proxies_of_etcd() {
    let table = inventory(
        &[
            ("kube_control_plane", &["m1", "m2"]),
            WORKERS,
            ("etcd", &["m1", "m2", "w1"]),
        ],
        json!({"kube_api_access": "kargo"}),
    );
    insta::assert_snapshot!(said(&table), @r"
    clients and
    clients
    workers
    w1 | w2
    kubectl, CI, people
    each worker
    192.0.2.13 | 192.0.2.14
    balances for
    nginx :443 | nginx :443
    itself
    etcd member :2379 | etcd gateway :2379
    https://192.0.2.11:443 | https://localhost:443
    masters
    m1 | m2
    API servers
    192.0.2.11 | 192.0.2.12
    API server :443 | API server :443
    etcd member :2379 | etcd member :2379
    etcd
    w1
    members that
    192.0.2.13:2379
    are no masters
    on the worker above
    API: every master uses http://localhost:8080.
    etcd: every host uses http://127.0.0.1:2379: the member on that host, or a proxy there in front of all members.
    ");
}

#[test]
fn no_load_balancer_all_etcd_members_and_many_workers() {
    let workers: Vec<String> = (1..=20).map(|number| format!("w{number}")).collect();
    let workers: Vec<&str> = workers.iter().map(String::as_str).collect();
    let table = inventory(
        &[MASTERS, ("kube_node", &workers)],
        json!({"loadbalancer_apiserver_localhost": false, "etcd_multiaccess": true}),
    );
    insta::assert_snapshot!(said(&table), @r"
    clients and
    clients
    workers
    w1 | w2 | w3
    kubectl, CI, people
    192.0.2.14 | 192.0.2.15 | 192.0.2.16
    w4 | w5 | w6
    192.0.2.17 | 192.0.2.18 | 192.0.2.19
    and 14 more
    https://192.0.2.11:6443 | https://192.0.2.11:6443
    no load balancer: no API while m1 is down
    masters
    m1 | m2 | m3
    API servers,
    192.0.2.11 | 192.0.2.12 | 192.0.2.13
    etcd
    API server :6443 | API server :6443 | API server :6443
    etcd member :2379 | etcd member :2379 | etcd member :2379
    API: every master uses https://127.0.0.1:6443.
    etcd: every master uses https://192.0.2.11:2379,https://192.0.2.12:2379,https://192.0.2.13:2379: all members.
    ");
}

#[test]
fn a_load_balancer_set_up_elsewhere_that_masters_use_too() {
    let table = inventory(
        &[MASTERS, WORKERS, ("etcd", &["m1", "m2", "w1"])],
        json!({
            "kube_api_access": "kargo", "etcd_multiaccess": true,
            "loadbalancer_apiserver": {"address": "192.0.2.100", "port": 8383},
            "apiserver_loadbalancer_domain_name": "api.example.org"
        }),
    );
    insta::assert_snapshot!(said(&table), @r"
    clients and
    clients
    workers
    w1 | w2
    kubectl, CI, people
    192.0.2.14 | 192.0.2.15
    etcd member :2379
    https://api.example.org:8383 | https://api.example.org:8383
    load
    masters use it, too
    192.0.2.100:8383
    balancer
    api.example.org
    set up
    elsewhere, not
    by this
    inventory
    masters
    m1 | m2 | m3
    API servers
    192.0.2.11 | 192.0.2.12 | 192.0.2.13
    API server :443 | API server :443 | API server :443
    etcd member :2379 | etcd member :2379
    http://192.0.2.11:2379,http://192.0.2.12:2379,
    http://192.0.2.14:2379
    etcd
    w1
    members that
    192.0.2.14:2379
    are no masters
    on the worker above
    API: every master uses https://api.example.org:8383.
    etcd: every host uses http://192.0.2.11:2379,http://192.0.2.12:2379,http://192.0.2.14:2379: all members.
    ");
}

#[test]
fn a_name_that_is_too_long_has_a_tooltip() {
    let mut table = inventory(&[MASTERS], json!({}));
    table.rename("m2", "controller-2.of-a-cluster.with-many-racks.example.org");
    let svg = drawn(&table);
    let text = "<title>controller-2.of-a-cluster.with-many-racks.example.org</title>controller-2.o…s.example.org</text>";
    assert!(svg.contains(text), "{svg}");
}

#[test]
fn a_picture_has_a_title_a_description_and_nothing_from_outside() {
    let svg = drawn(&inventory(&[MASTERS, WORKERS], json!({})));
    let line = |start: &str| {
        svg.lines()
            .find(|line| line.trim().starts_with(start))
            .expect(start)
    };
    insta::assert_snapshot!([line("<title"), line("<desc")].join("\n"), @r#"
    <title id="title">A cluster of 3 masters and 2 workers, with a load balancer on each worker</title>
    <desc id="desc">Workers use the load balancer on their own port 6443, which passes connections to the API servers m1, m2 and m3; clients use https://192.0.2.11:6443. API: every master uses https://127.0.0.1:6443. etcd: every master uses https://127.0.0.1:2379: the member on that host.</desc>
    "#);
    let address = "http://www.w3.org/2000/svg";
    for outside in [
        "<script",
        "<image",
        "<foreignObject",
        "href",
        "@import",
        "@font-face",
        "url(http",
    ] {
        assert!(!svg.replace(address, "").contains(outside), "{outside}");
    }
}

/// That nothing hides something else: boxes are apart or within each other, texts are within their box or beside all
/// boxes, and lines run through no text and no box that has none inside of it.
fn check(page: &Page) {
    let size = page.size.expect("a size");
    for (index, (class, area)) in page.boxes.iter().enumerate() {
        assert!(size.holds(*area), "{class} {area:?} is on the page");
        for (other, beside) in &page.boxes[index + 1..] {
            let apart = !area.meets(*beside) || area.holds(*beside) || beside.holds(*area);
            assert!(apart, "{class} {area:?} and {other} {beside:?} overlap");
        }
    }
    for (index, (text, area)) in page.texts.iter().enumerate() {
        assert!(size.holds(*area), "`{text}` {area:?} is on the page");
        for (class, around) in &page.boxes {
            let apart = !area.meets(*around) || around.holds(*area);
            assert!(apart, "`{text}` {area:?} and {class} {around:?} overlap");
        }
        for (other, beside) in &page.texts[index + 1..] {
            assert!(!area.meets(*beside), "`{text}` and `{other}` overlap");
        }
        for line in &page.lines {
            assert!(
                !area.meets(*line),
                "`{text}` {area:?} is struck through by {line:?}"
            );
        }
    }
    for (class, area) in &page.boxes {
        let leaf = !page
            .boxes
            .iter()
            .any(|(_, other)| other != area && area.holds(*other));
        for line in &page.lines {
            assert!(size.holds(*line), "{line:?} is on the page");
            assert!(
                !leaf || !area.meets(*line),
                "{line:?} runs through {class} {area:?}"
            );
        }
    }
}

/// Words of which host names are made.
const NAMES: [&str; 6] = [
    "m",
    "w",
    "node-",
    "controller.rack-12.example.org-",
    "WWWWWWWWWWWWWWWWWWWW",
    "illiillii.",
];

#[derive(Debug)]
struct Shape {
    name: &'static str,
    masters: usize,
    workers: usize,
    /// Load balancers of their own, and on masters.
    balancers: (usize, usize),
    /// etcd members on masters, on workers, and on hosts of their own.
    members: (usize, usize, usize),
    frontends: usize,
    /// The first is a worker, too.
    both: bool,
    all: Value,
}

fn mode() -> impl Strategy<Value = Value> {
    let external = json!({
        "loadbalancer_apiserver": {"address": "2001:db8::1:100", "port": 8443},
        "loadbalancer_apiserver_prefix": 64
    });
    prop_oneof![
        Just(json!({})),
        Just(json!({"loadbalancer_apiserver_localhost": false})),
        Just(external),
    ]
}

fn shapes() -> impl Strategy<Value = Shape> {
    let hosts = (0..NAMES.len(), 1..10_usize, 0..12_usize, (0..8_usize, 0..4_usize));
    let members = (0..6_usize, 0..3_usize, 0..9_usize);
    let switches = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        0..12_usize,
        0..3_usize,
    );
    (hosts, members, switches, mode()).prop_map(|(hosts, members, switches, mut all)| {
        let (name, masters, workers, balancers) = hosts;
        let (kargo, multiaccess, both, frontends, domain) = switches;
        let vars = all.as_object_mut().expect("variables");
        let external = vars.contains_key("loadbalancer_apiserver");
        vars.insert("etcd_multiaccess".to_owned(), json!(multiaccess));
        if kargo {
            vars.insert("kube_api_access".to_owned(), json!("kargo"));
        }
        if domain > 0 {
            let domain = format!("api.{}example.org", "a-long-name.".repeat(domain * 5));
            vars.insert("apiserver_loadbalancer_domain_name".to_owned(), json!(domain));
        }
        Shape {
            name: NAMES[name],
            masters,
            workers,
            balancers: if external { balancers } else { (0, 0) },
            members,
            frontends,
            both,
            all,
        }
    })
}

fn table(shape: &Shape) -> Table {
    let named = |kind: &str, count: usize| -> Vec<String> {
        (0..count)
            .map(|index| format!("{}{kind}{index}", shape.name))
            .collect()
    };
    let (masters, workers) = (named("m", shape.masters), named("w", shape.workers));
    let mut balancers = named("l", shape.balancers.0);
    balancers.extend(masters.iter().take(shape.balancers.1).cloned());
    let mut etcd: Vec<String> = masters.iter().take(shape.members.0).cloned().collect();
    etcd.extend(workers.iter().take(shape.members.1).cloned());
    etcd.extend(named("e", shape.members.2));
    let mut nodes = workers;
    if shape.both {
        nodes.extend(masters.first().cloned());
    }
    let mut all: Vec<&String> = masters
        .iter()
        .chain(&nodes)
        .chain(&balancers)
        .chain(&etcd)
        .collect();
    all.sort();
    all.dedup();
    let hosts: Vec<(&str, String)> = all
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), format!("2001:db8::1:{}", index + 1000)))
        .collect();
    let hosts: Vec<(&str, &str)> = hosts.iter().map(|(name, ip)| (*name, &**ip)).collect();
    let mut table = Table::of(&[], &hosts);
    for (group, members) in [
        ("kube_control_plane", &masters),
        ("kube_node", &nodes),
        ("loadbalancer", &balancers),
        ("etcd", &etcd),
    ] {
        table.members(group, &members.iter().map(String::as_str).collect::<Vec<_>>());
    }
    let frontends: Vec<Value> = (0..shape.frontends)
        .map(|index| json!({"name": format!("frontend-{index}"), "port": 9000 + index}))
        .collect();
    table.all(shape.all.clone());
    table.all(json!({"keepalived_interface": "eth0", "loadbalancer_extra_frontends": frontends}));
    table
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_hides_something_else(shape in shapes()) {
        let table = table(&shape);
        let cluster = Cluster::build(&table);
        prop_assume!(cluster.is_ok());
        let svg = picture(&cluster.unwrap().unwrap());
        check(&page::read(&svg));
    }
}
