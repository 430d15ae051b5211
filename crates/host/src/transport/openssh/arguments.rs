//! The command lines of the `ssh` program.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;

use super::CONNECT_TIMEOUT;
use crate::ConfigFiles;
use crate::Result;
use crate::SshSettings;
use crate::quote;
use crate::ssh::check_settings;
use crate::ssh::hops;

/// How long an unused master stays.
const PERSIST: &str = "600";

/// Starts a master in the background once it has logged in; also the number of hosts on the way.
pub(super) fn master(settings: &SshSettings, socket: &Path) -> Result<(Vec<OsString>, u32)> {
    check_settings(settings)?;
    let hops = hops(settings)?;
    let mut arguments: Vec<OsString> = vec!["-fN".into()];
    arguments.extend(common(settings));
    arguments.extend(option("ControlMaster", "yes"));
    arguments.extend(option("ControlPersist", PERSIST));
    arguments.extend(option("ControlPath", &escape(socket)));
    arguments.extend(option("NumberOfPasswordPrompts", "1"));
    let silent = settings.password.is_none() && settings.passphrase.is_none();
    arguments.extend(option("BatchMode", if silent { "yes" } else { "no" }));
    match (&settings.proxy_jump, proxy_command(&hops, &complaints(socket))?) {
        (_, Some(command)) => arguments.extend(option("ProxyCommand", &command)),
        (Some(_), None) => arguments.extend(option("ProxyJump", "none")),
        (None, None) => {}
    }
    arguments.extend(settings.common_args.iter().map(OsString::from));
    arguments.extend(["--".into(), OsString::from(&settings.host)]);
    Ok((arguments, u32::try_from(hops.len()).unwrap_or(u32::MAX)))
}

/// Where the programs that connect to the hosts on the way write what they have to complain about.
pub(super) fn complaints(socket: &Path) -> PathBuf {
    socket.with_extension("err")
}

/// Runs a command through the master; where there is none, makes the file `gone` and fails at once.
pub(super) fn client(command: &str, host: &str, socket: &Path, gone: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["-T".into(), "-F".into(), "none".into()];
    arguments.extend(option("ControlMaster", "no"));
    arguments.extend(option("ControlPath", &escape(socket)));
    arguments.extend(option("LogLevel", "ERROR"));
    arguments.extend(option("ProxyCommand", &format!("true >{}", quote(&escape(gone)))));
    arguments.extend(["--".into(), OsString::from(host), OsString::from(command)]);
    arguments
}

/// Asks the master for something.
pub(super) fn control(request: &str, host: &str, socket: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["-F".into(), "none".into(), "-O".into(), request.into()];
    arguments.extend(option("ControlPath", &escape(socket)));
    arguments.extend(["--".into(), OsString::from(host)]);
    arguments
}

/// What holds for the host and for those on the way to it.
fn common(settings: &SshSettings) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["-T".into()];
    match &settings.config_files {
        ConfigFiles::Nothing => arguments.extend(["-F".into(), "none".into()]),
        ConfigFiles::Usual => {}
        ConfigFiles::Only(file) => arguments.extend(["-F".into(), file.clone().into_os_string()]),
    }
    let checking = if settings.accept_new { "accept-new" } else { "yes" };
    arguments.extend(option("StrictHostKeyChecking", checking));
    if !settings.known_hosts.is_empty() {
        let files: Vec<String> = settings
            .known_hosts
            .iter()
            .map(|file| format!("\"{}\"", escape(file)))
            .collect();
        arguments.extend(option("UserKnownHostsFile", &files.join(" ")));
        arguments.extend(option("GlobalKnownHostsFile", "/dev/null"));
    }
    arguments.extend(option("UpdateHostKeys", "no"));
    let seconds = settings
        .connect_timeout
        .unwrap_or(CONNECT_TIMEOUT)
        .as_secs()
        .max(1);
    arguments.extend(option("ConnectTimeout", &seconds.to_string()));
    arguments.extend(option("ServerAliveInterval", "15"));
    arguments.extend(option("ServerAliveCountMax", "3"));
    if settings.identities_only {
        arguments.extend(option("IdentitiesOnly", "yes"));
    }
    for key in &settings.identity_files {
        arguments.extend(["-i".into(), key.clone().into_os_string()]);
    }
    arguments.extend(
        settings
            .user
            .iter()
            .flat_map(|user| ["-l".into(), OsString::from(user)]),
    );
    arguments.extend(
        settings
            .port
            .iter()
            .flat_map(|port| ["-p".into(), OsString::from(port.to_string())]),
    );
    arguments
}

