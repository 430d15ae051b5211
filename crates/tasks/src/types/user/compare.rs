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
type Days = fn(&mut Shadow) -> &mut Option<i64>;

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
        let known = match &user.shadow {
            Known::Is(shadow) => shadow.clone(),
            Known::Unknown(why) => {
                if self.touches_shadow() {
                    found.unsure.get_or_insert_with(|| why.to_string());
                }
                None
            }
        };
        let mut after = known.clone();
        let mut set = |field: Days, wanted: Option<i64>| {
            let differs = known
                .clone()
                .is_none_or(|mut shadow| *field(&mut shadow) != wanted);
            if let Some(shadow) = &mut after {
                *field(shadow) = wanted;
            }
            differs
        };
        if let Some(seconds) = self.expires {
            let wanted = (seconds >= 0.0).then(|| day(seconds));
            if set(|shadow| &mut shadow.expires, wanted) {
                self.push_expiry(&mut found.changes);
            }
        }
        if let Some(days) = self.password_expire_account_disable
            && set(|shadow| &mut shadow.inactive, (days >= 0).then_some(days))
        {
            found.option("-f", days.to_string());
        }
        let ages: [(Option<i64>, &str, Days); 3] = [
            (self.password_expire_min, "-m", |shadow| &mut shadow.min),
            (self.password_expire_max, "-M", |shadow| &mut shadow.max),
            (self.password_expire_warn, "-W", |shadow| &mut shadow.warn),
        ];
        for (days, option, field) in ages {
            if let Some(days) = days
                && set(field, (days >= 0).then_some(days))
            {
                found.changes.chage.extend([option.to_owned(), days.to_string()]);
            }
        }
        let sets_password = self.sets_password(seen);
        if let Some(lock) = self.password_lock
            && !sets_password
            && known.as_ref().is_none_or(|shadow| shadow.locked != lock)
        {
            found
                .changes
                .usermod
                .push(if lock { "-L" } else { "-U" }.to_owned());
        }
        if let Some(shadow) = &mut after {
            if let Some(password) = self.password.as_ref().filter(|_| sets_password) {
                shadow.password = password_digest(password.expose());
                shadow.locked = password.expose().starts_with('!') || self.password_lock == Some(true);
            } else {
                shadow.locked = self.password_lock.unwrap_or(shadow.locked);
            }
        }
        if let Known::Is(_) = user.shadow {
            found.after.shadow = match (&known, self.touches_shadow()) {
                (None, true) => Known::unknown(format!("changing user {}", self.name.text)),
                _ => Known::Is(after),
            };
        }
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
