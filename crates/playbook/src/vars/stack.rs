//! Layers of variables, one above the other.

use std::collections::HashSet;
use std::sync::Arc;

use super::HostVariables;
use super::Level;
use crate::Scope;
use crate::Var;

/// What a task sees: the variables of its host and of everything around it, by precedence.
///
/// Cheap to clone and to extend: it holds layers, not variables.
///
/// ```
/// use std::sync::Arc;
/// use evenkeel_playbook::{Scope, Var};
/// use evenkeel_playbook::vars::{Layer, Level, Stack};
///
/// let layer = |text: &str| Arc::new(Layer::from_iter([("x", Var::data(text.into()))]));
/// let mut stack = Stack::default();
/// stack.push(Level::ExtraVars, layer("-e"));
/// stack.push(Level::SetFact, layer("set_fact"));
/// assert!(matches!(stack.get("x").unwrap().stored, evenkeel_playbook::Stored::Data(v) if v == "-e".into()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// The lowest first.
    layers: Vec<(Level, Arc<dyn Scope>)>,
}

impl Stack {
    /// The variables of a host, and what holds for it where nothing says otherwise (`ansible_host`).
    pub fn of(host: &HostVariables) -> Stack {
        let mut layers: Vec<(Level, Arc<dyn Scope>)> = Vec::with_capacity(16);
        layers.push((Level::CommandLine, Arc::clone(host.defaults()) as Arc<dyn Scope>));
        layers.extend(
            host.layers()
                .map(|(level, layer)| (level, Arc::clone(layer) as Arc<dyn Scope>)),
        );
        Stack { layers }
    }

    /// Adds a layer; of two on one level the later one wins.
    pub fn push(&mut self, level: Level, layer: Arc<dyn Scope>) {
        let at = self.layers.partition_point(|(known, _)| *known <= level);
        self.layers.insert(at, (level, layer));
    }

    /// With one layer more.
    #[must_use]
    pub fn with(mut self, level: Level, layer: Arc<dyn Scope>) -> Stack {
        self.push(level, layer);
        self
    }
}

impl Scope for Stack {
    fn get(&self, name: &str) -> Option<Var> {
        self.layers.iter().rev().find_map(|(_, layer)| layer.get(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut seen = HashSet::new();
        let all = self.layers.iter().flat_map(|(_, layer)| layer.names());
        all.filter(|name| seen.insert(Arc::clone(name))).collect()
    }
}
