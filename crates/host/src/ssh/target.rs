//! Where to connect to, once settings and configuration have been read together.

use std::path::PathBuf;
use std::time::Duration;

use super::config::Config;
use super::config::expand_home;
use super::known_hosts::name_in_files;
use super::settings::SshSettings;
use super::settings::check_name;
use crate::Error;
use crate::Result;
use crate::Secret;

/// The keys that SSH looks for by itself; the types that libssh2 can read.
const DEFAULT_KEYS: [&str; 3] = [".ssh/id_ed25519", ".ssh/id_ecdsa", ".ssh/id_rsa"];

/// How long connecting may take if nothing else is said.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How many hosts a connection may go through.
const MAX_HOPS: usize = 8;

/// One SSH server, everything decided.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// How the user calls it.
    pub(crate) label: String,
    /// What is resolved and connected to.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    /// The name under which its key is known, without the port.
    pub(crate) key_host: String,
    /// The name under which its key is known, as in the files.
    pub(crate) key_name: String,
    /// Keys that were asked for, tried first.
    pub(crate) given_keys: Vec<PathBuf>,
    /// Keys that may exist.
    pub(crate) usual_keys: Vec<PathBuf>,
    pub(crate) identities_only: bool,
    pub(crate) agent_socket: Option<PathBuf>,
    pub(crate) password: Option<Secret<String>>,
    pub(crate) passphrase: Option<Secret<String>>,
    pub(crate) known_hosts: Vec<PathBuf>,
    pub(crate) accept_new: bool,
    pub(crate) connect_timeout: Duration,
}

impl Target {
    /// The way to a host: the servers to go through, then the host itself.
    pub(crate) fn route(settings: &SshSettings) -> Result<Vec<Target>> {
        let mut route = Vec::new();
        add_route(settings, &mut route)?;
        Ok(route)
    }
}

fn add_route(settings: &SshSettings, route: &mut Vec<Target>) -> Result<()> {
    check_name("host name", &settings.host)?;
    if route.len() > MAX_HOPS {
        return Err(Error::Unreachable(format!(
            "{}: more than {MAX_HOPS} hosts to go through",
            settings.host
        )));
    }
    let config = Config::of(&settings.host, settings)?;
    let jump = settings
        .proxy_jump
        .as_ref()
        .or(config.proxy_jump.as_ref())
        .filter(|jump| *jump != "none");
    if config.proxy_command.is_some() && jump.is_none() {
        let why = "the configuration has a ProxyCommand, which takes the ssh program: use `--ssh openssh`";
        return Err(Error::Unreachable(format!("{}: {why}", settings.host)));
    }
    for hop in jumps(jump.map(String::as_str), settings)? {
        add_route(&hop, route)?;
    }
    route.push(target(settings, config)?);
    Ok(())
}

/// The settings of the hosts to go through, first to last, as far as they are given and not configured.
pub(crate) fn hops(settings: &SshSettings) -> Result<Vec<SshSettings>> {
    jumps(
        settings.proxy_jump.as_deref().filter(|jump| *jump != "none"),
        settings,
    )
}

fn jumps(jump: Option<&str>, settings: &SshSettings) -> Result<Vec<SshSettings>> {
    let mut hops = Vec::new();
    for (at, hop) in jump.into_iter().flat_map(|jump| jump.split(',')).enumerate() {
        let mut hop = hop_settings(hop.trim(), settings)?;
        // As `ssh -J` does, only the first hop's own configuration may lead through further hosts.
        hop.proxy_jump = (at > 0).then(|| "none".to_owned());
        hops.push(hop);
    }
    Ok(hops)
}

/// Settings of a host on the way: the same user's keys, but not the password, which is for the last host.
fn hop_settings(hop: &str, settings: &SshSettings) -> Result<SshSettings> {
    let hop = hop.strip_prefix("ssh://").unwrap_or(hop);
    let (user, address) = match hop.rsplit_once('@') {
        Some((user, address)) => (Some(user.to_owned()), address),
        None => (None, hop),
    };
    let (host, port) = split_port(address).ok_or_else(|| {
        Error::Unreachable(format!(
            "{}: the host to go through, `{hop}`, is no address",
            settings.host
        ))
    })?;
    Ok(SshSettings {
        host,
        port,
        user,
        password: None,
        ..settings.clone()
    })
}

/// `HOST`, `HOST:PORT`, `[ADDRESS]:PORT` or a bare IPv6 address.
fn split_port(address: &str) -> Option<(String, Option<u16>)> {
    if let Some(rest) = address.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        let port = port.strip_prefix(':').map(str::parse).transpose().ok()?;
        return Some((host.to_owned(), port));
    }
    match address.split_once(':') {
        Some((host, port)) if !port.contains(':') => Some((host.to_owned(), Some(port.parse().ok()?))),
        _ => Some((address.to_owned(), None)),
    }
}

