//! `group`: groups of the machine.

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;

use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::getent::Getent;
use crate::facts::account;
use crate::facts::account::GroupEntry;
use crate::facts::answered;
use crate::facts::want;

words! {
    /// Whether an account should exist.
    pub enum Presence {
        /// It should.
        Present = "present",
        /// It should not.
        Absent = "absent",
    }
}

arguments! {
    /// Manages groups.
    pub struct Group {
        /// The group's name.
        name: Text,
        /// Whether the group should exist.
        state: Presence = Presence::Present,
        /// The group's number.
        gid: Option<i64>,
        /// Whether a new group gets a number of the system's range.
        system: bool = false,
        /// Whether `gid` may belong to another group too.
        non_unique: bool = false,
        /// Whether a group is removed although it is a user's primary group.
        force: bool = false,
        /// Uses libuser's commands (`lgroupadd`) and looks at /etc/group only.
        local: bool = false,
        /// The smallest number for a new group, in place of `GID_MIN` of /etc/login.defs.
        gid_min: Option<i64>,
        /// The largest number for a new group, in place of `GID_MAX` of /etc/login.defs.
        gid_max: Option<i64>,
    }
}

/// What was seen of a group.
#[derive(Debug)]
pub struct Seen {
    group: Known<Option<GroupEntry>>,
    /// Who has the wanted number.
    owner: Option<GroupEntry>,
    /// Whose primary group it is.
    users: Vec<String>,
}

/// What is wrong with a name for a user or group; `None`: nothing.
pub(super) fn bad_name(name: &Text, what: &str) -> Option<Problem> {
    let text = name.text.as_str();
    let wrong = if text.is_empty() {
        "it is empty"
    } else if text.starts_with('-') {
        "it begins with `-`"
    } else if text.contains([':', ',', '/', '\n', ' ', '\t']) {
        "it holds a blank, `:`, `,` or `/`"
    } else if text.len() > 32 {
        "it is longer than 32 characters"
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        "it is a number"
    } else {
        return None;
    };
    Some(
        Problem::error(
            "task::value",
            format!("`{text}` cannot be the name of a {what}: {wrong}"),
        )
        .at(&name.place, format!("expected a {what}'s name")),
    )
}

/// Checks that a number fits uid_t and gid_t.
pub(super) fn bad_id(number: Option<i64>, field: &str) -> Option<Problem> {
    let number = number?;
    let fits = u32::try_from(number).is_ok_and(|id| id != u32::MAX);
    (!fits).then(|| {
        Problem::error("task::value", format!("`{field}: {number}` is no valid number"))
            .help(format!("write a number from 0 to {}", u32::MAX - 1))
    })
}

impl Group {
    fn wanted_gid(&self) -> Option<u32> {
        self.gid.and_then(|gid| u32::try_from(gid).ok())
    }

    fn plan_absent(&self, seen: &Seen) -> Result<Plan> {
        let name = &self.name.text;
        if let Known::Is(None) = seen.group {
            return Ok(Plan::unchanged(format!("there is no group {name}")));
        }
        if !seen.users.is_empty() && !self.force {
            let users = seen.users.join(", ");
            return Err(
                Error::failed(format!("group {name} is the primary group of {users}"))
                    .help("remove the users first, or set `force: true`"),
            );
        }
        let mut argv = vec![if self.local { "lgroupdel" } else { "groupdel" }];
        if self.force {
            argv.push("-f");
        }
        let mut run = Run::new(
            format!("remove group {name}"),
            Command::argv([argv, vec!["--", name]].concat()),
        );
        run.guard = Some((
            format!("getent group {} >/dev/null", quote(name)),
            format!("group {name} is gone"),
        ));
        let run = self.predict(run, None);
        Ok(match &seen.group {
            Known::Unknown(why) => Plan::unknown(vec![change(run)], why.to_string()),
            Known::Is(before) => {
                let before = before.as_ref().map(describe).unwrap_or_default();
                Plan::changes(vec![change(run)]).show(format!("group {name}"), before, "")
            }
        })
    }

