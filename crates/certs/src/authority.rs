//! The CA in the folder, or the one that is to be made.

use evenkeel_yaml::Problem;
use rcgen::Issuer;
use rcgen::KeyPair;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::pem::parse_x509_pem;

use crate::Reason;
use crate::certify;
use crate::certify::AUTHORITY;
use crate::certify::AUTHORITY_LIFE;
use crate::certify::LIFE;
use crate::certify::Signer;
use crate::folder::Folder;
use crate::judge::SHORTEST;
use crate::judge::fits;
use crate::judge::is_named;

pub(crate) const CERTIFICATE: &str = "ca.pem";
pub(crate) const KEY: &str = "ca-key.pem";

/// The CA in the folder, or the one that is to be made.
pub(crate) struct Authority {
    /// The key; `None` when it is to be made.
    key: Option<KeyPair>,
    /// The certificate (DER); `None` when there is none.
    pub(crate) certificate: Option<Vec<u8>>,
    /// Why the certificate is to be made; empty when it is kept.
    pub(crate) why: Vec<Reason>,
    /// When it ends, or will end.
    pub(crate) ends: OffsetDateTime,
}

impl Authority {
    /// Finds the CA. One that was made here and ends before a certificate of today would is prolonged with the same key
    /// and name, so what it signed stays valid, also for hosts that know only the old one.
    ///
    /// # Errors
    /// When a part of it was lost, or it can sign nothing.
    pub(crate) fn find(folder: &Folder<'_>, now: OffsetDateTime) -> Result<Authority, Problem> {
        let certificate = folder.read(CERTIFICATE)?;
        let key = folder.read(KEY)?;
        let signed_before = folder.of_hosts().next().is_some();
        let missing = |key| Authority {
            key,
            certificate: None,
            why: vec![Reason::Missing],
            ends: now + AUTHORITY_LIFE,
        };
        match (certificate, key) {
            (None, None) if !signed_before => Ok(missing(None)),
            (None, Some(key)) if !signed_before => Ok(missing(Some(read_key(folder, &key)?))),
            (Some(certificate), Some(key)) => {
                let key = read_key(folder, &key)?;
                Authority::present(folder, &certificate, key, now)
            }
            (_, None) => Err(lost(folder, KEY, "the key of the CA")),
            (None, Some(_)) => Err(lost(folder, CERTIFICATE, "the certificate of the CA")),
        }
    }

    fn present(
        folder: &Folder<'_>,
        pem: &[u8],
        key: KeyPair,
        now: OffsetDateTime,
    ) -> Result<Authority, Problem> {
        let wrong = |what: &str| {
            let message = format!("{} {what}", folder.shown(CERTIFICATE));
            let mend = format!("bring {CERTIFICATE} and {KEY} back from a backup; {ANEW}");
            Err(Problem::error("certs::ca", message).help(mend))
        };
        let Ok((_, pem)) = parse_x509_pem(pem) else {
            return wrong("is no certificate in PEM");
        };
        let Ok(certificate) = pem.parse_x509() else {
            return wrong("is no certificate in PEM");
        };
        if !signs_certificates(&certificate) {
            return wrong("is not the certificate of a CA");
        }
        if !fits(&certificate, &key) {
            return wrong(&format!("does not belong to the key in {KEY}"));
        }
        let ends = certificate.validity().not_after.to_datetime();
        let left = ends - now;
        let mut why = Vec::new();
        if left <= LIFE && made_here(&certificate) {
            why.push(Reason::end(left));
        } else if left <= SHORTEST {
            return wrong(&format!("{}, and was not made here", Reason::end(left)));
        }
        let ends = if why.is_empty() {
            ends
        } else {
            now + AUTHORITY_LIFE
        };
        let certificate = Some(pem.contents.clone());
        let key = Some(key);
        Ok(Authority {
            key,
            certificate,
            why,
            ends,
        })
    }

    /// Whether the key is to be made.
    pub(crate) fn lacks_key(&self) -> bool {
        self.key.is_none()
    }

    /// A finding about a CA that cuts short what it signs.
    pub(crate) fn warning(&self, folder: &Folder<'_>, now: OffsetDateTime) -> Option<Problem> {
        let left = self.ends - now;
        (left <= LIFE).then(|| {
            let message = format!("{} {}", folder.shown(CERTIFICATE), Reason::end(left));
            Problem::warning("certs::ca", message)
                .help("it was not made here: replace it in time; what it signs ends with it")
        })
    }

    /// Writes what is missing of it.
    pub(crate) fn make(self, folder: &Folder<'_>, now: OffsetDateTime) -> Result<Signer, Problem> {
        let key = match self.key {
            Some(key) => key,
            None => {
                let key = certify::new_key()?;
                folder.write_key(KEY, &key.serialize_pem())?;
                key
            }
        };
        if let Some(der) = self.certificate.filter(|_| self.why.is_empty()) {
            let issuer = Issuer::from_ca_cert_der(&der.into(), key).map_err(|error| {
                let message = format!("cannot sign with {}: {error}", folder.shown(CERTIFICATE));
                Problem::error("certs::ca", message)
            })?;
            let ends = self.ends;
            return Ok(Signer { issuer, ends });
        }
        let (certificate, signer) = certify::authority(key, now)?;
        folder.write_certificate(CERTIFICATE, &certificate)?;
        Ok(signer)
    }
}

const ANEW: &str = "to begin anew with another CA, move the whole folder away: then every host needs new certificates at \
                    once, and etcd is down until all have them";

fn read_key(folder: &Folder<'_>, pem: &[u8]) -> Result<KeyPair, Problem> {
    let shown = folder.shown(KEY);
    let text = String::from_utf8_lossy(pem);
    KeyPair::from_pem(&text).map_err(|error| {
        let message = format!("cannot read the key of the CA {shown}: {error}");
        Problem::error("certs::ca", message).help(format!(
            "keys are PEM with PKCS #8: `openssl pkcs8 -topk8 -nocrypt -in {shown}` writes an older one so"
        ))
    })
}

fn lost(folder: &Folder<'_>, file: &str, what: &str) -> Problem {
    let message = format!("{what} is lost: {} is missing", folder.shown(file));
    Problem::error("certs::ca-lost", message).help(format!("bring {file} back from a backup; {ANEW}"))
}

fn signs_certificates(certificate: &X509Certificate<'_>) -> bool {
    let usage = certificate.key_usage();
    certificate.is_ca() && usage.is_ok_and(|usage| usage.is_none_or(|usage| usage.value.key_cert_sign()))
}

fn made_here(certificate: &X509Certificate<'_>) -> bool {
    let common_name = x509_parser::oid_registry::OID_X509_COMMON_NAME;
    is_named(certificate.subject(), &common_name, AUTHORITY)
        && certificate.subject().as_raw() == certificate.issuer().as_raw()
        && certificate.verify_signature(None).is_ok()
}
