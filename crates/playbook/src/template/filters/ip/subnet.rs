//! Subnets, hosts by number, merging.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::container::list;
use crate::template::python;

use super::Network;
use super::query::Subject;
use super::query::int;

/// A value as a network, whatever its host part; an address is a network of one.
fn network(value: &Value) -> Option<Network> {
    Subject::of(value).map(|subject| subject.network)
}

fn bare(value: &Value) -> Option<Network> {
    network(value).map(|net| net.cidr())
}

/// `ipsubnet`: how many subnets, the nth of them, or the rank of one within another.
pub(super) fn ipsubnet(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let Some(net) = bare(call.need("value")?) else {
        return Ok(Value::from(false));
    };
    let query = call.text_or("query", "")?;
    if query.is_empty() {
        return Ok(Value::from(net.to_string()));
    }
    if !query.bytes().all(|byte| byte.is_ascii_digit()) {
        return rank(call, &net, &query);
    }
    let wanted: u32 = query.parse().unwrap_or(u32::MAX);
    if wanted > net.bits() {
        return Ok(Value::from(false));
    }
    let index = call
        .some("index")
        .map(|index| int(index).ok_or_else(|| call.error("the index is a number")))
        .transpose()?;
    if net.is_single() {
        return Ok(supernet(&net, wanted, index));
    }
    let Some(more) = wanted.checked_sub(net.prefix()) else {
        return Err(call.error(format!("a /{wanted} does not fit into {net}")));
    };
    let count = 1_i128.checked_shl(more.min(126)).unwrap_or(i128::MAX);
    let Some(index) = index else {
        return Ok(Value::from(count.to_string()));
    };
    let index = if index < 0 { index + count } else { index };
    if index < 0 || index >= count {
        return Ok(Value::from(false));
    }
    let offset = u128::try_from(index)
        .unwrap_or(0)
        .checked_shl(net.bits() - wanted)
        .unwrap_or(0);
    Ok(Value::from(net.with(net.first() + offset, wanted).to_string()))
}

/// The nth of the networks around an address, from the widest with the wanted prefix to the narrowest.
fn supernet(net: &Network, wanted: u32, index: Option<i128>) -> Value {
    let bits = i128::from(net.bits());
    let index = index.unwrap_or(0);
    if index > bits + 1 - index || index < i128::from(wanted) - bits {
        return Value::from(false);
    }
    let all: Vec<Network> = (wanted..net.prefix())
        .map(|prefix| net.with(net.value(), prefix).cidr())
        .collect();
    let at = if index < 0 {
        all.len()
            .checked_sub(usize::try_from(-index).unwrap_or(usize::MAX))
    } else {
        usize::try_from(index).ok()
    };
    at.and_then(|at| all.get(at))
        .map_or(Value::from(false), |network| Value::from(network.to_string()))
}

fn rank(call: &Call<'_, '_, '_>, net: &Network, query: &str) -> Result<Value, Error> {
    let within =
        bare(&Value::from(query)).ok_or_else(|| call.error(format!("`{query}` is no address or network")))?;
    if !within.contains(net) {
        return Err(call.error(format!("{net} is not in the subnet {within}")));
    }
    let offset = (net.first() - within.first())
        .checked_shr(net.bits() - net.prefix())
        .unwrap_or(0);
    Ok(Value::from((offset + 1).to_string()))
}

/// `ipmath`: an address some numbers further.
pub(super) fn ipmath(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let net = Network::parse(&text).ok_or_else(|| call.error(format!("`{text}` is no address")))?;
    let amount = call
        .int("amount")?
        .ok_or_else(|| call.error("needs an integer"))?;
    let moved = i128::try_from(net.value())
        .ok()
        .and_then(|value| value.checked_add(i128::from(amount)));
    let moved = match moved {
        Some(value) => u128::try_from(value).ok(),
        None if amount >= 0 => net.value().checked_add(amount.unsigned_abs().into()),
        None => net.value().checked_sub(amount.unsigned_abs().into()),
    };
    let moved = moved.filter(|value| net.version() == 6 || *value <= u128::from(u32::MAX));
    moved
        .map(|value| Value::from(net.text_of(value)))
        .ok_or_else(|| call.error("there is no such address"))
}

