//! What the tests that cross crates share: a fleet of real hosts on this machine, and the command as people start it.
//!
//! Tests that boot hosts live in test binaries whose names begin with `fleet`; see [`fleet`].
#![forbid(unsafe_code)]

pub mod command;
pub mod events;
pub mod fleet;
