//! Configuration files in the format of ssh_config(5).

mod file;
mod program;

use std::path::Path;
use std::path::PathBuf;

use super::settings::ConfigFiles;
use super::settings::SshSettings;
use crate::Error;
use crate::Result;

/// What the configuration files say about one host, as far as it concerns us.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Config {
    pub(super) host_name: Option<String>,
    pub(super) host_key_alias: Option<String>,
    pub(super) user: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) identity_files: Vec<String>,
    pub(super) identities_only: bool,
    pub(super) identity_agent: Option<String>,
    pub(super) user_known_hosts: Vec<String>,
    pub(super) global_known_hosts: Vec<String>,
    pub(super) proxy_jump: Option<String>,
    pub(super) proxy_command: Option<String>,
    pub(super) connect_timeout: Option<u64>,
}

impl Config {
    /// What the files say about `host`: the `ssh` program is asked, and our own reader where there is none.
    ///
    /// Nobody is asked when no file holds a keyword that concerns us, which saves a process per host.
    pub(super) fn of(host: &str, settings: &SshSettings) -> Result<Config> {
        let files = files(settings);
        if !file::concerns_us(&files, settings.home.as_deref())? {
            return Ok(Config::default());
        }
        match program::ask(host, settings)? {
            Some(config) => Ok(config),
            None => file::read(host, &files, settings),
        }
    }

    /// Takes one keyword over; the first value of a keyword wins, as ssh_config(5) says.
    fn take(&mut self, keyword: &str, value: &str) -> Result<(), String> {
        let first = |slot: &mut Option<String>| {
            slot.get_or_insert_with(|| value.to_owned());
        };
        let files = |slot: &mut Vec<String>, value: &str| {
            if slot.is_empty() {
                slot.extend(value.split_whitespace().map(str::to_owned));
            }
        };
        match keyword.to_ascii_lowercase().as_str() {
            "hostname" => first(&mut self.host_name),
            "hostkeyalias" => first(&mut self.host_key_alias),
            "user" => first(&mut self.user),
            "identityagent" => first(&mut self.identity_agent),
            "proxyjump" => first(&mut self.proxy_jump),
            "proxycommand" => first(&mut self.proxy_command),
            "identityfile" => self.identity_files.push(value.to_owned()),
            "identitiesonly" => self.identities_only |= value.eq_ignore_ascii_case("yes"),
            "userknownhostsfile" => files(&mut self.user_known_hosts, value),
            "globalknownhostsfile" => files(&mut self.global_known_hosts, value),
            "port" => {
                let port = value.parse().map_err(|_| format!("`{value}` is no port"))?;
                self.port.get_or_insert(port);
            }
            "connecttimeout" if value != "none" => {
                let seconds = value
                    .parse()
                    .map_err(|_| format!("`{value}` is no number of seconds"))?;
                self.connect_timeout.get_or_insert(seconds);
            }
            _ => {}
        }
        Ok(())
    }
}

/// The keywords that [`Config::take`] knows, and those that change which values hold.
fn concerns(keyword: &str) -> bool {
    const KEYWORDS: [&str; 13] = [
        "hostname",
        "hostkeyalias",
        "user",
        "identityagent",
        "proxyjump",
        "proxycommand",
        "identityfile",
        "identitiesonly",
        "userknownhostsfile",
        "globalknownhostsfile",
        "port",
        "connecttimeout",
        "canonicalizehostname",
    ];
    KEYWORDS.iter().any(|known| keyword.eq_ignore_ascii_case(known))
}

/// The files that count, in order.
fn files(settings: &SshSettings) -> Vec<PathBuf> {
    match &settings.config_files {
        ConfigFiles::Nothing => Vec::new(),
        ConfigFiles::Only(file) => vec![file.clone()],
        ConfigFiles::Usual => {
            let own = settings.home.iter().map(|home| home.join(".ssh/config"));
            own.chain([PathBuf::from("/etc/ssh/ssh_config")]).collect()
        }
    }
}

/// A path with `~` for the home folder.
pub(super) fn expand_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

fn unreadable(file: &Path, why: impl std::fmt::Display) -> Error {
    Error::Unreachable(format!(
        "the ssh configuration {} cannot be read: {why}",
        file.display()
    ))
}
