//! Templates and expressions: Ansible's Jinja2 on minijinja.
//!
//! A [`Templar`] renders the strings of a playbook, evaluates conditions, and renders template files, always over a
//! [`Scope`]. Variables are looked up when they are named and rendered when they are used. A result may be unknown
//! ([`Known::Unknown`]) where a part of it is known only after apply, and it says whether a secret went into it.

mod call;
mod changing;
mod checks;
mod container;
mod context;
mod convert;
mod engine;
mod filters;
mod frame;
mod functions;
mod hostvars;
mod lookups;
mod marker;
mod methods;
mod mistakes;
mod own;
mod problem;
mod python;
mod references;
mod syntax;
mod used;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_host::Transport;
use evenkeel_tasks::Rendered;
use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use minijinja::Value;

use crate::Disk;
use crate::Files;
use crate::Scope;
use crate::Vault;
use crate::vault::VaultError;

pub use convert::data_of_node;
pub use convert::dictionary;
pub use convert::json_of;
pub use convert::unknown;
pub use convert::value_of_json;
pub use convert::value_of_known;
pub use hostvars::HostScopes;
pub use hostvars::hostvars;
pub use lookups::LOOKUPS;
pub(crate) use lookups::refused as refused_lookup;
pub use mistakes::LookedUp;
pub use own::FILE_VARIABLES;
pub use own::TemplateFile;
pub use problem::cycle;
pub use used::Used;

use context::Context;
use engine::Engine;
use engine::Failure;
use engine::Form;
use frame::Emit;
use frame::Frame;
use frame::Poison;

/// What templates may know of the controller.
#[derive(Clone)]
pub struct TemplarSettings {
    /// The controller's files, for `lookup('file')`, `include` and the path tests.
    pub files: Arc<dyn Files>,
    /// The environment variables that `lookup('env')` knows.
    pub environment: BTreeMap<String, String>,
    /// Seconds since the epoch and seconds east of UTC, for `now()` and `strftime`.
    pub clock: fn() -> (f64, i32),
    /// Runs programs on the controller, for the lookups `pipe`, `lines` and `url`; without it they are refused.
    pub programs: Option<Arc<dyn Transport>>,
    /// The passwords of texts that `ansible-vault` encrypted.
    pub vault: Vault,
    /// Whether what is drawn at random without a seed is drawn; otherwise it is known after apply.
    pub draws: bool,
}

impl Default for TemplarSettings {
    /// The disk, no environment, the system's clock in UTC, no programs; what is random is drawn.
    fn default() -> TemplarSettings {
        let clock = || {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            (since.map_or(0.0, |elapsed| elapsed.as_secs_f64()), 0)
        };
        TemplarSettings {
            files: Arc::new(Disk),
            environment: BTreeMap::new(),
            clock,
            programs: None,
            vault: Vault::default(),
            draws: true,
        }
    }
}

impl fmt::Debug for TemplarSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemplarSettings").finish_non_exhaustive()
    }
}

/// Renders templates. Cheap to clone; each text is compiled once, whichever thread asks.
#[derive(Clone, Debug)]
pub struct Templar {
    engine: Arc<Engine>,
}

/// A text and where it stands.
struct Text<'a> {
    text: &'a str,
    place: &'a Place,
    form: Form,
}

impl Templar {
    /// A templar with the filters, tests and functions of Ansible.
    pub fn new(settings: TemplarSettings) -> Templar {
        Templar {
            engine: Arc::new(Engine::new(settings)),
        }
    }

    /// The same over other files of the controller.
    #[must_use]
    pub fn over(&self, files: Arc<dyn Files>) -> Templar {
        let settings = self.engine.settings.clone();
        Templar::new(TemplarSettings { files, ..settings })
    }

    /// The same, which draws what is random without a seed, or leaves it to be known after apply, as forecasts do.
    #[must_use]
    pub fn drawing(&self, draws: bool) -> Templar {
        if self.engine.settings.draws == draws {
            return self.clone();
        }
        let settings = self.engine.settings.clone();
        Templar::new(TemplarSettings { draws, ..settings })
    }

