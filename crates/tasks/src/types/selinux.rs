//! `selinux`: whether SELinux enforces its policy, now and after the next start.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use serde_json::json;

use crate::Argument;
use crate::Error;
use crate::FileArguments;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::selinux::SelinuxMode;
use crate::facts::setup::Setup;
use crate::facts::want;
use crate::files::NewFile;
use crate::files::Steps;
use crate::files::Target;
use crate::files::Wanted;
use crate::files::contents;
use crate::files::to_bytes;
use crate::files::to_text;
use crate::files::unknown_content;

words! {
    /// What SELinux does.
    pub enum State {
        /// Refuses what its policy does not allow.
        Enforcing = "enforcing",
        /// Logs it.
        Permissive = "permissive",
        /// Nothing.
        Disabled = "disabled",
    }
}

arguments! {
    /// Manages SELinux.
    pub struct Selinux {
        /// The policy: `targeted`. Needed but for `state: disabled`.
        policy: Option<Text>,
        /// What SELinux should do.
        state: State,
        /// Its configuration.
        configfile | "conf" | "file": Text = Text::new("/etc/selinux/config"),
        /// Refused: the kernel's command line.
        update_kernel_param: bool = false,
    }
}

/// What was seen of SELinux.
#[derive(Debug)]
pub struct Seen {
    mode: Known<String>,
    config: Target,
    text: Known<Arc<[u8]>>,
}

impl Selinux {
    fn path(&self) -> AbsPath {
        AbsPath::new(&self.configfile.text).unwrap_or_else(AbsPath::root)
    }

    fn word(&self) -> String {
        match self.state.write() {
            Value::Str(word) => word,
            _ => String::new(),
        }
    }

    /// The configuration as it should be.
    fn text(&self, old: &str) -> String {
        let policy = self.policy.as_ref().map(|policy| policy.text.clone());
        let old = set(old, "SELINUX", &self.word());
        policy.map_or(old.clone(), |policy| set(&old, "SELINUXTYPE", &policy))
    }

    /// The change of the running kernel: between enforcing and permissive only; the rest needs a start.
    fn live(&self, mode: Option<&str>) -> Option<Change> {
        let wanted = match (self.state, mode) {
            (_, Some("disabled")) => return None,
            (State::Enforcing, Some("enforcing")) => return None,
            (State::Enforcing, _) => "1",
            (State::Permissive | State::Disabled, Some("permissive")) => return None,
            (State::Permissive | State::Disabled, _) => "0",
        };
        let name = if wanted == "1" { "enforcing" } else { "permissive" };
        let mut run = Run::new(format!("make SELinux {name}"), Command::argv(["setenforce", wanted]))
            .predict(SelinuxMode, Known::Is(name.to_owned()));
        run.obscures = vec![Obscures::Family(Setup::FAMILY)];
        Some(Change::Run(Box::new(run)))
    }

    /// What is done with the configuration.
    fn config_steps(&self, seen: &Seen) -> Result<Steps> {
        let bytes = match &seen.text {
            Known::Is(bytes) => bytes,
            Known::Unknown(why) => return Ok(Steps::unsure(unknown_content(&seen.config, true, why).changes, why)),
        };
        let old = to_text(bytes);
        let new = self.text(&old);
        let content = if new == old { Arc::clone(bytes) } else { to_bytes(&new).into() };
        let file = FileArguments::of_mode(None);
        let new_file = NewFile {
            content,
            secret: false,
            file: &file,
            validate: None,
            backup: None,
        };
        new_file.steps(&seen.config)
    }

    fn needs_start(&self, mode: &str) -> bool {
        (mode == "disabled") != (self.state == State::Disabled)
    }
}

/// A text in which a key has a value: its line is replaced, or added at the end.
fn set(text: &str, key: &str, value: &str) -> String {
    let is_key = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    let mut found = false;
    let mut new = String::new();
    for line in text.lines() {
        if is_key(line) {
            found = true;
            new += &format!("{key}={value}\n");
        } else {
            new += &format!("{line}\n");
        }
    }
    if !found {
        new += &format!("{key}={value}\n");
    }
    new
}

