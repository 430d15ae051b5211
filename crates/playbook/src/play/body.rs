//! What a task does: a task type with its arguments.

use std::sync::Arc;

use evenkeel_tasks::Module;
use evenkeel_tasks::Task;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

/// Findings about one argument alone: its name or its value is wrong, whatever the others are.
pub(super) const OF_ONE: [&str; 6] = [
    "task::mode",
    "task::parameter",
    "task::path",
    "task::regex",
    "task::twice",
    "task::value",
];

/// A task type with its arguments.
#[derive(Clone, Debug)]
pub struct Body {
    /// The type.
    pub module: &'static Module,
    /// The name under which it was written.
    pub written: Arc<str>,
    /// The arguments as they stand, templates not rendered.
    pub raw: Arc<Map>,
    /// The typed arguments, when no template stands in them.
    pub typed: Option<Arc<dyn Task>>,
    /// `args` and `module_defaults` that are templates: arguments that are known when the task runs, the first before the
    /// others.
    pub more: Vec<Arc<Node>>,
    /// Where the arguments stand.
    pub at: Place,
}

impl Body {
    /// Reads arguments; those without a template are checked at once.
    ///
    /// # Errors
    /// Wrong arguments, each with its place.
    pub fn new(module: &'static Module, written: &str, raw: Map, at: &Place) -> Result<Body, Vec<Problem>> {
        let body = Body::read(module, written, raw, at);
        match body.problems() {
            none if none.is_empty() => Ok(body),
            problems => Err(problems),
        }
    }

    /// The same without a check: see [`Body::problems`].
    pub fn read(module: &'static Module, written: &str, raw: Map, at: &Place) -> Body {
        let typed = is_static(module, &raw)
            .then(|| (module.parse)(&raw, at).ok())
            .flatten()
            .map(Arc::from);
        Body {
            module,
            written: written.into(),
            raw: Arc::new(raw),
            typed,
            more: Vec::new(),
            at: at.clone(),
        }
    }

    /// What is wrong with the arguments, as far as it shows before templates are rendered.
    pub fn problems(&self) -> Vec<Problem> {
        if let Some(problem) = self.unsupported() {
            return vec![problem];
        }
        if self.typed.is_some() || !self.more.is_empty() {
            return Vec::new();
        }
        if is_static(self.module, &self.raw) {
            return (self.module.parse)(&self.raw, &self.at).err().unwrap_or_default();
        }
        self.problems_beside_templates()
    }

    /// What is wrong with the names of arguments, and with those values that hold no template. What needs several
    /// arguments at once waits until all of them are known.
    fn problems_beside_templates(&self) -> Vec<Problem> {
        let mut known = (*self.raw).clone();
        let mut later = Vec::new();
        for (key, value) in &mut known.entries {
            if !key.as_str().is_some_and(self.module.is_raw) && has_template(value) {
                later.push(value.place.clone());
                value.value = Value::Null;
            }
        }
        let problems = (self.module.parse)(&known, &self.at).err().unwrap_or_default();
        let is_known = |problem: &Problem| {
            problem
                .at
                .as_ref()
                .is_some_and(|(place, _)| !later.contains(place))
        };
        problems
            .into_iter()
            .filter(|problem| OF_ONE.contains(&problem.code.as_str()) && is_known(problem))
            .collect()
    }

    /// The task with something in the place of every argument that holds a template, and where these stand; nothing
    /// when only the true values would do.
    pub fn guess(&self) -> Option<(Box<dyn Task>, Vec<Place>)> {
        if let Some(typed) = &self.typed {
            return Some((typed.boxed(), Vec::new()));
        }
        let mut guessed = (*self.raw).clone();
        let mut places = Vec::new();
        for (key, value) in &mut guessed.entries {
            if !key.as_str().is_some_and(self.module.is_raw) && has_template(value) {
                places.push(value.place.clone());
                value.value = Value::Str("/guess".to_owned());
            }
        }
        let task = (self.module.parse)(&guessed, &self.at).ok()?;
        self.more.is_empty().then_some((task, places))
    }

    /// From typed arguments, as roles in Rust give them; where a template stands in one, they are read again for each host.
    pub fn typed(task: impl Task + 'static) -> Body {
        let described = task.module();
        let module = evenkeel_tasks::module(&described.full_name()).unwrap_or(&evenkeel_tasks::MODULES[0]);
        let raw = Arc::new(task.to_map());
        let at = Place::nowhere("generated");
        let typed: Option<Arc<dyn Task>> = is_static(module, &raw).then(|| Arc::new(task) as _);
        Body {
            module,
            written: described.full_name().into(),
            raw,
            typed,
            more: Vec::new(),
            at,
        }
    }

    /// The same arguments are the same body, wherever they stand.
    pub fn is_same(&self, other: &Body) -> bool {
        self.module.full_name() == other.module.full_name() && same_map(&self.raw, &other.raw)
    }
}

fn is_static(module: &Module, raw: &Map) -> bool {
    raw.iter()
        .all(|(name, key, value)| (module.is_raw)(name) || !(has_template(key) || has_template(value)))
}

/// Whether a template stands anywhere in the value.
pub(crate) fn has_template(node: &Node) -> bool {
    match &node.value {
        Value::Str(text) => {
            node.tag.as_deref() != Some("!unsafe")
                && (text.contains("{{") || text.contains("{%") || text.contains("{#"))
        }
        Value::Seq(items) => items.iter().any(has_template),
        Value::Map(map) => map
            .entries
            .iter()
            .any(|(key, value)| has_template(key) || has_template(value)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date(_) => false,
    }
}

/// Whether two values are the same, places and styles aside.
pub(crate) fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Seq(a), Value::Seq(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => same_map(a, b),
        (a, b) => a == b,
    }
}

fn same_map(one: &Map, other: &Map) -> bool {
    one.len() == other.len()
        && one
            .entries
            .iter()
            .zip(&other.entries)
            .all(|((ak, av), (bk, bv))| same(ak, bk) && same(av, bv))
}
