//! The variables that only the text of one template file sees.

use std::sync::Arc;

use evenkeel_yaml::Source;
use minijinja::Value;

use crate::Scope;
use crate::Var;

/// What `ansible_managed` is where nothing else says it.
const MANAGED: &str = "Ansible managed";

/// Some variables and those of a template file over others: its path, and `ansible_managed` unless it is set.
pub(super) fn scope(
    mut own: Vec<(Arc<str>, Var)>,
    source: &Arc<Source>,
    below: &Arc<dyn Scope>,
) -> Arc<dyn Scope> {
    for name in ["template_path", "template_fullpath"] {
        own.push((name.into(), Var::data(Value::from(source.name.as_str()))));
    }
    if below.get("ansible_managed").is_none() {
        own.push(("ansible_managed".into(), Var::data(Value::from(MANAGED))));
    }
    let below = Arc::clone(below);
    Arc::new(Own { own, below })
}

#[derive(Debug)]
struct Own {
    own: Vec<(Arc<str>, Var)>,
    below: Arc<dyn Scope>,
}

impl Scope for Own {
    fn get(&self, name: &str) -> Option<Var> {
        let own = self.own.iter().find(|(known, _)| known.as_ref() == name);
        own.map(|(_, var)| var.clone()).or_else(|| self.below.get(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.below.names();
        names.extend(self.own.iter().map(|(name, _)| Arc::clone(name)));
        names
    }
}
