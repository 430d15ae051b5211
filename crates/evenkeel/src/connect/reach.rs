//! Machines over SSH, and the controller itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use evenkeel_engine::Connect;
use evenkeel_engine::Location;
use evenkeel_engine::Target;
use evenkeel_host::ConfigFiles;
use evenkeel_host::Error;
use evenkeel_host::Host;
use evenkeel_host::Local;
use evenkeel_host::Method;
use evenkeel_host::OpenSsh;
use evenkeel_host::Posix;
use evenkeel_host::Privilege;
use evenkeel_host::Secret;
use evenkeel_host::Ssh2;
use evenkeel_host::SshSettings;

/// Which SSH client is used.
#[derive(Clone, Debug, Default)]
pub enum Client {
    /// libssh2, inside.
    #[default]
    Builtin,
    /// The program `ssh`; the folder holds its control sockets and must have a short path.
    OpenSsh(PathBuf),
}

/// What holds where a host's variables say nothing.
#[derive(Clone, Debug, Default)]
pub struct ReachOptions {
    /// Which SSH client.
    pub client: Client,
    /// Who logs in.
    pub user: Option<String>,
    /// The user who runs the program, where nothing else says who logs in.
    pub local_user: Option<String>,
    /// Private keys.
    pub private_keys: Vec<PathBuf>,
    /// Login password.
    pub password: Option<Secret<String>>,
    /// Password that sudo or su asks for.
    pub become_password: Option<Secret<String>>,
    /// Passphrase of encrypted private keys.
    pub passphrase: Option<Secret<String>>,
    /// Files of known host keys.
    pub known_hosts: Vec<PathBuf>,
    /// Whether keys of hosts that were never seen are accepted and remembered.
    pub accept_new_host_keys: bool,
    /// Home folder, for keys and configuration.
    pub home: Option<PathBuf>,
    /// Socket of the SSH agent.
    pub agent_socket: Option<PathBuf>,
    /// Whether `~/.ssh/config` counts.
    pub config_files: ConfigFiles,
    /// How long connecting may take.
    pub connect_timeout: Option<Duration>,
    /// Arguments of the program `ssh` for all hosts.
    pub ssh_args: Option<String>,
    /// What holds where a host has no `ansible_ssh_common_args`.
    pub ssh_common_args: Option<String>,
    /// What holds where a host has no `ansible_ssh_extra_args`.
    pub ssh_extra_args: Option<String>,
    /// Whether arguments may ask that host keys go unchecked: then the keys of hosts that were never seen are accepted
    /// and remembered.
    pub lenient: bool,
}

/// Reaches machines over SSH, and the controller itself for `ansible_connection: local`.
#[derive(Debug)]
pub struct Reach {
    options: ReachOptions,
}

impl Reach {
    /// With these options where a host's variables say nothing.
    pub fn new(options: ReachOptions) -> Reach {
        Reach { options }
    }

    fn settings(&self, target: &Target) -> Result<SshSettings, Error> {
        let options = &self.options;
        let first = |names: &[&str]| names.iter().find_map(|name| target.variables.get(*name)).cloned();
        let secret = |names: &[&str]| first(names).map(Secret::new);
        let host = first(&["ansible_host", "ansible_ssh_host"]).unwrap_or_else(|| target.name.to_string());
        let mut settings = SshSettings::new(host);
        settings.port = match first(&["ansible_port", "ansible_ssh_port"]) {
            Some(text) => Some(text.parse().map_err(|_| {
                Error::Unreachable(format!(
                    "ansible_port of {} is `{text}`, not a port (1 to 65535)",
                    target.name
                ))
            })?),
            None => None,
        };
        settings.user = first(&["ansible_user", "ansible_ssh_user", "ansible_remote_user"])
            .or_else(|| options.user.clone());
        settings.local_user.clone_from(&options.local_user);
        settings.identity_files = match first(&["ansible_ssh_private_key_file", "ansible_private_key_file"]) {
            Some(path) => vec![self.at_home(&path)],
            None => options.private_keys.clone(),
        };
        settings.password = secret(&["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"])
            .or_else(|| options.password.clone());
        settings.passphrase =
            secret(&["ansible_ssh_private_key_passphrase"]).or_else(|| options.passphrase.clone());
        settings.known_hosts.clone_from(&options.known_hosts);
        settings.accept_new = options.accept_new_host_keys;
        settings.home.clone_from(&options.home);
        settings.agent_socket.clone_from(&options.agent_socket);
        settings.config_files.clone_from(&options.config_files);
        settings.connect_timeout = options.connect_timeout;
        let or = |name, default: &Option<String>| first(&[name]).or_else(|| default.clone());
        let arguments = [
            options.ssh_args.clone(),
            or("ansible_ssh_common_args", &options.ssh_common_args),
            or("ansible_ssh_extra_args", &options.ssh_extra_args),
        ];
        for text in arguments.into_iter().flatten() {
            self.arguments(&mut settings, &text)?;
        }
        Ok(settings)
    }