fn target(settings: &SshSettings, config: Config) -> Result<Target> {
    let home = settings.home.as_deref();
    let paths = |paths: &[String]| {
        paths
            .iter()
            .map(|path| expand_home(path, home))
            .collect::<Vec<_>>()
    };
    let host = config.host_name.unwrap_or_else(|| settings.host.clone());
    check_name("host name", &host)?;
    let port = settings.port.or(config.port).unwrap_or(22);
    let user = settings
        .user
        .clone()
        .or(config.user)
        .or_else(|| settings.local_user.clone());
    let user = user.ok_or_else(|| {
        Error::Unreachable(format!(
            "{}: no user to log in as: set `ansible_user`",
            settings.host
        ))
    })?;
    check_name("user name", &user)?;
    let key_host = config
        .host_key_alias
        .clone()
        .unwrap_or_else(|| host.clone())
        .to_lowercase();
    let key_name = match &config.host_key_alias {
        Some(alias) => alias.to_lowercase(),
        None => name_in_files(&host, port),
    };
    let mut known_hosts = settings.known_hosts.clone();
    if known_hosts.is_empty() {
        known_hosts = paths(&config.user_known_hosts);
        if known_hosts.is_empty() {
            known_hosts.extend(home.map(|home| home.join(".ssh/known_hosts")));
        }
        known_hosts.extend(paths(&config.global_known_hosts));
        if config.global_known_hosts.is_empty() {
            known_hosts.push("/etc/ssh/ssh_known_hosts".into());
        }
    }
    let mut usual_keys = paths(&config.identity_files);
    if usual_keys.is_empty() && settings.identity_files.is_empty() {
        usual_keys.extend(
            home.iter()
                .flat_map(|home| DEFAULT_KEYS.map(|key| home.join(key))),
        );
    }
    let label = if host == settings.host && port == 22 {
        host.clone()
    } else {
        format!("{} ({host} port {port})", settings.host)
    };
    Ok(Target {
        label,
        host,
        port,
        user,
        key_host,
        key_name,
        given_keys: settings
            .identity_files
            .iter()
            .map(|key| expand_home(&key.to_string_lossy(), home))
            .collect(),
        usual_keys,
        identities_only: settings.identities_only || config.identities_only,
        agent_socket: config
            .identity_agent
            .map(|path| expand_home(&path, home))
            .or(settings.agent_socket.clone()),
        password: settings.password.clone(),
        passphrase: settings.passphrase.clone(),
        known_hosts,
        accept_new: settings.accept_new,
        connect_timeout: settings
            .connect_timeout
            .or(config.connect_timeout.map(Duration::from_secs))
            .unwrap_or(CONNECT_TIMEOUT),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(settings: &SshSettings) -> Vec<String> {
        let route = Target::route(settings).unwrap();
        route
            .iter()
            .map(|target| format!("{}@{}:{}", target.user, target.host, target.port))
            .collect()
    }

    fn settings(host: &str) -> SshSettings {
        SshSettings {
            local_user: Some("me".into()),
            home: Some("/home/me".into()),
            ..SshSettings::new(host)
        }
    }

    #[test]
    fn hosts_on_the_way_come_first() {
        let mut settings = settings("web1");
        settings.user = Some("root".into());
        settings.proxy_jump = Some("ops@b1:2200,ssh://[2001:db8::1]:22,2001:db8::2".into());
        assert_eq!(
            names(&settings),
            [
                "ops@b1:2200",
                "me@2001:db8::1:22",
                "me@2001:db8::2:22",
                "root@web1:22"
            ]
        );
        settings.proxy_jump = Some("none".into());
        assert_eq!(names(&settings), ["root@web1:22"]);
    }

    #[test]
    fn the_password_stays_off_the_way() {
        let mut settings = settings("web1");
        settings.password = Some(Secret::new("secret".into()));
        settings.proxy_jump = Some("b1".into());
        let route = Target::route(&settings).unwrap();
        assert!(route[0].password.is_none() && route[1].password.is_some());
    }

    #[test]
    fn defaults_are_ssh_s() {
        let mut settings = settings("Web1");
        settings.port = Some(2222);
        let target = Target::route(&settings).unwrap().remove(0);
        assert_eq!(target.key_name, "[web1]:2222");
        assert_eq!(target.label, "Web1 (Web1 port 2222)");
        assert_eq!(
            target.known_hosts,
            ["/home/me/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"].map(PathBuf::from)
        );
        assert_eq!(target.usual_keys[0], PathBuf::from("/home/me/.ssh/id_ed25519"));
    }

    #[test]
    fn wrong_names_are_errors() {
        for (host, user, jump) in [
            ("-oA=b", "root", None),
            ("web1", "-l", None),
            ("web1", "root", Some("-J")),
        ] {
            let mut settings = settings(host);
            settings.user = Some(user.into());
            settings.proxy_jump = jump.map(str::to_owned);
            assert!(Target::route(&settings).is_err(), "{host} {user} {jump:?}");
        }
        let mut settings = settings("web1");
        settings.local_user = None;
        insta::assert_snapshot!(Target::route(&settings).unwrap_err(), @"web1: no user to log in as: set `ansible_user`");
    }
}