/// `nthhost`: the nth address of a network.
pub(super) fn nthhost(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let Some(net) = bare(call.need("value")?) else {
        return Ok(Value::from(false));
    };
    let Some(nth) = call.some("query").and_then(int).filter(|nth| *nth != 0) else {
        return Ok(Value::from(false));
    };
    let offset = nth.unsigned_abs();
    let found = if nth > 0 {
        (offset <= net.span()).then(|| net.first() + offset)
    } else {
        (offset <= net.span() + 1).then(|| net.last() - (offset - 1))
    };
    Ok(found.map_or(Value::from(false), |value| Value::from(net.text_of(value))))
}

/// `next_nth_usable` and `previous_nth_usable`.
pub(super) fn nth_usable(call: &Call<'_, '_, '_>, direction: i128) -> Result<Value, Error> {
    let value = call.need("value")?;
    let Some(net) = network(value) else {
        return Ok(Value::from(false));
    };
    let net = if net.is_network_address() { net.cidr() } else { net };
    let offset = call
        .int("offset")?
        .ok_or_else(|| call.error("needs an integer"))?;
    let moved = i128::try_from(net.value())
        .ok()
        .and_then(|value| value.checked_add(i128::from(offset) * direction));
    let moved = moved.and_then(|value| u128::try_from(value).ok());
    let fits = moved
        .zip(net.usable())
        .filter(|(value, (first, last))| first <= value && value <= last);
    Ok(fits.map_or(Value::from(()), |(value, _)| Value::from(net.text_of(value))))
}

/// `network_in_network` and `network_in_usable`.
pub(super) fn inside(call: &Call<'_, '_, '_>, usable: bool) -> Result<Value, Error> {
    let (Some(outer), Some(inner)) = (bare(call.need("value")?), bare(call.need("test")?)) else {
        return Err(call.error("needs addresses or networks"));
    };
    let (first, last) = match outer.usable() {
        Some(range) if usable => range,
        _ => (outer.first(), outer.last()),
    };
    Ok(Value::from(
        outer.version() == inner.version() && first <= inner.first() && inner.last() <= last,
    ))
}

/// `reduce_on_network`: the addresses that lie in a network.
pub(super) fn reduce(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let outer = bare(call.need("network")?).ok_or_else(|| call.error("needs a network"))?;
    let items = call.items("value")?;
    Ok(list(
        items
            .into_iter()
            .filter(|item| bare(item).is_some_and(|inner| outer.contains(&inner)))
            .collect(),
    ))
}

/// `cidr_merge`: the fewest networks that hold exactly these, or the one that spans them.
pub(super) fn cidr_merge(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut nets = Vec::new();
    for item in call.items("value")? {
        let text = python::text(&item)?;
        nets.push(
            Network::parse(&text)
                .ok_or_else(|| call.error(format!("`{text}` is no network")))?
                .cidr(),
        );
    }
    match call.text_or("action", "merge")?.as_str() {
        "merge" => Ok(list(
            merged(nets)
                .into_iter()
                .map(|net| Value::from(net.to_string()))
                .collect(),
        )),
        "span" => match nets.split_first() {
            None => Ok(Value::from(())),
            Some((first, rest)) => {
                let mut span = *first;
                while span.prefix() > 0 && !rest.iter().all(|net| span.contains(net)) {
                    span = span.with(span.value(), span.prefix() - 1).cidr();
                }
                Ok(Value::from(span.to_string()))
            }
        },
        other => Err(call.error(format!("there is no action `{other}`: merge or span"))),
    }
}

fn merged(mut nets: Vec<Network>) -> Vec<Network> {
    nets.sort_by_key(|net| (net.version(), net.first(), net.prefix()));
    let mut out: Vec<Network> = Vec::new();
    for net in nets {
        if out.last().is_some_and(|last| last.contains(&net)) {
            continue;
        }
        out.push(net);
        while let [.., a, b] = out.as_slice() {
            let wider = a
                .prefix()
                .checked_sub(1)
                .map(|prefix| a.with(a.value(), prefix).cidr());
            let Some(wider) =
                wider.filter(|wider| a.prefix() == b.prefix() && wider.contains(a) && wider.contains(b))
            else {
                break;
            };
            out.truncate(out.len() - 2);
            out.push(wider);
        }
    }
    out
}

/// `ip4_hex`: an IPv4 address in hexadecimal digits.
pub(super) fn ip4_hex(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("arg")?;
    let delimiter = call.text_or("delimiter", "")?;
    let address: std::net::Ipv4Addr = text
        .parse()
        .map_err(|_| call.error(format!("`{text}` is no IPv4 address")))?;
    Ok(Value::from(
        address
            .octets()
            .map(|byte| format!("{byte:02x}"))
            .join(&delimiter),
    ))
}
