//! minijinja, set up as Ansible sets up Jinja2, and one evaluation on it.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Problem;
use minijinja::Environment;
use minijinja::Error;
use minijinja::UndefinedBehavior;
use minijinja::Value;
use minijinja::syntax::SyntaxConfig;

use super::Templar;
use super::TemplarSettings;
use super::Text;
use super::changing;
use super::changing::Changing;
use super::checks;
use super::context::Context;
use super::filters;
use super::frame;
use super::frame::Emit;
use super::frame::Frame;
use super::frame::Poison;
use super::functions;
use super::marker::Stopped;
use super::marker::is_blank;
use super::marker::usable;
use super::methods;
use super::python;
use super::syntax;
use super::syntax::Backslashes;
use super::syntax::Marks;
use super::syntax::Prepared;

/// How deep variables may refer to variables.
pub(super) const MAX_DEPTH: usize = 60;

/// How many instructions a render may take: a fraction of a second.
const FUEL: u64 = 5_000_000;

/// What kind of text it is: decides how it is read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form {
    /// A string of a playbook or vars file.
    Playbook,
    /// An expression without `{{ }}`.
    Expression,
    /// A template file.
    File(Arc<TemplateOptions>),
}

/// Why an evaluation gave no value, and where in the text.
#[derive(Debug)]
pub(super) struct Failure {
    /// One of our reasons.
    pub(super) poison: Option<Poison>,
    /// minijinja's error, unless one of our reasons came without an error.
    pub(super) error: Option<Error>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure {
            poison: Stopped::of(&error).cloned(),
            error: Some(error),
        }
    }
}

impl From<Poison> for Failure {
    fn from(poison: Poison) -> Failure {
        Failure {
            poison: Some(poison),
            error: None,
        }
    }
}

/// The environments: one for the usual syntax, more for template files with other options.
pub(super) struct Engine {
    /// What templates may know of the controller.
    pub(super) settings: TemplarSettings,
    /// The names of functions and other globals.
    pub(super) globals: HashSet<String>,
    environment: Environment<'static>,
    others: Mutex<Vec<(TemplateOptions, Arc<Environment<'static>>)>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Engine")
    }
}

impl Engine {
    pub(super) fn new(settings: TemplarSettings) -> Engine {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_debug(false);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.set_auto_reload(false);
        environment.set_formatter(emit);
        environment.set_unknown_method_callback(methods::call);
        environment.set_path_join_callback(|name, _| Cow::Owned(included(name)));
        filters::register(&mut environment);
        checks::register(&mut environment);
        functions::register(&mut environment);
        let globals = environment.globals().map(|(name, _)| name.to_owned()).collect();
        let options = TemplateOptions::default();
        set_syntax(&mut environment, &options);
        Engine {
            settings,
            globals,
            environment,
            others: Mutex::new(Vec::new()),
        }
    }

    /// Evaluates a text; the result may still be lazy.
    pub(super) fn evaluate(
        &self,
        templar: &Templar,
        context: &Arc<Context>,
        text: &Text<'_>,
        node: usize,
        path: Option<&Arc<str>>,
    ) -> Result<Value, Failure> {
        debug_assert!(std::ptr::eq(templar.engine.as_ref(), self));
        if text.place.source.secret {
            frame::secret();
        }
        let whole = text.form.is_code() || is_single(text);
        let mut frame = Frame::new(context, if whole { Emit::Value } else { Emit::Text });
        (frame.node, frame.path) = (node, path.cloned());
        frame.folder = frame::top(|outer| outer.folder.clone()).flatten();
        let other = self.other(&text.form).map_err(Failure::from)?;
        let environment = other.as_deref().unwrap_or(&self.environment);
        let key = text.form.key(text.text, &text.place.source.name);
        frame.changes = syntax::changes(text.text, &text.form.marks(), text.form.is_code());
        let variables = if frame.changes {
            Value::from_object(Changing::new(context))
        } else {
            Value::from_dyn_object(Arc::clone(context))
        };
        let (result, frame) = frame::run(frame, || environment.get_template(&key)?.render(variables));
        match (frame.poison, result) {
            (Some(poison @ Poison::Unknown(_)), _) => Err(Failure::from(poison)),
            (poison, Err(error)) => match (Stopped::of(&error), poison) {
                (None, Some(poison)) => Err(Failure::from(poison)),
                _ => Err(Failure::from(error)),
            },
            (Some(poison), Ok(_)) => Err(Failure::from(poison)),
            (None, Ok(out)) => {
                let value = finish(text, out, frame.emit, frame.emitted, frame.last);
                Ok(if frame.changes {
                    changing::settled(value)
                } else {
                    value
                })
            }
        }
    }

