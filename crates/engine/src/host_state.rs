//! What the run knows of a host.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use evenkeel_host::Answer;
use evenkeel_host::AnyFact;
use evenkeel_host::Ask;
use evenkeel_host::Known;
use evenkeel_host::Look;
use evenkeel_host::Want;
use evenkeel_host::Who;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Var;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::template;
use evenkeel_tasks::Returned;
use evenkeel_tasks::facts::setup::Setup;
use indexmap::IndexMap;

use crate::Memory;
use crate::data;
use crate::links::Links;
use crate::machines::Assumption;
use crate::machines::Machines;
use crate::reaching::is_connection;

/// A host of the run: its machine, its variables, and how it stands.
pub(crate) struct HostState {
    /// Its name in the inventory.
    pub(crate) name: Arc<str>,
    /// What the inventory says of it.
    inventory: RwLock<Arc<dyn Scope>>,
    /// Whether a task of the run added it.
    pub(crate) added: bool,
    /// Its connections.
    pub(crate) links: Links,
    variables: RwLock<Variables>,
    standing: Mutex<Standing>,
    /// Whether a play of the run is for it.
    pub(crate) targeted: AtomicBool,
    /// Whether it has answered.
    pub(crate) reached: AtomicBool,
    /// Whether a task has set a variable that says how it is reached.
    sets_connection: AtomicBool,
    /// Whether another host refers to its facts.
    pub(crate) wanted: AtomicBool,
}

/// Variables that the run gave a host.
#[derive(Default)]
struct Variables {
    set: IndexMap<Arc<str>, Var>,
    /// Why there may be others, whose names are known only after apply.
    unnamed: Option<Arc<str>>,
    /// What was gathered, as `ansible_facts`.
    gathered: Option<serde_json::Value>,
    /// As whom.
    gathered_by: Option<Who>,
    /// How many times the machine had been changed when a play began that gathers.
    changed: usize,
    /// Facts that tasks returned, under the names that the variables have.
    returned: Returned,
    /// Whether a secret is among the returned ones.
    secret: bool,
    /// What was gathered, with what was returned over it.
    included: IndexMap<Arc<str>, Var>,
    facts: Option<Facts>,
    /// What was returned, alone.
    own: Option<Facts>,
}

impl Variables {
    /// Puts gathered and returned facts together.
    fn merge(&mut self) {
        let gathered = self.gathered.as_ref();
        self.facts = gathered.map(|value| Facts::new(Some(value), &self.returned, self.secret));
        self.own = (!self.returned.is_empty()).then(|| Facts::new(None, &self.returned, self.secret));
    }
}

/// A host's facts, once they were gathered.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// `ansible_facts`.
    pub(crate) dictionary: Var,
    /// The same with the prefix, one variable each.
    pub(crate) variables: Arc<IndexMap<Arc<str>, Var>>,
}

/// Which use of which role within a play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RoleUse(usize);

impl RoleUse {
    /// The use of a role to which a task belongs.
    pub(crate) fn of(task: &Task) -> Option<RoleUse> {
        task.role().map(|_| RoleUse(task.around.role_use))
    }

    /// Whether it is the use of this number.
    pub(crate) fn is(self, number: usize) -> bool {
        self.0 == number
    }
}

/// How a host stands in the run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Lost, for the rest of the run.
    pub(crate) lost: bool,
    /// Failed, for the rest of the run.
    pub(crate) failed: bool,
    /// Ended its play, without failure.
    pub(crate) ended: bool,
    /// What was notified, by the names in `notify`, and what it depends on, if it is not sure.
    pub(crate) notifications: IndexMap<String, Option<String>>,
    /// Handlers to run, by number; the value says what the notification depends on, if it is not sure.
    pub(crate) notified: BTreeMap<usize, Option<String>>,
    /// Records of handlers on the host, and as whom they were made.
    pub(crate) recorded: BTreeMap<String, Who>,
    /// Records of handlers that failed, or whose play ended before they ran: the next run is told.
    pub(crate) owed: BTreeSet<String>,
    /// What a forecast assumes to go on: the host may be out, or its play over, by then. As the rest of a sentence.
    pub(crate) goes_on: Option<Arc<str>>,
    /// The use of a role that ended early for the host.
    pub(crate) role_ended: Option<RoleUse>,
    /// The uses of roles of which a task ran in the play, and was not skipped.
    pub(crate) roles_begun: BTreeSet<usize>,
    /// The uses of roles that ran to their end in the play.
    pub(crate) roles_run: BTreeSet<usize>,
    /// Whether it was out of the run when the last play ended.
    pub(crate) was_out: bool,
}

impl HostState {
    pub(crate) fn new(name: Arc<str>, inventory: Arc<dyn Scope>, machines: &Arc<Machines>) -> HostState {
        HostState {
            name,
            inventory: RwLock::new(inventory),
            added: false,
            links: Links::new(Arc::clone(machines)),
            variables: RwLock::default(),
            standing: Mutex::default(),
            targeted: AtomicBool::default(),
            reached: AtomicBool::default(),
            wanted: AtomicBool::default(),
            sets_connection: AtomicBool::default(),
        }
    }

