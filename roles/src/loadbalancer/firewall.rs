//! What the load balancers let in: clients on the balanced ports, and VRRP from each other.

use evenkeel_playbook::play::Play;
use evenkeel_topology::Balancer;
use evenkeel_topology::Cluster;
use evenkeel_topology::Firewall;
use evenkeel_topology::Member;

use crate::base::firewall;
use crate::card;
use crate::card::for_each;
use crate::card::item;
use crate::hosts;

/// A play for each way in which a firewall is set up: usually one; none where `firewalld_enabled` is false.
pub(super) fn plays(cluster: &Cluster, balancer: &Balancer) -> Vec<Play> {
    let mut ways: Vec<(&Firewall, Vec<&Member>)> = Vec::new();
    for member in balancer.members.iter().filter(|member| member.firewall.enabled) {
        match ways
            .iter_mut()
            .find(|(firewall, _)| *firewall == &member.firewall)
        {
            Some((_, members)) => members.push(member),
            None => ways.push((&member.firewall, vec![member])),
        }
    }
    ways.into_iter()
        .map(|(firewall, members)| play(cluster, balancer, firewall, &members))
        .collect()
}

fn play(cluster: &Cluster, balancer: &Balancer, firewall: &Firewall, members: &[&Member]) -> Play {
    let hosts = hosts::balancers(cluster, members);
    let name = "The firewall lets clients and the other load balancers in";
    let mut play = card::play(name, &hosts, "firewall");
    let mut tasks = firewall::start(firewall);
    tasks.extend(firewall::assign(firewall, "{{ keepalived.interface }}").map(item));
    for frontend in &balancer.frontends {
        let name = format!("Let clients reach {}", frontend.name);
        let port = format!("{}/tcp", frontend.port);
        tasks.push(item(firewall::open(firewall, &name, "port", &port)));
    }
    if balancer.members.len() > 1 {
        let name = "Let VRRP in from the other load balancers";
        let rule = firewall::open(firewall, name, "rich_rule", &vrrp(balancer));
        tasks.push(item(for_each(rule, "keepalived.peers")));
    }
    play.tasks = tasks;
    play
}

/// VRRP from one address, in the form in which firewalld prints it.
fn vrrp(balancer: &Balancer) -> String {
    let (family, length) = if balancer.vip.addr().is_ipv4() {
        ("ipv4", 32)
    } else {
        ("ipv6", 128)
    };
    format!(r#"rule family="{family}" source address="{{{{ item }}}}/{length}" protocol value="vrrp" accept"#)
}
