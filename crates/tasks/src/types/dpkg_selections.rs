//! `dpkg_selections`: what dpkg is told to do with a package.

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Known;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::dpkg_selection::DpkgSelection;
use crate::facts::package::Package;
use crate::facts::package::PackageState;
use crate::facts::want;

words! {
    /// What dpkg is told to do with a package.
    pub enum Selection {
        /// It is installed, and upgraded with the others.
        Install = "install",
        /// Its version stays.
        Hold = "hold",
        /// It is to be removed, its configuration stays.
        Deinstall = "deinstall",
        /// It is to be removed with its configuration.
        Purge = "purge",
    }
}

arguments! {
    /// Holds packages at their version, and marks them for removal.
    pub struct DpkgSelections {
        /// The package, with its architecture where it is not the machine's own (`libc6:i386`).
        name: Text,
        /// What dpkg is told to do with it.
        selection: Selection,
    }
}

/// What was seen of a package.
#[derive(Debug)]
pub struct Seen {
    selection: Known<Option<String>>,
    package: Known<PackageState>,
}

impl Selection {
    fn word(self) -> &'static str {
        match self {
            Selection::Install => "install",
            Selection::Hold => "hold",
            Selection::Deinstall => "deinstall",
            Selection::Purge => "purge",
        }
    }
}

impl DpkgSelections {
    fn run(&self, seen: &Seen) -> Run {
        let (name, word) = (&self.name.text, self.selection.word());
        let mut command = Command::argv(["dpkg", "--set-selections"]);
        command.stdin = Some(Secret::new(format!("{name} {word}\n").into_bytes()));
        let run = Run::new(format!("select {word} for {name}"), command)
            .predict(DpkgSelection(name.clone()), Known::Is(Some(word.to_owned())));
        match &seen.package {
            Known::Is(package) => {
                let after = PackageState {
                    held: self.selection == Selection::Hold,
                    ..package.clone()
                };
                run.predict(Package(name.clone()), Known::Is(after))
            }
            Known::Unknown(_) => run,
        }
    }

    fn before(seen: &Seen) -> Known<serde_json::Value> {
        let selection = seen.selection.clone();
        selection.map(|found| json!(found.as_deref().unwrap_or("not present")))
    }
}

impl TaskType for DpkgSelections {
    const NAME: &'static str = "dpkg_selections";
    const ABOUT: &'static str = "Holds packages of Debian and Ubuntu at their version, or lets them go.";
    const EXAMPLE: &'static str = "\
- name: The kubelet is upgraded only on purpose
  ansible.builtin.dpkg_selections:
    name: kubelet
    selection: hold
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let name = &self.name.text;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.:".contains(c);
        if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(fits) {
            return Ok(());
        }
        let problem = Problem::error("task::value", format!("`{name}` cannot be the name of a package"));
        Err(vec![problem.at(&self.name.place, "expected one name, as `kubelet`")])
    }

    fn wants(&self) -> Vec<Want> {
        vec![
            want(DpkgSelection(self.name.text.clone())),
            want(Package(self.name.text.clone())),
        ]
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        Ok(Seen {
            selection: on.fact(DpkgSelection(self.name.text.clone()))?,
            package: on.fact(Package(self.name.text.clone()))?,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let (name, word) = (&self.name.text, self.selection.word());
        let change = || vec![Change::Run(Box::new(self.run(seen)))];
        let line = |word: &str| format!("{name} {word}\n");
        match &seen.selection {
            Known::Is(None) => Err(Error::failed(format!(
                "Failed to find package '{name}' to perform selection '{word}'."
            ))
            .help("dpkg knows only packages that are or were installed: install it first")),
            Known::Is(Some(found)) if found == word => {
                Ok(Plan::unchanged(format!("dpkg's selection of {name} is {word}")))
            }
            Known::Is(Some(found)) => {
                Ok(Plan::changes(change()).show(format!("selection of {name}"), line(found), line(word)))
            }
            Known::Unknown(why) => Ok(Plan::unknown(change(), why.to_string())),
        }
    }

    fn result(&self, seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::from_iter([
            ("before".to_owned(), DpkgSelections::before(seen)),
            ("after".to_owned(), Known::Is(json!(self.selection.word()))),
        ])
    }
}
