//! Plays, blocks, task cards and roles: what a playbook holds, before anything is rendered.

mod body;
mod card;
mod keyword;
mod keywords;
mod loops;
mod parts;
mod program;
mod read;
mod retry;
mod role;
mod write;

pub use body::Body;
pub use card::Block;
pub use card::Card;
pub use card::Item;
pub use keyword::KEYWORDS;
pub use keyword::Keyword;
pub use keyword::On;
pub use keywords::Keywords;
pub use keywords::Vars;
pub use loops::Loop;
pub use loops::LoopControl;
pub use parts::Play;
pub use parts::Playbook;
pub use parts::RoleUse;
pub use program::Handler;
pub use program::Program;
pub use program::Step;
pub use program::Task;
pub use read::Project;
pub use retry::Retry;
pub use role::Role;
