//! SHA-crypt (<https://www.akkadia.org/drepper/SHA-crypt.txt>).

use sha2::Digest;
use sha2::Sha256;
use sha2::Sha512;

use super::encoded;

/// Which bytes of the digest each group of characters holds; a last group has fewer.
const ORDER_512: &[[usize; 3]] = &[
    [0, 21, 42],
    [22, 43, 1],
    [44, 2, 23],
    [3, 24, 45],
    [25, 46, 4],
    [47, 5, 26],
    [6, 27, 48],
    [28, 49, 7],
    [50, 8, 29],
    [9, 30, 51],
    [31, 52, 10],
    [53, 11, 32],
    [12, 33, 54],
    [34, 55, 13],
    [56, 14, 35],
    [15, 36, 57],
    [37, 58, 16],
    [59, 17, 38],
    [18, 39, 60],
    [40, 61, 19],
    [62, 20, 41],
];
const ORDER_256: &[[usize; 3]] = &[
    [0, 10, 20],
    [21, 1, 11],
    [12, 22, 2],
    [3, 13, 23],
    [24, 4, 14],
    [15, 25, 5],
    [6, 16, 26],
    [27, 7, 17],
    [18, 28, 8],
    [9, 19, 29],
];

/// The hash as it stands behind the salt: SHA-512.
pub(super) fn sha512(password: &[u8], salt: &[u8], rounds: usize) -> String {
    encoded(&crypt::<Sha512>(password, salt, rounds), ORDER_512, &[63])
}

/// The hash as it stands behind the salt: SHA-256.
pub(super) fn sha256(password: &[u8], salt: &[u8], rounds: usize) -> String {
    encoded(&crypt::<Sha256>(password, salt, rounds), ORDER_256, &[31, 30])
}

/// As many bytes as wanted of a digest that is repeated.
fn repeated(digest: &[u8], length: usize) -> Vec<u8> {
    digest.iter().copied().cycle().take(length).collect()
}

fn crypt<D: Digest>(password: &[u8], salt: &[u8], rounds: usize) -> Vec<u8> {
    let once = |parts: &[&[u8]]| {
        let mut hash = D::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize().to_vec()
    };
    let b = once(&[password, salt, password]);
    let mut a = D::new();
    a.update(password);
    a.update(salt);
    a.update(repeated(&b, password.len()));
    let mut length = password.len();
    while length > 0 {
        a.update(if length & 1 == 1 { b.as_slice() } else { password });
        length >>= 1;
    }
    let mut digest = a.finalize().to_vec();
    let p = repeated(&once(&vec![password; password.len()]), password.len());
    let s = repeated(&once(&vec![salt; 16 + usize::from(digest[0])]), salt.len());
    for round in 0..rounds {
        let mut hash = D::new();
        hash.update(if round % 2 == 1 { &p } else { &digest });
        if round % 3 != 0 {
            hash.update(&s);
        }
        if round % 7 != 0 {
            hash.update(&p);
        }
        hash.update(if round % 2 == 1 { &digest } else { &p });
        digest = hash.finalize().to_vec();
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: `openssl passwd -6` and `-5`.
    #[test]
    fn equals_openssl() {
        assert_eq!(
            sha512(b"Hello world!", b"saltstring", 5000),
            "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
        );
        assert_eq!(
            sha256(b"Hello world!", b"saltstring", 5000),
            "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
        );
    }
}
