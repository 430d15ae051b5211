//! `lookup` and `query`: what comes from outside the variables. Their results are data.

mod combine;
mod each;
mod files;
mod first_found;
mod hostnames;
mod ini;
mod inline;
pub(super) mod options;
mod password;
mod program;
mod sequence;
mod subelements;
mod table;
mod url;

pub(super) use files::like;

use std::sync::Arc;

use minijinja::Error;
use minijinja::Value;

use super::Templar;
use super::call::Call;
use super::container::list;
use super::context::Context;
use super::filters;
use super::frame;
use super::marker::Stopped;
use super::marker::Undefined;
use super::marker::Unknown;
use super::marker::is_marker;
use super::marker::is_undefined;
use super::marker::usable;
use super::python;
use super::python::Shape;

/// What a lookup needs.
struct Request<'a> {
    name: &'a str,
    context: Arc<Context>,
    terms: Vec<Value>,
    named: Vec<(String, Value)>,
    /// The action of the task whose `with_NAME` this is.
    action: Option<String>,
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
        return Ok(if wantlist {
            list(Vec::new())
        } else {
            Value::from(())
        });
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
    let name = plain(&full);
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
        action: None,
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

/// The names of all lookups, sorted; without those that are refused whatever they are asked.
pub const LOOKUPS: &[&str] = &[
    "csvfile",
    "dict",
    "env",
    "file",
    "fileglob",
    "first_found",
    "indexed_items",
    "ini",
    "inventory_hostnames",
    "items",
    "lines",
    "list",
    "nested",
    "password",
    "pipe",
    "random_choice",
    "sequence",
    "subelements",
    "template",
    "together",
    "unvault",
    "url",
    "varnames",
    "vars",
];

/// Why a lookup of Ansible's is not there, and what to do instead.
pub(crate) fn refused(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "config" => Some((
            "there is no configuration of Ansible to ask",
            "set a variable instead",
        )),
        _ => None,
    }
}

/// The name of a lookup without the collection that Ansible's own belong to.
pub(super) fn plain(name: &str) -> &str {
    name.strip_prefix("ansible.builtin.")
        .or_else(|| name.strip_prefix("ansible.legacy."))
        .unwrap_or(name)
}

fn find(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    match request.name {
        "env" => request.texts()?.iter().map(|name| env(request, name)).collect(),
        "vars" => request.terms.iter().map(|name| var(request, name)).collect(),
        "varnames" => varnames(request),
        "file" => files::files(request, true),
        "unvault" => files::files(request, false),
        "template" => files::templates(request),
        "first_found" => first_found::found(request),
        "fileglob" => files::matching(request),
        "csvfile" => table::cells(request),
        "ini" => ini::values(request),
        "items" | "list" => Ok(flattened(&request.terms, request.name == "items")),
        "indexed_items" => Ok(combine::indexed(request)),
        "dict" => combine::entries(request),
        "together" => combine::together(request),
        "nested" => combine::nested(request),
        "subelements" => subelements::pairs(request),
        "sequence" => sequence::items(request),
        "inventory_hostnames" => hostnames::chosen(request),
        "pipe" => program::outputs(request),
        "lines" => program::lines(request),
        "random_choice" => random_choice(request),
        "url" => url::answers(request),
        "password" => password::passwords(request),
        other if let Some((why, mend)) = refused(other) => {
            Err(request.error(format!("is not supported: {why}; {mend}")))
        }
        other => Err(python::error(format!("there is no lookup `{other}`"))),
    }
}

/// One of the terms, drawn anew each time.
fn random_choice(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    if request.terms.is_empty() {
        return Ok(Vec::new());
    }
    let Some(mut random) = filters::Random::drawn()? else {
        return Ok(vec![Unknown::value(&filters::DRAWN.into())]);
    };
    Ok(vec![request.terms[random.index(request.terms.len())?].clone()])
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
        (None, _) if request.context.scope.unnamed().is_some() => Ok(request
            .context
            .scope
            .unnamed()
            .map_or_else(Value::default, |why| Unknown::value(&why))),
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
        in_ansible: None,
        inside: None,
    })
}

fn var(request: &Request<'_>, name: &Value) -> Result<Value, Error> {
    let name = name.as_str().ok_or_else(|| {
        let kind = python::type_name(name);
        request.error(format!("Variable name must be 'str' not '{kind}'"))
    })?;
    match (request.context.variable(name), request.option("default")) {
        (Some(value), _) => python::valid(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Ok(missing(format!("No variable named '{name}' was found."))),
    }
}

fn varnames(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut out = Vec::new();
    let mut names = request.context.scope.names();
    names.sort();
    for term in &request.terms {
        let text = term.as_str().ok_or_else(|| {
            let kind = python::type_name(term);
            request.error(format!(
                "Invalid setting identifier: a regular expression is a string, not a value of type {kind}"
            ))
        })?;
        let pattern = filters::regex::pattern(text, false, false).map_err(|error| {
            request.error(format!(
                "Unable to use \"{text}\" as a search parameter: {}",
                error.detail().unwrap_or_default()
            ))
        })?;
        for name in &names {
            if pattern.is_match(name).map_err(filters::regex::failed)? {
                out.push(Value::from(Arc::clone(name)));
            }
        }
    }
    Ok(out)
}