    /// The environment for unusual options.
    fn other(&self, form: &Form) -> Result<Option<Arc<Environment<'static>>>, Error> {
        let Form::File(options) = form else {
            return Ok(None);
        };
        if is_usual(options) {
            return Ok(None);
        }
        let plain = TemplateOptions {
            newline_sequence: "\n".to_owned(),
            ..TemplateOptions::clone(options)
        };
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, environment)) = others.iter().find(|(known, _)| *known == plain) {
            return Ok(Some(Arc::clone(environment)));
        }
        let mut environment = self.environment.clone();
        environment.clear_templates();
        syntax_config(&plain)?;
        set_syntax(&mut environment, &plain);
        let environment = Arc::new(environment);
        others.push((plain, Arc::clone(&environment)));
        Ok(Some(environment))
    }

    /// Whether a wrapped condition may give another expression: only a variable may whose text stands in the project
    /// as it is. The result of a template could come from a host.
    pub(super) fn is_trusted(&self, context: &Arc<Context>, text: &Text<'_>) -> bool {
        let inner = text.text.trim_start_matches("{{").trim_end_matches("}}").trim();
        let Some(crate::Stored::Template(node)) = context.scope.get(inner).map(|var| var.stored) else {
            return false;
        };
        let plain = node.as_str().is_some_and(|text| !syntax::is_template(text));
        plain && node.tag.as_deref() != Some("!unsafe")
    }

    /// Why a text cannot be read at all.
    pub(super) fn unreadable(&self, text: &Text<'_>) -> Option<Problem> {
        let key = text.form.key(text.text, &text.place.source.name);
        let other = self.other(&text.form);
        let read = other.and_then(|other| {
            let environment = other.as_deref().unwrap_or(&self.environment);
            environment.get_template(&key).map(drop)
        });
        read.err().map(|error| self.problem(text, Failure::from(error)))
    }

    /// The names that a text uses and does not set itself.
    pub(super) fn undeclared(&self, text: &str, form: &Form) -> HashSet<String> {
        let key = form.key(text, "");
        let Ok(other) = self.other(form) else {
            return HashSet::new();
        };
        let environment = other.as_deref().unwrap_or(&self.environment);
        environment
            .get_template(&key)
            .map(|template| template.undeclared_variables(false))
            .unwrap_or_default()
    }
}

impl Form {
    /// The name under which minijinja keeps the compiled text: its first letter says how to read what follows.
    fn key(&self, text: &str, name: &str) -> String {
        let mut key = String::with_capacity(text.len() + name.len() + 2);
        match self {
            Form::Playbook => key.push('p'),
            Form::Expression => key.push('e'),
            Form::File(_) => {
                key.push('f');
                key.push_str(name);
                key.push('\0');
            }
        }
        key.push_str(text);
        key
    }

    /// The text prepared for minijinja.
    pub(super) fn prepare(&self, text: &str) -> Prepared {
        let marks = self.marks();
        match self {
            Form::Playbook => syntax::template(text, &marks, Backslashes::Literal),
            Form::Expression => syntax::expression(text),
            Form::File(_) => syntax::template(text, &marks, Backslashes::Escape),
        }
    }

    /// The marks around code.
    pub(super) fn marks(&self) -> Marks {
        match self {
            Form::File(options) => marks(options),
            Form::Playbook | Form::Expression => Marks::default(),
        }
    }

    /// Whether the whole text is code.
    pub(super) fn is_code(&self) -> bool {
        *self == Form::Expression
    }
}

/// Whether the usual environment reads templates with these options.
fn is_usual(options: &TemplateOptions) -> bool {
    let marks = ["{%", "%}", "{{", "}}", "{#", "#}"];
    options.trim_blocks && !options.lstrip_blocks && options.marks.iter().eq(marks.iter())
}

fn marks(options: &TemplateOptions) -> Marks {
    let [a, b, c, d, e, f] = options.marks.clone();
    Marks {
        block: (a, b),
        variable: (c, d),
        comment: (e, f),
    }
}

/// The file an error happened in, when it is an included one: name and text.
pub(super) fn split_key(key: &str) -> Option<(&str, &str)> {
    key.strip_prefix('f')?.split_once('\0')
}

/// Where in the prepared text an error happened.
pub(super) fn range(error: &Error) -> Option<Range<usize>> {
    error.range()
}

