//! What has to be done about a user.

use evenkeel_host::AbsPath;
use evenkeel_host::Certainty;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::quote;

use super::Seen;
use super::UpdatePassword;
use super::User;
use super::commands::Changes;
use super::compare::Comparison;
use super::date::date;
use crate::Plan;
use crate::facts::account;
use crate::facts::account::Account;
use crate::facts::account::Shadow;
use crate::facts::account::password_digest;

impl User {
    pub(super) fn remove_user(&self, seen: &Seen) -> Plan {
        let name = &self.name.text;
        if let Known::Is(None) = seen.user {
            return Plan::unchanged(format!("there is no user {name}"));
        }
        let mut argv = vec![if self.local { "luserdel" } else { "userdel" }.to_owned()];
        argv.extend((self.force && !self.local).then(|| "-f".to_owned()));
        argv.extend(self.remove.then(|| "-r".to_owned()));
        argv.push(name.clone());
        let mut run = Run::new(format!("remove user {name}"), Command::argv(argv));
        run.guard = Some((
            format!("getent passwd {} >/dev/null", quote(name)),
            format!("user {name} is gone"),
        ));
        run.obscures.push(Obscures::Fact("group", name.clone()));
        let before = match &seen.user {
            Known::Is(user) => user.as_ref(),
            Known::Unknown(_) => None,
        };
        run.obscures.extend(
            before
                .iter()
                .flat_map(|user| user.groups.as_ref().ok())
                .flatten()
                .map(|group| Obscures::Fact("group", group.clone())),
        );
        let home = before
            .and_then(|user| user.home.as_ref().ok())
            .and_then(|home| AbsPath::new(home));
        if self.remove {
            run.obscures.extend(home.map(Obscures::Path));
        }
        let changes = vec![change(self.predict(run, None))];
        match &seen.user {
            Known::Unknown(why) => Plan::unknown(changes, why.to_string()),
            Known::Is(user) => {
                let before = user.as_ref().map(describe).unwrap_or_default();
                Plan::changes(changes).show(format!("user {name}"), before, "")
            }
        }
    }

    fn predict(&self, run: Run, after: Option<Account>) -> Run {
        let name = || self.name.text.clone();
        let run = run.predict(account::User(name()), Known::Is(after.clone()));
        if self.local {
            run.predict(account::LocalUser(name()), Known::Is(after))
        } else {
            run
        }
    }

    pub(super) fn work(&self, seen: &Seen) -> Plan {
        let name = &self.name.text;
        let (mut changes, mut unsure, before, after) = match &seen.user {
            Known::Is(Some(user)) => {
                let (changes, unsure, after) = self.modify(seen, user);
                (changes, unsure, Some(user.clone()), after)
            }
            Known::Is(None) => {
                let (changes, after) = self.create(seen);
                (changes, seen.namesake.why().map(str::to_owned), None, after)
            }
            Known::Unknown(why) => {
                let (changes, after) = self.create(seen);
                (changes, Some(why.to_string()), None, after)
            }
        };
        let made = changes.len();
        if let Some((change, why)) = seen.key.as_ref().and_then(|key| self.key_change(key)) {
            changes.push(change);
            unsure = unsure.or(why);
        }
        if changes.is_empty() && unsure.is_none() {
            return Plan::unchanged(self.unchanged(before.as_ref()));
        }
        let certainty = unsure.map_or(Certainty::Sure, Certainty::Unknown);
        let plan = Plan {
            certainty,
            ..Plan::changes(changes)
        };
        let (mut old, mut new) = (
            before.as_ref().map(describe).unwrap_or_default(),
            describe(&after),
        );
        if self.sets_password(seen) {
            old += if before.is_some() {
                "password: (another)\n"
            } else {
                ""
            };
            new += "password: (hidden)\n";
        }
        if self.makes_home(seen) {
            new += "home folder: made\n";
        }
        if made < plan.changes.len() {
            new += "SSH key: generated\n";
        }
        plan.show(format!("user {name}"), old, new)
    }

