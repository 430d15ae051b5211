//! The commands that bring a unit where it should be, in systemd_service's order.

use evenkeel_host::AbsPath;
use evenkeel_host::Certainty;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::quote;

use super::goal::Goal;
use super::goal::Scope;
use super::goal::Seen;
use super::goal::State;
use super::goal::is_missing;
use crate::Error;
use crate::Plan;
use crate::Result;
use crate::facts::firewalld::Running;
use crate::facts::firewalld::RuntimeZone;
use crate::facts::services::Services;
use crate::facts::unit::GlobalUnit;
use crate::facts::unit::Unit;
use crate::facts::unit::UnitFilesChanged;
use crate::facts::unit::UnitLinks;
use crate::facts::unit::UnitState;
use crate::facts::unit::UserUnit;

/// Commands, and the unit as it will be after them.
pub(super) struct Steps<'a> {
    goal: &'a Goal,
    seen: &'a Seen,
    name: &'a str,
    now: Option<UnitState>,
    changes: Vec<Change>,
    /// Whether something is done that counts as a change: reading unit files again does not.
    counts: bool,
    unsure: Option<String>,
    /// Whether `now` says less than the manager will.
    blurred: bool,
    /// What was done that the states before and after do not show.
    note: &'static str,
}

/// Why a unit's process, result and sub-state are open: they come from running it.
fn open<T>(verb: &str, name: &str) -> Known<T> {
    Known::unknown(format!("the {verb} of {name}"))
}

