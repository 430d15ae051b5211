//! Logging in: the methods that are likely to be taken first, so that no round trip is spent on asking.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::time::Instant;

use libssh2_sys::LIBSSH2_ERROR_AUTHENTICATION_FAILED;
use libssh2_sys::LIBSSH2_ERROR_FILE;
use libssh2_sys::LIBSSH2_ERROR_METHOD_NONE;
use libssh2_sys::LIBSSH2_ERROR_PASSWORD_EXPIRED;
use libssh2_sys::LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
use ssh2::Agent;
use ssh2::ErrorCode;
use ssh2::KeyboardInteractivePrompt;
use ssh2::Prompt;
use ssh2::PublicKey;

use super::super::wake::Wait;
use super::link::Link;
use super::link::Trouble;
use super::open::explain;
use crate::Error;
use crate::Result;
use crate::Secret;
use crate::ssh::KeyFile;
use crate::ssh::Target;

/// Logs in, or says everything that was tried.
pub(super) fn log_in(target: &Target, link: &mut Link, wait: &Wait<'_>, deadline: Instant) -> Result<()> {
    let mut login = Login {
        target,
        link,
        wait,
        deadline,
        agent: None,
        tried: HashSet::new(),
        notes: Vec::new(),
    };
    match login.run() {
        Ok(true) => Ok(()),
        Ok(false) => Err(login.refused()),
        // Servers hang up after too many attempts.
        Err(Trouble::Ssh(error)) if !login.notes.is_empty() => {
            login.notes.push(format!(
                "then the host closed the connection: {}",
                error.message()
            ));
            Err(login.summary())
        }
        Err(trouble) => Err(explain(target, "login", trouble)),
    }
}

/// One login: what was tried and what came of it.
struct Login<'a> {
    target: &'a Target,
    link: &'a mut Link,
    wait: &'a Wait<'a>,
    deadline: Instant,
    /// The agent and its keys, once asked.
    agent: Option<Option<(Agent, Vec<PublicKey>)>>,
    /// Public keys that were refused, so that none is offered twice: servers count.
    tried: HashSet<Vec<u8>>,
    notes: Vec<String>,
}

/// Whether the login has succeeded; errors are those of the connection.
type Step = std::result::Result<bool, Trouble>;

