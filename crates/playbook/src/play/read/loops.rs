//! Reads `loop`, `with_*` and `loop_control`.

use std::sync::Arc;

use evenkeel_tasks::Argument;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::Reading;
use super::keywords::is_identifier;
use crate::play::Card;
use crate::play::Loop;
use crate::play::LoopControl;
use crate::play::body::has_template;
use crate::template;

/// What `loop_control` knows.
const CONTROL: [&str; 7] = [
    "break_when",
    "extended",
    "extended_allitems",
    "index_var",
    "label",
    "loop_var",
    "pause",
];

impl Reading<'_> {
    /// Whether a key is `with_` and a lookup; one that begins so and is none is a finding.
    pub(super) fn is_with(&mut self, key: &Node, name: &str) -> bool {
        let Some(lookup) = name.strip_prefix("with_") else {
            return false;
        };
        if let Some((why, mend)) = template::refused_lookup(lookup) {
            let message = format!("the lookup `{lookup}` is not supported: {why}");
            let problem = Problem::error("playbook::lookup", message);
            self.report(problem.at(&key.place, "a loop over this lookup").help(mend));
        } else if !template::LOOKUPS.contains(&lookup) {
            let problem = Problem::error("playbook::lookup", format!("there is no lookup `{lookup}`"))
                .at(&key.place, "`with_` and the name of a lookup make a loop");
            self.report(match nearest(lookup, template::LOOKUPS.iter().copied()) {
                Some(best) => problem.help(format!("did you mean `with_{best}`?")),
                None => problem.help("write `loop:` with a list"),
            });
        }
        true
    }

    /// `loop` or `with_NAME`: one of them.
    pub(super) fn loop_over(&mut self, card: &mut Card, with: Option<&str>, value: &Node) {
        let named = |with: Option<&str>| with.map_or("loop".to_owned(), |lookup| format!("with_{lookup}"));
        if let Some(first) = &card.loop_ {
            self.report(
                Problem::error("playbook::two-loops", "a task has one loop, and here are two")
                    .at(&value.place, named(with))
                    .related(&first.items.place, named(first.with.as_deref()))
                    .help("make one list of both, or two tasks"),
            );
            return;
        }
        if with.is_none() && !has_template(value) && value.as_seq().is_none() {
            let problem = Problem::error(
                "playbook::loop",
                format!("`loop` takes a list, not {}", value.kind()),
            )
            .at(&value.place, "expected a list here");
            self.report(match value.as_map() {
                Some(_) => {
                    problem.help("`with_dict` goes through a mapping, and so does `dict2items` in a template")
                }
                None => problem,
            });
        }
        card.loop_ = Some(Loop {
            items: Arc::new(value.clone()),
            with: with.map(Arc::from),
        });
    }

    /// `loop_control`.
    pub(super) fn loop_control(&mut self, value: &Node) -> LoopControl {
        let mut control = LoopControl::default();
        let Some(map) = value.as_map() else {
            self.report(
                Problem::error(
                    "playbook::loop-control",
                    format!("`loop_control` is a mapping, not {}", value.kind()),
                )
                .at(
                    &value.place,
                    "expected `loop_var:`, `index_var:` or `label:` here",
                ),
            );
            return control;
        };
        for (name, key, value) in map.iter() {
            match name {
                "loop_var" => control.loop_var = self.variable(name, value),
                "index_var" => control.index_var = self.variable(name, value),
                "label" => control.label = Some(Arc::new(value.clone())),
                "pause" => control.pause = self.literal::<f64>(name, value),
                "extended" => control.extended = self.literal::<bool>(name, value),
                "extended_allitems" => control.extended_allitems = self.literal::<bool>(name, value),
                "break_when" => control.break_when = self.conditions(value),
                _ => self.unknown_key(key, name, CONTROL),
            }
        }
        control
    }

    /// The name of a variable, or a template of one.
    fn variable(&mut self, name: &str, value: &Node) -> Option<Arc<Node>> {
        let written = self.literal::<String>(name, value)?;
        let fits = has_template(value) || String::read(value).is_ok_and(|text| is_identifier(&text));
        if !fits {
            self.no_variable(value);
        }
        fits.then_some(written)
    }
}
