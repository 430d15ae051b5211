//! Users and groups, as the name service knows them.

use std::fmt::Write;

use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;
use sha2::Digest;

use crate::facts::sections::section;

/// A group by its name or number, `None` when there is none.
#[derive(Clone, Debug)]
pub struct Group(pub String);

/// A group that stands in /etc/group, whatever a directory service says.
#[derive(Clone, Debug)]
pub struct LocalGroup(pub String);

/// The users whose primary group has this name.
#[derive(Clone, Debug)]
pub struct PrimaryUsers(pub String);

/// A line of the group database, group(5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupEntry {
    /// Its name.
    pub name: String,
    /// Its number; in a forecast that of a new group is not known.
    pub gid: Known<u32>,
    /// Users that have it as supplementary group, sorted.
    pub members: Vec<String>,
}

/// A user by name or number, `None` when there is none.
#[derive(Clone, Debug)]
pub struct User(pub String);

/// A user that stands in /etc/passwd, whatever a directory service says.
#[derive(Clone, Debug)]
pub struct LocalUser(pub String);

/// A line of the user database, passwd(5), with groups and what root may know of the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Name.
    pub name: String,
    /// Number; in a forecast that of a new user is not known, and so on.
    pub uid: Known<u32>,
    /// Number of the primary group.
    pub gid: Known<u32>,
    /// The description.
    pub comment: Known<String>,
    /// Home folder.
    pub home: Known<String>,
    /// Login shell.
    pub shell: Known<String>,
    /// Supplementary groups, sorted.
    pub groups: Known<Vec<String>>,
    /// What shadow(5) says; `None` when it may not be read.
    pub shadow: Known<Option<Shadow>>,
}

/// A line of shadow(5), without the password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// SHA-256 of the password's hash without the lock's `!`, so that the hash itself travels nowhere.
    pub password: Known<String>,
    /// Whether the hash begins with `!`.
    pub locked: Known<bool>,
    /// Days between changes at least.
    pub min: Known<Option<i64>>,
    /// Days between changes at most.
    pub max: Known<Option<i64>>,
    /// Days of warning.
    pub warn: Known<Option<i64>>,
    /// Days after the password's end until the account is disabled.
    pub inactive: Known<Option<i64>>,
    /// The account's end, days since the epoch.
    pub expires: Known<Option<i64>>,
}

impl Shadow {
    /// A line of which nothing is known yet.
    pub fn unknown(why: &str) -> Shadow {
        let days = || Known::unknown(why);
        Shadow {
            password: Known::unknown(why),
            locked: Known::unknown(why),
            min: days(),
            max: days(),
            warn: days(),
            inactive: days(),
            expires: days(),
        }
    }
}

/// What identifies a password hash in [`Shadow::password`].
pub fn password_digest(hash: &str) -> String {
    let bytes = sha2::Sha256::digest(hash.trim_start_matches('!').as_bytes());
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What is not known of a user and a group of this name, after something that may create them.
pub fn obscured(name: &str) -> Vec<Obscures> {
    let mut obscures = ["user", "group"]
        .map(|family| Obscures::Fact(family, name.to_owned()))
        .to_vec();
    obscures.push(Obscures::Family(super::getent::Getent::FAMILY));
    obscures
}

/// What the sections of the families' outputs begin with: no line of a database can look so.
/// The shell's own reading of a file: no fork.
fn read_file(path: &str) -> String {
    format!(
        "[ ! -r {path} ] || while IFS= read -r l || [ -n \"$l\" ]; do printf '%s\\n' \"$l\"; done <{path}\n"
    )
}

fn named(database: &str, keys: &[&str]) -> String {
    let words: Vec<_> = keys.iter().map(|key| quote(key)).collect();
    format!(
        "echo '== named'\ngetent {database} -- {}\n[ $? -ne 127 ] || exit 127\n",
        words.join(" ")
    )
}

fn refuse_missing(output: &Output) -> Result<(), String> {
    match output.code {
        0 => Ok(()),
        127 => Err("the program `getent` is missing".to_owned()),
        code => Err(format!("`getent` ended with code {code}")),
    }
}

fn group_line(line: &str) -> Option<GroupEntry> {
    let mut parts = line.split(':');
    let (name, _, gid, members) = (
        parts.next()?,
        parts.next()?,
        parts.next()?,
        parts.next().unwrap_or(""),
    );
    let mut members: Vec<String> = members
        .split(',')
        .filter(|m| !m.is_empty())
        .map(str::to_owned)
        .collect();
    members.sort();
    Some(GroupEntry {
        name: name.to_owned(),
        gid: Known::Is(gid.trim().parse().ok()?),
        members,
    })
}

fn find_group(output: &Output, part: &str, key: &str) -> Result<Option<GroupEntry>, String> {
    refuse_missing(output)?;
    let text = output.text();
    let number = key.parse().ok().map(Known::Is);
    let entries: Vec<GroupEntry> = section(&text, part).filter_map(group_line).collect();
    let named = entries.iter().find(|entry| entry.name == key);
    Ok(named
        .or_else(|| entries.iter().find(|entry| Some(&entry.gid) == number.as_ref()))
        .cloned())
}

impl Fact for Group {
    type Value = Option<GroupEntry>;
    const FAMILY: &'static str = "group";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        named("group", keys) + "exit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        find_group(output, "named", &self.0)
    }
}

impl Fact for LocalGroup {
    type Value = Option<GroupEntry>;
    const FAMILY: &'static str = "local-group";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(_keys: &[&str]) -> String {
        format!("echo '== local'\n{}", read_file("/etc/group"))
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        find_group(output, "local", &self.0)
    }
}

