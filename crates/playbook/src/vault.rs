//! Texts that `ansible-vault` encrypts: reading and writing `$ANSIBLE_VAULT;1.1;AES256` and `;1.2;AES256;LABEL`.
//!
//! A [`Vault`] holds passwords, each under a label (Ansible's vault id). Reading tries the password of the text's own label
//! first and then all others, as Ansible does. [`Vaulted`] reads whole files through it.

mod cipher;
mod envelope;
mod files;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use evenkeel_host::Secret;
use thiserror::Error;
use zeroize::Zeroizing;

pub use files::Vaulted;
pub(crate) use files::mended;
pub use files::refusal;

use envelope::Envelope;

/// The label of a password that was given without one.
pub const DEFAULT_LABEL: &str = "default";

/// How every encrypted text begins.
const MARK: &str = "$ANSIBLE_VAULT;";

/// How many bytes of salt a new text gets.
const SALT: usize = 32;

/// Why a text cannot be read or written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    /// No password is known.
    #[error("it is encrypted, and no vault secrets were found")]
    NoSecret,
    /// No password that is known fits.
    #[error("it is encrypted, and no vault secrets were found that could decrypt it (tried {tried})")]
    NoneFits {
        /// The labels of the passwords that were tried.
        tried: String,
    },
    /// The text is not what `ansible-vault` writes.
    #[error("it is no text of ansible-vault: {0}")]
    Format(&'static str),
    /// No password has the label that the text is to be encrypted with.
    #[error("no vault secret has the label `{0}`")]
    NoLabel(String),
    /// The controller's kernel gives no random numbers.
    #[error("no random numbers for a salt: {0}")]
    Random(String),
}

/// Passwords with their labels. Cheap to clone.
#[derive(Clone, Default)]
pub struct Vault {
    secrets: Arc<Vec<(String, Secret<Vec<u8>>)>>,
    /// Whether only the password of a text's own label is tried.
    strict: bool,
    /// The salt of new texts, where it is not drawn.
    salt: Option<Arc<[u8]>>,
    /// What texts came to: each costs thousands of hashes, and is asked for by every host.
    known: Arc<Mutex<HashMap<Vec<u8>, Opened>>>,
}

type Opened = Result<Decrypted, VaultError>;

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<&str> = self.secrets.iter().map(|(label, _)| label.as_str()).collect();
        f.debug_struct("Vault")
            .field("labels", &labels)
            .finish_non_exhaustive()
    }
}

/// A text that was decrypted.
#[derive(Clone, Debug)]
pub struct Decrypted {
    /// The text.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The label of the password that fitted.
    pub label: String,
}

impl Vault {
    /// Passwords in the order in which they are tried.
    pub fn new(secrets: Vec<(String, Secret<Vec<u8>>)>) -> Vault {
        let secrets = Arc::new(secrets);
        Vault {
            secrets,
            ..Vault::default()
        }
    }

    /// Whether only the password of a text's own label is tried (Ansible's `vault_id_match`).
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Vault {
        self.strict = strict;
        self.known = Arc::default();
        self
    }

    /// Gives new texts this salt (Ansible's `vault_encrypt_salt`), so that the same text is always encrypted to the same.
    #[must_use]
    pub fn salt(mut self, salt: &[u8]) -> Vault {
        self.salt = Some(salt.into());
        self
    }

    /// Whether no password is known.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty()
    }

    /// The labels of the passwords.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(|(label, _)| label.as_str())
    }

    /// Decrypts a text.
    ///
    /// # Errors
    /// When it is none of `ansible-vault`, or no password fits.
    pub fn decrypt(&self, text: &[u8]) -> Result<Decrypted, VaultError> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = known().get(text) {
            return opened.clone();
        }
        let opened = self.opened(text);
        known().insert(text.to_vec(), opened.clone());
        opened
    }

    fn opened(&self, text: &[u8]) -> Opened {
        let envelope = Envelope::read(text)?;
        if self.secrets.is_empty() {
            return Err(VaultError::NoSecret);
        }
        let own = |label: &str| Some(label) == envelope.label.as_deref();
        let (first, others): (Vec<_>, Vec<_>) = self.secrets.iter().partition(|(label, _)| own(label));
        let others = if self.strict && envelope.label.is_some() {
            Vec::new()
        } else {
            others
        };
        let candidates: Vec<_> = first.into_iter().chain(others).collect();
        for (label, secret) in &candidates {
            if let Some(bytes) = cipher::open(&envelope.sealed, secret.expose())? {
                let label = label.clone();
                return Ok(Decrypted { bytes, label });
            }
        }
        let labels = candidates
            .iter()
            .map(|(label, _)| label.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        let tried = if labels.is_empty() {
            "none of its label".to_owned()
        } else {
            labels
        };
        Err(VaultError::NoneFits { tried })
    }

    /// Encrypts a text with the password of a label, or the first one; a label other than `default` is written with it.
    ///
    /// # Errors
    /// When there is no such password, or no random salt.
    pub fn encrypt(&self, bytes: &[u8], label: Option<&str>) -> Result<String, VaultError> {
        let found = match label {
            Some(label) => self.secrets.iter().find(|(known, _)| known == label),
            None => self.secrets.first(),
        };
        let missing = || {
            label.map_or(VaultError::NoSecret, |label| {
                VaultError::NoLabel(label.to_owned())
            })
        };
        let (label, secret) = found.ok_or_else(missing)?;
        let salt = match &self.salt {
            Some(salt) => salt.to_vec(),
            None => {
                let mut salt = vec![0; SALT];
                getrandom::fill(&mut salt).map_err(|error| VaultError::Random(error.to_string()))?;
                salt
            }
        };
        Ok(encrypted(bytes, secret.expose(), &salt, label))
    }
}