    fn predict(&self, run: Run, after: Option<GroupEntry>) -> Run {
        let name = || self.name.text.clone();
        let run = run.predict(account::Group(name()), Known::Is(after.clone()));
        if self.local {
            run.predict(account::LocalGroup(name()), Known::Is(after))
        } else {
            run
        }
    }

    fn create(&self) -> (Run, GroupEntry) {
        let name = &self.name.text;
        let mut argv = vec![if self.local { "lgroupadd" } else { "groupadd" }.to_owned()];
        if self.system {
            argv.push("-r".to_owned());
        }
        self.push_gid(&mut argv);
        for (key, limit) in [("GID_MIN", self.gid_min), ("GID_MAX", self.gid_max)] {
            if let Some(limit) = limit {
                argv.extend(["-K".to_owned(), format!("{key}={limit}")]);
            }
        }
        argv.extend(["--".to_owned(), name.clone()]);
        let mut run = Run::new(format!("create group {name}"), Command::argv(argv));
        let taken = format!("group {name} has been created by somebody else");
        run.guard = Some((format!("! getent group {} >/dev/null", quote(name)), taken));
        let gid = match self.wanted_gid() {
            Some(gid) => Known::Is(gid),
            None => Known::unknown(format!("creating group {name}")),
        };
        let after = GroupEntry {
            name: name.clone(),
            gid,
            members: Vec::new(),
        };
        match self.gid {
            // Which of several groups with this number is told first, nobody knows.
            Some(gid) if self.non_unique => run.obscures.push(Obscures::Fact("group", gid.to_string())),
            Some(gid) => run = run.predict(account::Group(gid.to_string()), Known::Is(Some(after.clone()))),
            None => {}
        }
        (self.predict(run, Some(after.clone())), after)
    }

    fn modify(&self, before: &GroupEntry, gid: u32) -> (Run, GroupEntry) {
        let name = &self.name.text;
        let mut argv = vec![if self.local { "lgroupmod" } else { "groupmod" }.to_owned()];
        self.push_gid(&mut argv);
        argv.extend(["--".to_owned(), name.clone()]);
        let mut run = Run::new(format!("change the number of group {name}"), Command::argv(argv));
        run.obscures.push(Obscures::Fact("group", gid.to_string()));
        if let Known::Is(old) = before.gid {
            run.obscures.push(Obscures::Fact("group", old.to_string()));
            run.guard = Some((
                format!(
                    "case $(getent group {}) in *:{old}:*) ;; *) false ;; esac",
                    quote(name)
                ),
                format!("group {name} has another number than {old} now"),
            ));
        }
        let after = GroupEntry {
            gid: Known::Is(gid),
            ..before.clone()
        };
        (self.predict(run, Some(after.clone())), after)
    }

    fn push_gid(&self, argv: &mut Vec<String>) {
        if let Some(gid) = self.gid {
            argv.extend(["-g".to_owned(), gid.to_string()]);
            if self.non_unique {
                argv.push("-o".to_owned());
            }
        }
    }

    fn refuse_taken(&self, seen: &Seen) -> Result<()> {
        match (&seen.owner, self.gid) {
            (Some(owner), Some(gid)) if owner.name != self.name.text && !self.non_unique => Err(
                Error::failed(format!("gid {gid} belongs to group {} already", owner.name))
                    .help("choose another `gid`, or set `non_unique: true`"),
            ),
            _ => Ok(()),
        }
    }

    fn plan_present(&self, seen: &Seen) -> Result<Plan> {
        let name = &self.name.text;
        let title = format!("group {name}");
        let existing = match &seen.group {
            Known::Is(Some(existing)) => existing,
            Known::Is(None) => {
                self.refuse_taken(seen)?;
                let (run, after) = self.create();
                return Ok(Plan::changes(vec![change(run)]).show(title, "", describe(&after)));
            }
            Known::Unknown(why) => return Ok(Plan::unknown(vec![change(self.create().0)], why.to_string())),
        };
        let (Some(gid), false) = (self.wanted_gid(), self.wanted_gid() == existing.gid.clone().ok()) else {
            let number = existing
                .gid
                .clone()
                .ok()
                .map(|gid| format!(" with gid {gid}"))
                .unwrap_or_default();
            return Ok(Plan::unchanged(format!("group {name} exists{number}")));
        };
        self.refuse_taken(seen)?;
        let (run, after) = self.modify(existing, gid);
        if let Some(why) = existing.gid.why() {
            return Ok(Plan::unknown(vec![change(run)], why));
        }
        Ok(Plan::changes(vec![change(run)]).show(title, describe(existing), describe(&after)))
    }
}

