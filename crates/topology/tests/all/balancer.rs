//! The load balancer's part of the model: what it reads, and what contradicts it.

use crate::table::Table;
use evenkeel_topology::Check;
use evenkeel_topology::Cluster;
use serde_json::Value;
use serde_json::json;

fn cluster(all: Value) -> Table {
    let mut table = Table::of(
        &[
            ("kube_control_plane", &["m1", "m2"]),
            ("kube_node", &["w1"]),
            ("loadbalancer", &["lb1", "lb2"]),
        ],
        &[
            ("lb1", "192.0.2.11"),
            ("lb2", "192.0.2.12"),
            ("m1", "192.0.2.21"),
            ("m2", "192.0.2.22"),
            ("w1", "192.0.2.31"),
        ],
    );
    table.all(json!({
        "loadbalancer_apiserver": {"address": "192.0.2.100", "port": 6443},
        "keepalived_interface": "eth0",
    }));
    table.all(all);
    table
}

fn problems(table: &Table) -> String {
    let problems = Cluster::build(table).expect_err("problems");
    // The first line of help is the catalogue's explanation.
    let line = |problem: &evenkeel_yaml::Problem| match problem.help.get(1) {
        Some(help) => format!("{}: {}\n    {help}\n", problem.code, problem.message),
        None => format!("{}: {}\n", problem.code, problem.message),
    };
    problems
        .iter()
        .filter(|problem| problem.is_error())
        .map(line)
        .collect()
}

#[test]
fn members_are_unique_and_frontends_have_servers() {
    let table = cluster(json!({
        "loadbalancer_extra_frontends": [{"name": "rke2", "port": 9345, "check": "tls"}, {"name": "k0s", "port": 9443, "backend_port": 9444}],
    }));
    let balancer = Cluster::build(&table).unwrap().unwrap().balancer.unwrap();
    let members: Vec<_> = balancer
        .members
        .iter()
        .map(|member| (&*member.name, member.priority))
        .collect();
    assert_eq!(members, [("lb1", 150), ("lb2", 149)]);
    assert_eq!(balancer.vip.to_string(), "192.0.2.100/32");
    let frontends: Vec<_> = balancer
        .frontends
        .iter()
        .map(|frontend| {
            (
                &*frontend.name,
                frontend.port,
                frontend.servers[1].port,
                frontend.check,
            )
        })
        .collect();
    assert_eq!(
        frontends,
        [
            ("kube_api", 6443, 6443, Check::Readyz),
            ("rke2", 9345, 9345, Check::Tls),
            ("k0s", 9443, 9444, Check::Tcp)
        ]
    );
    assert_eq!(
        balancer
            .peers_of("lb1")
            .map(|peer| &*peer.name)
            .collect::<Vec<_>>(),
        ["lb2"]
    );
}

#[test]
fn a_master_with_its_own_port_is_reached_there() {
    let mut table = cluster(json!({}));
    table.host("m2", json!({"kube_apiserver_port": 7443}));
    let balancer = Cluster::build(&table).unwrap().unwrap().balancer.unwrap();
    assert_eq!(
        balancer.frontends[0]
            .servers
            .iter()
            .map(|server| server.port)
            .collect::<Vec<_>>(),
        [6443, 7443]
    );
}

