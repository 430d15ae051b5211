//! VRRP: who holds the address, and how fast it moves.

use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::instance::Field;
use super::instance::Instance;
use super::raw::Raw;
use super::related;

/// Longer than this, and clients notice more than a hiccup.
const SLOWEST_FAILOVER: u64 = 10;

pub(super) fn failover_slow(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let keepalived = &balancer.keepalived;
    let longest = keepalived.failover().as_secs();
    if longest <= SLOWEST_FAILOVER {
        return Vec::new();
    }
    let text = format!(
        "the address moves up to {longest} s after HAProxy died: {} checks, one every {} s, a time-out of {} s and an \
         advertisement every {} s",
        keepalived.fall, keepalived.interval, keepalived.timeout, keepalived.advert_int
    );
    let names = [
        "keepalived_check_fall",
        "keepalived_check_interval",
        "keepalived_check_timeout",
        "keepalived_advert_int",
    ];
    let place = names.iter().find_map(|name| view.balancer_place(balancer, name));
    vec![at(lint.finding(text), place.as_ref(), "slow")]
}

pub(super) fn timeout_gt_interval(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let keepalived = &balancer.keepalived;
    if keepalived.timeout <= keepalived.interval {
        return Vec::new();
    }
    let text = format!(
        "`keepalived_check_timeout` ({} s) is longer than `keepalived_check_interval` ({} s)",
        keepalived.timeout, keepalived.interval
    );
    let names = ["keepalived_check_timeout", "keepalived_check_interval"];
    let place = names.iter().find_map(|name| view.balancer_place(balancer, name));
    vec![at(lint.finding(text), place.as_ref(), "this value")]
}

pub(super) fn interface_loopback(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let members = view
        .cluster
        .balancer
        .iter()
        .flat_map(|balancer| &balancer.members);
    let on_lo = members.filter(|member| member.interface == "lo");
    let problem = |member: &crate::Member| {
        let text = format!("`keepalived_interface` of {} is lo", member.name);
        at(
            lint.finding(text),
            member.place.as_ref(),
            "the loopback interface",
        )
    };
    on_lo.map(problem).collect()
}

/// Another pair of hosts in the inventory has the same router id on the same network.
pub(super) fn vrid_clash(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let vrid = i64::from(balancer.keepalived.virtual_router_id);
    let own = view.balancer_place(balancer, "keepalived_virtual_router_id");
    let ours = |host: &Arc<str>| balancer.members.iter().any(|member| member.name == *host);
    let mut told: Vec<Option<Place>> = Vec::new();
    let mut problems = Vec::new();
    for instance in Instance::all(view.raw) {
        let Some((_, place)) = instance
            .number(Field::RouterId)
            .filter(|(number, place)| *number == vrid && *place != own.as_ref())
        else {
            continue;
        };
        if (ours(&instance.host) && instance.label.is_empty()) || told.contains(&place.cloned()) {
            continue;
        }
        told.push(place.cloned());
        let text = format!(
            "{} has the virtual router id {vrid} of the load balancers, too",
            instance.who()
        );
        let problem = at(lint.finding(text), place, "the same id again");
        problems.push(related(problem, own.as_ref(), "the load balancers'"));
    }
    problems
}

pub(super) fn nopreempt_master(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    one_by_one(lint, raw, |instance| {
        let wrong = instance.is(Field::State, "MASTER") && instance.flag(Field::Nopreempt);
        wrong.then(|| {
            (
                format!("{} starts as MASTER with `nopreempt`", instance.who()),
                Field::State,
            )
        })
    })
}

pub(super) fn state_masters(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let all = Instance::all(raw);
    let mut masters = all.iter().filter(|instance| instance.is(Field::State, "MASTER"));
    let Some(first) = masters.next() else {
        return Vec::new();
    };
    let Some(second) = masters.find(|second| second.label == first.label && second.host != first.host) else {
        return Vec::new();
    };
    let text = format!("{} and {} both start as MASTER", first.who(), second.who());
    vec![at(lint.finding(text), place(second, Field::State), "set here")]
}

/// Instances of the same name on several hosts.
fn together(all: &[Instance]) -> Vec<Vec<&Instance>> {
    let mut sets: Vec<Vec<&Instance>> = Vec::new();
    for instance in all {
        match sets.iter_mut().find(|set| set[0].label == instance.label) {
            Some(set) => set.push(instance),
            None => sets.push(vec![instance]),
        }
    }
    sets
}

