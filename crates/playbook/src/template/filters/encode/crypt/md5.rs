//! The MD5 hash of crypt(3), as FreeBSD introduced it (Kamp, 1994).

use md5::Digest;
use md5::Md5;

use super::encoded;

/// How often the digest is digested.
const ROUNDS: usize = 1000;

/// Which bytes of the digest each group of characters holds.
const ORDER: &[[usize; 3]] = &[[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]];

/// The hash as it stands behind the salt.
pub(super) fn md5(password: &[u8], salt: &[u8]) -> String {
    let first = Md5::new()
        .chain_update(password)
        .chain_update(salt)
        .chain_update(password)
        .finalize();
    let mut hash = Md5::new()
        .chain_update(password)
        .chain_update(b"$1$")
        .chain_update(salt);
    for part in password.chunks(16) {
        hash.update(&first[..part.len()]);
    }
    let mut length = password.len();
    while length > 0 {
        hash.update(if length & 1 == 1 { b"\0" } else { &password[..1] });
        length >>= 1;
    }
    let mut digest = hash.finalize();
    for round in 0..ROUNDS {
        let mut hash = Md5::new();
        hash.update(if round % 2 == 1 { password } else { &digest[..] });
        if round % 3 != 0 {
            hash.update(salt);
        }
        if round % 7 != 0 {
            hash.update(password);
        }
        hash.update(if round % 2 == 1 { &digest[..] } else { password });
        digest = hash.finalize();
    }
    encoded(&digest, ORDER, &[11])
}

#[cfg(test)]
mod tests {
    use super::md5;

    /// Expected value: `openssl passwd -1`.
    #[test]
    fn equals_openssl() {
        assert_eq!(md5(b"Hello world!", b"saltstri"), "YMyguxXMBpd2TEZ.vS/3q1");
    }
}
