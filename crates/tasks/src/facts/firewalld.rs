//! Zones of firewalld: those that filter now, and those that will after the next start.

mod xml;

use std::collections::BTreeSet;

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

use crate::facts::sections::section;

/// What a zone does. Everything is in firewalld's own words, so that the running and the permanent zone compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// What happens to packets that nothing else decides on: `default`, `ACCEPT`, `DROP`, `%%REJECT%%`.
    pub target: String,
    /// Names of services.
    pub services: BTreeSet<String>,
    /// Ports as `80/tcp` or `8000-8100/udp`.
    pub ports: BTreeSet<String>,
    /// Protocols, by name or number.
    pub protocols: BTreeSet<String>,
    /// Source ports, as `ports`.
    pub source_ports: BTreeSet<String>,
    /// Types of ICMP.
    pub icmp_blocks: BTreeSet<String>,
    /// Whether all types but those are blocked.
    pub icmp_block_inversion: bool,
    /// Whether addresses are masked.
    pub masquerade: bool,
    /// Whether packets pass between interfaces of the zone.
    pub forward: bool,
    /// Forwarded ports as `port=90:proto=tcp:toport=91:toaddr=`, which firewall-cmd prints.
    pub forward_ports: BTreeSet<String>,
    /// Interfaces.
    pub interfaces: BTreeSet<String>,
    /// Addresses, networks, MAC addresses and `ipset:NAME`.
    pub sources: BTreeSet<String>,
    /// Rich rules, as firewalld prints them.
    pub rich_rules: BTreeSet<String>,
}

impl Default for Zone {
    fn default() -> Zone {
        Zone {
            target: "default".to_owned(),
            services: BTreeSet::new(),
            ports: BTreeSet::new(),
            protocols: BTreeSet::new(),
            source_ports: BTreeSet::new(),
            icmp_blocks: BTreeSet::new(),
            icmp_block_inversion: false,
            masquerade: false,
            forward: false,
            forward_ports: BTreeSet::new(),
            interfaces: BTreeSet::new(),
            sources: BTreeSet::new(),
            rich_rules: BTreeSet::new(),
        }
    }
}

/// Whether firewalld runs. Known in a forecast after its unit was started, when the running zones are not: they are
/// then as the files say.
#[derive(Clone, Debug)]
pub struct Running;

/// A zone of the running firewall; the empty name is the default zone.
#[derive(Clone, Debug)]
pub struct RuntimeZone(pub String);

/// What firewalld answers of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// Whether firewalld runs.
    pub running: bool,
    /// The zone's name; empty where firewalld does not run and the default zone was asked for.
    pub name: String,
    /// Whether it is the default zone.
    pub is_default: bool,
    /// The zone, if there is one of that name.
    pub zone: Option<Zone>,
}

/// A zone of the permanent configuration; the empty name is the default zone.
#[derive(Clone, Debug)]
pub struct PermanentZone(pub String);

/// What the files say of a zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permanent {
    /// The zone's name.
    pub name: String,
    /// Whether it is the default zone.
    pub is_default: bool,
    /// The zone, if there is one of that name.
    pub zone: Option<Zone>,
}

/// The name, path and interface of firewalld on the system bus.
pub const BUS: &str = "org.fedoraproject.FirewallD1";
/// Its object.
pub const OBJECT: &str = "/org/fedoraproject/FirewallD1";

/// The families of facts here: what firewalld's arrival makes unknown.
pub const FAMILIES: [&str; 3] = [Running::FAMILY, RuntimeZone::FAMILY, PermanentZone::FAMILY];

/// What stands before the answer about a zone; the name may be empty.
fn heading(key: &str) -> String {
    format!("== [{key}]")
}

impl Fact for RuntimeZone {
    type Value = Runtime;
    const FAMILY: &'static str = "firewalld-zone";

    fn key(&self) -> String {
        self.0.clone()
    }

    /// A call for each zone and one for the default zone's name, each a twentieth of what firewall-cmd takes. The bus
    /// must not start firewalld.
    fn script(keys: &[&str]) -> String {
        let call = format!("busctl --json=short --auto-start=no call {BUS} {OBJECT}");
        let each = keys.iter().map(|key| {
            let name = if key.is_empty() { "$d".into() } else { quote(key) };
            let head = quote(&heading(key)).into_owned();
            format!("echo {head}\n{call} {BUS}.zone getZoneSettings2 s \"{name}\" 2>&1\n")
        });
        format!(
            "command -v busctl >/dev/null || exit 127\n\
             d=$(busctl --auto-start=no call {BUS} {OBJECT} {BUS} getDefaultZone 2>/dev/null)\n\
             d=${{d#s \\\"}}; d=${{d%\\\"}}\necho \"default $d\"\n{}exit 0\n",
            each.collect::<String>()
        )
    }

