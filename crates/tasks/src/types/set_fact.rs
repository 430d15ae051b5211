//! `set_fact`: variables of a host, from now on.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Argument;
use crate::Field;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::json;
use crate::plan::Effects;

/// Sets variables of a host, under any names.
#[derive(Clone, Debug, PartialEq)]
pub struct SetFact {
    /// Whether they are facts too, which a cache of facts would keep.
    pub cacheable: bool,
    /// Names and values, rendered.
    pub variables: Vec<(Node, Node)>,
}

const CACHEABLE: &str = "cacheable";

/// What a variable cannot be called, because Python would not take it for a name.
const RESERVED: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

fn is_name(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !RESERVED.contains(&text)
}

pub(super) fn problem_of(key: &Node) -> Option<Problem> {
    match key.as_str() {
        Some(name) if is_name(name) => None,
        name => {
            let shown = name.map_or_else(|| crate::arguments::private::word(key), str::to_owned);
            let problem = Problem::error("task::variable", format!("`{shown}` is no name for a variable"));
            let problem = problem.at(&key.place, "expected letters, digits and `_`");
            let mended: String = shown.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            Some(if is_name(&mended) { problem.help(format!("`{mended}` is one")) } else { problem })
        }
    }
}

impl SetFact {
    fn values(&self) -> Vec<(String, Known<serde_json::Value>)> {
        let value = |(key, value): &(Node, Node)| {
            let name = key.as_str().unwrap_or_default().to_owned();
            (name, Known::Is(json::of_node(value)))
        };
        self.variables.iter().map(value).collect()
    }
}

impl TaskType for SetFact {
    const NAME: &'static str = "set_fact";
    const ABOUT: &'static str = "Sets variables of a host, for the rest of the run, under any names.";
    const EXAMPLE: &'static str = "- name: Remember the first master\n  ansible.builtin.set_fact:\n    first_master: \"{{ groups['kube_control_plane'] | first }}\"\n";
    const CHANGES: bool = false;
    type Seen = ();

    fn fields() -> Vec<Field> {
        vec![Field {
            name: CACHEABLE,
            aliases: &[],
            kind: bool::kind(),
            required: false,
            default: Some("false".to_owned()),
            doc: "Whether the variables are facts too. All other names are those of the variables.".to_owned(),
        }]
    }

    fn parse(arguments: &Map, at: &Place) -> std::result::Result<SetFact, Vec<Problem>> {
        let (mut task, mut problems) = (SetFact { cacheable: false, variables: Vec::new() }, Vec::new());
        for (key, value) in &arguments.entries {
            if key.as_str() == Some(CACHEABLE) {
                match bool::read(value) {
                    Ok(cacheable) => task.cacheable = cacheable,
                    Err(problem) => problems.push(problem),
                }
                continue;
            }
            problems.extend(problem_of(key));
            task.variables.push((key.clone(), value.clone()));
        }
        if task.variables.is_empty() {
            let message = "no key/value pairs provided, at least one is required";
            problems.push(Problem::error("task::missing", message).at(at, "expected `name: value` lines here"));
        }
        if problems.is_empty() { Ok(task) } else { Err(problems) }
    }

    fn to_map(&self) -> Map {
        let mut entries = self.variables.clone();
        if self.cacheable {
            let nowhere = Place::nowhere("");
            let key = Node::new(Value::Str(CACHEABLE.to_owned()), nowhere.clone());
            entries.push((key, Node::new(Value::Bool(true), nowhere)));
        }
        Map { entries }
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let variables = self.values();
        let facts = if self.cacheable { variables.clone() } else { Vec::new() };
        let effects = Effects { variables, facts, ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged("it changes the run, not the machine") })
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let facts: serde_json::Map<String, serde_json::Value> =
            self.values().into_iter().filter_map(|(name, value)| Some((name, value.ok()?))).collect();
        Returned::from_iter([("ansible_facts".to_owned(), Known::Is(facts.into()))])
    }
}
