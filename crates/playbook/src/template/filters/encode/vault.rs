//! `vault` and `unvault`: texts of `ansible-vault`, made and opened with a password that the template gives.

use evenkeel_host::Secret;
use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::filters::DRAWN;
use crate::template::frame;
use crate::template::marker::Unknown;
use crate::template::python;
use crate::vault;

/// The label that Ansible writes where the filter is given none.
const LABEL: &str = "filter_default";

/// Encrypts a text. Without a salt one is drawn.
pub(super) fn seal(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    frame::secret();
    let text = needed(call, "data", "Can only vault strings")?;
    let secret = needed(call, "secret", "Secret passed is required to be a string")?;
    let label = call.text_or("vault_id", LABEL)?;
    if let Some(salt) = call.some("salt") {
        let salt = python::text(salt)?;
        let sealed = vault::encrypted(text.as_bytes(), secret.as_bytes(), salt.as_bytes(), &label);
        return Ok(Value::from(sealed));
    }
    let draws = frame::context().is_some_and(|context| context.templar.settings().draws);
    if !draws {
        return Ok(Unknown::value(&DRAWN.into()));
    }
    let secrets = vec![(label, Secret::new(secret.into_bytes()))];
    let sealed = vault::Vault::new(secrets).encrypt(text.as_bytes(), None);
    sealed
        .map(Value::from)
        .map_err(|why| call.error(format!("Unable to encrypt: {why}")))
}

/// Decrypts a text; one that is not encrypted stays as it is.
pub(super) fn open(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    frame::secret();
    let text = needed(call, "vault", "Vault should be in the form of a string")?;
    let secret = needed(call, "secret", "Secret passed is required to be as string")?;
    if !vault::is_encrypted(text.as_bytes()) {
        return Ok(Value::from(text));
    }
    let label = call.text_or("vault_id", LABEL)?;
    let opened = vault::Vault::new(vec![(label, Secret::new(secret.into_bytes()))]).decrypt(text.as_bytes());
    let opened = opened.map_err(|why| call.error(format!("Unable to decrypt: {why}")))?;
    let text = String::from_utf8(opened.bytes.to_vec());
    text.map(Value::from)
        .map_err(|_| call.error("what was encrypted is no UTF-8 text"))
}

fn needed(call: &Call<'_, '_, '_>, parameter: &str, what: &str) -> Result<String, Error> {
    let value = call.need(parameter)?;
    let kind = python::type_name(value);
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| call.error(format!("{what}, instead we got {kind}")))
}