fn syntax_config(options: &TemplateOptions) -> Result<SyntaxConfig, Error> {
    let [block, block_end, variable, variable_end, comment, comment_end] = options.marks.clone();
    SyntaxConfig::builder()
        .block_delimiters(block, block_end)
        .variable_delimiters(variable, variable_end)
        .comment_delimiters(comment, comment_end)
        .trim_blocks(options.trim_blocks)
        .lstrip_blocks(options.lstrip_blocks)
        .build()
}

fn set_syntax(environment: &mut Environment<'static>, options: &TemplateOptions) {
    if let Ok(config) = syntax_config(options) {
        environment.set_syntax(config);
    }
    let file = Form::File(Arc::new(options.clone()));
    environment.set_loader(move |key| {
        let prepared = match key.split_at_checked(1) {
            Some(("p", text)) => Form::Playbook.prepare(text),
            Some(("e", text)) => Form::Expression.prepare(text),
            Some(("f", rest)) => match rest.split_once('\0') {
                Some((_, text)) => file.prepare(text),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(prepared.text))
    });
}

/// The key of a file that a template includes; a key that no loader knows when it is nowhere.
fn included(name: &str) -> String {
    let Some((context, folder)) = frame::top(|frame| (Arc::clone(&frame.context), frame.folder.clone()))
    else {
        return String::new();
    };
    let templar = &context.templar;
    let folders = templar.folders(&context, folder.as_ref().map(|folder| folder.as_path()));
    for folder in folders {
        for path in [folder.join("templates").join(name), folder.join(name)] {
            if let Some(text) = read_text(templar, &path) {
                return format!("f{}\0{text}", path.display());
            }
        }
    }
    String::new()
}

fn read_text(templar: &Templar, path: &Path) -> Option<String> {
    let contents = templar.settings().files.open(path).ok()?;
    if contents.secret {
        frame::secret();
    }
    Some(String::from_utf8_lossy(&contents.bytes).into_owned())
}

/// What `{{ }}` does with its value. `None` is no text at all, as in ansible-core 2.19.
fn emit(
    out: &mut minijinja::Output<'_>,
    _state: &mut minijinja::State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    let text = frame::top(|frame| frame.emit) != Some(Emit::Value);
    if is_blank(value) && text {
        return Ok(());
    }
    usable(value)?;
    if value.is_none() {
        return Ok(());
    }
    let keep = |length: usize| {
        frame::top(|frame| {
            frame.emitted += 1;
            frame.last = Some((value.clone(), length));
        });
    };
    if !text {
        keep(0);
        return Ok(());
    }
    if let Some(text) = value.as_str() {
        keep(text.len());
        return out.write_str(text).map_err(Error::from);
    }
    let text = python::written(value)?;
    keep(text.len());
    out.write_str(&text).map_err(Error::from)
}

/// Whether a template is one `{{ }}` and nothing else.
fn is_single(text: &Text<'_>) -> bool {
    let body = text.text.strip_suffix('\n').unwrap_or(text.text);
    let inner = body.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    text.form == Form::Playbook
        && inner.is_some_and(|inner| {
            !inner.contains("{%") && !inner.contains("{{") && !inner.contains("}}") && !inner.contains("{#")
        })
}

/// The value of a render: a single value as it is, else the text, with the newlines at the end that Jinja drops.
fn finish(text: &Text<'_>, out: String, emit: Emit, emitted: usize, last: Option<(Value, usize)>) -> Value {
    let value = match (emit, last) {
        (Emit::Value, Some((value, _))) => value,
        (Emit::Value, None) => Value::from(()),
        (Emit::Text, Some((value, length))) if emitted == 1 && length == out.len() => value,
        (Emit::Text, None) if out.is_empty() && !text.text.trim_matches('\n').is_empty() => Value::from(()),
        (Emit::Text, _) => Value::from(out),
    };
    if text.form.is_code() {
        return value;
    }
    let sequence = if let Form::File(options) = &text.form {
        options.newline_sequence.as_str()
    } else {
        "\n"
    };
    let Some(made) = value.as_str() else { return value };
    let newlines = |text: &str| {
        let body = text.trim_end_matches(['\r', '\n']);
        text[body.len()..].matches('\n').count()
    };
    let missing = newlines(text.text).saturating_sub(newlines(made));
    if missing == 0 && sequence == "\n" {
        return value;
    }
    let body = if sequence == "\n" {
        made.to_owned()
    } else {
        made.replace('\n', sequence)
    };
    Value::from(body + &sequence.repeat(missing))
}
