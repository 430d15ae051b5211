//! The questions that `ipaddr` answers.

use minijinja::Error;
use minijinja::Value;

use crate::template::convert::integer;
use crate::template::python;
use crate::template::python::Number;

use super::Network;
use super::network::text;
use super::registry;

/// What is asked about a value.
#[derive(Debug)]
pub(super) enum Question {
    /// A named query, or a network that the value should lie in.
    Named(String),
    /// The nth address.
    Index(i128),
}

/// A value that was recognised as an address or network.
#[derive(Debug)]
pub(super) struct Subject {
    /// The address and its prefix.
    pub(super) network: Network,
    /// Whether it was written with a prefix.
    with_prefix: bool,
    /// The value as it was written.
    written: Value,
}

impl Subject {
    /// Recognises text, or a number.
    pub(super) fn of(value: &Value) -> Option<Subject> {
        if !value.is_true() || value.kind() == minijinja::value::ValueKind::Bool {
            return None;
        }
        let digits = python::number(value)
            .map(|_| value.to_string())
            .or_else(|| value.as_str().map(str::to_owned))?;
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let number: u128 = digits.parse().ok()?;
            let network = Network::new(false, number, 32).or_else(|| Network::new(true, number, 128))?;
            return Some(Subject {
                network,
                with_prefix: false,
                written: Value::from(network.to_string()),
            });
        }
        if let Some(network) = Network::parse(&digits) {
            return Some(Subject {
                network,
                with_prefix: digits.contains('/'),
                written: value.clone(),
            });
        }
        let (address, prefix) = digits.split_once('/')?;
        let (address, prefix) = (address.parse().ok()?, prefix.parse().ok()?);
        let network = Network::new(false, address, prefix).or_else(|| Network::new(true, address, prefix))?;
        Some(Subject {
            network,
            with_prefix: true,
            written: Value::from(network.to_string()),
        })
    }

    /// Answers a question: `false` or none where the value does not fit it.
    pub(super) fn ask(&self, question: &Question) -> Result<Value, Error> {
        match question {
            Question::Index(index) => self.nth(*index),
            Question::Named(name) => match self.named(name)? {
                Some(answer) => Ok(answer),
                None => self.other(name),
            },
        }
    }

    fn other(&self, name: &str) -> Result<Value, Error> {
        let digits = name.strip_prefix('-').unwrap_or(name);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.nth(name.parse().unwrap_or(i128::MAX));
        }
        let Some(within) = Network::parse(name) else {
            return Err(python::error(format!("`ipaddr` has no query `{name}`")));
        };
        Ok(if within.contains(&self.network.cidr()) {
            self.written.clone()
        } else {
            Value::from(())
        })
    }

    fn nth(&self, index: i128) -> Result<Value, Error> {
        let net = &self.network;
        if net.is_single() {
            return Ok(Value::from(if self.with_prefix {
                net.to_string()
            } else {
                net.address()
            }));
        }
        let offset = index.unsigned_abs();
        let found = if index >= 0 {
            (offset <= net.span()).then(|| net.first() + offset)
        } else {
            (offset <= net.span() + 1).then(|| net.last() - (offset - 1))
        };
        Ok(found.map_or(Value::from(false), |found| {
            Value::from(format!("{}/{}", net.text_of(found), net.prefix()))
        }))
    }

    /// The answer to a named query; `None` when there is no such query.
    fn named(&self, name: &str) -> Result<Option<Value>, Error> {
        let net = &self.network;
        let some = |holds: bool, answer: String| {
            if holds {
                Value::from(answer)
            } else {
                Value::from(())
            }
        };
        let written = |holds: bool| {
            if holds {
                self.written.clone()
            } else {
                Value::from(())
            }
        };
        let own = net.with(net.value(), net.bits());
        let small = net.is_single();
        let hosted = !small && (!net.is_network_address() || !net.has_broadcast());
        let prefixed = net.to_string();
        let pair = |mask: u128| format!("{} {}", net.address(), net.text_of(mask));
        Ok(Some(match name {
            "" => Value::from(if self.with_prefix { prefixed } else { net.address() }),
            "address" | "ip" => some(small || hosted || net.version() == 6, net.address()),
            "host" => some(small || hosted, prefixed),
            "address/prefix" | "gateway" | "gw" | "host/prefix" | "hostnet" | "router" => {
                let edge = net.span() > 1 && (net.is_network_address() || net.value() == net.last());
                if edge {
                    Value::from(false)
                } else {
                    Value::from(prefixed)
                }
            }
            "ip/prefix" => some(net.span() == 1 || (!small && !net.is_network_address()), prefixed),
            "ip_netmask" => some(
                net.span() == 1 || (!small && !net.is_network_address()),
                pair(net.net_mask()),
            ),
            "bool" => Value::from(true),
            "broadcast" => some(net.span() > 1, net.text_of(net.last())),
            "cidr" => Value::from(prefixed),
            "hostmask" | "wildcard" => Value::from(net.text_of(net.host_mask())),
            "netmask" => Value::from(net.text_of(net.net_mask())),
            "network" | "network_id" => Value::from(net.text_of(net.first())),
            "network/prefix" | "subnet" => Value::from(net.cidr().to_string()),
            "network_netmask" => Value::from(format!(
                "{} {}",
                net.text_of(net.first()),
                net.text_of(net.net_mask())
            )),
            "network_wildcard" => Value::from(format!(
                "{} {}",
                net.text_of(net.first()),
                net.text_of(net.host_mask())
            )),
            "net" => some(!small && net.is_network_address(), prefixed),
            "int" if self.with_prefix => Value::from(format!("{}/{}", net.value(), net.prefix())),
            "int" => unsigned(net.value()),
            "prefix" => Value::from(net.prefix()),
            "version" => Value::from(net.version()),
            "type" => Value::from(if !small && net.is_network_address() {
                "network"
            } else {
                "address"
            }),
            "size" => size(net),
            "size_usable" => match net.span() {
                0 => Value::from(0),
                1 => Value::from(2),
                span => unsigned(span - 1),
            },
            "revdns" => Value::from(reverse(net)),
            "ipv4" | "v4" => self.as_v4(),
            "ipv6" | "v6" => self.as_v6(),
            "6to4" => self.six_to_four(),
            "wrap" if net.version() == 6 => {
                let prefix = if self.with_prefix {
                    format!("/{}", net.prefix())
                } else {
                    String::new()
                };
                Value::from(format!("[{}]{prefix}", net.address()))
            }
            "wrap" => self.written.clone(),
            "loopback" | "lo" => written(registry::is_loopback(&own)),
            "multicast" => written(registry::is_multicast(&net.cidr())),
            "unicast" => written(!registry::is_multicast(&net.cidr())),
            "link-local" => written(registry::is_link_local(&own)),
            "private" => written(!registry::is_global(&own)),
            "public" => written(self.is_public(&own)),
            "first_usable" | "last_usable" | "next_usable" | "previous_usable" | "range_usable" | "peer" => {
                self.usable(name)?
            }
            _ => return Ok(None),
        }))
    }

    fn is_public(&self, own: &Network) -> bool {
        let value = own.value();
        let hostmask = value.wrapping_add(1) & value == 0;
        let flipped = value
            ^ if own.version() == 6 {
                u128::MAX
            } else {
                u128::from(u32::MAX)
            };
        let netmask = flipped.wrapping_add(1) & flipped == 0;
        let special = registry::is_multicast(own) || registry::is_loopback(own) || hostmask || netmask;
        registry::is_global(own) && !special
    }

    fn usable(&self, name: &str) -> Result<Value, Error> {
        let net = &self.network;
        if !self.with_prefix {
            return Err(python::error(format!(
                "`ipaddr`: {} is not a network address",
                net.address()
            )));
        }
        let peer = |flip: u128| Value::from(net.text_of(net.value() ^ flip));
        let within = |value: Option<u128>| {
            let fits = value
                .zip(net.usable())
                .filter(|(value, (first, last))| first <= value && value <= last);
            fits.map_or(Value::from(()), |(value, _)| Value::from(net.text_of(value)))
        };
        match (name, net.span(), net.usable()) {
            ("peer", 1, _) => Ok(peer(1)),
            ("peer", 3, _) if net.value().is_multiple_of(4) => Err(python::error(
                "`ipaddr`: the network address of a /30 has no peer",
            )),
            ("peer", 3, _) if net.value() % 4 == 3 => Err(python::error(
                "`ipaddr`: the broadcast address of a /30 has no peer",
            )),
            ("peer", 3, _) => Ok(peer(3)),
            ("peer", _, _) => Err(python::error(
                "`ipaddr`: a peer needs a point-to-point network (/30 or /31)",
            )),
            (_, _, None) => Ok(Value::from(())),
            // The host part of the address is not looked at: netaddr starts from the network.
            ("first_usable", _, Some((first, _))) => Ok(Value::from(net.text_of(first))),
            ("last_usable", _, Some((_, last))) => Ok(Value::from(net.text_of(last))),
            ("range_usable", _, Some((first, last))) => Ok(Value::from(format!(
                "{}-{}",
                net.text_of(first),
                net.text_of(last)
            ))),
            ("next_usable", _, Some(_)) => Ok(within(net.value().checked_add(1))),
            (_, _, Some(_)) => Ok(within(net.value().checked_sub(1))),
        }
    }

    fn as_v4(&self) -> Value {
        let net = &self.network;
        if net.version() == 4 {
            return self.written.clone();
        }
        let mapped = 0xffff_0000_0000_u128;
        let value = match net.value() {
            value if value <= u128::from(u32::MAX) => value,
            value if (u128::from(u32::MAX)..=0xffff_ffff_ffff).contains(&value) && value >= mapped => {
                value - mapped
            }
            _ => return Value::from(false),
        };
        let found = net
            .prefix()
            .checked_sub(96)
            .and_then(|prefix| Network::new(false, value, prefix));
        found.map_or(Value::from(false), |network| Value::from(network.to_string()))
    }

    fn as_v6(&self) -> Value {
        let net = &self.network;
        if net.version() == 6 {
            return self.written.clone();
        }
        Value::from(format!(
            "{}/{}",
            text(true, 0xffff_0000_0000 + net.value()),
            net.prefix() + 96
        ))
    }

    fn six_to_four(&self) -> Value {
        let net = &self.network;
        if net.version() == 6 {
            let relay = Network::parse("2002::/16");
            let own = net.with(net.value(), net.bits());
            let host = !self.with_prefix || !net.is_network_address();
            let holds = host && relay.is_some_and(|relay| relay.contains(&own));
            return if holds {
                self.written.clone()
            } else {
                Value::from(false)
            };
        }
        if !net.is_single() && net.is_network_address() {
            return Value::from(false);
        }
        let [a, b, c, d] = u32::try_from(net.value()).unwrap_or(0).to_be_bytes();
        Value::from(format!("2002:{a:02x}{b:02x}:{c:02x}{d:02x}::1/48"))
    }
}

fn unsigned(value: u128) -> Value {
    i128::try_from(value).map_or_else(|_| Value::from(value), integer)
}

fn size(net: &Network) -> Value {
    match net.span().checked_add(1) {
        Some(size) => unsigned(size),
        None => Value::from("340282366920938463463374607431768211456"),
    }
}

fn reverse(net: &Network) -> String {
    if net.version() == 4 {
        let [a, b, c, d] = u32::try_from(net.value()).unwrap_or(0).to_be_bytes();
        return format!("{d}.{c}.{b}.{a}.in-addr.arpa.");
    }
    let digits: Vec<String> = format!("{:032x}", net.value())
        .chars()
        .rev()
        .map(|digit| digit.to_string())
        .collect();
    format!("{}.ip6.arpa.", digits.join("."))
}

/// An integer argument.
pub(super) fn int(value: &Value) -> Option<i128> {
    match python::number(value) {
        Some(Number::Int(number)) => Some(number),
        Some(Number::Float(_)) => None,
        None => value.as_str()?.trim().parse().ok(),
    }
}
