//! nginx (stream) in front of the API servers.

use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Template;
use evenkeel_topology::Balancer;
use evenkeel_topology::Cluster;
use evenkeel_topology::Frontend;
use evenkeel_topology::Nginx;
use evenkeel_topology::Server;
use evenkeel_topology::Time;
use evenkeel_topology::bracketed;
use serde_json::Value;
use serde_json::json;

use super::dual;
use super::nonlocal;
use super::unfolded::unfolded;
use crate::Generated;
use crate::base::packages;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::card::task;

const TEMPLATE: &str = include_str!("templates/nginx.conf.j2");
const RELOAD: &str = "Reload nginx";

pub(super) fn compose(cluster: &Cluster, balancer: &Balancer, hosts: &str, into: &mut Generated) {
    let dual = dual(cluster, balancer);
    let frontend = |frontend: &Frontend| {
        let port = frontend.port;
        let listens = match (frontend.vip_only, dual) {
            (true, _) => vec![format!("{}:{port}", bracketed(balancer.vip.addr()))],
            (false, false) => vec![port.to_string()],
            (false, true) => vec![port.to_string(), format!("[::]:{port}")],
        };
        described(&frontend.name, &listens, &frontend.servers)
    };
    let frontends: Vec<Value> = balancer.frontends.iter().map(frontend).collect();
    let variable = variable(&balancer.nginx, Some(balancer.haproxy.alive_port), frontends);
    for member in &balancer.members {
        into.variable(&member.name, "nginx", variable.clone());
    }
    let mut play = play("NGINX balances the API servers", hosts);
    play.tasks.splice(0..0, nonlocal(balancer));
    template(true, into);
    into.play(play);
}

/// The play that installs, configures and starts nginx; it starts with its own configuration only, as Debian's would
/// serve a page on port 80.
pub(crate) fn play(name: &str, hosts: &str) -> Play {
    let mut play = card::play(name, hosts, "nginx");
    let configure = json!({
        "src": "nginx.conf.j2",
        "dest": "/etc/nginx/nginx.conf",
        "owner": "root",
        "group": "root",
        "mode": "0644",
        "validate": "/usr/sbin/nginx -t -q -c %s",
    });
    let packages = ["nginx", "libnginx-mod-stream"];
    let cards = [
        packages::install_without_starting("Install nginx without starting it", &packages),
        task::<Template>("Configure nginx", configure).notify(RELOAD),
        service::start("Start nginx, now and with the machine", "nginx"),
    ];
    play.tasks.extend(cards.into_iter().map(item));
    // Reloading keeps open connections, restarting cuts them.
    play.handlers.push(item(service::reload(RELOAD, "nginx")));
    play
}

/// Adds the template; `watched` where keepalived asks whether nginx lives.
pub(crate) fn template(watched: bool, into: &mut Generated) {
    let known = [("nginx.alive_port", Some(watched))];
    into.template("nginx.conf.j2", unfolded(TEMPLATE, &known));
}

/// What the template needs; `alive_port` answers on localhost as long as nginx lives, for keepalived.
pub(crate) fn variable(nginx: &Nginx, alive_port: Option<u16>, frontends: Vec<Value>) -> Value {
    json!({
        "connections": nginx.connections,
        "connect_timeout": time(nginx.connect),
        "timeout": time(nginx.proxy),
        "max_fails": nginx.max_fails,
        "fail_timeout": time(nginx.fail_timeout),
        "alive_port": alive_port,
        "frontends": frontends,
    })
}

/// nginx knows the same units as HAProxy. Source: nginx's "Configuration file measurement units".
fn time(time: Time) -> String {
    time.to_string()
}

/// A frontend as the template needs it.
pub(crate) fn described(name: &str, listens: &[String], servers: &[Server]) -> Value {
    let servers = servers.iter().map(|server| {
        json!({ "name": server.name, "address": format!("{}:{}", bracketed(server.address), server.port) })
    });
    json!({ "name": name, "listens": listens, "servers": servers.collect::<Vec<Value>>() })
}
