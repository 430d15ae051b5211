//! OpenSSH certificates of hosts (PROTOCOL.certkeys in OpenSSH's source).

use openssl::bn::BigNum;
use openssl::ec::EcGroup;
use openssl::ec::EcKey;
use openssl::ec::EcPoint;
use openssl::ecdsa::EcdsaSig;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::pkey::PKey;
use openssl::pkey::Public;
use openssl::rsa::Rsa;
use openssl::sign::Verifier;

use super::pattern;
use super::wire::Fields;

/// How the type of every certificate ends.
pub(super) const SUFFIX: &str = "-cert-v01@openssh.com";

/// The certificate type of hosts; users have 1.
const HOST: u32 = 2;

/// A certificate that a host has shown; nothing of it is believed before [`Certificate::check`].
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    kind: u32,
    principals: Vec<&'a str>,
    valid_after: u64,
    valid_before: u64,
    critical_options: &'a [u8],
    /// The authority's public key, as a blob.
    pub(super) authority: &'a [u8],
    /// The host's own public key, as the blob a plain host key would be.
    pub(super) key: Vec<u8>,
    signed: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Takes a certificate apart; `None` when the blob is no certificate.
    pub(super) fn read(blob: &'a [u8]) -> Option<Certificate<'a>> {
        let mut fields = Fields::new(blob);
        let base = fields.text()?.strip_suffix(SUFFIX)?;
        let _nonce = fields.string()?;
        let parts = match base {
            "ssh-ed25519" => 1,
            "ssh-rsa" | "ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => 2,
            _ => return None,
        };
        let mut key = Vec::new();
        put(&mut key, base.as_bytes());
        for _ in 0..parts {
            put(&mut key, fields.string()?);
        }
        let _serial = fields.u64()?;
        let kind = fields.u32()?;
        let _key_id = fields.string()?;
        let mut names = Fields::new(fields.string()?);
        let mut principals = Vec::new();
        while !names.rest().is_empty() {
            principals.push(names.text()?);
        }
        let (valid_after, valid_before) = (fields.u64()?, fields.u64()?);
        let critical_options = fields.string()?;
        let (_extensions, _reserved) = (fields.string()?, fields.string()?);
        let authority = fields.string()?;
        let signed = &blob[..blob.len() - fields.rest().len()];
        let signature = fields.string()?;
        fields.rest().is_empty().then_some(Certificate {
            kind,
            principals,
            valid_after,
            valid_before,
            critical_options,
            authority,
            key,
            signed,
            signature,
        })
    }

    /// Whether it vouches for the host now; says why not.
    ///
    /// That the authority is trusted is the caller's to know. `now` is in seconds since 1970.
    pub(super) fn check(&self, host: &str, now: u64) -> Result<(), String> {
        if self.kind != HOST {
            return Err("it is not a certificate of a host".into());
        }
        if !self.critical_options.is_empty() {
            return Err("it has critical options, and none is defined for hosts".into());
        }
        if now < self.valid_after {
            return Err("it is not valid yet".into());
        }
        if now >= self.valid_before {
            return Err("it has expired".into());
        }
        let named = |principal: &str| pattern::matches(&principal.to_lowercase(), &host.to_lowercase());
        if !self.principals.is_empty() && !self.principals.iter().any(|principal| named(principal)) {
            return Err(format!("it is for {}", self.principals.join(", ")));
        }
        match verify(self.authority, self.signature, self.signed) {
            Ok(true) => Ok(()),
            Ok(false) => Err("its signature is wrong".into()),
            Err(why) => Err(why),
        }
    }
}

fn put(blob: &mut Vec<u8>, field: &[u8]) {
    blob.extend(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
    blob.extend(field);
}

/// Whether `signature` over `signed` was made with the key of which `key` is the public half.
fn verify(key: &[u8], signature: &[u8], signed: &[u8]) -> Result<bool, String> {
    let (mut key, mut signature) = (Fields::new(key), Fields::new(signature));
    let short = || "the authority's key or signature is cut short".to_owned();
    let kind = key.text().ok_or_else(short)?;
    let algorithm = signature.text().ok_or_else(short)?;
    let signature = signature.string().ok_or_else(short)?;
    let outcome = match (kind, algorithm) {
        ("ssh-ed25519", "ssh-ed25519") => {
            PKey::public_key_from_raw_bytes(key.string().ok_or_else(short)?, Id::ED25519)
                .and_then(|key| Verifier::new_without_digest(&key)?.verify_oneshot(signature, signed))
        }
        ("ssh-rsa", "rsa-sha2-256") => {
            rsa(key, signature, signed, MessageDigest::sha256()).ok_or_else(short)?
        }
        ("ssh-rsa", "rsa-sha2-512") => {
            rsa(key, signature, signed, MessageDigest::sha512()).ok_or_else(short)?
        }
        ("ecdsa-sha2-nistp256" | "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521", _) if kind == algorithm => {
            ecdsa(key, signature, signed).ok_or_else(short)?
        }
        _ => {
            return Err(format!(
                "the authority's key {kind} with the signature {algorithm} is not supported"
            ));
        }
    };
    // OpenSSL reports a malformed signature as an error, which is a wrong signature all the same.
    Ok(outcome.unwrap_or(false))
}

fn rsa(
    mut key: Fields<'_>,
    signature: &[u8],
    signed: &[u8],
    digest: MessageDigest,
) -> Option<Result<bool, ErrorStack>> {
    let (exponent, modulus) = (key.string()?, key.string()?);
    let key = BigNum::from_slice(modulus)
        .and_then(|modulus| Rsa::from_public_components(modulus, BigNum::from_slice(exponent)?))
        .and_then(PKey::from_rsa);
    Some(key.and_then(|key| with_digest(&key, digest, signature, signed)))
}

fn ecdsa(mut key: Fields<'_>, signature: &[u8], signed: &[u8]) -> Option<Result<bool, ErrorStack>> {
    let (curve, digest) = match key.text()? {
        "nistp256" => (Nid::X9_62_PRIME256V1, MessageDigest::sha256()),
        "nistp384" => (Nid::SECP384R1, MessageDigest::sha384()),
        "nistp521" => (Nid::SECP521R1, MessageDigest::sha512()),
        _ => return None,
    };
    let point = key.string()?;
    let mut parts = Fields::new(signature);
    let (r, s) = (parts.string()?, parts.string()?);
    let check = || {
        let group = EcGroup::from_curve_name(curve)?;
        let point = EcPoint::from_bytes(&group, point, &mut *openssl::bn::BigNumContext::new()?)?;
        let key = EcKey::from_public_key(&group, &point)?;
        key.check_key()?;
        let signature =
            EcdsaSig::from_private_components(BigNum::from_slice(r)?, BigNum::from_slice(s)?)?.to_der()?;
        with_digest(&PKey::from_ec_key(key)?, digest, &signature, signed)
    };
    Some(check())
}

fn with_digest(
    key: &PKey<Public>,
    digest: MessageDigest,
    signature: &[u8],
    signed: &[u8],
) -> Result<bool, ErrorStack> {
    let mut verifier = Verifier::new(digest, key)?;
    verifier.update(signed)?;
    verifier.verify(signature)
}
