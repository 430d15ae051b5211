//! Reading a rich rule, with firewalld's checks.

use std::net::IpAddr;
use std::str::FromStr;

use super::Action;
use super::Element;
use super::Family;
use super::Limit;
use super::Log;
use super::Peer;
use super::PeerKind;
use super::REJECTS;
use super::RichRule;
use super::tokens::Token;
use super::tokens::split;

const LEVELS: [&str; 8] = [
    "emerg", "alert", "crit", "error", "warning", "notice", "info", "debug",
];
/// Transports that have ports.
pub(in crate::types::firewalld) const TRANSPORTS: [&str; 4] = ["tcp", "udp", "sctp", "dccp"];

/// A number in decimal, or in hexadecimal after `0x`.
pub(super) fn unsigned(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// Whether it is a port, a range of ports, or could be the name of a service that has one.
pub(in crate::types::firewalld) fn is_port(text: &str) -> bool {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let one = |text: &str| match text {
        "" => false,
        number if is_number(number) => number
            .parse::<u32>()
            .is_ok_and(|port| (1..=65535).contains(&port)),
        name => name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c)),
    };
    match text.split_once('-') {
        Some((from, to)) if is_number(from) || is_number(to) => one(from) && one(to),
        _ => one(text),
    }
}

/// Whether it is an address of a family, with a mask where that is allowed.
pub(super) fn is_address(text: &str, family: Family, mask: bool) -> bool {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) if mask => (address, Some(bits)),
        Some(_) => return false,
        None => (text, None),
    };
    match (address.parse::<IpAddr>(), family) {
        (Ok(IpAddr::V4(_)), Family::Ipv4) => bits.is_none_or(|bits| {
            bits.parse::<u8>().is_ok_and(|bits| bits <= 32) || bits.parse::<std::net::Ipv4Addr>().is_ok()
        }),
        (Ok(IpAddr::V6(_)), Family::Ipv6) => {
            bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= 128))
        }
        _ => false,
    }
}

impl FromStr for RichRule {
    type Err = String;

    /// Reads a rule.
    fn from_str(text: &str) -> Result<RichRule, String> {
        let tokens = split(text)?;
        let mut parser = Parser {
            tokens: &tokens,
            at: 0,
        };
        match parser.next() {
            Some(Token::Word(word)) if word == "rule" => {}
            Some(Token::Attribute(name, _)) => {
                return Err(format!("`{name}` stands outside of the rule: begin with `rule`"));
            }
            _ => return Err("a rich rule begins with `rule`".to_owned()),
        }
        let mut rule = RichRule::default();
        while let Some(token) = parser.next() {
            match token {
                Token::Attribute(name, value) => rule.attribute(name, value)?,
                Token::Word(word) => rule.element(word, &mut parser)?,
            }
        }
        rule.check()?;
        Ok(rule)
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    /// The attributes that follow, of these names; a name that is given twice counts as the last.
    fn attributes(&mut self, element: &str, names: &[&str]) -> Result<Attributes, String> {
        let mut found = Attributes {
            element: element.to_owned(),
            values: Vec::new(),
            limit: None,
            invert: false,
        };
        loop {
            match self.tokens.get(self.at) {
                Some(Token::Attribute(name, value)) if names.contains(&name.as_str()) => {
                    found.values.push((name.clone(), value.clone()));
                }
                Some(Token::Attribute(name, value)) if name == "invert" && names.contains(&"address") => {
                    found.invert = match value.to_lowercase().as_str() {
                        "yes" | "true" => true,
                        "no" | "false" => false,
                        _ => return Err(format!("`invert={value}` is neither yes nor no")),
                    };
                }
                // Those of the rule may stand anywhere.
                Some(Token::Attribute(name, _)) if name == "family" || name == "priority" => {
                    return Ok(found);
                }
                Some(Token::Attribute(name, _)) => return Err(format!("`{element}` has no `{name}`")),
                Some(Token::Word(word))
                    if matches!(word.as_str(), "not" | "NOT") && names.contains(&"address") =>
                {
                    found.invert = true;
                }
                Some(Token::Word(word)) if word == "limit" && may_be_limited(element) => {
                    self.at += 1;
                    found.limit = Some(self.limit()?);
                    continue;
                }
                Some(Token::Word(_)) | None => return Ok(found),
            }
            self.at += 1;
        }
    }

    /// The value and burst of a limit; attributes of what is limited may follow them.
    fn limit(&mut self) -> Result<Limit, String> {
        let (mut value, mut burst) = (None, 0);
        while let Some(Token::Attribute(name, text)) = self.tokens.get(self.at) {
            match name.as_str() {
                "value" => value = Some(text),
                "burst" => {
                    burst = text
                        .parse()
                        .ok()
                        .filter(|burst| *burst <= 10_000_000)
                        .ok_or(format!("`burst={text}` is no number up to 10000000"))?;
                }
                _ => break,
            }
            self.at += 1;
        }
        let value = value.ok_or("`limit` needs `value`, as `limit value=\"10/m\"`")?;
        let wrong = || format!("`{value}` is no limit: write RATE/DURATION, as 10/m, with s, m, h or d");
        let (rate, per) = value.split_once('/').ok_or_else(wrong)?;
        let rate: u32 = rate.trim().parse().map_err(|_| wrong())?;
        let (per, seconds) = match per.trim() {
            "s" | "second" => ('s', 1),
            "m" | "minute" => ('m', 60),
            "h" | "hour" => ('h', 3600),
            "d" | "day" => ('d', 86400),
            _ => return Err(wrong()),
        };
        if rate == 0 || 10_000 * seconds / rate == 0 || (rate == 1 && per == 'd') {
            return Err(format!("the kernel cannot limit to {rate}/{per}"));
        }
        Ok(Limit { rate, per, burst })
    }
}

fn may_be_limited(element: &str) -> bool {
    matches!(
        element,
        "log" | "nflog" | "audit" | "accept" | "drop" | "reject" | "mark"
    )
}

struct Attributes {
    element: String,
    values: Vec<(String, String)>,
    limit: Option<Limit>,
    invert: bool,
}

impl Attributes {
    fn get(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .rev()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or("").to_owned()
    }

