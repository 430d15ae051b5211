//! `reset.yml`: takes away what `site.yml` brought, in the reverse order, and nothing else.

mod balancer;
mod etcd;
mod hosts;
mod kubernetes;

use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Assert;
use evenkeel_topology::Cluster;
use serde_json::json;

use crate::Generated;
use crate::base::firewall;
use crate::base::names;
use crate::base::program;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::card::task;

/// What stands at the head of the file.
fn about(cluster: &Cluster) -> String {
    let firewalld = match firewall::shut_all(cluster).is_empty() {
        true => "",
        false => "firewalld, ",
    };
    format!(
        "Takes away what `site.yml` brought, in the reverse order: the cluster ends, and the data of its etcd are gone. \
         It does nothing without `-e confirm=yes`. Packages stay, and so do {firewalld}the kernel settings that hold now \
         (until the next start of a host), what a network between pods has left behind, and what was there before."
    )
}

/// Adds the playbook.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    let mut plays = vec![confirmed(cluster)];
    plays.extend(balancer::address(cluster));
    plays.extend(kubernetes::plays(cluster));
    plays.extend(balancer::local(cluster));
    plays.extend(etcd::plays(cluster));
    plays.extend(balancer::program(cluster));
    plays.extend(firewall::shut_all(cluster));
    plays.extend(hosts::kernel(cluster));
    plays.push(names::forget(cluster));
    into.book("reset.yml", &about(cluster), plays);
}

/// Before anything else, whatever tags are picked.
fn confirmed(cluster: &Cluster) -> Play {
    let everybody = crate::hosts::everybody(cluster);
    let mut play = card::play("The end of the cluster is meant", &everybody, "always");
    play.keywords.any_errors_fatal = Some(card::value(true.into()));
    let that = json!({
        "that": ["(confirm | default('')) in ['yes', true]"],
        "fail_msg": "this ends the cluster and removes the data of its etcd: where that is meant, run it again with `-e confirm=yes`",
        "quiet": true,
    });
    play.tasks = vec![item(task::<Assert>(
        "Make sure that somebody has confirmed it",
        that,
    ))];
    play
}

/// Stops the service of a package, where it is installed.
fn stopped(title: &str, unit: &str) -> Vec<Item> {
    stop(title, unit, &format!("/lib/systemd/system/{unit}.service"))
}

/// Stops a service whose unit `site.yml` wrote, and removes the unit.
fn ended(title: &str, unit: &str) -> Vec<Item> {
    let path = format!("/etc/systemd/system/{unit}.service");
    let mut tasks = stop(title, unit, &path);
    let name = format!("Remove the unit of {title}");
    tasks.push(item(program::gone(&name, &path).notify(service::RELOAD_UNITS)));
    tasks
}

fn stop(title: &str, unit: &str, path: &str) -> Vec<Item> {
    let register = format!("{}_unit", unit.replace('-', "_"));
    let there = format!("{register}.stat.exists");
    vec![
        item(program::look(
            &format!("Look for the unit of {title}"),
            path,
            &register,
        )),
        item(service::stop(&format!("Stop {title}, now and with the machine"), unit).when(&there)),
    ]
}

/// Removes paths.
fn all_gone(name: &str, paths: &[String]) -> Item {
    item(match paths {
        [path] => program::gone(name, path),
        _ => card::for_each_of(program::gone(name, "{{ item }}"), paths),
    })
}