    fn unchanged(&self, user: Option<&Account>) -> String {
        let uid = user
            .and_then(|user| user.uid.as_ref().ok())
            .map(|uid| format!(" with uid {uid}"));
        format!("user {} exists{}", self.name.text, uid.unwrap_or_default())
    }

    fn create(&self, seen: &Seen) -> (Vec<Change>, Account) {
        let name = &self.name.text;
        let why = || format!("creating user {name}");
        let gid = match &seen.primary {
            Some(Known::Is(Some(group))) => group.gid.clone(),
            Some(Known::Is(None)) | None => Known::unknown(why()),
            Some(Known::Unknown(why)) => Known::Unknown(why.clone()),
        };
        let text = |given: Option<String>| given.map_or_else(|| Known::unknown(why()), Known::Is);
        let after = Account {
            name: name.clone(),
            uid: self
                .uid
                .and_then(|uid| u32::try_from(uid).ok())
                .map_or_else(|| Known::unknown(why()), Known::Is),
            gid,
            comment: Known::Is(self.comment.clone().unwrap_or_default()),
            home: text(self.home.as_ref().map(|home| home.as_str().to_owned())),
            shell: text(self.shell.as_ref().map(|shell| shell.as_str().to_owned())),
            groups: Known::Is(self.wanted_groups(seen)),
            shadow: Known::Is(Some(self.new_shadow())),
        };
        let namesake = !matches!(seen.namesake, Known::Is(false));
        let mut run = Run::new(
            format!("create user {name}"),
            Command::shell(self.create_script(namesake)),
        );
        run.guard = Some((
            format!("! getent passwd {} >/dev/null", quote(name)),
            format!("user {name} has been created by somebody else"),
        ));
        run.obscures.push(Obscures::Fact("group", name.clone()));
        run.obscures.extend(
            self.wanted_groups(seen)
                .into_iter()
                .map(|group| Obscures::Fact("group", group)),
        );
        if self.create_home {
            run.obscures
                .extend(self.home_of(&Known::Is(None)).map(Obscures::Path));
        }
        if self.non_unique {
            // Which of several users with this number is told first, nobody knows.
            let number = self.uid.map(|uid| Obscures::Fact("user", uid.to_string()));
            run.obscures.extend(number);
        } else if let Known::Is(uid) = after.uid {
            run = run.predict(account::User(uid.to_string()), Known::Is(Some(after.clone())));
        }
        let mut changes = vec![change(self.predict(run, Some(after.clone())))];
        changes.extend(self.password_change(&after));
        (changes, after)
    }

    /// The names of the wanted groups, sorted.
    pub(super) fn wanted_groups(&self, seen: &Seen) -> Vec<String> {
        let name = |(written, group): &(String, Known<Option<account::GroupEntry>>)| match group {
            Known::Is(Some(group)) => group.name.clone(),
            _ => written.clone(),
        };
        let mut groups: Vec<String> = seen.groups.iter().map(name).collect();
        groups.sort();
        groups.dedup();
        groups
    }

    pub(super) fn sets_password(&self, seen: &Seen) -> bool {
        let Some(password) = &self.password else {
            return false;
        };
        match &seen.user {
            Known::Is(Some(user)) => {
                let same = |shadow: &Shadow| shadow.password == Known::Is(password_digest(password.expose()));
                let known = user.shadow.as_ref().ok().and_then(Option::as_ref);
                self.update_password == UpdatePassword::Always && !known.is_some_and(same)
            }
            _ => true,
        }
    }

    /// Whether an existing user has no home folder and should.
    fn makes_home(&self, seen: &Seen) -> bool {
        let exists = matches!(seen.user, Known::Is(Some(_)));
        let moves = self.move_home && self.home.is_some();
        // A folder of which a forecast knows nothing was made by what has created the user.
        exists && self.create_home && !moves && seen.home == Some(Known::Is(false))
    }

    fn password_change(&self, after: &Account) -> Option<Change> {
        let name = &self.name.text;
        let command = self.password_command(self.password_lock == Some(true))?;
        let run = Run::new(format!("set the password of {name}"), command);
        Some(change(self.predict(run, Some(after.clone()))))
    }

