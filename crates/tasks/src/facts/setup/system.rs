//! Names, kernel, time, managers, security.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::sections::Sections;

pub(super) fn add(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    names(facts, from);
    time(facts, from);
    managers(facts, from);
    security(facts, from);
    let machine_id = from.line("/etc/machine-id").unwrap_or("");
    facts.insert("machine_id".to_owned(), json!(machine_id));
    let arguments = command_line(from.line("/proc/cmdline").unwrap_or(""));
    facts.insert("cmdline".to_owned(), arguments.clone());
    facts.insert("proc_cmdline".to_owned(), arguments);
    for (kind, file) in [("rsa", "rsa"), ("ecdsa", "ecdsa"), ("ed25519", "ed25519")] {
        if let Some((name, rest)) = from
            .line(&format!("/etc/ssh/ssh_host_{file}_key.pub"))
            .and_then(|line| line.split_once(' '))
        {
            let key = rest.split(' ').next().unwrap_or("");
            facts.insert(format!("ssh_host_key_{kind}_public"), json!(key));
            facts.insert(format!("ssh_host_key_{kind}_public_keytype"), json!(name));
        }
    }
}

fn names(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let node = from.line("/proc/sys/kernel/hostname").unwrap_or("");
    let fqdn = Some(from.command("fqdn"))
        .filter(|name| !name.is_empty())
        .unwrap_or(node);
    let machine = from.command("machine");
    let architecture = match machine {
        "i486" | "i586" | "i686" => "i386",
        other => other,
    };
    let bits = if machine.ends_with("64") || machine == "s390x" || machine == "ppc64le" {
        "64"
    } else {
        "32"
    };
    for (key, value) in [
        ("system", "Linux"),
        ("kernel", from.line("/proc/sys/kernel/osrelease").unwrap_or("")),
        (
            "kernel_version",
            from.line("/proc/sys/kernel/version").unwrap_or(""),
        ),
        ("machine", machine),
        ("architecture", architecture),
        ("userspace_architecture", architecture),
        ("userspace_bits", bits),
        ("nodename", node),
        ("hostname", node.split('.').next().unwrap_or("")),
        ("fqdn", fqdn),
        ("domain", fqdn.split_once('.').map_or("", |(_, domain)| domain)),
    ] {
        facts.insert(key.to_owned(), json!(value));
    }
}

/// The words of the kernel's command line; without a value they are true.
fn command_line(text: &str) -> Value {
    let word = |word: &str| match word.split_once('=') {
        Some((key, value)) => (key.to_owned(), json!(value)),
        None => (word.to_owned(), json!(true)),
    };
    Value::Object(text.split_whitespace().map(word).collect())
}

fn time(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let parts: Vec<&str> = from.command("date").split(' ').collect();
    let &[
        year,
        month,
        day,
        hour,
        minute,
        second,
        epoch,
        nanos,
        offset,
        zone,
        weekday,
        number,
        week,
    ] = parts.as_slice()
    else {
        return;
    };
    let time = epoch
        .parse()
        .ok()
        .and_then(|epoch| jiff::Timestamp::from_second(epoch).ok())
        .unwrap_or_default();
    let micros = nanos.get(..6).unwrap_or("000000");
    let utc = time.strftime("%Y-%m-%dT%H:%M:%S").to_string();
    let local = format!("{year}{month}{day}T{hour}{minute}{second}");
    facts.insert(
        "date_time".to_owned(),
        json!({
            "year": year, "month": month, "day": day, "hour": hour, "minute": minute, "second": second,
            "date": format!("{year}-{month}-{day}"), "time": format!("{hour}:{minute}:{second}"),
            "epoch": epoch, "epoch_int": epoch, "tz": zone, "tz_dst": zone, "tz_offset": offset,
            "weekday": weekday, "weekday_number": number, "weeknumber": week,
            "iso8601": format!("{utc}Z"), "iso8601_micro": format!("{utc}.{micros}Z"),
            "iso8601_basic": format!("{local}{micros}"), "iso8601_basic_short": local,
        }),
    );
}

fn managers(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let services = match from.line("/proc/1/comm").unwrap_or("") {
        _ if from.has("/run/systemd/system") => "systemd",
        "init" if from.has("/sbin/openrc") => "openrc",
        "init" => "sysvinit",
        other => other,
    };
    let packages = [
        ("/usr/bin/apt-get", "apt"),
        ("/usr/bin/dnf5", "dnf5"),
        ("/usr/bin/dnf", "dnf"),
        ("/usr/bin/yum", "yum"),
        ("/usr/bin/zypper", "zypper"),
        ("/usr/bin/pacman", "pacman"),
        ("/sbin/apk", "apk"),
    ];
    let package = packages
        .iter()
        .find(|(path, _)| from.has(path))
        .map_or("unknown", |(_, name)| name);
    // `systemd 252 (252.38-1~deb12u1)`, and on the next line what it was built with.
    let mut lines = from.command("systemd").lines();
    let version = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse::<u32>().ok());
    if let (Some(version), Some(features), "systemd") = (version, lines.next(), services) {
        let systemd = json!({"version": version, "features": features});
        facts.insert("systemd".to_owned(), systemd);
    }
    facts.insert("service_mgr".to_owned(), json!(services));
    facts.insert("pkg_mgr".to_owned(), json!(package));
}

fn security(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let enabled = |is: bool| if is { "enabled" } else { "disabled" };
    facts.insert(
        "apparmor".to_owned(),
        json!({"status": enabled(from.has("/sys/kernel/security/apparmor"))}),
    );
    facts.insert(
        "fips".to_owned(),
        json!(from.line("/proc/sys/crypto/fips_enabled") == Some("1")),
    );
    let Some(enforce) = from.line("/sys/fs/selinux/enforce") else {
        facts.insert("selinux".to_owned(), json!({"status": "disabled"}));
        return;
    };
    let config = from.settings("/etc/selinux/config");
    facts.insert(
        "selinux".to_owned(),
        json!({
            "status": "enabled",
            "mode": if enforce == "1" { "enforcing" } else { "permissive" },
            "config_mode": config.get("SELINUX").unwrap_or(&"unknown"),
            "type": config.get("SELINUXTYPE").unwrap_or(&"unknown"),
            "policyvers": from.line("/sys/fs/selinux/policyvers").and_then(|text| text.parse::<u32>().ok()),
        }),
    );
}
