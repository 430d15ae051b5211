//! `setup`: what a machine is, as facts.

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::Map;
use serde_json::Value;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::package::version::matches;
use crate::facts::setup;
use crate::facts::setup::LocalFacts;
use crate::facts::want;
use crate::json::unknown_part;
use crate::plan::Effects;

/// What Ansible gives the facts of disks, in seconds.
const GATHER_TIMEOUT: i64 = 10;

arguments! {
    /// Gathers facts.
    pub struct Setup {
        /// What is gathered: `all`, `min`, `network`, `hardware`, `virtual`, single ones, `!` before what is left out.
        gather_subset: Vec<Text> = vec![Text::new("all")],
        /// Without effect, and another value is warned of: `timeout` of the task says how long it may take.
        gather_timeout: i64 = GATHER_TIMEOUT,
        /// Patterns as a shell's; only facts whose name fits one are returned.
        filter: Vec<Text> = Vec::new(),
        /// The folder of local facts: `.fact` files, JSON or INI or programs that print one of them.
        fact_path: Text = Text::new(setup::FOLDER),
    }
}

/// What was gathered.
#[derive(Debug)]
pub struct Seen {
    /// Names as variables have them.
    facts: Known<Map<String, Value>>,
    warnings: Vec<String>,
}

impl Setup {
    fn words(&self) -> Vec<&str> {
        let words = self.gather_subset.iter().map(|word| word.text.trim());
        words.filter(|word| !word.is_empty()).collect()
    }

    fn folder(&self) -> Option<AbsPath> {
        AbsPath::new(&self.fact_path.text)
    }

    fn is_own_folder(&self) -> bool {
        self.fact_path.text.trim_end_matches('/') != setup::FOLDER
    }

    /// What has no effect.
    fn idle(&self) -> Option<String> {
        let text = "`gather_timeout` has no effect: `timeout` says how long a task may take";
        (self.gather_timeout != GATHER_TIMEOUT).then(|| text.to_owned())
    }

    /// Whether a fact is returned, by the name of its variable.
    fn is_chosen(&self, name: &str) -> bool {
        let fits = |pattern: &Text| {
            let pattern = pattern.text.as_str();
            let prefixed = ["ansible_", "facter", "ohai"]
                .iter()
                .any(|prefix| pattern.starts_with(prefix));
            pattern.is_empty()
                || matches(pattern, name)
                || (!prefixed && matches(&format!("ansible_{pattern}"), name))
        };
        self.filter.is_empty() || self.filter.iter().any(fits)
    }

    /// The local facts of the folder; unknown where a forecast has put something into it.
    fn local(&self, on: &View<'_>, gathered: Option<&Value>) -> Result<(Value, Vec<String>)> {
        let Some(folder) = self.folder() else {
            return Ok((Value::Object(Map::new()), Vec::new()));
        };
        let why = match on.ask(Want::Tree(folder.clone()))? {
            Known::Is(Answer::Tree(tree)) => tree
                .iter()
                .find(|(_, entry)| entry.stat.is_forecast())
                .map(|(path, _)| format!("reading {path}")),
            Known::Is(_) => None,
            Known::Unknown(why) => Some(why.to_string()),
        };
        if let Some(why) = why {
            return Ok((unknown_part(&why), Vec::new()));
        }
        match gathered.filter(|_| !self.is_own_folder()) {
            Some(local) => Ok((local.clone(), Vec::new())),
            None => Ok(match on.fact(LocalFacts(folder))? {
                Known::Is(local) => (Value::Object(local.facts), local.warnings),
                Known::Unknown(why) => (unknown_part(&why), Vec::new()),
            }),
        }
    }
}

impl TaskType for Setup {
    const NAME: &'static str = "setup";
    const ABOUT: &'static str = "Gathers facts of a machine.";
    const EXAMPLE: &'static str = "\
- name: The machine's addresses
  ansible.builtin.setup:
    gather_subset: [\"!all\", network]
";
    const CHANGES: bool = false;
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        if self.folder().is_none() {
            problems.push(
                Problem::error("task::path", format!("`{}` is no absolute path", self.fact_path))
                    .at(&self.fact_path.place, "expected the path of a folder"),
            );
        }
        if let Some(word) = setup::unknown_word(&self.words()) {
            let place = self.gather_subset.iter().find(|text| text.text.trim() == word);
            let problem = Problem::error("task::value", format!("there is no subset `{word}` of facts"))
                .help("known are all, min, network, hardware, virtual, and the names of single facts");
            problems.push(match place {
                Some(text) => problem.at(&text.place, "no subset"),
                None => problem,
            });
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let mut wants = vec![want(setup::Setup::default())];
        if let Some(folder) = self.folder() {
            wants.push(Want::Tree(folder.clone()));
            wants.extend(self.is_own_folder().then(|| want(LocalFacts(folder))));
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let mut facts = match on.fact(setup::Setup::default())? {
            Known::Is(Value::Object(facts)) => facts,
            Known::Is(_) => Map::new(),
            Known::Unknown(why) => {
                return Ok(Seen {
                    facts: Known::Unknown(why),
                    warnings: Vec::new(),
                });
            }
        };
        let (local, warnings) = self.local(on, facts.get("local"))?;
        facts.insert("local".to_owned(), local);
        let words = self.words();
        setup::keep(&mut facts, &words);
        facts.insert("gather_subset".to_owned(), words.into());
        facts.insert("module_setup".to_owned(), true.into());
        let named = setup::ansible_variables(&Value::Object(facts));
        Ok(Seen {
            facts: Known::Is(
                named
                    .into_iter()
                    .filter(|(name, _)| self.is_chosen(name))
                    .collect(),
            ),
            warnings,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let facts = match &seen.facts {
            Known::Is(facts) => facts.clone().into_iter().collect::<Vec<_>>(),
            Known::Unknown(_) => Vec::new(),
        };
        let effects = Effects {
            facts: facts
                .into_iter()
                .map(|(name, value)| (name, Known::Is(value)))
                .collect(),
            ..Effects::default()
        };
        Ok(Plan {
            changed: Some(false),
            effects,
            warnings: seen.warnings.iter().cloned().chain(self.idle()).collect(),
            ..Plan::unchanged("facts are gathered")
        })
    }

    fn result(&self, seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let facts = seen.facts.clone().map(Value::Object);
        Returned::from_iter([("ansible_facts".to_owned(), facts)])
    }
}