impl TaskType for Selinux {
    const NAME: &'static str = "selinux";
    const COLLECTION: &'static str = "ansible.posix";
    const ABOUT: &'static str = "Says whether SELinux enforces its policy, now and after the next start.";
    const EXAMPLE: &'static str = "\
- name: SELinux only logs
  ansible.posix.selinux:
    policy: targeted
    state: permissive
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        if self.policy.is_none() && self.state != State::Disabled {
            problems.push(Problem::error("task::missing", "`policy` is missing").help("most machines have `targeted`"));
        }
        for policy in self.policy.iter().filter(|policy| {
            policy.text.is_empty() || !policy.text.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
        }) {
            problems.push(
                Problem::error("task::value", format!("`{policy}` cannot be a policy"))
                    .at(&policy.place, "expected a name as `targeted`"),
            );
        }
        if AbsPath::new(&self.configfile.text).is_none() {
            problems.push(
                Problem::error("task::path", format!("`{}` is no absolute path", self.configfile))
                    .at(&self.configfile.place, "expected the path of a file"),
            );
        }
        if self.update_kernel_param {
            problems.push(
                Problem::error("task::unsupported", "`update_kernel_param` is not supported")
                    .help("use `command: grubby --update-kernel=ALL --args=selinux=0` (or `--remove-args=selinux`)"),
            );
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let file = FileArguments::of_mode(None);
        let wanted = Wanted {
            follow: true,
            content: true,
            file: &file,
        };
        std::iter::once(want(SelinuxMode)).chain(wanted.wants(&self.path())).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let file = FileArguments::of_mode(None);
        let wanted = Wanted {
            follow: true,
            content: true,
            file: &file,
        };
        let config = wanted.look(on, &self.path())?;
        let text = match &config.entry {
            Known::Is(Some(entry)) if !config.is_folder() => contents(on, &config.path, entry)?,
            Known::Is(_) => Known::Is([].into()),
            Known::Unknown(why) => Known::Unknown(Arc::clone(why)),
        };
        Ok(Seen {
            mode: on.fact(SelinuxMode)?,
            config,
            text,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        if matches!(seen.config.entry, Known::Is(None)) {
            if self.state == State::Disabled && seen.mode == Known::Is("disabled".to_owned()) {
                return Ok(Plan::unchanged("this machine has no SELinux"));
            }
            return Err(Error::failed(format!("there is no {}", self.path()))
                .help("install SELinux first, with the package selinux-policy-targeted for example"));
        }
        let mut steps = self.config_steps(seen)?;
        match &seen.mode {
            Known::Is(mode) => steps.changes.extend(self.live(Some(mode))),
            Known::Unknown(why) => {
                steps.unsure = Some(why.to_string());
                steps.changes.extend(self.live(None));
            }
        }
        let mut plan = steps.into_plan(|| format!("SELinux is {}", self.word()));
        if matches!(&seen.mode, Known::Is(mode) if self.needs_start(mode)) {
            plan.warnings.push(format!("SELinux is {} only after the next start of the machine", self.word()));
        }
        Ok(plan)
    }

    fn result(&self, seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let reboot = seen.mode.clone().map(|mode| json!(self.needs_start(&mode)));
        Returned::from_iter([
            ("configfile".to_owned(), Known::Is(json!(self.path().as_str()))),
            ("policy".to_owned(), Known::Is(json!(self.policy.as_ref().map(|policy| &policy.text)))),
            ("state".to_owned(), Known::Is(json!(self.word()))),
            ("msg".to_owned(), Known::Is(json!(""))),
            ("reboot_required".to_owned(), reboot),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::set;

    #[test]
    fn one_line_is_replaced_and_no_other() {
        let text = "# SELINUX= can be\nSELINUX=enforcing\nSELINUXTYPE=targeted\n";
        let expected = "# SELINUX= can be\nSELINUX=permissive\nSELINUXTYPE=targeted\n";
        assert_eq!(set(text, "SELINUX", "permissive"), expected);
        assert_eq!(set("", "SELINUX", "disabled"), "SELINUX=disabled\n");
    }
}
