//! The load balancers and their address.

use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::User;
use evenkeel_topology::Balancer;
use evenkeel_topology::Cluster;
use evenkeel_topology::Program;
use serde_json::json;

use super::stopped;
use crate::base::program::gone;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;

/// The virtual address leaves first, so that nobody comes to a cluster that is being taken apart.
pub(super) fn address(cluster: &Cluster) -> Option<Play> {
    let balancer = cluster.balancer.as_ref()?;
    let hosts = hosts::pattern(cluster, &members(balancer));
    let mut play = card::play("The virtual address leaves", &hosts, "keepalived")
        .about("First, so that nobody comes to a cluster that is being taken apart.");
    play.tasks = stopped("keepalived", "keepalived");
    let conf = "/etc/keepalived/keepalived.conf";
    play.tasks
        .push(item(gone("Remove keepalived's configuration", conf)));
    Some(play)
}

/// The external load balancer ends when nothing is behind it any more.
pub(super) fn program(cluster: &Cluster) -> Option<Play> {
    let balancer = cluster.balancer.as_ref()?;
    let what = "balances the API servers no more";
    let mut play = play(cluster, what, balancer.program, &members(balancer));
    let user = json!({ "name": "keepalived_script", "state": "absent" });
    let user = task::<User>("Remove the user that ran keepalived's check", user)
        .about("Only here, when its last check has ended.");
    play.tasks.push(item(user));
    Some(play)
}

/// The load balancers on localhost.
pub(super) fn local(cluster: &Cluster) -> Option<Play> {
    let local = cluster.local.as_ref()?;
    Some(play(
        cluster,
        "leaves the localhost of every other node",
        local.program,
        &local.hosts,
    ))
}

fn members(balancer: &Balancer) -> Vec<Arc<str>> {
    balancer
        .members
        .iter()
        .map(|member| member.name.clone())
        .collect()
}

fn play(cluster: &Cluster, what: &str, program: Program, hosts: &[Arc<str>]) -> Play {
    let hosts = hosts::pattern(cluster, hosts);
    let (name, title, unit, file) = match program {
        Program::Haproxy => ("HAProxy", "HAProxy", "haproxy", "/etc/haproxy/haproxy.cfg"),
        Program::Nginx => ("NGINX", "nginx", "nginx", "/etc/nginx/nginx.conf"),
    };
    let mut play = card::play(&format!("{name} {what}"), &hosts, unit);
    play.tasks = stopped(title, unit);
    let name = format!("Remove the configuration of {title}");
    play.tasks.push(item(gone(&name, file)));
    play
}
