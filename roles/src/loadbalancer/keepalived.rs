//! keepalived: the virtual address is on a host whose load balancer lives.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Template;
use evenkeel_tasks::types::User;
use evenkeel_topology::Balancer;
use evenkeel_topology::Cluster;
use evenkeel_topology::Member;
use evenkeel_topology::Program;
use evenkeel_topology::Vrrp;
use serde_json::Value;
use serde_json::json;

use super::unfolded::unfolded;
use crate::Generated;
use crate::base::packages;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::card::task;

const TEMPLATE: &str = include_str!("templates/keepalived.conf.j2");
/// Looks whether the interface and the script user exist, so it can only run where the file will be. keepalived 2.2.5
/// to 2.2.7 (Debian 12) ends its own check with SIGTERM when scripts run as another user: it takes a parent other than
/// 0 for the death of its main process (<https://github.com/acassen/keepalived/pull/2180>). In a namespace of its own
/// its parent is 0.
const VALIDATE: &str = "/usr/bin/unshare --pid --fork /usr/sbin/keepalived -t -f %s";
const RELOAD: &str = "Reload keepalived";

pub(super) fn compose(cluster: &Cluster, balancer: &Balancer, hosts: &str, into: &mut Generated) {
    for member in &balancer.members {
        into.variable(&member.name, "keepalived", variable(balancer, member));
    }
    into.template("keepalived.conf.j2", template(cluster, balancer));
    let mut play = play(hosts);
    if balancer.keepalived.auth_pass.is_some() {
        // The file holds the password: without no_log its diff would show it.
        play.tasks.iter_mut().for_each(hide_template);
    }
    into.play(play);
}

/// The template, as far as the load balancers need it, also without one that leaves by `eject-controller.yml`.
fn template(cluster: &Cluster, balancer: &Balancer) -> String {
    let count = balancer.members.len();
    let mut names = balancer.members.iter().map(|member| &member.name);
    let one_leaves = names.any(|name| cluster.masters.contains(name) || cluster.etcd.members.contains(name));
    let peers = match count - usize::from(one_leaves && count > 1) {
        1 => (count == 1).then_some(false),
        _ => Some(true),
    };
    let unicast = match balancer.keepalived.vrrp {
        Vrrp::Unicast => peers,
        Vrrp::Multicast => Some(false),
    };
    let authenticated = balancer.keepalived.auth_pass.is_some();
    let known = [
        ("keepalived.peers", peers),
        ("keepalived.unicast", unicast),
        ("keepalived.authenticated", Some(authenticated)),
    ];
    unfolded(TEMPLATE, &known)
}

fn play(hosts: &str) -> Play {
    let mut play = card::play(
        "The virtual address stays where its load balancer lives",
        hosts,
        "keepalived",
    );
    let user = json!({
        "name": "keepalived_script",
        "comment": "keepalived's checks",
        "system": true,
        "shell": "/usr/sbin/nologin",
        "home": "/nonexistent",
        "create_home": false,
    });
    let configure = json!({
        "src": "keepalived.conf.j2",
        "dest": "/etc/keepalived/keepalived.conf",
        "owner": "root",
        "group": "root",
        "mode": "0640",
        "validate": VALIDATE,
    });
    let cards = [
        packages::install(
            "Install keepalived, and curl for its check",
            &["keepalived", "curl"],
        ),
        task::<User>("Add the user that runs keepalived's check", user),
        task::<Template>("Configure keepalived", configure).notify(RELOAD),
        service::start("Start keepalived, now and with the machine", "keepalived"),
    ];
    play.tasks = cards.into_iter().map(item).collect();
    // Reloading keeps the address where it is, restarting gives it away.
    play.handlers.push(item(service::reload(RELOAD, "keepalived")));
    play
}

fn hide_template(entry: &mut Item) {
    if let Item::Card(card) = entry
        && card.body.module.name == "template"
    {
        *entry = item(card::hidden(Card::clone(card)));
    }
}

/// What the template needs on a host.
fn variable(balancer: &Balancer, member: &Member) -> Value {
    let keepalived = &balancer.keepalived;
    let peers = balancer.peers_of(&member.name).map(|peer| json!(peer.address));
    json!({
        "router_id": member.name,
        "interface": member.interface,
        "virtual_router_id": keepalived.virtual_router_id,
        "priority": member.priority,
        "advert_int": keepalived.advert_int,
        "address": member.address,
        "unicast": keepalived.vrrp == Vrrp::Unicast && balancer.members.len() > 1,
        "peers": peers.collect::<Vec<Value>>(),
        "balancer": match balancer.program {
            Program::Haproxy => "HAProxy",
            Program::Nginx => "nginx",
        },
        "vip": balancer.vip.to_string(),
        "check": {
            "port": balancer.haproxy.alive_port,
            // curl gives up first, so that the answer is a failed check and not a script that was killed.
            "max_time": keepalived.timeout.saturating_sub(1).max(1),
            "interval": keepalived.interval,
            "timeout": keepalived.timeout,
            "fall": keepalived.fall,
            "rise": keepalived.rise,
        },
        "failover": keepalived.failover().as_secs(),
    })
}
