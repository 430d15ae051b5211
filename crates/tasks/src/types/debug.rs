//! `debug`: prints a message or a variable.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::Controller;
use crate::Outputs;
use crate::Plan;
use crate::Rendered;
use crate::Result;
use crate::Returned;
use crate::TaskType;

arguments! {
    /// Prints a message or a variable.
    pub struct Debug {
        /// The message.
        msg: Option<Node>,
        /// The name of a variable, or an expression, to print instead.
        var: Option<Node>,
        /// Prints only from this verbosity on (`-v` is 1).
        verbosity: i64 = 0;
        /// What `var` evaluated to.
        value: Option<Rendered<serde_json::Value>>,
    }
}

impl TaskType for Debug {
    const NAME: &'static str = "debug";
    const ABOUT: &'static str = "Prints a message or a variable during the run.";
    const EXAMPLE: &'static str = "- name: Show the endpoint\n  ansible.builtin.debug:\n    var: kube_apiserver_endpoint\n";
    type Seen = ();

    arguments_of!();

    fn is_raw(field: &str) -> bool {
        field == "var"
    }

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        if self.msg.is_some() && self.var.is_some() {
            return Err(vec![Problem::error("task::exclusive", "`msg` and `var` exclude each other")]);
        }
        Ok(())
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        if let Some(var) = &self.var {
            self.value = Some(controller.expression(var)?);
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
        Ok(Plan { changed: Some(false), ..Plan::unchanged("it only prints") })
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        if let (Some(var), Some(rendered)) = (&self.var, &self.value) {
            returned.insert(var.as_str().unwrap_or("var").to_owned(), rendered.value.clone());
        }
        if self.var.is_none() {
            returned.insert("msg".to_owned(), Known::Is("Hello world!".into()));
        }
        returned
    }
}
