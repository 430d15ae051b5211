//! The command lines that create, change and remove users.

use evenkeel_host::AbsPath;
use evenkeel_host::Command;
use evenkeel_host::Secret;
use evenkeel_host::quote;

use super::User;
use super::date::date;
use super::date::day;

/// What usermod and chage are told.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub(super) usermod: Vec<String>,
    pub(super) chage: Vec<String>,
    /// Groups that the user joins and leaves, where libuser does it one by one.
    pub(super) joins: Vec<String>,
    pub(super) leaves: Vec<String>,
}

fn line(words: &[String]) -> String {
    words
        .iter()
        .map(|word| quote(word).into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

fn option(argv: &mut Vec<String>, option: &str, value: Option<String>) {
    if let Some(value) = value {
        argv.extend([option.to_owned(), value]);
    }
}

impl User {
    fn program(&self, name: &str) -> String {
        if self.local {
            format!("l{name}")
        } else {
            name.to_owned()
        }
    }

    /// The end of the account as useradd takes it.
    fn expiry(&self) -> Option<String> {
        self.expires.map(|seconds| {
            if seconds < 0.0 {
                String::new()
            } else {
                date(day(seconds))
            }
        })
    }

    /// The script that creates the user, without the password.
    pub(super) fn create_script(&self, namesake: bool) -> String {
        let mut argv = vec![self.program("useradd")];
        option(&mut argv, "-u", self.uid.map(|uid| uid.to_string()));
        argv.extend((self.uid.is_some() && self.non_unique).then(|| "-o".to_owned()));
        option(&mut argv, "-Z", self.seuser.clone());
        option(&mut argv, "-g", self.group.clone());
        if self.group.is_none() && namesake {
            argv.push(if self.local { "-n" } else { "-N" }.to_owned());
        }
        if let Some(groups) = self
            .groups
            .as_ref()
            .filter(|groups| !groups.is_empty() && !self.local)
        {
            option(&mut argv, "-G", Some(groups.join(",")));
        }
        option(&mut argv, "-c", self.comment.clone());
        option(
            &mut argv,
            "-d",
            self.home.as_ref().map(|home| home.as_str().to_owned()),
        );
        option(
            &mut argv,
            "-s",
            self.shell.as_ref().map(|shell| shell.as_str().to_owned()),
        );
        option(&mut argv, "-e", self.expiry().filter(|_| !self.local));
        option(
            &mut argv,
            "-f",
            self.password_expire_account_disable.map(|days| days.to_string()),
        );
        if self.create_home {
            argv.extend((!self.local).then(|| "-m".to_owned()));
            option(&mut argv, "-k", self.skeleton.clone());
            option(
                &mut argv,
                "-K",
                self.umask.as_ref().map(|umask| format!("UMASK={umask}")),
            );
        } else {
            argv.push("-M".to_owned());
        }
        argv.extend(self.system.then(|| "-r".to_owned()));
        option(&mut argv, "-K", self.uid_min.map(|uid| format!("UID_MIN={uid}")));
        option(&mut argv, "-K", self.uid_max.map(|uid| format!("UID_MAX={uid}")));
        argv.push(self.name.text.clone());
        let parent = self
            .home
            .as_ref()
            .filter(|_| self.create_home)
            .and_then(AbsPath::parent);
        let parent = parent
            .map(|parent| format!("mkdir -p -- {} || exit 1\n", quote(parent.as_str())))
            .unwrap_or_default();
        let mut script = format!("{parent}{} || exit 1\n", line(&argv));
        let mut changes = Changes::default();
        self.push_days(&mut changes);
        if self.local {
            changes.joins = self.groups.clone().unwrap_or_default();
            changes.chage.extend(self.local_expiry());
        }
        if self.password_lock == Some(true) && self.password.is_none() {
            changes.usermod.push("-L".to_owned());
        }
        script += &self.change_script(&changes);
        script
    }

    /// The end of the account as lchage takes it.
    pub(super) fn local_expiry(&self) -> Vec<String> {
        let days = self
            .expires
            .map(|seconds| if seconds < 0.0 { -1 } else { day(seconds) });
        days.map_or(Vec::new(), |days| vec!["-E".to_owned(), days.to_string()])
    }

    fn push_days(&self, changes: &mut Changes) {
        option(
            &mut changes.chage,
            "-m",
            self.password_expire_min.map(|days| days.to_string()),
        );
        option(
            &mut changes.chage,
            "-M",
            self.password_expire_max.map(|days| days.to_string()),
        );
        option(
            &mut changes.chage,
            "-W",
            self.password_expire_warn.map(|days| days.to_string()),
        );
    }

    /// The expiry for usermod.
    pub(super) fn push_expiry(&self, changes: &mut Changes) {
        if self.local {
            changes.chage.extend(self.local_expiry());
        } else {
            option(&mut changes.usermod, "-e", self.expiry());
        }
    }

    /// The script that makes these changes of a user.
    pub(super) fn change_script(&self, changes: &Changes) -> String {
        let name = &self.name.text;
        let mut script = String::new();
        let mut run = |program: &str, words: &[String], last: &str| {
            let argv = [&[self.program(program)], words, &[last.to_owned()]].concat();
            script += &format!("{} || exit 1\n", line(&argv));
        };
        if !changes.usermod.is_empty() {
            run("usermod", &changes.usermod, name);
        }
        if !changes.chage.is_empty() {
            run("chage", &changes.chage, name);
        }
        for (option, groups) in [("-M", &changes.joins), ("-m", &changes.leaves)] {
            for group in groups {
                run("groupmod", &[option.to_owned(), name.clone()], group);
            }
        }
        script
    }

    /// Sets the password. It travels on standard input: arguments can be read by everybody on the machine.
    pub(super) fn password_command(&self, locked: bool) -> Option<Command> {
        let hash = self.password.as_ref()?.expose();
        let lock = if locked && !hash.starts_with('!') { "!" } else { "" };
        let mut command = Command::argv(["chpasswd", "-e"]);
        command.stdin = Some(Secret::new(
            format!("{}:{lock}{hash}\n", self.name.text).into_bytes(),
        ));
        Some(command)
    }

    /// Makes the home folder of a user that has none, as useradd would.
    pub(super) fn home_script(&self, home: &AbsPath) -> String {
        let (name, home_word) = (quote(&self.name.text), quote(home.as_str()));
        let skeleton = quote(self.skeleton.as_deref().unwrap_or("/etc/skel"));
        let parent = home.parent().unwrap_or_else(AbsPath::root);
        let mode = match &self.umask {
            Some(umask) => format!("m=$(printf %o $((0777 & ~0{umask})))\n"),
            None => {
                "m=$(sed -n 's/^HOME_MODE[[:space:]]*\\([0-7]*\\).*/\\1/p' /etc/login.defs 2>/dev/null)\n\
                     u=$(sed -n 's/^UMASK[[:space:]]*\\([0-7]*\\).*/\\1/p' /etc/login.defs 2>/dev/null)\n\
                     [ -n \"$m\" ] || m=$(printf %o $((0777 & ~0${u:-022})))\n"
                    .to_owned()
            }
        };
        format!(
            "mkdir -p -- {} || exit 1\n\
             if [ -d {skeleton} ]; then cp -RPT -- {skeleton} {home_word}; else mkdir -- {home_word}; fi || exit 1\n\
             {mode}chmod \"$m\" -- {home_word} && chown -R -- {name}: {home_word} || exit 1\n",
            quote(parent.as_str())
        )
    }
}