impl Fact for PrimaryUsers {
    type Value = Vec<String>;
    const FAMILY: &'static str = "primary-users";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        named("group", keys) + "echo '== users'\ngetent passwd\nexit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<Vec<String>, String> {
        let Some(group) = find_group(output, "named", &self.0)? else {
            return Ok(Vec::new());
        };
        let text = output.text();
        let users = section(&text, "users")
            .filter_map(passwd_line)
            .filter(|account| account.gid == group.gid);
        Ok(users.map(|account| account.name).collect())
    }
}

/// Reads a line of passwd(5); groups and shadow are not in it.
pub fn passwd_line(line: &str) -> Option<Account> {
    let parts: Vec<&str> = line.split(':').collect();
    let &[name, _, uid, gid, comment, home, shell] = parts.as_slice() else {
        return None;
    };
    Some(Account {
        name: name.to_owned(),
        uid: Known::Is(uid.parse().ok()?),
        gid: Known::Is(gid.parse().ok()?),
        comment: Known::Is(comment.to_owned()),
        home: Known::Is(home.to_owned()),
        shell: Known::Is(shell.to_owned()),
        groups: Known::Is(Vec::new()),
        shadow: Known::Is(None),
    })
}

fn shadow_line(line: &str, name: &str) -> Option<Shadow> {
    let mut parts = line.strip_prefix(name)?.strip_prefix(':')?.split(':');
    let hash = parts.next()?;
    parts.next();
    let mut days = || Known::Is(parts.next().and_then(|text| text.parse().ok()));
    let (min, max, warn, inactive, expires) = (days(), days(), days(), days(), days());
    Some(Shadow {
        password: Known::Is(password_digest(hash)),
        locked: Known::Is(hash.starts_with('!')),
        min,
        max,
        warn,
        inactive,
        expires,
    })
}

/// Groups of all users and what shadow(5) says: beside the user's own line.
fn around() -> String {
    format!(
        "echo '== groups'\ngetent group\necho '== shadow'\n{}exit 0\n",
        read_file("/etc/shadow")
    )
}

fn find_user(output: &Output, part: &str, key: &str) -> Result<Option<Account>, String> {
    refuse_missing(output)?;
    let text = output.text();
    let number = key.parse().ok().map(Known::Is);
    let accounts: Vec<Account> = section(&text, part).filter_map(passwd_line).collect();
    let named = accounts.iter().find(|account| account.name == key);
    let found = named.or_else(|| {
        accounts
            .iter()
            .find(|account| Some(&account.uid) == number.as_ref())
    });
    let Some(mut account) = found.cloned() else {
        return Ok(None);
    };
    let name = account.name.as_str();
    let entries = section(&text, "groups").filter_map(group_line);
    let mut groups: Vec<String> = entries
        .filter(|entry| entry.members.iter().any(|member| member == name))
        .map(|entry| entry.name)
        .collect();
    groups.sort();
    groups.dedup();
    account.groups = Known::Is(groups);
    account.shadow = Known::Is(section(&text, "shadow").find_map(|line| shadow_line(line, name)));
    Ok(Some(account))
}

impl Fact for User {
    type Value = Option<Account>;
    const FAMILY: &'static str = "user";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        named("passwd", keys) + &around()
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        find_user(output, "named", &self.0)
    }
}

impl Fact for LocalUser {
    type Value = Option<Account>;
    const FAMILY: &'static str = "local-user";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(_keys: &[&str]) -> String {
        format!("echo '== local'\n{}{}", read_file("/etc/passwd"), around())
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        find_user(output, "local", &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Output {
        Output {
            stdout: text.as_bytes().to_vec(),
            ..Output::default()
        }
    }

    #[test]
    fn an_account_is_put_together_from_three_databases() {
        let output = says(concat!(
            "== named\ndeploy:x:1001:1001:Deploys,,,:/home/deploy:/bin/bash\n",
            "== groups\nsudo:x:27:ops,deploy\nadm:x:4:deploy\ndeploy:x:1001:\n",
            "== shadow\ndeployer:!:1:2:3:4:::\ndeploy:!$6$abc$def:19700:0:99999:7::20000:\n",
        ));
        let account = User("deploy".into()).parse(&output).unwrap().unwrap();
        assert_eq!(
            account.groups,
            Known::Is(vec!["adm".to_owned(), "sudo".to_owned()])
        );
        let shadow = account.shadow.ok().flatten().unwrap();
        assert_eq!(shadow.locked, Known::Is(true));
        assert_eq!(shadow.password, Known::Is(password_digest("$6$abc$def")));
        assert_eq!(shadow.max, Known::Is(Some(99999)));
        assert_eq!(shadow.inactive, Known::Is(None));
        assert_eq!(shadow.expires, Known::Is(Some(20000)));
        assert_eq!(User("nobody".into()).parse(&output), Ok(None));
    }

    #[test]
    fn a_group_is_found_by_name_and_by_number() {
        let output =
            says("== named\nhaproxy:x:112:\n== users\nhaproxy:x:110:112::/var/lib/haproxy:/bin/false\n");
        assert_eq!(
            Group("112".into()).parse(&output).unwrap().unwrap().name,
            "haproxy"
        );
        assert_eq!(
            PrimaryUsers("haproxy".into()).parse(&output),
            Ok(vec!["haproxy".to_owned()])
        );
    }

    #[test]
    fn one_script_asks_for_all() {
        let script = Group::script(&["a", "b c"]);
        assert!(script.contains("getent group -- a 'b c'\n"), "{script}");
    }
}