    /// Renders all strings of a tree, keys too. A string that is one `{{ }}` keeps the type of its value; what is
    /// omitted is dropped from its mapping or list (alone it is null). `!unsafe` strings stay as they are.
    ///
    /// # Errors
    /// When a template does not parse, names something undefined, or a filter refuses its input.
    pub fn node(&self, node: &Node, scope: &Arc<dyn Scope>) -> Result<Rendered<Node>, Problem> {
        let context = Context::new(self, scope);
        self.rooted(&context, |why| {
            let rendered = self.tree(&context, node, why)?;
            Ok(rendered.unwrap_or_else(|| node.with(evenkeel_yaml::Value::Null)))
        })
    }

    /// Evaluates an expression as `debug: var=` takes it, without `{{ }}` around it (with them the same). A list or
    /// mapping is rendered instead.
    ///
    /// # Errors
    /// As [`Templar::node`].
    pub fn expression(&self, node: &Node, scope: &Arc<dyn Scope>) -> Result<Rendered<Value>, Problem> {
        let context = Context::new(self, scope);
        self.rooted(&context, |why| match &node.value {
            evenkeel_yaml::Value::Str(text) => {
                let form = if is_wrapped(text) {
                    Form::Playbook
                } else {
                    Form::Expression
                };
                let text = Text {
                    text,
                    place: &node.place,
                    form,
                };
                Ok(self.known(&context, &text, why)?.unwrap_or_default())
            }
            _ => Ok(self
                .tree(&context, node, why)?
                .as_ref()
                .map(data_of_node)
                .unwrap_or_default()),
        })
    }

    /// Evaluates a condition as `when` and `that` take it: an expression, a boolean, or a list of which all must hold.
    /// As in ansible-core 2.19 the result must be a boolean.
    ///
    /// # Errors
    /// As [`Templar::node`]; also when the result is no boolean.
    pub fn condition(&self, node: &Node, scope: &Arc<dyn Scope>) -> Result<Rendered<bool>, Problem> {
        let context = Context::new(self, scope);
        let rendered = self.rooted(&context, |_| self.all_hold(&context, node))?;
        Ok(Rendered {
            value: rendered.value.and_then(|known| known),
            secret: rendered.secret,
        })
    }

    /// Renders a template file as Ansible's `template` does.
    ///
    /// `include` and `import` find files beside the template and in `ansible_search_path`, `role_path` and
    /// `playbook_dir`, each also with `templates/`.
    ///
    /// # Errors
    /// As [`Templar::node`]; also when an included file is missing.
    pub fn file(
        &self,
        source: &Arc<Source>,
        options: &TemplateOptions,
        scope: &Arc<dyn Scope>,
    ) -> Result<Rendered<String>, Problem> {
        self.file_of(source, options, TemplateFile::at(&source.name), scope)
    }

    /// As [`Templar::file`]; `about` tells more of the file than its source does.
    ///
    /// # Errors
    /// As [`Templar::file`].
    pub fn file_of(
        &self,
        source: &Arc<Source>,
        options: &TemplateOptions,
        about: TemplateFile,
        scope: &Arc<dyn Scope>,
    ) -> Result<Rendered<String>, Problem> {
        let context = Context::new(self, &own::scope(Vec::new(), about, self.settings(), scope));
        self.rooted(&context, |why| {
            let (options, start) = problem::header(source, options)?;
            let place = Place::new(source, start, source.text.len());
            let folder = Path::new(&source.name)
                .parent()
                .unwrap_or(Path::new(""))
                .to_path_buf();
            frame::top(|frame| frame.folder = Some(Arc::new(folder)));
            let form = Form::File(Arc::new(options));
            let text = Text {
                text: &source.text[start..],
                place: &place,
                form,
            };
            let value = self.known(&context, &text, why)?.unwrap_or_default();
            let rendered = if value.is_none() || value.is_undefined() {
                Ok(String::new())
            } else {
                python::text(&value)
            };
            let failed = |error| self.engine.problem(&text, Failure::from(error));
            rendered.map_err(failed)
        })
    }

    /// Runs one call with its root frame; an unknown part makes the whole unknown.
    fn rooted<T>(
        &self,
        context: &Arc<Context>,
        work: impl FnOnce(&mut Option<Arc<str>>) -> Result<T, Problem>,
    ) -> Result<Rendered<T>, Problem> {
        let mut why = None;
        let (result, frame) = frame::run(Frame::new(context, Emit::Value), || work(&mut why));
        let value = match why {
            Some(why) if result.is_ok() => Known::Unknown(why),
            _ => Known::Is(result?),
        };
        Ok(Rendered {
            value,
            secret: frame.secret,
        })
    }

