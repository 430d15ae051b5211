//! Generated files and the folder they belong in.

use std::io;
use std::path::Path;
use std::path::PathBuf;

use evenkeel_playbook::Files;
use evenkeel_yaml::Problem;

use super::header::is_generated;
use super::header::is_marked;

/// The folders that generated files are in, besides the playbooks' own.
const FOLDERS: [&str; 4] = ["files", "group_vars", "host_vars", "templates"];

/// A file that differs from what is generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Its path, relative to the folder.
    pub path: PathBuf,
    /// What is there; `None` when it is missing.
    pub before: Option<String>,
    /// What is generated; `None` when it is generated no more.
    pub after: Option<String>,
}

/// Compares a folder with what was generated; hidden files are nobody's business.
///
/// # Errors
/// When something is in the way that Evenkeel did not generate, or cannot be read.
pub fn differences(
    files: &dyn Files,
    folder: &Path,
    generated: &[(PathBuf, String)],
) -> Result<Vec<Difference>, Problem> {
    let mut found = changed(files, folder, generated).map_err(|(path, error)| unreadable(&path, &error))?;
    for path in present(files, folder)? {
        if generated.iter().all(|(name, _)| *name != path) {
            let text = read(files, &folder.join(&path)).map_err(|error| unreadable(&path, &error))?;
            found.push(Difference {
                path,
                before: text,
                after: None,
            });
        }
    }
    let foreign: Vec<String> = found
        .iter()
        .filter(|found| is_foreign(found))
        .map(shown)
        .collect();
    if !foreign.is_empty() {
        let text = format!(
            "{} holds what Evenkeel did not generate: {}",
            folder.display(),
            foreign.join(", ")
        );
        let help = "move it away, or generate into another folder (`-o`); nothing was written";
        return Err(Problem::error("generate::foreign", text).help(help));
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Whether a file is in the way that may not be overwritten or removed.
fn is_foreign(found: &Difference) -> bool {
    let ours = found.before.as_deref().is_none_or(is_generated);
    !ours && (found.after.is_none() || is_marked(&found.path))
}

pub(super) fn shown(found: &Difference) -> String {
    found.path.display().to_string()
}

/// Brings a folder up to date.
///
/// # Errors
/// When a file cannot be written or removed, which the finding names.
pub fn write(files: &dyn Files, folder: &Path, differences: &[Difference]) -> Result<(), Problem> {
    for difference in differences {
        let path = folder.join(&difference.path);
        let done = match &difference.after {
            Some(text) => put(files, &path, text),
            None => files.remove(&path),
        };
        done.map_err(|error| {
            let word = if difference.after.is_some() {
                "written"
            } else {
                "removed"
            };
            let text = format!("{} cannot be {word}: {error}", path.display());
            Problem::error("generate::write", text)
        })?;
    }
    Ok(())
}

fn put(files: &dyn Files, path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        files.make_folder(folder, 0o755)?;
    }
    let mode = files.permissions(path).unwrap_or(0o644);
    files.write(path, text.as_bytes(), mode)
}

/// The generated files that are missing or differ.
pub(super) fn changed(
    files: &dyn Files,
    folder: &Path,
    generated: &[(PathBuf, String)],
) -> Result<Vec<Difference>, (PathBuf, io::Error)> {
    let mut found = Vec::new();
    for (path, text) in generated {
        let before = read(files, &folder.join(path)).map_err(|error| (path.clone(), error))?;
        if before.as_ref() != Some(text) {
            found.push(Difference {
                path: path.clone(),
                before,
                after: Some(text.clone()),
            });
        }
    }
    Ok(found)
}

/// The files in a folder, relative to it. Folders in which nothing generated can be are not looked into: they are
/// named as they are.
fn present(files: &dyn Files, folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut found = Vec::new();
    for name in names(files, folder)? {
        let path = folder.join(&name);
        if files.is_folder(&path) == Some(true) && FOLDERS.contains(&name.as_str()) {
            let below = names(files, &path)?;
            found.extend(below.into_iter().map(|file| Path::new(&name).join(file)));
        } else {
            found.push(name.into());
        }
    }
    Ok(found)
}

fn names(files: &dyn Files, folder: &Path) -> Result<Vec<String>, Problem> {
    let mut names = match files.list(folder) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    names.retain(|name| !name.starts_with('.'));
    Ok(names)
}

/// The text of a file; none where there is no file. A folder has no text, and is nobody's that generates.
fn read(files: &dyn Files, path: &Path) -> io::Result<Option<String>> {
    if files.is_folder(path) == Some(true) {
        return Ok(Some(String::new()));
    }
    match files.read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::error(
        "generate::unreadable",
        format!("{} cannot be read: {error}", path.display()),
    )
}
