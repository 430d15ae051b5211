//! The names of the variables that the model reads.

use std::sync::LazyLock;

use crate::COMPUTED;
use crate::Etcd;
use crate::Firewall;
use crate::Haproxy;
use crate::Keepalived;
use crate::Kubernetes;
use crate::Nginx;
use crate::NodeSettings;
use crate::Upgrade;
use crate::cluster_variables;

static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let all = [
        cluster_variables(),
        Etcd::variables(),
        Firewall::variables(),
        Haproxy::variables(),
        Keepalived::variables(),
        Kubernetes::variables(),
        Nginx::variables(),
        NodeSettings::variables(),
        Upgrade::variables(),
    ];
    let documented = all.into_iter().flatten().map(|variable| variable.name);
    documented.chain(["ansible_host"]).collect()
});

/// Whether the model reads a variable.
pub(super) fn is_known(name: &str) -> bool {
    COMPUTED.contains(&name) || NAMES.contains(&name)
}

/// Whether the model reads a variable, which `roles/README.md` then documents.
pub fn is_documented(name: &str) -> bool {
    NAMES.contains(&name)
}

/// The shortest name that one letter more or less does not turn into another word.
const SHORTEST: usize = 8;

/// The variable that a name resembles, if it is none itself.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    if is_known(name) || name.starts_with("ansible_") || name.len() < SHORTEST {
        return None;
    }
    let allowed = if name.len() < 16 { 1 } else { 2 };
    NAMES
        .iter()
        .copied()
        .filter(|known| known.len() >= SHORTEST && !ends_in_another_word(name, known))
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| known)
}

/// `kube_apiserver_ip` is no slip of `kube_apiserver_ca`: last words of two letters, of which none is the other's.
fn ends_in_another_word(name: &str, known: &str) -> bool {
    let last = |name: &str| name.rsplit('_').next().map(str::to_owned).unwrap_or_default();
    let (one, other) = (last(name), last(known));
    one.len() == 2 && other.len() == 2 && one.chars().all(|letter| !other.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_another_word_is_not() {
        assert_eq!(nearest("loadbalancer_apisever"), Some("loadbalancer_apiserver"));
        assert_eq!(nearest("haproxy_maxcon"), Some("haproxy_maxconn"));
        assert_eq!(nearest("keepalive_interface"), Some("keepalived_interface"));
        for name in [
            "ip",
            "ip4",
            "kube_apiserver_ip",
            "haproxy_version",
            "keepalived_interface",
        ] {
            assert_eq!(nearest(name), None, "{name}");
        }
    }
}
