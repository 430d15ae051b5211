//! What can be seen in the text of a value, whatever the variable is for.

use evenkeel_yaml::Problem;

use super::catalogue::Lint;
use super::raw::Raw;

/// Quotes that word processors make; YAML and shells know only the straight ones.
const QUOTES: [char; 7] = ['“', '”', '„', '‘', '’', '«', '»'];

pub(super) fn typo_quotes(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let quoted = |text: &str| {
        let text = text.trim();
        let mut chars = text.chars();
        let ends = [chars.next(), chars.next_back()];
        ends.iter()
            .all(|end| end.is_some_and(|end| QUOTES.contains(&end)))
    };
    raw.find_text(lint, |text| {
        quoted(text.text).then(|| format!("the value of `{}` stands in typographic quotes", text.name))
    })
}

/// The deprecated path, on an API server: HAProxy's own on localhost is called so, too.
pub(super) fn healthz(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    const ABOUT: [&str; 6] = [
        "haproxy_",
        "keepalived_",
        "nginx_",
        "loadbalancer_",
        "kube",
        "k3s_",
    ];
    raw.find_text(lint, |text| {
        let ours = ABOUT.iter().any(|prefix| text.name.starts_with(prefix));
        let local = ["localhost", "127.0.0.1"]
            .iter()
            .any(|host| text.text.contains(host));
        (ours && !local && text.text.contains("/healthz")).then(|| format!("`{}` asks /healthz", text.name))
    })
}

pub(super) fn etcd_insecure(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find_text(lint, |text| {
        text.text
            .contains("--insecure-skip-tls-verify")
            .then(|| format!("`{}` has --insecure-skip-tls-verify", text.name))
    })
}

pub(super) fn apt_repo(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    const GONE: [&str; 3] = [
        "apt.kubernetes.io",
        "yum.kubernetes.io",
        "packages.cloud.google.com",
    ];
    raw.find_text(lint, |text| {
        let gone = GONE.iter().find(|host| text.text.contains(**host))?;
        Some(format!("`{}` names {gone}", text.name))
    })
}

pub(super) fn apt_key(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find_text(lint, |text| {
        text.text
            .contains("apt-key ")
            .then(|| format!("`{}` calls apt-key", text.name))
    })
}

/// Whether a text names a file, and not one that only begins like it.
fn names_file(text: &str, file: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || "'\"=".contains(c))
        .any(|word| word == file)
}

pub(super) fn sysctl_append(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find_text(lint, |text| {
        names_file(text.text, "/etc/sysctl.conf").then(|| format!("`{}` names /etc/sysctl.conf", text.name))
    })
}

pub(super) fn sysctl_symlink(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    const LINK: &str = "/etc/sysctl.d/99-sysctl.conf";
    raw.find_text(lint, |text| {
        names_file(text.text, LINK).then(|| format!("`{}` names {LINK}", text.name))
    })
}

pub(super) fn drain_flags(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find_text(lint, |text| {
        let drains = text.text.contains("kubectl drain")
            || ["drain_flags", "drain_options", "drain_args"]
                .iter()
                .any(|name| text.name.ends_with(name));
        let missing = ["--ignore-daemonsets", "--delete-emptydir-data"]
            .into_iter()
            .find(|flag| !text.text.contains(flag))?;
        drains.then(|| format!("`{}` drains without {missing}", text.name))
    })
}
