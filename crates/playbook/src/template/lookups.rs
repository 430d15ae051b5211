//! `lookup` and `query`: what comes from outside the variables. Their results are data.

mod sequence;

use std::path::Path;
use std::sync::Arc;

use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Place;
use evenkeel_yaml::Source;
use minijinja::Error;
use minijinja::Value;

use super::Templar;
use super::Text;
use super::call::Call;
use super::container::list;
use super::container::record;
use super::context::Context;
use super::convert;
use super::engine::Form;
use super::frame;
use super::marker::Stopped;
use super::marker::Undefined;
use super::marker::is_marker;
use super::marker::is_undefined;
use super::marker::usable;
use super::python;
use super::python::Shape;
use crate::inventory::glob;

/// What a lookup needs.
struct Request<'a> {
    name: &'a str,
    context: Arc<Context>,
    terms: Vec<Value>,
    named: Vec<(String, Value)>,
}

impl Request<'_> {
    fn templar(&self) -> &Templar {
        &self.context.templar
    }

    fn option(&self, name: &str) -> Option<&Value> {
        self.named
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    fn flag(&self, name: &str, default: bool) -> Result<bool, Error> {
        self.option(name).map_or(Ok(default), python::truth)
    }

    fn texts(&self) -> Result<Vec<String>, Error> {
        self.terms.iter().map(python::text).collect()
    }

    fn error(&self, message: impl AsRef<str>) -> Error {
        python::error(format!("lookup `{}`: {}", self.name, message.as_ref()))
    }
}

/// `lookup(name, terms...)`: one result as it is, several texts joined by commas.
pub(super) fn lookup(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let wantlist = call
        .named
        .iter()
        .find(|(name, _)| name == "wantlist")
        .is_some_and(|(_, value)| value.is_true());
    let Some(results) = run(call)? else {
        return Ok(Value::from(()));
    };
    if let Some(marker) = results.iter().find(|value| is_marker(value)) {
        return Ok(marker.clone());
    }
    if wantlist {
        return Ok(list(results));
    }
    match results.as_slice() {
        [only] => Ok(only.clone()),
        [] => Ok(list(results)),
        many => match many.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
            Some(texts) => Ok(Value::from(texts.join(","))),
            None => Ok(list(results)),
        },
    }
}

/// `query(name, terms...)`: always a list.
pub(super) fn query(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    Ok(list(run(call)?.unwrap_or_default()))
}

fn run(call: &Call<'_, '_, '_>) -> Result<Option<Vec<Value>>, Error> {
    let context = frame::context().ok_or_else(|| python::error("lookups need variables"))?;
    let full = call.text("name")?;
    let name = full
        .strip_prefix("ansible.builtin.")
        .or_else(|| full.strip_prefix("ansible.legacy."))
        .unwrap_or(&full);
    let mut named = call.named.clone();
    named.retain(|(name, _)| name != "wantlist");
    let errors = named
        .iter()
        .position(|(name, _)| name == "errors")
        .map(|at| named.remove(at).1);
    let request = Request {
        name,
        context,
        terms: call.values[1..].to_vec(),
        named,
    };
    let vars = request
        .option("default")
        .filter(|_| matches!(name, "vars" | "env"))
        .is_some();
    if !vars {
        request.terms.iter().try_for_each(usable)?;
    }
    let found = find(&request);
    let lenient = matches!(errors.as_ref().and_then(Value::as_str), Some("ignore" | "warn"));
    match found {
        Err(error) if lenient && Stopped::of(&error).is_none() => Ok(None),
        other => other.map(Some),
    }
}

