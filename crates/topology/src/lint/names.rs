//! Names that cannot stand in a file, and names that nobody reads.

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::known::is_known;
use super::known::nearest;
use super::raw::Raw;
use crate::Distribution;
use crate::Written;
use crate::misspelt_groups;
use crate::settings::is_name;

pub(super) fn name(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let names = view.cluster.nodes.keys().filter(|name| !is_name(name));
    let problem = |name: &std::sync::Arc<str>| {
        let text = format!("`{name}` cannot stand in configuration files");
        at(
            lint.finding(text),
            view.described.host_place(name).as_ref(),
            "this host",
        )
    };
    names.map(problem).collect()
}

/// kubeadm and k3s call a node as the inventory does; k0s asks the host for its name.
pub(super) fn node_name(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let named = match view.cluster.kubernetes.distribution {
        Distribution::Kubeadm | Distribution::K3s => view.cluster.inside(),
        Distribution::None | Distribution::K0s => &[],
    };
    // What no file can hold is told by the lint `name`.
    let wrong = named.iter().filter(|name| is_name(name) && !is_subdomain(name));
    let problem = |name: &std::sync::Arc<str>| {
        let text = format!("`{name}` cannot be the name of a node");
        at(
            lint.finding(text),
            view.described.host_place(name).as_ref(),
            "this host",
        )
    };
    wrong.map(problem).collect()
}

/// A domain name as the names of Kubernetes' objects are: RFC 1123, and no capital letters.
fn is_subdomain(name: &str) -> bool {
    let label = |label: &str| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.chars().all(known)
    };
    name.len() < 254 && name.split('.').all(label)
}

const DOMAIN: &str = "apiserver_loadbalancer_domain_name";

pub(super) fn domain(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let domain = &view.cluster.api.domain;
    let wrong = if !is_domain(domain) {
        Some((
            "is no domain name",
            "labels of letters, digits and `-`, with dots between",
        ))
    } else if view.cluster.nodes.contains_key(domain.as_str()) {
        Some((
            "is the name of a host too",
            "a name that is the load balancer's alone",
        ))
    } else {
        None
    };
    let problem = |(what, help): (&str, &str)| {
        let place = view.master_place(DOMAIN);
        let problem = lint
            .finding(format!("`{domain}` {what}"))
            .help(format!("set `{DOMAIN}` to {help}"));
        at(problem, place.as_ref(), "the load balancer's name")
    };
    wrong.map(problem).into_iter().collect()
}

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.len() < 64 && !label.starts_with('-') && label.chars().all(known)
    };
    name.len() < 254 && name.split('.').all(label)
}

/// The documented name that a written one resembles, unless a template of the inventory uses the written one.
fn meant(raw: &Raw<'_>, written: &Written) -> Option<&'static str> {
    let near = nearest(&written.name)?;
    let used = |text: &str| {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        text.contains("{{") && words.into_iter().any(|word| word == &*written.name)
    };
    let in_template = raw.texts().iter().any(|text| used(text.text));
    (!in_template).then_some(near)
}

pub(super) fn misspelt(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let found = raw.written.iter().filter_map(|written| {
        let near = meant(raw, written)?;
        let text = format!("nobody reads `{}`", written.name);
        let problem = lint.finding(text).help(format!("did you mean `{near}`?"));
        Some(at(problem, written.place.as_ref(), "this name"))
    });
    found.collect()
}

/// A group that a cluster would have, under a name that is none.
pub(super) fn group_misspelt(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let found = misspelt_groups(raw.described).into_iter().map(|(name, near)| {
        let text = format!("the group `{name}` means nothing to the cluster");
        let problem = lint.finding(text).help(format!("did you mean `{near}`?"));
        at(problem, raw.described.group_place(&name).as_ref(), "this group")
    });
    found.collect()
}

/// What the variables of the model's programs begin with.
const OURS: [&str; 3] = ["haproxy_", "keepalived_", "loadbalancer_"];

/// Without the findings that a variable is not read, where its value is an error: that is told once.
pub(super) fn read_after_all(mut found: Vec<Problem>, raw: &Raw<'_>) -> Vec<Problem> {
    let place = |problem: &Problem| problem.at.as_ref().map(|(place, _)| place.clone());
    let errors: Vec<Place> = found
        .iter()
        .filter(|problem| problem.is_error())
        .filter_map(place)
        .collect();
    let wrong = |written: &&Written| written.place.as_ref().is_some_and(|place| errors.contains(place));
    let wrong: Vec<&str> = raw
        .written
        .iter()
        .filter(wrong)
        .map(|written| &*written.name)
        .collect();
    let of_wrong = |problem: &Problem| {
        let at = place(problem);
        let mut written = raw
            .written
            .iter()
            .filter(|written| at.is_some() && written.place == at);
        written.any(|written| wrong.contains(&&*written.name))
    };
    found.retain(|problem| problem.code != "cluster::not-read" || !of_wrong(problem));
    found
}

pub(super) fn not_read(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let ours = |name: &str| OURS.iter().any(|prefix| name.starts_with(prefix)) && !is_known(name);
    let mut problems: Vec<Problem> = Vec::new();
    for written in raw.written.iter().filter(|written| ours(&written.name)) {
        let text = format!("`{}` is no variable of Evenkeel's roles", written.name);
        if problems.iter().all(|problem| problem.message != text) && nearest(&written.name).is_none() {
            problems.push(at(lint.finding(text), written.place.as_ref(), "not read"));
        }
    }
    problems
}
