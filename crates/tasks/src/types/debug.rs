//! `debug`: prints a message or a variable.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use serde_json::Value;
use serde_json::json;

use crate::Controller;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::json;

arguments! {
    /// Prints a message or a variable.
    pub struct Debug {
        /// The message: a text, or anything else, which is shown as JSON.
        msg: Option<Node>,
        /// The name of a variable, or an expression, to print instead.
        var: Option<Text>,
        /// Prints only from this verbosity on (`-v` is 1).
        verbosity: i64 = 0;
        /// What `var` evaluated to.
        value: Option<Known<Value>>,
        /// Whether the run is less verbose than `verbosity`.
        silent: bool,
    }
}

impl Debug {
    /// The key in the result, and what is printed.
    fn printed(&self) -> (&str, Known<Value>) {
        match (&self.var, &self.value, &self.msg) {
            (Some(var), Some(value), _) => (&var.text, value.clone()),
            (Some(var), None, _) => (&var.text, Known::unknown("evaluating it")),
            (None, _, Some(msg)) => ("msg", Known::Is(json::of_node(msg))),
            (None, _, None) => ("msg", Known::Is(json!("Hello world!"))),
        }
    }

    fn shown(&self) -> String {
        let (key, value) = self.printed();
        let text = match value {
            Known::Is(Value::String(text)) => text,
            Known::Is(value) => serde_json::to_string_pretty(&value).unwrap_or_default(),
            Known::Unknown(why) => format!("(known after apply: {why})"),
        };
        if self.var.is_some() { format!("{key}: {text}") } else { text }
    }
}

impl TaskType for Debug {
    const NAME: &'static str = "debug";
    const ABOUT: &'static str = "Prints a message or a variable during the run.";
    const EXAMPLE: &'static str = "- name: Show the endpoint\n  ansible.builtin.debug:\n    var: kube_apiserver_endpoint\n";
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    fn is_raw(field: &str) -> bool {
        field == "var"
    }

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        if let (Some(_), Some(var)) = (&self.msg, &self.var) {
            let problem = Problem::error("task::exclusive", "`msg` and `var` exclude each other");
            return Err(vec![problem.at(&var.place, "and `msg` besides")]);
        }
        Ok(())
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.silent = i64::from(controller.verbosity()) < self.verbosity;
        if let (Some(var), false) = (&self.var, self.silent) {
            let expression = Node::new(evenkeel_yaml::Value::Str(var.text.clone()), var.place.clone());
            self.value = Some(match controller.expression(&expression) {
                Ok(rendered) => rendered.value,
                // A variable that nobody has defined is no failure to those who want to see it.
                Err(problem) if problem.code == "template::undefined" => {
                    Known::Is(json!(format!("<< error 1 - {} >>", problem.words())))
                }
                Err(problem) => return Err(problem.into()),
            });
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
        let message = (!self.silent).then(|| self.shown());
        let why = if self.silent { "the run is not that verbose" } else { "it only prints" };
        Ok(Plan { changed: Some(false), message, ..Plan::unchanged(why) })
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        if self.silent {
            return Returned::from_iter([
                ("skipped".to_owned(), Known::Is(json!(true))),
                ("skipped_reason".to_owned(), Known::Is(json!("Verbosity threshold not met."))),
            ]);
        }
        let (key, value) = self.printed();
        Returned::from_iter([(key.to_owned(), value)])
    }
}