fn find(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    match request.name {
        "env" => request.texts()?.iter().map(|name| env(request, name)).collect(),
        "vars" => request.texts()?.iter().map(|name| var(request, name)).collect(),
        "varnames" => varnames(request),
        "file" => request.texts()?.iter().map(|name| file(request, name)).collect(),
        "template" => request
            .texts()?
            .iter()
            .map(|name| template(request, name))
            .collect(),
        "first_found" => first_found(request),
        "fileglob" => fileglob(request),
        "items" | "list" => Ok(flattened(&request.terms, request.name == "items")),
        "indexed_items" => {
            let items = flattened(&request.terms, true).into_iter().enumerate();
            Ok(items
                .map(|(index, item)| list(vec![Value::from(index), item]))
                .collect())
        }
        "dict" => {
            let mut out = Vec::new();
            for term in &request.terms {
                let entries = python::entries(term)?;
                out.extend(
                    entries
                        .into_iter()
                        .map(|(key, value)| record([("key", key), ("value", value)])),
                );
            }
            Ok(out)
        }
        "together" => {
            let columns: Vec<Vec<Value>> = request
                .terms
                .iter()
                .map(python::items)
                .collect::<Result<_, _>>()?;
            let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
            let row = |index| {
                list(
                    columns
                        .iter()
                        .map(|column| column.get(index).cloned().unwrap_or(Value::from(())))
                        .collect(),
                )
            };
            Ok((0..rows).map(row).collect())
        }
        "nested" => {
            let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
            for column in &request.terms {
                let column = python::items(column)?;
                rows = rows
                    .iter()
                    .flat_map(|row| {
                        column
                            .iter()
                            .map(|item| [row.clone(), vec![item.clone()]].concat())
                    })
                    .collect();
            }
            Ok(rows.into_iter().map(list).collect())
        }
        "sequence" => sequence::items(request),
        "pipe" | "lines" | "url" => {
            Err(request
                .error("is not supported: it would run a program or ask the network on the controller"))
        }
        "password" | "random_choice" => {
            Err(request.error("is not supported: the forecast would differ from the run"))
        }
        other => Err(python::error(format!("there is no lookup `{other}`"))),
    }
}

/// Lists among the terms are opened, one level deep.
fn flattened(terms: &[Value], open: bool) -> Vec<Value> {
    let mut out = Vec::new();
    for term in terms {
        match (python::shape(term), open) {
            (Shape::Seq(_), true) => out.extend(python::items(term).unwrap_or_default()),
            _ => out.push(term.clone()),
        }
    }
    out
}

fn env(request: &Request<'_>, name: &str) -> Result<Value, Error> {
    let known = request
        .templar()
        .settings()
        .environment
        .get(name)
        .filter(|value| !value.is_empty());
    match (known, request.option("default")) {
        (Some(value), _) => Ok(Value::from(value.as_str())),
        (None, Some(default)) if is_undefined(default) => {
            Ok(missing(format!("the environment variable `{name}` is not set")))
        }
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Ok(Value::from("")),
    }
}

fn missing(hint: String) -> Value {
    let (name, leaf) = (String::new(), String::new());
    Value::from_object(Undefined {
        name,
        leaf,
        hint: Some(hint),
        holder: None,
        inside: None,
    })
}

