//! Becoming another user.

use crate::Error;
use crate::Result;
use crate::Secret;

/// How another user is become.
#[derive(Clone, Debug, Default)]
pub struct Privilege {
    /// The program.
    pub method: Method,
    /// The password that it asks for, the login user's with `sudo` and the other user's with `su`; never in an
    /// argument, never in the environment.
    pub password: Option<Secret<String>>,
    /// More flags for the program, e.g. `-E` of sudo; for sudo `-H` (the user's home) is the default when this is empty.
    pub flags: Vec<String>,
    /// The program to start instead of the method's own, with arguments before all others; empty: its own.
    pub program: Vec<String>,
}

/// The program with which another user is become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// `sudo`: sudo(8).
    #[default]
    Sudo,
    /// `su`: su(1). The command is run by the other user's login shell.
    Su,
    /// `doas`: doas(1), where doas.conf(5) asks for no password: it reads one from a terminal alone.
    Doas,
}

impl Method {
    /// All names.
    pub const NAMES: [&'static str; 3] = ["sudo", "su", "doas"];

    /// The method under a name, with or without its collection (`community.general.doas`).
    pub fn named(name: &str) -> Option<Method> {
        match name {
            "sudo" | "ansible.builtin.sudo" | "ansible.legacy.sudo" => Some(Method::Sudo),
            "su" | "ansible.builtin.su" | "ansible.legacy.su" => Some(Method::Su),
            "doas" | "community.general.doas" => Some(Method::Doas),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Method::Sudo => "sudo",
            Method::Su => "su",
            Method::Doas => "doas",
        }
    }
}

impl Privilege {
    /// The command that starts `sh -c loader` as `user`, with the mark in `$m` as its argument; `before` stands before
    /// the shell.
    ///
    /// # Errors
    /// When the user's name could be read as an option, or the program cannot be given the password.
    pub(super) fn command(&self, user: &str, before: &str, loader: &str) -> Result<String> {
        if user.is_empty() || user.starts_with('-') {
            return Err(Error::Become(format!("become_user {user:?} is no user's name")));
        }
        let program = match self.program.is_empty() {
            true => self.method.name().to_owned(),
            false => words(&self.program),
        };
        let name = crate::quote(user);
        let shell = format!("{before}sh -c {loader} sh");
        match self.method {
            Method::Sudo => {
                let asks = self.password.is_some();
                let asking = if asks { "-S -p ''" } else { "-n" };
                let flags = match self.flags.is_empty() {
                    true => "-H".to_owned(),
                    false if asks => words(&asking_too(&self.flags)),
                    false => words(&self.flags),
                };
                Ok(format!("{program} {flags} {asking} -u {name} -- {shell} \"$m\""))
            }
            Method::Su => {
                let flags = words(&self.flags);
                let start = format!("{shell} ");
                let start = crate::quote(&start);
                Ok(format!("{program} {flags} {name} -c {start}\"$m\""))
            }
            Method::Doas if self.password.is_some() => Err(Error::Become(
                "doas reads its password from a terminal, which there is none: write `permit nopass` into doas.conf(5), or use sudo".to_owned(),
            )),
            Method::Doas => {
                let flags = words(&self.flags);
                Ok(format!("{program} {flags} -n -u {name} -- {shell} \"$m\""))
            }
        }
    }
}

/// The flags of sudo without those that keep it from asking for the password that it is given.
fn asking_too(flags: &[String]) -> Vec<String> {
    let keeps_quiet = |flag: &&String| !matches!(flag.as_str(), "-n" | "--non-interactive");
    let without = |flag: &String| match flag.strip_prefix('-') {
        Some(letters) if !letters.starts_with('-') => format!("-{}", letters.replacen('n', "", 1)),
        _ => flag.clone(),
    };
    flags.iter().filter(keeps_quiet).map(without).collect()
}

fn words(flags: &[String]) -> String {
    let quoted: Vec<_> = flags.iter().map(|flag| crate::quote(flag)).collect();
    quoted.join(" ")
}
