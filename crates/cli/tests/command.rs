//! The command as people meet it: what it prints, and how it ends.
//!
//! Every test runs the program in `tests/data` with an environment of its own. What it prints is compared with
//! `tests/snapshots`; after a change that is meant, `cargo insta review` (or `INSTA_UPDATE=always`) takes the new text.
#![expect(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests start the program and read its files"
)]

#[path = "command/called.rs"]
mod called;
#[path = "command/certs.rs"]
mod certs;
#[path = "command/default_callback.rs"]
mod default_callback;
#[path = "command/endings.rs"]
mod endings;
#[path = "command/errors.rs"]
mod errors;
#[path = "command/generated.rs"]
mod generated;
#[path = "command/information.rs"]
mod information;
#[path = "command/interrupts.rs"]
mod interrupts;
#[path = "command/lints.rs"]
mod lints;
#[path = "command/picture.rs"]
mod picture;
#[path = "command/runs.rs"]
mod runs;
#[path = "command/sandbox.rs"]
mod sandbox;
#[path = "command/secrets.rs"]
mod secrets;
#[path = "command/terminal.rs"]
mod terminal;
#[path = "command/vault.rs"]
mod vault;
