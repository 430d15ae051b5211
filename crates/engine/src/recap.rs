//! What became of each host, and of the run.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_tasks::Stats;
use serde::Serialize;
use serde_json::Map;
use serde_json::Number;
use serde_json::Value;

use crate::Status;

/// Counts of one host, as Ansible's PLAY RECAP has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Tasks that ended well, changed ones included.
    pub ok: usize,
    /// Tasks that changed something, or would.
    pub changed: usize,
    /// Of these, tasks whose change is known only after apply.
    pub unknown: usize,
    /// 1 when the host was lost.
    pub unreachable: usize,
    /// Tasks that failed, those apart that a `rescue` took.
    pub failed: usize,
    /// Tasks that did not apply.
    pub skipped: usize,
    /// Failures that a `rescue` took.
    pub rescued: usize,
    /// Failures that were ignored.
    pub ignored: usize,
}

/// Counts for each host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recap {
    /// Host to counts, sorted by name.
    pub hosts: BTreeMap<Arc<str>, Counts>,
    /// What tasks told with `set_stats`.
    #[serde(skip_serializing_if = "Custom::is_empty")]
    pub custom: Custom,
}

/// What tasks told with `set_stats`: for each host, and under [`Custom::RUN`] for the run, names and values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Custom {
    /// Host or [`Custom::RUN`] to names and values.
    pub values: BTreeMap<String, BTreeMap<String, Value>>,
}

impl Custom {
    /// Under which the values of the run stand, as in Ansible.
    pub const RUN: &str = "_run";

    /// Whether nothing was told.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Takes over what a task tells; with `aggregate`, a value of another type than the one before is left out.
    pub(crate) fn tell(&mut self, of: &str, stats: &Stats) {
        for (name, value) in &stats.data {
            let own = self.values.entry(of.to_owned()).or_default();
            match own.get_mut(name) {
                Some(before) if stats.aggregate => add(before, value),
                _ => drop(own.insert(name.clone(), value.clone())),
            }
        }
    }
}

fn add(before: &mut Value, more: &Value) {
    match (before, more) {
        (Value::Number(one), Value::Number(other)) => {
            if let Some(sum) = sum(one, other) {
                *one = sum;
            }
        }
        (Value::String(text), Value::String(more)) => text.push_str(more),
        (Value::Array(items), Value::Array(more)) => items.extend(more.iter().cloned()),
        (Value::Object(map), Value::Object(more)) => merge(map, more),
        _ => {}
    }
}

fn sum(one: &Number, other: &Number) -> Option<Number> {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one.checked_add(other).map(Number::from),
        (None, None) => Number::from_f64(one.as_f64()? + other.as_f64()?),
        _ => None,
    }
}

/// Mappings within mappings are merged too; of other values the later one counts.
fn merge(map: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (name, value) in more {
        match (map.get_mut(name), value) {
            (Some(Value::Object(inner)), Value::Object(value)) => merge(inner, value),
            _ => drop(map.insert(name.clone(), value.clone())),
        }
    }
}

impl Counts {
    /// Counts a task as Ansible does; `rescued` says whether a `rescue` takes its failure.
    pub(crate) fn add(&mut self, status: Status, changed: bool, unknown: bool, rescued: bool) {
        match status {
            Status::Ok => self.ok += 1,
            Status::Changed => {
                self.ok += 1;
                self.changed += 1;
                self.unknown += usize::from(unknown);
            }
            Status::Skipped => self.skipped += 1,
            Status::Failed if rescued => self.rescued += 1,
            Status::Failed => self.failed += 1,
            Status::Ignored => {
                self.ok += 1;
                self.changed += usize::from(changed);
                self.ignored += 1;
            }
        }
    }
}

impl Recap {
    /// Whether any host would change or did change.
    pub fn changed(&self) -> bool {
        self.hosts.values().any(|counts| counts.changed > 0)
    }

    /// Whether a task failed for good on any host.
    pub fn failed(&self) -> bool {
        self.hosts.values().any(|counts| counts.failed > 0)
    }

    /// Whether any host was lost.
    pub fn unreachable(&self) -> bool {
        self.hosts.values().any(|counts| counts.unreachable > 0)
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_tasks::Stats;
    use serde_json::json;

    use super::Custom;

    #[test]
    fn values_are_added_when_they_are_of_one_type() {
        let mut custom = Custom::default();
        let mut tell = |value, aggregate| {
            let data = vec![("x".to_owned(), value)];
            let stats = Stats {
                data,
                per_host: false,
                aggregate,
            };
            custom.tell(Custom::RUN, &stats);
            custom.values[Custom::RUN]["x"].clone()
        };
        assert_eq!(tell(json!(1), true), json!(1));
        assert_eq!(tell(json!(2), true), json!(3));
        assert_eq!(tell(json!("a"), true), json!(3), "another type is left out");
        assert_eq!(tell(json!("a"), false), json!("a"));
        assert_eq!(tell(json!("b"), true), json!("ab"));
        assert_eq!(tell(json!([1]), false), json!([1]));
        assert_eq!(tell(json!([2]), true), json!([1, 2]));
        assert_eq!(tell(json!({"a": {"b": 1}}), false), json!({"a": {"b": 1}}));
        assert_eq!(tell(json!({"a": {"c": 2}}), true), json!({"a": {"b": 1, "c": 2}}));
    }
}
