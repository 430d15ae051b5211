//! Lines of a known_hosts file, sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Digest;
use sha1::Sha1;

/// What a hidden name begins with.
const HASHED: &str = "|1|";

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// `@cert-authority` or `@revoked`.
    pub(super) marker: Option<&'a str>,
    /// Names, or a hash of one.
    hosts: &'a str,
    /// The type of the key.
    pub(super) kind: &'a str,
    /// The key.
    key: &'a str,
}

impl<'a> Entry<'a> {
    /// Reads a line; `None` when it is empty, a comment or no entry.
    pub(super) fn parse(line: &'a str) -> Option<Entry<'a>> {
        let mut words = line.split_whitespace().peekable();
        if words.peek()?.starts_with('#') {
            return None;
        }
        let marker = words.next_if(|word| word.starts_with('@'));
        Some(Entry { marker, hosts: words.next()?, kind: words.next()?, key: words.next()? })
    }

    /// Whether two lines say the same; hashes of one name differ each time.
    pub(super) fn is_same(&self, wanted: &Entry<'_>) -> bool {
        let both_hashed = self.hosts.starts_with(HASHED) && wanted.hosts.starts_with(HASHED) && self.marker.is_none();
        (self.marker, self.kind, self.key) == (wanted.marker, wanted.kind, wanted.key)
            && (both_hashed || self.hosts == wanted.hosts)
    }

    fn is_for(&self, host: &str) -> bool {
        let Some(hash) = self.hosts.strip_prefix(HASHED) else {
            return names_match(self.hosts, host);
        };
        let Some((salt, hash)) = hash.split_once('|') else { return false };
        match (STANDARD.decode(salt), STANDARD.decode(hash)) {
            (Ok(salt), Ok(hash)) => hmac(&salt, host.as_bytes()) == hash,
            _ => false,
        }
    }
}

/// The lines about a host, with their numbers from 0, as `ssh-keygen -F` finds them.
pub(super) fn find<'a>(text: &'a str, host: &'a str) -> impl Iterator<Item = (usize, Entry<'a>)> {
    let entries = text.split('\n').enumerate().filter_map(|(at, line)| Some((at, Entry::parse(line)?)));
    entries.filter(move |(_, entry)| entry.is_for(host))
}

/// The line with the host's name hidden.
pub(super) fn hashed(host: &str, line: &str, salt: &[u8]) -> String {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    let hash = format!("{HASHED}{}|{}", STANDARD.encode(salt), STANDARD.encode(hmac(salt, host.as_bytes())));
    let at = usize::from(words.first().is_some_and(|word| word.starts_with('@')));
    if let Some(word) = words.get_mut(at) {
        *word = &hash;
    }
    words.join(" ")
}

/// Twenty bytes that differ for each text.
pub(super) fn salt(of: &str) -> Vec<u8> {
    Sha1::digest(of.as_bytes()).to_vec()
}

/// Names with `*`, `?` and negation, separated by commas; upper and lower case are the same.
fn names_match(names: &str, host: &str) -> bool {
    let mut found = false;
    for name in names.to_lowercase().split(',') {
        match name.strip_prefix('!') {
            Some(name) if matches(name.as_bytes(), host.as_bytes()) => return false,
            Some(_) => {}
            None => found |= matches(name.as_bytes(), host.as_bytes()),
        }
    }
    found
}

/// Whether a pattern with `*` and `?` matches a whole text; goes back to the last `*` only, so it takes no longer than the
/// product of the lengths.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == b'?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

/// HMAC-SHA1, RFC 2104.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let digest = Sha1::digest(key);
    let key: &[u8] = if key.len() > BLOCK { &digest } else { key };
    let padded = |with: u8| -> Vec<u8> {
        let zeros = std::iter::repeat_n(0, BLOCK - key.len());
        key.iter().copied().chain(zeros).map(|byte| byte ^ with).collect()
    };
    let inner = Sha1::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha1::new().chain_update(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `ssh-keygen -H` of OpenSSH 9.2.
    const HIDDEN: &str = "|1|uwOh9mcOtJ/TDAs4HhBhQ8dmMvU=|7ClU5anrqLe09u75vTQWdw9o9zE=";

    #[test]
    fn names_are_found_as_by_ssh_keygen() {
        let text = "# a\nexample.org,192.0.2.1 ssh-rsa AAAA c\n@cert-authority *.example.org ssh-rsa BBBB\n\n!a.example.org,*.example.org ssh-rsa CCCC\n[example.org]:22 ssh-rsa DDDD\n";
        let found = |host: &str| find(text, host).map(|(at, _)| at).collect::<Vec<_>>();
        assert_eq!(found("example.org"), [1]);
        assert_eq!(found("192.0.2.1"), [1]);
        assert_eq!(found("a.example.org"), [2]);
        assert_eq!(found("b.example.org"), [2, 4]);
        assert_eq!(found("*.example.org"), [2, 4]);
        assert_eq!(found("[example.org]:22"), [5]);
    }

    #[test]
    fn hidden_names_are_those_of_openssh() {
        let line = format!("{HIDDEN} ssh-ed25519 AAAA");
        assert!(Entry::parse(&line).expect("an entry").is_for("example.org"));
        let mine = hashed("example.org", "@revoked example.org ssh-rsa  AAAA", b"12345678901234567890");
        let entry = Entry::parse(&mine).expect("an entry");
        assert!(entry.is_for("example.org") && !entry.is_for("example.com"));
        assert_eq!(entry.marker, Some("@revoked"));
    }
}
