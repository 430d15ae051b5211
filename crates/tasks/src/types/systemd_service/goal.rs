//! What should hold of a unit, whichever task type says so.

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Content;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use super::steps::Steps;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::facts::answered;
use crate::facts::unit::GlobalUnit;
use crate::facts::unit::Unit;
use crate::facts::unit::UnitFilesChanged;
use crate::facts::unit::UnitLinks;
use crate::facts::unit::UnitState;
use crate::facts::unit::UserUnit;
use crate::facts::want;

words! {
    /// What a unit should do.
    pub enum State {
        /// It runs.
        Started = "started",
        /// It does not run.
        Stopped = "stopped",
        /// It is stopped and started; a unit that does not run is started.
        Restarted = "restarted",
        /// It reads its configuration again; a unit that does not run is started.
        Reloaded = "reloaded",
    }
}

words! {
    /// Whose manager is asked.
    pub enum Scope {
        /// That of the machine.
        System = "system",
        /// That of the user whom the task runs as.
        User = "user",
        /// Those of all users: for unit files only.
        Global = "global",
    }
}

/// What should hold of a unit.
#[derive(Clone, Debug)]
pub(in crate::types) struct Goal {
    /// The full name.
    pub(in crate::types) unit: Option<String>,
    pub(in crate::types) scope: Scope,
    pub(in crate::types) state: Option<State>,
    pub(in crate::types) enabled: Option<bool>,
    pub(in crate::types) masked: Option<bool>,
    /// Whether unit files are read again where they have changed.
    pub(in crate::types) reload: bool,
    /// Whether the manager replaces itself.
    pub(in crate::types) reexec: bool,
    pub(in crate::types) no_block: bool,
    pub(in crate::types) force: bool,
    /// Seconds between stop and start of a restart.
    pub(in crate::types) sleep: Option<i64>,
}

/// What was seen of a unit.
#[derive(Debug)]
pub struct Seen {
    pub(super) unit: Option<Known<UnitState>>,
    /// Whether unit files have changed since they were read; only where `daemon_reload` is wanted.
    pub(super) files_changed: Known<bool>,
    /// Whether links enable it: those of the run levels, where systemd has made its unit of a SysV script, or those
    /// of the units that it names with `Also`.
    pub(super) linked: Option<bool>,
    /// Whether links below /run enable it too (`systemctl enable --runtime`): those stay when it is disabled.
    pub(super) until_boot: Known<bool>,
}

/// Folders of unit files, the one that wins first (systemd.unit(5)).
const FOLDERS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// Whether something was only forecast: no real file has inode 0.
fn is_forecast(stat: &evenkeel_host::Stat) -> bool {
    stat.inode == 0
}

fn path(folder: &str, name: &str) -> Option<AbsPath> {
    AbsPath::new(&format!("{folder}/{name}"))
}

impl Goal {
    pub(in crate::types) fn wants(&self) -> Vec<Want> {
        let mut wants = Vec::new();
        if let Some(unit) = &self.unit {
            wants.push(self.want_unit(unit));
        }
        if self.reload && self.scope == Scope::System {
            match &self.unit {
                Some(unit) => wants.extend(self.own_files(unit)),
                None => {
                    wants.push(want(UnitFilesChanged));
                    wants.extend(AbsPath::new(FOLDERS[0]).map(Want::Tree));
                }
            }
        }
        wants
    }

    fn want_unit(&self, unit: &str) -> Want {
        match self.scope {
            Scope::System => want(Unit(unit.to_owned())),
            Scope::User => want(UserUnit(unit.to_owned())),
            Scope::Global => want(GlobalUnit(unit.to_owned())),
        }
    }

    /// The unit's file and its drop-ins, where a task before this one may have written them.
    fn own_files(&self, unit: &str) -> Vec<Want> {
        let file = path(FOLDERS[0], unit).map(|path| Want::Entry {
            path,
            follow: true,
            content: false,
        });
        let drop_ins = path(FOLDERS[0], &format!("{unit}.d")).map(Want::Tree);
        file.into_iter().chain(drop_ins).collect()
    }

