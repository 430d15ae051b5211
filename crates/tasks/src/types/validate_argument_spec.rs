//! `validate_argument_spec`: whether the arguments of a role are as its `argument_specs` describe them.

mod checks;

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use serde_json::Value;

use crate::Controller;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::json;

arguments! {
    /// Checks the arguments of a role.
    pub struct ValidateArgumentSpec {
        /// The options, as `argument_specs` of a role describes them: name to attributes.
        argument_spec: Node,
        /// Values beside the variables of the same names, which they beat.
        provided_arguments: Option<Node>,
        /// What is checked, for the result.
        validate_args_context: Option<Node>;
        /// The values that are known.
        values: serde_json::Map<String, Value>,
        /// Names whose values are secret.
        secret: Vec<String>,
        /// Names whose values are known only after apply.
        unknown: Vec<String>,
    }
}

impl ValidateArgumentSpec {
    fn spec(&self) -> Value {
        json::of_node(&self.argument_spec)
    }

    fn context(&self) -> Value {
        self.validate_args_context.as_ref().map_or_else(|| Value::Object(serde_json::Map::new()), json::of_node)
    }
}

impl TaskType for ValidateArgumentSpec {
    const NAME: &'static str = "validate_argument_spec";
    const ABOUT: &'static str = "Checks the arguments of a role; roles with `argument_specs` do it by themselves.";
    const EXAMPLE: &'static str = "- name: Check what the role is given\n  ansible.builtin.validate_argument_spec:\n    argument_spec:\n      http_port: {type: int, required: true}\n";
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let named = [("argument_spec", Some(&self.argument_spec)), ("provided_arguments", self.provided_arguments.as_ref())];
        let wrong = named.into_iter().filter_map(|(name, node)| Some((name, node.filter(|node| node.as_map().is_none())?)));
        let problems: Vec<Problem> = wrong
            .map(|(name, node)| {
                let problem = Problem::error("task::type", format!("`{name}` is a mapping, not {}", node.kind()));
                problem.at(&node.place, "expected names and their attributes here")
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        let spec = self.argument_spec.clone();
        let text = |text: String| Node::new(evenkeel_yaml::Value::Str(text), spec.place.clone());
        for (name, _, _) in spec.as_map().into_iter().flat_map(evenkeel_yaml::Map::iter) {
            match controller.condition(&text(format!("{name} is defined")))?.value {
                Known::Is(false) => continue,
                Known::Is(true) => {}
                Known::Unknown(_) => {
                    self.unknown.push(name.to_owned());
                    continue;
                }
            }
            let evaluated = controller.discreetly(&text(name.to_owned()))?;
            self.secret.extend(evaluated.secret.then(|| name.to_owned()));
            match evaluated.value {
                Known::Is(value) => drop(self.values.insert(name.to_owned(), value)),
                Known::Unknown(_) => self.unknown.push(name.to_owned()),
            }
        }
        if let Some(Value::Object(given)) = self.provided_arguments.as_ref().map(json::of_node) {
            self.unknown.retain(|name| !given.contains_key(name));
            self.values.extend(given);
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
        let mut spec = self.spec();
        if let Value::Object(options) = &mut spec {
            options.retain(|name, _| !self.unknown.contains(name));
        }
        let errors = checks::errors(&serde_json::json!({ "options": spec }), &self.values, &self.secret);
        if errors.is_empty() {
            let later = self.unknown.iter().map(|name| format!("{name} is known after apply, and checked then"));
            return Ok(Plan { changed: Some(false), warnings: later.collect(), ..Plan::unchanged("the arguments are as described") });
        }
        let place = &self.argument_spec.place;
        let failed = Error::failed(format!("Validation of arguments failed:\n{}", errors.join("\n")))
            .returning("argument_errors", errors.clone().into())
            .returning("argument_spec_data", self.spec())
            .returning("validate_args_context", self.context());
        Err(failed.help(format!("the arguments are described at {place}")))
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::from_iter([
            ("validate_args_context".to_owned(), Known::Is(self.context())),
            ("msg".to_owned(), Known::Is("The arg spec validation passed".into())),
        ])
    }
}
