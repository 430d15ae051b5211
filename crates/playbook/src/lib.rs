//! Inventories, variables, templates, plays and roles: what a run is described with.
#![forbid(unsafe_code)]

mod files;
pub mod inventory;
pub mod play;
mod scope;
pub mod template;
pub mod vars;
pub mod vault;

pub use files::Contents;
pub use files::Disk;
pub use files::Draft;
pub use files::Files;
pub use files::Identity;
pub use files::Later;
pub use files::Memory;
pub use files::Stamp;
pub use scope::Scope;
pub use scope::Stored;
pub use scope::Var;
pub use template::Templar;
pub use template::TemplarSettings;
pub use vault::Vault;
pub use vault::Vaulted;
