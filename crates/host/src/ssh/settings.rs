//! How a machine is reached over SSH.

use std::path::PathBuf;
use std::time::Duration;

use crate::Error;
use crate::Result;
use crate::Secret;

/// How a machine is reached over SSH; what is left out comes from the configuration files, then from SSH's defaults.
///
/// Nothing is read from the environment: home folder, agent and user are given here.
///
/// ```
/// use evenkeel_host::SshSettings;
///
/// let settings = SshSettings { user: Some("root".into()), ..SshSettings::new("web1.example.org") };
/// assert_eq!(settings.port, None);
/// ```
#[derive(Clone, Debug)]
pub struct SshSettings {
    /// Name or address, as the inventory gives it (`ansible_host`).
    pub host: String,
    /// Port; 22 if nothing else says so.
    pub port: Option<u16>,
    /// Who logs in.
    pub user: Option<String>,
    /// Who logs in if neither `user` nor the configuration says so: the user who runs the program.
    pub local_user: Option<String>,
    /// Private keys, tried before anything else; a certificate beside one (`KEY-cert.pub`) is shown with it.
    pub identity_files: Vec<PathBuf>,
    /// Whether only `identity_files` and the configuration's keys are tried, not all keys of the agent.
    pub identities_only: bool,
    /// Password, for the methods `password` and `keyboard-interactive`.
    pub password: Option<Secret<String>>,
    /// Passphrase of encrypted private keys.
    pub passphrase: Option<Secret<String>>,
    /// Files of known host keys; the first is the one written to. Empty: the configuration's, else
    /// `.ssh/known_hosts` in the home folder and `/etc/ssh/ssh_known_hosts`.
    pub known_hosts: Vec<PathBuf>,
    /// Whether the key of a host that was never seen is written to the first file of `known_hosts` and trusted.
    pub accept_new: bool,
    /// Home folder, for `~` and the default files.
    pub home: Option<PathBuf>,
    /// Socket of the agent.
    pub agent_socket: Option<PathBuf>,
    /// Which configuration files count.
    pub config_files: ConfigFiles,
    /// How long name resolution, connection, key exchange and login may take together, for each host on the way; the
    /// configuration's `ConnectTimeout`, else ten seconds.
    pub connect_timeout: Option<Duration>,
    /// Hosts to go through, as `ssh -J` takes them: `[USER@]HOST[:PORT],...`, or `none`.
    pub proxy_jump: Option<String>,
    /// Further arguments of the `ssh` program (`ansible_ssh_common_args`); only [`OpenSsh`](crate::OpenSsh) takes any.
    pub common_args: Vec<String>,
}

/// Which files in the format of ssh_config(5) count.
///
/// [`OpenSsh`](crate::OpenSsh) leaves them to the program. [`Ssh2`](crate::Ssh2) asks `ssh -G` where there is such a
/// program, reads them itself otherwise, and heeds `HostName`, `HostKeyAlias`, `User`, `Port`, `IdentityFile`,
/// `IdentitiesOnly`, `IdentityAgent`, `UserKnownHostsFile`, `GlobalKnownHostsFile`, `ProxyJump` and `ConnectTimeout`;
/// `ProxyCommand` is an error, and other keywords have no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigFiles {
    /// None.
    #[default]
    Nothing,
    /// `.ssh/config` in the home folder, then `/etc/ssh/ssh_config`.
    Usual,
    /// This one alone.
    Only(PathBuf),
}

impl SshSettings {
    /// Settings with SSH's defaults and no keys.
    pub fn new(host: impl Into<String>) -> SshSettings {
        SshSettings {
            host: host.into(),
            port: None,
            user: None,
            local_user: None,
            identity_files: Vec::new(),
            identities_only: false,
            password: None,
            passphrase: None,
            known_hosts: Vec::new(),
            accept_new: false,
            home: None,
            agent_socket: None,
            config_files: ConfigFiles::Nothing,
            connect_timeout: None,
            proxy_jump: None,
            common_args: Vec::new(),
        }
    }
}

/// Refuses host and user names that a program would take for an option.
pub(crate) fn check_settings(settings: &SshSettings) -> Result<()> {
    check_name("host name", &settings.host)?;
    settings
        .user
        .iter()
        .try_for_each(|user| check_name("user name", user))
}

/// Refuses names that a program would take for an option or a shell for its own, as the `ssh` program does.
pub(super) fn check_name(what: &str, name: &str) -> Result<()> {
    let shell = |c: char| "'`\";&<>|(){}".contains(c);
    let why = if name.is_empty() {
        "is empty"
    } else if name.starts_with('-') {
        "begins with `-`"
    } else if name.ends_with('\\') || name.contains(|c: char| c.is_control() || c.is_whitespace() || shell(c))
    {
        "has a character that no name has"
    } else {
        return Ok(());
    };
    Err(Error::Unreachable(format!(
        "the {what} `{}` {why}",
        name.escape_debug()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_names_are_refused() {
        for name in ["-oProxyCommand=id", "", "a b", "$(id)", "a\nb", "`id`", "a;b"] {
            assert!(check_name("host name", name).is_err(), "{name:?}");
        }
        for name in [
            "web1",
            "fe80::1%eth0",
            "192.0.2.1",
            "web_1.example.org",
            "DOM+user@realm",
        ] {
            assert!(check_name("host name", name).is_ok(), "{name:?}");
        }
    }
}
