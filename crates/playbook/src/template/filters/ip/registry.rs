//! Which addresses are special (IANA's registries, in the form that netaddr 1.3 uses).

use super::Network;

const NOT_GLOBAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "fc00::/7",
    "fe80::/10",
];

const GLOBAL: &[&str] = &[
    "192.0.0.9/32",
    "192.0.0.10/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:20::/28",
    "2001:30::/28",
];

fn within(list: &[&str], address: &Network) -> bool {
    list.iter()
        .filter_map(|text| Network::parse(text))
        .any(|network| network.contains(address))
}

/// Whether an address is reachable from everywhere.
pub(super) fn is_global(address: &Network) -> bool {
    within(GLOBAL, address) || !within(NOT_GLOBAL, address)
}

/// Whether an address is a multicast address.
pub(super) fn is_multicast(address: &Network) -> bool {
    within(&["224.0.0.0/4", "ff00::/8"], address)
}

/// Whether an address is this machine.
pub(super) fn is_loopback(address: &Network) -> bool {
    within(&["127.0.0.0/8", "::1/128"], address)
}

/// Whether an address holds only on its link.
pub(super) fn is_link_local(address: &Network) -> bool {
    within(&["169.254.0.0/16", "fe80::/10"], address)
}