    fn needed(&self, name: &str) -> Result<String, String> {
        self.get(name)
            .map(str::to_owned)
            .ok_or_else(|| format!("`{}` needs `{name}`", self.element))
    }

    fn peer(&self) -> Result<Peer, String> {
        let of = [
            self.get("address").map(|text| PeerKind::Address(text.to_owned())),
            self.get("mac").map(|text| PeerKind::Mac(text.to_owned())),
            self.get("ipset").map(|text| PeerKind::Ipset(text.to_owned())),
        ];
        let mut given = of.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(of), None) => Ok(Peer {
                invert: self.invert,
                of,
            }),
            (Some(_), Some(_)) => Err(format!(
                "`{}` takes one of `address`, `mac` and `ipset`",
                self.element
            )),
            (None, _) => Err(format!("`{}` needs an `address`", self.element)),
        }
    }

    fn port(&self) -> Result<(String, String), String> {
        let (port, protocol) = (self.needed("port")?, self.needed("protocol")?);
        if !is_port(&port) {
            return Err(format!("`{port}` is no port"));
        }
        if !TRANSPORTS.contains(&protocol.as_str()) {
            return Err(format!(
                "`{protocol}` has no ports: write one of {}",
                TRANSPORTS.join(", ")
            ));
        }
        Ok((port, protocol))
    }

    fn number(&self, name: &str) -> Result<u16, String> {
        let Some(text) = self.get(name) else { return Ok(0) };
        let number = unsigned(text).and_then(|number| u16::try_from(number).ok());
        number.ok_or_else(|| format!("`{name}={text}` is no number up to 65535"))
    }
}

/// Puts a part into its place, once.
fn put<T>(slot: &mut Option<T>, part: T, what: &str) -> Result<(), String> {
    if slot.is_some() {
        return Err(format!("there is more than one {what}"));
    }
    *slot = Some(part);
    Ok(())
}

impl RichRule {
    fn attribute(&mut self, name: &str, value: &str) -> Result<(), String> {
        match (name, value) {
            ("family", "ipv4") => self.family = Some(Family::Ipv4),
            ("family", "ipv6") => self.family = Some(Family::Ipv6),
            ("family", _) => return Err(format!("`family={value}` is neither ipv4 nor ipv6")),
            ("priority", _) => {
                let wrong = || format!("`priority={value}` is no number from -32768 to 32767");
                self.priority = value.parse::<i16>().map(i32::from).map_err(|_| wrong())?;
            }
            ("protocol", _) => return Err("write `protocol value=...` for a protocol".to_owned()),
            _ => return Err(format!("`{name}` belongs to no element here")),
        }
        Ok(())
    }

