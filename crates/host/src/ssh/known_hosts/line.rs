//! One line of a file of known host keys.

use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use sha1::Sha1;

use super::super::pattern;
use super::super::wire::Fields;

/// What a line says about its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// It is the hosts' key.
    Key,
    /// It signs the hosts' certificates.
    Authority,
    /// It must not be used.
    Revoked,
}

/// For whom a line is.
#[derive(Debug)]
enum Hosts {
    /// Names with `*`, `?` and negation.
    Patterns(Vec<String>),
    /// `|1|SALT|HMAC-SHA1`: one name, hidden.
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
}

/// One entry and where it stands.
#[derive(Debug)]
pub(super) struct Line {
    file: PathBuf,
    number: usize,
    pub(super) marker: Marker,
    hosts: Hosts,
    pub(super) key: Vec<u8>,
}

impl Line {
    /// Reads a line; `None` when it is empty, a comment or no entry.
    pub(super) fn parse(file: &Path, number: usize, text: &str) -> Option<Line> {
        let mut words = text.split_whitespace().peekable();
        let marker = match *words.peek()? {
            "@cert-authority" => Marker::Authority,
            "@revoked" => Marker::Revoked,
            word if word.starts_with(['#', '@']) => return None,
            _ => Marker::Key,
        };
        if marker != Marker::Key {
            words.next();
        }
        let hosts = Hosts::parse(words.next()?)?;
        let kind = words.next()?;
        let key = BASE64_STANDARD.decode(words.next()?).ok()?;
        let line = Line {
            file: file.to_owned(),
            number,
            marker,
            hosts,
            key,
        };
        (line.kind() == kind && !kind.is_empty()).then_some(line)
    }

    /// The key's type.
    pub(super) fn kind(&self) -> &str {
        Fields::new(&self.key).text().unwrap_or("")
    }

    /// `FILE:LINE`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.file.display(), self.number)
    }

    /// Whether it is about the host, as [`super::name_in_files`] names it.
    pub(super) fn is_for(&self, name: &str) -> bool {
        match &self.hosts {
            Hosts::Patterns(patterns) => pattern::list_matches(patterns.iter().map(String::as_str), name),
            Hosts::Hashed { salt, hash } => Hmac::<Sha1>::new_from_slice(salt)
                .is_ok_and(|mac| mac.chain_update(name.as_bytes()).verify_slice(hash).is_ok()),
        }
    }
}

impl Hosts {
    fn parse(word: &str) -> Option<Hosts> {
        if !word.starts_with('|') {
            return Some(Hosts::Patterns(word.split(',').map(str::to_lowercase).collect()));
        }
        let (salt, hash) = word.strip_prefix("|1|")?.split_once('|')?;
        Some(Hosts::Hashed {
            salt: BASE64_STANDARD.decode(salt).ok()?,
            hash: BASE64_STANDARD.decode(hash).ok()?,
        })
    }
}
