//! Templates of a generated playbook, rendered for a host.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::TemplarSettings;
use evenkeel_playbook::Var;
use evenkeel_playbook::template::value_of_json;
use evenkeel_roles::Generated;
use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Source;
use indexmap::IndexMap;
use serde_json::Value as Json;

/// The computed variables of a host, and nothing else: a template that uses more fails.
#[derive(Debug)]
struct Computed(IndexMap<Arc<str>, Json>);

impl Scope for Computed {
    fn get(&self, name: &str) -> Option<Var> {
        self.0.get(name).map(|value| Var::data(value_of_json(value)))
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.0.keys().cloned().collect()
    }
}

/// Variables, and nothing else.
pub(crate) fn scope(variables: &Json) -> Arc<dyn Scope> {
    let all = variables.as_object().into_iter().flatten();
    Arc::new(Computed(
        all.map(|(name, value)| (Arc::from(name.as_str()), value.clone()))
            .collect(),
    ))
}

/// A template rendered for a host, as the task `template` does it.
pub(crate) fn render(generated: &Generated, template: &str, host: &str) -> String {
    let (path, text) = generated
        .files
        .iter()
        .find(|(path, _)| path.ends_with(template))
        .expect("the template");
    let source = Source::new(path.to_string_lossy(), &**text);
    let scope: Arc<dyn Scope> = Arc::new(Computed(generated.variables[host].clone()));
    let rendered =
        Templar::new(TemplarSettings::default()).file(&source, &TemplateOptions::default(), &scope);
    match rendered.expect("the template renders").value {
        Known::Is(text) => text,
        Known::Unknown(why) => panic!("{template} is unknown: {why}"),
    }
}
