//! Paths that may begin with a user's home folder.

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Argument;
use crate::Error;
use crate::Result;
use crate::facts;
use crate::facts::account::User;
use crate::facts::home::Home;

/// A path on the machine: absolute, or below a home folder (`~/.ssh`, `~etcd/data`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserPath {
    /// From the root.
    Absolute(AbsPath),
    /// Below the home folder of a user, of the one who asks when `user` is empty.
    Home {
        /// The user's name.
        user: String,
        /// What comes after the home folder, without the slash.
        rest: String,
    },
}

impl UserPath {
    /// Reads a path; `None` when it is relative.
    pub fn new(text: &str) -> Option<UserPath> {
        let Some(below) = text.strip_prefix('~') else {
            return AbsPath::new(text).map(UserPath::Absolute);
        };
        let (user, rest) = below.split_once('/').unwrap_or((below, ""));
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let is_name = user.chars().all(plain) && !user.starts_with('-') && !rest.contains('\0');
        is_name.then(|| UserPath::Home {
            user: user.to_owned(),
            rest: rest.trim_start_matches('/').to_owned(),
        })
    }

    /// What will be asked to know it.
    pub fn wants(&self) -> Vec<Want> {
        match self {
            UserPath::Absolute(_) => Vec::new(),
            UserPath::Home { user, .. } if user.is_empty() => vec![facts::want(Home(String::new()))],
            UserPath::Home { user, .. } => vec![facts::want(User(user.clone()))],
        }
    }

    /// The path, where it is known without asking.
    pub fn absolute(&self) -> Option<&AbsPath> {
        match self {
            UserPath::Absolute(path) => Some(path),
            UserPath::Home { .. } => None,
        }
    }

    /// The path on this machine.
    ///
    /// # Errors
    /// When there is no such user.
    pub fn resolve(&self, on: &View<'_>) -> Result<Known<AbsPath>> {
        let (user, rest) = match self {
            UserPath::Absolute(path) => return Ok(Known::Is(path.clone())),
            UserPath::Home { user, rest } => (user, rest),
        };
        let home = if user.is_empty() {
            on.fact(Home(String::new()))?
        } else {
            match on.fact(User(user.clone()))? {
                Known::Is(Some(account)) => account.home.map(Some),
                Known::Is(None) => Known::Is(None),
                Known::Unknown(why) => Known::Unknown(why),
            }
        };
        let path = |home: Option<String>| Some(AbsPath::new(&home?)?.join(rest.trim_start_matches('/')));
        match home.map(path) {
            Known::Is(Some(path)) => Ok(Known::Is(path)),
            Known::Is(None) => Err(Error::failed(format!(
                "~{user} is no home folder on this machine"
            ))),
            Known::Unknown(why) => Ok(Known::Unknown(why)),
        }
    }
}

impl std::fmt::Display for UserPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            UserPath::Absolute(path) => path.fmt(f),
            UserPath::Home { user, rest } if rest.is_empty() => write!(f, "~{user}"),
            UserPath::Home { user, rest } => write!(f, "~{user}/{rest}"),
        }
    }
}

impl Argument for UserPath {
    fn kind() -> String {
        "path".to_owned()
    }

    fn read(node: &Node) -> std::result::Result<UserPath, Problem> {
        let text = String::read(node)?;
        UserPath::new(&text).ok_or_else(|| {
            Problem::error("task::path", format!("`{text}` is no absolute path"))
                .at(&node.place, "expected a path that begins with `/` or `~`")
        })
    }

    fn write(&self) -> Value {
        Value::Str(self.to_string())
    }
}
