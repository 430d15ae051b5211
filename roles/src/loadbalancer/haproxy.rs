//! HAProxy in front of the API servers.

use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Template;
use evenkeel_topology::Balancer;
use evenkeel_topology::Cluster;
use evenkeel_topology::Frontend;
use evenkeel_topology::bracketed;
use serde_json::Value;
use serde_json::json;

use crate::Generated;
use crate::base::packages;
use crate::base::service;
use crate::base::sysctl;
use crate::card;
use crate::card::item;
use crate::card::task;

const TEMPLATE: &str = include_str!("templates/haproxy.cfg.j2");
const RELOAD: &str = "Reload HAProxy";

pub(super) fn compose(cluster: &Cluster, balancer: &Balancer, hosts: &str, into: &mut Generated) {
    let variable = variable(cluster, balancer);
    for member in &balancer.members {
        into.variable(&member.name, "haproxy", variable.clone());
    }
    into.template("haproxy.cfg.j2", TEMPLATE);
    into.play(play(balancer, hosts));
}

fn play(balancer: &Balancer, hosts: &str) -> Play {
    let mut play = card::play("HAProxy balances the API servers", hosts, "haproxy");
    if balancer.frontends.iter().any(|frontend| frontend.vip_only) {
        let name = "Let HAProxy listen on the virtual address where it is not (yet)";
        let family = if balancer.vip.addr().is_ipv4() {
            "ipv4"
        } else {
            "ipv6"
        };
        let key = format!("net.{family}.ip_nonlocal_bind");
        play.tasks.push(item(sysctl::set(name, &key, "1")));
    }
    let configure = json!({
        "src": "haproxy.cfg.j2",
        "dest": "/etc/haproxy/haproxy.cfg",
        "owner": "root",
        "group": "root",
        "mode": "0644",
        "validate": "/usr/sbin/haproxy -c -f %s",
    });
    let cards = [
        packages::install("Install HAProxy", &["haproxy"]),
        task::<Template>("Configure HAProxy", configure).notify(RELOAD),
        service::start("Start HAProxy, now and with the machine", "haproxy"),
    ];
    play.tasks.extend(cards.into_iter().map(item));
    // Reloading keeps open connections, restarting cuts them.
    play.handlers.push(item(service::reload(RELOAD, "haproxy")));
    play
}

/// What the template needs.
fn variable(cluster: &Cluster, balancer: &Balancer) -> Value {
    let haproxy = &balancer.haproxy;
    let dual = cluster
        .nodes
        .values()
        .any(|node| node.access.is_ipv6() || node.address.is_ipv6());
    let dual = dual || balancer.vip.addr().is_ipv6();
    let frontends: Vec<Value> = balancer
        .frontends
        .iter()
        .map(|frontend| described(balancer, frontend, dual))
        .collect();
    json!({
        "maxconn": haproxy.maxconn,
        "timeouts": {
            "connect": haproxy.connect.to_string(),
            "check": haproxy.check.to_string(),
            "client": haproxy.client.to_string(),
            "server": haproxy.server.to_string(),
            "tunnel": haproxy.tunnel.to_string(),
            "client-fin": haproxy.client_fin.to_string(),
        },
        "check": {
            "inter": haproxy.inter.to_string(),
            "downinter": haproxy.downinter.to_string(),
            "rise": haproxy.rise,
            "fall": haproxy.fall,
        },
        "alive_port": haproxy.alive_port,
        "ready_port": haproxy.ready_port,
        "frontends": frontends,
    })
}

fn described(balancer: &Balancer, frontend: &Frontend, dual: bool) -> Value {
    let port = frontend.port;
    let vip = balancer.vip.addr();
    let binds = match (frontend.vip_only, dual) {
        (true, _) => vec![format!("{}:{port}", bracketed(vip))],
        (false, false) => vec![format!("*:{port}")],
        (false, true) => vec![format!("*:{port}"), format!("[::]:{port} v6only")],
    };
    let servers = frontend.servers.iter();
    let servers = servers.map(|server| {
        json!({ "name": server.name, "address": format!("{}:{}", bracketed(server.address), server.port) })
    });
    json!({
        "name": frontend.name,
        "binds": binds,
        "check": frontend.check,
        "servers": servers.collect::<Vec<Value>>(),
    })
}
