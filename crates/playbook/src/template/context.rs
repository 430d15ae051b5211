//! Variables as minijinja sees them: looked up when named, rendered when used, once per render.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::Value;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use super::Templar;
use super::container;
use super::convert;
use super::frame;
use super::frame::Poison;
use super::marker::Stopped;
use super::marker::Undefined;
use super::marker::Unknown;
use super::python;
use super::syntax;
use crate::Scope;
use crate::Stored;

/// The variables of one host during one call of the [`Templar`].
pub(crate) struct Context {
    /// What renders them.
    pub(crate) templar: Templar,
    /// Where they come from.
    pub(crate) scope: Arc<dyn Scope>,
    seen: Mutex<HashMap<String, (Value, bool)>>,
    /// Whether they are those of a host in `hostvars`.
    of_host: bool,
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Context {
    /// The variables of a scope.
    pub(crate) fn new(templar: &Templar, scope: &Arc<dyn Scope>) -> Arc<Context> {
        Context::over(templar, scope, false)
    }

    /// The variables of a host, for other hosts.
    pub(crate) fn of_host(templar: &Templar, scope: &Arc<dyn Scope>) -> Arc<Context> {
        Context::over(templar, scope, true)
    }

    fn over(templar: &Templar, scope: &Arc<dyn Scope>, of_host: bool) -> Arc<Context> {
        let seen = Mutex::new(HashMap::new());
        Arc::new(Context {
            templar: templar.clone(),
            scope: Arc::clone(scope),
            seen,
            of_host,
        })
    }

    /// The value of a variable, if there is one.
    pub(crate) fn variable(self: &Arc<Self>, name: &str) -> Option<Value> {
        let seen = self
            .seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        let (value, secret) = match seen {
            Some(seen) => seen,
            None => {
                let var = self.scope.get(name)?;
                let value = match &var.stored {
                    Stored::Template(node) => value_of(self, node, &Arc::from([]), name.into()),
                    Stored::Data(value) => container::adopt(value.clone()),
                    Stored::Unknown(why) => Unknown::value(why),
                };
                let entry = (value, var.secret);
                self.seen
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(name.to_owned(), entry.clone());
                entry
            }
        };
        if secret {
            frame::secret();
        }
        Some(value)
    }
}

impl Object for Context {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        if let Some(value) = self.variable(key) {
            return Some(value);
        }
        if self.templar.is_global(key) {
            return None;
        }
        let this = Value::from_dyn_object(Arc::clone(self));
        let key_of = || Undefined::key_of("HostVarsVars", None, &Value::from(key), Some(this.clone()));
        Some(match (key, self.scope.unnamed()) {
            ("vars", _) => this,
            (_, Some(why)) => Unknown::value(&why),
            (_, None) if self.of_host => key_of(),
            (_, None) => Undefined::name(key, this),
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        let mut names = self.scope.names();
        names.sort();
        Enumerator::Values(names.into_iter().map(Value::from).collect())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        python::render(&Value::from_dyn_object(Arc::clone(self)), f)
    }
}

/// The value of a node that stands for itself: lists and mappings are lazy, a template is rendered now.
pub(crate) fn value(context: &Arc<Context>, node: &Arc<Node>, name: &str) -> Value {
    value_of(context, node, &Arc::from([]), name.into())
}

/// Which node below a root: the index of each item on the way.
type Steps = Arc<[u32]>;

fn follow<'a>(root: &'a Node, steps: &[u32]) -> &'a Node {
    steps.iter().fold(root, |node, step| match &node.value {
        evenkeel_yaml::Value::Seq(items) => items.get(*step as usize).unwrap_or(node),
        evenkeel_yaml::Value::Map(map) => map.entries.get(*step as usize).map_or(node, |(_, value)| value),
        _ => node,
    })
}

/// The value of a node: containers are lazy, a template is rendered now. A failure is an invalid value, which
/// minijinja reports where it is looked up.
fn value_of(context: &Arc<Context>, root: &Arc<Node>, steps: &Steps, path: Arc<str>) -> Value {
    let node = follow(root, steps);
    if node.place.source.secret {
        frame::secret();
    }
    if node.tag.as_deref() == Some("!unsafe") {
        return convert::data_of_node(node);
    }
    if super::is_encrypted(node) {
        return match context.templar.plain(node) {
            Ok(text) => Value::from(text),
            Err(why) => stopped(Box::new(super::problem::encrypted(
                Some(&path),
                &node.place,
                &why,
            ))),
        };
    }
    match &node.value {
        evenkeel_yaml::Value::Str(text) if syntax::is_template(text) => rendered(context, node, text, path),
        evenkeel_yaml::Value::Seq(_) | evenkeel_yaml::Value::Map(_) => {
            let (context, root, steps) = (Arc::clone(context), Arc::clone(root), Arc::clone(steps));
            let tree = Tree {
                context,
                root,
                steps,
                path,
                cells: OnceLock::new(),
            };
            Value::from_object(tree)
        }
        _ => convert::data_of_node(node),
    }
}

