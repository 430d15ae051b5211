//! Digests of contents, in lower-case hex.

use std::fmt::Write;

use sha1::Digest;

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// SHA-1, what Ansible calls the checksum of a file.
pub(crate) fn sha1(bytes: &[u8]) -> String {
    hex(&sha1::Sha1::digest(bytes))
}

/// MD5, which some playbooks still compare.
pub(crate) fn md5(bytes: &[u8]) -> String {
    hex(&md5::Md5::digest(bytes))
}

/// The digest of a name: `md5`, `sha1`, `sha224`, ...; of an unknown one SHA-1.
pub(crate) fn digest(algorithm: &str, bytes: &[u8]) -> String {
    match algorithm {
        "md5" => md5(bytes),
        "sha224" => hex(&sha2::Sha224::digest(bytes)),
        "sha256" => hex(&sha2::Sha256::digest(bytes)),
        "sha384" => hex(&sha2::Sha384::digest(bytes)),
        "sha512" => hex(&sha2::Sha512::digest(bytes)),
        _ => sha1(bytes),
    }
}