fn describe(group: &GroupEntry) -> String {
    match &group.gid {
        Known::Is(gid) => format!("gid: {gid}\n"),
        Known::Unknown(_) => "gid: (known after apply)\n".to_owned(),
    }
}

fn change(run: Run) -> Change {
    Change::Run(Box::new(run))
}

impl TaskType for Group {
    const NAME: &'static str = "group";
    const ABOUT: &'static str = "Creates, renumbers and removes groups.";
    const EXAMPLE: &'static str = "\
- name: Group of the health check script
  ansible.builtin.group:
    name: keepalived_script
    system: true
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let found = [
            bad_name(&self.name, "group"),
            bad_id(self.gid, "gid"),
            bad_id(self.gid_min, "gid_min"),
            bad_id(self.gid_max, "gid_max"),
        ];
        let mut problems: Vec<Problem> = found.into_iter().flatten().collect();
        if self.non_unique && self.gid.is_none() {
            problems.push(Problem::error("task::needs", "`non_unique: true` needs `gid`"));
        }
        if self.local && self.force {
            problems.push(Problem::error(
                "task::exclusive",
                "`force` and `local` exclude each other",
            ));
        }
        if self.local && (self.gid_min.is_some() || self.gid_max.is_some()) {
            problems.push(Problem::error(
                "task::exclusive",
                "`gid_min` and `gid_max` cannot be used with `local`",
            ));
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
            want(account::LocalGroup(name()))
        } else {
            want(account::Group(name()))
        };
        let mut wants = vec![own];
        if let (Presence::Present, Some(gid), false) = (self.state, self.gid, self.non_unique) {
            wants.push(want(account::Group(gid.to_string())));
        }
        if self.state == Presence::Absent {
            wants.push(want(account::PrimaryUsers(name())));
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let name = || self.name.text.clone();
        let group = if self.local {
            on.fact(account::LocalGroup(name()))?
        } else {
            on.fact(account::Group(name()))?
        };
        let owner = match (self.state, self.gid) {
            (Presence::Present, Some(gid)) if !self.non_unique => {
                on.fact(account::Group(gid.to_string()))?.ok()
            }
            _ => None,
        };
        let users = match self.state {
            Presence::Absent => on.fact(account::PrimaryUsers(name()))?.ok().unwrap_or_default(),
            Presence::Present => Vec::new(),
        };
        Ok(Seen {
            group,
            owner: owner.flatten(),
            users,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let plan = match self.state {
            Presence::Present => self.plan_present(seen),
            Presence::Absent => self.plan_absent(seen),
        };
        plan.map(|plan| plan.obscuring(Getent::FAMILY))
    }

    fn then(&self, _seen: &Seen, plan: &Plan) -> Vec<Want> {
        match (self.state, plan.changes.is_empty()) {
            (Presence::Present, false) => vec![want(account::Group(self.name.text.clone()))],
            _ => Vec::new(),
        }
    }

    fn result(&self, seen: &Seen, _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        returned.insert("name".to_owned(), Known::Is(self.name.text.clone().into()));
        let present = self.state == Presence::Present;
        returned.insert(
            "state".to_owned(),
            Known::Is(if present { "present" } else { "absent" }.into()),
        );
        if present {
            returned.insert("system".to_owned(), Known::Is(self.system.into()));
            let group = answered::<account::Group>(outputs, 0).unwrap_or_else(|| seen.group.clone());
            let gid = group.and_then(|group| match (group, self.gid) {
                (Some(group), _) => group.gid.map(Into::into),
                (None, Some(gid)) => Known::Is(gid.into()),
                (None, None) => Known::unknown(format!("creating group {}", self.name.text)),
            });
            returned.insert("gid".to_owned(), gid);
        }
        returned
    }
}
