//! `user`: users of the machine.

mod commands;
mod compare;
mod date;
mod password;
mod ssh_key;
mod work;

use evenkeel_host::AbsPath;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use super::group::Presence;
use super::group::bad_id;
use super::group::bad_name;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::getent::Getent;
use crate::facts::account;
use crate::facts::account::Account;
use crate::facts::account::GroupEntry;
use crate::facts::answered;
use crate::facts::want;
use password::Hidden;

words! {
    /// When a password is set.
    pub enum UpdatePassword {
        /// Whenever it is another one.
        Always = "always",
        /// Only for a user that is created.
        OnCreate = "on_create",
    }
}

arguments! {
    /// Manages users.
    pub struct User {
        /// The user's name.
        name | "user": Text,
        /// Whether the user should exist.
        state: Presence = Presence::Present,
        /// The user's number.
        uid: Option<i64>,
        /// Whether `uid` may belong to another user too.
        non_unique: bool = false,
        /// The primary group, by name or number.
        group: Option<String>,
        /// Supplementary groups; without `append` the user leaves all others.
        groups: Option<Vec<String>>,
        /// Whether `groups` are added to those that the user has.
        append: bool = false,
        /// The description.
        comment: Option<String>,
        /// The home folder.
        home: Option<AbsPath>,
        /// Whether the home folder is created where it is missing.
        create_home | "createhome": bool = true,
        /// Whether the old home folder moves to `home`.
        move_home: bool = false,
        /// The folder whose content a new home folder gets, in place of /etc/skel.
        skeleton: Option<String>,
        /// The umask for a new home folder.
        umask: Option<String>,
        /// The login shell.
        shell: Option<AbsPath>,
        /// The hash of the password, or `*` or `!` for none.
        password: Option<Hidden>,
        /// When the password is set.
        update_password: UpdatePassword = UpdatePassword::Always,
        /// Whether logging in by password is locked.
        password_lock: Option<bool>,
        /// Days between changes of the password at most.
        password_expire_max: Option<i64>,
        /// Days between changes of the password at least.
        password_expire_min: Option<i64>,
        /// Days of warning before the password expires.
        password_expire_warn: Option<i64>,
        /// Days after the password expires until the account is disabled.
        password_expire_account_disable: Option<i64>,
        /// The end of the account in seconds since the epoch; negative for none.
        expires: Option<f64>,
        /// Whether a new user gets a number of the system's range.
        system: bool = false,
        /// The smallest number for a new user, in place of `UID_MIN` of /etc/login.defs.
        uid_min: Option<i64>,
        /// The largest number for a new user, in place of `UID_MAX` of /etc/login.defs.
        uid_max: Option<i64>,
        /// The SELinux user of a new user.
        seuser: Option<String>,
        /// Uses libuser's commands (`luseradd`) and looks at /etc/passwd only.
        local: bool = false,
        /// With `state: absent`, removes the home folder and the mail too.
        remove: bool = false,
        /// With `state: absent`, removes a user that is logged in; otherwise replaces an existing SSH key.
        force: bool = false,
        /// Whether the user gets an SSH key.
        generate_ssh_key: Option<bool>,
        /// The size of the key, in bits.
        ssh_key_bits: Option<i64>,
        /// The type of the key.
        ssh_key_type: String = "rsa".to_owned(),
        /// The key's file; a relative path counts from the home folder.
        ssh_key_file: Option<String>,
        /// The key's comment; without it `ansible-generated on` and the machine's name.
        ssh_key_comment: Option<String>,
        /// The key's passphrase.
        ssh_key_passphrase: Option<Hidden>,
        /// Refused: for macOS only.
        hidden: Option<Text>,
        /// Refused: for the BSDs only.
        login_class: Option<Text>,
        /// Refused: for Solaris only.
        profile: Option<Text>,
        /// Refused: for Solaris only.
        authorization: Option<Text>,
        /// Refused: for Solaris only.
        role: Option<Text>,
    }
}

/// What was seen of a user.
#[derive(Debug)]
pub struct Seen {
    user: Known<Option<Account>>,
    /// Who has the wanted number.
    owner: Option<Account>,
    /// The wanted primary group.
    primary: Option<Known<Option<GroupEntry>>>,
    /// The wanted supplementary groups, as they were written.
    groups: Vec<(String, Known<Option<GroupEntry>>)>,
    /// Whether there is a group of the user's name.
    namesake: Known<bool>,
    /// Whether the home folder is there; `None` where it does not matter.
    home: Option<Known<bool>>,
    key: Option<ssh_key::Seen>,
}

impl User {
    fn is_present(&self) -> bool {
        self.state == Presence::Present
    }