    /// `ansible_ssh_common_args`: jumps work with both clients, everything else needs the program `ssh`.
    fn arguments(&self, settings: &mut SshSettings, text: &str) -> Result<(), Error> {
        let words: Vec<&str> = text
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '\'']))
            .collect();
        let mut rest = words.as_slice();
        while let [word, tail @ ..] = rest {
            let (option, value, after) = match (*word, tail) {
                ("-J", [jump, after @ ..]) => ("ProxyJump", *jump, after),
                ("-o", [option, after @ ..]) => {
                    let (name, value) = option.split_once('=').unwrap_or((option, ""));
                    (name, value, after)
                }
                (word, after) => match word.strip_prefix("-o").and_then(|option| option.split_once('=')) {
                    Some((name, value)) => (name, value, after),
                    None => (word, "", after),
                },
            };
            rest = after;
            match (option, &self.options.client) {
                ("ProxyJump", _) => settings.proxy_jump = Some(value.to_owned()),
                ("StrictHostKeyChecking", _) if self.options.lenient => {
                    settings.accept_new |= matches!(value, "no" | "off" | "accept-new");
                }
                ("UserKnownHostsFile", _) if self.options.lenient => {
                    if value != "/dev/null" {
                        settings.known_hosts = vec![self.at_home(value)];
                    }
                }
                ("StrictHostKeyChecking" | "UserKnownHostsFile", _) => {
                    return Err(Error::Unreachable(format!(
                        "ansible_ssh_common_args sets {option}: host keys are always checked; use --known-hosts or --accept-new-host-keys"
                    )));
                }
                (_, Client::OpenSsh(_)) if value.is_empty() => settings.common_args.push(option.to_owned()),
                (_, Client::OpenSsh(_)) => settings
                    .common_args
                    .extend(["-o".to_owned(), format!("{option}={value}")]),
                (
                    "-C" | "ControlMaster" | "ControlPersist" | "ControlPath" | "Compression",
                    Client::Builtin,
                ) => {}
                (_, Client::Builtin) => {
                    return Err(Error::Unreachable(format!(
                        "the built-in SSH client does not know `{option}` of ansible_ssh_common_args; use --ssh openssh"
                    )));
                }
            }
        }
        Ok(())
    }

    fn at_home(&self, path: &str) -> PathBuf {
        match (path.strip_prefix("~/"), &self.options.home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(path),
        }
    }

    fn privilege(&self, target: &Target) -> Privilege {
        let of = |name: &str| target.variables.get(name);
        let method = of("ansible_become_method").and_then(|name| Method::named(name));
        let method = method.unwrap_or_default();
        // A method's own variable wins over the one for all.
        let own = |what: &str| of(&format!("ansible_{}_{what}", method.name()));
        let password = own("pass")
            .or_else(|| of("ansible_become_pass"))
            .or_else(|| of("ansible_become_password"));
        let words = |text: Option<&String>| -> Vec<String> {
            let words = text.into_iter().flat_map(|text| text.split_whitespace());
            words.map(str::to_owned).collect()
        };
        Privilege {
            method,
            password: password
                .cloned()
                .map(Secret::new)
                .or_else(|| self.options.become_password.clone()),
            flags: words(own("flags").or_else(|| of("ansible_become_flags"))),
            program: words(own("exe").or_else(|| of("ansible_become_exe"))),
        }
    }
}

impl Connect for Reach {
    fn connect(&self, target: &Target) -> evenkeel_host::Result<Arc<dyn Host>> {
        let privilege = self.privilege(target);
        if is_local(target) {
            return Ok(Arc::new(Posix::new(Local::new()).with_privilege(privilege)));
        }
        match target.variables.get("ansible_connection").map(String::as_str) {
            None | Some("ssh" | "smart" | "paramiko" | "ssh2" | "ansible.builtin.ssh") => {
                let settings = self.settings(target)?;
                Ok(match &self.options.client {
                    Client::Builtin => Arc::new(Posix::new(Ssh2::new(settings)).with_privilege(privilege)),
                    Client::OpenSsh(folder) => {
                        Arc::new(Posix::new(OpenSsh::new(settings, folder)).with_privilege(privilege))
                    }
                })
            }
            Some(other) => Err(Error::Unreachable(format!(
                "ansible_connection `{other}` is not supported; `ssh` and `local` are"
            ))),
        }
    }
    fn location(&self, target: &Target) -> Location {
        if is_local(target) {
            return Location::Controller;
        }
        let first = |names: &[&str]| names.iter().find_map(|name| target.variables.get(*name));
        let address = first(&["ansible_host", "ansible_ssh_host"]).map_or(&*target.name, String::as_str);
        // A jump host decides what an address means.
        let arguments = ["ansible_ssh_common_args", "ansible_ssh_extra_args"];
        let more = arguments.map(|name| first(&[name]).map_or("", String::as_str));
        let port = first(&["ansible_port", "ansible_ssh_port"]).map_or("", String::as_str);
        Location::At([address, port, more[0], more[1]].join("\n"))
    }
}

/// Whether a target is the controller itself.
fn is_local(target: &Target) -> bool {
    match target.variables.get("ansible_connection").map(String::as_str) {
        Some("local" | "ansible.builtin.local") => true,
        Some(_) => false,
        None => {
            let own = matches!(&*target.name, "localhost" | "127.0.0.1" | "::1");
            own && !target.variables.contains_key("ansible_host")
        }
    }
}
