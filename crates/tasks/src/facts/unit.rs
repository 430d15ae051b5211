//! Units of systemd.

use std::fmt::Write;

use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

use crate::facts::sections::section;

/// A unit of the system's manager, by its full name (`ssh.service`); see [`full_name`].
#[derive(Clone, Debug)]
pub struct Unit(pub String);

/// A unit of the manager of the user that asks.
#[derive(Clone, Debug)]
pub struct UserUnit(pub String);

/// A unit file for the managers of all users: only whether it is enabled is known of it.
#[derive(Clone, Debug)]
pub struct GlobalUnit(pub String);

/// Whether links enable a unit that systemd calls `indirect` or `alias`: those of the units that it names with `Also`.
#[derive(Clone, Debug)]
pub struct UnitLinks(pub String);

/// Whether unit files, or what generators read, have changed since the manager has read them.
#[derive(Clone, Debug)]
pub struct UnitFilesChanged;

/// What `systemctl show` says of a unit, in its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitState {
    /// The main name, where it was asked for under another one.
    pub id: String,
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`.
    pub load: Known<String>,
    /// `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading`.
    pub active: Known<String>,
    /// `running`, `dead`, `exited`, ...
    pub sub: Known<String>,
    /// `enabled`, `disabled`, `static`, `masked`, `generated`, ...; empty for a unit without file.
    pub file: Known<String>,
    /// Where it is defined; empty for a unit that is not found.
    pub fragment: String,
    /// `simple`, `oneshot`, ...; empty for what is no service.
    pub kind: String,
    /// Whether it counts as active after its program has ended.
    pub remains: bool,
    /// Whether it can be told to read its configuration again.
    pub can_reload: bool,
    /// Whether its file has changed since the manager has read it.
    pub needs_reload: bool,
    /// The main process, 0 for none.
    pub main_pid: Known<u32>,
    /// How it ended last: `success`, `exit-code`, ...
    pub result: Known<String>,
}

/// The suffixes of unit names, systemd.unit(5).
const SUFFIXES: [&str; 11] = [
    "service",
    "socket",
    "device",
    "mount",
    "automount",
    "swap",
    "target",
    "path",
    "timer",
    "slice",
    "scope",
];

/// A unit's name with its suffix: `.service` where none is given, as systemctl(1) does.
pub fn full_name(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((_, suffix)) if SUFFIXES.contains(&suffix) => name.to_owned(),
        _ => format!("{name}.service"),
    }
}

impl UnitState {
    /// A unit that no manager knows.
    pub fn not_found(id: &str) -> UnitState {
        let word = |word: &str| Known::Is(word.to_owned());
        UnitState {
            id: id.to_owned(),
            load: word("not-found"),
            active: word("inactive"),
            sub: word("dead"),
            file: word(""),
            fragment: String::new(),
            kind: String::new(),
            remains: false,
            can_reload: false,
            needs_reload: false,
            main_pid: Known::Is(0),
            result: word("success"),
        }
    }

    /// A unit as it will be once the manager has read this text of its file, never started and not enabled.
    pub fn of_file(id: &str, path: &str, text: &str) -> UnitState {
        let mut unit = UnitState::not_found(id);
        let has = |word: &str| text.lines().any(|line| line.trim_start().starts_with(word));
        let value = |key: &str| {
            text.lines()
                .rev()
                .find_map(|line| line.trim().strip_prefix(key)?.trim().strip_prefix('='))
        };
        unit.load = Known::Is("loaded".to_owned());
        unit.file = Known::Is(if has("[Install]") { "disabled" } else { "static" }.to_owned());
        path.clone_into(&mut unit.fragment);
        if id.ends_with(".service") {
            value("Type")
                .map_or("simple", str::trim)
                .clone_into(&mut unit.kind);
            unit.remains = value("RemainAfterExit")
                .is_some_and(|value| matches!(value.trim(), "yes" | "true" | "1" | "on"));
            unit.can_reload = has("ExecReload") || unit.kind == "notify-reload";
        }
        unit
    }

    /// Whether it runs or is about to. What was told to stop has no main process, `inactive` or, if it ended with an
    /// error, `failed`.
    pub fn is_running(&self) -> Known<bool> {
        if self.active.why().is_some() && self.main_pid == Known::Is(0) {
            return Known::Is(false);
        }
        self.active
            .as_ref()
            .map(|active| matches!(active.as_str(), "active" | "activating" | "reloading"))
    }

    fn read(block: &str) -> UnitState {
        let value = |key: &str| {
            let lines = block.lines();
            let mut values = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            values.next().unwrap_or("").to_owned()
        };
        UnitState {
            id: value("Id"),
            load: Known::Is(value("LoadState")),
            active: Known::Is(value("ActiveState")),
            sub: Known::Is(value("SubState")),
            file: Known::Is(value("UnitFileState")),
            fragment: value("FragmentPath"),
            kind: value("Type"),
            remains: value("RemainAfterExit") == "yes",
            can_reload: value("CanReload") == "yes",
            needs_reload: value("NeedDaemonReload") == "yes",
            main_pid: Known::Is(value("MainPID").parse().unwrap_or(0)),
            result: Known::Is(value("Result")),
        }
    }

    /// As `systemctl show` would print it, for results: key to value.
    pub fn properties(&self) -> Vec<(&'static str, Known<String>)> {
        let yes = |is: bool| Known::Is(if is { "yes" } else { "no" }.to_owned());
        vec![
            ("Id", Known::Is(self.id.clone())),
            ("LoadState", self.load.clone()),
            ("ActiveState", self.active.clone()),
            ("SubState", self.sub.clone()),
            ("UnitFileState", self.file.clone()),
            ("FragmentPath", Known::Is(self.fragment.clone())),
            ("Type", Known::Is(self.kind.clone())),
            ("RemainAfterExit", yes(self.remains)),
            ("CanReload", yes(self.can_reload)),
            ("NeedDaemonReload", yes(self.needs_reload)),
            ("MainPID", self.main_pid.clone().map(|pid| pid.to_string())),
            ("Result", self.result.clone()),
        ]
    }
}

/// The properties that are asked for.
const PROPERTIES: &str = "Id,Names,LoadState,ActiveState,SubState,UnitFileState,FragmentPath,Type,RemainAfterExit,\
                          CanReload,NeedDaemonReload,MainPID,Result";

fn show(manager: &str, keys: &[&str]) -> String {
    let names: Vec<_> = keys.iter().map(|key| quote(key)).collect();
    format!(
        "LC_ALL=C systemctl {manager}show -p {PROPERTIES} -- {}\n",
        names.join(" ")
    )
}

/// Whether it is a template without instance, systemd.unit(5).
pub fn is_template(name: &str) -> bool {
    name.contains("@.")
}

/// Asks for the state of unit files. A fork each: systemctl names none in its answer, and leaves out what is missing.
fn files(manager: &str, keys: &[&str]) -> String {
    keys.iter().fold(String::new(), |mut script, key| {
        // Writing into a String cannot fail.
        let _ = writeln!(
            script,
            "echo File={0} \"$(systemctl {manager}is-enabled -- {0} 2>/dev/null)\"",
            quote(key)
        );
        script
    })
}

fn find_file(output: &Output, name: &str) -> UnitState {
    let text = output.text();
    let mut states = text
        .lines()
        .filter_map(|line| line.strip_prefix("File=")?.split_once(' '));
    let state = states
        .find(|(found, _)| *found == name)
        .map_or("", |(_, state)| state.trim());
    let mut unit = UnitState::not_found(name);
    if !state.is_empty() && state != "not-found" {
        unit.load = Known::Is(if state == "masked" { "masked" } else { "loaded" }.to_owned());
        unit.file = Known::Is(state.to_owned());
    }
    unit
}

/// Finds a unit among the blocks of `systemctl show`, under any of its names.
fn find(output: &Output, name: &str) -> Result<UnitState, String> {
    let text = output.text();
    let block = text.split("\n\n").find(|block| {
        let names = block
            .lines()
            .filter_map(|line| line.strip_prefix("Names=").or_else(|| line.strip_prefix("Id=")));
        names.flat_map(str::split_whitespace).any(|found| found == name)
    });
    match block {
        Some(block) => Ok(UnitState::read(block)),
        None if output.code == 127 => Err("this machine has no systemd: `systemctl` is missing".to_owned()),
        None => {
            let error = String::from_utf8_lossy(&output.stderr);
            let line = error.lines().next().unwrap_or("no answer").to_owned();
            Err(format!("systemd does not answer: {line}"))
        }
    }
}

impl Fact for Unit {
    type Value = UnitState;
    const FAMILY: &'static str = "unit";

    fn key(&self) -> String {
        self.0.clone()
    }

    /// Templates (`a@.service`) are no units: of them only the file's state can be asked, each on its own.
    fn script(keys: &[&str]) -> String {
        let (templates, units): (Vec<&str>, Vec<&str>) =
            keys.iter().copied().partition(|key| is_template(key));
        let mut script = if units.is_empty() {
            String::new()
        } else {
            show("", &units)
        };
        if !templates.is_empty() {
            script += &files("", &templates);
        }
        script
    }

    fn parse(&self, output: &Output) -> Result<UnitState, String> {
        if is_template(&self.0) {
            Ok(find_file(output, &self.0))
        } else {
            find(output, &self.0)
        }
    }
}

impl Fact for UserUnit {
    type Value = UnitState;
    const FAMILY: &'static str = "user-unit";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        format!(
            "export XDG_RUNTIME_DIR=\"${{XDG_RUNTIME_DIR:-/run/user/$(id -u)}}\"\n{}",
            show("--user ", keys)
        )
    }

    fn parse(&self, output: &Output) -> Result<UnitState, String> {
        find(output, &self.0)
    }
}

impl Fact for GlobalUnit {
    type Value = UnitState;
    const FAMILY: &'static str = "global-unit";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        files("--global ", keys)
    }

    fn parse(&self, output: &Output) -> Result<UnitState, String> {
        Ok(find_file(output, &self.0))
    }
}

impl Fact for UnitLinks {
    type Value = bool;
    const FAMILY: &'static str = "unit-links";

    fn key(&self) -> String {
        self.0.clone()
    }

    /// A fork each: systemctl names no unit in its answer, only the links under the state.
    fn script(keys: &[&str]) -> String {
        keys.iter().fold(String::new(), |mut script, key| {
            // Writing into a String cannot fail.
            let _ = writeln!(
                script,
                "printf '== %s\\n' {0}; LC_ALL=C systemctl is-enabled --full -- {0} 2>/dev/null",
                quote(key)
            );
            script
        }) + "exit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<bool, String> {
        let text = output.text();
        Ok(section(&text, &self.0).count() > 1)
    }
}

impl Fact for UnitFilesChanged {
    type Value = bool;
    const FAMILY: &'static str = "unit-files-changed";

    fn key(&self) -> String {
        String::new()
    }

    /// The manager tells when it has last read its files from systemd 250 on; before that, the start counts.
    fn script(_keys: &[&str]) -> String {
        let stamp = |name| format!("$(LC_ALL=C systemctl show --value -p {name} --timestamp=us+utc)");
        format!(
            "t={}\n[ -n \"$t\" ] || t={} || exit 1\n\
             find /etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system \
             /lib/systemd/system/ /etc/init.d /etc/fstab -newermt \"$t\" -print 2>/dev/null\n\
             exit 0\n",
            stamp("UnitsLoadTimestamp"),
            stamp("UnitsLoadStartTimestamp")
        )
    }

    fn parse(&self, output: &Output) -> Result<bool, String> {
        match output.code {
            0 => Ok(!output.stdout.is_empty()),
            _ => Err(format!(
                "systemd does not answer: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_to_stop_does_not_run_however_it_ended() {
        let mut unit = UnitState::of_file("x.service", "/etc/systemd/system/x.service", "");
        unit.active = Known::unknown("the stop of x.service");
        assert_eq!(unit.is_running(), Known::Is(false));
        unit.main_pid = Known::unknown("the start of x.service");
        assert!(unit.is_running().why().is_some());
    }

    #[test]
    fn names_get_a_suffix() {
        assert_eq!(full_name("ssh"), "ssh.service");
        assert_eq!(full_name("fstrim.timer"), "fstrim.timer");
        assert_eq!(full_name("getty@tty1"), "getty@tty1.service");
        assert_eq!(full_name("a.b"), "a.b.service");
    }

    #[test]
    fn a_unit_file_tells_what_the_unit_will_be() {
        let text = "[Unit]\nDescription=x\n[Service]\nType = oneshot\nRemainAfterExit=yes\n[Install]\nWantedBy=multi-user.target\n";
        let unit = UnitState::of_file("x.service", "/etc/systemd/system/x.service", text);
        assert_eq!(
            (unit.kind.as_str(), unit.remains, unit.can_reload),
            ("oneshot", true, false)
        );
        assert_eq!(unit.file, Known::Is("disabled".to_owned()));
    }

    #[test]
    fn a_global_unit_has_only_a_file() {
        let output = Output {
            stdout: b"File=a.service enabled\nFile=b.service \n".to_vec(),
            ..Output::default()
        };
        assert_eq!(
            GlobalUnit("a.service".into()).parse(&output).unwrap().file,
            Known::Is("enabled".into())
        );
        assert_eq!(
            GlobalUnit("b.service".into()).parse(&output).unwrap(),
            UnitState::not_found("b.service")
        );
    }
}
