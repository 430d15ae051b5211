//! Runs as a whole, on simulated hosts: the forecast is true, nothing is lost with a host, events are as documented.
#![expect(clippy::unwrap_used, reason = "tests")]

mod controller;
mod doubt;
mod events;
mod forecast;
mod growing;
mod installs;
mod lost;
mod machines;
mod project;
mod prompts;
mod rebooting;
mod speed;
mod users;
