//! `base`: what hosts need whatever their part is: names, packages, kernel settings, services, the firewall.

pub(crate) mod firewall;
mod names;
pub(crate) mod packages;
pub(crate) mod service;
pub(crate) mod sysctl;

pub(crate) use names::names;