    fn check_platform(&self, problems: &mut Vec<Problem>) {
        let refused = [
            ("hidden", &self.hidden, "macOS"),
            ("login_class", &self.login_class, "the BSDs"),
            ("profile", &self.profile, "Solaris"),
            ("authorization", &self.authorization, "Solaris"),
            ("role", &self.role, "Solaris"),
        ];
        for (field, text, system) in refused {
            problems.extend(text.as_ref().map(|text| {
                Problem::error("task::unsupported", format!("`{field}` exists on {system} only"))
                    .at(&text.place, "not on Linux")
                    .help("remove it")
            }));
        }
    }

    fn check_local(&self, problems: &mut Vec<Problem>) {
        let refused = [
            ("umask", self.umask.is_some()),
            ("uid_min", self.uid_min.is_some()),
            ("uid_max", self.uid_max.is_some()),
        ];
        for (field, is) in refused {
            if is && self.local {
                problems.push(Problem::error(
                    "task::exclusive",
                    format!("`{field}` cannot be used with `local`"),
                ));
            }
        }
    }

    fn check_texts(&self, problems: &mut Vec<Problem>) {
        let line = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains([':', '\n']));
        if line(&self.comment) {
            problems.push(Problem::error(
                "task::value",
                "`comment` holds a `:` or a line break, which /etc/passwd cannot hold",
            ));
        }
        for name in self.groups.iter().flatten().chain(&self.group) {
            if name.is_empty() || name.starts_with('-') || name.contains([',', ':', ' ']) {
                problems.push(Problem::error(
                    "task::value",
                    format!("`{name}` cannot be the name of a group"),
                ));
            }
        }
        if self
            .umask
            .as_ref()
            .is_some_and(|umask| umask.is_empty() || !umask.bytes().all(|b| (b'0'..=b'7').contains(&b)))
        {
            problems.push(
                Problem::error("task::value", "`umask` is no octal number")
                    .help("write it in quotes: `\"0077\"`"),
            );
        }
        let word = |text: &String| {
            text.is_empty()
                || !text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
        };
        if word(&self.ssh_key_type) || self.ssh_key_type.starts_with('-') {
            problems.push(Problem::error(
                "task::value",
                format!("`{}` is no type of SSH keys", self.ssh_key_type),
            ));
        }
    }

    fn find(&self, on: &View<'_>) -> Result<Known<Option<Account>>> {
        let name = self.name.text.clone();
        Ok(if self.local {
            on.fact(account::LocalUser(name))?
        } else {
            on.fact(account::User(name))?
        })
    }

    /// The home folder that the user has or will have, if that is known.
    fn home_of(&self, user: &Known<Option<Account>>) -> Option<AbsPath> {
        match (&self.home, user) {
            (Some(home), _) => Some(home.clone()),
            (None, Known::Is(Some(user))) => user.home.as_ref().ok().and_then(|home| AbsPath::new(home)),
            (None, _) => AbsPath::new(&format!("/home/{}", self.name.text)),
        }
    }
}

