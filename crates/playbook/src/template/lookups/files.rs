//! Lookups of files: `file`, `template`, `fileglob`.

use std::path::Path;
use std::sync::Arc;

use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Place;
use evenkeel_yaml::Source;
use minijinja::Error;
use minijinja::Value;

use super::Request;
use crate::inventory::glob;
use crate::template::Text;
use crate::template::convert;
use crate::template::engine::Form;
use crate::template::frame;
use crate::template::marker::Stopped;
use crate::template::python;

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

/// The text of each file, without the blanks at its end.
pub(super) fn files(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    request.texts()?.iter().map(|name| file(request, name)).collect()
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

/// What each template file gives.
pub(super) fn templates(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    request
        .texts()?
        .iter()
        .map(|name| template(request, name))
        .collect()
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
pub(super) fn matching(request: &Request<'_>) -> Result<Vec<Value>, Error> {
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