pub(super) fn prio_tie(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let all = Instance::all(raw);
    let mut problems = Vec::new();
    for set in together(&all) {
        for (index, instance) in set.iter().enumerate() {
            let own = instance.number(Field::Priority);
            let same = |other: &&&Instance| {
                own.is_some()
                    && other.number(Field::Priority).map(|found| found.0) == own.map(|found| found.0)
            };
            let other = set[..index].iter().find(same);
            // One line that all of them read is told once.
            let told =
                |problem: &Problem| problem.at.as_ref().map(|(at, _)| at) == own.and_then(|(_, place)| place);
            if let (Some(other), Some((priority, place))) = (other, own)
                && (place.is_none() || !problems.iter().any(told))
            {
                let text = format!(
                    "{} and {} have the same priority {priority}",
                    other.who(),
                    instance.who()
                );
                problems.push(at(lint.finding(text), place, "set here"));
            }
        }
    }
    problems
}

pub(super) fn priority_owner(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    one_by_one(lint, raw, |instance| {
        let (priority, _) = instance
            .number(Field::Priority)
            .filter(|(priority, _)| !(1..=254).contains(priority))?;
        Some((
            format!("the priority of {} is {priority}", instance.who()),
            Field::Priority,
        ))
    })
}

/// The largest difference between priorities that a failing check has to bridge.
fn largest_gap(set: &[&Instance]) -> Option<i64> {
    let priorities = || {
        set.iter()
            .filter_map(|instance| instance.number(Field::Priority))
            .map(|(priority, _)| priority)
    };
    Some(priorities().max()? - priorities().min()?)
}

pub(super) fn weight_gap(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let all = Instance::all(raw);
    let mut problems = Vec::new();
    for set in together(&all) {
        let gap = largest_gap(&set);
        let weights = set.iter().find_map(|instance| instance.number(Field::Weight));
        if let (Some(gap), Some((weight, place))) = (gap, weights)
            && weight != 0
            && weight.abs() <= gap
        {
            let text = format!("the check's weight is {weight}, and priorities are up to {gap} apart");
            problems.push(at(lint.finding(text), place, "too small"));
        }
    }
    problems
}

pub(super) fn weight_nopreempt(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    one_by_one(lint, raw, |instance| {
        let (weight, _) = instance
            .number(Field::Weight)
            .filter(|(weight, _)| *weight != 0)?;
        instance.flag(Field::Nopreempt).then(|| {
            (
                format!(
                    "{} has `nopreempt` and a check with weight {weight}",
                    instance.who()
                ),
                Field::Weight,
            )
        })
    })
}

pub(super) fn authpass_len(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    one_by_one(lint, raw, |instance| {
        let (value, _) = instance.get(Field::AuthPass)?;
        let length = value.as_str()?.chars().count();
        (length > 8).then(|| {
            (
                format!("the VRRP password of {} has {length} characters", instance.who()),
                Field::AuthPass,
            )
        })
    })
}

/// Only what is written counts: a template may read the password from a safe place.
pub(super) fn auth_plain(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = [
        "keepalived_auth_pass",
        "keepalived_auth_password",
        "vrrp_auth_pass",
    ];
    let written = raw
        .written
        .iter()
        .filter(|written| names.contains(&&*written.name));
    let plain = written.filter(|written| {
        let text = written.value.as_str();
        written.value.is_number() || text.is_some_and(|text| !text.is_empty() && !text.contains("{{"))
    });
    let problem = |written: &crate::Written| {
        let text = format!("`{}` stands in the inventory as plain text", written.name);
        at(
            lint.finding(text),
            written.place.as_ref(),
            "readable by everybody",
        )
    };
    plain.map(problem).collect()
}

/// A virtual address of IPv6 is VRRP version 3, which has no authentication.
pub(super) fn auth_v3(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let vip = balancer.vip.addr();
    if vip.is_ipv4() || balancer.keepalived.auth_pass.is_none() {
        return Vec::new();
    }
    let place = view.balancer_place(balancer, "keepalived_auth_pass");
    let text = format!("`keepalived_auth_pass` is set, and the virtual address {vip} is of IPv6");
    vec![at(lint.finding(text), place.as_ref(), "protects nothing")]
}

pub(super) fn auth_ah(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    one_by_one(lint, raw, |instance| {
        let wrong = instance.is(Field::AuthType, "AH");
        wrong.then(|| {
            (
                format!("{} authenticates with AH", instance.who()),
                Field::AuthType,
            )
        })
    })
}

