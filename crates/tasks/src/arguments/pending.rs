//! Paths that only the machine can complete: below a home folder, or below the folder in which its login begins.

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use crate::Error;
use crate::Result;
use crate::facts;
use crate::facts::account::User;
use crate::facts::home::Home;

/// What the first component of such a path begins with; no path of a playbook may hold it.
const MARK: char = '\u{1}';

/// Reads a path; one that begins with `~`, `~user` or without `/` is completed on the machine before its task is planned.
/// `None` for a text that can be no path.
pub(crate) fn read(text: &str) -> Option<AbsPath> {
    if text.is_empty() || text.contains(MARK) {
        return None;
    }
    if text.starts_with('/') {
        return AbsPath::new(text);
    }
    let user = text
        .strip_prefix('~')
        .map(|rest| rest.split('/').next().unwrap_or(rest));
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    match user {
        Some(user) if user.chars().all(plain) && !user.starts_with('-') => {
            AbsPath::new(&format!("/{MARK}{text}"))
        }
        // A name that begins with `~` and names no user is a file's.
        _ => AbsPath::new(&format!("/{MARK}/{text}")),
    }
}

/// A path below the home folder of who asks.
pub(crate) fn at_home(below: &str) -> AbsPath {
    AbsPath::root().join(&format!("{MARK}~")).join(below)
}

/// What begins the path, for [`Home`]: `~`, `~user`, or nothing for where the login begins; and the rest.
fn parts(path: &AbsPath) -> Option<(&str, &str)> {
    let inner = path.as_str().strip_prefix('/')?.strip_prefix(MARK)?;
    Some(inner.split_once('/').unwrap_or((inner, "")))
}

/// The path as it was written.
pub(crate) fn written(path: &AbsPath) -> String {
    match parts(path) {
        None => path.as_str().to_owned(),
        Some(("", rest)) => rest.to_owned(),
        Some((home, "")) => home.to_owned(),
        Some((home, rest)) => format!("{home}/{rest}"),
    }
}

/// What has to be asked to complete it.
pub(crate) fn want(path: &AbsPath) -> Option<Want> {
    let (home, _) = parts(path)?;
    Some(match home.strip_prefix('~').filter(|user| !user.is_empty()) {
        Some(user) => facts::want(User(user.to_owned())),
        None => facts::want(Home(home.to_owned())),
    })
}

/// Whether a question is about a path that is not completed yet.
pub(crate) fn is_about(want: &Want) -> bool {
    want.to_string().contains(MARK)
}

/// The path on this machine.
pub(crate) fn resolve(path: &AbsPath, on: &View<'_>) -> Result<Known<AbsPath>> {
    let Some((home, rest)) = parts(path) else {
        return Ok(Known::Is(path.clone()));
    };
    let folder = match home.strip_prefix('~').filter(|user| !user.is_empty()) {
        None => on.fact(Home(home.to_owned()))?,
        Some(user) => match on.fact(User(user.to_owned()))? {
            Known::Is(Some(account)) => account.home.map(Some),
            Known::Is(None) => Known::Is(None),
            Known::Unknown(why) => Known::Unknown(why),
        },
    };
    match folder.map(|folder| Some(AbsPath::new(&folder?)?.join(rest))) {
        Known::Is(Some(path)) => Ok(Known::Is(path)),
        Known::Is(None) => Err(Error::failed(format!("{home} is no home folder on this machine"))),
        Known::Unknown(why) => Ok(Known::Unknown(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back_as_they_were_written() {
        for text in ["/etc/hosts", "~", "~/.ssh", "~etcd/data", "a/b", "a", "~$x/a"] {
            let path = read(text).expect(text);
            assert_eq!(written(&path), text);
            assert_eq!(want(&path).is_some(), !text.starts_with('/'), "{text}");
        }
        assert!(read("").is_none() && read("/\u{1}~/x").is_none());
        let want = |text: &str| want(&read(text).expect(text)).map(|want| want.to_string());
        assert_eq!(want("~/.ssh").as_deref(), Some("the fact home ~"));
        assert_eq!(want("~etcd/data").as_deref(), Some("the fact user etcd"));
        assert_eq!(want("a/b").as_deref(), Some("the fact home "));
        assert_eq!(want("/a"), None);
    }
}
