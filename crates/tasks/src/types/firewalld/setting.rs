//! The settings of a zone: whether they hold, what they make of it, and how firewalld is told.

use std::collections::BTreeSet;

use super::Target;
use super::rich_rule::RichRule;
use super::rich_rule::network;
use super::rich_rule::ports;
use crate::facts::firewalld::Zone;

/// One setting.
#[derive(Clone, Debug)]
pub(super) enum Setting {
    Service(String),
    /// A port or range, and its transport.
    Port(String, String),
    Protocol(String),
    Source(String),
    Interface(String),
    Masquerade,
    Forward,
    IcmpBlock(String),
    IcmpBlockInversion,
    RichRule(Box<RichRule>),
    ForwardPort {
        port: String,
        protocol: String,
        to_port: String,
        to_addr: String,
    },
    Target(Target),
}

/// A method of firewalld: its name, the types of its arguments after the zone, and the arguments.
pub(super) struct Call {
    pub(super) method: String,
    pub(super) types: &'static str,
    pub(super) arguments: Vec<String>,
}

impl Target {
    pub(super) fn word(self) -> &'static str {
        match self {
            Target::Default => "default",
            Target::Accept => "ACCEPT",
            Target::Drop => "DROP",
            Target::Reject => "%%REJECT%%",
        }
    }
}

impl Setting {
    /// What it is called in messages.
    pub(super) fn name(&self) -> String {
        match self {
            Setting::Service(name) => format!("service {name}"),
            Setting::Port(port, protocol) => format!("port {port}/{protocol}"),
            Setting::Protocol(name) => format!("protocol {name}"),
            Setting::Source(source) => format!("source {source}"),
            Setting::Interface(name) => format!("interface {name}"),
            Setting::Masquerade => "masquerade".to_owned(),
            Setting::Forward => "forward".to_owned(),
            Setting::IcmpBlock(name) => format!("icmp-block {name}"),
            Setting::IcmpBlockInversion => "icmp-block-inversion".to_owned(),
            Setting::RichRule(rule) => rule.to_string(),
            Setting::ForwardPort { .. } => format!("forward-port {}", self.forward_port()),
            Setting::Target(target) => format!("target {}", target.word()),
        }
    }

    fn forward_port(&self) -> String {
        match self {
            Setting::ForwardPort {
                port,
                protocol,
                to_port,
                to_addr,
            } => {
                format!("port={port}:proto={protocol}:toport={to_port}:toaddr={to_addr}")
            }
            _ => String::new(),
        }
    }

    /// What of a zone is this setting, in firewalld's words; empty when it does not hold.
    pub(super) fn found(&self, zone: &Zone) -> Vec<String> {
        let same = |set: &BTreeSet<String>, form: &dyn Fn(&str) -> String, wanted: &str| -> Vec<String> {
            set.iter()
                .filter(|found| form(found) == form(wanted))
                .cloned()
                .collect()
        };
        let once = |is: bool| if is { vec![String::new()] } else { Vec::new() };
        match self {
            Setting::Service(name) => same(&zone.services, &str::to_owned, name),
            Setting::Port(port, protocol) => {
                let covers = |found: &&String| covers(found, port, protocol);
                zone.ports.iter().filter(covers).cloned().collect()
            }
            Setting::Protocol(name) => same(&zone.protocols, &super::protocols::canonical, name),
            Setting::Source(source) => same(&zone.sources, &network, source),
            Setting::Interface(name) => same(&zone.interfaces, &str::to_owned, name),
            Setting::Masquerade => once(zone.masquerade),
            Setting::Forward => once(zone.forward),
            Setting::IcmpBlock(name) => same(&zone.icmp_blocks, &str::to_owned, name),
            Setting::IcmpBlockInversion => once(zone.icmp_block_inversion),
            Setting::RichRule(rule) => {
                let canonical = rule.canonical();
                let is_same = |text: &&String| {
                    text.parse::<RichRule>()
                        .is_ok_and(|found| found.canonical() == canonical)
                };
                zone.rich_rules.iter().filter(is_same).cloned().collect()
            }
            Setting::ForwardPort { .. } => same(&zone.forward_ports, &str::to_owned, &self.forward_port()),
            Setting::Target(target) => once(zone.target == target.word()),
        }
    }

