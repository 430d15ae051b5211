//! `modprobe`: modules of the kernel, now and after the next start.

mod files;

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Known;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::group::Presence;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::kernel_module::KernelModule;
use crate::facts::want;
use files::Files;

words! {
    /// Whether the next start loads the module too.
    pub enum Persistent {
        /// What the files say stays.
        Disabled = "disabled",
        /// It does.
        Present = "present",
        /// It does not.
        Absent = "absent",
    }
}

arguments! {
    /// Loads and unloads modules of the kernel.
    pub struct Modprobe {
        /// The module.
        name: Text,
        /// Whether it should be loaded.
        state: Presence = Presence::Present,
        /// Its parameters, with blanks between: `numdummies=2`. A module that is loaded keeps those that it has.
        params: String = String::new(),
        /// Whether the next start loads it too: by /etc/modules-load.d and /etc/modprobe.d.
        persistent: Persistent = Persistent::Disabled,
    }
}

/// What was seen of a module.
#[derive(Debug)]
pub struct Seen {
    loaded: Known<bool>,
    files: Option<Known<Files>>,
}

impl Modprobe {
    fn module(&self) -> KernelModule {
        KernelModule(self.name.text.clone())
    }

    fn words(&self) -> Vec<&str> {
        self.params.split_whitespace().collect()
    }

    fn run(&self) -> Change {
        let name = self.name.text.as_str();
        let (argv, summary) = match self.state {
            Presence::Present => {
                let argv = [vec!["modprobe", name], self.words()].concat();
                (argv, format!("load the module {name}"))
            }
            Presence::Absent => (vec!["modprobe", "-r", name], format!("unload the module {name}")),
        };
        let is_present = self.state == Presence::Present;
        let run = Run::new(summary, Command::argv(argv)).predict(self.module(), Known::Is(is_present));
        Change::Run(Box::new(run))
    }
}

impl TaskType for Modprobe {
    const NAME: &'static str = "modprobe";
    const COLLECTION: &'static str = "community.general";
    const ABOUT: &'static str = "Loads and unloads modules of the kernel, now and after the next start.";
    const EXAMPLE: &'static str = "\
- name: Bridged packets meet the firewall
  community.general.modprobe:
    name: br_netfilter
    persistent: present
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let name = &self.name.text;
        let mut problems = Vec::new();
        if name.is_empty() || name.starts_with('-') || !name.chars().all(fits) {
            problems.push(
                Problem::error("task::value", format!("`{name}` cannot be the name of a module"))
                    .at(&self.name.place, "expected a name as `br_netfilter`"),
            );
        }
        if self.params.contains('\n') || self.words().iter().any(|word| word.starts_with('-')) {
            problems.push(Problem::error(
                "task::value",
                "`params` is one line of parameters as `numdummies=2`",
            ));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let files = (self.persistent != Persistent::Disabled).then(Files::wants);
        std::iter::once(want(self.module()))
            .chain(files.into_iter().flatten())
            .collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let files = match self.persistent {
            Persistent::Disabled => None,
            Persistent::Present | Persistent::Absent => Some(Files::look(on, &self.name.text)?),
        };
        Ok(Seen {
            loaded: on.fact(self.module())?,
            files,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let (mut changes, mut unsure) = (Vec::new(), None);
        match &seen.loaded {
            Known::Is(loaded) if *loaded == (self.state == Presence::Present) => {}
            Known::Is(_) => changes.push(self.run()),
            Known::Unknown(why) => {
                unsure = Some(why.to_string());
                changes.push(self.run());
            }
        }
        match &seen.files {
            Some(Known::Is(files)) => changes.extend(match self.persistent {
                Persistent::Present => files.put(&self.name.text, &self.words()),
                Persistent::Absent => files.take(&self.name.text),
                Persistent::Disabled => Vec::new(),
            }),
            Some(Known::Unknown(why)) => unsure = Some(why.to_string()),
            None => {}
        }
        let state = if self.state == Presence::Present { "loaded" } else { "not loaded" };
        Ok(match unsure {
            Some(why) => Plan::unknown(changes, why),
            None if changes.is_empty() => Plan::unchanged(format!("the module {} is {state}", self.name)),
            None => Plan::changes(changes),
        })
    }

    fn result(&self, _seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let is_present = self.state == Presence::Present;
        Returned::from_iter([
            ("name".to_owned(), Known::Is(json!(self.name.text))),
            ("params".to_owned(), Known::Is(json!(self.params))),
            (
                "state".to_owned(),
                Known::Is(json!(if is_present { "present" } else { "absent" })),
            ),
        ])
    }
}
