//! What the tests that cross crates share: a fleet of real hosts on this machine, the command as people start it, the
//! reference clusters, and real Ansible.
//!
//! Tests that boot hosts live in test binaries whose names begin with `fleet`; see [`fleet`].
#![forbid(unsafe_code)]

pub mod ansible;
pub mod command;
pub mod events;
pub mod fleet;
pub mod reference;
pub mod suite;