impl<'a> Steps<'a> {
    pub(super) fn new(goal: &'a Goal, seen: &'a Seen) -> Steps<'a> {
        let now = match &seen.unit {
            Some(Known::Is(unit)) => Some(unit.clone()),
            Some(Known::Unknown(_)) | None => None,
        };
        let name = goal.unit.as_deref().unwrap_or("");
        Steps {
            goal,
            seen,
            name,
            now,
            changes: Vec::new(),
            counts: false,
            unsure: None,
            blurred: false,
            note: "",
        }
    }

    /// Has the manager read its files again, or replace itself.
    pub(super) fn managers(&mut self) {
        if self.goal.reload && self.seen.files_changed != Known::Is(false) {
            let mut run = Run::new("read unit files again", self.command(&["daemon-reload"]));
            if self.goal.scope == Scope::System {
                run = run.predict(UnitFilesChanged, Known::Is(false));
            }
            if let Some(now) = &mut self.now {
                now.needs_reload = false;
                if self.goal.scope == Scope::System {
                    run = run.predict(Unit(self.name.to_owned()), Known::Is(now.clone()));
                }
            }
            self.push(run, false);
        }
        if self.goal.reexec {
            self.push(
                Run::new("restart systemd itself", self.command(&["daemon-reexec"])),
                false,
            );
        }
    }

    pub(super) fn mask(&mut self) -> Result<()> {
        let (Some(wanted), Some(now)) = (self.goal.masked, &mut self.now) else {
            return Ok(());
        };
        let is_masked = matches!(&now.file, Known::Is(file) if file == "masked");
        if wanted == is_masked {
            return Ok(());
        }
        // The link to /dev/null would stand where the unit's own file is.
        if wanted && !self.goal.force && now.fragment == format!("/etc/systemd/system/{}", now.id) {
            return Err(Error::failed(format!(
                "Failed to mask the service ({}): {} is its own file, and exists already",
                self.name, now.fragment
            ))
            .help("remove the file first, or put it into /usr/local/lib/systemd/system"));
        }
        if wanted {
            *now = UnitState {
                load: Known::Is("masked".to_owned()),
                file: Known::Is("masked".to_owned()),
                fragment: format!("/etc/systemd/system/{}", now.id),
                kind: String::new(),
                remains: false,
                can_reload: false,
                needs_reload: false,
                ..now.clone()
            };
        } else {
            (now.load, now.file) = (open("unmasking", self.name), open("unmasking", self.name));
            // What systemd knows of the unit comes from the file that was hidden.
            self.blurred = true;
        }
        let run = self.verb(if wanted { "mask" } else { "unmask" });
        self.push_for_unit(run);
        Ok(())
    }

    pub(super) fn enable(&mut self) -> Result<()> {
        let Some(wanted) = self.goal.enabled else {
            return Ok(());
        };
        self.refuse_missing()?;
        let file = match self.now.as_ref().map(|now| &now.file) {
            Some(Known::Is(file)) => file.clone(),
            Some(Known::Unknown(why)) => {
                self.unsure = Some(why.to_string());
                "unknown".to_owned()
            }
            None => return Ok(()),
        };
        // Of units without [Install] there is nothing to enable or disable; masked ones are disabled enough.
        let needed = match (file.as_str(), wanted) {
            ("static" | "transient", _) | ("enabled", true) => false,
            ("masked" | "masked-runtime", true) => return Err(self.refuse_masked()),
            ("generated", wanted) => self.seen.linked != Some(wanted),
            // What another unit is enabled for is a unit of its own; whether that one is shows in the links.
            ("indirect" | "alias", wanted) => self.seen.linked != Some(wanted),
            (_, true) => true,
            ("enabled" | "unknown", false) => true,
            (_, false) => false,
        };
        if !needed {
            return Ok(());
        }
        let verb = if wanted { "enable" } else { "disable" };
        let mut run = self.verb(verb);
        if file == "generated" {
            let levels = ('0'..='6').filter_map(|level| AbsPath::new(&format!("/etc/rc{level}.d")));
            run.obscures.extend(levels.map(Obscures::Path));
        }
        if matches!(file.as_str(), "indirect" | "alias") && self.goal.scope == Scope::System {
            run = run.predict(UnitLinks(self.name.to_owned()), Known::Is(wanted));
        }
        if let Some(now) = &mut self.now {
            now.file = match (file.as_str(), wanted) {
                ("generated" | "indirect" | "alias", _) => Known::Is(file.clone()),
                ("disabled" | "enabled-runtime" | "linked" | "linked-runtime", true) => {
                    Known::Is("enabled".to_owned())
                }
                ("enabled", false) if self.seen.until_boot == Known::Is(false) => Known::Is("disabled".to_owned()),
                _ => open(verb, self.name),
            };
        }
        self.push_for_unit(run);
        Ok(())
    }

    pub(super) fn run(&mut self) -> Result<()> {
        let Some(state) = self.goal.state else {
            return Ok(());
        };
        self.refuse_missing()?;
        let Some(now) = self.now.clone() else {
            return Ok(());
        };
        let running = match now.is_running() {
            Known::Is(running) => running,
            Known::Unknown(why) => {
                self.unsure = Some(why.to_string());
                state == State::Stopped
            }
        };
        let is_stopping = matches!(&now.active, Known::Is(active) if active == "deactivating");
        let verb = match (state, running) {
            (State::Started, true) => return Ok(()),
            (State::Stopped, false) if !is_stopping => return Ok(()),
            (State::Stopped, _) => "stop",
            (State::Started | State::Restarted | State::Reloaded, false) => "start",
            (State::Restarted, true) => "restart",
            (State::Reloaded, true) => "reload",
        };
        let is_masked = matches!(&now.load, Known::Is(load) if load == "masked");
        if is_masked && verb != "stop" {
            return Err(self.refuse_masked());
        }
        if verb == "reload" && !now.can_reload {
            return Err(Error::failed(format!(
                "unit {} cannot be reloaded: it has no ExecReload",
                self.name
            ))
            .help("use `state: restarted`"));
        }
        self.note = match verb {
            "restart" => " (restarted)",
            "reload" => " (reloaded)",
            _ => "",
        };
        let mut run = self.verb(verb);
        run.obscures.extend(self.brought_by_running());
        if self.is_firewalld() {
            run = run.predict(Running, Known::Is(verb != "stop"));
        }
        if let Some(now) = &mut self.now {
            after(now, verb, self.name, self.goal.no_block);
        }
        self.push_for_unit(run);
        Ok(())
    }

    /// Everything that may be needed of a unit of which nothing is known.
    pub(super) fn unknown(&mut self, why: &str) {
        self.unsure = Some(why.to_owned());
        let mut verbs = Vec::new();
        verbs.extend(
            self.goal
                .masked
                .map(|wanted| if wanted { "mask" } else { "unmask" }),
        );
        verbs.extend(
            self.goal
                .enabled
                .map(|wanted| if wanted { "enable" } else { "disable" }),
        );
        verbs.extend(self.goal.state.map(|state| match state {
            State::Started => "start",
            State::Stopped => "stop",
            State::Restarted => "restart",
            State::Reloaded => "reload",
        }));
        for verb in verbs {
            let mut run = self.verb(verb);
            run.obscures
                .push(Obscures::Fact(self.family(), self.name.to_owned()));
            self.push(run, true);
        }
    }

    fn refuse_missing(&self) -> Result<()> {
        match &self.now {
            Some(now) if is_missing(now) => Err(Error::failed(format!(
                "Could not find the requested service {}: host",
                self.name
            ))
            .help("is its package installed, and is the name right? `systemctl list-unit-files` lists all")),
            _ => Ok(()),
        }
    }

    fn refuse_masked(&self) -> Error {
        Error::failed(format!("unit {} is masked", self.name))
            .help("set `masked: false` with `systemd_service` first")
    }

    fn systemctl(&self, arguments: &[&str]) -> String {
        let mut argv = vec!["systemctl"];
        match self.goal.scope {
            Scope::System => {}
            Scope::User => argv.push("--user"),
            Scope::Global => argv.push("--global"),
        }
        if self.goal.no_block {
            argv.push("--no-block");
        }
        if self.goal.force {
            argv.push("--force");
        }
        argv.extend(arguments);
        argv.into_iter()
            .map(|word| quote(word).into_owned())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.script(&self.systemctl(arguments))
    }

    /// A script that finds the user's manager, which sudo hides.
    fn script(&self, script: &str) -> Command {
        Command::shell(match self.goal.scope {
            Scope::System | Scope::Global => script.to_owned(),
            Scope::User => {
                format!("export XDG_RUNTIME_DIR=\"${{XDG_RUNTIME_DIR:-/run/user/$(id -u)}}\"\n{script}")
            }
        })
    }

    /// A verb for the unit; where it runs the unit, what the unit said is shown when that fails.
    fn verb(&self, verb: &str) -> Run {
        let act = |verb: &str| self.systemctl(&[verb, "--", self.name]);
        let act = match (verb, self.goal.sleep) {
            ("restart", Some(seconds)) => format!("{} && sleep {seconds} && {}", act("stop"), act("start")),
            ("reload", _) if !self.goal.no_block => format!("{} && {}", act(verb), self.settle()),
            ("start" | "stop" | "restart" | "reload", _) => act(verb),
            _ => return Run::new(format!("{verb} {}", self.name), self.script(&act(verb))),
        };
        let scope = if self.goal.scope == Scope::User {
            "--user "
        } else {
            ""
        };
        let status = format!(
            "systemctl {scope}status --no-pager --full --lines=10 -- {}",
            quote(self.name)
        );
        let script = format!("{{ {act}; }} || {{ c=$?; {status} >&2; exit $c; }}");
        Run::new(format!("{verb} {}", self.name), self.script(&script))
    }

    /// Waits until a unit has reloaded: one that says itself when it has (`RELOADING=1` of sd_notify(3), haproxy) still
    /// reloads when systemctl returns.
    fn settle(&self) -> String {
        let state = self.systemctl(&["is-active", "--", self.name]);
        format!("n=0 && while [ $n -lt 100 ] && [ \"$({state})\" = reloading ]; do sleep 0.1; n=$((n + 1)); done")
    }

    fn is_firewalld(&self) -> bool {
        self.goal.scope == Scope::System && self.name == "firewalld.service" && !self.goal.no_block
    }

    /// What changes with a unit that starts, stops or reads its configuration: firewalld's running zones.
    fn brought_by_running(&self) -> Option<Obscures> {
        (self.name == "firewalld.service").then_some(Obscures::Family(RuntimeZone::FAMILY))
    }

    fn family(&self) -> &'static str {
        match self.goal.scope {
            Scope::System => "unit",
            Scope::User => "user-unit",
            Scope::Global => "global-unit",
        }
    }

    fn push(&mut self, run: Run, counts: bool) {
        self.counts |= counts;
        self.changes.push(Change::Run(Box::new(run)));
    }

    /// A command that changes the unit to what `now` says, as far as that can be said.
    fn push_for_unit(&mut self, mut run: Run) {
        let name = || self.name.to_owned();
        run = match self.now.clone().filter(|_| !self.blurred) {
            None => {
                run.obscures.push(Obscures::Fact(self.family(), name()));
                run
            }
            Some(now) => match self.goal.scope {
                Scope::System => run.predict(Unit(name()), Known::Is(now)),
                Scope::User => run.predict(UserUnit(name()), Known::Is(now)),
                Scope::Global => run.predict(GlobalUnit(name()), Known::Is(now)),
            },
        };
        self.push(run, true);
    }

    pub(super) fn into_plan(self) -> Plan {
        let plan = match (&self.unsure, &self.seen.files_changed) {
            (Some(why), _) => Plan::unknown(self.changes, why),
            (None, Known::Unknown(why)) => Plan::unknown(self.changes, why.to_string()),
            (None, Known::Is(_)) => Plan::changes(self.changes),
        };
        let mut plan = plan.obscuring(Services::FAMILY);
        if plan.changes.is_empty() && plan.certainty == Certainty::Sure {
            return Plan::unchanged(match &self.now {
                Some(now) => format!("{} is {}", self.name, in_words(now)),
                None => "no unit file has changed since systemd has read them".to_owned(),
            });
        }
        if !self.counts {
            plan.changed = Some(false);
        }
        match (&self.seen.unit, &self.now) {
            (Some(Known::Is(before)), Some(now)) if self.counts => {
                let unseen = self.note.is_empty() && describe(before, "") == describe(now, "");
                let after = describe(now, if unseen { " (after it has run)" } else { self.note });
                plan.show(format!("unit {}", self.name), describe(before, ""), after)
            }
            _ => plan,
        }
    }
}

