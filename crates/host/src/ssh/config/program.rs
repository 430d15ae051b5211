//! Asking the `ssh` program what its configuration says.
#![expect(clippy::disallowed_types, reason = "transports start programs")]

use std::io;
use std::process::Command;
use std::process::Stdio;

use super::Config;
use crate::Error;
use crate::Result;
use crate::ssh::ConfigFiles;
use crate::ssh::SshSettings;

/// The output of `ssh -G`, read; `None` when there is no such program.
pub(super) fn ask(host: &str, settings: &SshSettings) -> Result<Option<Config>> {
    let mut command = Command::new("ssh");
    command.arg("-G");
    match &settings.config_files {
        ConfigFiles::Nothing => drop(command.args(["-F", "none"])),
        ConfigFiles::Usual => {}
        ConfigFiles::Only(file) => drop(command.arg("-F").arg(file)),
    }
    // `Match user` and `%r` look at these.
    command.args(settings.user.iter().flat_map(|user| ["-l", user]));
    command.args(
        settings
            .port
            .iter()
            .flat_map(|port| ["-p".to_owned(), port.to_string()]),
    );
    match command.arg("--").arg(host).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => {
            read(&String::from_utf8_lossy(&output.stdout), settings).map(Some)
        }
        Ok(output) => {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(Error::Unreachable(format!(
                "{host}: `ssh -G` refuses the configuration: {why}"
            )))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Unreachable(format!(
            "{host}: `ssh -G` cannot be run: {error}"
        ))),
    }
}

/// Reads `KEYWORD VALUE` lines; default values among them are as good as values given.
fn read(text: &str, settings: &SshSettings) -> Result<Config> {
    let mut config = Config::default();
    for (keyword, value) in text.lines().filter_map(|line| line.split_once(' ')) {
        let value = value.trim();
        let unset = value == "none" || (keyword == "identityagent" && value == "SSH_AUTH_SOCK");
        if unset && keyword != "proxyjump" {
            continue;
        }
        config
            .take(keyword, value)
            .map_err(|why| Error::Unreachable(format!("{}: ssh -G: {why}", settings.host)))?;
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of `ssh -G` (OpenSSH 9.2) that matter, as they came.
    const CAPTURED: &str = "host web1\nuser deploy\nhostname 192.0.2.7\nport 2222\naddressfamily any\n\
        batchmode no\nidentitiesonly yes\nconnecttimeout none\nuserknownhostsfile /root/.ssh/known_hosts /root/.ssh/known_hosts2\n\
        identityfile ~/.ssh/id_rsa\nidentityfile ~/.ssh/id_ed25519\nproxyjump ops@bastion:2200\n";

    #[test]
    fn the_program_s_output_is_read() {
        let config = read(CAPTURED, &SshSettings::new("web1")).unwrap();
        assert_eq!(config.host_name.as_deref(), Some("192.0.2.7"));
        assert_eq!(
            (config.port, config.user.as_deref()),
            (Some(2222), Some("deploy"))
        );
        assert_eq!(
            config.user_known_hosts,
            ["/root/.ssh/known_hosts", "/root/.ssh/known_hosts2"]
        );
        assert_eq!(config.identity_files, ["~/.ssh/id_rsa", "~/.ssh/id_ed25519"]);
        assert!(config.identities_only);
        assert_eq!(config.proxy_jump.as_deref(), Some("ops@bastion:2200"));
        assert_eq!(config.connect_timeout, None);
    }
}
