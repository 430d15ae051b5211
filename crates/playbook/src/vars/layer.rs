//! Variables of one origin.

use std::sync::Arc;

use evenkeel_yaml::Node;
use indexmap::IndexMap;

use super::data;
use crate::Scope;
use crate::Var;
use crate::inventory::Setting;
use crate::inventory::is_secret;

/// Names and values of one origin, shared between hosts and tasks through an `Arc`.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    vars: IndexMap<Arc<str>, Var>,
}

impl Layer {
    /// Gives a name a value; passwords of connections are secret by their name.
    pub fn insert(&mut self, name: impl Into<Arc<str>>, mut var: Var) {
        let name = name.into();
        var.secret |= is_secret(&name);
        self.vars.insert(name, var);
    }

    /// Gives a name a value from a text: a template, or data where it is marked `!unsafe`.
    pub fn insert_node(&mut self, name: impl Into<Arc<str>>, node: Arc<Node>) {
        let secret = node.place.source.secret;
        let mut var = if node.tag.as_deref() == Some("!unsafe") {
            Var::data(data(&node))
        } else {
            Var::template(node)
        };
        var.secret |= secret;
        self.insert(name, var);
    }

    /// The variable under a name.
    pub fn var(&self, name: &str) -> Option<&Var> {
        self.vars.get(name)
    }

    /// Names and values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Arc<str>, &Var)> {
        self.vars.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.vars.is_empty()
    }

    pub(crate) fn extend<'a>(&mut self, settings: impl IntoIterator<Item = (&'a Arc<str>, &'a Setting)>) {
        for (name, setting) in settings {
            self.insert_node(Arc::clone(name), Arc::clone(&setting.node));
        }
    }
}

impl<N: Into<Arc<str>>> FromIterator<(N, Var)> for Layer {
    fn from_iter<I: IntoIterator<Item = (N, Var)>>(vars: I) -> Layer {
        let mut layer = Layer::default();
        for (name, var) in vars {
            layer.insert(name, var);
        }
        layer
    }
}

impl Scope for Layer {
    fn get(&self, name: &str) -> Option<Var> {
        self.vars.get(name).cloned()
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.vars.keys().cloned().collect()
    }
}