    fn element(&mut self, word: &str, parser: &mut Parser<'_>) -> Result<(), String> {
        let names: &[&str] = match word {
            "source" => &["address", "mac", "ipset"],
            "destination" => &["address", "ipset"],
            "service" | "icmp-block" | "icmp-type" => &["name"],
            "protocol" | "tcp-mss-clamp" => &["value"],
            "port" | "source-port" => &["port", "protocol"],
            "forward-port" => &["port", "protocol", "to-port", "to-addr"],
            "log" => &["prefix", "level"],
            "nflog" => &["group", "prefix", "queue-size"],
            "reject" => &["type"],
            "mark" => &["set"],
            "masquerade" | "audit" | "accept" | "drop" => &[],
            "rule" | "limit" | "not" | "NOT" => return Err(format!("`{word}` is misplaced")),
            _ => return Err(format!("`{word}` is no element of a rich rule")),
        };
        let given = parser.attributes(word, names)?;
        let limit = given.limit.clone();
        match word {
            "source" => put(&mut self.source, given.peer()?, "source"),
            "destination" => put(&mut self.destination, given.peer()?, "destination"),
            "log" => {
                let log = Log::Syslog {
                    prefix: given.text("prefix"),
                    level: given.text("level"),
                    limit,
                };
                put(&mut self.log, log, "log")
            }
            "nflog" => {
                let (group, queue_size) = (given.number("group")?, given.number("queue-size")?);
                put(
                    &mut self.log,
                    Log::Netlink {
                        group,
                        prefix: given.text("prefix"),
                        queue_size,
                        limit,
                    },
                    "log",
                )
            }
            "audit" => put(&mut self.audit, limit, "audit"),
            "accept" => put(&mut self.action, Action::Accept(limit), "action"),
            "drop" => put(&mut self.action, Action::Drop(limit), "action"),
            "reject" => put(
                &mut self.action,
                Action::Reject {
                    kind: given.text("type"),
                    limit,
                },
                "action",
            ),
            "mark" => put(
                &mut self.action,
                Action::Mark {
                    set: given.needed("set")?,
                    limit,
                },
                "action",
            ),
            _ => put(&mut self.element, subject(word, &given)?, "element"),
        }
    }

    fn check(&self) -> Result<(), String> {
        self.check_family()?;
        self.check_parts()?;
        self.check_log()?;
        match &self.action {
            Some(Action::Reject { kind, .. }) if !kind.is_empty() => self.check_reject(kind),
            Some(Action::Mark { set, .. }) => {
                let is_number = |text: &str| unsigned(text).is_some();
                let valid = match set.split_once('/') {
                    Some((value, mask)) => is_number(value) && is_number(mask),
                    None => is_number(set),
                };
                if valid {
                    Ok(())
                } else {
                    Err(format!("`mark set={set}` is no number, and no NUMBER/MASK"))
                }
            }
            _ => Ok(()),
        }
    }

    fn check_family(&self) -> Result<(), String> {
        let named = [("source", &self.source), ("destination", &self.destination)];
        for (name, peer) in named {
            match (peer.as_ref().map(|peer| &peer.of), self.family) {
                (Some(PeerKind::Address(_)), None) => return Err(format!("`{name} address` needs `family`")),
                (Some(PeerKind::Address(address)), Some(family)) if !is_address(address, family, true) => {
                    return Err(format!("`{address}` is no address of {}", family.name()));
                }
                (Some(PeerKind::Ipset(_)), None) if name == "destination" => {
                    return Err("`destination` needs `family`".to_owned());
                }
                (Some(PeerKind::Mac(mac)), _) if !is_mac(mac) => {
                    return Err(format!("`{mac}` is no MAC address"));
                }
                _ => {}
            }
        }
        match (&self.element, self.family) {
            (Some(Element::ForwardPort { .. }), None) => Err("`forward-port` needs `family`".to_owned()),
            (Some(Element::ForwardPort { to_addr, .. }), Some(family))
                if !to_addr.is_empty() && !is_address(to_addr, family, false) =>
            {
                Err(format!("`to-addr={to_addr}` is no address of {}", family.name()))
            }
            _ => Ok(()),
        }
    }

