//! Becoming another user.

use crate::Error;
use crate::Result;
use crate::Secret;

/// How another user is become.
#[derive(Clone, Debug, Default)]
pub struct Privilege {
    /// The program.
    pub method: Method,
    /// The password that it asks the login user for; never in an argument, never in the environment.
    pub password: Option<Secret<String>>,
    /// More flags for the program, e.g. `-E`; `-H` (the user's home) is the default when this is empty.
    pub flags: Vec<String>,
}

/// The program with which another user is become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `sudo`.
    #[default]
    Sudo,
    /// `su`: not supported.
    Su,
    /// `doas`: not supported.
    Doas,
}

impl Privilege {
    /// The command that starts `sh -c loader` as `user`; `before` stands before the shell.
    ///
    /// # Errors
    /// When the method is not supported, or the user's name could be read as an option.
    pub(super) fn command(&self, user: &str, before: &str, loader: &str) -> Result<String> {
        let method = match self.method {
            Method::Sudo => "sudo",
            Method::Su => {
                return Err(Error::Become(
                    "become_method su is not supported: use sudo".to_owned(),
                ));
            }
            Method::Doas => {
                return Err(Error::Become(
                    "become_method doas is not supported: use sudo".to_owned(),
                ));
            }
        };
        if user.is_empty() || user.starts_with('-') {
            return Err(Error::Become(format!("become_user {user:?} is no user's name")));
        }
        let flags = if self.flags.is_empty() {
            "-H".to_owned()
        } else {
            words(&self.flags)
        };
        let asking = if self.password.is_some() { "-S -p ''" } else { "-n" };
        let user = crate::quote(user);
        Ok(format!(
            "{method} {flags} {asking} -u {user} -- {before}sh -c {loader}"
        ))
    }
}

fn words(flags: &[String]) -> String {
    let quoted: Vec<_> = flags.iter().map(|flag| crate::quote(flag)).collect();
    quoted.join(" ")
}
