//! Rich rules, firewalld.richlanguage(5): read into a value, written as firewalld prints them, and compared in one form.

mod parse;
mod tokens;

use std::fmt;
use std::net::IpAddr;

use super::protocols;

pub(super) use parse::TRANSPORTS;
pub(super) use parse::is_port;

/// A rich rule. `Display` is the text that firewalld prints; [`RichRule::canonical`] is for comparing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RichRule {
    pub(super) family: Option<Family>,
    pub(super) priority: i32,
    pub(super) source: Option<Peer>,
    pub(super) destination: Option<Peer>,
    pub(super) element: Option<Element>,
    pub(super) log: Option<Log>,
    /// `Some(None)`: audited without a limit.
    pub(super) audit: Option<Option<Limit>>,
    pub(super) action: Option<Action>,
}

/// The family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Ipv4,
    Ipv6,
}

/// Where packets come from or go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) invert: bool,
    pub(super) of: PeerKind,
}

/// What names a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PeerKind {
    Address(String),
    Mac(String),
    Ipset(String),
}

/// What a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    Service(String),
    Port {
        port: String,
        protocol: String,
    },
    SourcePort {
        port: String,
        protocol: String,
    },
    Protocol(String),
    TcpMssClamp(Option<String>),
    IcmpBlock(String),
    IcmpType(String),
    Masquerade,
    ForwardPort {
        port: String,
        protocol: String,
        to_port: String,
        to_addr: String,
    },
}

/// How packets are logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Log {
    Syslog {
        prefix: String,
        level: String,
        limit: Option<Limit>,
    },
    Netlink {
        group: u16,
        prefix: String,
        queue_size: u16,
        limit: Option<Limit>,
    },
}

/// How often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    pub(super) rate: u32,
    /// `s`, `m`, `h` or `d`.
    pub(super) per: char,
    pub(super) burst: u32,
}

/// What happens to packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Accept(Option<Limit>),
    Reject { kind: String, limit: Option<Limit> },
    Drop(Option<Limit>),
    Mark { set: String, limit: Option<Limit> },
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Family::Ipv4 => "ipv4",
            Family::Ipv6 => "ipv6",
        }
    }
}

/// Pairs of reject types that mean the same.
const REJECTS: [(&str, &str); 12] = [
    ("host-prohib", "icmp-host-prohibited"),
    ("net-unreach", "icmp-net-unreachable"),
    ("host-unreach", "icmp-host-unreachable"),
    ("port-unreach", "icmp-port-unreachable"),
    ("proto-unreach", "icmp-proto-unreachable"),
    ("net-prohib", "icmp-net-prohibited"),
    ("tcp-rst", "tcp-reset"),
    ("admin-prohib", "icmp-admin-prohibited"),
    ("adm-prohibited", "icmp6-adm-prohibited"),
    ("no-route", "icmp6-no-route"),
    ("addr-unreach", "icmp6-addr-unreachable"),
    ("", ""),
];

impl RichRule {
    /// The rule in the form that all texts which mean the same have in common.
    pub(super) fn canonical(&self) -> RichRule {
        let mut rule = self.clone();
        let family = rule.family;
        for peer in [&mut rule.source, &mut rule.destination].into_iter().flatten() {
            peer.of = match &peer.of {
                PeerKind::Address(address) => PeerKind::Address(network(address)),
                PeerKind::Mac(mac) => PeerKind::Mac(mac.to_uppercase()),
                PeerKind::Ipset(name) => PeerKind::Ipset(name.clone()),
            };
        }
        rule.element = rule.element.map(Element::canonical);
        if let Some(Action::Reject { kind, .. }) = &mut rule.action {
            *kind = reject(kind, family);
        }
        if let Some(Action::Mark { set, .. }) = &mut rule.action {
            *set = mark(set);
        }
        rule
    }
}

impl Element {
    fn canonical(self) -> Element {
        match self {
            Element::Port { port, protocol } => Element::Port {
                port: ports(&port),
                protocol,
            },
            Element::SourcePort { port, protocol } => Element::SourcePort {
                port: ports(&port),
                protocol,
            },
            Element::Protocol(protocol) => Element::Protocol(protocols::canonical(&protocol)),
            Element::ForwardPort {
                port,
                protocol,
                to_port,
                to_addr,
            } => Element::ForwardPort {
                port: ports(&port),
                protocol,
                to_port: ports(&to_port),
                to_addr: network(&to_addr),
            },
            Element::TcpMssClamp(value) => {
                Element::TcpMssClamp(value.filter(|value| value != "pmtu" && value != "None"))
            }
            Element::Service(_) | Element::IcmpBlock(_) | Element::IcmpType(_) | Element::Masquerade => self,
        }
    }
}

/// A network without what its mask hides, in the shortest form; a single address has no mask.
pub(super) fn network(text: &str) -> String {
    let (address, mask) = text.split_once('/').unwrap_or((text, ""));
    let Ok(address) = address.parse::<IpAddr>() else {
        return text.to_lowercase();
    };
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let bits = match mask.parse::<std::net::Ipv4Addr>() {
        Ok(mask) if u32::from(mask).leading_ones() + u32::from(mask).trailing_zeros() >= 32 => {
            u32::from(mask).leading_ones()
        }
        Ok(_) => return text.to_lowercase(),
        Err(_) => mask.parse().unwrap_or(whole),
    };
    if bits >= whole {
        return address.to_string();
    }
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            format!("{}/{bits}", std::net::Ipv4Addr::from(u32::from(address) & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            format!("{}/{bits}", std::net::Ipv6Addr::from(u128::from(address) & mask))
        }
    }
}

