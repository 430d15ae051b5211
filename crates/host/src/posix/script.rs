//! One script for one round trip: the parts of several users, framed by marks.

use std::fmt::Write;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::time::Duration;

use zeroize::Zeroizing;

use super::frame::Frames;
use super::privilege::Privilege;
use super::question::Question;
use crate::Result;
use crate::Who;

/// Reads the whole script before any of it runs, so that a connection that breaks cannot leave half of it running.
const LOADER: &str = "'eval \"$(cat)\"'";

/// The same behind a program that may have read the password, or not: everything up to the mark is discarded.
const DISCARDING_LOADER: &str = "'while IFS= read -r l && [ \"$l\" != \"$1\" ]; do :; done; eval \"$(cat)\"'";

/// What every part begins with. `mark LABEL NOTE` ends the output of one question on both streams.
const PRELUDE: &str = "exec </dev/null
l=${LC_ALL-}
export LC_ALL=C PATH=\"${PATH-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin\"
z=; [ ! -e /sys/fs/selinux/enforce ] || z=%Z
mark() { printf '\\n%s %s %s\\n' \"$m\" \"$1\" \"$2\"; printf '\\n%s %s %s\\n' \"$m\" \"$1\" \"$2\" >&2; }
";

/// Finds the number of the user who logged in, without starting a program.
const LOGIN: &str = "while read -r k u _; do [ \"$k\" = Uid: ] && break; done </proc/self/status\n";

/// Leaves a folder that another user may not read, as the login user's home may be: `find` fails in one.
const ENTER: &str = "{ [ -r . ] && [ -x . ]; } || cd \"${HOME:-/}\" 2>/dev/null || cd /\n";

/// What one user does in a script.
pub(super) struct Part {
    pub(super) who: Who,
    pub(super) body: Zeroizing<String>,
    /// How long it may take altogether; `None`: as long as it needs.
    pub(super) limit: Option<Duration>,
}

impl Part {
    /// The questions of each user as a part of its own, in the order in which users first occur.
    pub(super) fn looks(questions: &[Question], limit: Duration) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for question in questions {
            let at = parts
                .iter()
                .position(|part| part.who == question.who)
                .unwrap_or_else(|| {
                    let body = Zeroizing::new(String::new());
                    parts.push(Part {
                        who: question.who.clone(),
                        body,
                        limit: Some(limit),
                    });
                    parts.len() - 1
                });
            parts[at].body.push_str(&question.script());
        }
        parts
    }
}

/// A script, ready to be run.
pub(super) struct Script {
    pub(super) command: String,
    pub(super) stdin: Zeroizing<Vec<u8>>,
    pub(super) mark: String,
    /// Who each part is for, where it goes through another program.
    become_users: Vec<(String, String)>,
    /// How long it may take, where that is known.
    pub(super) limit: Option<Duration>,
    /// Whether the script travels in the command: one program less on the machine.
    pub(super) inline: bool,
}

/// How a script reaches the machine, and who logs in there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delivery {
    /// The number of the login user, if it is known.
    pub(super) login: Option<u32>,
    /// Whether a script may travel in the command that the login user's shell is given. It may not where that shell
    /// is no relative of `sh`.
    pub(super) inline: bool,
}

/// The longest script that travels in the command, quoted.
const LONGEST_COMMAND: usize = 24_000;

impl Script {
    /// Puts parts together.
    ///
    /// # Errors
    /// When a user cannot be become in the way that was configured.
    pub(super) fn new(parts: Vec<Part>, privilege: &Privilege, delivery: Delivery) -> Result<Script> {
        let login = delivery.login;
        let mark = random();
        let is_privileged = |part: &Part| part.who != Who::Login;
        let asks_login = login.is_none() && parts.iter().any(is_privileged);
        let limit = total(&parts, login);
        let mut text = Zeroizing::new(format!("{{\nm={mark}\n{PRELUDE}"));
        text.push_str(if asks_login { LOGIN } else { "u=\n" });
        text.push_str("mark start \"$u\"\n");
        let mut become_users = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            match &part.who {
                Who::Become(user) if login != Some(0) || user.as_ref() != "root" => {
                    let label = format!("as{index}");
                    text.push_str(&as_user(&label, user, part, privilege, login)?);
                    become_users.push((label, user.to_string()));
                }
                Who::Login | Who::Become(_) if limit.is_none() && part.limit.is_some() => {
                    text.push_str(&limited(part));
                }
                Who::Login | Who::Become(_) => text.push_str(&part.body),
            }
        }
        text.push_str("mark end 0\n}\n");
        let secret = limit.is_none() || (!become_users.is_empty() && privilege.password.is_some());
        let word = quoted(&text);
        let inline = delivery.inline && !secret && word.len() < LONGEST_COMMAND && !text.contains(r"\\");
        let (code, stdin) = match inline {
            true => (word.as_str(), Vec::new()),
            false => (LOADER, text.as_bytes().to_vec()),
        };
        let command = format!("exec {}sh -c {code}", timeout(limit));
        Ok(Script {
            command,
            stdin: Zeroizing::new(stdin),
            mark,
            become_users,
            limit,
            inline,
        })
    }

    /// The users that could not be become, each with what the program said that refused.
    pub(super) fn refused(&self, frames: &Frames) -> Vec<(Who, String)> {
        let mut refused = Vec::new();
        for (label, user) in &self.become_users {
            let (Some(end), None) = (frames.get(&format!("{label}-end")), frames.get(label)) else {
                continue;
            };
            let said = String::from_utf8_lossy(&end.stderr);
            let said = said.trim();
            let why = if said.is_empty() {
                format!("exit code {}", end.note)
            } else {
                said.trim_start_matches("Password:")
                    .trim_start()
                    .replace('\n', "; ")
            };
            refused.push((
                Who::Become(user.as_str().into()),
                format!("becoming {user}: {why}"),
            ));
        }
        refused
    }
}

