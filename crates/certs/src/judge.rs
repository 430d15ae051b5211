//! Whether a certificate that is there is the one that is wanted.

use std::collections::BTreeSet;
use std::net::IpAddr;

use rcgen::KeyPair;
use rcgen::PublicKeyData as _;
use time::Duration;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::Oid;
use x509_parser::extensions::GeneralName;
use x509_parser::oid_registry::OID_X509_COMMON_NAME;
use x509_parser::oid_registry::OID_X509_ORGANIZATIONAL_UNIT;
use x509_parser::pem::parse_x509_pem;
use x509_parser::x509::X509Name;

use crate::Reason;
use crate::San;
use crate::wanted::Kind;
use crate::wanted::Wanted;

/// What has no more time left than this is made anew.
pub(crate) const SHORTEST: Duration = Duration::days(30);

impl Reason {
    /// When something ends that has so much time left.
    pub(crate) fn end(left: Duration) -> Reason {
        if left.is_positive() {
            Reason::Expires {
                days: left.whole_days(),
            }
        } else {
            Reason::Expired
        }
    }
}

/// What a pair of files holds; `None` where there is no file.
pub(crate) struct Found {
    pub(crate) certificate: Option<Vec<u8>>,
    pub(crate) key: Option<Vec<u8>>,
}

/// When a certificate ends that can be kept, or every reason why it cannot.
pub(crate) fn judge(
    wanted: &Wanted,
    found: &Found,
    authority: &X509Certificate<'_>,
    now: OffsetDateTime,
) -> Result<OffsetDateTime, Vec<Reason>> {
    let Some(certificate) = &found.certificate else {
        return Err(vec![Reason::Missing]);
    };
    let Ok((_, pem)) = parse_x509_pem(certificate) else {
        return Err(vec![Reason::Unreadable]);
    };
    let Ok(certificate) = pem.parse_x509() else {
        return Err(vec![Reason::Unreadable]);
    };
    let mut why = Vec::new();
    why.extend(key(found.key.as_deref(), &certificate));
    if !signed(&certificate, authority) {
        why.push(Reason::OtherAuthority);
    }
    let (kind, host) = match wanted.kind {
        Kind::Member => (&OID_X509_COMMON_NAME, &wanted.host),
        Kind::Node => (&OID_X509_ORGANIZATIONAL_UNIT, &wanted.host),
    };
    if !is_named(certificate.subject(), kind, host) {
        why.push(Reason::Subject);
    }
    why.extend(names(&wanted.sans, &certificate));
    if !serves_and_connects(&certificate) {
        why.push(Reason::Usage);
    }
    let ends = certificate.validity().not_after.to_datetime();
    if certificate.validity().not_before.to_datetime() > now {
        why.push(Reason::NotYet);
    }
    if ends - now <= SHORTEST {
        why.push(Reason::end(ends - now));
    }
    if why.is_empty() { Ok(ends) } else { Err(why) }
}

fn key(pem: Option<&[u8]>, certificate: &X509Certificate<'_>) -> Option<Reason> {
    let Some(pem) = pem else {
        return Some(Reason::KeyMissing);
    };
    match KeyPair::from_pem(&String::from_utf8_lossy(pem)) {
        Ok(key) if fits(certificate, &key) => None,
        Ok(_) => Some(Reason::KeyDiffers),
        Err(_) => Some(Reason::KeyUnreadable),
    }
}

/// Whether a key is the one of a certificate.
pub(crate) fn fits(certificate: &X509Certificate<'_>, key: &KeyPair) -> bool {
    key.subject_public_key_info() == certificate.public_key().raw
}

fn signed(certificate: &X509Certificate<'_>, authority: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == authority.subject().as_raw()
        && certificate.verify_signature(Some(authority.public_key())).is_ok()
}

/// Whether a subject is this one attribute and no other.
pub(crate) fn is_named(subject: &X509Name<'_>, kind: &Oid<'_>, value: &str) -> bool {
    let mut attributes = subject.iter_attributes();
    let first = attributes.next();
    let same = first.is_some_and(|one| one.attr_type() == kind && one.as_str() == Ok(value));
    same && attributes.next().is_none()
}

/// What is too little and too much in the names of a certificate.
fn names(wanted: &BTreeSet<San>, certificate: &X509Certificate<'_>) -> Vec<Reason> {
    let mut present = BTreeSet::new();
    let mut why = Vec::new();
    let extension = certificate.subject_alternative_name().ok().flatten();
    for name in extension.iter().flat_map(|names| &names.value.general_names) {
        match san(name) {
            Some(san) => drop(present.insert(san)),
            None => why.push(Reason::OtherNames),
        }
    }
    why.extend(wanted.difference(&present).cloned().map(Reason::Added));
    why.extend(present.difference(wanted).cloned().map(Reason::Removed));
    why
}

fn san(name: &GeneralName<'_>) -> Option<San> {
    match name {
        GeneralName::DNSName(name) => Some(San::Name((*name).to_owned())),
        GeneralName::IPAddress(bytes) => {
            let four = || <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let sixteen = || <[u8; 16]>::try_from(*bytes).map(IpAddr::from);
            four().or_else(|_| sixteen()).ok().map(San::Address)
        }
        _ => None,
    }
}

/// Whether the usages are those that [`certify`](crate::certify) writes, and no others.
fn serves_and_connects(certificate: &X509Certificate<'_>) -> bool {
    let Ok(Some(usage)) = certificate.key_usage() else {
        return false;
    };
    let Ok(Some(extended)) = certificate.extended_key_usage() else {
        return false;
    };
    let extended = extended.value;
    let more = [
        extended.any,
        extended.code_signing,
        extended.email_protection,
        extended.time_stamping,
        extended.ocsp_signing,
        !extended.other.is_empty(),
        certificate.is_ca(),
    ];
    const DIGITAL_SIGNATURE: u16 = 1;
    usage.value.flags == DIGITAL_SIGNATURE
        && extended.server_auth
        && extended.client_auth
        && !more.contains(&true)
}
