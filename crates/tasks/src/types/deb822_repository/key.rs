//! The key that signs a source.

use evenkeel_host::AbsPath;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use crate::Error;
use crate::Result;
use crate::facts::apt_key_file::FetchedKey;
use crate::facts::apt_key_file::Key;
use crate::facts::want;

/// Where keys lie that are named in sources.
pub(super) const KEYRINGS: &str = "/etc/apt/keyrings";

/// What `signed_by` turned out to be.
#[derive(Debug)]
pub(super) enum SignedBy {
    /// A file that is on the machine.
    File(String),
    /// The bytes that its URL gave.
    Fetched(Vec<u8>),
    /// The key itself, or the fingerprints of keys.
    Text(String),
}

/// Whether something is a URL, as Ansible tells: it has a scheme.
fn is_url(text: &str) -> bool {
    let scheme = text.split_once(':').map(|(scheme, _)| scheme);
    let fits = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    scheme.is_some_and(|scheme| scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(fits))
        && !text.contains(char::is_whitespace)
}

pub(super) fn wants(text: &str) -> Vec<Want> {
    let file = AbsPath::new(text).map(|path| Want::Entry {
        path,
        follow: true,
        content: false,
    });
    let url = is_url(text).then(|| want(FetchedKey(text.to_owned())));
    file.into_iter().chain(url).collect()
}

pub(super) fn look(on: &View<'_>, text: &str) -> Result<Known<SignedBy>> {
    if let Some(path) = AbsPath::new(text) {
        return Ok(on.entry(&path, true)?.map(|entry| match entry {
            Some(entry) if entry.stat.kind == Kind::File => SignedBy::File(text.to_owned()),
            _ => SignedBy::Text(text.to_owned()),
        }));
    }
    if !is_url(text) {
        return Ok(Known::Is(SignedBy::Text(text.to_owned())));
    }
    Ok(match on.fact(FetchedKey(text.to_owned()))? {
        Known::Is(key) => match (key.bytes(), key) {
            (Some(bytes), _) => Known::Is(SignedBy::Fetched(bytes)),
            (None, Key::Failed(why)) => {
                return Err(Error::failed(format!("Could not fetch signed_by key: {why}"))
                    .help(format!("the machine itself fetches {text}: can it reach it?")));
            }
            (None, Key::Is(_)) => return Err(Error::failed("Could not fetch signed_by key: it came broken")),
        },
        Known::Unknown(why) => Known::Unknown(why),
    })
}

/// Where a fetched key goes: `.asc` for one in letters, `.gpg` for bytes.
pub(super) fn path(slug: &str, bytes: &[u8]) -> AbsPath {
    const ARMOR: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";
    let ending = if bytes.windows(ARMOR.len()).any(|part| part == ARMOR) {
        "asc"
    } else {
        "gpg"
    };
    AbsPath::new(&format!("{KEYRINGS}/{slug}.{ending}")).unwrap_or_else(AbsPath::root)
}

impl SignedBy {
    /// What stands behind `Signed-By:`.
    pub(super) fn written(&self, slug: &str) -> String {
        match self {
            SignedBy::File(text) | SignedBy::Text(text) => text.clone(),
            SignedBy::Fetched(bytes) => path(slug, bytes).as_str().to_owned(),
        }
    }

    /// The file of the key, if it is in one.
    pub(super) fn file(&self, slug: &str) -> Option<String> {
        match self {
            SignedBy::File(_) | SignedBy::Fetched(_) => Some(self.written(slug)),
            SignedBy::Text(_) => None,
        }
    }
}
