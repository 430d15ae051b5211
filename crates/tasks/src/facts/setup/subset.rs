//! Which facts are kept.

use std::collections::BTreeSet;

use serde_json::Map;
use serde_json::Value;

/// What `gather_subset` names: a collector, whether `min` has it, its facts or how they begin (`x*`), and more words for
/// it. As ansible-core 2.19 has them.
const COLLECTORS: &[(&str, bool, &[&str], &[&str])] = &[
    ("apparmor", true, &["apparmor"], &[]),
    (
        "caps",
        true,
        &["system_capabilities*"],
        &["system_capabilities", "system_capabilities_enforced"],
    ),
    ("chroot", false, &["is_chroot"], &["is_chroot"]),
    ("cmdline", true, &["cmdline", "proc_cmdline"], &[]),
    ("date_time", true, &["date_time"], &[]),
    (
        "distribution",
        true,
        &["distribution*", "os_family"],
        &[
            "distribution_version",
            "distribution_release",
            "distribution_major_version",
            "os_family",
        ],
    ),
    ("dns", true, &["dns"], &[]),
    ("env", true, &["env"], &[]),
    ("facter", false, &[], &[]),
    ("fibre_channel_wwn", false, &[], &[]),
    ("fips", true, &["fips"], &[]),
    (
        "hardware",
        false,
        &[
            "processor*",
            "mem*",
            "swap*",
            "product_*",
            "bios_*",
            "system_vendor",
            "mounts",
            "uptime_seconds",
            "flags",
            "devices",
        ],
        &[
            "processor",
            "processor_cores",
            "processor_count",
            "mounts",
            "devices",
        ],
    ),
    ("iscsi", false, &[], &[]),
    ("loadavg", false, &["loadavg"], &[]),
    ("local", true, &["local"], &[]),
    ("lsb", true, &["lsb"], &[]),
    (
        "network",
        false,
        &[
            "interfaces",
            "all_ipv4_addresses",
            "all_ipv6_addresses",
            "default_ipv4",
            "default_ipv6",
        ],
        &[
            "interfaces",
            "default_ipv4",
            "default_ipv6",
            "all_ipv4_addresses",
            "all_ipv6_addresses",
        ],
    ),
    ("nvme", false, &[], &[]),
    ("ohai", false, &[], &[]),
    ("pkg_mgr", true, &["pkg_mgr"], &[]),
    (
        "platform",
        true,
        &[
            "system",
            "kernel",
            "kernel_version",
            "machine",
            "machine_id",
            "architecture",
            "userspace_*",
            "nodename",
            "hostname",
            "fqdn",
            "domain",
        ],
        &[
            "system",
            "kernel",
            "kernel_version",
            "machine",
            "python_version",
            "architecture",
            "machine_id",
        ],
    ),
    ("python", true, &["python", "python_version"], &[]),
    ("selinux", true, &["selinux*"], &[]),
    ("service_mgr", true, &["service_mgr"], &[]),
    (
        "ssh_pub_keys",
        true,
        &["ssh_host_key_*"],
        &[
            "ssh_host_pub_keys",
            "ssh_host_key_dsa_public",
            "ssh_host_key_rsa_public",
            "ssh_host_key_ecdsa_public",
            "ssh_host_key_ed25519_public",
        ],
    ),
    ("systemd", false, &["systemd"], &[]),
    (
        "user",
        true,
        &[
            "user_id",
            "user_uid",
            "user_gid",
            "user_gecos",
            "user_dir",
            "user_shell",
            "real_*",
            "effective_*",
        ],
        &[
            "user_id",
            "user_uid",
            "user_gid",
            "user_gecos",
            "user_dir",
            "user_shell",
            "real_user_id",
            "effective_user_id",
            "effective_group_ids",
        ],
    ),
    (
        "virtual",
        false,
        &["virtualization_*"],
        &[
            "virtualization_type",
            "virtualization_role",
            "virtualization_tech_guest",
            "virtualization_tech_host",
        ],
    ),
];

/// What a collector needs of others, which then are kept too.
const NEEDS: &[(&str, &[&str])] = &[
    ("hardware", &["platform"]),
    ("network", &["distribution", "platform"]),
    ("pkg_mgr", &["distribution"]),
    ("service_mgr", &["distribution", "platform"]),
];

/// The collectors that a word of `gather_subset` names.
fn named(word: &str) -> impl Iterator<Item = &'static str> {
    COLLECTORS
        .iter()
        .filter(move |(name, _, _, words)| *name == word || words.contains(&word))
        .map(|(name, ..)| *name)
}

/// The word among these that names no subset; as Ansible, only one that is asked for is wrong.
pub fn unknown_word<'w>(words: &[&'w str]) -> Option<&'w str> {
    let known =
        |word: &str| matches!(word, "all" | "min") || word.starts_with('!') || named(word).next().is_some();
    words.iter().copied().find(|word| !known(word))
}

/// The collectors that are wanted: `min` at first, then what is asked for, without what is left out by `!`.
fn wanted(words: &[&str]) -> BTreeSet<&'static str> {
    let all = |min_too: fn(bool) -> bool| COLLECTORS.iter().filter(move |c| min_too(c.1)).map(|c| c.0);
    let (mut added, mut excluded, mut explicit) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    added.extend(all(|min| min));
    for word in words {
        match *word {
            "min" => {}
            "all" => added.extend(all(|_| true)),
            "!min" => excluded.extend(all(|min| min)),
            "!all" => excluded.extend(all(|min| !min)),
            word => match word.strip_prefix('!') {
                Some(word) => excluded.extend(named(word)),
                None => explicit.extend(named(word)),
            },
        }
    }
    added.extend(explicit.iter().copied());
    added.retain(|name| explicit.contains(name) || !excluded.contains(name));
    let needed: Vec<&str> = NEEDS
        .iter()
        .filter(|(name, _)| added.contains(name))
        .flat_map(|(_, needs)| needs.iter().copied())
        .collect();
    added.extend(needed);
    added
}

fn collector_of(key: &str, interfaces: &[String]) -> &'static str {
    if interfaces.iter().any(|name| name == key) {
        return "network";
    }
    let fits = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => key == *pattern,
    };
    let found = COLLECTORS.iter().find(|(_, _, facts, _)| facts.iter().any(fits));
    found.map_or("platform", |(name, ..)| name)
}

/// Keeps what `gather_subset` names.
pub fn keep(facts: &mut Map<String, Value>, words: &[&str]) {
    let words: Vec<&str> = words
        .iter()
        .map(|word| word.trim())
        .filter(|word| !word.is_empty())
        .collect();
    let words = if words.is_empty() { vec!["all"] } else { words };
    let wanted = wanted(&words);
    let interfaces: Vec<String> = facts
        .get("interfaces")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| Some(name.as_str()?.replace(['-', ':'], "_")))
        .collect();
    facts.retain(|key, _| wanted.contains(collector_of(key, &interfaces)));
}
