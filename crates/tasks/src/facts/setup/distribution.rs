//! Which distribution it is.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::sections::Sections;

/// `ID` of os-release(5), what Ansible calls the distribution, and its family.
const KNOWN: [(&str, &str, &str); 18] = [
    ("debian", "Debian", "Debian"),
    ("ubuntu", "Ubuntu", "Debian"),
    ("raspbian", "Debian", "Debian"),
    ("linuxmint", "Linux Mint", "Debian"),
    ("kali", "Kali", "Debian"),
    ("rhel", "RedHat", "RedHat"),
    ("centos", "CentOS", "RedHat"),
    ("fedora", "Fedora", "RedHat"),
    ("rocky", "Rocky", "RedHat"),
    ("almalinux", "AlmaLinux", "RedHat"),
    ("ol", "OracleLinux", "RedHat"),
    ("amzn", "Amazon", "RedHat"),
    ("opensuse-leap", "openSUSE Leap", "Suse"),
    ("opensuse-tumbleweed", "openSUSE Tumbleweed", "Suse"),
    ("sles", "SLES", "Suse"),
    ("arch", "Archlinux", "Archlinux"),
    ("alpine", "Alpine", "Alpine"),
    ("gentoo", "Gentoo", "Gentoo"),
];

pub(super) fn add(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let path = if from.file("/etc/os-release").is_some() {
        "/etc/os-release"
    } else {
        "/usr/lib/os-release"
    };
    let release = from.settings(path);
    let get = |key: &str| release.get(key).copied().unwrap_or("");
    let id = get("ID");
    let like = get("ID_LIKE")
        .split(' ')
        .find_map(|like| KNOWN.iter().find(|(known, ..)| *known == like));
    let known = KNOWN.iter().find(|(known, ..)| *known == id);
    let name = known.map_or(get("NAME"), |(_, name, _)| name);
    let family = known.or(like).map_or(name, |(.., family)| family);
    // Debian's os-release has no minor version.
    let exact = from
        .line("/etc/debian_version")
        .filter(|exact| id == "debian" && exact.starts_with(get("VERSION_ID")));
    let version = exact
        .filter(|_| !get("VERSION_ID").is_empty())
        .unwrap_or(get("VERSION_ID"));
    let (major, minor) = version.split_once('.').unwrap_or((version, ""));
    let in_brackets = |text: &'_ str| Some(text.split_once('(')?.1.split_once(')')?.0.to_owned());
    let codename = match get("VERSION_CODENAME") {
        "" => in_brackets(get("VERSION")).unwrap_or_default(),
        name => name.to_owned(),
    };
    for (key, value) in [
        ("distribution", name),
        ("distribution_version", version),
        ("distribution_major_version", major),
        ("distribution_release", &codename),
        ("distribution_file_path", path),
        (
            "distribution_file_variety",
            if family == "Debian" { "Debian" } else { name },
        ),
        ("os_family", family),
    ] {
        facts.insert(key.to_owned(), json!(value));
    }
    if !minor.is_empty() {
        facts.insert("distribution_minor_version".to_owned(), json!(minor));
    }
    facts.insert("distribution_file_parsed".to_owned(), json!(true));
    lsb(facts, from, &release, &codename);
}

fn lsb(
    facts: &mut Map<String, Value>,
    from: &Sections<'_>,
    release: &std::collections::HashMap<&str, &str>,
    codename: &str,
) {
    let settings = from.settings("/etc/lsb-release");
    let get = |lsb: &str, os: &str| {
        settings
            .get(lsb)
            .or(release.get(os))
            .copied()
            .unwrap_or("")
            .to_owned()
    };
    let id = settings.get("DISTRIB_ID").map_or_else(
        || {
            facts
                .get("distribution")
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        },
        |id| (*id).to_owned(),
    );
    let version = get("DISTRIB_RELEASE", "VERSION_ID");
    let codename = settings.get("DISTRIB_CODENAME").copied().unwrap_or(codename);
    facts.insert(
        "lsb".to_owned(),
        json!({
            "id": id,
            "codename": codename,
            "description": get("DISTRIB_DESCRIPTION", "PRETTY_NAME"),
            "major_release": version.split('.').next().unwrap_or(""),
            "release": version,
        }),
    );
}
