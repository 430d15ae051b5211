//! A play as the engine runs it: keywords inherited, roles unfolded, every task numbered.

mod arguments;
mod start;
mod surroundings;
mod taken;
mod unfold;

use std::sync::Arc;

use evenkeel_yaml::Node;

use super::Ahead;
use super::Card;
use super::Item;
use super::Keywords;
use super::Play;
use super::Role;
use super::RoleUse;
use super::gathering;
pub use surroundings::Layer;
pub use surroundings::Surroundings;
pub use taken::Taken;
pub use unfold::Unfolding;

/// A play, ready to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The play.
    pub play: Arc<Play>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// The handlers in definition order: those of roles first.
    pub handlers: Vec<Handler>,
    /// All roles that were unfolded, those that others depend on before them.
    pub roles: Vec<Arc<Role>>,
    /// What goes on unfolding when tasks are included during a run: it knows the next number.
    pub unfolding: Unfolding,
}

/// Something to do.
#[derive(Clone, Debug)]
pub enum Step {
    /// A task.
    Task(Arc<Task>),
    /// A block: `rescue` for hosts that failed in `block`, then `always`.
    Block {
        /// The body.
        block: Vec<Step>,
        /// For hosts that failed in the body.
        rescue: Vec<Step>,
        /// For all.
        always: Vec<Step>,
    },
    /// A role, which runs once for each host in a play.
    Role {
        /// The number of the use: the same for the same use of the same role.
        number: usize,
        /// Whether it runs although it ran before.
        again: bool,
        /// What it does.
        steps: Vec<Step>,
    },
    /// Runs the handlers that are notified: after `pre_tasks`, after roles and tasks, after `post_tasks`.
    FlushHandlers,
}

/// A task with everything that surrounds it.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its number within the program.
    pub number: usize,
    /// As it is written.
    pub card: Arc<Card>,
    /// Its keywords with those of the blocks, the role and the play around it.
    pub keywords: Keywords,
    /// What surrounds it: what it includes is surrounded by the same.
    pub around: Arc<Surroundings>,
}

/// A handler, and the names it answers to.
#[derive(Clone, Debug)]
pub struct Handler {
    /// Its task.
    pub task: Arc<Task>,
    /// The list it was defined in; within a list the first of a name wins, across lists the last.
    pub list: usize,
}

impl Program {
    /// Unfolds a play.
    pub fn new(play: &Arc<Play>) -> Program {
        Program::gathering(play, false)
    }

    /// The same; `gathers` says whether it begins with gathering facts.
    pub fn gathering(play: &Arc<Play>, gathers: bool) -> Program {
        let mut unfolding = Unfolding::default();
        let plain = Arc::new(Surroundings::of_play(play));
        let first: Vec<Item> = gathers
            .then(|| gathering::task(play))
            .flatten()
            .into_iter()
            .collect();
        let mut steps = unfolding.items(&first, &plain);
        steps.extend(unfolding.items(&play.pre_tasks, &plain));
        steps.push(Step::FlushHandlers);
        for role in &play.roles {
            steps.push(unfolding.role(role, &plain));
        }
        steps.extend(unfolding.items(&play.tasks, &plain));
        steps.push(Step::FlushHandlers);
        steps.extend(unfolding.items(&play.post_tasks, &plain));
        steps.push(Step::FlushHandlers);
        unfolding.handlers(&play.handlers, &plain);
        Program {
            play: Arc::clone(play),
            steps,
            handlers: unfolding.take_handlers(),
            roles: unfolding.take_roles(),
            unfolding,
        }
    }

    /// Adds what includes will bring, with no more around it than the play's defaults for arguments: for checks.
    pub fn look_ahead(&mut self, ahead: &Ahead) {
        let around = Arc::new(Surroundings {
            keywords: Keywords {
                module_defaults: self.play.keywords.module_defaults.clone(),
                ..Keywords::default()
            },
            ..Surroundings::default()
        });
        for items in &ahead.items {
            self.steps.extend(self.unfolding.items(items, &around));
        }
        for role in &ahead.roles {
            let role = Arc::new(RoleUse {
                role: Arc::clone(role),
                again: true,
                parameters: Arc::default(),
                keywords: Keywords::default(),
                at: self.play.at.clone(),
            });
            self.steps.push(self.unfolding.role(&role, &around));
        }
        self.handlers.extend(self.unfolding.take_handlers());
        self.roles.extend(self.unfolding.take_roles());
    }

