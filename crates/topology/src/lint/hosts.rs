//! Hosts and their groups.

use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::raw::Raw;
use crate::CpuManager;

/// Masters that carry workloads.
pub(super) fn workers_overlap(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let cluster = view.cluster;
    let both: Vec<&str> = cluster
        .masters
        .iter()
        .filter(|host| cluster.workers.contains(host))
        .map(|host| &**host)
        .collect();
    let Some(first) = both.first() else {
        return Vec::new();
    };
    let text = format!("masters that are workers too: {}", both.join(", "));
    let place = view.described.host_place(first);
    vec![at(lint.finding(text), place.as_ref(), "both")]
}

/// The kubelet refuses the policy without reserved CPUs.
pub(super) fn cpu_static(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let settings = view.cluster.settings.iter();
    let missing: Vec<&str> = settings
        .filter(|(_, node)| node.cpu_manager == CpuManager::Static && node.reserved_cpus.is_none())
        .map(|(host, _)| &**host)
        .collect();
    let Some(first) = missing.first() else {
        return Vec::new();
    };
    let text = format!(
        "`kubelet_cpu_manager_policy` is static without `kube_reserved_cpus` on {}",
        missing.join(", ")
    );
    let place = view.place(first, "kubelet_cpu_manager_policy");
    vec![at(lint.finding(text), place.as_ref(), "needs reserved CPUs")]
}

pub(super) fn selinux_off(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(
        lint,
        &["selinux_state", "selinux_mode", "selinux_policy_state"],
        |set| {
            set.is(&["permissive", "disabled"])
                .then(|| format!("`{}` is {}", set.name, set.text().unwrap_or_default()))
        },
    )
}

/// Units that people write with the product's capital letter.
pub(super) fn unit_case(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = [
        "keepalived_service",
        "keepalived_service_name",
        "haproxy_service",
        "haproxy_service_name",
        "nginx_service",
        "nginx_service_name",
        "etcd_service",
        "etcd_service_name",
    ];
    raw.find(lint, &names, |set| {
        let text = set.text()?;
        let capital = text.chars().any(char::is_uppercase);
        capital.then(|| format!("`{}` is {text}", set.name))
    })
}

/// A program that is downloaded, and nothing to compare it with.
pub(super) fn no_checksum(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let checked = |base: &str| {
        let prefix = format!("{base}_");
        raw.written.iter().any(|written| {
            let rest = written.name.strip_prefix(&prefix);
            rest.is_some_and(|rest| {
                ["checksum", "sha256", "sha512", "digest"]
                    .iter()
                    .any(|w| rest.contains(w))
            })
        })
    };
    let found = raw.written.iter().filter_map(|written| {
        let base = written.name.strip_suffix("_download_url")?;
        if checked(base) {
            return None;
        }
        let text = format!("`{}` is set, and no `{base}_checksum`", written.name);
        Some(at(lint.finding(text), written.place.as_ref(), "unchecked"))
    });
    found.collect()
}
