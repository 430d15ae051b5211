//! HAProxy in front of the API servers.

use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Template;
use evenkeel_topology::Balancer;
use evenkeel_topology::Check;
use evenkeel_topology::Cluster;
use evenkeel_topology::Haproxy;
use evenkeel_topology::Server;
use evenkeel_topology::bracketed;
use serde_json::Value;
use serde_json::json;

use super::binds;
use super::dual;
use super::nonlocal;
use super::unfolded::same;
use super::unfolded::unfolded;
use crate::Generated;
use crate::base::packages;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::card::task;

const TEMPLATE: &str = include_str!("templates/haproxy.cfg.j2");
const RELOAD: &str = "Reload HAProxy";

pub(super) fn compose(cluster: &Cluster, balancer: &Balancer, hosts: &str, into: &mut Generated) {
    let dual = dual(cluster, balancer);
    let frontend = |frontend: &evenkeel_topology::Frontend| {
        let binds = binds(balancer, frontend, dual);
        described(&frontend.name, &binds, frontend.check, &frontend.servers)
    };
    let frontends: Vec<Value> = balancer.frontends.iter().map(frontend).collect();
    let variable = variable(&balancer.haproxy, frontends);
    for member in &balancer.members {
        into.variable(&member.name, "haproxy", variable.clone());
    }
    let mut play = play("HAProxy balances the API servers", hosts);
    play.tasks.splice(0..0, nonlocal(balancer));
    template(balancer.frontends.iter().map(|frontend| frontend.check), into);
    into.play(play);
}

/// The play that installs, configures and starts HAProxy.
pub(crate) fn play(name: &str, hosts: &str) -> Play {
    let mut play = card::play(name, hosts, "haproxy");
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

/// Adds the template, as far as the checks of the frontends need it.
pub(crate) fn template(checks: impl Iterator<Item = Check> + Clone, into: &mut Generated) {
    let asks = |check: &Check| matches!(check, Check::Readyz | Check::ReadyzOr401);
    let known = [
        (
            "frontend.check in ['readyz', 'readyz-or-401']",
            same(checks.clone().map(|check| asks(&check))),
        ),
        (
            "frontend.check == 'readyz'",
            same(checks.filter(asks).map(|check| check == Check::Readyz)),
        ),
    ];
    into.template("haproxy.cfg.j2", unfolded(TEMPLATE, &known));
}

/// What the template needs.
pub(crate) fn variable(haproxy: &Haproxy, frontends: Vec<Value>) -> Value {
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

/// A frontend as the template needs it.
pub(crate) fn described(name: &str, binds: &[String], check: Check, servers: &[Server]) -> Value {
    let servers = servers.iter().map(|server| {
        json!({ "name": server.name, "address": format!("{}:{}", bracketed(server.address), server.port) })
    });
    let options: &[&str] = match check {
        Check::Readyz | Check::ReadyzOr401 => &["verify none"],
        Check::Tls => &["verify none", "check-ssl"],
        Check::Tcp => &[],
    };
    let options = [options, &["on-marked-down shutdown-sessions"]].concat();
    json!({
        "name": name,
        "binds": binds,
        "check": check,
        "check_options": options,
        "servers": servers.collect::<Vec<Value>>(),
    })
}