/// The command that connects through the hosts on the way: `ssh -J` would not hand our options to them.
fn proxy_command(hops: &[SshSettings], complaints: &Path) -> Result<Option<String>> {
    let mut inner: Option<String> = None;
    for hop in hops {
        check_settings(hop)?;
        let mut arguments = common(hop);
        arguments.extend(option(
            "BatchMode",
            if hop.passphrase.is_none() { "yes" } else { "no" },
        ));
        arguments.extend(option("NumberOfPasswordPrompts", "0"));
        arguments.extend(option("ControlPath", "none"));
        if let Some(inner) = &inner {
            arguments.extend(option("ProxyCommand", inner));
        }
        let mut command = "ssh".to_owned();
        for argument in arguments {
            // The program replaces `%h` and `%p` in what it is given; ours are the last two only.
            let argument = argument.to_string_lossy().replace('%', "%%");
            command.push_str(&format!(" {}", quote(&argument)));
        }
        // The program throws away what a ProxyCommand of a master says, and that is why a hop cannot be passed.
        let complaints = quote(&complaints.to_string_lossy()).replace('%', "%%");
        command.push_str(&format!(" -W '[%h]:%p' -- {} 2>>{complaints}", quote(&hop.host)));
        inner = Some(command);
    }
    Ok(inner)
}

fn option(name: &str, value: &str) -> [OsString; 2] {
    ["-o".into(), format!("{name}={value}").into()]
}

/// A path for an option in which the program replaces `%`.
fn escape(path: &Path) -> String {
    path.display().to_string().replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> SshSettings {
        let mut settings = SshSettings::new("web1");
        settings.user = Some("root".into());
        settings.known_hosts = vec![PathBuf::from("/run/k h")];
        settings
    }

    fn text(arguments: &[OsString]) -> String {
        arguments
            .iter()
            .map(|argument| quote(&argument.to_string_lossy()).into_owned())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_master_checks_host_keys_and_asks_nothing() {
        let (arguments, hops) = master(&settings(), Path::new("/run/s")).unwrap();
        assert_eq!(hops, 0);
        insta::assert_snapshot!(text(&arguments), @r#"-fN -T -F none -o StrictHostKeyChecking=yes -o 'UserKnownHostsFile="/run/k h"' -o GlobalKnownHostsFile=/dev/null -o UpdateHostKeys=no -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=3 -l root -o ControlMaster=yes -o ControlPersist=600 -o ControlPath=/run/s -o NumberOfPasswordPrompts=1 -o BatchMode=yes -- web1"#);
    }

    #[test]
    fn hosts_on_the_way_get_the_same_options() {
        let mut settings = settings();
        settings.proxy_jump = Some("ops@b1:2200,b2".into());
        let (arguments, hops) = master(&settings, Path::new("/run/s")).unwrap();
        assert_eq!(hops, 2);
        let command = arguments
            .iter()
            .find(|a| a.to_string_lossy().starts_with("ProxyCommand"))
            .unwrap();
        insta::assert_snapshot!(command.to_string_lossy(), @r#"ProxyCommand=ssh -T -F none -o StrictHostKeyChecking=yes -o 'UserKnownHostsFile="/run/k h"' -o GlobalKnownHostsFile=/dev/null -o UpdateHostKeys=no -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=3 -o BatchMode=yes -o NumberOfPasswordPrompts=0 -o ControlPath=none -o 'ProxyCommand=ssh -T -F none -o StrictHostKeyChecking=yes -o '\''UserKnownHostsFile="/run/k h"'\'' -o GlobalKnownHostsFile=/dev/null -o UpdateHostKeys=no -o ConnectTimeout=10 -o ServerAliveInterval=15 -o ServerAliveCountMax=3 -l ops -p 2200 -o BatchMode=yes -o NumberOfPasswordPrompts=0 -o ControlPath=none -W '\''[%%h]:%%p'\'' -- b1 2>>/run/s.err' -W '[%h]:%p' -- b2 2>>/run/s.err"#);
    }

    #[test]
    fn names_that_are_options_are_refused() {
        let mut settings = settings();
        settings.proxy_jump = Some("-oProxyCommand=id".into());
        assert!(master(&settings, Path::new("/run/s")).is_err());
        settings.proxy_jump = None;
        settings.user = Some("-oA".into());
        assert!(master(&settings, Path::new("/run/s")).is_err());
    }
}
