//! What the roles make of inventories.

mod external_lb;
#[expect(clippy::disallowed_types, reason = "the tests start haproxy and keepalived")]
mod programs;
mod support;
