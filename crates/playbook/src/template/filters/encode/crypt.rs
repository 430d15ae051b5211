//! `password_hash`: hashes as crypt(3) knows them.

mod blowfish;
mod md5;
mod sha;

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::filters::DRAWN;
use crate::template::filters::Random;
use crate::template::marker::Unknown;
use crate::template::python;
use crate::template::python::Shape;

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The rounds that passlib refuses to go below, and above.
const SHA_ROUNDS: std::ops::RangeInclusive<i64> = 1000..=999_999_999;

/// A hash.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Md5,
    Bcrypt,
    Sha256,
    Sha512,
}

/// What a hash is made with besides the password.
#[derive(Default)]
struct Options {
    salt: Option<String>,
    rounds: Option<i64>,
    ident: Option<String>,
}

impl Kind {
    /// By the names of Ansible and of passlib.
    fn named(name: &str) -> Result<Kind, Error> {
        Ok(match name {
            "md5" | "md5_crypt" => Kind::Md5,
            "blowfish" | "bcrypt" => Kind::Bcrypt,
            "sha256" | "sha256_crypt" => Kind::Sha256,
            "sha512" | "sha512_crypt" => Kind::Sha512,
            _ => {
                let message = format!(
                    "{name} is not in the list of supported passlib algorithms: md5, blowfish, sha256, sha512"
                );
                return Err(python::error(message));
            }
        })
    }

    /// How many characters a salt has, and whether it must have them all.
    fn salt_size(self) -> (usize, bool) {
        match self {
            Kind::Md5 => (8, false),
            Kind::Bcrypt => (22, true),
            Kind::Sha256 | Kind::Sha512 => (16, false),
        }
    }
}

/// `password_hash`. Without a salt one is drawn, so that every run gives another hash.
pub(super) fn password_hash(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let kind = Kind::named(&call.text_or("hashtype", "sha512")?)?;
    let size = match call.some("salt_size").map(python::shape) {
        None => None,
        Some(Shape::Int(size)) => usize::try_from(size).ok(),
        Some(_) => return Err(call.error("salt_size must be an integer")),
    };
    let mut options = Options {
        salt: Some(call.text_or("salt", "")?).filter(|salt| !salt.is_empty()),
        rounds: call.int("rounds")?,
        ident: Some(call.text_or("ident", "")?).filter(|ident| !ident.is_empty()),
    };
    if options.salt.is_none() {
        match drawn(size.unwrap_or(kind.salt_size().0))? {
            Some(salt) => options.salt = Some(salt),
            None => return Ok(Unknown::value(&DRAWN.into())),
        }
    }
    hashed(&call.text("password")?, kind, &options).map(Value::from)
}

/// A salt for a kind of hash; none in a forecast.
pub(in crate::template) fn salt(kind: &str) -> Result<Option<String>, Error> {
    drawn(Kind::named(kind).map_or(8, |kind| kind.salt_size().0))
}

/// What stands for the version of a hash where none is said.
pub(in crate::template) fn implicit_ident(kind: &str) -> Option<String> {
    matches!(Kind::named(kind), Ok(Kind::Bcrypt)).then(|| "2b".to_owned())
}

/// A password hashed with a salt that was kept.
pub(in crate::template) fn encrypted(
    password: &str,
    kind: &str,
    salt: Option<&str>,
    ident: Option<&str>,
) -> Result<Value, Error> {
    let options = Options {
        salt: salt.map(str::to_owned),
        rounds: None,
        ident: ident.map(str::to_owned),
    };
    hashed(password, Kind::named(kind)?, &options).map(Value::from)
}

fn drawn(size: usize) -> Result<Option<String>, Error> {
    let characters: Vec<char> = ALPHABET.iter().map(|byte| char::from(*byte)).collect();
    Random::drawn()?
        .map(|mut random| random.text(&characters, size))
        .transpose()
}

fn hashed(password: &str, kind: Kind, options: &Options) -> Result<String, Error> {
    let failed = |why: &str| python::error(format!("`password_hash`: Could not hash the secret. {why}"));
    let salt = options.salt.as_deref().unwrap_or_default();
    let (size, exact) = kind.salt_size();
    if !salt.bytes().all(|byte| ALPHABET.contains(&byte)) {
        return Err(failed("a salt has the characters a-z A-Z 0-9 . /"));
    }
    if salt.len() > size || (exact && salt.len() < size) {
        let bound = if exact { "exactly" } else { "at most" };
        return Err(failed(&format!("the salt has {bound} {size} characters")));
    }
    if password.contains('\0') {
        return Err(failed("a password has no NUL byte"));
    }
    let password = password.as_bytes();
    let rounds = |default: i64, range: &std::ops::RangeInclusive<i64>| {
        let rounds = options.rounds.filter(|rounds| *rounds != 0).unwrap_or(default);
        let bounds = format!("`rounds` is from {} to {}", range.start(), range.end());
        Some(rounds)
            .filter(|rounds| range.contains(rounds))
            .ok_or_else(|| failed(&bounds))
    };
    let sha = |mark: char, default: i64, hash: fn(&[u8], &[u8], usize) -> String| {
        let rounds = usize::try_from(rounds(default, &SHA_ROUNDS)?).unwrap_or(0);
        let shown = if rounds == 5000 {
            String::new()
        } else {
            format!("rounds={rounds}$")
        };
        Ok(format!(
            "${mark}${shown}{salt}${}",
            hash(password, salt.as_bytes(), rounds)
        ))
    };
    match kind {
        Kind::Md5 => Ok(format!("$1${salt}${}", md5::md5(password, salt.as_bytes()))),
        Kind::Sha256 => sha('5', 535_000, sha::sha256),
        Kind::Sha512 => sha('6', 656_000, sha::sha512),
        Kind::Bcrypt => {
            let ident = options.ident.as_deref().unwrap_or("2b");
            let ident = ident.trim_matches('$');
            if !matches!(ident, "2" | "2a" | "2y" | "2b") {
                return Err(failed("`ident` is 2, 2a, 2y or 2b"));
            }
            let cost = u32::try_from(rounds(12, &(4..=31))?).unwrap_or(12);
            blowfish::bcrypt(password, salt, cost, ident)
                .ok_or_else(|| failed("the salt is none of bcrypt's"))
        }
    }
}

/// The characters for the bytes of a digest, in the order that a hash gives them.
fn encoded(digest: &[u8], order: &[[usize; 3]], last: &[usize]) -> String {
    let mut out = String::new();
    let mut group = |bytes: [u8; 3], count: usize| {
        let mut bits = u32::from(bytes[0]) << 16 | u32::from(bytes[1]) << 8 | u32::from(bytes[2]);
        for _ in 0..count {
            out.push(char::from(ALPHABET[(bits & 63) as usize]));
            bits >>= 6;
        }
    };
    for indexes in order {
        group(indexes.map(|index| digest[index]), 4);
    }
    match last {
        [only] => group([0, 0, digest[*only]], 2),
        [high, low] => group([0, digest[*high], digest[*low]], 3),
        _ => {}
    }
    out
}
