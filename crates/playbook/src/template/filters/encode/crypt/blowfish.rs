//! bcrypt (Provos and Mazieres, 1999).

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::GeneralPurpose;
use base64::engine::GeneralPurposeConfig;

/// What bcrypt reads of a password.
const LONGEST: usize = 72;

/// bcrypt's own alphabet; the last bits of a salt count for nothing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The whole hash, from its version on; none where the salt is no 16 bytes.
pub(super) fn bcrypt(password: &[u8], salt: &str, cost: u32, ident: &str) -> Option<String> {
    let salt: [u8; 16] = BASE64.decode(salt).ok()?.try_into().ok()?;
    // The first version has no NUL byte behind the password.
    let ended: &[u8] = if ident == "2" { b"" } else { b"\0" };
    let mut key = [password, ended].concat();
    key.truncate(LONGEST);
    let hash = bcrypt::bcrypt(cost, salt, &key);
    Some(format!(
        "${ident}${cost:02}${}{}",
        BASE64.encode(salt),
        BASE64.encode(&hash[..23])
    ))
}
