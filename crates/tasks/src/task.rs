//! The trait of all task types, and what the engine handles.

use std::fmt;
use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use crate::Controller;
use crate::Field;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::arguments::pending;

/// A task type: typed arguments, and pure functions over what was seen.
///
/// Obligations: `wants` names everything that `observe` will look at and that can be known from the arguments alone;
/// `observe` only looks; `plan` and `result` are pure; after the plan's changes were made, the next plan is empty.
/// The arguments' documentation is in the [`arguments!`](crate::arguments) block, the example in `EXAMPLE`.
pub trait TaskType: Sized + Clone + fmt::Debug + Send + Sync + 'static {
    /// The short name, e.g. `apt`.
    const NAME: &'static str;
    /// The collection, e.g. `ansible.builtin`.
    const COLLECTION: &'static str = "ansible.builtin";
    /// Other names, in full (`ansible.builtin.systemd`).
    const ALIASES: &'static [&'static str] = &[];
    /// What it is for, in a sentence.
    const ABOUT: &'static str;
    /// A task that parses, as YAML: a list with one task.
    const EXAMPLE: &'static str;
    /// Whether arguments may be one string (`command: uptime`); the field that takes it.
    const FREE_FORM: Option<&'static str> = None;
    /// Whether it can change a machine. One that cannot is never forecast as a change that may come.
    const CHANGES: bool = true;

    /// What was seen.
    type Seen: Send + Sync + 'static;

    /// The arguments' fields.
    fn fields() -> Vec<Field>;

    /// Reads the arguments, all findings at once.
    ///
    /// # Errors
    /// Unknown, missing and wrong arguments, each with its place.
    fn parse(arguments: &Map, at: &Place) -> std::result::Result<Self, Vec<Problem>>;

    /// The arguments as a tree, defaults left out: what a playbook holds.
    fn to_map(&self) -> Map;

    /// Shows each path in the arguments to `visit`, which may complete it; before `observe` all are.
    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath)) {
        let _ = visit;
    }

    /// Checks what single fields cannot (`src` and `content` exclude each other).
    ///
    /// # Errors
    /// One problem each; a place that is missing is filled in with the task's.
    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        Ok(())
    }

    /// Fetches what it needs of the controller: files, templates, expressions.
    ///
    /// # Errors
    /// When a file is missing or a template fails.
    fn prepare(&mut self, _controller: &mut dyn Controller) -> Result<()> {
        Ok(())
    }

    /// What `observe` will want to know, as far as the arguments tell.
    fn wants(&self) -> Vec<Want>;

    /// Looks.
    ///
    /// # Errors
    /// When the machine cannot be asked.
    fn observe(&self, on: &View<'_>) -> Result<Self::Seen>;

    /// What would have to be done.
    ///
    /// # Errors
    /// When it cannot be done.
    fn plan(&self, seen: &Self::Seen) -> Result<Plan>;

    /// What `result` wants to see after the changes were made, asked in the same round trip. Without the answers
    /// `result` says what it can tell from the plan, and the rest is unknown.
    fn then(&self, _seen: &Self::Seen, _plan: &Plan) -> Vec<Want> {
        Vec::new()
    }

    /// Whether anything was changed, where only what the plan's programs printed tells; `None`: as the plan says.
    fn changed(&self, _seen: &Self::Seen, _outputs: &Outputs<'_>) -> Option<bool> {
        None
    }

    /// What `register` knows, `changed` and `skipped` with it, where this task alone is in check mode within a real run,
    /// and Ansible says more or other than what the forecast knows (a program is passed over, not unknown).
    fn checked(&self, _seen: &Self::Seen, _plan: &Plan) -> Option<Returned> {
        None
    }

    /// What `register` knows, without `changed`, `failed` and what else the engine adds.
    fn result(&self, seen: &Self::Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned;

    /// Whether the arguments named by this field are expressions or names that are not rendered as text.
    fn is_raw(_field: &str) -> bool {
        false
    }
}

/// Reads the arguments of a task, all findings at once.
pub type ParseArguments = fn(&Map, &Place) -> std::result::Result<Box<dyn Task>, Vec<Problem>>;

/// Turns a plan and its outputs into what `register` knows.
type ToResult = dyn Fn(&Plan, &Outputs<'_>) -> Returned + Send;

/// Says of a plan's outputs whether anything was changed.
type ToChanged = dyn Fn(&Outputs<'_>) -> Option<bool> + Send;

/// What a task type is, without its type: how it is found, documented and read.
#[derive(Clone, Copy)]
pub struct Module {
    /// The short name.
    pub name: &'static str,
    /// The collection.
    pub collection: &'static str,
    /// Other names, in full.
    pub aliases: &'static [&'static str],
    /// What it is for.
    pub about: &'static str,
    /// A task that parses.
    pub example: &'static str,
    /// The field that takes a free form.
    pub free_form: Option<&'static str>,
    /// Whether it can change a machine.
    pub changes: bool,
    /// The fields.
    pub fields: fn() -> Vec<Field>,
    /// Reads arguments.
    pub parse: ParseArguments,
    /// Whether a field is not rendered as text.
    pub is_raw: fn(&str) -> bool,
}

impl Module {
    /// Describes a task type.
    pub const fn of<T: TaskType>() -> Module {
        Module {
            name: T::NAME,
            collection: T::COLLECTION,
            aliases: T::ALIASES,
            about: T::ABOUT,
            example: T::EXAMPLE,
            free_form: T::FREE_FORM,
            changes: T::CHANGES,
            fields: T::fields,
            parse: read::<T>,
            is_raw: T::is_raw,
        }
    }

    /// The full name, `ansible.builtin.apt`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.collection, self.name)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.full_name())
    }
}

fn read<T: TaskType>(arguments: &Map, at: &Place) -> std::result::Result<Box<dyn Task>, Vec<Problem>> {
    let task = T::parse(arguments, at)?;
    let placed = |problems: Vec<Problem>| {
        problems
            .into_iter()
            .map(|p| p.or_at(at, "in this task"))
            .collect()
    };
    task.check()
        .map_err(|problems| -> Vec<Problem> { placed(problems) })?;
    Ok(Box::new(task))
}

/// A task of any type, with its arguments.
pub trait Task: fmt::Debug + Send + Sync {
    /// Its type.
    fn module(&self) -> Module;
    /// See [`TaskType::to_map`].
    fn to_map(&self) -> Map;
    /// See [`TaskType::prepare`].
    ///
    /// # Errors
    /// As there.
    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()>;
    /// See [`TaskType::wants`].
    fn wants(&self) -> Vec<Want>;
    /// Observes and plans.
    ///
    /// # Errors
    /// When the machine cannot be asked, or the task cannot be done.
    fn plan(&self, on: &View<'_>) -> Result<Planned>;
    /// A copy.
    fn boxed(&self) -> Box<dyn Task>;
}

/// A plan together with what turns outputs into a result.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// See [`TaskType::then`].
    pub then: Vec<Want>,
    /// See [`TaskType::checked`].
    pub checked: Option<Returned>,
    /// Why it is not known what the task is about: nothing at all is known of its result, nor of what it changes.
    pub about_unknown: Option<String>,
    result: Box<ToResult>,
    changed: Box<ToChanged>,
}

impl Planned {
    /// What `register` knows, once the outputs are known or are known to be unknown.
    pub fn result(&self, outputs: &Outputs<'_>) -> Returned {
        (self.result)(&self.plan, outputs)
    }

    /// See [`TaskType::changed`].
    pub fn changed(&self, outputs: &Outputs<'_>) -> Option<bool> {
        (self.changed)(outputs)
    }
}

impl Planned {
    /// A task of which it is not known what it is about.
    fn nothing_known(why: &str) -> Planned {
        Planned {
            plan: Plan::unknown(Vec::new(), why),
            then: Vec::new(),
            checked: None,
            about_unknown: Some(why.to_owned()),
            result: Box::new(|_, _| Returned::new()),
            changed: Box::new(|_| None),
        }
    }
}

/// The task with all its paths completed as the machine has them.
fn completed<T: TaskType>(task: &T, on: &View<'_>) -> Result<Known<T>> {
    let mut task = task.clone();
    let mut end = Ok(None);
    task.paths(&mut |path| {
        if let Ok(None) = end {
            match pending::resolve(path, on) {
                Ok(Known::Is(completed)) => *path = completed,
                Ok(Known::Unknown(why)) => end = Ok(Some(why)),
                Err(error) => end = Err(error),
            }
        }
    });
    Ok(match end? {
        Some(why) => Known::Unknown(why),
        None => Known::Is(task),
    })
}

impl<T: TaskType> Task for T {
    fn module(&self) -> Module {
        Module::of::<T>()
    }

    fn to_map(&self) -> Map {
        TaskType::to_map(self)
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        TaskType::prepare(self, controller)
    }

    fn wants(&self) -> Vec<Want> {
        let mut homes = Vec::new();
        TaskType::paths(&mut self.clone(), &mut |path| homes.extend(pending::want(path)));
        let known = TaskType::wants(self)
            .into_iter()
            .filter(|want| !pending::is_about(want));
        homes.into_iter().chain(known).collect()
    }

    fn plan(&self, on: &View<'_>) -> Result<Planned> {
        let task = match completed(self, on)? {
            Known::Is(task) => task,
            Known::Unknown(why) => return Ok(Planned::nothing_known(&why)),
        };
        let seen = task.observe(on)?;
        let plan = TaskType::plan(&task, &seen)?;
        let then = task.then(&seen, &plan);
        let checked = task.checked(&seen, &plan);
        let seen = Arc::new(seen);
        Ok(Planned {
            then,
            checked,
            about_unknown: None,
            plan,
            result: {
                let (task, seen) = (task.clone(), Arc::clone(&seen));
                Box::new(move |plan, outputs| task.result(&seen, plan, outputs))
            },
            changed: Box::new(move |outputs| task.changed(&seen, outputs)),
        })
    }

    fn boxed(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// The arguments of a task as they stand in a playbook: a mapping, or a free form put under its field.
impl Module {
    /// Turns what stands after the module's name into a mapping.
    ///
    /// # Errors
    /// When it is neither a mapping, nothing, nor a free form that this type takes.
    pub fn arguments(&self, node: &Node) -> std::result::Result<Map, Problem> {
        crate::arguments::free_form::of_node(self, node)
    }
}
