//! `package_facts`: all installed packages, as facts.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::Map;
use serde_json::Value;

use super::service_facts::plan_of;
use super::service_facts::result_of;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::package_list::Kind;
use crate::facts::package_list::PackageList;
use crate::facts::want;

words! {
    /// How many package managers are asked.
    pub enum Strategy {
        /// Those in the list until one answers.
        First = "first",
        /// All in the list.
        All = "all",
    }
}

arguments! {
    /// Tells of all installed packages.
    pub struct PackageFacts {
        /// Whose packages: `auto`, `apt`, or `rpm` (also `dnf`, `dnf5`, `yum`, `zypper`), in order.
        manager: Vec<Text> = vec![Text::new("auto")],
        /// Whether one answer is enough.
        strategy: Strategy = Strategy::First,
    }
}

/// What was seen of packages, and of what was asked for and is not there.
#[derive(Debug)]
pub struct Seen {
    packages: Known<Option<Map<String, Value>>>,
    missing: Vec<&'static str>,
}

/// The package managers of a word; `None` for one that is not supported.
fn kinds(word: &str) -> Option<Vec<Kind>> {
    match word.to_lowercase().as_str() {
        "auto" => Some(vec![Kind::Apt, Kind::Rpm]),
        "apt" => Some(vec![Kind::Apt]),
        "rpm" | "yum" | "dnf" | "dnf5" | "zypper" => Some(vec![Kind::Rpm]),
        _ => None,
    }
}

impl PackageFacts {
    /// Whose packages are asked for, each once.
    fn kinds(&self) -> Vec<Kind> {
        let mut all: Vec<Kind> = Vec::new();
        for kind in self.manager.iter().filter_map(|word| kinds(&word.text)).flatten() {
            if !all.contains(&kind) {
                all.push(kind);
            }
        }
        all
    }
}

impl TaskType for PackageFacts {
    const NAME: &'static str = "package_facts";
    const ABOUT: &'static str = "Tells of all installed packages, as facts.";
    const EXAMPLE: &'static str = "- name: What is installed here\n  ansible.builtin.package_facts:\n    manager: [apt, rpm]\n    strategy: all\n";
    const CHANGES: bool = false;
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let problems: Vec<Problem> = self
            .manager
            .iter()
            .filter(|word| kinds(&word.text).is_none())
            .map(|word| {
                Problem::error("task::unsupported", format!("packages of `{word}` cannot be told"))
                    .at(&word.place, "not supported")
                    .help("supported are auto, apt, and rpm with its other names dnf, dnf5, yum, zypper")
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        self.kinds().into_iter().map(|kind| want(PackageList(kind))).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let (mut all, mut missing): (Option<Map<String, Value>>, _) = (None, Vec::new());
        for kind in self.kinds() {
            if all.is_some() && self.strategy == Strategy::First {
                break;
            }
            match on.fact(PackageList(kind))? {
                Known::Is(Some(found)) if !found.is_empty() => {
                    let all = all.get_or_insert_with(Map::new);
                    for (name, packages) in found {
                        match (all.get_mut(&name), packages) {
                            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
                            (_, packages) => drop(all.insert(name, packages)),
                        }
                    }
                }
                Known::Is(_) => missing.push(match kind {
                    Kind::Apt => "apt",
                    Kind::Rpm => "rpm",
                }),
                Known::Unknown(why) => {
                    return Ok(Seen {
                        packages: Known::Unknown(why),
                        missing,
                    });
                }
            }
        }
        Ok(Seen {
            packages: Known::Is(all),
            missing,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        if let Known::Is(None) = seen.packages {
            return Err(Error::failed(format!(
                "could not detect a supported package manager from the following list: {}",
                seen.missing.join(", ")
            )));
        }
        let packages = packages(seen);
        let mut plan = plan_of("packages", packages, "packages are told of");
        let asked = |name: &&&str| self.manager.iter().any(|word| word.text.eq_ignore_ascii_case(name));
        let missing = seen.missing.iter().filter(asked);
        plan.warnings = missing
            .map(|name| format!("there is no {name} on this machine, or no package of it"))
            .collect();
        Ok(plan)
    }

    fn result(&self, seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        result_of("packages", &packages(seen))
    }
}

fn packages(seen: &Seen) -> Known<Value> {
    let packages = seen.packages.clone();
    packages.map(|packages| Value::Object(packages.unwrap_or_default()))
}