/// How long all parts may take; `None` when one of them may take as long as it needs. What runs in a shell of its own
/// is given a little more than that shell, which ends first.
fn total(parts: &[Part], login: Option<u32>) -> Option<Duration> {
    let inner = parts
        .iter()
        .filter(|part| part.who != Who::Login && login != Some(0))
        .count();
    let limit = parts.iter().map(|part| part.limit).sum::<Option<Duration>>()?;
    Some(limit + Duration::from_secs(6) * inner as u32)
}

/// A part with a limit of its own among parts that have none.
fn limited(part: &Part) -> Zeroizing<String> {
    let inner = Zeroizing::new(format!("{{\nm=$1\n{PRELUDE}{}}}\n", part.body.as_str()));
    let command = format!("{}sh -c {LOADER} sh \"$m\"", timeout(part.limit));
    Zeroizing::new(format!("printf '%s\\n' {} | {command}\n", *quoted(&inner)))
}

/// The part of another user: run directly when the login user is that user, else through the program.
fn as_user(
    label: &str,
    user: &str,
    part: &Part,
    privilege: &Privilege,
    login: Option<u32>,
) -> Result<Zeroizing<String>> {
    let inner = Zeroizing::new(format!(
        "{{\nm=$1\n{PRELUDE}{ENTER}mark {label} 0\n{}}}\n",
        part.body.as_str()
    ));
    let limit = timeout(part.limit);
    let mut text = Zeroizing::new(String::new());
    let _ = writeln!(*text, "p={}", *quoted(&inner));
    let (loader, password) = match &privilege.password {
        None => (LOADER, Zeroizing::new(String::new())),
        Some(password) => (
            DISCARDING_LOADER,
            Zeroizing::new(format!("printf '%s\\n' {} \"$m\"; ", *quoted(password.expose()))),
        ),
    };
    let command = privilege.command(user, &limit, loader)?;
    let through = Zeroizing::new(format!(
        "{{ {}printf '%s\\n' \"$p\"; }} | {command}",
        password.as_str()
    ));
    let same = match (user, login) {
        ("root", None) => "[ \"$u\" = 0 ]".to_owned(),
        (_, None) => format!("[ \"$(id -u -- {} 2>/dev/null)\" = \"$u\" ]", crate::quote(user)),
        (_, Some(login)) => format!("[ \"$(id -u -- {} 2>/dev/null)\" = {login} ]", crate::quote(user)),
    };
    let _ = match (user, login) {
        ("root", Some(_)) => writeln!(*text, "{}", *through),
        _ => writeln!(
            *text,
            "if {same}; then ( set -- \"$m\"; eval \"$p\" ); else {}; fi",
            *through
        ),
    };
    let _ = writeln!(*text, "mark {label}-end $?");
    Ok(text)
}

fn timeout(limit: Option<Duration>) -> String {
    limit.map_or_else(String::new, |limit| {
        format!("timeout -k 5 {:.3} ", limit.as_secs_f64())
    })
}

/// A text as one word of the shell.
pub(super) fn quoted(text: &str) -> Zeroizing<String> {
    Zeroizing::new(format!("'{}'", text.replace('\'', r"'\''")))
}

/// 128 bits that nobody can guess, in hex: keyed hashes whose keys come from the operating system.
pub(super) fn random() -> String {
    let half = || RandomState::new().hash_one(std::time::Instant::now());
    format!("{:016x}{:016x}", half(), half())
}
