//! Lookups of files: `file`, `template`, `fileglob`.

use std::path::Path;
use std::sync::Arc;

use evenkeel_tasks::Encoding;
use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Place;
use evenkeel_yaml::Source;
use minijinja::Error;
use minijinja::Value;

use super::Request;
use crate::Files;
use crate::Later;
use crate::Var;
use crate::inventory::glob;
use crate::template::Text;
use crate::template::context::Context;
use crate::template::convert;
use crate::template::engine::Form;
use crate::template::frame;
use crate::template::frame::Emit;
use crate::template::frame::Frame;
use crate::template::marker::Stopped;
use crate::template::own;
use crate::template::own::TemplateFile;
use crate::template::problem;
use crate::template::python;

/// The path and the UTF-8 text of a file: an absolute one, or one along the search path, first in `sub`.
fn read(request: &Request<'_>, name: &str, sub: &str) -> Result<(String, String), Error> {
    read_as(request, name, sub, "utf-8")
}

/// The same in an encoding.
pub(super) fn read_as(
    request: &Request<'_>,
    name: &str,
    sub: &str,
    encoding: &str,
) -> Result<(String, String), Error> {
    let encoding = Encoding::named(encoding).map_err(|why| request.error(why))?;
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
        if files.is_folder(path) == Some(false) {
            let contents = files.open(path).map_err(|error| match Later::why(&error) {
                Some(why) => later(why),
                None => request.error(format!("Unable to access the file '{name}': {error}")),
            })?;
            if contents.secret {
                frame::secret();
            }
            let text = encoding
                .decode(&contents.bytes)
                .map_err(|why| request.error(format!("{} cannot be read: {why}", path.display())))?;
            return Ok((path.display().to_string(), text));
        }
    }
    if let Some(why) = files.awaited() {
        return Err(later(why));
    }
    let tried: Vec<String> = candidates.iter().map(|path| path.display().to_string()).collect();
    let tried = if tried.is_empty() {
        "no folder is known to look in".to_owned()
    } else {
        format!("looked for {}", tried.join(", "))
    };
    Err(request.error(format!(
        "Unable to access the file '{name}': No such file or directory ({tried})"
    )))
}

/// What a file holds that is known only after apply.
pub(super) fn later(why: Arc<str>) -> Error {
    python::error(format!("known after apply: {why}")).with_source(Stopped(frame::Poison::Unknown(why)))
}

/// The text of each file; `strips` says whether without the blanks at its end where the lookup does not say it.
pub(super) fn files(request: &Request<'_>, strips: bool) -> Result<Vec<Value>, Error> {
    let texts = request.texts()?;
    texts.iter().map(|name| file(request, name, strips)).collect()
}

fn file(request: &Request<'_>, name: &str, strips: bool) -> Result<Value, Error> {
    let (_, text) = read(request, name, "files")?;
    let text = if request.flag("rstrip", strips)? {
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
    let (path, text) = read(request, name, "templates")?;
    let source = Source::new(path, text);
    let options = template_options(request)?;
    let failed = |problem: Box<evenkeel_yaml::Problem>| {
        let message = problem.message.clone();
        python::error(message).with_source(Stopped(frame::Poison::Problem(problem)))
    };
    let (options, start) = problem::header(&source, &options).map_err(|problem| failed(Box::new(problem)))?;
    let place = Place::new(&source, start, source.text.len());
    let text = Text {
        text: &source.text[start..],
        place: &place,
        form: Form::File(Arc::new(options)),
    };
    let context = with_own(request, name, &source)?;
    let folder = Path::new(&source.name)
        .parent()
        .unwrap_or(Path::new(""))
        .to_path_buf();
    let engine = &request.templar().engine;
    let mut around = Frame::new(&context, Emit::Value);
    around.folder = Some(Arc::new(folder));
    let (value, _) = frame::run(around, || {
        engine.evaluate(request.templar(), &context, &text, 0, None)
    });
    let value = value.map_err(|failure| failed(Box::new(engine.problem(&text, failure))))?;
    convert::finished(&value)
}

fn template_options(request: &Request<'_>) -> Result<TemplateOptions, Error> {
    let mut options = TemplateOptions {
        trim_blocks: request.flag("trim_blocks", true)?,
        ..TemplateOptions::default()
    };
    let marks = [
        "block_start_string",
        "block_end_string",
        "variable_start_string",
        "variable_end_string",
    ];
    let marks = marks
        .into_iter()
        .chain(["comment_start_string", "comment_end_string"]);
    for (mark, name) in options.marks.iter_mut().zip(marks) {
        if let Some(value) = request.option(name) {
            *mark = python::text(value)?;
        }
    }
    Ok(options)
}

/// The variables, with those that the lookup was given for the template.
fn with_own(request: &Request<'_>, name: &str, source: &Arc<Source>) -> Result<Arc<Context>, Error> {
    let mut given = Vec::new();
    if let Some(own) = request.option("template_vars") {
        for (name, value) in python::entries(own)? {
            given.push((Arc::from(python::text(&name)?), Var::data(value)));
        }
    }
    let about = TemplateFile {
        written: name.into(),
        ..TemplateFile::at(&source.name)
    };
    let settings = request.templar().settings();
    let scope = own::scope(given, about, settings, &request.context.scope);
    Ok(Context::new(request.templar(), &scope))
}

/// `fileglob`: the files whose names are like a pattern, in the order of their names; folders are not looked into. A
/// pattern without a folder is looked for along the search path, until a folder has something like it.
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
        let mut there = candidates
            .iter()
            .filter(|path| files.is_folder(path) == Some(true));
        let like = |folder: &std::path::PathBuf| like(files.as_ref(), folder, pattern);
        let mut matching = Vec::new();
        if folder.is_empty() {
            for folder in there {
                matching = like(folder)?;
                if !matching.is_empty() {
                    break;
                }
            }
        } else if let Some(folder) = there.next() {
            matching = like(folder)?;
        }
        found.extend(matching);
    }
    match files.awaited() {
        Some(why) => Err(later(why)),
        None => Ok(found),
    }
}

/// The files of a folder whose names are like a pattern.
///
/// # Errors
/// Where they are known only after apply.
pub(in crate::template) fn like(
    files: &dyn Files,
    folder: &Path,
    pattern: &str,
) -> Result<Vec<Value>, Error> {
    let listed = files.list(folder);
    if let Some(why) = listed.as_ref().err().and_then(Later::why).or(files.awaited()) {
        return Err(later(why));
    }
    let names = listed.unwrap_or_default();
    let hidden = |name: &str| name.starts_with('.') && !pattern.starts_with('.');
    let matching = names
        .iter()
        .filter(|name| !hidden(name) && glob::matches(pattern, name))
        .map(|name| folder.join(name))
        .filter(|path| files.is_folder(path) == Some(false));
    Ok(matching
        .map(|path| Value::from(path.display().to_string()))
        .collect())
}
