//! `vars_prompt`: variables that somebody is asked for before a play begins.

use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Place;

/// An entry of `vars_prompt`. All but the name may be templates over variables of the play.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// `name`: the variable.
    pub name: Arc<str>,
    /// `prompt`: the question; the name when not given.
    pub prompt: Option<Arc<Node>>,
    /// `default`: the value when nothing is typed, or nobody is there.
    pub default: Option<Arc<Node>>,
    /// `private`: whether what is typed stays unseen; it does when not given.
    pub private: Option<Arc<Node>>,
    /// `confirm`: whether it must be typed twice.
    pub confirm: Option<Arc<Node>>,
    /// `encrypt`: the hash that the variable becomes, e.g. `sha512_crypt`.
    pub encrypt: Option<Arc<Node>>,
    /// `salt_size` of the hash.
    pub salt_size: Option<Arc<Node>>,
    /// `salt` of the hash.
    pub salt: Option<Arc<Node>>,
    /// `unsafe`: whether templates in what is typed stay as they are.
    pub data: Option<Arc<Node>>,
    /// Where it stands.
    pub at: Place,
}