/// What a verb makes of a unit.
fn after(now: &mut UnitState, verb: &str, name: &str, no_block: bool) {
    let word = |word: &str| Known::Is(word.to_owned());
    if no_block || verb == "stop" {
        // A service that ends with an error when it is told to stop is `failed`, otherwise `inactive`.
        (now.active, now.sub) = (open(verb, name), open(verb, name));
    } else if verb != "reload" {
        let ends = now.kind == "oneshot" && !now.remains;
        now.active = word(if ends { "inactive" } else { "active" });
        now.sub = open(verb, name);
    }
    if verb != "reload" {
        now.main_pid = if verb == "stop" && !no_block {
            Known::Is(0)
        } else {
            open(verb, name)
        };
        now.result = open(verb, name);
    }
}

/// A state as text: what it does, and whether it is enabled.
fn describe(unit: &UnitState, note: &str) -> String {
    let open = || "(known after apply)".to_owned();
    let file = match &unit.file {
        Known::Is(word) if word.is_empty() => "no".to_owned(),
        Known::Is(word) => word.clone(),
        Known::Unknown(_) => open(),
    };
    let active = active(unit).map_or_else(open, str::to_owned);
    format!("state: {active}{note}\nenabled: {file}\n")
}

fn in_words(unit: &UnitState) -> String {
    let file = unit.file.as_ref().ok().map(|word| word.as_str());
    let words = [active(unit), file].into_iter().flatten();
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" and ")
}

/// What a unit does, as far as that is known before.
fn active(unit: &UnitState) -> Option<&str> {
    match (&unit.active, unit.is_running()) {
        (Known::Is(word), _) => Some(word),
        (Known::Unknown(_), Known::Is(false)) => Some("stopped"),
        (Known::Unknown(_), _) => None,
    }
}