    /// Evaluates a text to a finished value; `None` and a reason when it is unknown.
    fn known(
        &self,
        context: &Arc<Context>,
        text: &Text<'_>,
        why: &mut Option<Arc<str>>,
    ) -> Result<Option<Value>, Problem> {
        let value = self.engine.evaluate(self, context, text, 0, None);
        let finished = value.and_then(|value| convert::finished(&value).map_err(Failure::from));
        match finished {
            Ok(value) => Ok(Some(value)),
            Err(Failure {
                poison: Some(Poison::Unknown(reason)),
                ..
            }) => {
                why.get_or_insert(reason);
                Ok(None)
            }
            Err(failure) => Err(self.engine.problem(text, failure)),
        }
    }

    /// Renders a tree; `None` where it is omitted (or unknown, which `why` says).
    fn tree(
        &self,
        context: &Arc<Context>,
        node: &Node,
        why: &mut Option<Arc<str>>,
    ) -> Result<Option<Node>, Problem> {
        if node.tag.as_deref() == Some("!unsafe") {
            return Ok(Some(node.with(node.value.clone())));
        }
        if node.place.source.secret {
            frame::secret();
        }
        if is_encrypted(node) {
            let text = self
                .plain(node)
                .map_err(|why| problem::encrypted(None, &node.place, &why))?;
            return Ok(Some(node.with(evenkeel_yaml::Value::Str(text))));
        }
        Ok(Some(match &node.value {
            evenkeel_yaml::Value::Str(text) if syntax::is_template(text) => {
                let text = Text {
                    text,
                    place: &node.place,
                    form: Form::Playbook,
                };
                let value = self.engine.evaluate(self, context, &text, 0, None);
                let value =
                    value.and_then(|value| convert::node_value(&value, &node.place).map_err(Failure::from));
                match value {
                    Ok(value) => return Ok(value.map(|value| node.with(value))),
                    Err(Failure {
                        poison: Some(Poison::Unknown(reason)),
                        ..
                    }) => {
                        why.get_or_insert(reason);
                        return Ok(None);
                    }
                    Err(failure) => return Err(self.engine.problem(&text, failure)),
                }
            }
            evenkeel_yaml::Value::Seq(items) => {
                let mut kept = Vec::with_capacity(items.len());
                for item in items {
                    kept.extend(self.tree(context, item, why)?);
                }
                node.with(evenkeel_yaml::Value::Seq(kept))
            }
            evenkeel_yaml::Value::Map(map) => {
                let mut kept = Map::default();
                for (key, item) in &map.entries {
                    if let (Some(key), Some(item)) =
                        (self.tree(context, key, why)?, self.tree(context, item, why)?)
                    {
                        kept.entries.push((key, item));
                    }
                }
                node.with(evenkeel_yaml::Value::Map(kept))
            }
            _ => node.clone(),
        }))
    }

    /// Whether all conditions hold: one that surely does not decides, whatever is unknown of the others.
    fn all_hold(&self, context: &Arc<Context>, node: &Node) -> Result<Known<bool>, Problem> {
        match &node.value {
            evenkeel_yaml::Value::Bool(value) => Ok(Known::Is(*value)),
            evenkeel_yaml::Value::Seq(items) => {
                let mut all = Known::Is(true);
                for item in items {
                    match self.all_hold(context, item)? {
                        Known::Is(true) => {}
                        Known::Is(false) => return Ok(Known::Is(false)),
                        Known::Unknown(why) if all == Known::Is(true) => all = Known::Unknown(why),
                        Known::Unknown(_) => {}
                    }
                }
                Ok(all)
            }
            evenkeel_yaml::Value::Str(text) => self.holds(context, text, &node.place),
            _ => Err(problem::no_condition(node.kind(), &node.place)),
        }
    }

