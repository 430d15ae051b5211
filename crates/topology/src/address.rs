//! Addresses as they stand in URLs.

use std::net::IpAddr;

/// An address as it stands before a port: IPv6 in brackets (RFC 3986, 3.2.2).
///
/// ```
/// assert_eq!(evenkeel_topology::bracketed("2001:db8::1".parse().unwrap()), "[2001:db8::1]");
/// assert_eq!(evenkeel_topology::bracketed("192.0.2.1".parse().unwrap()), "192.0.2.1");
/// ```
pub fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// A URL from scheme, host (a name, or an address in brackets where it is IPv6) and port.
pub fn url(scheme: &str, host: &str, port: u16) -> String {
    format!("{scheme}://{host}:{port}")
}
