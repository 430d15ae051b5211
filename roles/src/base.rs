//! `base`: what hosts need whatever their part is: names, kernel settings, the firewall.

pub(crate) mod firewall;
mod names;
pub(crate) mod sysctl;

pub(crate) use names::names;