pub(super) fn mcast_src_unicast(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    one_by_one(lint, raw, |instance| {
        let unicast = [Field::UnicastPeers, Field::UnicastSource]
            .into_iter()
            .any(|field| instance.get(field).is_some());
        (unicast && instance.get(Field::MulticastSource).is_some()).then(|| {
            (
                format!("{} has `mcast_src_ip` beside unicast peers", instance.who()),
                Field::MulticastSource,
            )
        })
    })
}

/// Each list of peers omits the host itself.
pub(super) fn unicast_self(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    one_by_one(lint, view.raw, |instance| {
        let own = view.cluster.nodes.get(&instance.host)?.address;
        let listed = instance.addresses(Field::UnicastPeers).contains(&own);
        listed.then(|| {
            (
                format!("{} has its own address {own} among its peers", instance.who()),
                Field::UnicastPeers,
            )
        })
    })
}

pub(super) fn unicast_empty(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    one_by_one(lint, raw, |instance| {
        let (value, _) = instance.get(Field::UnicastPeers)?;
        let empty = value.as_array().is_some_and(Vec::is_empty) || value.as_str() == Some("");
        empty.then(|| {
            (
                format!("the list of peers of {} is empty", instance.who()),
                Field::UnicastPeers,
            )
        })
    })
}

pub(super) fn router_id(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let sets = raw.each(&["keepalived_router_id", "vrrp_router_id"]);
    let named = sets.iter().filter(|set| set.number().is_none());
    let mut seen: Vec<&super::raw::Set> = Vec::new();
    for set in named {
        if let Some(other) = seen.iter().find(|other| other.value == set.value) {
            let text = format!(
                "`{}` is {} on {} and {}",
                set.name,
                set.text().unwrap_or_default(),
                other.host,
                set.host
            );
            return vec![at(lint.finding(text), set.place.as_ref(), "set here")];
        }
        seen.push(set);
    }
    Vec::new()
}

pub(super) fn vrrp_strict(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &["keepalived_vrrp_strict", "vrrp_strict"], |set| {
        (set.flag() == Some(true)).then(|| format!("`{}` is true", set.name))
    })
}

pub(super) fn script_security(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let mut problems = raw.find(
        lint,
        &["keepalived_script_user", "keepalived_vrrp_script_user"],
        |set| set.is(&["root"]).then(|| format!("`{}` is root", set.name)),
    );
    problems.extend(raw.find(lint, &["keepalived_enable_script_security"], |set| {
        (set.flag() == Some(false)).then(|| format!("`{}` is false", set.name))
    }));
    problems
}

pub(super) fn track_disabled(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = [
        "keepalived_track_script",
        "keepalived_track_scripts",
        "keepalived_vrrp_track_scripts",
        "keepalived_check_enabled",
    ];
    raw.find(lint, &names, |set| {
        let empty = set.flag() == Some(false)
            || set.value.as_array().is_some_and(Vec::is_empty)
            || set.value.as_str() == Some("");
        empty.then(|| format!("`{}` turns the check of the load balancer off", set.name))
    })
}

/// Files with the VRRP password that everybody may read.
pub(super) fn mode_0644(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = [
        "keepalived_config_mode",
        "keepalived_conf_mode",
        "keepalived_mode",
    ];
    raw.find(lint, &names, |set| {
        let text = match set.value.as_u64() {
            // A bare 0644 is an octal number in YAML.
            Some(number) => format!("{number:o}"),
            None => set.text()?,
        };
        let last = text.trim().chars().last()?.to_digit(8)?;
        (last & 4 != 0).then(|| format!("`{}` is {}", set.name, text.trim()))
    })
}

/// The field's place, and a finding for each instance that a condition holds for; hosts that share a definition count
/// as one.
fn one_by_one(
    lint: &'static Lint,
    raw: &Raw<'_>,
    wrong: impl Fn(&Instance) -> Option<(String, Field)>,
) -> Vec<Problem> {
    let mut told: Vec<(String, Place)> = Vec::new();
    let mut problems = Vec::new();
    for instance in Instance::all(raw) {
        let Some((text, field)) = wrong(&instance) else {
            continue;
        };
        let found = place(&instance, field);
        if let Some(found) = found {
            let key = (instance.label.clone(), found.clone());
            if told.contains(&key) {
                continue;
            }
            told.push(key);
        }
        problems.push(at(lint.finding(text), found, "set here"));
    }
    problems
}

fn place(instance: &Instance, field: Field) -> Option<&Place> {
    instance.get(field).and_then(|(_, place)| place)
}
