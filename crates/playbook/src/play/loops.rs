//! `loop`, `with_*` and `loop_control`.

use std::sync::Arc;

use evenkeel_yaml::Node;

/// `loop`, or `with_NAME`: what a task is done for.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The list, or the terms of the lookup.
    pub items: Arc<Node>,
    /// The lookup of `with_NAME`, which makes the list.
    pub with: Option<Arc<str>>,
}

/// `loop_control`. Values may be templates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoopControl {
    /// `loop_var`; `item` when not given.
    pub loop_var: Option<Arc<Node>>,
    /// `index_var`.
    pub index_var: Option<Arc<Node>>,
    /// `label`: what stands for the item in messages.
    pub label: Option<Arc<Node>>,
    /// `pause`: seconds between two items.
    pub pause: Option<Arc<Node>>,
    /// `extended`: whether items see `ansible_loop`.
    pub extended: Option<Arc<Node>>,
    /// `extended_allitems`: whether `ansible_loop` has all items; `true` when not given.
    pub extended_allitems: Option<Arc<Node>>,
    /// `break_when`: the loop ends after an item for which all of these hold.
    pub break_when: Vec<Arc<Node>>,
}
