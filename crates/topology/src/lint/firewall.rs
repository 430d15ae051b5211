//! What the firewall lets in.

use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::network::is_public;
use super::raw::Raw;
use super::related;
use crate::Vrrp;

const ENABLED: &str = "firewalld_enabled";

pub(super) fn no_firewall(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let vip = balancer.vip.addr();
    let open: Vec<&str> = balancer
        .members
        .iter()
        .filter(|member| !member.firewall.enabled)
        .map(|member| &*member.name)
        .collect();
    let Some(first) = open.first().filter(|_| is_public(vip)) else {
        return Vec::new();
    };
    let text = format!(
        "no firewall on {}, and {vip} is a public address",
        open.join(", ")
    );
    let place = view.place(first, ENABLED);
    vec![at(lint.finding(text), place.as_ref(), "turned off here")]
}

pub(super) fn firewall_differs(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let members = || {
        view.cluster
            .balancer
            .iter()
            .flat_map(|balancer| &balancer.members)
    };
    let on = members().find(|member| member.firewall.enabled);
    let off = members().find(|member| !member.firewall.enabled);
    let (Some(on), Some(off)) = (on, off) else {
        return Vec::new();
    };
    let text = format!("{} has a firewall, {} has none", on.name, off.name);
    let place = view.place(&off.name, ENABLED);
    let problem = at(lint.finding(text), place.as_ref(), "turned off here");
    vec![related(
        problem,
        view.place(&on.name, ENABLED).as_ref(),
        "turned on here",
    )]
}

/// Evenkeel's own VRRP is unicast, which a rule for 224.0.0.18 does not match.
pub(super) fn vrrp_mcast_only(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let vrrp = view
        .cluster
        .balancer
        .as_ref()
        .map(|balancer| balancer.keepalived.vrrp);
    if vrrp != Some(Vrrp::Unicast) {
        return Vec::new();
    }
    view.raw.find_text(lint, |text| {
        text.text
            .contains("224.0.0.18")
            .then(|| format!("`{}` lets VRRP in for 224.0.0.18 alone", text.name))
    })
}

/// firewalld knows the protocol by its name, and compares text.
pub(super) fn vrrp_number(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find_text(lint, |text| {
        let packed = text.text.replace(['"', '\''], "");
        packed
            .contains("protocol value=112")
            .then(|| format!("`{}` names protocol 112", text.name))
    })
}

/// Kernel settings in a mapping, or as a variable of their own.
const SYSCTLS: [&str; 5] = [
    "sysctl",
    "sysctls",
    "sysctl_config",
    "sysctl_settings",
    "kernel_parameters",
];

/// `net.ipv4.ip_nonlocal_bind`, wherever it is set.
fn nonlocal_bind(lint: &'static Lint, raw: &Raw<'_>, wanted: i64, what: &str) -> Vec<Problem> {
    let named = [
        "ip_nonlocal_bind",
        "net_ipv4_ip_nonlocal_bind",
        "sysctl_ip_nonlocal_bind",
    ];
    let mut problems = raw.find(lint, &named, |set| {
        let value = super::raw::flag(&set.value).map(i64::from)?;
        (value == wanted).then(|| format!("`{}` is {value}{what}", set.name))
    });
    problems.extend(raw.find(lint, &SYSCTLS, |set| {
        let value = set
            .value
            .get("net.ipv4.ip_nonlocal_bind")
            .or_else(|| set.value.get("net.ipv6.ip_nonlocal_bind"))?;
        let value = super::raw::flag(value).map(i64::from)?;
        (value == wanted).then(|| format!("`{}` sets ip_nonlocal_bind to {value}{what}", set.name))
    }));
    problems
}

fn binds_vip_only(view: &View<'_>) -> Option<bool> {
    let balancer = view.cluster.balancer.as_ref()?;
    Some(balancer.frontends.iter().any(|frontend| frontend.vip_only))
}

pub(super) fn nonlocal_unneeded(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    match binds_vip_only(view) {
        Some(false) => nonlocal_bind(lint, view.raw, 1, ", and HAProxy listens on every address"),
        Some(true) | None => Vec::new(),
    }
}

pub(super) fn vip_bind(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    match binds_vip_only(view) {
        Some(true) => nonlocal_bind(
            lint,
            view.raw,
            0,
            ", and HAProxy listens on the virtual address alone",
        ),
        Some(false) | None => Vec::new(),
    }
}
