//! What the roles make of inventories.

mod beginnings;
mod eject;
mod external_lb;
#[expect(clippy::disallowed_types, reason = "the tests run the commands of tasks")]
mod joining;
mod operations;
#[expect(
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "the tests start haproxy and keepalived, and say when they cannot"
)]
mod programs;
mod readme;
mod support;
