//! What both SSH transports share: settings, configuration, keys and known hosts.

mod certificate;
mod config;
mod key_file;
mod known_hosts;
mod pattern;
mod settings;
mod target;
mod wire;

pub(crate) use key_file::KeyFile;
pub(crate) use known_hosts::KnownHosts;
pub(crate) use known_hosts::Verdict;
pub(crate) use known_hosts::add as add_known_host;
pub(crate) use known_hosts::entry as known_host_entry;
pub(crate) use known_hosts::fingerprint;
pub use settings::ConfigFiles;
pub use settings::SshSettings;
pub(crate) use settings::check_settings;
pub(crate) use target::Target;
pub(crate) use target::hops;
