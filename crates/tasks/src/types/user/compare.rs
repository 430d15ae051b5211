//! A user as it is against the user as it shall be.

use evenkeel_host::Known;

use super::Seen;
use super::User;
use super::commands::Changes;
use super::date::day;
use crate::facts::account::Account;
use crate::facts::account::Shadow;
use crate::facts::account::password_digest;

/// One of the numbers of days in shadow(5).
type Days = fn(&mut Shadow) -> &mut Known<Option<i64>>;

/// Compares what is there with what is wanted, and notes what is not known.
pub(super) struct Comparison {
    pub(super) unsure: Option<String>,
    pub(super) changes: Changes,
    pub(super) after: Account,
}

impl Comparison {
    /// Whether a known part differs from the wish.
    fn differs<T: PartialEq>(&mut self, there: &Known<T>, wanted: &T) -> bool {
        match there {
            Known::Is(there) => there != wanted,
            Known::Unknown(why) => {
                self.unsure.get_or_insert_with(|| why.to_string());
                true
            }
        }
    }

    /// Notes an option of usermod.
    fn option(&mut self, option: &str, value: impl Into<String>) {
        self.changes.usermod.extend([option.to_owned(), value.into()]);
    }
}

impl User {
    pub(super) fn compare_account(&self, found: &mut Comparison, seen: &Seen, user: &Account) {
        if let Some(uid) = self.uid.and_then(|uid| u32::try_from(uid).ok())
            && found.differs(&user.uid, &uid)
        {
            found.option("-u", uid.to_string());
            found
                .changes
                .usermod
                .extend(self.non_unique.then(|| "-o".to_owned()));
            found.after.uid = Known::Is(uid);
        }
        let gid = seen.primary.as_ref().map(|group| {
            group.clone().and_then(|group| match group {
                Some(group) => group.gid,
                None => Known::unknown("the primary group"),
            })
        });
        match (gid, &self.group) {
            (Some(Known::Is(gid)), _) if found.differs(&user.gid, &gid) => {
                found.option("-g", gid.to_string());
                found.after.gid = Known::Is(gid);
            }
            (Some(Known::Unknown(why)), Some(group)) => {
                found.unsure.get_or_insert_with(|| why.to_string());
                found.option("-g", group);
                found.after.gid = Known::Unknown(why);
            }
            _ => {}
        }
        if let Some(comment) = &self.comment
            && found.differs(&user.comment, comment)
        {
            found.option("-c", comment);
            found.after.comment = Known::Is(comment.clone());
        }
        if let Some(home) = self.home.as_ref().map(|home| home.as_str().to_owned())
            && found.differs(&user.home, &home)
        {
            found.option("-d", home.as_str());
            found
                .changes
                .usermod
                .extend(self.move_home.then(|| "-m".to_owned()));
            found.after.home = Known::Is(home);
        }
        if let Some(shell) = self.shell.as_ref().map(|shell| shell.as_str().to_owned())
            && found.differs(&user.shell, &shell)
        {
            found.option("-s", shell.as_str());
            found.after.shell = Known::Is(shell);
        }
    }

    pub(super) fn compare_groups(&self, found: &mut Comparison, seen: &Seen, user: &Account) {
        if self.groups.is_none() {
            return;
        }
        let wanted = self.wanted_groups(seen);
        let there = match &user.groups {
            Known::Is(groups) => groups.clone(),
            Known::Unknown(why) => {
                found.unsure.get_or_insert_with(|| why.to_string());
                Vec::new()
            }
        };
        let joins: Vec<String> = wanted
            .iter()
            .filter(|group| !there.contains(group))
            .cloned()
            .collect();
        let leaves: Vec<String> = there
            .iter()
            .filter(|group| !self.append && !wanted.contains(group))
            .cloned()
            .collect();
        if joins.is_empty() && leaves.is_empty() {
            return;
        }
        if !self.local {
            found.changes.usermod.extend(self.append.then(|| "-a".to_owned()));
            found.option("-G", wanted.join(","));
        }
        let mut after: Vec<String> = there
            .into_iter()
            .filter(|group| !leaves.contains(group))
            .chain(joins.clone())
            .collect();
        after.sort();
        found.after.groups = Known::Is(after);
        if self.local {
            (found.changes.joins, found.changes.leaves) = (joins, leaves);
        }
    }

