//! Base64, hashes, identifiers, URLs.

mod crypt;
mod url;
mod vault;

pub(in crate::template) use crypt::encrypted;
pub(in crate::template) use crypt::implicit_ident;
pub(in crate::template) use crypt::salt;

use base64::Engine;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::general_purpose::STANDARD;
use base64::engine::general_purpose::URL_SAFE;
use evenkeel_tasks::Encoding;
use minijinja::Error;
use minijinja::Value;
use sha1::Digest;

use crate::template::call::Call;
use crate::template::call::Entry;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("b64encode", "string encoding urlsafe", |call| {
        let encoding = encoding(call)?;
        let bytes = encoding
            .encode(&call.text("string")?)
            .map_err(|why| call.error(why))?;
        Ok(Value::from(alphabet(call)?.encode(bytes)))
    }),
    Entry::new("b64decode", "string encoding urlsafe", b64decode),
    Entry::new("hash", "data hashtype", |call| {
        let kind = call.text_or("hashtype", "sha1")?;
        hashed(&kind, call.text("data")?.as_bytes())
            .map(Value::from)
            .ok_or_else(|| call.error(format!("unsupported hash type: {kind}")))
    }),
    Entry::new("md5", "data", |call| digest(call, "md5")),
    Entry::new("sha1 checksum", "data", |call| digest(call, "sha1")),
    Entry::new(
        "password_hash",
        "password hashtype salt salt_size rounds ident",
        crypt::password_hash,
    ),
    Entry::new("to_uuid", "string namespace", to_uuid),
    Entry::new("vault", "data secret salt vault_id wrap_object", vault::seal),
    Entry::new("unvault", "vault secret vault_id", vault::open),
    Entry::new("urlsplit", "value query alias", url::urlsplit),
];

fn alphabet(call: &Call<'_, '_, '_>) -> Result<&'static GeneralPurpose, Error> {
    Ok(if call.flag("urlsafe", false)? {
        &URL_SAFE
    } else {
        &STANDARD
    })
}

fn b64decode(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text: String = call
        .text("string")?
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    let bytes = alphabet(call)?
        .decode(text)
        .map_err(|error| call.error(format!("this is no base64: {error}")))?;
    let text = encoding(call)?.decode(&bytes);
    text.map(Value::from).map_err(|why| call.error(why))
}

fn encoding(call: &mut Call<'_, '_, '_>) -> Result<Encoding, Error> {
    let name = call.text_or("encoding", "utf-8")?;
    Encoding::named(&name).map_err(|why| call.error(why))
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
        "blake2b" => hex(&blake2::Blake2b512::digest(data)),
        "blake2s" => hex(&blake2::Blake2s256::digest(data)),
        "sha3_224" => hex(&sha3::Sha3_224::digest(data)),
        "sha3_256" => hex(&sha3::Sha3_256::digest(data)),
        "sha3_384" => hex(&sha3::Sha3_384::digest(data)),
        "sha3_512" => hex(&sha3::Sha3_512::digest(data)),
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
    let number = number.ok_or_else(|| call.error("Invalid value: the namespace is no UUID"))?;
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