    fn parse(&self, output: &Output) -> Result<Runtime, String> {
        let text = output.text();
        let default = text
            .lines()
            .find_map(|line| line.strip_prefix("default "))
            .unwrap_or("");
        let lines = answer(&text, &self.0);
        let name = if self.0.is_empty() { default } else { &self.0 };
        let of = |running: bool, zone: Option<Zone>| Runtime {
            running,
            name: name.to_owned(),
            is_default: name == default && !name.is_empty(),
            zone,
        };
        if let Some(json) = lines.iter().find(|line| line.starts_with('{')) {
            return Ok(of(true, Some(of_json(json)?)));
        }
        if lines.iter().any(|line| line.contains("INVALID_ZONE")) {
            return Ok(of(true, None));
        }
        let absent = [
            "does not exist",
            "was not provided",
            "not found",
            "No such file",
            "Host is down",
            "refused",
        ];
        let stopped = |line: &&str| absent.iter().any(|word| line.contains(word));
        if output.code == 127 || lines.iter().any(stopped) {
            return Ok(of(false, None));
        }
        Err(format!(
            "firewalld does not answer: {}",
            lines.last().unwrap_or(&"no answer")
        ))
    }
}

fn answer<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    section(text, &format!("[{key}]")).collect()
}

/// Reads the answer to `getZoneSettings2`, a dictionary of variants in busctl's JSON.
fn of_json(text: &str) -> Result<Zone, String> {
    let answer: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("firewalld's answer is no JSON: {error}"))?;
    let data = answer
        .get("data")
        .and_then(|data| data.get(0))
        .ok_or("firewalld's answer holds no data")?;
    let value = |key: &str| data.get(key).and_then(|variant| variant.get("data"));
    let is = |key: &str| value(key).and_then(serde_json::Value::as_bool).unwrap_or(false);
    let rows = |key: &str| -> Vec<Vec<String>> {
        let rows = value(key)
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        rows.map(|row| match row.as_array() {
            Some(parts) => parts.iter().map(text).collect(),
            None => vec![text(row)],
        })
        .collect()
    };
    let joined = |key: &str| rows(key).into_iter().map(|row| row.join("/")).collect();
    Ok(Zone {
        target: value("target")
            .and_then(serde_json::Value::as_str)
            .unwrap_or("default")
            .to_owned(),
        services: joined("services"),
        ports: joined("ports"),
        protocols: joined("protocols"),
        source_ports: joined("source_ports"),
        icmp_blocks: joined("icmp_blocks"),
        icmp_block_inversion: is("icmp_block_inversion"),
        masquerade: is("masquerade"),
        forward: is("forward"),
        forward_ports: rows("forward_ports")
            .iter()
            .map(|row| forward_port(row))
            .collect(),
        interfaces: joined("interfaces"),
        sources: joined("sources"),
        rich_rules: joined("rules_str"),
    })
}

/// A forwarded port in firewall-cmd's form.
fn forward_port(parts: &[String]) -> String {
    let part = |at: usize| parts.get(at).map_or("", String::as_str);
    format!(
        "port={}:proto={}:toport={}:toaddr={}",
        part(0),
        part(1),
        part(2),
        part(3)
    )
}

impl Fact for Running {
    type Value = bool;
    const FAMILY: &'static str = "firewalld-running";

    fn key(&self) -> String {
        String::new()
    }

    fn script(_keys: &[&str]) -> String {
        let bus = "org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus";
        format!("busctl --auto-start=no call {bus} NameHasOwner s {BUS} 2>/dev/null\nexit 0\n")
    }

    fn parse(&self, output: &Output) -> Result<bool, String> {
        Ok(output.text().trim() == "b true")
    }
}

impl Fact for PermanentZone {
    type Value = Permanent;
    const FAMILY: &'static str = "firewalld-permanent";

    fn key(&self) -> String {
        self.0.clone()
    }

    /// A file in /etc hides the packaged one; the shell reads both without a fork.
    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| {
            let name = if key.is_empty() {
                "$d".to_owned()
            } else {
                quote(key).into_owned()
            };
            format!("echo {}\nshow {name}\n", quote(&heading(key)))
        });
        format!(
            "show() {{\n echo \"name $1\"\n for f in \"/etc/firewalld/zones/$1.xml\" \"/usr/lib/firewalld/zones/$1.xml\"; do\n\
             [ -f \"$f\" ] || continue\n while IFS= read -r l || [ -n \"$l\" ]; do printf '%s\\n' \"xml $l\"; done <\"$f\"\n return\n done\n}}\n\
             d=public\n[ ! -r /etc/firewalld/firewalld.conf ] || while IFS= read -r l; do\n\
             case $l in DefaultZone=*) d=${{l#*=}} ;; esac\ndone </etc/firewalld/firewalld.conf\necho \"default $d\"\n{}exit 0\n",
            each.collect::<String>()
        )
    }

    fn parse(&self, output: &Output) -> Result<Permanent, String> {
        let text = output.text();
        let lines = answer(&text, &self.0);
        let name = lines
            .iter()
            .find_map(|line| line.strip_prefix("name "))
            .unwrap_or("")
            .trim()
            .to_owned();
        let xml: String = lines
            .iter()
            .filter_map(|line| line.strip_prefix("xml "))
            .flat_map(|line| [line, "\n"])
            .collect();
        let zone = if xml.is_empty() {
            None
        } else {
            Some(xml::zone(&xml)?)
        };
        let default = text
            .lines()
            .find_map(|line| line.strip_prefix("default "))
            .unwrap_or("")
            .trim();
        Ok(Permanent {
            is_default: name == default,
            name,
            zone,
        })
    }
}