impl TaskType for User {
    const NAME: &'static str = "user";
    const ABOUT: &'static str = "Creates, changes and removes users.";
    const EXAMPLE: &'static str = "\
- name: The user that runs the health check
  ansible.builtin.user:
    name: keepalived_script
    system: true
    shell: /usr/sbin/nologin
    create_home: false
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let found = [
            bad_name(&self.name, "user"),
            bad_id(self.uid, "uid"),
            bad_id(self.uid_min, "uid_min"),
            bad_id(self.uid_max, "uid_max"),
            self.password.as_ref().and_then(password::broken),
        ];
        let mut problems: Vec<Problem> = found.into_iter().flatten().collect();
        self.check_platform(&mut problems);
        self.check_local(&mut problems);
        self.check_texts(&mut problems);
        if self.append && self.groups.is_none() {
            problems.push(Problem::error("task::needs", "`append` needs `groups`"));
        }
        if self.non_unique && self.uid.is_none() {
            problems.push(Problem::error("task::needs", "`non_unique: true` needs `uid`"));
        }
        if self.move_home && self.home.is_none() {
            problems.push(Problem::error("task::needs", "`move_home` needs `home`"));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let name = || self.name.text.clone();
        let own = if self.local {
            want(account::LocalUser(name()))
        } else {
            want(account::User(name()))
        };
        let mut wants = vec![own];
        if !self.is_present() {
            return wants;
        }
        wants.push(want(account::Group(name())));
        wants.extend(
            self.group
                .iter()
                .chain(self.groups.iter().flatten())
                .map(|group| want(account::Group(group.clone()))),
        );
        if let (Some(uid), false) = (self.uid, self.non_unique) {
            wants.push(want(account::User(uid.to_string())));
        }
        if let (true, Some(path)) = (self.create_home, self.home_of(&Known::Is(None))) {
            wants.push(Want::Entry {
                path,
                follow: true,
                content: false,
            });
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let user = self.find(on)?;
        let mut seen = Seen {
            user,
            owner: None,
            primary: None,
            groups: Vec::new(),
            namesake: Known::Is(false),
            home: None,
            key: None,
        };
        if !self.is_present() {
            return Ok(seen);
        }
        if let (Some(uid), false) = (self.uid, self.non_unique) {
            seen.owner = on.fact(account::User(uid.to_string()))?.ok().flatten();
        }
        if let Some(group) = &self.group {
            seen.primary = Some(on.fact(account::Group(group.clone()))?);
        }
        for group in self.groups.iter().flatten() {
            seen.groups
                .push((group.clone(), on.fact(account::Group(group.clone()))?));
        }
        if let Known::Is(None) = seen.user {
            seen.namesake = on
                .fact(account::Group(self.name.text.clone()))?
                .map(|group| group.is_some());
        }
        let home = self.home_of(&seen.user);
        if let (true, Some(home)) = (self.create_home, &home) {
            seen.home = Some(on.entry(home, true)?.map(|entry| entry.is_some()));
        }
        if self.generate_ssh_key == Some(true) {
            seen.key = Some(self.look_at_key(on, home.as_ref())?);
        }
        Ok(seen)
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        if !self.is_present() {
            return Ok(self.remove_user(seen).obscuring(Getent::FAMILY));
        }
        for (name, group) in seen
            .groups
            .iter()
            .chain(self.group.clone().zip(seen.primary.clone()).iter())
        {
            if let Known::Is(None) = group {
                return Err(Error::failed(format!("group {name} does not exist"))
                    .help("create it first, with the task type `group`"));
            }
        }
        if let (Some(owner), Some(uid)) = (&seen.owner, self.uid)
            && owner.name != self.name.text
        {
            return Err(
                Error::failed(format!("uid {uid} belongs to user {} already", owner.name))
                    .help("choose another `uid`, or set `non_unique: true`"),
            );
        }
        let mut plan = self.work(seen).obscuring(Getent::FAMILY);
        if self.password.as_ref().is_some_and(password::looks_plain) {
            plan.warnings
                .push("`password` does not look like a hash: nobody could log in with it".to_owned());
        }
        Ok(plan)
    }

    fn then(&self, seen: &Seen, plan: &Plan) -> Vec<Want> {
        if !self.is_present() || plan.changes.is_empty() {
            return Vec::new();
        }
        let mut wants = vec![want(account::User(self.name.text.clone()))];
        wants.extend(seen.key.as_ref().and_then(ssh_key::Seen::public_file));
        wants
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let mut put =
            |key: &str, value: Known<serde_json::Value>| drop(returned.insert(key.to_owned(), value));
        put("name", Known::Is(self.name.text.clone().into()));
        put(
            "state",
            Known::Is(if self.is_present() { "present" } else { "absent" }.into()),
        );
        let existed = matches!(&seen.user, Known::Is(Some(_)));
        if !self.is_present() {
            if existed {
                put("force", Known::Is(self.force.into()));
                put("remove", Known::Is(self.remove.into()));
            }
            return returned;
        }
        if existed {
            put("append", Known::Is(self.append.into()));
            put("move_home", Known::Is(self.move_home.into()));
        } else {
            put("system", Known::Is(self.system.into()));
            put("create_home", Known::Is(self.create_home.into()));
        }
        if self.password.is_some() {
            put("password", Known::Is("NOT_LOGGING_PASSWORD".into()));
        }
        if let Some(groups) = &self.groups {
            put("groups", Known::Is(groups.join(",").into()));
        }
        let user = answered::<account::User>(outputs, 0).unwrap_or_else(|| seen.user.clone());
        let unknown = || format!("creating user {}", self.name.text);
        let user = user.and_then(|user| user.map_or_else(|| Known::unknown(unknown()), Known::Is));
        put("uid", user.clone().and_then(|user| user.uid).map(Into::into));
        put("group", user.clone().and_then(|user| user.gid).map(Into::into));
        put(
            "comment",
            user.clone().and_then(|user| user.comment).map(Into::into),
        );
        put("home", user.clone().and_then(|user| user.home).map(Into::into));
        put("shell", user.and_then(|user| user.shell).map(Into::into));
        if let Some(key) = &seen.key {
            key.result(&mut returned, plan, outputs);
        }
        returned
    }
}