/// Encrypts a text with a password and a salt: the same input gives the same text.
pub(crate) fn encrypted(bytes: &[u8], password: &[u8], salt: &[u8], label: &str) -> String {
    let label = Some(label).filter(|label| !label.is_empty() && *label != DEFAULT_LABEL);
    envelope::write(&cipher::seal(bytes, password, salt), label)
}

/// Whether a text says that `ansible-vault` encrypted it.
pub fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(MARK.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(secrets: &[(&str, &str)]) -> Vault {
        let secret =
            |(label, password): &(&str, &str)| (label.to_string(), Secret::new(password.as_bytes().to_vec()));
        Vault::new(secrets.iter().map(secret).collect())
    }

    /// Written by `ansible-vault encrypt_string --vault-id dev@FILE` of ansible-core 2.19.14; the password is `hunter22`.
    const THEIRS: &str = concat!(
        "$ANSIBLE_VAULT;1.2;AES256;dev\n",
        "39323262663230646436363931613962643163346665393965303664646462373634366265633066\n",
        "3231633262393737323362373366363962396134643231300a393862653930373131356531353438\n",
        "64366663383332613635613338343736616462376233653939666163663166626436373666356638\n",
        "3466396136386338380a666461346164333930396539663435626661663165616631656161656663\n",
        "6335\n",
    );

    #[test]
    fn reads_what_ansible_vault_wrote() {
        let read = vault(&[("other", "wrong"), ("dev", "hunter22")])
            .decrypt(THEIRS.as_bytes())
            .unwrap();
        assert_eq!((&**read.bytes, &*read.label), (&b"s3cret value"[..], "dev"));
        let indented = THEIRS.replace('\n', "\n    ");
        vault(&[("x", "hunter22")]).decrypt(indented.as_bytes()).unwrap();
    }

    #[test]
    fn writes_what_it_reads() {
        let both = vault(&[("default", "one"), ("dev", "two")]);
        for (length, label) in [
            (0, None),
            (15, Some("default")),
            (16, Some("dev")),
            (5000, Some("dev")),
        ] {
            let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let text = both.encrypt(&bytes, label).unwrap();
            let head = text.lines().next().unwrap();
            let own = label.filter(|label| *label == "dev");
            assert_eq!(
                head,
                own.map_or("$ANSIBLE_VAULT;1.1;AES256", |_| "$ANSIBLE_VAULT;1.2;AES256;dev")
            );
            assert!(text.lines().all(|line| line.len() <= 80) && text.ends_with('\n'));
            let read = both.decrypt(text.as_bytes()).unwrap();
            assert_eq!((&*read.bytes, &*read.label), (&bytes, own.unwrap_or("default")));
        }
    }

    #[test]
    fn a_wrong_password_and_a_broken_text_are_told_apart() {
        let says = |vault: &Vault, text: &str| vault.decrypt(text.as_bytes()).unwrap_err().to_string();
        let wrong = vault(&[("a", "x"), ("b", "y")]);
        insta::assert_snapshot!(
            [
                says(&Vault::default(), THEIRS),
                says(&wrong, THEIRS),
                says(&wrong.clone().strict(true), THEIRS),
                says(&wrong, "plain"),
                says(&wrong, "$ANSIBLE_VAULT;1.1;AES\n61"),
                says(&wrong, "$ANSIBLE_VAULT;9.9;AES256\n61"),
                says(&wrong, "$ANSIBLE_VAULT;1.1;AES256\nxyz"),
                says(&wrong, "$ANSIBLE_VAULT;1.1;AES256\n6161"),
                says(
                    &vault(&[("a", "x")]),
                    &encrypted(b"x", b"x", b"s", "").replace("61", "62")
                ),
                wrong.encrypt(b"x", Some("nope")).unwrap_err().to_string(),
            ]
            .join("\n"),
            @r"
        it is encrypted, and no vault secrets were found
        it is encrypted, and no vault secrets were found that could decrypt it (tried a, b)
        it is encrypted, and no vault secrets were found that could decrypt it (tried none of its label)
        it is no text of ansible-vault: it does not begin with $ANSIBLE_VAULT
        it is no text of ansible-vault: its cipher is not AES256
        it is no text of ansible-vault: its version is neither 1.1 nor 1.2
        it is no text of ansible-vault: something in it is no hexadecimal number
        it is no text of ansible-vault: it is cut off
        it is encrypted, and no vault secrets were found that could decrypt it (tried a)
        no vault secret has the label `nope`
        "
        );
    }
}