    /// What the inventory says of it.
    pub(crate) fn inventory(&self) -> Arc<dyn Scope> {
        Arc::clone(&self.inventory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says something else of it.
    pub(crate) fn describe(&self, inventory: Arc<dyn Scope>) {
        *self.inventory.write().unwrap_or_else(PoisonError::into_inner) = inventory;
        self.links.moved();
    }

    /// Whether it takes part still: neither failed nor lost.
    pub(crate) fn is_in_run(&self) -> bool {
        let standing = self.standing();
        !standing.lost && !standing.failed
    }

    /// Whether it dropped out of the run since the last of its plays ended.
    pub(crate) fn is_newly_out(&self) -> bool {
        let standing = self.standing();
        (standing.lost || standing.failed) && !standing.was_out
    }

    /// Its facts, for another host: gathered if it can be asked, noted as wanted before that.
    pub(crate) fn facts_elsewhere(&self) -> Option<Known<Facts>> {
        let gathering = || Known::unknown(format!("gathering facts of {}", self.name));
        if let Some(facts) = self.facts() {
            return Some(Known::Is(facts));
        }
        if !self.targeted.load(Ordering::Relaxed) || self.standing().lost {
            return None;
        }
        if !self.reached.load(Ordering::Relaxed) {
            self.wanted.store(true, Ordering::Relaxed);
            return Some(gathering());
        }
        let facts = self.gather(self.connected()?.as_ref(), &Who::Login);
        Some(facts.map_or_else(|error| Known::unknown(error.to_string()), Known::Is))
    }

    pub(crate) fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that is used now, or one of those that there are.
    pub(crate) fn connected(&self) -> Option<Arc<Memory>> {
        self.links
            .current()
            .or_else(|| self.links.all().into_iter().next())
    }

    /// Lets later forecasts on its machine assume something.
    pub(crate) fn assume(&self, assumption: &Assumption) {
        let way = self.connected();
        if let Some(machine) = way.and_then(|way| self.links.machine(&way)) {
            machine.assume(assumption);
        }
    }

    /// Whether a task has set a variable that says how the host is reached.
    pub(crate) fn sets_connection(&self) -> bool {
        self.sets_connection.load(Ordering::Relaxed)
    }

    /// Forgets what a walk left: forecast, variables, failures.
    pub(crate) fn begin_anew(&self) {
        self.links.begin_anew();
        self.sets_connection.store(false, Ordering::Relaxed);
        *self.variables.write().unwrap_or_else(PoisonError::into_inner) = Variables::default();
        *self.standing() = Standing::default();
        for flag in [&self.targeted, &self.reached, &self.wanted] {
            flag.store(false, Ordering::Relaxed);
        }
    }

    /// Begins a play: what belonged to the last one is over, handlers that did not run are owed.
    pub(crate) fn begin_play(&self) {
        let mut standing = self.standing();
        standing.ended = false;
        standing.role_ended = None;
    }

    /// Ends a play.
    pub(crate) fn end_play(&self) {
        let mut standing = self.standing();
        standing.notified.clear();
        standing.notifications.clear();
        standing.roles_begun.clear();
        standing.roles_run.clear();
        standing.was_out = standing.lost || standing.failed;
    }

    /// A variable at set_fact's level.
    pub(crate) fn set(&self, name: &str, value: Var) {
        if is_connection(name) {
            self.sets_connection.store(true, Ordering::Relaxed);
        }
        self.variables
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .set
            .insert(name.into(), value);
    }

    /// A variable at set_fact's level.
    pub(crate) fn get(&self, name: &str) -> Option<Var> {
        self.variables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .set
            .get(name)
            .cloned()
    }

    /// Notes that variables were set whose names are known only after apply.
    pub(crate) fn set_unnamed(&self, why: &Arc<str>) {
        let mut variables = self.variables.write().unwrap_or_else(PoisonError::into_inner);
        variables.unnamed.get_or_insert_with(|| Arc::clone(why));
    }

    /// Why there may be variables of other names.
    pub(crate) fn unnamed(&self) -> Option<Arc<str>> {
        let variables = self.variables.read().unwrap_or_else(PoisonError::into_inner);
        variables.unnamed.clone()
    }

    /// A variable at include_vars' level.
    pub(crate) fn include(&self, name: &str, value: Var) {
        let mut variables = self.variables.write().unwrap_or_else(PoisonError::into_inner);
        variables.included.insert(name.into(), value);
    }

    /// A variable at include_vars' level.
    pub(crate) fn included(&self, name: &str) -> Option<Var> {
        let variables = self.variables.read().unwrap_or_else(PoisonError::into_inner);
        variables.included.get(name).cloned()
    }

    pub(crate) fn included_names(&self) -> Vec<Arc<str>> {
        let variables = self.variables.read().unwrap_or_else(PoisonError::into_inner);
        variables.included.keys().cloned().collect()
    }

    pub(crate) fn set_names(&self) -> Vec<Arc<str>> {
        self.variables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .set
            .keys()
            .cloned()
            .collect()
    }

    /// The facts, if they were gathered.
    pub(crate) fn facts(&self) -> Option<Facts> {
        self.variables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .facts
            .clone()
    }

    /// The facts that tasks returned, if any.
    pub(crate) fn returned_facts(&self) -> Option<Facts> {
        let variables = self.variables.read().unwrap_or_else(PoisonError::into_inner);
        variables.own.clone()
    }

    /// Takes over facts that a task returned, under the names that the variables have.
    pub(crate) fn return_facts(&self, facts: &[(String, Known<serde_json::Value>)], secret: bool) {
        if facts.is_empty() {
            return;
        }
        let mut variables = self.variables.write().unwrap_or_else(PoisonError::into_inner);
        variables.returned.extend(facts.iter().cloned());
        variables.secret |= secret;
        variables.merge();
    }

    pub(crate) fn clear_facts(&self) {
        let mut variables = self.variables.write().unwrap_or_else(PoisonError::into_inner);
        variables.gathered = None;
        variables.gathered_by = None;
        variables.returned.clear();
        variables.merge();
    }

    /// Says that a play begins that gathers facts: what was gathered before the machine was changed does not count.
    pub(crate) fn begin_gathering(&self, changed: usize) {
        let mut variables = self.variables.write().unwrap_or_else(PoisonError::into_inner);
        if variables.changed != changed && variables.gathered.take().is_some() {
            variables.merge();
        }
        variables.changed = changed;
    }

    /// Gathers the facts through `look`, unless they are known; again as the user as whom it was done first.
    pub(crate) fn gather(&self, look: &dyn Look, who: &Who) -> evenkeel_host::Result<Facts> {
        if let Some(facts) = self.facts() {
            return Ok(facts);
        }
        let before = self
            .variables
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .gathered_by
            .clone();
        let again = before.is_some();
        let who = before.unwrap_or_else(|| who.clone());
        let answer = look.look(&[facts_ask(&who)])?.pop();
        let value = match answer {
            Some(Known::Is(Answer::Fact(value))) => value,
            Some(Known::Is(Answer::Failed(why))) => {
                return Err(evenkeel_host::Error::Protocol(format!("gathering facts: {why}")));
            }
            Some(Known::Is(Answer::Refused(why))) => {
                return Err(evenkeel_host::Error::Become(why.to_string()));
            }
            _ => {
                return Err(evenkeel_host::Error::Protocol(
                    "gathering facts: no answer".to_owned(),
                ));
            }
        };
        let mut variables = self.variables.write().unwrap_or_else(PoisonError::into_inner);
        if again {
            let gathered = evenkeel_tasks::facts::setup::ansible_variables(&value);
            let is_new = |name: &String| gathered.iter().any(|(known, _)| known == name);
            variables.returned.retain(|name, _| !is_new(name));
        }
        variables.gathered = Some(value.as_ref().clone());
        variables.gathered_by = Some(who);
        variables.merge();
        variables
            .facts
            .clone()
            .ok_or_else(|| evenkeel_host::Error::Protocol("gathering facts: no facts".to_owned()))
    }
}

/// The question that gathers facts.
pub(crate) fn facts_ask(who: &Who) -> Ask {
    Ask {
        who: who.clone(),
        want: Want::Fact(AnyFact::new(Setup::default())),
    }
}

impl Facts {
    /// Gathered facts, and those that were returned over them.
    fn new(gathered: Option<&serde_json::Value>, returned: &Returned, secret: bool) -> Facts {
        let json = |value: &serde_json::Value| Known::Is(value.clone());
        let mut dictionary: Returned = gathered
            .and_then(serde_json::Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, value)| (key(name).to_owned(), json(value)))
            .collect();
        let mut variables: IndexMap<Arc<str>, Var> = gathered
            .map(evenkeel_tasks::facts::setup::ansible_variables)
            .into_iter()
            .flatten()
            .map(|(name, value)| (Arc::from(name.as_str()), data::var(&Known::Is(value))))
            .collect();
        for (name, value) in returned {
            let name_there = key(name.strip_prefix("ansible_").unwrap_or(name));
            dictionary.insert(name_there.to_owned(), value.clone());
            let var = Var {
                secret,
                ..data::var(value)
            };
            variables.insert(Arc::from(name.as_str()), var);
        }
        Facts {
            dictionary: Var {
                secret,
                ..Var::data(template::dictionary(&dictionary))
            },
            variables: Arc::new(variables),
        }
    }
}

/// The key of a fact in `ansible_facts`: local facts are the ones that keep their prefix there, as with Ansible.
fn key(name: &str) -> &str {
    match name {
        "local" => "ansible_local",
        other => other,
    }
}

impl std::fmt::Debug for HostState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "host {}", self.name)
    }
}
