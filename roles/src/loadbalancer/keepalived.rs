//! keepalived: the virtual address is on a host whose HAProxy lives.

use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Apt;
use evenkeel_tasks::types::Service;
use evenkeel_tasks::types::Template;
use evenkeel_tasks::types::User;
use evenkeel_topology::Balancer;
use evenkeel_topology::Member;
use serde_json::Value;
use serde_json::json;

use crate::Generated;
use crate::card::item;
use crate::card::task;

const TEMPLATE: &str = include_str!("templates/keepalived.conf.j2");
const RELOAD: &str = "Reload keepalived";

/// keepalived 2.2.5 to 2.2.7 (Debian 12) ends its own check with SIGTERM when scripts run as another user: it takes a
/// parent other than 0 for the death of its main process (mended in 2.2.8). In a namespace of its own its parent is 0.
const VALIDATE: &str = "/usr/bin/unshare --pid --fork /usr/sbin/keepalived -t -f %s";

pub(super) fn compose(balancer: &Balancer, hosts: &str, into: &mut Generated) {
    for member in &balancer.members {
        into.variable(&member.name, "keepalived", variable(balancer, member));
    }
    into.template("keepalived.conf.j2", TEMPLATE);
    into.play(play(hosts));
}

fn play(hosts: &str) -> Play {
    let mut play = Play::new("keepalived holds the virtual address where HAProxy lives", hosts);
    play.gather_facts = Some(false);
    let install = json!({ "name": ["keepalived", "curl"], "update_cache": true, "cache_valid_time": 86_400 });
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
    let start = json!({ "name": "keepalived", "enabled": true, "state": "started" });
    let cards = [
        task::<Apt>("Install keepalived, and curl for its check", install),
        task::<User>("Add the user that runs keepalived's check", user),
        task::<Template>("Configure keepalived", configure).notify(RELOAD),
        task::<Service>("Start keepalived, now and with the machine", start),
    ];
    play.tasks = cards.into_iter().map(item).collect();
    // Reloading keeps the address where it is, restarting gives it away.
    play.handlers.push(item(task::<Service>(
        RELOAD,
        json!({ "name": "keepalived", "state": "reloaded" }),
    )));
    play
}

/// What the template needs on a host.
fn variable(balancer: &Balancer, member: &Member) -> Value {
    let keepalived = &balancer.keepalived;
    let peers: Vec<Value> = balancer
        .peers_of(&member.name)
        .map(|peer| json!(peer.address))
        .collect();
    json!({
        "router_id": member.name,
        "interface": member.interface,
        "virtual_router_id": keepalived.virtual_router_id,
        "priority": member.priority,
        "advert_int": keepalived.advert_int,
        "address": member.address,
        "peers": peers,
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
