//! What the tests that cross crates share: a fleet of real hosts on this machine.
//!
//! Tests that boot hosts live in test binaries whose names begin with `fleet`; see [`fleet`].
#![forbid(unsafe_code)]

pub mod fleet;
