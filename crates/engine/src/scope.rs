//! The variables of a task on a host, from the highest level to the lowest.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Var;
use evenkeel_playbook::play::Vars;
use evenkeel_playbook::template;
use indexmap::IndexMap;
use serde_json::json;

use crate::fact_names::is_fact;
use crate::host_state::HostState;

/// Values under names.
pub(crate) type Values = IndexMap<Arc<str>, Var>;

/// One level of variables.
#[derive(Clone, Debug)]
pub(crate) enum Tier {
    /// As they stand in a file.
    Written(Arc<Vars>),
    /// Values that the run made.
    Values(Arc<Values>),
    /// `set_fact` and registered results of a host.
    Set(Arc<HostState>),
    /// `include_vars` of a host.
    Included(Arc<HostState>),
    /// A host's facts.
    Facts(Facts),
    /// What the inventory says.
    Scope(Arc<dyn Scope>),
}

/// Where facts come from when something refers to them.
#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) host: Arc<HostState>,
    pub(crate) source: Source,
}

/// How facts that are not there yet are had.
#[derive(Clone)]
pub(crate) enum Source {
    /// Not now: the flag says that they are needed.
    Announce(Arc<AtomicBool>),
    /// By asking the host; an error is kept for whoever asked.
    Gather(Arc<dyn Fn() -> Result<crate::host_state::Facts, evenkeel_host::Error> + Send + Sync>),
    /// Of another host than the one whose task it is.
    Elsewhere,
    /// `gather_facts: false`, or none to be had.
    Never,
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "facts of {}", self.host.name)
    }
}

impl Facts {
    fn get(&self, name: &str) -> Option<Var> {
        if let Some(facts) = self.host.facts() {
            return pick(&facts, name);
        }
        // Where nothing was gathered, `ansible_facts` is there and empty.
        let nothing = || (name == "ansible_facts").then(|| Var::data(template::value_of_json(&json!({}))));
        let returned = || match self.host.returned_facts() {
            Some(facts) => pick(&facts, name),
            None => nothing(),
        };
        if let Some(var) = returned().filter(|_| name != "ansible_facts") {
            return Some(var);
        }
        if !is_fact(name) {
            return None;
        }
        match &self.source {
            Source::Announce(needed) => {
                needed.store(true, Ordering::Relaxed);
                Some(unknown("gathering facts"))
            }
            Source::Gather(gather) => match gather() {
                Ok(facts) => pick(&facts, name),
                Err(error) => Some(unknown(&error.to_string())),
            },
            Source::Elsewhere => match self.host.facts_elsewhere() {
                Some(Known::Is(facts)) => pick(&facts, name),
                Some(Known::Unknown(why)) => Some(unknown(&why)),
                None => returned(),
            },
            Source::Never => returned(),
        }
    }
}

fn unknown(why: &str) -> Var {
    Var {
        stored: Stored::Unknown(why.into()),
        secret: false,
    }
}

fn pick(facts: &crate::host_state::Facts, name: &str) -> Option<Var> {
    if name == "ansible_facts" {
        Some(facts.dictionary.clone())
    } else {
        facts.variables.get(name).cloned()
    }
}

/// Levels of variables, the highest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tiers(pub(crate) Vec<Tier>);

impl Tiers {
    /// The variables of the loop around, if there is one.
    pub(crate) fn item(&self) -> Option<Arc<Values>> {
        match self.0.first() {
            Some(Tier::Values(values)) if values.contains_key("ansible_loop_var") => Some(Arc::clone(values)),
            _ => None,
        }
    }

    /// The same with a level on top.
    pub(crate) fn with(&self, tier: Tier) -> Tiers {
        let mut tiers = Vec::with_capacity(self.0.len() + 1);
        tiers.push(tier);
        tiers.extend(self.0.iter().cloned());
        Tiers(tiers)
    }
}

impl Scope for Tiers {
    fn get(&self, name: &str) -> Option<Var> {
        self.0.iter().find_map(|tier| match tier {
            Tier::Written(vars) => vars.get(name).map(|node| Var::template(Arc::clone(node))),
            Tier::Values(values) => values.get(name).cloned(),
            Tier::Set(host) => host.get(name),
            Tier::Included(host) => host.included(name),
            Tier::Facts(facts) => facts.get(name),
            Tier::Scope(scope) => scope.get(name),
        })
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = Vec::new();
        for tier in &self.0 {
            match tier {
                Tier::Written(vars) => names.extend(vars.keys().cloned()),
                Tier::Values(values) => names.extend(values.keys().cloned()),
                Tier::Set(host) => names.extend(host.set_names()),
                Tier::Included(host) => names.extend(host.included_names()),
                Tier::Facts(facts) => {
                    names.extend(
                        facts
                            .host
                            .facts()
                            .or_else(|| facts.host.returned_facts())
                            .iter()
                            .flat_map(|facts| facts.variables.keys().cloned()),
                    );
                    names.push("ansible_facts".into());
                }
                Tier::Scope(scope) => names.extend(scope.names()),
            }
        }
        names
    }

    fn unnamed(&self) -> Option<Arc<str>> {
        self.0.iter().find_map(|tier| match tier {
            Tier::Set(host) => host.unnamed(),
            Tier::Written(_) | Tier::Values(_) | Tier::Included(_) | Tier::Facts(_) | Tier::Scope(_) => None,
        })
    }
}
