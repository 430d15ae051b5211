//! Base64, hashes, identifiers, URLs.

mod crypt;

use base64::Engine;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE;
use minijinja::Error;
use minijinja::Value;
use sha1::Digest;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::record;
use crate::template::python;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("b64encode", "string encoding urlsafe", |call| {
        utf8(call)?;
        Ok(Value::from(alphabet(call)?.encode(call.text("string")?)))
    }),
    Entry::new("b64decode", "string encoding urlsafe", b64decode),
    Entry::new("hash", "data hashtype", |call| {
        let kind = call.text_or("hashtype", "sha1")?;
        hashed(&kind, call.text("data")?.as_bytes())
            .map(Value::from)
            .ok_or_else(|| call.error(format!("there is no hash `{kind}`")))
    }),
    Entry::new("md5", "data", |call| digest(call, "md5")),
    Entry::new("sha1 checksum", "data", |call| digest(call, "sha1")),
    Entry::new(
        "password_hash",
        "password hashtype salt salt_size rounds ident",
        crypt::password_hash,
    ),
    Entry::new("to_uuid", "string namespace", to_uuid),
    Entry::new("urlsplit", "value query alias", urlsplit),
];

fn utf8(call: &Call<'_, '_, '_>) -> Result<(), Error> {
    let encoding = call.text_or("encoding", "utf-8")?;
    let known = matches!(
        encoding.to_ascii_lowercase().replace('_', "-").as_str(),
        "utf-8" | "utf8" | "ascii" | "us-ascii"
    );
    if known {
        Ok(())
    } else {
        Err(call.error(format!("only utf-8 is supported, not `{encoding}`")))
    }
}

fn alphabet(call: &Call<'_, '_, '_>) -> Result<&'static GeneralPurpose, Error> {
    Ok(if call.flag("urlsafe", false)? {
        &URL_SAFE
    } else {
        &STANDARD
    })
}

fn b64decode(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    utf8(call)?;
    let text: String = call
        .text("string")?
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let bytes = alphabet(call)?
        .decode(text)
        .map_err(|error| call.error(format!("this is no base64: {error}")))?;
    String::from_utf8(bytes)
        .map(Value::from)
        .map_err(|_| call.error("the decoded bytes are no UTF-8 text"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn hashed(kind: &str, data: &[u8]) -> Option<String> {
    Some(match kind {
        "md5" => hex(&md5::Md5::digest(data)),
        "sha1" => hex(&sha1::Sha1::digest(data)),
        "sha224" => hex(&sha2::Sha224::digest(data)),
        "sha256" => hex(&sha2::Sha256::digest(data)),
        "sha384" => hex(&sha2::Sha384::digest(data)),
        "sha512" => hex(&sha2::Sha512::digest(data)),
        _ => return None,
    })
}

fn digest(call: &Call<'_, '_, '_>, kind: &str) -> Result<Value, Error> {
    let data = call.text("data")?;
    Ok(Value::from(hashed(kind, data.as_bytes()).unwrap_or_default()))
}

/// A UUID of version 5 in Ansible's namespace (RFC 9562, section 5.5).
fn to_uuid(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let namespace = call
        .text_or("namespace", "361E6D51-FAEC-444A-9079-341386DA8E2E")?
        .replace('-', "");
    let number = u128::from_str_radix(&namespace, 16)
        .ok()
        .filter(|_| namespace.len() == 32);
    let number = number.ok_or_else(|| call.error("the namespace is no UUID"))?;
    let mut hash = sha1::Sha1::new();
    hash.update(number.to_be_bytes());
    hash.update(call.text("string")?.as_bytes());
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = (bytes[6] & 0x0f) | 0x50;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = hex(&bytes);
    Ok(Value::from(format!(
        "{}-{}-{}-{}-{}",
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..]
    )))
}

/// The parts of a URL, as Python's `urllib.parse.urlsplit` names them.
fn urlsplit(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let (rest, fragment) = text.split_once('#').unwrap_or((&text, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let valid = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (scheme, rest) = rest
        .split_once(':')
        .filter(|(scheme, _)| valid(scheme))
        .unwrap_or(("", rest));
    let (netloc, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let (user, host) = netloc
        .rsplit_once('@')
        .map_or((None, netloc), |(user, host)| (Some(user), host));
    let (name, password) = user.map_or((None, None), |user| {
        user.split_once(':')
            .map_or((Some(user), None), |(name, password)| {
                (Some(name), Some(password))
            })
    });
    let (hostname, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (address, rest.strip_prefix(':')),
        None => host
            .split_once(':')
            .map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => Value::from(
            port.parse::<u16>()
                .map_err(|_| call.error(format!("`{port}` is no port")))?,
        ),
        None => Value::from(()),
    };
    let optional = |part: Option<&str>| part.map_or(Value::from(()), Value::from);
    let host = Some(hostname.to_lowercase()).filter(|host| !host.is_empty());
    let parts = record([
        ("fragment", Value::from(fragment)),
        ("hostname", optional(host.as_deref())),
        ("netloc", Value::from(netloc)),
        ("password", optional(password)),
        ("path", Value::from(path)),
        ("port", port),
        ("query", Value::from(query)),
        ("scheme", Value::from(scheme.to_lowercase())),
        ("username", optional(name)),
    ]);
    let wanted = call.text_or("query", "")?;
    if wanted.is_empty() {
        return Ok(parts);
    }
    python::get(&parts, &Value::from(wanted.as_str()))
        .ok_or_else(|| call.error(format!("a URL has no part `{wanted}`")))
}