    pub(in crate::types) fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let unit = self.unit.as_ref().map(|unit| self.look(on, unit)).transpose()?;
        let linked = match &unit {
            Some(Known::Is(unit)) if matches!(&unit.file, Known::Is(file) if file == "generated") => {
                let script = unit.id.trim_end_matches(".service");
                match on.ask(Want::Glob(format!("/etc/rc[2345].d/S[0-9][0-9]{script}")))? {
                    Known::Is(Answer::Paths(paths)) => Some(!paths.is_empty()),
                    _ => None,
                }
            }
            Some(Known::Is(found))
                if self.scope == Scope::System
                    && matches!(&found.file, Known::Is(file) if file == "indirect" || file == "alias") =>
            {
                let unit = self.unit.clone().unwrap_or_default();
                on.fact(UnitLinks(unit))?.ok()
            }
            _ => None,
        };
        let files_changed = match self.reload {
            true => self.files_changed(on, unit.as_ref())?,
            false => Known::Is(false),
        };
        let until_boot = self.until_boot(on, unit.as_ref())?;
        Ok(Seen {
            unit,
            files_changed,
            linked,
            until_boot,
        })
    }

    /// Only asked of what is to be disabled: elsewhere it says nothing.
    fn until_boot(&self, on: &View<'_>, unit: Option<&Known<UnitState>>) -> Result<Known<bool>> {
        let folder = match self.scope {
            Scope::System => "/run/systemd/system",
            Scope::User => "/run/user/*/systemd/user",
            Scope::Global => "/run/systemd/user",
        };
        match unit {
            Some(Known::Is(found))
                if self.enabled == Some(false) && matches!(&found.file, Known::Is(file) if file == "enabled") =>
            {
                let name = self.unit.as_deref().unwrap_or_default().replace('\\', r"\\");
                let links = on.ask(Want::Glob(format!("{folder}/*.[ruw]*/{name}")))?;
                Ok(links.map(|links| matches!(links, Answer::Paths(paths) if !paths.is_empty())))
            }
            _ => Ok(Known::Is(false)),
        }
    }

    fn look(&self, on: &View<'_>, unit: &str) -> Result<Known<UnitState>> {
        let state = match self.scope {
            Scope::System => on.fact(Unit(unit.to_owned()))?,
            Scope::User => on.fact(UserUnit(unit.to_owned()))?,
            Scope::Global => on.fact(GlobalUnit(unit.to_owned()))?,
        };
        match &state {
            Known::Is(found) if is_missing(found) && self.scope == Scope::System => {
                self.look_for_file(on, unit, state)
            }
            _ => Ok(state),
        }
    }

    /// A unit that the manager does not know may have a file that only the forecast has written.
    fn look_for_file(
        &self,
        on: &View<'_>,
        unit: &str,
        missing: Known<UnitState>,
    ) -> Result<Known<UnitState>> {
        let template = unit
            .split_once('@')
            .and_then(|(name, rest)| Some(format!("{name}@.{}", rest.rsplit_once('.')?.1)));
        for name in [Some(unit.to_owned()), template].into_iter().flatten() {
            for path in FOLDERS.iter().filter_map(|folder| path(folder, &name)) {
                match on.file(&path, true)? {
                    Known::Is(None) => {}
                    Known::Unknown(why) => return Ok(Known::Unknown(why)),
                    Known::Is(Some(entry)) => {
                        return Ok(match &entry.content {
                            Some(Content::Bytes(bytes)) if is_forecast(&entry.stat) => Known::Is(
                                UnitState::of_file(unit, path.as_str(), &String::from_utf8_lossy(bytes)),
                            ),
                            _ => Known::unknown(format!("reading {path}")),
                        });
                    }
                }
            }
        }
        match path("/etc/init.d", unit.trim_end_matches(".service"))
            .map(|path| on.entry(&path, true))
            .transpose()?
        {
            Some(Known::Is(Some(_))) => Ok(Known::unknown("the unit that systemd makes of the init script")),
            Some(Known::Unknown(why)) => Ok(Known::Unknown(why)),
            _ => Ok(missing),
        }
    }

    fn files_changed(&self, on: &View<'_>, unit: Option<&Known<UnitState>>) -> Result<Known<bool>> {
        if self.scope != Scope::System {
            return Ok(Known::Is(true));
        }
        let (wants, mut changed) = match (&self.unit, unit) {
            (Some(name), Some(Known::Is(state))) => (self.own_files(name), state.needs_reload),
            (Some(_), Some(Known::Unknown(why))) => return Ok(Known::Unknown(why.clone())),
            (Some(_), None) | (None, _) => {
                let changed = match on.fact(UnitFilesChanged)? {
                    Known::Is(changed) => changed,
                    Known::Unknown(why) => return Ok(Known::Unknown(why)),
                };
                (
                    AbsPath::new(FOLDERS[0]).map(Want::Tree).into_iter().collect(),
                    changed,
                )
            }
        };
        for want in wants {
            changed |= match on.ask(want)? {
                Known::Is(Answer::Entry(entry)) => entry.is_some_and(|entry| is_forecast(&entry.stat)),
                Known::Is(Answer::Tree(tree)) => tree.iter().any(|(_, entry)| is_forecast(&entry.stat)),
                _ => false,
            };
        }
        Ok(Known::Is(changed))
    }

    pub(in crate::types) fn plan(&self, seen: &Seen) -> Result<Plan> {
        let mut steps = Steps::new(self, seen);
        steps.managers();
        match (&self.unit, &seen.unit) {
            (Some(name), Some(Known::Is(unit))) => {
                refuse_broken(name, unit)?;
                steps.mask()?;
                steps.enable()?;
                steps.run()?;
            }
            (Some(_), Some(Known::Unknown(why))) => steps.unknown(why),
            _ => {}
        }
        Ok(steps.into_plan())
    }

    pub(in crate::types) fn then(&self, plan: &Plan) -> Vec<Want> {
        match (&self.unit, plan.changes.is_empty()) {
            (Some(unit), false) => vec![self.want_unit(unit)],
            _ => Vec::new(),
        }
    }

    /// `name`, `state`, `enabled` and `status`, as Ansible has them.
    pub(in crate::types) fn result(
        &self,
        name: Option<&str>,
        seen: &Seen,
        outputs: &Outputs<'_>,
    ) -> Returned {
        let mut returned = Returned::new();
        returned.insert("name".to_owned(), Known::Is(name.into()));
        if let Some(enabled) = self.enabled {
            returned.insert("enabled".to_owned(), Known::Is(enabled.into()));
        }
        if let Some(state) = self.state {
            let word = if state == State::Stopped {
                "stopped"
            } else {
                "started"
            };
            returned.insert("state".to_owned(), Known::Is(word.into()));
        }
        // All three facts have the same value.
        let unit = answered::<Unit>(outputs, 0).or_else(|| seen.unit.clone());
        if let Some(unit) = unit {
            returned.insert("status".to_owned(), unit.and_then(|unit| status(&unit)));
        }
        returned
    }
}

/// The properties that are known, as a dictionary.
fn status(unit: &UnitState) -> Known<serde_json::Value> {
    let mut status = serde_json::Map::new();
    for (key, value) in unit.properties() {
        match value {
            Known::Is(value) => status.insert(key.to_owned(), value.into()),
            Known::Unknown(why) => return Known::Unknown(why),
        };
    }
    Known::Is(status.into())
}

/// Whether no manager knows the unit.
pub(super) fn is_missing(unit: &UnitState) -> bool {
    matches!(&unit.load, Known::Is(load) if load == "not-found")
}

fn refuse_broken(name: &str, unit: &UnitState) -> Result<()> {
    match &unit.load {
        Known::Is(load) if matches!(load.as_str(), "bad-setting" | "error") => Err(Error::failed(format!(
            "the file of unit {name} has an error (systemd says {load})"
        ))
        .help(format!("look at `systemctl status {name}` on the machine"))),
        _ => Ok(()),
    }
}
