//! `assert`: fails unless expressions are true.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use serde_json::json;

use crate::Argument;
use crate::Controller;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;

/// Expressions as they stand, a list or a single one.
#[derive(Clone, Debug, PartialEq)]
pub struct Expressions(pub Vec<Node>);

impl Argument for Expressions {
    fn kind() -> String {
        "list of expressions".to_owned()
    }

    fn read(node: &Node) -> std::result::Result<Expressions, Problem> {
        match &node.value {
            Value::Seq(items) => Ok(Expressions(items.clone())),
            Value::Null => Err(Problem::error("task::value", "expected expressions, not nothing")),
            _ => Ok(Expressions(vec![node.clone()])),
        }
    }

    fn write(&self) -> Value {
        Value::Seq(self.0.clone())
    }
}

/// A text, or several.
#[derive(Clone, Debug, PartialEq)]
pub struct Message(pub Vec<String>, bool);

impl Message {
    fn new(text: &str) -> Message {
        Message(vec![text.to_owned()], false)
    }

    fn json(&self) -> serde_json::Value {
        if self.1 { json!(self.0) } else { json!(self.0.concat()) }
    }
}

impl Argument for Message {
    fn kind() -> String {
        "string or list of strings".to_owned()
    }

    fn read(node: &Node) -> std::result::Result<Message, Problem> {
        match &node.value {
            Value::Seq(items) => Ok(Message(items.iter().map(String::read).collect::<std::result::Result<_, _>>()?, true)),
            _ => String::read(node).map(|text| Message(vec![text], false)),
        }
    }

    fn write(&self) -> Value {
        if self.1 { self.0.write() } else { Value::Str(self.0.concat()) }
    }
}

arguments! {
    /// Fails unless all expressions are true.
    pub struct Assert {
        /// The expressions, as in `when`.
        that: Expressions,
        /// What is said when one is false.
        fail_msg | "msg": Message = Message::new("Assertion failed"),
        /// What is said when all are true.
        success_msg: Message = Message::new("All assertions passed"),
        /// Says nothing when all are true.
        quiet: bool = false;
        /// What became of them.
        verdict: Verdict,
    }
}

/// What became of the expressions.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Verdict {
    /// All are true.
    #[default]
    Passed,
    /// This one is false.
    Failed(Node),
    /// One is known only after apply.
    Unknown(String),
}

impl TaskType for Assert {
    const NAME: &'static str = "assert";
    const ABOUT: &'static str = "Fails unless expressions are true.";
    const EXAMPLE: &'static str = "- name: Have an odd number of members\n  ansible.builtin.assert:\n    that:\n      - groups['etcd'] | length is odd\n    fail_msg: etcd needs an odd number of members\n";
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    fn is_raw(field: &str) -> bool {
        field == "that"
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.verdict = Verdict::Passed;
        for expression in &self.that.0 {
            match controller.condition(expression)?.value {
                Known::Is(true) => {}
                Known::Is(false) => {
                    self.verdict = Verdict::Failed(expression.clone());
                    return Ok(());
                }
                // A later one may be false for sure.
                Known::Unknown(why) => self.verdict = Verdict::Unknown(why.to_string()),
            }
        }
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        match &self.verdict {
            Verdict::Passed => {
                let message = (!self.quiet).then(|| self.success_msg.0.join("\n"));
                Ok(Plan { message, changed: Some(false), ..Plan::unchanged("all expressions are true") })
            }
            Verdict::Failed(assertion) => {
                let text = crate::arguments::scalar_text(assertion).unwrap_or_default();
                Err(Error::failed(format!("{}: `{text}` is false", self.fail_msg.0.join("\n")))
                    .returning("msg", self.fail_msg.json())
                    .returning("assertion", crate::json::of_node(assertion))
                    .returning("evaluated_to", json!(false)))
            }
            Verdict::Unknown(why) => Ok(Plan { changed: Some(false), ..Plan::unknown(Vec::new(), why) }),
        }
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let message = match &self.verdict {
            Verdict::Unknown(why) => Known::unknown(why.as_str()),
            Verdict::Passed | Verdict::Failed(..) => Known::Is(self.success_msg.json()),
        };
        Returned::from_iter([("msg".to_owned(), message)])
    }
}
