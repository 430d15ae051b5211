//! `first_found`: the first of some files that is there.

use std::path::Path;
use std::path::PathBuf;

use minijinja::Error;
use minijinja::Value;

use super::Request;
use super::files::later;
use crate::template::container::list;
use crate::template::filters::normal;
use crate::template::marker::usable;
use crate::template::python;
use crate::template::python::Shape;

/// What is looked for, from terms and named arguments.
#[derive(Default)]
struct Wanted {
    names: Vec<PathBuf>,
    skip: bool,
}

/// The path of the first file that is there; none with `skip`.
pub(super) fn found(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let wanted = wanted(request)?;
    let files = &request.templar().settings().files;
    for name in &wanted.names {
        for path in candidates(request, name) {
            if let Some(why) = files.undecided(&path) {
                return Err(later(why));
            }
            if files.is_folder(&path).is_some() {
                let text = path.display().to_string();
                return Ok(vec![Value::from(normal(&text))]);
            }
        }
    }
    if wanted.skip {
        Ok(Vec::new())
    } else {
        let names: Vec<String> = wanted
            .names
            .iter()
            .map(|name| name.display().to_string())
            .collect();
        Err(request.error(format!(
            "No file was found when using first_found: looked for {}",
            names.join(", ")
        )))
    }
}

fn wanted(request: &Request<'_>) -> Result<Wanted, Error> {
    let mut wanted = Wanted {
        skip: request.flag("skip", false)?,
        ..Wanted::default()
    };
    let global = Options {
        files: request.option("files").cloned(),
        paths: request.option("paths").cloned(),
    };
    for option in [&global.files, &global.paths].into_iter().flatten() {
        usable(option)?;
    }
    if request.terms.is_empty() {
        if let Some(files) = &global.files {
            wanted.add(
                request,
                &python::items(&list(listed(files, &[',', ';'])?))?,
                &global,
            )?;
        }
    } else {
        wanted.add(request, &request.terms, &global)?;
    }
    Ok(wanted)
}

/// Files and the folders that they are looked for in.
struct Options {
    files: Option<Value>,
    paths: Option<Value>,
}

impl Wanted {
    /// Adds what some terms name: files, mappings of files and paths, or lists of these.
    fn add(&mut self, request: &Request<'_>, terms: &[Value], options: &Options) -> Result<(), Error> {
        for term in terms {
            usable(term)?;
            let (files, paths) = match python::shape(term) {
                Shape::Str(_) => (vec![term.clone()], options.paths.clone()),
                Shape::Map(_) => {
                    let get = |key: &str| python::get(term, &Value::from(key));
                    self.skip |= get("skip").is_some_and(|value| value.is_true());
                    (get("files").into_iter().collect(), get("paths"))
                }
                Shape::Seq(_) => {
                    self.add(request, &python::items(term)?, options)?;
                    continue;
                }
                Shape::None | Shape::Bool(_) | Shape::Int(_) | Shape::Float(_) | Shape::Other => {
                    let kind = python::type_name(term);
                    return Err(request.error(format!(
                        "Invalid term supplied. A string, dict or list is required, not '{kind}'"
                    )));
                }
            };
            let paths = paths
                .map(|paths| listed(&paths, &[',', ':', ';']))
                .transpose()?
                .unwrap_or_default();
            let mut names = Vec::new();
            for file in &files {
                names.extend(listed(file, &[',', ';'])?);
            }
            for path in if paths.is_empty() {
                vec![Value::from("")]
            } else {
                paths
            } {
                let path = python::text(&path)?;
                for name in &names {
                    self.names.push(Path::new(&path).join(python::text(name)?));
                }
            }
        }
        Ok(())
    }
}

/// The parts of a text divided at some characters, or those of each text of a list.
fn listed(value: &Value, separators: &[char]) -> Result<Vec<Value>, Error> {
    usable(value)?;
    match value.as_str() {
        Some(text) => Ok(text.split(separators).map(Value::from).collect()),
        None => {
            let mut parts = Vec::new();
            for item in python::items(value)? {
                parts.extend(listed(&Value::from(python::text(&item)?), separators)?);
            }
            Ok(parts)
        }
    }
}

/// Where a file may be: as it is, or along the search path.
fn candidates(request: &Request<'_>, wanted: &Path) -> Vec<PathBuf> {
    if wanted.is_absolute() {
        return vec![wanted.to_owned()];
    }
    let folders = request.templar().folders(&request.context, None);
    // A loop of a task looks first where the files of its action lie; `lookup` knows no task.
    let kind = request.action.as_deref().map(|action| {
        let named = ["template", "var"].into_iter().find(|kind| action.contains(kind));
        format!("{}s", named.unwrap_or("file"))
    });
    let within = |folder: &PathBuf| {
        let own = kind.iter().map(|kind| folder.join(kind).join(wanted));
        own.chain([folder.join(wanted)]).collect::<Vec<_>>()
    };
    folders.iter().flat_map(within).collect()
}