fn var(request: &Request<'_>, name: &str) -> Result<Value, Error> {
    match (request.context.variable(name), request.option("default")) {
        (Some(value), _) => python::valid(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Ok(Undefined::name(
            name,
            Value::from_dyn_object(Arc::clone(&request.context)),
        )),
    }
}

fn varnames(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut out = Vec::new();
    let mut names = request.context.scope.names();
    names.sort();
    for term in request.texts()? {
        let pattern = super::filters::regex::pattern(&term, false, false)?;
        for name in &names {
            if pattern.is_match(name).map_err(super::filters::regex::failed)? {
                out.push(Value::from(Arc::clone(name)));
            }
        }
    }
    Ok(out)
}

/// The bytes of a file: an absolute one, or one along the search path, first in `sub`.
fn read(request: &Request<'_>, name: &str, sub: &str) -> Result<(String, String), Error> {
    let files = &request.templar().settings().files;
    let folders = request.templar().folders(&request.context, None);
    let relative = folders
        .iter()
        .flat_map(|folder| [folder.join(sub).join(name), folder.join(name)]);
    let candidates: Vec<_> = if name.starts_with('/') {
        vec![Path::new(name).to_path_buf()]
    } else {
        relative.collect()
    };
    for path in &candidates {
        if let Ok(bytes) = files.read(path) {
            let text = String::from_utf8(bytes)
                .map_err(|_| request.error(format!("{} is no UTF-8 text", path.display())))?;
            return Ok((path.display().to_string(), text));
        }
    }
    let tried: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
    let tried = if tried.is_empty() {
        "no folder is known to look in".to_owned()
    } else {
        format!("looked for {}", tried.join(", "))
    };
    Err(request.error(format!("there is no file `{name}` ({tried})")))
}

fn file(request: &Request<'_>, name: &str) -> Result<Value, Error> {
    let (_, text) = read(request, name, "files")?;
    let text = if request.flag("rstrip", true)? {
        text.trim_end()
    } else {
        &text
    };
    Ok(Value::from(if request.flag("lstrip", false)? {
        text.trim_start()
    } else {
        text
    }))
}

fn template(request: &Request<'_>, name: &str) -> Result<Value, Error> {
    if request.option("template_vars").is_some() {
        return Err(
            request.error("`template_vars` is not supported: set the variables in `vars` of the task")
        );
    }
    let (path, text) = read(request, name, "templates")?;
    let source = Source::new(path, text);
    let place = Place::new(&source, 0, source.text.len());
    let text = Text {
        text: &source.text,
        place: &place,
        form: Form::File(Arc::new(TemplateOptions::default())),
    };
    let engine = &request.templar().engine;
    let value = engine
        .evaluate(request.templar(), &request.context, &text, 0, None)
        .map_err(|failure| {
            let problem = Box::new(engine.problem(&text, failure));
            let message = problem.message.clone();
            python::error(message).with_source(Stopped(frame::Poison::Problem(problem)))
        })?;
    convert::finished(&value)
}

/// `fileglob`: the files whose names are like a pattern, in the order of their names; folders are not looked into.
fn fileglob(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let files = &request.templar().settings().files;
    let folders = request.templar().folders(&request.context, None);
    let mut found = Vec::new();
    for term in request.texts()? {
        let (folder, pattern) = term.rsplit_once('/').map_or(("", term.as_str()), |(a, b)| (a, b));
        let candidates: Vec<_> = if term.starts_with('/') {
            vec![Path::new("/").join(folder)]
        } else {
            let beside = |root: &std::path::PathBuf| [root.join("files").join(folder), root.join(folder)];
            folders.iter().flat_map(beside).collect()
        };
        let Some(folder) = candidates
            .into_iter()
            .find(|folder| files.is_folder(folder) == Some(true))
        else {
            continue;
        };
        let names = files.list(&folder).unwrap_or_default();
        let hidden = |name: &str| name.starts_with('.') && !pattern.starts_with('.');
        let matching = names
            .iter()
            .filter(|name| !hidden(name) && glob::matches(pattern, name))
            .map(|name| folder.join(name))
            .filter(|path| files.is_folder(path) == Some(false));
        found.extend(matching.map(|path| Value::from(path.display().to_string())));
    }
    Ok(found)
}

/// `first_found`: the first of the files that is there.
fn first_found(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut names = Vec::new();
    let mut paths = Vec::new();
    let mut skip = request.flag("skip", false)?;
    let listed = |value: &Value| -> Result<Vec<String>, Error> {
        match value.as_str() {
            Some(text) => Ok(text
                .split([',', ';', ':'])
                .map(|part| part.trim().to_owned())
                .collect()),
            None => python::items(value)?.iter().map(python::text).collect(),
        }
    };
    for term in flattened(&request.terms, true) {
        match python::shape(&term) {
            Shape::Map(_) => {
                let get = |key: &str| python::get(&term, &Value::from(key));
                names.extend(
                    get("files")
                        .map(|value| listed(&value))
                        .transpose()?
                        .unwrap_or_default(),
                );
                paths.extend(
                    get("paths")
                        .map(|value| listed(&value))
                        .transpose()?
                        .unwrap_or_default(),
                );
                skip |= get("skip").is_some_and(|value| value.is_true());
            }
            _ => names.push(python::text(&term)?),
        }
    }
    for (option, into) in [("files", &mut names), ("paths", &mut paths)] {
        into.extend(
            request
                .option(option)
                .map(listed)
                .transpose()?
                .unwrap_or_default(),
        );
    }
    let files = &request.templar().settings().files;
    let folders = request.templar().folders(&request.context, None);
    let paths = if paths.is_empty() {
        vec![String::new()]
    } else {
        paths
    };
    for path in &paths {
        for name in &names {
            let wanted = Path::new(path).join(name);
            let sub = |folder: &std::path::PathBuf| {
                ["files", "templates", "vars", ""].map(|sub| folder.join(sub).join(&wanted))
            };
            let candidates: Vec<_> = if wanted.is_absolute() {
                vec![wanted.clone()]
            } else {
                folders.iter().flat_map(sub).collect()
            };
            if let Some(found) = candidates
                .iter()
                .find(|path| files.is_folder(path) == Some(false))
            {
                return Ok(vec![Value::from(found.display().to_string())]);
            }
        }
    }
    if skip {
        Ok(Vec::new())
    } else {
        Err(request.error(format!("none of these files is there: {}", names.join(", "))))
    }
}