    /// The handlers that a notification reaches: see [`notified`].
    pub fn notified(&self, name: &str) -> Vec<&Handler> {
        notified(&self.handlers, name)
    }

    /// All tasks in order, then the handlers.
    pub fn tasks_and_handlers(&self) -> impl Iterator<Item = &Arc<Task>> {
        let handlers = self.handlers.iter().map(|handler| &handler.task);
        self.all_tasks().into_iter().chain(handlers)
    }

    /// All tasks in order, blocks unfolded, handlers not included.
    pub fn all_tasks(&self) -> Vec<&Arc<Task>> {
        all_tasks(&self.steps)
    }
}

/// The handlers that a notification reaches, in definition order: the one of that name, and those that listen to it. Of
/// several with the same name one is reached, as [`Handler::list`] says; those without a name are all reached.
pub fn notified<'a>(handlers: &'a [Handler], name: &str) -> Vec<&'a Handler> {
    let named = chosen(handlers.iter().filter(|handler| handler.is_named(name)));
    let number = named.map(|handler| handler.task.number);
    let listens = |handler: &&Handler| handler.task.card.listen.iter().any(|topic| &**topic == name);
    let reached = |handler: &&Handler| {
        let same = |other: &&Handler| other.task.card.name == handler.task.card.name;
        let first = || chosen(handlers.iter().filter(listens).filter(same));
        let nameless = handler.task.card.name.is_none();
        Some(handler.task.number) == number
            || listens(handler)
                && (nameless || first().is_some_and(|first| first.task.number == handler.task.number))
    };
    handlers.iter().filter(reached).collect()
}

/// The first handler of the last list.
fn chosen<'a>(handlers: impl Iterator<Item = &'a Handler>) -> Option<&'a Handler> {
    handlers.fold(None, |best, handler| match best {
        Some(best) if best.list == handler.list => Some(best),
        _ => Some(handler),
    })
}

/// The tasks of steps in order, blocks unfolded.
pub fn all_tasks(steps: &[Step]) -> Vec<&Arc<Task>> {
    let mut tasks = Vec::new();
    collect(steps, &mut tasks);
    tasks
}

impl Handler {
    /// Whether it has this name, with or without its role's before it.
    fn is_named(&self, name: &str) -> bool {
        let Some(own) = self.task.card.name.as_deref() else {
            return false;
        };
        let role = self.task.role().map(|role| &*role.name);
        own == name
            || role
                .is_some_and(|role| name.strip_prefix(role).and_then(|n| n.strip_prefix(" : ")) == Some(own))
    }
}

impl Task {
    /// The role it belongs to.
    pub fn role(&self) -> Option<&Arc<Role>> {
        self.around.role.as_ref()
    }

    /// What a person calls it: `role : name`; a role that is included without a name of its own stands behind the task
    /// type.
    pub fn title(&self) -> String {
        let body = &self.card.body;
        if body.module.name == "include_role" {
            let role = body.raw.get("name").or_else(|| body.raw.get("role"));
            return match (&self.card.name, role.and_then(Node::as_str)) {
                (Some(name), _) => name.to_string(),
                (None, Some(role)) => format!("{} : {role}", body.written),
                (None, None) => body.written.to_string(),
            };
        }
        match self.role() {
            Some(role) => format!("{} : {}", role.name, self.card.title()),
            None => self.card.title().to_owned(),
        }
    }
}

fn collect<'a>(steps: &'a [Step], into: &mut Vec<&'a Arc<Task>>) {
    for step in steps {
        match step {
            Step::Task(task) => into.push(task),
            Step::Block {
                block,
                rescue,
                always,
            } => {
                collect(block, into);
                collect(rescue, into);
                collect(always, into);
            }
            Step::Role { steps, .. } => collect(steps, into),
            Step::FlushHandlers => {}
        }
    }
}
