//! `password_hash`: SHA-crypt (<https://www.akkadia.org/drepper/SHA-crypt.txt>).

use minijinja::Error;
use minijinja::Value;
use sha2::Digest;
use sha2::Sha256;
use sha2::Sha512;

use crate::template::call::Call;

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

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

/// `password_hash`: SHA-512 or SHA-256. A salt is needed, so that the result is the same in every run.
pub(super) fn password_hash(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let kind = call.text_or("hashtype", "sha512")?;
    let (default, mark) = match kind.as_str() {
        "sha512" | "sha512_crypt" => (656_000, '6'),
        "sha256" | "sha256_crypt" => (535_000, '5'),
        _ => return Err(call.error(format!("`{kind}` is not supported: use sha512 or sha256"))),
    };
    let salt = call.text_or("salt", "")?;
    if salt.is_empty() {
        return Err(call.error(
            "give a salt (up to 16 of a-z A-Z 0-9 . /): without one every run would differ from its forecast",
        ));
    }
    if salt.len() > 16 || !salt.bytes().all(|byte| ALPHABET.contains(&byte)) {
        return Err(call.error("a salt has up to 16 of the characters a-z A-Z 0-9 . /"));
    }
    let rounds = usize::try_from(call.int_or("rounds", default)?)
        .unwrap_or(0)
        .clamp(1000, 2_000_000);
    let password = call.text("password")?;
    let hash = match mark {
        '6' => encoded(
            &crypt::<Sha512>(password.as_bytes(), salt.as_bytes(), rounds),
            ORDER_512,
            &[63],
        ),
        _ => encoded(
            &crypt::<Sha256>(password.as_bytes(), salt.as_bytes(), rounds),
            ORDER_256,
            &[31, 30],
        ),
    };
    let shown = if rounds == 5000 {
        String::new()
    } else {
        format!("rounds={rounds}$")
    };
    Ok(Value::from(format!("${mark}${shown}{salt}${hash}")))
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

fn encoded(digest: &[u8], order: &[[usize; 3]], last: &[usize]) -> String {
    let mut out = String::new();
    let mut group = |bytes: [u8; 3], count: usize| {
        let mut bits = u32::from(bytes[0]) << 16 | u32::from(bytes[1]) << 8 | u32::from(bytes[2]);
        for _ in 0..count {
            out.push(char::from(ALPHABET[(bits & 63) as usize]));
            bits >>= 6;
        }
    };
    for indexes in order {
        group(indexes.map(|index| digest[index]), 4);
    }
    match last {
        [only] => group([0, 0, digest[*only]], 2),
        [high, low] => group([0, digest[*high], digest[*low]], 3),
        _ => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: `openssl passwd -6` and `-5`.
    #[test]
    fn equals_openssl() {
        let sha512 = encoded(
            &crypt::<Sha512>(b"Hello world!", b"saltstring", 5000),
            ORDER_512,
            &[63],
        );
        assert_eq!(
            sha512,
            "svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
        );
        let sha256 = encoded(
            &crypt::<Sha256>(b"Hello world!", b"saltstring", 5000),
            ORDER_256,
            &[31, 30],
        );
        assert_eq!(sha256, "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5");
    }
}