    fn check_parts(&self) -> Result<(), String> {
        let acts_itself = matches!(
            self.element,
            Some(
                Element::IcmpBlock(_)
                    | Element::ForwardPort { .. }
                    | Element::Masquerade
                    | Element::TcpMssClamp(_)
            )
        );
        if acts_itself && self.action.is_some() {
            return Err("an element that acts itself (icmp-block, forward-port, masquerade, tcp-mss-clamp) takes no action".to_owned());
        }
        if !acts_itself && self.log.is_none() && self.audit.is_none() && self.action.is_none() {
            return Err(
                "the rule does nothing: `accept`, `reject`, `drop`, `mark`, `log` or `audit` is missing"
                    .to_owned(),
            );
        }
        let logs_all = self.log.is_some() && self.priority != 0;
        if self.element.is_none() && !logs_all {
            if self.action.is_none() {
                return Err("neither an element nor an action is given".to_owned());
            }
            if self.source.is_none() && self.destination.is_none() && self.priority == 0 {
                return Err(
                    "a rule for everything needs a `priority`; or give a source, destination or element"
                        .to_owned(),
                );
            }
        }
        if self.element == Some(Element::Masquerade)
            && matches!(&self.source, Some(peer) if matches!(peer.of, PeerKind::Mac(_)))
        {
            return Err("`masquerade` works with no MAC address".to_owned());
        }
        let audits = matches!(
            self.action,
            Some(Action::Accept(_) | Action::Reject { .. } | Action::Drop(_))
        );
        if self.audit.is_some() && !audits {
            return Err("`audit` needs `accept`, `reject` or `drop`".to_owned());
        }
        Ok(())
    }

    fn check_log(&self) -> Result<(), String> {
        let prefix = match &self.log {
            Some(Log::Syslog { level, .. }) if !level.is_empty() && !LEVELS.contains(&level.as_str()) => {
                return Err(format!("`level={level}` is none of {}", LEVELS.join(", ")));
            }
            Some(Log::Syslog { prefix, .. } | Log::Netlink { prefix, .. }) => prefix,
            None => return Ok(()),
        };
        if prefix.len() > 127 {
            Err("a log prefix has at most 127 characters".to_owned())
        } else {
            Ok(())
        }
    }

    fn check_reject(&self, kind: &str) -> Result<(), String> {
        let Some(family) = self.family else {
            return Err("`reject type` needs `family`".to_owned());
        };
        let known: Vec<&str> = REJECTS
            .iter()
            .flat_map(|(short, long)| [*short, *long])
            .chain(["icmp6-port-unreachable"])
            .filter(
                |name| match (name.starts_with("icmp6") || is_short6(name), family) {
                    _ if *name == "tcp-reset" || *name == "port-unreach" => true,
                    (of_ipv6, Family::Ipv6) => of_ipv6,
                    (of_ipv6, Family::Ipv4) => !of_ipv6,
                },
            )
            .filter(|name| !name.is_empty())
            .collect();
        if known.contains(&kind) {
            return Ok(());
        }
        Err(format!("`type={kind}` is none of {}", known.join(", ")))
    }
}

fn is_short6(name: &str) -> bool {
    matches!(name, "adm-prohibited" | "no-route" | "addr-unreach")
}

fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    parts.len() == 6
        && parts
            .iter()
            .all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What the rule is about.
fn subject(word: &str, given: &Attributes) -> Result<Element, String> {
    Ok(match word {
        "service" => Element::Service(given.needed("name")?),
        "icmp-block" => Element::IcmpBlock(given.needed("name")?),
        "icmp-type" => Element::IcmpType(given.needed("name")?),
        "masquerade" => Element::Masquerade,
        "protocol" => {
            let value = given.needed("value")?;
            let known = value
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-.+_".contains(c));
            let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
            if !known || (is_number && value.parse::<u8>().is_err()) {
                return Err(format!("`{value}` is no protocol"));
            }
            Element::Protocol(value)
        }
        "tcp-mss-clamp" => {
            let value = given.get("value");
            let valid = |value: &str| {
                matches!(value, "pmtu" | "None") || value.parse::<u32>().is_ok_and(|size| size >= 536)
            };
            if let Some(value) = value.filter(|value| !valid(value)) {
                return Err(format!(
                    "`tcp-mss-clamp value={value}` is neither `pmtu` nor a size from 536 on"
                ));
            }
            Element::TcpMssClamp(value.map(str::to_owned))
        }
        "port" | "source-port" => {
            let (port, protocol) = given.port()?;
            if word == "port" {
                Element::Port { port, protocol }
            } else {
                Element::SourcePort { port, protocol }
            }
        }
        _ => {
            let (port, protocol) = given.port()?;
            let (to_port, to_addr) = (given.text("to-port"), given.text("to-addr"));
            if to_port.is_empty() && to_addr.is_empty() {
                return Err("`forward-port` needs `to-port` or `to-addr`".to_owned());
            }
            if !to_port.is_empty() && !is_port(&to_port) {
                return Err(format!("`to-port={to_port}` is no port"));
            }
            Element::ForwardPort {
                port,
                protocol,
                to_port,
                to_addr,
            }
        }
    })
}
