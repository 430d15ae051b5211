//! Descriptions without what nobody asks a simulated host for, and without what is one host's own.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_tests::fleet::Error;
use evenkeel_tests::fleet::Result;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use sha2::Digest;
use sha2::Sha256;

/// Files that are the fleet's and not Debian's, or that running programs make under ever new names.
const PASSING: [&str; 5] = [
    "/srv/apt",
    "/etc/apt/sources.list.d/fleet.list",
    "/tmp/systemd-private-",
    "/var/tmp/systemd-private-",
    "/var/lib/etcd/default/member/",
];

/// Where contents are kept, of files that are text; elsewhere only what identifies them is.
const WITH_CONTENT: [&str; 4] = [
    "/etc/",
    "/usr/lib/systemd/system/",
    "/usr/lib/sysctl.d/",
    "/usr/lib/firewalld/",
];

/// Facts that tell of the machine on which the hosts ran instead of Debian.
const MACHINES: [&str; 11] = [
    "cmdline",
    "date_time",
    "env",
    "flags",
    "loadavg",
    "memfree_mb",
    "memory_mb",
    "mounts",
    "proc_cmdline",
    "swapfree_mb",
    "uptime_seconds",
];

/// Contents that are one host's own, a secret, or long and of no interest.
const OWN: [&str; 4] = [
    "/etc/ssh/ssh_host_",
    "/etc/machine-id",
    "/etc/shadow",
    "/etc/ssl/certs/",
];

/// A described host.
pub(super) fn fixture(json: &str) -> Result<String> {
    edit(json, |value| {
        if let Some(files) = value.get_mut("files").and_then(Value::as_object_mut) {
            slim_files(files);
        }
        if let Some(lists) = value.pointer_mut("/facts/apt-cache/values/") {
            // A week old, whenever this is captured.
            *lists = json!({ "recent": false, "age": { "Is": 604_800 }, "updated": { "Is": 1_700_000_000 } });
        }
        if let Some(facts) = value
            .pointer_mut("/facts/setup/values/all")
            .and_then(Value::as_object_mut)
        {
            facts.retain(|name, _| !MACHINES.contains(&name.as_str()));
            // The hosts run on the machine's kernel; this is Debian's.
            facts.insert("kernel".to_owned(), json!("6.1.0-37-amd64"));
            facts.insert(
                "kernel_version".to_owned(),
                json!("#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)"),
            );
        }
    })
}

/// What packages bring.
pub(super) fn catalogue(json: &str) -> Result<String> {
    edit(json, |value| {
        let packages = value.get_mut("packages").and_then(Value::as_object_mut);
        for package in packages.into_iter().flat_map(Map::values_mut) {
            if let Some(files) = package.get_mut("files").and_then(Value::as_object_mut) {
                slim_files(files);
            }
        }
    })
}

fn edit(json: &str, change: impl FnOnce(&mut Value)) -> Result<String> {
    let failed = |error: serde_json::Error| Error::Failed(format!("the description: {error}"));
    let mut value: Value = serde_json::from_str(json).map_err(failed)?;
    change(&mut value);
    Ok(serde_json::to_string_pretty(&value).map_err(failed)? + "\n")
}

fn slim_files(files: &mut Map<String, Value>) {
    let begins = |path: &str, any: &[&str]| any.iter().any(|start| path.starts_with(start));
    files.retain(|path, _| !begins(path, &PASSING));
    for (path, entry) in files.iter_mut() {
        if !begins(path, &WITH_CONTENT) || begins(path, &OWN) || entry.get("base64").is_some() {
            forget_content(entry);
        }
    }
}

/// Replaces the content by its SHA-256 and size.
fn forget_content(entry: &mut Value) {
    let Some(entry) = entry.as_object_mut() else {
        return;
    };
    let (text, coded) = (entry.remove("text"), entry.remove("base64"));
    let bytes = match (
        text.as_ref().and_then(Value::as_str),
        coded.as_ref().and_then(Value::as_str),
    ) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(coded)) => STANDARD.decode(coded).unwrap_or_default(),
        (None, None) => return,
    };
    let digest: String = Sha256::digest(&bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    entry.insert("size".to_owned(), bytes.len().into());
    entry.insert("sha256".to_owned(), digest.into());
}
