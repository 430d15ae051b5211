//! Tasks and blocks as they are written.

use std::sync::Arc;

use evenkeel_tasks::Module;
use evenkeel_tasks::Task;
use evenkeel_tasks::TaskType;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

use super::Awaiting;
use super::Body;
use super::Keywords;
use super::Loop;
use super::LoopControl;
use super::Retry;
use super::RoleUse;

/// An entry of a list of tasks.
#[derive(Clone, Debug)]
pub enum Item {
    /// A task.
    Card(Arc<Card>),
    /// A block, or the tasks of a file that `import_tasks` names.
    Block(Arc<Block>),
    /// A role that `import_role` names.
    Role(Arc<RoleUse>),
}

/// A task or handler: a task type with arguments, and the keywords around it.
#[derive(Clone, Debug)]
pub struct Card {
    /// `name`; may be a template.
    pub name: Option<Arc<str>>,
    /// Why it is there: a comment above it, in words; none that was read.
    pub about: Option<Arc<str>>,
    /// What it does.
    pub body: Body,
    /// The keywords that tasks share with blocks and plays.
    pub keywords: Keywords,
    /// `register`.
    pub register: Option<Arc<str>>,
    /// `loop` or `with_*`.
    pub loop_: Option<Loop>,
    /// `loop_control`.
    pub loop_control: LoopControl,
    /// `until`, `retries`, `delay`.
    pub retry: Retry,
    /// `async` and `poll`.
    pub awaiting: Awaiting,
    /// `changed_when`: all of them.
    pub changed_when: Vec<Arc<Node>>,
    /// `failed_when`: all of them.
    pub failed_when: Vec<Arc<Node>>,
    /// `listen`, for handlers.
    pub listen: Vec<Arc<str>>,
    /// Whether it is what `gather_facts` means: without arguments nothing is fetched until something refers to facts.
    pub gathers: bool,
    /// Where it stands.
    pub at: Place,
}

/// Tasks with common keywords, and what to do when one fails.
#[derive(Clone, Debug)]
pub struct Block {
    /// `name`.
    pub name: Option<Arc<str>>,
    /// Why it is there: a comment above it, in words; none that was read.
    pub about: Option<Arc<str>>,
    /// `block`.
    pub block: Vec<Item>,
    /// `rescue`.
    pub rescue: Vec<Item>,
    /// `always`.
    pub always: Vec<Item>,
    /// The keywords that blocks share with tasks and plays.
    pub keywords: Keywords,
    /// Where it stands.
    pub at: Place,
}

impl From<Card> for Item {
    fn from(card: Card) -> Item {
        Item::Card(Arc::new(card))
    }
}

impl Card {
    /// A named task from typed arguments, as roles in Rust compose them.
    pub fn new(name: &str, task: impl Task + 'static) -> Card {
        Card::with_body(Some(name.into()), Body::typed(task), Place::nowhere("generated"))
    }

    /// A named task of a type, with arguments as a playbook writes them. Those without a template are read at once.
    ///
    /// ```
    /// use evenkeel_playbook::play::Card;
    /// use evenkeel_tasks::types::Service;
    /// use serde_json::json;
    ///
    /// let start = Card::of::<Service>("Start HAProxy", &json!({"name": "haproxy", "state": "started"}))?;
    /// assert_eq!(start.title(), "Start HAProxy");
    /// assert!(Card::of::<Service>("Start it", &json!({"name": "haproxy", "state": "strated"})).is_err());
    /// # Ok::<(), Vec<evenkeel_yaml::Problem>>(())
    /// ```
    ///
    /// # Errors
    /// Wrong arguments, each with its place in them.
    pub fn of<T: TaskType>(name: &str, arguments: &serde_json::Value) -> Result<Card, Vec<Problem>> {
        let written = Source::new(name, evenkeel_yaml::write_block(arguments));
        let mut documents = evenkeel_yaml::load(&written)
            .map_err(|problem| vec![problem])?
            .documents;
        let node = documents
            .pop()
            .unwrap_or_else(|| Node::new(Value::Null, Place::nowhere(name)));
        let Value::Map(raw) = node.value else {
            let problem = Problem::error("task::arguments", "arguments have names: a mapping is expected");
            return Err(vec![problem.at(&node.place, "this is none")]);
        };
        let described = const { &Module::of::<T>() };
        let module = evenkeel_tasks::module(&described.full_name()).unwrap_or(described);
        let body = Body::new(module, &module.full_name(), raw, &node.place)?;
        Ok(Card::with_body(Some(name.into()), body, node.place))
    }

    /// A task without keywords.
    pub fn with_body(name: Option<Arc<str>>, body: Body, at: Place) -> Card {
        Card {
            name,
            about: None,
            body,
            keywords: Keywords::default(),
            register: None,
            loop_: None,
            loop_control: LoopControl::default(),
            retry: Retry::default(),
            awaiting: Awaiting::default(),
            changed_when: Vec::new(),
            failed_when: Vec::new(),
            listen: Vec::new(),
            gathers: false,
            at,
        }
    }

    /// Says in a comment above the task why it is there, or where a value comes from.
    #[must_use]
    pub fn about(mut self, comment: &str) -> Card {
        self.about = Some(comment.into());
        self
    }

    /// Adds a condition.
    #[must_use]
    pub fn when(mut self, condition: &str) -> Card {
        self.keywords.when.push(text_node(condition));
        self
    }

    /// Does it for each item of a list.
    #[must_use]
    pub fn each(mut self, items: Arc<Node>) -> Card {
        self.loop_ = Some(Loop { items, with: None });
        self
    }

    /// Notifies a handler.
    #[must_use]
    pub fn notify(mut self, handler: &str) -> Card {
        self.keywords.notify.push(text_node(handler));
        self
    }

    /// Registers the result.
    #[must_use]
    pub fn register(mut self, name: &str) -> Card {
        self.register = Some(name.into());
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Card {
        self.keywords.tags.push(tag.into());
        self
    }

    /// Says what counts as a change.
    #[must_use]
    pub fn changed_when(mut self, condition: &str) -> Card {
        self.changed_when.push(text_node(condition));
        self
    }

    /// The word behind `meta`.
    pub fn meta(&self) -> Option<&str> {
        let word = self.body.raw.get("free_form").and_then(Node::as_str);
        word.filter(|_| self.body.module.name == "meta")
    }

    /// Whether it is done whatever its conditions say: some of `meta`.
    pub fn is_unconditional(&self) -> bool {
        matches!(
            self.meta(),
            Some("noop" | "refresh_inventory" | "reset_connection")
        )
    }

    /// What a person calls it: the name, else the task type as written.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.body.written)
    }
}

fn text_node(text: &str) -> Arc<Node> {
    Arc::new(Node::new(
        Value::Str(text.to_owned()),
        Place::nowhere("generated"),
    ))
}
