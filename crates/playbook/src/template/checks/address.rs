//! Addresses and networks, as the tests of ansible.utils.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::filters::Network;
use crate::template::marker::usable;
use crate::template::python;

/// The tests of this file.
pub(super) const TESTS: &[Entry] = &[
    Entry::with_markers("ip", "ip", |call| networked(call, |_| true)),
    Entry::with_markers("ip_address", "ip", |call| address(call, |_| true)),
    Entry::with_markers("ipv4", "ip", |call| networked(call, |net| net.version() == 4)),
    Entry::with_markers("ipv6", "ip", |call| networked(call, |net| net.version() == 6)),
    Entry::with_markers("ipv4_address", "ip", |call| {
        address(call, |net| net.version() == 4)
    }),
    Entry::with_markers("ipv6_address", "ip", |call| {
        address(call, |net| net.version() == 6)
    }),
    Entry::with_markers("in_network subnet_of", "ip network", |call| {
        within(call, "network", "ip")
    }),
    Entry::with_markers("supernet_of", "network_a network_b", |call| {
        within(call, "network_a", "network_b")
    }),
    Entry::with_markers("in_any_network", "ip networks", |call| {
        let ip = read(call, "ip")?;
        let mut any = false;
        for network in call.items("networks")? {
            let network = Network::parse(&python::text(&network)?);
            any |= network.zip(ip).is_some_and(|(network, ip)| network.contains(&ip));
        }
        Ok(Value::from(any))
    }),
];

fn read(call: &Call<'_, '_, '_>, parameter: &str) -> Result<Option<Network>, Error> {
    let value = call.need(parameter)?;
    usable(value)?;
    Ok(value.as_str().and_then(Network::parse))
}

/// A network whose address has no host part.
fn networked(call: &Call<'_, '_, '_>, test: fn(&Network) -> bool) -> Result<Value, Error> {
    Ok(Value::from(
        read(call, "ip")?.is_some_and(|net| net.is_bare() && test(&net)),
    ))
}

fn address(call: &Call<'_, '_, '_>, test: fn(&Network) -> bool) -> Result<Value, Error> {
    let plain = call.need("ip")?.as_str().is_some_and(|text| !text.contains('/'));
    Ok(Value::from(
        read(call, "ip")?.is_some_and(|net| plain && test(&net)),
    ))
}

fn within(call: &Call<'_, '_, '_>, outer: &str, inner: &str) -> Result<Value, Error> {
    let (outer, inner) = (read(call, outer)?, read(call, inner)?);
    let both = outer
        .zip(inner)
        .filter(|(outer, inner)| outer.is_bare() && inner.is_bare());
    Ok(Value::from(
        both.is_some_and(|(outer, inner)| outer.contains(&inner)),
    ))
}
