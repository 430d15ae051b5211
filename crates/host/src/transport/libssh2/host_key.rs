//! Whether the host is the one it claims to be.

use super::link::Link;
use crate::Error;
use crate::Result;
use crate::ssh::KnownHosts;
use crate::ssh::Target;
use crate::ssh::Verdict;
use crate::ssh::add_known_host;
use crate::ssh::fingerprint;
use crate::ssh::known_host_entry;

/// Compares the key that the host has shown with what is known, and makes a new one known where that is wanted.
pub(super) fn check(target: &Target, known: &KnownHosts, link: &Link) -> Result<()> {
    let Target { label, key_name, .. } = target;
    let Some((key, _)) = link.session.host_key() else {
        return Err(Error::Unreachable(format!(
            "{label}: key exchange: the host has shown no key"
        )));
    };
    let shown = fingerprint(key);
    let file = target
        .known_hosts
        .first()
        .map_or_else(|| "known_hosts".into(), |file| file.display().to_string());
    let entry = known_host_entry(key_name, key);
    let (message, help) = match known.check(key_name, &target.key_host, key) {
        Verdict::Known => return Ok(()),
        Verdict::Unknown { others } if others.is_empty() && target.accept_new => {
            return accept(target, &entry);
        }
        Verdict::Unknown { others } if others.is_empty() => (
            format!("the host key is unknown: {shown}"),
            format!(
                "compare the fingerprint with `ssh-keygen -lf` on the host, then add this line to {file}, or run \
                 again with `--accept-new-host-keys`, which adds it:\n{entry}"
            ),
        ),
        Verdict::Unknown { others } => (
            format!(
                "the host key is unknown: {shown}; known are {}",
                others.join(", ")
            ),
            format!(
                "compare the fingerprint with `ssh-keygen -lf` on the host, then add this line to {file}:\n{entry}"
            ),
        ),
        Verdict::Changed(place) => (
            format!("the host key has changed: {shown} is not the key at {place}"),
            format!(
                "this may be an attack; if the host was installed anew, compare the fingerprint with `ssh-keygen \
                 -lf` on the host and replace the line at {place} by:\n{entry}"
            ),
        ),
        Verdict::Revoked(place) => (
            format!("the host key {shown} is revoked at {place}"),
            "give the host another key before anything is sent to it".into(),
        ),
        Verdict::Invalid(why) => (
            format!("the certificate of the host key {shown} does not count: {why}"),
            "have the authority issue another one, or make the plain key known".into(),
        ),
    };
    Err(Error::HostKey {
        message: format!("{label}: {message}"),
        help,
    })
}

fn accept(target: &Target, entry: &str) -> Result<()> {
    let Some(file) = target.known_hosts.first() else {
        return Err(Error::HostKey {
            message: format!("{}: there is no file to write the host key to", target.label),
            help: "name one with `--known-hosts FILE`".into(),
        });
    };
    add_known_host(file, entry).map_err(|error| Error::HostKey {
        message: format!(
            "{}: the host key cannot be written to {}: {error}",
            target.label,
            file.display()
        ),
        help: "name a file that can be written with `--known-hosts FILE`".into(),
    })
}
