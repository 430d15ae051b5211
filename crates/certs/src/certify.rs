//! Making keys and certificates.

use evenkeel_yaml::Problem;
use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::DistinguishedName;
use rcgen::DnType;
use rcgen::ExtendedKeyUsagePurpose;
use rcgen::IsCa;
use rcgen::Issuer;
use rcgen::KeyPair;
use rcgen::KeyUsagePurpose;
use rcgen::SanType;
use time::Duration;
use time::OffsetDateTime;

use crate::San;
use crate::wanted::Kind;
use crate::wanted::Wanted;

/// The common name of a CA that was made here.
pub(crate) const AUTHORITY: &str = "etcd-ca";
/// How long a CA is valid.
pub(crate) const AUTHORITY_LIFE: Duration = Duration::days(3650);
/// How long a member's or node's certificate is valid.
pub(crate) const LIFE: Duration = Duration::days(365);
/// How far the clocks of hosts may be behind the controller's.
const CLOCK_SKEW: Duration = Duration::hours(1);

/// What signs certificates.
pub(crate) struct Signer {
    pub(crate) issuer: Issuer<'static, KeyPair>,
    /// When the CA's own certificate ends.
    pub(crate) ends: OffsetDateTime,
}

/// A certificate with its key, both in PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// A new key: ECDSA on the curve P-256.
pub(crate) fn new_key() -> Result<KeyPair, Problem> {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|error| failed("a key", &error))
}

/// A CA that signs itself: the certificate in PEM, and what signs others.
pub(crate) fn authority(key: KeyPair, now: OffsetDateTime) -> Result<(String, Signer), Problem> {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(DnType::CommonName, AUTHORITY);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // The default comes from the key alone, and a CA that is prolonged keeps its key.
    params.serial_number = Some(now.unix_timestamp().unsigned_abs().into());
    params.not_before = now - CLOCK_SKEW;
    params.not_after = now + AUTHORITY_LIFE;
    let ends = params.not_after;
    let certificate = params
        .self_signed(&key)
        .map_err(|error| failed("the CA's certificate", &error))?;
    let issuer = Issuer::new(params, key);
    Ok((certificate.pem(), Signer { issuer, ends }))
}

/// A member's or node's certificate with a new key; it ends no later than the CA.
pub(crate) fn leaf(wanted: &Wanted, signer: &Signer, now: OffsetDateTime) -> Result<Pair, Problem> {
    let file = wanted.certificate_file();
    let key = new_key()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = match wanted.kind {
        Kind::Member => name(DnType::CommonName, &wanted.host),
        Kind::Node => name(DnType::OrganizationalUnitName, &wanted.host),
    };
    let sans: Result<_, rcgen::Error> = wanted.sans.iter().map(san).collect();
    params.subject_alt_names = sans.map_err(|error| failed(&file, &error))?;
    params.is_ca = IsCa::ExplicitNoCa;
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.not_before = now - CLOCK_SKEW;
    params.not_after = (now + LIFE).min(signer.ends);
    let certificate = params
        .signed_by(&key, &signer.issuer)
        .map_err(|error| failed(&file, &error))?;
    Ok(Pair {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    })
}

fn name(kind: DnType, value: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(kind, value);
    name
}

fn san(san: &San) -> Result<SanType, rcgen::Error> {
    Ok(match san {
        San::Name(name) => SanType::DnsName(name.as_str().try_into()?),
        San::Address(address) => SanType::IpAddress(*address),
    })
}

fn failed(what: &str, error: &rcgen::Error) -> Problem {
    Problem::error("certs::make", format!("cannot make {what}: {error}"))
}
