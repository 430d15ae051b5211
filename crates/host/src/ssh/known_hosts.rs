//! Known host keys: SSH_KNOWN_HOSTS FILE FORMAT in sshd(8).

mod line;
mod writer;

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sha2::Digest;
use sha2::Sha256;

use self::line::Line;
use self::line::Marker;
use super::certificate::Certificate;
use super::certificate::SUFFIX;
use super::wire::Fields;

pub(crate) use writer::add;

/// The known host keys of several files.
#[derive(Debug, Default)]
pub(crate) struct KnownHosts {
    lines: Vec<Line>,
}

/// What the files say about a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the host's.
    Known,
    /// Nothing is known; `others` are the key types that are known for the host, with their places.
    Unknown {
        /// E.g. `ssh-rsa (known_hosts:3)`.
        others: Vec<String>,
    },
    /// The host is known with another key of the same type, there.
    Changed(String),
    /// It must not be used, says the line there.
    Revoked(String),
    /// A certificate by a trusted authority that does not vouch for the host, and why.
    Invalid(String),
}

impl KnownHosts {
    /// Reads the files; one that does not exist is empty.
    ///
    /// # Errors
    /// When one exists and cannot be read.
    pub(crate) fn read(files: &[PathBuf]) -> Result<KnownHosts, String> {
        let mut known = KnownHosts::default();
        for file in files {
            match std::fs::read(file) {
                Ok(bytes) => known.parse(file, &String::from_utf8_lossy(&bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{}: {error}", file.display())),
            }
        }
        Ok(known)
    }

    /// Adds the lines of a file; a line that is no entry counts for nothing, as in OpenSSH.
    fn parse(&mut self, file: &Path, text: &str) {
        let lines = text.lines().enumerate();
        self.lines
            .extend(lines.filter_map(|(at, text)| Line::parse(file, at + 1, text)));
    }

    /// The host key algorithms to ask for, best first: what is known, then what could be.
    pub(crate) fn algorithms(&self, name: &str) -> String {
        let lines: Vec<&Line> = self.lines.iter().filter(|line| line.is_for(name)).collect();
        let known = |kind: &str| {
            lines
                .iter()
                .any(|line| line.marker == Marker::Key && line.kind() == kind)
        };
        let authority = lines.iter().any(|line| line.marker == Marker::Authority);
        let mut wanted: Vec<String> = Vec::new();
        if authority {
            wanted.extend(
                ALGORITHMS
                    .iter()
                    .map(|(_, algorithm)| format!("{algorithm}{SUFFIX}")),
            );
        }
        for first in [true, false] {
            let part = ALGORITHMS.iter().filter(|(kind, _)| known(kind) == first);
            wanted.extend(part.map(|(_, algorithm)| (*algorithm).to_owned()));
        }
        wanted.join(",")
    }

    /// What the files say about the key that a host has shown.
    ///
    /// `name` is the host as in the files: `[HOST]:PORT` unless the port is 22; `host` is the bare name, which
    /// certificates know.
    pub(crate) fn check(&self, name: &str, host: &str, key: &[u8]) -> Verdict {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        self.check_at(name, host, key, now)
    }

    fn check_at(&self, name: &str, host: &str, key: &[u8], now: u64) -> Verdict {
        let certificate = Certificate::read(key);
        let plain = certificate.as_ref().map_or(key, |certificate| &certificate.key);
        let authority = certificate.as_ref().map(|certificate| certificate.authority);
        let revoked = |line: &&Line| {
            line.marker == Marker::Revoked && (line.key == plain || authority == Some(&line.key))
        };
        if let Some(line) = self.lines.iter().find(|line| revoked(line) && line.is_for(name)) {
            return Verdict::Revoked(line.place());
        }
        let trusts = |line: &&Line| line.marker == Marker::Authority && authority == Some(&line.key);
        if let Some(certificate) = &certificate
            && self.lines.iter().any(|line| trusts(&line) && line.is_for(name))
        {
            // As in OpenSSH, a bad certificate leaves the host with its plain key.
            return match (certificate.check(host, now), self.check_plain(name, plain)) {
                (Ok(()), _) => Verdict::Known,
                (Err(why), Verdict::Unknown { .. }) => Verdict::Invalid(why),
                (Err(_), verdict) => verdict,
            };
        }
        self.check_plain(name, plain)
    }

    fn check_plain(&self, name: &str, key: &[u8]) -> Verdict {
        let keys = || {
            self.lines
                .iter()
                .filter(|line| line.marker == Marker::Key && line.is_for(name))
        };
        if keys().any(|line| line.key == key) {
            return Verdict::Known;
        }
        match keys().find(|line| Some(line.kind()) == kind(key)) {
            Some(line) => Verdict::Changed(line.place()),
            None => Verdict::Unknown {
                others: keys().map(|l| format!("{} ({})", l.kind(), l.place())).collect(),
            },
        }
    }
}

/// Key types and the signature algorithms that use them, in the order of preference.
const ALGORITHMS: [(&str, &str); 6] = [
    ("ssh-ed25519", "ssh-ed25519"),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"),
    ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"),
    ("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"),
    ("ssh-rsa", "rsa-sha2-512"),
    ("ssh-rsa", "rsa-sha2-256"),
];

/// The key's type, e.g. `ssh-ed25519`.
fn kind(key: &[u8]) -> Option<&str> {
    Fields::new(key).text()
}

/// The key as `ssh` shows it, e.g. `ED25519 SHA256:...`.
pub(crate) fn fingerprint(key: &[u8]) -> String {
    let certificate = Certificate::read(key);
    let key = certificate.as_ref().map_or(key, |certificate| &certificate.key);
    let kind = kind(key).unwrap_or("unknown");
    let kind = match kind.strip_prefix("ssh-") {
        Some(short) => short.to_uppercase(),
        None => kind.split('-').next().unwrap_or(kind).to_uppercase(),
    };
    format!(
        "{kind} SHA256:{}",
        BASE64_STANDARD_NO_PAD.encode(Sha256::digest(key))
    )
}

/// The line that makes a key known; of a certificate, the host's own key.
pub(crate) fn entry(name: &str, key: &[u8]) -> String {
    let certificate = Certificate::read(key);
    let key = certificate.as_ref().map_or(key, |certificate| &certificate.key);
    format!(
        "{name} {} {}",
        kind(key).unwrap_or("unknown"),
        BASE64_STANDARD.encode(key)
    )
}

/// How a host stands in the files: lower case, `[HOST]:PORT` unless the port is 22.
pub(crate) fn name_in_files(host: &str, port: u16) -> String {
    let host = host.to_lowercase();
    if port == 22 {
        host
    } else {
        format!("[{host}]:{port}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIIYDHjyOSRIM4iGHYVYhGAU7ORMIzjMaBwZThRwPjoLW";
    const OTHER: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIPkxvkvhJ8QyfZaFWdVWIBW2RzNPVMrJPk4b1S+Nmd2x";

    fn known(text: &str) -> KnownHosts {
        let mut known = KnownHosts::default();
        known.parse(Path::new("known_hosts"), text);
        known
    }

    fn verdict(text: &str, name: &str) -> Verdict {
        known(text).check(name, name, &BASE64_STANDARD.decode(ED25519).unwrap())
    }

    #[test]
    fn names_patterns_and_negations_select() {
        let line = |hosts: &str| format!("# comment\n\n{hosts} ssh-ed25519 {ED25519} comment\n");
        for (hosts, name, found) in [
            ("web1,192.0.2.1", "192.0.2.1", true),
            ("WEB1", "web1", true),
            ("[web1]:2222", "[web1]:2222", true),
            ("web1", "[web1]:2222", false),
            ("[*.example.org]:2222", "[a.example.org]:2222", true),
            ("*.example.org,!b.example.org", "b.example.org", false),
            ("web?", "web1", true),
        ] {
            assert_eq!(
                verdict(&line(hosts), name) == Verdict::Known,
                found,
                "{hosts} {name}"
            );
        }
    }

    #[test]
    fn one_of_several_keys_is_enough_and_none_names_the_first() {
        let text = format!("web1 ssh-ed25519 {OTHER}\nweb1 ssh-ed25519 {ED25519}\n");
        assert_eq!(verdict(&text, "web1"), Verdict::Known);
        let text = format!("db ssh-ed25519 {ED25519}\nweb1 ssh-ed25519 {OTHER}\n");
        assert_eq!(verdict(&text, "web1"), Verdict::Changed("known_hosts:2".into()));
        assert_eq!(verdict(&text, "web2"), Verdict::Unknown { others: vec![] });
    }

    #[test]
    fn a_revoked_key_is_refused_wherever_the_line_stands() {
        let text = format!("web1 ssh-ed25519 {ED25519}\n@revoked * ssh-ed25519 {ED25519}\n");
        assert_eq!(verdict(&text, "web1"), Verdict::Revoked("known_hosts:2".into()));
        let text = format!("web1 ssh-ed25519 {ED25519}\n@revoked other ssh-ed25519 {ED25519}\n");
        assert_eq!(verdict(&text, "web1"), Verdict::Known);
    }

    #[test]
    fn an_authority_s_line_is_no_host_key() {
        let text = format!("@cert-authority * ssh-ed25519 {ED25519}\n");
        assert_eq!(verdict(&text, "web1"), Verdict::Unknown { others: vec![] });
        assert!(
            known(&text)
                .algorithms("web1")
                .starts_with("ssh-ed25519-cert-v01@openssh.com,")
        );
    }

    #[test]
    fn a_hashed_name_is_found() {
        // `ssh-keygen -H` of "web1 ssh-ed25519 ..." with a fixed salt.
        let hash = {
            use hmac::KeyInit;
            use hmac::Mac;
            let mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(b"salt")
                .unwrap()
                .chain_update(b"web1");
            BASE64_STANDARD.encode(mac.finalize().into_bytes())
        };
        let text = format!(
            "|1|{}|{hash} ssh-ed25519 {ED25519}\n",
            BASE64_STANDARD.encode("salt")
        );
        assert_eq!(verdict(&text, "web1"), Verdict::Known);
        assert_eq!(verdict(&text, "web2"), Verdict::Unknown { others: vec![] });
    }

    #[test]
    fn known_types_are_asked_for_first() {
        let ecdsa = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAAAA";
        let known = known(&format!("web1 ecdsa-sha2-nistp256 {ecdsa}\n"));
        insta::assert_snapshot!(known.algorithms("web1"), @"ecdsa-sha2-nistp256,ssh-ed25519,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256");
        insta::assert_snapshot!(known.algorithms("web2"), @"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256");
        let shown = BASE64_STANDARD.decode(ED25519).unwrap();
        let others = vec!["ecdsa-sha2-nistp256 (known_hosts:1)".to_owned()];
        assert_eq!(known.check("web1", "web1", &shown), Verdict::Unknown { others });
    }

    #[test]
    fn lines_and_keys_are_shown_as_ssh_shows_them() {
        let key = BASE64_STANDARD.decode(ED25519).unwrap();
        assert_eq!(
            entry(&name_in_files("Web1", 2222), &key),
            format!("[web1]:2222 ssh-ed25519 {ED25519}")
        );
        assert!(fingerprint(&key).starts_with("ED25519 SHA256:"));
        let text = format!("{}\n", entry("web1", &key));
        assert_eq!(verdict(&text, "web1"), Verdict::Known);
    }

    proptest::proptest! {
        #[test]
        fn no_line_and_no_key_panics(line in "(@revoked |@cert-authority )?[ -~]{0,80}", key: Vec<u8>) {
            let known = known(&line);
            let _verdict = known.check("web1", "web1", &key);
            let _entry = entry("web1", &key);
        }

        #[test]
        fn a_certificate_cut_short_is_none(cut in 0usize..300, flip in 0usize..300) {
            let mut blob = Vec::new();
            for field in [b"ssh-ed25519-cert-v01@openssh.com".as_slice(), &[7; 32], &[8; 32]] {
                blob.extend((field.len() as u32).to_be_bytes());
                blob.extend(field);
            }
            blob.extend([0; 100]);
            blob.truncate(cut);
            if let Some(byte) = blob.get_mut(flip) {
                *byte ^= 0x41;
            }
            let _certificate = Certificate::read(&blob).map(|certificate| certificate.check("web1", 1));
        }
    }
}