    /// Compares what only root may read; where it cannot be read, everything that is wanted is done.
    pub(super) fn compare_shadow(&self, found: &mut Comparison, seen: &Seen, user: &Account) {
        let mut there = match &user.shadow {
            Known::Is(shadow) => shadow.clone(),
            Known::Unknown(why) => Some(Shadow::unknown(why)),
        };
        let mut days = |found: &mut Comparison, field: Days, wanted: Option<i64>| match &mut there {
            Some(shadow) => {
                let differs = found.differs(field(shadow), &wanted);
                *field(shadow) = Known::Is(wanted);
                differs
            }
            None => true,
        };
        if let Some(seconds) = self.expires
            && days(
                found,
                |shadow| &mut shadow.expires,
                (seconds >= 0.0).then(|| day(seconds)),
            )
        {
            self.push_expiry(&mut found.changes);
        }
        if let Some(number) = self.password_expire_account_disable
            && days(
                found,
                |shadow| &mut shadow.inactive,
                (number >= 0).then_some(number),
            )
        {
            found.option("-f", number.to_string());
        }
        let ages: [(Option<i64>, &str, Days); 3] = [
            (self.password_expire_min, "-m", |shadow| &mut shadow.min),
            (self.password_expire_max, "-M", |shadow| &mut shadow.max),
            (self.password_expire_warn, "-W", |shadow| &mut shadow.warn),
        ];
        for (number, option, field) in ages {
            if let Some(number) = number
                && days(found, field, (number >= 0).then_some(number))
            {
                found
                    .changes
                    .chage
                    .extend([option.to_owned(), number.to_string()]);
            }
        }
        let sets_password = self.sets_password(seen);
        if let (Some(lock), false) = (self.password_lock, sets_password) {
            let differs = there
                .as_ref()
                .is_none_or(|shadow| found.differs(&shadow.locked, &lock));
            let option = if lock { "-L" } else { "-U" };
            found.changes.usermod.extend(differs.then(|| option.to_owned()));
        }
        if let Some(shadow) = &mut there {
            self.put_password(shadow, sets_password);
        }
        found.after.shadow = match (there, self.touches_shadow()) {
            (None, true) => Known::unknown(format!("changing user {}", self.name.text)),
            (there, _) => Known::Is(there),
        };
        if let (Known::Unknown(_), false) = (&user.shadow, self.touches_shadow()) {
            found.after.shadow = user.shadow.clone();
        }
    }

    /// What the password is afterwards.
    pub(super) fn put_password(&self, shadow: &mut Shadow, sets_password: bool) {
        match self.password.as_ref().filter(|_| sets_password) {
            Some(password) => {
                let locked = password.expose().starts_with('!') || self.password_lock == Some(true);
                shadow.password = Known::Is(password_digest(password.expose()));
                shadow.locked = Known::Is(locked);
            }
            None => {
                if let Some(lock) = self.password_lock {
                    shadow.locked = Known::Is(lock);
                }
            }
        }
    }

    /// The line of a user that is created: what is not wanted comes from the machine's defaults.
    pub(super) fn new_shadow(&self) -> Shadow {
        let why = format!("creating user {}", self.name.text);
        let days = |number: Option<i64>| match number {
            Some(number) => Known::Is((number >= 0).then_some(number)),
            None => Known::unknown(why.as_str()),
        };
        let mut shadow = Shadow {
            // Without a password there is a `!` only.
            password: Known::Is(password_digest("")),
            locked: Known::Is(true),
            min: days(self.password_expire_min),
            max: days(self.password_expire_max),
            warn: days(self.password_expire_warn),
            inactive: days(self.password_expire_account_disable),
            expires: match self.expires {
                Some(seconds) => Known::Is((seconds >= 0.0).then(|| day(seconds))),
                None => Known::unknown(why.as_str()),
            },
        };
        if self.password.is_some() {
            self.put_password(&mut shadow, true);
        }
        shadow
    }

    fn touches_shadow(&self) -> bool {
        self.password.is_some()
            || self.password_lock.is_some()
            || self.expires.is_some()
            || self.password_expire_account_disable.is_some()
            || self.password_expire_min.is_some()
            || self.password_expire_max.is_some()
            || self.password_expire_warn.is_some()
    }
}
