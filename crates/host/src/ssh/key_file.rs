//! Private keys in files.

use std::io;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::wire::Fields;

/// A private key in a file, and what lies beside it.
#[derive(Clone)]
pub(crate) struct KeyFile {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// The private key, still encrypted if it is.
    pub(crate) private: Zeroizing<String>,
    /// `TYPE BASE64`; `None` when neither the file nor `PATH.pub` tells.
    pub(crate) public: Option<String>,
    /// The certificate for it, `TYPE BASE64`.
    pub(crate) certificate: Option<String>,
    /// Whether it takes a passphrase.
    pub(crate) encrypted: bool,
}

impl KeyFile {
    /// Reads a key with its public half and its certificate.
    ///
    /// # Errors
    /// When the file cannot be read or is not text.
    pub(crate) fn read(path: &Path) -> io::Result<KeyFile> {
        let private = Zeroizing::new(std::fs::read_to_string(path)?);
        let beside = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            std::fs::read_to_string(name)
                .ok()
                .and_then(|text| first_two_words(&text))
        };
        let header = Header::of(&private);
        Ok(KeyFile {
            path: path.to_owned(),
            public: header.public.or_else(|| beside(".pub")),
            certificate: beside("-cert.pub"),
            encrypted: header.encrypted,
            private,
        })
    }

    /// The public key as a blob.
    pub(crate) fn blob(&self) -> Option<Vec<u8>> {
        BASE64_STANDARD
            .decode(self.public.as_ref()?.split(' ').nth(1)?)
            .ok()
    }
}

fn first_two_words(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}

/// What a private key says without its passphrase.
#[derive(Debug, PartialEq)]
struct Header {
    encrypted: bool,
    public: Option<String>,
}

impl Header {
    fn of(text: &str) -> Header {
        let begins = |label: &str| text.trim_start().starts_with(&format!("-----BEGIN {label}-----"));
        if begins("OPENSSH PRIVATE KEY") {
            return Header::of_openssh(text).unwrap_or(Header {
                encrypted: false,
                public: None,
            });
        }
        // PKCS #8, or the older form of OpenSSL with its headers (RFC 1421, section 4.6.1.1).
        let encrypted = begins("ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED");
        Header {
            encrypted,
            public: None,
        }
    }

    /// The format of PROTOCOL.key in OpenSSH's source: its public half is in the clear.
    fn of_openssh(text: &str) -> Option<Header> {
        let body: Zeroizing<String> = Zeroizing::new(
            text.trim()
                .lines()
                .filter(|line| !line.starts_with("-----"))
                .map(str::trim)
                .collect(),
        );
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(body.as_bytes()).ok()?);
        let mut fields = Fields::new(bytes.strip_prefix(b"openssh-key-v1\0".as_slice())?);
        let cipher = fields.text()?;
        let (_kdf, _options, count) = (fields.string()?, fields.string()?, fields.u32()?);
        let blob = (count == 1).then(|| fields.string())??;
        let kind = Fields::new(blob).text()?;
        let public = format!("{kind} {}", BASE64_STANDARD.encode(blob));
        Some(Header {
            encrypted: cipher != "none",
            public: Some(public),
        })
    }
}
