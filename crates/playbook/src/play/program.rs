//! A play as the engine runs it: keywords inherited, roles unfolded, every task numbered.

use std::sync::Arc;

use super::Card;
use super::Item;
use super::Keywords;
use super::Play;
use super::Role;
use super::RoleUse;
use super::Vars;

/// A play, ready to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The play.
    pub play: Arc<Play>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// The handlers in definition order: those of roles first.
    pub handlers: Vec<Handler>,
    /// How many tasks there are, handlers included; their numbers are below.
    pub tasks: usize,
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
    /// The role it belongs to.
    pub role: Option<Arc<Role>>,
    /// Parameters of the role's use, above `set_fact`.
    pub parameters: Arc<Vars>,
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
        let mut unfolding = Unfolding { next: 0 };
        let outer = &play.keywords;
        let plain = Surroundings {
            keywords: outer.clone(),
            role: None,
            parameters: Arc::default(),
        };
        let mut steps = unfolding.items(&play.pre_tasks, &plain);
        steps.push(Step::FlushHandlers);
        for (index, role) in play.roles.iter().enumerate() {
            let mut earlier = play.roles.iter().take(index);
            if !role.role.allow_duplicates && earlier.any(|earlier| earlier.repeats(role)) {
                continue;
            }
            steps.extend(unfolding.items(&role.role.tasks, &Surroundings::of_role(role, outer)));
        }
        steps.extend(unfolding.items(&play.tasks, &plain));
        steps.push(Step::FlushHandlers);
        steps.extend(unfolding.items(&play.post_tasks, &plain));
        steps.push(Step::FlushHandlers);
        let mut handlers = Vec::new();
        for (list, role) in play.roles.iter().enumerate() {
            unfolding.handlers(
                &role.role.handlers,
                &Surroundings::of_role(role, outer),
                list,
                &mut handlers,
            );
        }
        unfolding.handlers(&play.handlers, &plain, play.roles.len(), &mut handlers);
        Program {
            play: Arc::clone(play),
            steps,
            handlers,
            tasks: unfolding.next,
        }
    }

    /// The handlers that a notification reaches: the one of that name and all that listen to it, in definition order.
    pub fn notified<'a>(&'a self, name: &str) -> Vec<&'a Handler> {
        let named = self
            .handlers
            .iter()
            .filter(|handler| handler.is_named(name))
            .fold(None::<&Handler>, |best, handler| match best {
                Some(best) if best.list == handler.list => Some(best),
                _ => Some(handler),
            });
        let number = named.map(|handler| handler.task.number);
        let reached = |handler: &&Handler| {
            Some(handler.task.number) == number
                || handler.task.card.listen.iter().any(|topic| &**topic == name)
        };
        self.handlers.iter().filter(reached).collect()
    }

    /// All tasks in order, blocks unfolded, handlers not included.
    pub fn all_tasks(&self) -> Vec<&Arc<Task>> {
        let mut tasks = Vec::new();
        collect(&self.steps, &mut tasks);
        tasks
    }
}

impl Handler {
    /// Whether it has this name, with or without its role's before it.
    fn is_named(&self, name: &str) -> bool {
        let Some(own) = self.task.card.name.as_deref() else {
            return false;
        };
        let role = self.task.role.as_ref().map(|role| &*role.name);
        own == name
            || role
                .is_some_and(|role| name.strip_prefix(role).and_then(|n| n.strip_prefix(" : ")) == Some(own))
    }
}

impl Task {
    /// What a person calls it: `role : name`.
    pub fn title(&self) -> String {
        match &self.role {
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
            Step::FlushHandlers => {}
        }
    }
}

#[derive(Clone)]
struct Surroundings {
    keywords: Keywords,
    role: Option<Arc<Role>>,
    parameters: Arc<Vars>,
}

impl Surroundings {
    fn of_role(role: &RoleUse, outer: &Keywords) -> Surroundings {
        Surroundings {
            keywords: role.keywords.inside(outer),
            role: Some(Arc::clone(&role.role)),
            parameters: Arc::clone(&role.parameters),
        }
    }

    fn around(&self, keywords: &Keywords) -> Surroundings {
        Surroundings {
            keywords: keywords.inside(&self.keywords),
            ..self.clone()
        }
    }
}

struct Unfolding {
    next: usize,
}

impl Unfolding {
    fn items(&mut self, items: &[Item], around: &Surroundings) -> Vec<Step> {
        items.iter().map(|item| self.item(item, around)).collect()
    }

    fn item(&mut self, item: &Item, around: &Surroundings) -> Step {
        match item {
            Item::Card(card) => Step::Task(self.task(card, around)),
            Item::Block(block) => {
                let around = around.around(&block.keywords);
                Step::Block {
                    block: self.items(&block.block, &around),
                    rescue: self.items(&block.rescue, &around),
                    always: self.items(&block.always, &around),
                }
            }
        }
    }

    fn task(&mut self, card: &Arc<Card>, around: &Surroundings) -> Arc<Task> {
        let number = self.next;
        self.next += 1;
        Arc::new(Task {
            number,
            card: Arc::clone(card),
            keywords: card.keywords.inside(&around.keywords),
            role: around.role.clone(),
            parameters: Arc::clone(&around.parameters),
        })
    }

    fn handlers(&mut self, items: &[Item], around: &Surroundings, list: usize, into: &mut Vec<Handler>) {
        for item in items {
            match item {
                Item::Card(card) => into.push(Handler {
                    task: self.task(card, around),
                    list,
                }),
                Item::Block(block) => {
                    self.handlers(&block.block, &around.around(&block.keywords), list, into)
                }
            }
        }
    }
}
