//! Lines of an authorized_keys file, sshd(8), "AUTHORIZED_KEYS FILE FORMAT".

/// The types of keys that OpenSSH knows.
const KINDS: [&str; 23] = [
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp384-cert-v01@openssh.com",
    "ecdsa-sha2-nistp521",
    "ecdsa-sha2-nistp521-cert-v01@openssh.com",
    "rsa-sha2-256",
    "rsa-sha2-256-cert-v01@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-512-cert-v01@openssh.com",
    "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "sk-ssh-ed25519-cert-v01@openssh.com",
    "sk-ssh-ed25519@openssh.com",
    "ssh-dss",
    "ssh-dss-cert-v01@openssh.com",
    "ssh-ed25519",
    "ssh-ed25519-cert-v01@openssh.com",
    "ssh-rsa",
    "ssh-rsa-cert-v01@openssh.com",
    "ssh-xmss-cert-v01@openssh.com",
    "ssh-xmss@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
];

/// A key with what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// What the key may be used for, as it is written.
    pub(super) options: String,
    pub(super) kind: String,
    pub(super) key: String,
    pub(super) comment: String,
}

impl Entry {
    /// Reads a line; `None` when it is empty, a comment or no key.
    pub(super) fn parse(line: &str) -> Option<Entry> {
        let line = line.replace("\\#", "#");
        let words: Vec<&str> = line.split_whitespace().collect();
        if words.first()?.starts_with('#') {
            return None;
        }
        let at = words.iter().position(|word| KINDS.contains(word))?;
        Some(Entry {
            options: words[..at].join(" "),
            kind: words[at].to_owned(),
            key: (*words.get(at + 1)?).to_owned(),
            comment: words[at + 2..].join(" "),
        })
    }

    /// Whether two lines say the same, options in any order.
    pub(super) fn is_same(&self, other: &Entry) -> bool {
        let sorted = |entry: &Entry| {
            let mut options = split_options(&entry.options);
            options.sort();
            options
        };
        (&self.kind, &self.key, &self.comment) == (&other.kind, &other.key, &other.comment) && sorted(self) == sorted(other)
    }

    /// The line, without its newline.
    pub(super) fn line(&self) -> String {
        let parts = [&self.options, &self.kind, &self.key, &self.comment];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        parts.join(" ")
    }
}

/// Options are separated by commas, but not by those in quotes.
fn split_options(text: &str) -> Vec<String> {
    let (mut options, mut option, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        quoted ^= c == '"';
        if c == ',' && !quoted {
            options.push(std::mem::take(&mut option));
        } else {
            option.push(c);
        }
    }
    options.push(option);
    options.retain(|option| !option.is_empty());
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_a_set_and_comments_matter() {
        let read = |line: &str| Entry::parse(line).expect(line);
        let one = read("no-pty,from=\"10.0.0.1,10.0.0.2\" ssh-ed25519 AAAA me at home");
        assert_eq!((one.options.as_str(), one.comment.as_str()), ("no-pty,from=\"10.0.0.1,10.0.0.2\"", "me at home"));
        assert!(one.is_same(&read("from=\"10.0.0.1,10.0.0.2\",no-pty  ssh-ed25519 AAAA me at home")));
        assert!(!one.is_same(&read("no-pty ssh-ed25519 AAAA me at home")));
        assert!(!read("ssh-rsa AAAA a").is_same(&read("ssh-rsa AAAA b")));
        assert_eq!(read("ssh-rsa  AAAA").line(), "ssh-rsa AAAA");
        for line in ["", "# ssh-rsa AAAA", "nonsense AAAA", "ssh-rsa"] {
            assert_eq!(Entry::parse(line), None, "{line}");
        }
    }
}
