//! How machines are reached, from arguments, settings and the environment.

use std::path::PathBuf;
use std::time::Duration;

use evenkeel::Client;
use evenkeel::Reach;
use evenkeel::ReachOptions;
use evenkeel::Secret;
use evenkeel::host::ConfigFiles;

use crate::Context;
use crate::args::ConnectionArgs;
use crate::args::SshClient;
use crate::ask;
use crate::exit::Outcome;
use crate::secrets;

/// The connections that the arguments describe, and the passwords that were asked for.
pub(crate) fn of(context: &Context, args: &ConnectionArgs) -> Result<(Reach, Vec<Secret<String>>), Outcome> {
    let variable = |name: &str| context.environment.get(name).cloned();
    let setting = |name: &str| context.settings.get(name).map(str::to_owned);
    let home = variable("HOME").map(PathBuf::from);
    let key = args
        .private_key
        .clone()
        .or_else(|| setting("private_key_file").map(PathBuf::from));
    let timeout = args
        .timeout
        .or_else(|| setting("timeout").and_then(|text| text.parse().ok()));
    let own = &args.ansible;
    let password = match &own.password_file {
        Some(file) => Some(secrets::of_login(file)?),
        None if args.ask_pass => Some(ask::password("SSH password: ")?),
        None => None,
    };
    let become_password = match &own.become_password_file {
        Some(file) => Some(secrets::of_login(file)?),
        None if args.ask_become_pass => Some(become_password(password.as_ref())?),
        None => None,
    };
    let hidden = password.iter().chain(&become_password).cloned().collect();
    let reach = Reach::new(ReachOptions {
        client: client(args.ssh),
        user: args.user.clone().or_else(|| setting("remote_user")),
        local_user: variable("USER")
            .or_else(|| variable("LOGNAME"))
            .or_else(|| Some("root".to_owned())),
        private_keys: key.into_iter().collect(),
        password,
        become_password,
        passphrase: None,
        known_hosts: args.known_hosts.clone(),
        accept_new_host_keys: args.accept_new_host_keys || context.settings.accepts_new_keys(),
        agent_socket: variable("SSH_AUTH_SOCK").map(PathBuf::from),
        config_files: if home.is_some() {
            ConfigFiles::Usual
        } else {
            ConfigFiles::Nothing
        },
        home,
        connect_timeout: timeout.map(Duration::from_secs),
        ssh_args: setting("ssh_args"),
        ssh_common_args: own.ssh_common_args.clone().or_else(|| setting("ssh_common_args")),
        ssh_extra_args: own.ssh_extra_args.clone().or_else(|| setting("ssh_extra_args")),
        lenient: context.settings.lenient,
    });
    Ok((reach, hidden))
}

/// Sudo's password; an empty answer is the login password, where one was asked for.
fn become_password(login: Option<&Secret<String>>) -> Result<Secret<String>, Outcome> {
    let Some(login) = login else {
        return ask::password("BECOME password: ");
    };
    let answer = ask::secret("BECOME password[defaults to SSH password]: ")?;
    Ok(answer.unwrap_or_else(|| login.clone()))
}

/// The program `ssh` gets a folder of its own for control sockets; it is short, because a socket's path must be.
fn client(wanted: SshClient) -> Client {
    match wanted {
        SshClient::Builtin => Client::Builtin,
        SshClient::Openssh => {
            Client::OpenSsh(std::env::temp_dir().join(format!("evenkeel-{}", std::process::id())))
        }
    }
}
