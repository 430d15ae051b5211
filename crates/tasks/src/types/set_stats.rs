//! `set_stats`: values that the end of the run tells beside its counts.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::Stats;
use crate::TaskType;
use crate::json;
use crate::plan::Effects;

arguments! {
    /// Tells values at the end of the run.
    pub struct SetStats {
        /// Names and values.
        data: Node,
        /// Whether the values are those of each host rather than of the run.
        per_host: bool = false,
        /// Whether they are added to what was there: numbers summed, texts and lists joined, mappings merged.
        aggregate: bool = true,
    }
}

impl SetStats {
    fn stats(&self) -> Stats {
        let entries = self.data.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
        let named = |(key, value): &(Node, Node)| (key.as_str().unwrap_or_default().to_owned(), json::of_node(value));
        Stats { data: entries.iter().map(named).collect(), per_host: self.per_host, aggregate: self.aggregate }
    }
}

impl TaskType for SetStats {
    const NAME: &'static str = "set_stats";
    const ABOUT: &'static str = "Tells values at the end of the run, for each host or for the run as a whole.";
    const EXAMPLE: &'static str = "- name: Count the certificates that were renewed\n  ansible.builtin.set_stats:\n    data:\n      renewed: 1\n";
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let Some(map) = self.data.as_map() else {
            // A template that gives the whole mapping is looked at again once it is rendered.
            if self.data.as_str().is_some_and(|text| text.contains("{{")) {
                return Ok(());
            }
            let problem = Problem::error("task::type", format!("`data` is a mapping, not {}", self.data.kind()));
            return Err(vec![problem.at(&self.data.place, "expected `name: value` lines here")]);
        };
        let wrong: Vec<Problem> =
            map.entries.iter().filter_map(|(key, _)| super::set_fact::problem_of(key)).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let effects = Effects { stats: Some(self.stats()), ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged("it changes the run, not the machine") })
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let Stats { data, per_host, aggregate } = self.stats();
        let data: serde_json::Map<_, _> = data.into_iter().collect();
        let told = json!({"data": data, "per_host": per_host, "aggregate": aggregate});
        Returned::from_iter([("ansible_stats".to_owned(), Known::Is(told))])
    }
}