#[test]
fn the_virtual_address_is_free_and_within_reach() {
    let vip = |address: &str, prefix: u8| {
        problems(&cluster(json!({
            "loadbalancer_apiserver": {"address": address},
            "loadbalancer_apiserver_prefix": prefix,
        })))
    };
    insta::assert_snapshot!(vip("192.0.2.21", 32), @r"
    cluster::vip-owned: the virtual address 192.0.2.21 is the own address of m1
        take an address for `loadbalancer_apiserver` that no host has
    ");
    insta::assert_snapshot!(vip("198.51.100.1", 24), @r"
    cluster::vip-network: 192.0.2.11, the address of lb1, is not in 198.51.100.0/24, the network of the virtual address
        set `ip` of the load balancer, or `loadbalancer_apiserver` and `loadbalancer_apiserver_prefix`
    cluster::vip-network: 192.0.2.12, the address of lb2, is not in 198.51.100.0/24, the network of the virtual address
        set `ip` of the load balancer, or `loadbalancer_apiserver` and `loadbalancer_apiserver_prefix`
    ");
    insta::assert_snapshot!(vip("2001:db8::100", 64), @r"
    cluster::vip-network: the virtual address 2001:db8::100 and 192.0.2.11, the address of lb1, are of two families
        set `ip` of the load balancer, or `loadbalancer_apiserver` and `loadbalancer_apiserver_prefix`
    cluster::vip-network: the virtual address 2001:db8::100 and 192.0.2.12, the address of lb2, are of two families
        set `ip` of the load balancer, or `loadbalancer_apiserver` and `loadbalancer_apiserver_prefix`
    ");
    insta::assert_snapshot!(vip("192.0.2.100", 33), @r"
    cluster::value: `loadbalancer_apiserver_prefix` of lb1 is 33, not a prefix length (0 to 32)
        give the variable a value of the kind that the message names
    ");
}

#[test]
fn two_hosts_have_two_addresses() {
    let mut table = cluster(json!({}));
    table.host("w1", json!({"ip": "192.0.2.22"}));
    insta::assert_snapshot!(problems(&table), @r"
    cluster::same-address: m2 and w1 have the same address 192.0.2.22
        give each host its own address
    ");
}

#[test]
fn two_programs_do_not_listen_on_one_port() {
    let stacked = |all: Value| {
        let mut table = cluster(all);
        table.members("loadbalancer", &["m1", "m2"]);
        table
    };
    assert!(
        Cluster::build(&stacked(json!({}))).is_ok(),
        "stacked API servers listen on 6444 unless told otherwise"
    );
    insta::assert_snapshot!(problems(&stacked(json!({"kube_apiserver_port": 6443}))), @r"
    cluster::port-clash: on m1 the frontend kube_api and the API server would both listen on port 6443
        give `loadbalancer_apiserver` another port; or set `loadbalancer_bind_vip_only: true`, and `kube_apiserver_bind_address` to the host's own address
    cluster::port-clash: on m2 the frontend kube_api and the API server would both listen on port 6443
        give `loadbalancer_apiserver` another port; or set `loadbalancer_bind_vip_only: true`, and `kube_apiserver_bind_address` to the host's own address
    ");
    // The virtual address alone is not enough while the API server listens on every address.
    let vip_only = || json!({"kube_apiserver_port": 6443, "loadbalancer_bind_vip_only": true});
    assert!(problems(&stacked(vip_only())).contains("port-clash"));
    let mut apart = stacked(vip_only());
    apart.host("m1", json!({"kube_apiserver_bind_address": "192.0.2.21"}));
    apart.host("m2", json!({"kube_apiserver_bind_address": "192.0.2.22"}));
    assert!(Cluster::build(&apart).is_ok());
    let shifted = stacked(json!({"kube_apiserver_port": 6444}));
    assert!(Cluster::build(&shifted).is_ok());
    insta::assert_snapshot!(problems(&stacked(json!({
        "kube_apiserver_port": 6444,
        "loadbalancer_extra_frontends": [{"name": "etcd", "port": 2379}],
    }))), @r"
    cluster::port-clash: on m1 the frontend etcd and etcd would both listen on port 2379
        give the frontend another port
    cluster::port-clash: on m2 the frontend etcd and etcd would both listen on port 2379
        give the frontend another port
    ");
    insta::assert_snapshot!(problems(&cluster(json!({
        "loadbalancer_extra_frontends": [{"name": "api2", "port": 6443}, {"name": "alive", "port": 8404}],
    }))), @r"
    cluster::frontend: the frontends kube_api (port 6443) and api2 (port 6443) clash
        names and ports of frontends are unique
    cluster::frontend: the frontend alive on port 8404 clashes with lb_alive on port 8404 of localhost
        names and ports of frontends are unique
    ");
}

#[test]
fn settings_that_defeat_their_purpose_are_errors() {
    insta::assert_snapshot!(problems(&cluster(json!({
        "haproxy_timeout_client": "20s",
        "haproxy_timeout_server": 20,
        "haproxy_maxconn": 1_000_000,
        "keepalived_check_timeout": 9,
    }))), @r"
    cluster::timeout-20s: `haproxy_timeout_client` is 20s
        set at least 35s; hours are right
    cluster::timeout-20s: `haproxy_timeout_server` is 20s
        set at least 35s; hours are right
    cluster::maxconn-high: `haproxy_maxconn` is 1000000, and there are 5 hosts
        set at most 250000
    cluster::timeout-gt-interval: `keepalived_check_timeout` (9 s) is longer than `keepalived_check_interval` (2 s)
        set `keepalived_check_timeout` to at most `keepalived_check_interval`
    ");
}

#[test]
fn values_of_the_wrong_kind_are_all_told_at_once() {
    insta::assert_snapshot!(problems(&cluster(json!({
        "haproxy_timeout_connect": "soon",
        "haproxy_check_fall": 0,
        "keepalived_virtual_router_id": 256,
        "keepalived_interface": "eth0; reboot",
        "loadbalancer_extra_frontends": [{"name": "x", "port": 1, "backend": 2}],
        "loadbalancer_apiserver_check": "ssl-hello-chk",
    }))), @r#"
    cluster::value: `loadbalancer_apiserver_check` of lb1 is "ssl-hello-chk", not `readyz`, `readyz-or-401`, `tls` or `tcp`
        give the variable a value of the kind that the message names
    cluster::value: `haproxy_timeout_connect` of lb1 is "soon", not a time such as `500ms`, `5s`, `10m` or `1h`, of at most 24 days
        give the variable a value of the kind that the message names
    cluster::value: `haproxy_check_fall` of lb1 is 0, not a whole number above 0
        give the variable a value of the kind that the message names
    cluster::value: `keepalived_virtual_router_id` of lb1 is 256, not 1 to 255
        give the variable a value of the kind that the message names
    cluster::value: `keepalived_interface` of lb1 is "eth0; reboot", not a name of letters, digits and `._:-`
        give the variable a value of the kind that the message names
    cluster::value: `keepalived_interface` of lb2 is "eth0; reboot", not a name of letters, digits and `._:-`
        give the variable a value of the kind that the message names
    cluster::check-override: `loadbalancer_apiserver_check` has `ssl-hello-chk`
        remove `ssl-hello-chk`: `httpchk` with `http-check connect ssl` asks over TLS
    "#);
}

#[test]
fn load_balancers_have_their_settings_in_common() {
    let mut table = cluster(json!({"keepalived_virtual_router_id": 51}));
    table.host("lb2", json!({"keepalived_virtual_router_id": 52}));
    insta::assert_snapshot!(problems(&table), @r"
    cluster::differs: `keepalived_virtual_router_id` differs between lb1 and lb2
        set it for the group of the load balancers
    ");
}

#[test]
fn what_is_missing_is_named() {
    let mut table = cluster(json!({"loadbalancer_apiserver": null, "keepalived_interface": null}));
    insta::assert_snapshot!(problems(&table), @r"
    cluster::no-vip: there are load balancers, but no address for them
        set `loadbalancer_apiserver: {address: ADDRESS, port: PORT}` for all hosts
    cluster::balancer: the interface of lb1 is not known
        set `keepalived_interface` to the one that carries the virtual address
    cluster::balancer: the interface of lb2 is not known
        set `keepalived_interface` to the one that carries the virtual address
    ");
    table.members("kube_control_plane", &[]);
    insta::assert_snapshot!(problems(&table), @r"
    cluster::no-masters: there are load balancers, but no API servers behind them
        put the API servers into one of the groups `kube_control_plane`, `kube-master`, `kube_master`
    ");
}

#[test]
fn names_that_would_break_a_file_are_refused() {
    let mut table = cluster(json!({"apiserver_loadbalancer_domain_name": "lb example"}));
    table.rename("w1", "w1 }");
    insta::assert_snapshot!(problems(&table), @r"
    cluster::name: `w1 }` cannot stand in configuration files
        name the host with letters, digits and `._:-`
    cluster::domain: `lb example` is no domain name
        set `apiserver_loadbalancer_domain_name` to labels of letters, digits and `-`, with dots between
    ");
}

#[test]
fn the_load_balancers_name_is_its_own() {
    let table = cluster(json!({"apiserver_loadbalancer_domain_name": "m1"}));
    insta::assert_snapshot!(problems(&table), @r"
    cluster::domain: `m1` is the name of a host too
        set `apiserver_loadbalancer_domain_name` to a name that is the load balancer's alone
    ");
}

#[test]
fn what_listens_on_localhost_needs_its_port_too() {
    let mut table = cluster(json!({
        "kube_api_access": "kargo", "kube_apiserver_port": 443, "haproxy_ready_port": 8080,
    }));
    table.members("loadbalancer", &["m1"]);
    insta::assert_snapshot!(problems(&table), @r"
    cluster::port-clash: on m1 the frontend lb_ready and the API server's insecure port would both listen on port 8080
        give the frontend another port
    ");
}
