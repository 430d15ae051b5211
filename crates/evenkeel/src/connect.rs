//! How machines are reached.

mod reach;
mod simulated;

pub use reach::Client;
pub use reach::Reach;
pub use reach::ReachOptions;
pub use simulated::Simulated;
