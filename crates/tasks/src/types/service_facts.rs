//! `service_facts`: all services, as facts.

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::facts::services::Services;
use crate::facts::want;
use crate::plan::Effects;

arguments! {
    /// Tells of all services.
    pub struct ServiceFacts {}
}

/// Where a task before this one may have put a unit file.
const UNITS: &str = "/etc/systemd/system";

type Seen = Known<Map<String, Value>>;

fn units() -> Option<Want> {
    AbsPath::new(UNITS).map(Want::Tree)
}

/// A result and its effects for a fact under one name.
pub(super) fn plan_of(name: &str, value: Known<Value>, why: &str) -> Plan {
    let effects = Effects {
        facts: vec![(name.to_owned(), value)],
        ..Effects::default()
    };
    Plan {
        changed: Some(false),
        effects,
        ..Plan::unchanged(why)
    }
}

/// `ansible_facts` with one fact in it.
pub(super) fn result_of(name: &str, value: &Known<Value>) -> Returned {
    let value = match value {
        Known::Is(value) => value.clone(),
        Known::Unknown(why) => crate::json::unknown_part(why),
    };
    Returned::from_iter([("ansible_facts".to_owned(), Known::Is(json!({ name: value })))])
}

impl TaskType for ServiceFacts {
    const NAME: &'static str = "service_facts";
    const ABOUT: &'static str = "Tells of all services of a machine, as facts.";
    const EXAMPLE: &'static str = "- name: What runs here\n  ansible.builtin.service_facts:\n";
    const CHANGES: bool = false;
    type Seen = Seen;

    arguments_of!();

    fn wants(&self) -> Vec<Want> {
        std::iter::once(want(Services)).chain(units()).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        if let Some(Known::Is(Answer::Tree(tree))) = units().map(|want| on.ask(want)).transpose()?
            && let Some((path, _)) = tree.iter().find(|(_, entry)| entry.stat.is_forecast())
        {
            return Ok(Known::unknown(format!("what systemd makes of {path}")));
        }
        Ok(on.fact(Services)?)
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        match seen {
            Known::Is(services) if services.is_empty() => Ok(Plan {
                warnings: vec!["no service was found".to_owned()],
                ..Plan::unchanged("no service was found")
            }),
            seen => Ok(plan_of(
                "services",
                seen.clone().map(Value::Object),
                "services are told of",
            )),
        }
    }

    fn result(&self, seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        match seen {
            Known::Is(services) if services.is_empty() => {
                let message = "Failed to find any services. This can be due to privileges or some other configuration \
                               issue.";
                Returned::from_iter([
                    ("skipped".to_owned(), Known::Is(json!(true))),
                    ("msg".to_owned(), Known::Is(json!(message))),
                ])
            }
            seen => result_of("services", &seen.clone().map(Value::Object)),
        }
    }
}
