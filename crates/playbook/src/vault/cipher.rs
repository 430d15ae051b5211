//! The cipher: AES-256 in counter mode, authenticated with HMAC-SHA-256, both keys derived by PBKDF2.

use aes::Aes256;
use aes::cipher::KeyIvInit as _;
use aes::cipher::StreamCipher as _;
use ctr::Ctr128BE;
use hmac::Hmac;
use hmac::KeyInit as _;
use hmac::Mac as _;
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::VaultError;
use super::envelope::Sealed;

/// How often PBKDF2 repeats its hash; part of the format.
const ROUNDS: u32 = 10_000;

/// The bytes of the key of the cipher, and of that of the HMAC.
const KEY: usize = 32;

/// The bytes of a block, which is also the length of the counter.
const BLOCK: usize = 16;

/// Key of the cipher, key of the HMAC, first counter.
type Keys = Zeroizing<[u8; KEY + KEY + BLOCK]>;

fn keys(password: &[u8], salt: &[u8]) -> Keys {
    let mut keys = Keys::new([0; KEY + KEY + BLOCK]);
    pbkdf2_hmac::<Sha256>(password, salt, ROUNDS, &mut *keys);
    keys
}

fn run(keys: &Keys, bytes: &mut [u8]) {
    let (cipher, counter) = (&keys[..KEY], &keys[KEY + KEY..]);
    #[expect(clippy::expect_used, reason = "both lengths are constants")]
    let mut stream =
        Ctr128BE::<Aes256>::new_from_slices(cipher, counter).expect("a key of 32 bytes, a counter of 16");
    stream.apply_keystream(bytes);
}

fn hmac(keys: &Keys, bytes: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let hmac = Hmac::<Sha256>::new_from_slice(&keys[KEY..KEY + KEY]).expect("a key");
    hmac.chain_update(bytes)
}

/// Encrypts a text; its padding is that of PKCS #7.
pub(super) fn seal(text: &[u8], password: &[u8], salt: &[u8]) -> Sealed {
    let keys = keys(password, salt);
    let padding = BLOCK - text.len() % BLOCK;
    let mut bytes = Vec::with_capacity(text.len() + padding);
    bytes.extend_from_slice(text);
    bytes.resize(text.len() + padding, u8::try_from(padding).unwrap_or(0));
    run(&keys, &mut bytes);
    Sealed {
        salt: salt.to_vec(),
        hmac: hmac(&keys, &bytes).finalize().into_bytes().to_vec(),
        bytes,
    }
}

/// Decrypts a text; nothing when the password is another one.
pub(super) fn open(sealed: &Sealed, password: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, VaultError> {
    let keys = keys(password, &sealed.salt);
    if hmac(&keys, &sealed.bytes).verify_slice(&sealed.hmac).is_err() {
        return Ok(None);
    }
    let mut text = Zeroizing::new(sealed.bytes.clone());
    run(&keys, &mut text);
    let padding = usize::from(text.last().copied().unwrap_or(0));
    let length = text
        .len()
        .checked_sub(padding)
        .filter(|_| (1..=BLOCK).contains(&padding));
    text.truncate(length.ok_or(VaultError::Format("its padding is wrong"))?);
    Ok(Some(text))
}