/// A port or a range without leading zeros, lower end first; a range of one is that one.
pub(super) fn ports(text: &str) -> String {
    let number = |text: &str| text.parse::<u16>().ok();
    match text.split_once('-') {
        Some((from, to)) => match (number(from), number(to)) {
            (Some(from), Some(to)) if from == to => from.to_string(),
            (Some(from), Some(to)) => format!("{}-{}", from.min(to), from.max(to)),
            _ => text.to_owned(),
        },
        None => number(text).map_or_else(|| text.to_owned(), |port| port.to_string()),
    }
}

fn reject(kind: &str, family: Option<Family>) -> String {
    let long = match (kind, family) {
        ("port-unreach", Some(Family::Ipv6)) => "icmp6-port-unreachable",
        _ => REJECTS
            .iter()
            .find(|(short, _)| *short == kind)
            .map_or(kind, |(_, long)| long),
    };
    long.to_owned()
}

/// A mark in hexadecimal, without a mask that hides nothing.
fn mark(text: &str) -> String {
    let number =
        |text: &str| parse::unsigned(text).map_or_else(|| text.to_owned(), |number| format!("{number:#x}"));
    let (value, mask) = text.split_once('/').unwrap_or((text, "0xffffffff"));
    match (number(value), number(mask)) {
        (value, mask) if mask == "0xffffffff" => value,
        (value, mask) => format!("{value}/{mask}"),
    }
}

impl fmt::Display for RichRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rule")?;
        if self.priority != 0 {
            write!(f, " priority=\"{}\"", self.priority)?;
        }
        if let Some(family) = self.family {
            write!(f, " family=\"{}\"", family.name())?;
        }
        for (name, peer) in [("source", &self.source), ("destination", &self.destination)] {
            if let Some(peer) = peer {
                write!(f, " {name}{} {}", if peer.invert { " NOT" } else { "" }, peer.of)?;
            }
        }
        if let Some(element) = &self.element {
            write!(f, " {element}")?;
        }
        if let Some(log) = &self.log {
            write!(f, " {log}")?;
        }
        if let Some(limit) = &self.audit {
            write!(f, " audit{}", limited(limit))?;
        }
        match &self.action {
            Some(action) => write!(f, " {action}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for PeerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PeerKind::Address(text) => write!(f, "address=\"{text}\""),
            PeerKind::Mac(text) => write!(f, "mac=\"{text}\""),
            PeerKind::Ipset(text) => write!(f, "ipset=\"{text}\""),
        }
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Element::Service(name) => write!(f, "service name=\"{name}\""),
            Element::Port { port, protocol } => write!(f, "port port=\"{port}\" protocol=\"{protocol}\""),
            Element::SourcePort { port, protocol } => {
                write!(f, "source-port port=\"{port}\" protocol=\"{protocol}\"")
            }
            Element::Protocol(value) => write!(f, "protocol value=\"{value}\""),
            Element::TcpMssClamp(None) => f.write_str("tcp-mss-clamp"),
            Element::TcpMssClamp(Some(value)) => write!(f, "tcp-mss-clamp value=\"{value}\""),
            Element::IcmpBlock(name) => write!(f, "icmp-block name=\"{name}\""),
            Element::IcmpType(name) => write!(f, "icmp-type name=\"{name}\""),
            Element::Masquerade => f.write_str("masquerade"),
            Element::ForwardPort {
                port,
                protocol,
                to_port,
                to_addr,
            } => {
                write!(f, "forward-port port=\"{port}\" protocol=\"{protocol}\"")?;
                for (name, value) in [("to-port", to_port), ("to-addr", to_addr)] {
                    if !value.is_empty() {
                        write!(f, " {name}=\"{value}\"")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |f: &mut fmt::Formatter<'_>, name: &str, value: &str| {
            if value.is_empty() || value == "0" {
                Ok(())
            } else {
                write!(f, " {name}=\"{value}\"")
            }
        };
        match self {
            Log::Syslog { prefix, level, limit } => {
                f.write_str("log")?;
                text(f, "prefix", prefix)?;
                text(f, "level", level)?;
                f.write_str(&limited(limit))
            }
            Log::Netlink {
                group,
                prefix,
                queue_size,
                limit,
            } => {
                f.write_str("nflog")?;
                text(f, "group", &group.to_string())?;
                text(f, "prefix", prefix)?;
                text(f, "queue-size", &queue_size.to_string())?;
                f.write_str(&limited(limit))
            }
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Accept(limit) => write!(f, "accept{}", limited(limit)),
            Action::Drop(limit) => write!(f, "drop{}", limited(limit)),
            Action::Reject { kind, limit } if kind.is_empty() => write!(f, "reject{}", limited(limit)),
            Action::Reject { kind, limit } => write!(f, "reject type=\"{kind}\"{}", limited(limit)),
            Action::Mark { set, limit } => write!(f, "mark set={set}{}", limited(limit)),
        }
    }
}

fn limited(limit: &Option<Limit>) -> String {
    match limit {
        None => String::new(),
        Some(Limit { rate, per, burst: 0 }) => format!(" limit value=\"{rate}/{per}\""),
        Some(Limit { rate, per, burst }) => format!(" limit value=\"{rate}/{per}\" burst={burst}"),
    }
}

#[cfg(test)]
mod tests;
