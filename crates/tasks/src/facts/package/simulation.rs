//! What `apt-get` says it would do.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;

use crate::facts::asked;

/// What `apt-get WORDS` would do, as `apt-get --simulate` tells.
#[derive(Clone, Debug)]
pub struct Simulation(pub Vec<String>);

impl Simulation {
    /// Installing packages, with nothing special: `["haproxy"]`.
    pub fn install<S: Into<String>>(names: impl IntoIterator<Item = S>) -> Simulation {
        Simulation(
            std::iter::once("install".to_owned())
                .chain(names.into_iter().map(Into::into))
                .collect(),
        )
    }
}

/// What apt would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulated {
    /// Packages that come, change or go, in apt's order.
    pub steps: Vec<Step>,
    /// Why it would do nothing at all.
    pub error: Option<String>,
}

/// One package that comes, changes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What happens to it.
    pub verb: Verb,
    /// Its name, with the architecture where that is not the machine's.
    pub name: String,
    /// The version before.
    pub from: Option<String>,
    /// The version after.
    pub to: Option<String>,
}

/// What happens to a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// It is installed, upgraded or downgraded.
    Install,
    /// It is removed; its configuration stays.
    Remove,
    /// It is removed with its configuration.
    Purge,
    /// A downloaded file of it is deleted.
    Delete,
}

impl Fact for Simulation {
    type Value = Simulated;
    const FAMILY: &'static str = "apt-simulation";

    fn key(&self) -> String {
        asked::key(&self.0)
    }

    /// A call of apt-get for each key: it plans for one wish at a time.
    fn script(keys: &[&str]) -> String {
        let each = asked::script(keys, |key| format!("LC_ALL=C apt-get --simulate -y -q {key}"));
        each + "exit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<Simulated, String> {
        let text = output.text();
        let (said, code) = asked::answer(&text, &self.key()).ok_or("apt-get does not answer")?;
        let mut found = Simulated::default();
        let mut errors = Vec::new();
        for line in said.lines() {
            match line.strip_prefix("E: ") {
                Some(error) => errors.push(error),
                None => found.steps.extend(Step::read(line)),
            }
        }
        found.error = match (code, errors.as_slice()) {
            (0, _) => None,
            (code, []) => Some(format!("apt-get ends with code {code}")),
            (_, errors) => Some(errors.join("; ")),
        };
        Ok(found)
    }
}

impl Step {
    /// Reads `Inst NAME [FROM] (TO SOURCE [ARCH])`, `Remv NAME [FROM]`, `Purg NAME [FROM]`, `Del NAME VERSION [SIZE]`.
    fn read(line: &str) -> Option<Step> {
        let (verb, rest) = line.split_once(' ')?;
        let verb = match verb {
            "Inst" => Verb::Install,
            "Remv" => Verb::Remove,
            "Purg" => Verb::Purge,
            "Del" => Verb::Delete,
            _ => return None,
        };
        let mut words = rest.split(' ');
        let name = words.next().filter(|name| !name.is_empty())?.to_owned();
        if verb == Verb::Delete {
            return Some(Step {
                verb,
                name,
                from: words.next().map(str::to_owned),
                to: None,
            });
        }
        let rest: Vec<&str> = words.collect();
        let from = rest
            .first()
            .and_then(|word| word.strip_prefix('[')?.strip_suffix(']'));
        let to = rest.iter().take(2).find_map(|word| word.strip_prefix('('));
        Some(Step {
            verb,
            name,
            from: from.map(str::to_owned),
            to: to.map(|to| to.trim_end_matches(')').to_owned()),
        })
    }
}
