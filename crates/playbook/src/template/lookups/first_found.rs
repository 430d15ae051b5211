//! `first_found`: the first of some files that is there.

use std::path::Path;
use std::path::PathBuf;

use minijinja::Error;
use minijinja::Value;

use super::Request;
use super::flattened;
use crate::template::python;
use crate::template::python::Shape;

/// What is looked for, from terms and named arguments.
#[derive(Default)]
struct Wanted {
    names: Vec<String>,
    paths: Vec<String>,
    skip: bool,
}

/// The path of the first file that is there; none with `skip`.
pub(super) fn found(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let wanted = wanted(request)?;
    let files = &request.templar().settings().files;
    for path in &wanted.paths {
        for name in &wanted.names {
            let mut candidates = candidates(request, &Path::new(path).join(name)).into_iter();
            if let Some(found) = candidates.find(|path| files.is_folder(path) == Some(false)) {
                return Ok(vec![Value::from(found.display().to_string())]);
            }
        }
    }
    if wanted.skip {
        Ok(Vec::new())
    } else {
        let names = wanted.names.join(", ");
        Err(request.error(format!("none of these files is there: {names}")))
    }
}

fn wanted(request: &Request<'_>) -> Result<Wanted, Error> {
    let mut wanted = Wanted {
        skip: request.flag("skip", false)?,
        ..Wanted::default()
    };
    for term in flattened(&request.terms, true) {
        if matches!(python::shape(&term), Shape::Map(_)) {
            let get = |key: &str| python::get(&term, &Value::from(key));
            wanted.add(get("files").as_ref(), get("paths").as_ref())?;
            wanted.skip |= get("skip").is_some_and(|value| value.is_true());
        } else {
            wanted.names.push(python::text(&term)?);
        }
    }
    wanted.add(request.option("files"), request.option("paths"))?;
    if wanted.paths.is_empty() {
        wanted.paths.push(String::new());
    }
    Ok(wanted)
}

impl Wanted {
    fn add(&mut self, files: Option<&Value>, paths: Option<&Value>) -> Result<(), Error> {
        self.names
            .extend(files.map(listed).transpose()?.unwrap_or_default());
        self.paths
            .extend(paths.map(listed).transpose()?.unwrap_or_default());
        Ok(())
    }
}

/// A list, or a text divided by `,`, `;` or `:`.
fn listed(value: &Value) -> Result<Vec<String>, Error> {
    match value.as_str() {
        Some(text) => {
            let parts = text.split([',', ';', ':']);
            Ok(parts.map(|part| part.trim().to_owned()).collect())
        }
        None => python::items(value)?.iter().map(python::text).collect(),
    }
}

/// Where a file may be: as it is, or along the search path.
fn candidates(request: &Request<'_>, wanted: &Path) -> Vec<PathBuf> {
    if wanted.is_absolute() {
        return vec![wanted.to_owned()];
    }
    let folders = request.templar().folders(&request.context, None);
    let within =
        |folder: &PathBuf| ["files", "templates", "vars", ""].map(|sub| folder.join(sub).join(wanted));
    folders.iter().flat_map(within).collect()
}