fn rendered(context: &Arc<Context>, node: &Node, text: &str, path: Arc<str>) -> Value {
    let outcome = context.templar.variable(context, node, text, &path);
    match outcome {
        Ok(value) => value,
        Err(Poison::Undefined(undefined)) => Value::from_dyn_object(undefined),
        Err(Poison::Unknown(why)) => Unknown::value(&why),
        Err(Poison::Problem(problem)) => stopped(problem),
    }
}

/// A value whose use is this problem.
fn stopped(problem: Box<Problem>) -> Value {
    let message = problem.message.clone();
    let stopped = Stopped(Poison::Problem(problem));
    Value::from(Error::new(ErrorKind::InvalidOperation, message).with_source(stopped))
}

/// Whether it is a list or mapping of the project's files.
pub(super) fn is_tree(object: &minijinja::value::DynObject) -> bool {
    object.is::<Tree>()
}

/// A list or mapping of the project's files: its items are rendered when they are used.
struct Tree {
    context: Arc<Context>,
    root: Arc<Node>,
    steps: Steps,
    path: Arc<str>,
    cells: OnceLock<Box<[OnceLock<Value>]>>,
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl Tree {
    fn node(&self) -> &Node {
        follow(&self.root, &self.steps)
    }

    fn items(&self) -> &[Node] {
        self.node().as_seq().unwrap_or_default()
    }

    fn map(&self) -> Option<&Map> {
        self.node().as_map()
    }

    fn len(&self) -> usize {
        self.map().map_or_else(|| self.items().len(), Map::len)
    }

    fn item(&self, index: usize, path: impl FnOnce() -> Arc<str>) -> Value {
        let make = || (0..self.len()).map(|_| OnceLock::new()).collect();
        let cells = self.cells.get_or_init(make);
        let compute = || {
            let step = u32::try_from(index).unwrap_or(u32::MAX);
            let steps: Steps = self.steps.iter().copied().chain([step]).collect();
            value_of(&self.context, &self.root, &steps, path())
        };
        match cells.get(index).and_then(OnceLock::get) {
            Some(value) => value.clone(),
            None => {
                let value = compute();
                // A render of the same item further in may have come first: both are equal.
                let _ = cells.get(index).map(|cell| cell.set(value.clone()));
                value
            }
        }
    }

    fn entry(self: &Arc<Self>, key: &str) -> Value {
        let found = self
            .map()
            .and_then(|map| map.entries.iter().position(|(k, _)| k.as_str() == Some(key)));
        match found {
            Some(index) => self.item(index, || format!("{}.{key}", self.path).into()),
            None => self.missing(&Value::from(key)),
        }
    }

    fn missing(self: &Arc<Self>, key: &Value) -> Value {
        let holder = self.map().map(|_| Value::from_dyn_object(Arc::clone(self)));
        let kind = if holder.is_some() { "dict" } else { "list" };
        Undefined::key_of(kind, Some(&self.path), key, holder)
    }
}

impl Object for Tree {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.map().is_some() {
            ObjectRepr::Map
        } else {
            ObjectRepr::Seq
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        if let Some(map) = self.map() {
            if let Some(key) = key.as_str() {
                return Some(self.entry(key));
            }
            let found = map
                .entries
                .iter()
                .position(|(k, _)| convert::data_of_node(k) == *key);
            return Some(found.map_or_else(
                || self.missing(key),
                |at| self.item(at, || format!("{}[{key}]", self.path).into()),
            ));
        }
        let index = key.as_usize().filter(|index| *index < self.len());
        Some(index.map_or_else(
            || self.missing(key),
            |at| self.item(at, || format!("{}[{at}]", self.path).into()),
        ))
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(if self.map().is_some() {
            self.entry(key)
        } else {
            self.missing(&Value::from(key))
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.map() {
            Some(map) => Enumerator::Values(
                map.entries
                    .iter()
                    .map(|(key, _)| convert::data_of_node(key))
                    .collect(),
            ),
            None => Enumerator::Seq(self.items().len()),
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        python::render(&Value::from_dyn_object(Arc::clone(self)), f)
    }
}