    /// The zone with or without the setting; `None` when only firewalld can tell, which merges and splits port ranges.
    pub(super) fn applied(&self, zone: &Zone, wanted: bool) -> Option<Zone> {
        let mut zone = zone.clone();
        let found = self.found(&zone);
        let put = |set: &mut BTreeSet<String>, text: String| {
            if wanted {
                set.insert(text);
            } else {
                set.retain(|one| !found.contains(one));
            }
        };
        match self {
            Setting::Service(name) => put(&mut zone.services, name.clone()),
            Setting::Port(port, protocol) => {
                let exact = format!("{}/{protocol}", ports(port));
                let touches = |found: &String| overlaps(found, port, protocol) && *found != exact;
                if zone.ports.iter().any(touches) {
                    return None;
                }
                put(&mut zone.ports, exact);
            }
            Setting::Protocol(name) => put(&mut zone.protocols, name.clone()),
            Setting::Source(source) => put(&mut zone.sources, source.clone()),
            Setting::Interface(name) => put(&mut zone.interfaces, name.clone()),
            Setting::Masquerade => zone.masquerade = wanted,
            Setting::Forward => zone.forward = wanted,
            Setting::IcmpBlock(name) => put(&mut zone.icmp_blocks, name.clone()),
            Setting::IcmpBlockInversion => zone.icmp_block_inversion = wanted,
            Setting::RichRule(rule) => put(&mut zone.rich_rules, rule.to_string()),
            Setting::ForwardPort { .. } => put(&mut zone.forward_ports, self.forward_port()),
            Setting::Target(target) => {
                let target = if wanted { *target } else { Target::Default };
                target.word().clone_into(&mut zone.target);
            }
        }
        Some(zone)
    }

    /// What firewalld is called with, without the zone; `found` is what holds already and shall go.
    fn parts(&self, found: Option<&String>) -> (&'static str, &'static str, Vec<String>) {
        let text = |given: &String| found.unwrap_or(given).clone();
        let port = |given: (&String, &String)| {
            let exact = found
                .and_then(|found| found.split_once('/'))
                .filter(|(found, _)| ports(found) == ports(given.0));
            exact.map_or(vec![given.0.clone(), given.1.clone()], |(port, protocol)| {
                vec![port.to_owned(), protocol.to_owned()]
            })
        };
        match self {
            Setting::Service(name) => ("Service", "s", vec![text(name)]),
            Setting::Port(number, protocol) => ("Port", "ss", port((number, protocol))),
            Setting::Protocol(name) => ("Protocol", "s", vec![text(name)]),
            Setting::Source(source) => ("Source", "s", vec![text(source)]),
            Setting::Interface(name) => ("Interface", "s", vec![text(name)]),
            Setting::Masquerade => ("Masquerade", "", vec![]),
            Setting::Forward => ("Forward", "", vec![]),
            Setting::IcmpBlock(name) => ("IcmpBlock", "s", vec![text(name)]),
            Setting::IcmpBlockInversion => ("IcmpBlockInversion", "", vec![]),
            Setting::RichRule(rule) => ("RichRule", "s", vec![text(&rule.to_string())]),
            Setting::ForwardPort {
                port,
                protocol,
                to_port,
                to_addr,
            } => (
                "ForwardPort",
                "ssss",
                vec![port.clone(), protocol.clone(), to_port.clone(), to_addr.clone()],
            ),
            Setting::Target(_) => ("Target", "s", vec![]),
        }
    }

    /// Whether it can end by itself after some time.
    pub(super) fn may_end(&self) -> bool {
        match self {
            Setting::Service(_)
            | Setting::Port(..)
            | Setting::Protocol(_)
            | Setting::Masquerade
            | Setting::IcmpBlock(_)
            | Setting::RichRule(_)
            | Setting::ForwardPort { .. } => true,
            Setting::Source(_)
            | Setting::Interface(_)
            | Setting::Forward
            | Setting::IcmpBlockInversion
            | Setting::Target(_) => false,
        }
    }

    /// The methods of the running zone; their first argument is the zone's name.
    pub(super) fn runtime_calls(&self, wanted: bool, zone: &Zone, timeout: i64) -> Vec<Call> {
        if matches!(self, Setting::Forward) {
            return vec![update("setZoneSettings2", "forward", "b", wanted)];
        }
        self.each(wanted, zone)
            .into_iter()
            .map(|(name, types, mut arguments)| {
                let verb = match self {
                    Setting::Interface(_) if wanted => {
                        return Call {
                            method: "changeZoneOfInterface".to_owned(),
                            types,
                            arguments,
                        };
                    }
                    _ if wanted => "add",
                    _ => "remove",
                };
                let types = match (wanted && self.may_end(), types) {
                    (false, types) => types,
                    (true, "") => "i",
                    (true, "s") => "si",
                    (true, "ss") => "ssi",
                    (true, _) => "ssssi",
                };
                if wanted && self.may_end() {
                    arguments.push(timeout.to_string());
                }
                Call {
                    method: format!("{verb}{name}"),
                    types,
                    arguments,
                }
            })
            .collect()
    }