    fn holds(&self, context: &Arc<Context>, text: &str, place: &Place) -> Result<Known<bool>, Problem> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(problem::empty_condition(place));
        }
        let wrapped = is_wrapped(trimmed);
        let embedded = |(_, word): &(usize, &str)| word.contains("{{") && word.contains("}}");
        if !wrapped
            && trimmed.contains("{{")
            && let Some((_, word)) = syntax::names(trimmed, &syntax::Marks::default(), true)
                .iter()
                .find(|name| embedded(name))
        {
            return Err(problem::template_in_condition(word, place));
        }
        let text = Text {
            text: trimmed,
            place,
            form: if wrapped { Form::Playbook } else { Form::Expression },
        };
        let mut why = None;
        let Some(value) = self.known(context, &text, &mut why)? else {
            return Ok(Known::unknown(why.unwrap_or_else(|| "it".into())));
        };
        match python::shape(&value) {
            python::Shape::Bool(value) => Ok(Known::Is(value)),
            python::Shape::Str(inner) if wrapped && self.engine.is_trusted(context, &text) => {
                self.holds(context, inner, place)
            }
            _ => Err(problem::not_boolean(&value, place)),
        }
    }

    /// Renders the template that a variable holds; the place and the cycle check are those of its node.
    fn variable(
        &self,
        context: &Arc<Context>,
        node: &Node,
        text: &str,
        path: &Arc<str>,
    ) -> Result<Value, Poison> {
        let id = std::ptr::from_ref(node) as usize;
        if let Some(chain) = frame::cycle(id, context) {
            return Err(Poison::Problem(Box::new(cycle(&chain, path, &node.place))));
        }
        if frame::depth() > engine::MAX_DEPTH {
            return Err(Poison::Problem(Box::new(problem::too_deep(path, &node.place))));
        }
        let text = Text {
            text,
            place: &node.place,
            form: Form::Playbook,
        };
        let result = self.engine.evaluate(self, context, &text, id, Some(path));
        result.map_err(|failure| self.engine.nested(&text, failure, path))
    }

    /// The text that a node marked `!vault` stands for: a secret, and data for ever.
    fn plain(&self, node: &Node) -> Result<String, VaultError> {
        frame::secret();
        let text = node.as_str().unwrap_or_default();
        let decrypted = self.engine.settings.vault.decrypt(text.as_bytes())?;
        String::from_utf8(decrypted.bytes.to_vec()).map_err(|_| VaultError::Format("it holds no UTF-8 text"))
    }

    /// What a text marked `!vault` stands for, if it can be decrypted, so that it can be kept from being shown.
    pub fn revealed(&self, node: &Node) -> Option<String> {
        is_encrypted(node).then(|| self.plain(node).ok()).flatten()
    }

    /// The encrypted texts in the value of a variable that none of the passwords opens.
    pub fn sealed(&self, name: &str, node: &Node) -> Vec<Problem> {
        if is_encrypted(node) {
            let refused = |why| problem::encrypted(Some(name), &node.place, &why);
            return self.plain(node).map_err(refused).err().into_iter().collect();
        }
        match &node.value {
            evenkeel_yaml::Value::Seq(items) => {
                items.iter().flat_map(|item| self.sealed(name, item)).collect()
            }
            evenkeel_yaml::Value::Map(map) => {
                let entries = map.entries.iter();
                entries.flat_map(|(_, item)| self.sealed(name, item)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn is_global(&self, name: &str) -> bool {
        self.engine.globals.contains(name)
    }

    fn settings(&self) -> &TemplarSettings {
        &self.engine.settings
    }

    /// Where files named by a template are looked for: beside it, then along the search path of the role and play.
    fn folders(&self, context: &Arc<Context>, beside: Option<&Path>) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = beside.map(Path::to_path_buf).into_iter().collect();
        let listed = context
            .variable("ansible_search_path")
            .and_then(|paths| python::items(&paths).ok());
        let listed = listed.unwrap_or_default().into_iter();
        let single = ["role_path", "playbook_dir"]
            .into_iter()
            .filter_map(|name| context.variable(name));
        folders.extend(
            listed
                .chain(single)
                .filter_map(|path| path.as_str().map(PathBuf::from)),
        );
        folders
    }
}

/// Whether a node is a text of `ansible-vault`, whose ciphertext must never be taken for its value.
fn is_encrypted(node: &Node) -> bool {
    matches!(node.tag.as_deref(), Some("!vault" | "!vault-encrypted"))
}

/// Whether a text is wrapped in `{{ }}`.
pub(crate) fn is_wrapped(text: &str) -> bool {
    let trimmed = text.trim();
    trimmed.starts_with("{{") && trimmed.ends_with("}}")
}
