//! `etcd-proxy`: etcd on the localhost of every node that is no member.

use std::net::IpAddr;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_topology::Cluster;
use evenkeel_topology::EtcdProxy;
use evenkeel_topology::bracketed;
use serde_json::Value;
use serde_json::json;

use crate::Generated;
use crate::base::packages;
use crate::base::program;
use crate::base::service;
use crate::base::sysctl;
use crate::card;
use crate::card::item;
use crate::etcd::certificates;
use crate::hosts;

const RESTART: &str = "Restart the etcd proxy";

/// Adds the play of the proxies, where there are any.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    let proxies = &cluster.etcd.proxies;
    if proxies.is_empty() {
        return;
    }
    let variable = variable(cluster);
    for host in proxies {
        into.variable(host, "etcd_endpoints", variable.clone());
    }
    let unit = match cluster.etcd.settings.proxy {
        EtcdProxy::Gateway => include_str!("etcd_proxy/templates/gateway.service.j2"),
        EtcdProxy::GrpcProxy => include_str!("etcd_proxy/templates/grpc-proxy.service.j2"),
    };
    into.template("etcd-proxy.service.j2", unit);
    let mut play = play(&hosts::pattern(cluster, proxies));
    if cluster.etcd.settings.proxy == EtcdProxy::GrpcProxy {
        play.tasks.insert(1, item(give_up_dead_members()));
    }
    into.play(play);
}

/// The gateway's clients see for themselves that a member has lost its power; behind the grpc-proxy nobody does but
/// the kernel.
///
/// Source: Linux' ip-sysctl.rst, `tcp_retries2`; 5 is what Elasticsearch's documentation has for the same reason.
fn give_up_dead_members() -> Card {
    sysctl::set(
        "Notice dead etcd members after seconds, not a quarter of an hour",
        "net.ipv4.tcp_retries2",
        "5",
    )
    .about(
        "The grpc-proxy does not ask its members whether they are alive: the kernel gives the connection up.",
    )
}

fn play(hosts: &str) -> Play {
    let mut play = card::play("Every other node has etcd on its localhost", hosts, "etcd-proxy");
    let configure = program::configure(
        "Write the unit of the etcd proxy",
        "etcd-proxy.service.j2",
        "/etc/systemd/system/etcd-proxy.service",
        "0644",
    );
    play.tasks = vec![
        item(certificates::assert("node")),
        item(
            packages::install_without_starting(
                "Install etcd's programs without starting them",
                &["etcd-server", "etcd-client"],
            )
            .about("The proxy is a command of the program etcd."),
        ),
        item(service::stop("Keep etcd itself from running here", "etcd")),
    ];
    play.tasks
        .extend(certificates::tasks(&["node"], "etcd", Some(RESTART)));
    play.tasks.extend([
        item(configure.notify(RESTART)),
        item(service::start_own(
            "Start the etcd proxy, now and with the machine",
            "etcd-proxy",
        )),
    ]);
    play.handlers.push(item(service::restart(RESTART, "etcd-proxy")));
    play
}

/// The addresses of the members, as the unit needs them.
fn variable(cluster: &Cluster) -> Value {
    let members = cluster.etcd.members.iter();
    let addresses = members.filter_map(|name| cluster.nodes.get(name).map(|node| node.access));
    let endpoint = |address: IpAddr| match cluster.etcd.settings.proxy {
        EtcdProxy::Gateway => format!("{}:2379", bracketed(address)),
        EtcdProxy::GrpcProxy => format!("https://{}:2379", bracketed(address)),
    };
    json!(addresses.map(endpoint).collect::<Vec<_>>())
}
