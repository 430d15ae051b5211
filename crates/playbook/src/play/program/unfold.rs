//! Unfolds lists of tasks and roles into numbered steps.

use std::sync::Arc;

use super::Handler;
use super::Step;
use super::Surroundings;
use super::Task;
use super::arguments;
use crate::play::Card;
use crate::play::Item;
use crate::play::Role;
use crate::play::RoleUse;
use crate::play::defaults;

/// What unfolds, and what it has unfolded so far in a play.
#[derive(Clone, Debug, Default)]
pub struct Unfolding {
    next: usize,
    lists: usize,
    uses: Vec<Arc<RoleUse>>,
    handlers: Vec<Handler>,
    roles: Vec<Arc<Role>>,
}

impl Unfolding {
    /// How many tasks there are so far, handlers included; their numbers are below.
    pub fn tasks(&self) -> usize {
        self.next
    }

    /// The handlers that were unfolded since they were taken last.
    pub fn take_handlers(&mut self) -> Vec<Handler> {
        std::mem::take(&mut self.handlers)
    }

    /// The roles that were unfolded since they were taken last.
    pub fn take_roles(&mut self) -> Vec<Arc<Role>> {
        std::mem::take(&mut self.roles)
    }

    /// The steps of a list of tasks.
    pub fn items(&mut self, items: &[Item], around: &Arc<Surroundings>) -> Vec<Step> {
        items.iter().flat_map(|item| self.item(item, around)).collect()
    }

    fn item(&mut self, item: &Item, around: &Arc<Surroundings>) -> Vec<Step> {
        match item {
            Item::Card(card) => vec![Step::Task(self.task(card, around))],
            Item::Role(role) => vec![self.role(role, around)],
            Item::Block(block) => {
                let around = Arc::new(around.with(&block.keywords));
                vec![Step::Block {
                    block: self.items(&block.block, &around),
                    rescue: self.items(&block.rescue, &around),
                    always: self.items(&block.always, &around),
                }]
            }
        }
    }

    /// The steps of a role: those it depends on first.
    pub fn role(&mut self, role: &Arc<RoleUse>, around: &Arc<Surroundings>) -> Step {
        self.placed(role, around, false)
    }

    fn placed(&mut self, role: &Arc<RoleUse>, around: &Arc<Surroundings>, depended: bool) -> Step {
        let (number, steps) = self.used(role, around, depended);
        Step::Role {
            number,
            again: role.again,
            steps,
        }
    }

    /// The number of a use, which is the same for the same use, and its steps.
    fn used(
        &mut self,
        role: &Arc<RoleUse>,
        around: &Arc<Surroundings>,
        depended: bool,
    ) -> (usize, Vec<Step>) {
        let known = self.uses.iter().position(|earlier| earlier.repeats(role));
        let number = 1 + known.unwrap_or_else(|| {
            self.uses.push(Arc::clone(role));
            self.uses.len() - 1
        });
        let inner = Arc::new(around.of_role(role, number, depended));
        let mut steps = Vec::new();
        for dependency in &role.role.dependencies {
            steps.push(self.placed(dependency, &inner, true));
        }
        self.roles.push(Arc::clone(&role.role));
        let told = arguments::told(role);
        steps.extend(self.items(told.as_deref().unwrap_or(&role.role.tasks), &inner));
        self.handlers(&role.role.handlers, &inner);
        (number, steps)
    }

    fn task(&mut self, card: &Arc<Card>, around: &Arc<Surroundings>) -> Arc<Task> {
        let number = self.next;
        self.next += 1;
        let mut keywords = card.keywords.inside(&around.keywords);
        if card.is_unconditional() {
            keywords.when.clear();
        }
        Arc::new(Task {
            number,
            card: defaults::applied(card, &keywords),
            keywords,
            around: Arc::clone(around),
        })
    }

    /// Takes the handlers of a list.
    pub fn handlers(&mut self, items: &[Item], around: &Arc<Surroundings>) {
        self.lists += 1;
        let list = self.lists;
        self.handlers_of(items, around, list);
    }

    fn handlers_of(&mut self, items: &[Item], around: &Arc<Surroundings>, list: usize) {
        for item in items {
            match item {
                Item::Card(card) => {
                    let task = self.task(card, around);
                    self.handlers.push(Handler { task, list });
                }
                Item::Block(block) => {
                    let around = Arc::new(around.with(&block.keywords));
                    self.handlers_of(&block.block, &around, list);
                }
                Item::Role(role) => {
                    let around = Arc::new(around.of_role(role, list, false));
                    self.handlers_of(&role.role.tasks, &around, list);
                }
            }
        }
    }
}