impl Login<'_> {
    fn run(&mut self) -> Step {
        let target = self.target;
        for path in &target.given_keys {
            if self.key_file(path, true)? {
                return Ok(true);
            }
        }
        if let Some(password) = &target.password
            && (self.password(password)? || self.keyboard(password)?)
        {
            return Ok(true);
        }
        if !target.identities_only && self.all_of_agent()? {
            return Ok(true);
        }
        for path in &target.usual_keys {
            if self.key_file(path, false)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tries a key file, with its certificate first; the agent holds the key of a file whose passphrase is not given.
    fn key_file(&mut self, path: &Path, given: bool) -> Step {
        let name = path.display();
        let key = match KeyFile::read(path) {
            Ok(key) => key,
            Err(error) if !given && error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return self.note(format!("key {name}: {error}")),
        };
        let blob = key.blob();
        if blob.as_ref().is_some_and(|blob| self.tried.contains(blob)) {
            return Ok(false);
        }
        if key.encrypted && self.target.passphrase.is_none() {
            return match blob {
                Some(blob) if self.agent_has(&blob) => self.agent_key(&blob),
                _ if !given => Ok(false),
                _ => self.note(format!(
                    "key {name}: it is encrypted, and neither a passphrase nor an agent has it"
                )),
            };
        }
        for public in [key.certificate.as_ref(), key.public.as_ref()] {
            if public.is_none() && key.public.is_some() {
                continue;
            }
            if self.offer(&key, public.map(String::as_str))? {
                return Ok(true);
            }
        }
        self.tried.extend(blob);
        Ok(false)
    }

    /// Shows the public key, and signs if the host takes it.
    fn offer(&mut self, key: &KeyFile, public: Option<&str>) -> Step {
        let user = &self.target.user;
        let passphrase = self
            .target
            .passphrase
            .as_ref()
            .filter(|_| key.encrypted)
            .map(|secret| secret.expose().as_str());
        let outcome = self.link.drive(self.wait, Some(self.deadline), |session| {
            session.userauth_pubkey_memory(user, public, &key.private, passphrase)
        });
        let what = if public.is_some() && public == key.certificate.as_deref() {
            "certificate of key"
        } else {
            "key"
        };
        self.taken(outcome, |error| {
            // libssh2 says "Callback returned error" when it cannot sign, "Unable to extract" when it cannot read.
            let unusable = error.code() == ErrorCode::Session(LIBSSH2_ERROR_FILE)
                || error.message().contains("Callback returned error");
            let why = match (unusable, key.encrypted) {
                (true, true) => "the passphrase is wrong",
                (true, false) => "it cannot be read as a private key",
                (false, _) => "refused",
            };
            format!("{what} {}: {why}", key.path.display())
        })
    }

    /// Tries every key of the agent.
    fn all_of_agent(&mut self) -> Step {
        let blobs: Vec<Vec<u8>> = match self.agent() {
            Some((_, keys)) => keys.iter().map(|key| key.blob().to_owned()).collect(),
            None => return Ok(false),
        };
        if blobs.is_empty() {
            return self.note("the agent holds no key".into());
        }
        for blob in blobs {
            if !self.tried.contains(&blob) && self.agent_key(&blob)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn agent_has(&mut self, blob: &[u8]) -> bool {
        self.agent()
            .is_some_and(|(_, keys)| keys.iter().any(|key| key.blob() == blob))
    }

    /// Lets the agent sign with one of its keys.
    fn agent_key(&mut self, blob: &[u8]) -> Step {
        let Some(Some((agent, keys))) = &self.agent else {
            return Ok(false);
        };
        let Some(key) = keys.iter().find(|key| key.blob() == blob) else {
            return Ok(false);
        };
        let comment = key.comment().to_owned();
        let user = &self.target.user;
        let outcome = self
            .link
            .drive(self.wait, Some(self.deadline), |_| agent.userauth(user, key));
        self.tried.insert(blob.to_owned());
        self.taken(outcome, |_| format!("key {comment} of the agent: refused"))
    }

    /// The agent and its keys, asked once.
    fn agent(&mut self) -> Option<&(Agent, Vec<PublicKey>)> {
        if self.agent.is_none() {
            let found = self
                .target
                .agent_socket
                .as_ref()
                .map(|socket| self.ask_agent(socket));
            self.agent = Some(match found {
                Some(Ok(found)) => Some(found),
                Some(Err(error)) => {
                    self.notes
                        .push(format!("the agent does not answer: {}", error.message()));
                    None
                }
                None => None,
            });
        }
        self.agent.as_ref().and_then(Option::as_ref)
    }

    fn ask_agent(&self, socket: &Path) -> std::result::Result<(Agent, Vec<PublicKey>), ssh2::Error> {
        let mut agent = self.link.session.agent()?;
        agent.set_identity_path(socket)?;
        agent.connect()?;
        agent.list_identities()?;
        let keys = agent.identities()?;
        Ok((agent, keys))
    }

    fn password(&mut self, password: &Secret<String>) -> Step {
        let user = &self.target.user;
        let outcome = self.link.drive(self.wait, Some(self.deadline), |session| {
            session.userauth_password(user, password.expose())
        });
        self.taken(outcome, |error| match error.code() {
            ErrorCode::Session(LIBSSH2_ERROR_PASSWORD_EXPIRED) => "password: it has expired".into(),
            _ => "password: refused".into(),
        })
    }

    fn keyboard(&mut self, password: &Secret<String>) -> Step {
        let user = &self.target.user;
        let mut answers = Answers(password);
        let outcome = self.link.drive(self.wait, Some(self.deadline), |session| {
            session.userauth_keyboard_interactive(user, &mut answers)
        });
        self.taken(outcome, |_| "keyboard-interactive: refused".into())
    }

    /// Success, or a refusal to be noted; anything else has broken the connection.
    fn taken(
        &mut self,
        outcome: std::result::Result<(), Trouble>,
        note: impl FnOnce(&ssh2::Error) -> String,
    ) -> Step {
        match outcome {
            // A server that wants a second factor reports the first one as refused; what follows it is tried.
            Ok(()) => Ok(self.link.session.authenticated()),
            Err(Trouble::Ssh(error)) if is_refusal(&error) => self.note(note(&error)),
            Err(trouble) => Err(trouble),
        }
    }

    fn note(&mut self, note: String) -> Step {
        self.notes.push(note);
        Ok(false)
    }

    /// Everything that was tried, and what the host would take.
    fn refused(mut self) -> Error {
        let user = &self.target.user;
        let methods = self.link.drive(self.wait, Some(self.deadline), |session| {
            session.auth_methods(user).map(str::to_owned)
        });
        if let Ok(methods) = methods {
            self.notes
                .push(format!("the host takes {}", methods.replace(',', ", ")));
        }
        if self.notes.is_empty() {
            self.notes
                .push("there is no key, agent or password to log in with".into());
        }
        self.summary()
    }

    fn summary(&self) -> Error {
        let Target { label, user, .. } = self.target;
        let notes = self.notes.join("; ");
        Error::Authentication {
            message: format!("{label}: login as {user} refused: {notes}"),
        }
    }
}

/// Whether the host, or the key, says no while the connection is still good.
fn is_refusal(error: &ssh2::Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::Session(
            LIBSSH2_ERROR_AUTHENTICATION_FAILED
                | LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED
                | LIBSSH2_ERROR_FILE
                | LIBSSH2_ERROR_METHOD_NONE
                | LIBSSH2_ERROR_PASSWORD_EXPIRED
        )
    )
}

/// Answers every hidden prompt with the password.
struct Answers<'a>(&'a Secret<String>);

impl KeyboardInteractivePrompt for Answers<'_> {
    fn prompt<'a>(&mut self, _: &str, _: &str, prompts: &[Prompt<'a>]) -> Vec<String> {
        let answer = |prompt: &Prompt<'_>| {
            if prompt.echo {
                String::new()
            } else {
                self.0.expose().clone()
            }
        };
        prompts.iter().map(answer).collect()
    }
}
