//! What the `ssh` program's complaints mean.

use crate::Error;
use crate::SshSettings;

/// The error behind the standard error of a master that did not start.
pub(super) fn explain(settings: &SshSettings, stderr: &str) -> Error {
    let host = &settings.host;
    let line = |part: &str| stderr.lines().find(|line| line.contains(part)).map(str::trim);
    if let Some(offending) = line("Offending").filter(|_| stderr.contains("IDENTIFICATION HAS CHANGED")) {
        let shown = line("SHA256:").unwrap_or("").trim_end_matches('.');
        let place = offending.rsplit(' ').next().unwrap_or(offending);
        return Error::HostKey {
            message: format!("{host}: the host key has changed: {shown} is not the key at {place}"),
            help: format!(
                "this may be an attack; if the host was installed anew, compare the fingerprint with `ssh-keygen \
                 -lf` on the host and replace the line at {place}"
            ),
        };
    }
    if stderr.contains("REVOKED HOST KEY") {
        let line = line("is marked as revoked").unwrap_or("its key is marked as revoked");
        return Error::HostKey {
            message: format!("{host}: the host key is revoked: {line}"),
            help: "give the host another key before anything is sent to it".into(),
        };
    }
    if stderr.contains("Host key verification failed") {
        let why = line("host key is known").unwrap_or("its key is unknown");
        let file = settings
            .known_hosts
            .first()
            .map_or("known_hosts".into(), |file| file.display().to_string());
        return Error::HostKey {
            message: format!("{host}: the host key is unknown: {why}"),
            help: format!(
                "add the host's key to {file}, or run again with `--accept-new-host-keys`, which adds it"
            ),
        };
    }
    let said = stderr
        .trim()
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join("; ");
    if stderr.contains("Permission denied") || stderr.contains("Too many authentication failures") {
        return Error::Authentication {
            message: format!("{host}: login refused: {said}"),
        };
    }
    Error::Unreachable(format!("{host}: connecting: {said}"))
}
