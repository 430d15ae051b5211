//! `until`, `retries` and `delay`; `async` and `poll`.

use std::sync::Arc;

use evenkeel_yaml::Node;

/// Whether, how often and how soon a task is tried again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retry {
    /// `until`: the task is tried again while one of these does not hold; none: while it fails.
    pub until: Vec<Arc<Node>>,
    /// `retries`: how often after the first time; with `until` 3 when not given, else 0.
    pub retries: Option<Arc<Node>>,
    /// `delay`: seconds between two tries, 5 when not given.
    pub delay: Option<Arc<Node>>,
}

/// How long a task is waited for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Awaiting {
    /// `async`: how many seconds it may take; 0 is no limit.
    pub seconds: Option<Arc<Node>>,
    /// `poll`: with 0 the task goes on by itself; else how often one looks does not matter, since the end is told at once.
    pub poll: Option<Arc<Node>>,
}
