//! Arithmetic of addresses.

use std::net::Ipv4Addr;

/// The mask of a prefix.
pub(super) fn netmask(prefix: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::MAX.checked_shl(32 - prefix.min(32)).unwrap_or(0))
}

/// The first address of the network that holds an address.
pub(super) fn network(address: Ipv4Addr, prefix: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(address) & u32::from(netmask(prefix)))
}
