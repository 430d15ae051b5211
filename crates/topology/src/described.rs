//! What the model is built from.

use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

/// A variable's value on a host, rendered, with the place that decided it.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The value.
    pub value: serde_json::Value,
    /// Where it is set; `None` for `-e` given by a program.
    pub place: Option<Place>,
}

/// A variable as somebody wrote it: templates are not rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Its name.
    pub name: Arc<str>,
    /// The value.
    pub value: serde_json::Value,
    /// Where its name stands; `None` for `-e` given by a program.
    pub place: Option<Place>,
}

/// An inventory as the model sees it: hosts, groups, rendered variables.
pub trait Described {
    /// All hosts, in the inventory's order.
    fn hosts(&self) -> Vec<Arc<str>>;

    /// The names of all groups; an inventory that tells none has no misspelt ones.
    fn groups(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    /// The hosts of a group, children included; `None` when there is no such group.
    fn group(&self, name: &str) -> Option<Vec<Arc<str>>>;

    /// Where a group is defined.
    fn group_place(&self, name: &str) -> Option<Place>;

    /// Where a host is defined.
    fn host_place(&self, name: &str) -> Option<Place>;

    /// A variable of a host, templates rendered without facts.
    ///
    /// # Errors
    /// When its template fails, or needs what only the host knows.
    fn value(&self, host: &str, variable: &str) -> Result<Option<Value>, Problem>;

    /// Every definition of a variable that concerns a host, each once, also those that another one overrides.
    fn written(&self) -> Vec<Written>;
}