    /// The methods of the zone's permanent configuration.
    pub(super) fn permanent_calls(&self, wanted: bool, zone: &Zone) -> Vec<Call> {
        match self {
            Setting::Forward => return vec![update("update2", "forward", "b", wanted)],
            Setting::Target(target) => {
                let word = if wanted {
                    target.word()
                } else {
                    Target::Default.word()
                };
                return vec![Call {
                    method: "setTarget".to_owned(),
                    types: "s",
                    arguments: vec![word.to_owned()],
                }];
            }
            _ => {}
        }
        let verb = if wanted { "add" } else { "remove" };
        let each = self.each(wanted, zone).into_iter();
        each.map(|(name, types, arguments)| Call {
            method: format!("{verb}{name}"),
            types,
            arguments,
        })
        .collect()
    }

    /// One call to add; one to remove each thing that is the setting.
    fn each(&self, wanted: bool, zone: &Zone) -> Vec<(&'static str, &'static str, Vec<String>)> {
        let found = self.found(zone);
        if wanted || found.is_empty() {
            return vec![self.parts(None)];
        }
        found
            .iter()
            .map(|found| self.parts(Some(found).filter(|found| !found.is_empty())))
            .collect()
    }

    /// The options of firewall-offline-cmd.
    pub(super) fn offline_options(&self, wanted: bool, zone: &Zone) -> Vec<String> {
        let verb = if wanted { "add" } else { "remove" };
        if let Setting::Target(target) = self {
            let word = if wanted {
                target.word()
            } else {
                Target::Default.word()
            };
            return vec![format!("--set-target={word}")];
        }
        self.each(wanted, zone)
            .into_iter()
            .map(|(name, _, arguments)| {
                let option = dashed(name);
                match (self, arguments.as_slice()) {
                    (Setting::Interface(name), _) if wanted => format!("--change-interface={name}"),
                    (
                        Setting::ForwardPort {
                            port,
                            protocol,
                            to_port,
                            to_addr,
                        },
                        _,
                    ) => {
                        let to_port = if to_port.is_empty() {
                            String::new()
                        } else {
                            format!(":toport={to_port}")
                        };
                        let to_addr = if to_addr.is_empty() {
                            String::new()
                        } else {
                            format!(":toaddr={to_addr}")
                        };
                        format!("--{verb}-{option}=port={port}:proto={protocol}{to_port}{to_addr}")
                    }
                    (_, []) => format!("--{verb}-{option}"),
                    (_, arguments) => format!("--{verb}-{option}={}", arguments.join("/")),
                }
            })
            .collect()
    }
}

fn update(method: &str, key: &str, kind: &str, value: bool) -> Call {
    let arguments = ["1", key, kind, if value { "true" } else { "false" }]
        .map(str::to_owned)
        .to_vec();
    Call {
        method: method.to_owned(),
        types: "a{sv}",
        arguments,
    }
}

/// `IcmpBlockInversion` as options write it.
fn dashed(name: &str) -> String {
    name.chars().enumerate().fold(String::new(), |mut text, (at, c)| {
        if c.is_ascii_uppercase() && at > 0 {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
        text
    })
}

/// The ends of a range in `80/tcp` or `80-90/tcp`; names of services have none.
fn range(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    Some(if from <= to { (from, to) } else { (to, from) })
}

/// Whether a zone's port lets a port through.
fn covers(found: &str, port: &str, protocol: &str) -> bool {
    let Some((open, transport)) = found.split_once('/') else {
        return false;
    };
    transport == protocol
        && match (range(open), range(port)) {
            (Some(open), Some(wanted)) => open.0 <= wanted.0 && wanted.1 <= open.1,
            _ => open == port,
        }
}

fn overlaps(found: &str, port: &str, protocol: &str) -> bool {
    let Some((open, transport)) = found.split_once('/') else {
        return false;
    };
    transport == protocol
        && match (range(open), range(port)) {
            (Some(open), Some(wanted)) => open.0 <= wanted.1 && wanted.0 <= open.1,
            _ => false,
        }
}