    fn modify(&self, seen: &Seen, user: &Account) -> (Vec<Change>, Option<String>, Account) {
        let name = &self.name.text;
        let mut found = Comparison {
            unsure: None,
            changes: Changes::default(),
            after: user.clone(),
        };
        self.compare_account(&mut found, seen, user);
        self.compare_groups(&mut found, seen, user);
        self.compare_shadow(&mut found, seen, user);
        let mut changes = Vec::new();
        let script = self.change_script(&found.changes);
        if !script.is_empty() {
            let mut run = Run::new(format!("change user {name}"), Command::shell(script));
            run.guard = guard(user);
            run.obscures = self
                .wanted_groups(seen)
                .into_iter()
                .map(|group| Obscures::Fact("group", group))
                .collect();
            if self.move_home {
                let old = user.home.as_ref().ok().and_then(|home| AbsPath::new(home));
                run.obscures
                    .extend(old.into_iter().chain(self.home.clone()).map(Obscures::Path));
            }
            changes.push(change(self.predict(run, Some(found.after.clone()))));
        }
        if self.sets_password(seen) {
            changes.extend(self.password_change(&found.after));
        }
        if let (true, Some(home)) = (self.makes_home(seen), self.home_of(&seen.user)) {
            let mut run = Run::new(
                format!("make the home folder {home}"),
                Command::shell(self.home_script(&home)),
            );
            run.obscures.push(Obscures::Path(home.clone()));
            changes.push(change(run));
        }
        (changes, found.unsure, found.after)
    }
}

fn change(run: Run) -> Change {
    Change::Run(Box::new(run))
}

/// The user's line must be what the plan was made on.
fn guard(user: &Account) -> Option<(String, String)> {
    let (Known::Is(uid), Known::Is(gid), Known::Is(home), Known::Is(shell)) =
        (&user.uid, &user.gid, &user.home, &user.shell)
    else {
        return None;
    };
    let comment = user.comment.as_ref().ok()?;
    let pattern = quote(&format!("{}:", user.name)).into_owned();
    let rest = quote(&format!(":{uid}:{gid}:{comment}:{home}:{shell}")).into_owned();
    let name = quote(&user.name);
    Some((
        format!("case $(getent passwd {name}) in {pattern}*{rest}) ;; *) false ;; esac"),
        format!("user {} has changed", user.name),
    ))
}

/// A user as text, one property per line.
fn describe(user: &Account) -> String {
    let open = "(known after apply)".to_owned();
    let number = |known: &Known<u32>| known.as_ref().ok().map_or_else(|| open.clone(), u32::to_string);
    let text = |known: &Known<String>| known.as_ref().ok().map_or_else(|| open.clone(), String::clone);
    let mut lines = format!(
        "uid: {}\ngid: {}\ncomment: {}\nhome: {}\nshell: {}\n",
        number(&user.uid),
        number(&user.gid),
        text(&user.comment),
        text(&user.home),
        text(&user.shell),
    );
    let groups = user
        .groups
        .as_ref()
        .ok()
        .map_or_else(|| open.clone(), |groups| groups.join(", "));
    lines += &format!("groups: {groups}\n");
    if let Known::Is(Some(shadow)) = &user.shadow {
        let days = |days: &Known<Option<i64>>| match days {
            Known::Is(days) => days.map_or("-".to_owned(), |days| days.to_string()),
            Known::Unknown(_) => "?".to_owned(),
        };
        let yes = |is: &bool| if *is { "yes" } else { "no" }.to_owned();
        let end = |days: &Option<i64>| days.filter(|day| *day >= 0).map_or("never".to_owned(), date);
        lines += &format!(
            "password locked: {}\n",
            shadow.locked.as_ref().ok().map_or_else(|| open.clone(), yes)
        );
        lines += &format!(
            "account ends: {}\n",
            shadow.expires.as_ref().ok().map_or_else(|| open.clone(), end)
        );
        lines += &format!(
            "password days: min {}, max {}, warn {}, inactive {}\n",
            days(&shadow.min),
            days(&shadow.max),
            days(&shadow.warn),
            days(&shadow.inactive)
        );
    }
    lines
}
