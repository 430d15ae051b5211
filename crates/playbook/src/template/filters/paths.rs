//! Paths, as Python's `os.path` splits and joins them. None of these looks at a disk.

use std::path::Path;

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::list;
use crate::template::lookups::like;
use crate::template::python;

use super::lists::is_list;
use super::text::pair;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("basename", "path", |call| {
        let path = call.text("path")?;
        Ok(Value::from(path.rsplit('/').next().unwrap_or_default()))
    }),
    Entry::new("dirname", "path", |call| {
        Ok(Value::from(dirname(&call.text("path")?)))
    }),
    Entry::new("splitext", "path", splitext),
    Entry::new("path_join", "paths", path_join),
    Entry::new("normpath", "path", |call| {
        Ok(Value::from(normal(&call.text("path")?)))
    }),
    Entry::new("realpath", "path", realpath),
    Entry::new("relpath", "path start", relpath),
    Entry::new("commonpath", "paths", commonpath),
    Entry::new("expanduser", "path", expanduser),
    Entry::new("expandvars", "path", expandvars),
    Entry::new("fileglob", "pathname", fileglob),
    Entry::new("win_splitdrive", "path", |call| {
        let path = call.text("path")?;
        let (drive, rest) = path.split_at(drive(&path));
        Ok(pair(Value::from(drive), Value::from(rest)))
    }),
    Entry::new("win_basename", "path", |call| {
        Ok(Value::from(
            call.text("path")?.rsplit(['/', '\\']).next().unwrap_or_default(),
        ))
    }),
    Entry::new("win_dirname", "path", |call| {
        let path = call.text("path")?;
        let head = path.rfind(['/', '\\']).map_or("", |at| &path[..=at]);
        let trimmed = head.trim_end_matches(['/', '\\']);
        Ok(Value::from(if trimmed.is_empty() || trimmed.ends_with(':') {
            head
        } else {
            trimmed
        }))
    }),
];

fn dirname(path: &str) -> &str {
    let head = path.rfind('/').map_or("", |at| &path[..=at]);
    let trimmed = head.trim_end_matches('/');
    if trimmed.is_empty() { head } else { trimmed }
}

fn splitext(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let path = call.text("path")?;
    let base = path.rfind('/').map_or(0, |at| at + 1);
    let dots = path[base..].len() - path[base..].trim_start_matches('.').len();
    let split = path[base + dots..]
        .rfind('.')
        .map_or(path.len(), |at| base + dots + at);
    Ok(pair(Value::from(&path[..split]), Value::from(&path[split..])))
}

fn join(parts: &[String]) -> String {
    let mut out = String::new();
    for part in parts {
        if part.starts_with('/') {
            out.clear();
        } else if !out.is_empty() && !out.ends_with('/') {
            out.push('/');
        }
        out.push_str(part);
    }
    out
}

fn path_join(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let paths = call.need("paths")?;
    if !is_list(paths) {
        let text = paths.as_str().map(Value::from);
        return text.ok_or_else(|| call.error("expects string or sequence"));
    }
    let parts: Result<Vec<String>, Error> = python::items(paths)?.iter().map(python::text).collect();
    Ok(Value::from(join(&parts?)))
}

/// `os.path.normpath`: `.` and `..` resolved in the text.
pub(crate) fn normal(path: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !matches!(*part, "" | ".")) {
        match (part, parts.last()) {
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            ("..", None) if absolute => {}
            _ => parts.push(part),
        }
    }
    let slashes = if absolute {
        if path.starts_with("//") && !path.starts_with("///") {
            "//"
        } else {
            "/"
        }
    } else {
        ""
    };
    let text = format!("{slashes}{}", parts.join("/"));
    if text.is_empty() { ".".to_owned() } else { text }
}

fn realpath(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let path = call.text("path")?;
    if path.starts_with('/') {
        return Ok(Value::from(normal(&path)));
    }
    Err(call.error("only absolute paths: what a relative one means depends on where the command was started"))
}

fn relpath(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (path, start) = (call.text("path")?, call.text_or("start", "")?);
    if !path.starts_with('/') || !start.starts_with('/') {
        return Err(call.error("needs an absolute path and an absolute start"));
    }
    let (path, start) = (normal(&path), normal(&start));
    let split = |path: &'_ str| {
        path.split('/')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (path, start) = (split(&path), split(&start));
    let same = path.iter().zip(&start).take_while(|(a, b)| a == b).count();
    let mut parts = vec!["..".to_owned(); start.len() - same];
    parts.extend(path[same..].iter().cloned());
    Ok(Value::from(if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }))
}

fn commonpath(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    if !is_list(call.need("paths")?) {
        return Err(call.error("|commonpath expects a list of paths"));
    }
    let paths: Result<Vec<String>, Error> = call.items("paths")?.iter().map(python::text).collect();
    let paths = paths?;
    let absolute = paths.iter().filter(|path| path.starts_with('/')).count();
    if paths.is_empty() || (absolute > 0 && absolute < paths.len()) {
        return Err(call.error("needs paths, all absolute or all relative"));
    }
    let parts = |path: &'_ str| {
        path.split('/')
            .filter(|part| !matches!(*part, "" | "."))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut common = parts(&paths[0]);
    for path in &paths[1..] {
        let same = common
            .iter()
            .zip(parts(path))
            .take_while(|(a, b)| *a == b)
            .count();
        common.truncate(same);
    }
    Ok(Value::from(format!(
        "{}{}",
        if absolute > 0 { "/" } else { "" },
        common.join("/")
    )))
}

fn expanduser(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let path = call.text("path")?;
    let Some(rest) = path
        .strip_prefix('~')
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
    else {
        return Ok(Value::from(path));
    };
    let home = crate::template::frame::context()
        .and_then(|context| context.templar.settings().environment.get("HOME").cloned());
    Ok(Value::from(home.map_or_else(|| path.clone(), |home| home + rest)))
}

/// How long the drive of a Windows path is: `C:`, or `\\\\host\\share`.
fn drive(path: &str) -> usize {
    let slash = |c: char| c == '\\' || c == '/';
    if path.chars().take(2).all(slash) && path.len() > 1 {
        if path[2..].starts_with(slash) {
            return 0;
        }
        let Some(share) = path[2..].find(slash).map(|at| at + 3) else {
            return path.len();
        };
        return path[share..].find(slash).map_or(path.len(), |at| share + at);
    }
    let letter = path.chars().next().map_or(0, char::len_utf8);
    if path[letter..].starts_with(':') {
        letter + 1
    } else {
        0
    }
}

/// `$NAME` and `${NAME}` of the controller's environment; a name that is not set stays.
fn expandvars(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let path = call.text("path")?;
    let context = crate::template::frame::context();
    let value = |name: &str| {
        context
            .as_ref()?
            .templar
            .settings()
            .environment
            .get(name)
            .cloned()
    };
    let mut out = String::new();
    let mut rest = path.as_str();
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let (name, whole) = match after.strip_prefix('{').and_then(|after| after.split_once('}')) {
            Some((name, _)) => (name, name.len() + 2),
            None => {
                let name = &after[..after.find(|c| !plain(c)).unwrap_or(after.len())];
                (name, name.len())
            }
        };
        match value(name).filter(|_| !name.is_empty()) {
            Some(value) => out.push_str(&value),
            None => {
                out.push('$');
                out.push_str(&after[..whole]);
            }
        }
        rest = &after[whole..];
    }
    Ok(Value::from(out + rest))
}

/// The files of the controller that a shell pattern names; the folder before the last `/` is no pattern.
fn fileglob(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let pattern = call.text("pathname")?;
    let context = crate::template::frame::context().ok_or_else(|| call.error("no files can be seen here"))?;
    let (folder, name) = pattern.rsplit_once('/').unwrap_or((".", &pattern));
    let folder = if folder.is_empty() { "/" } else { folder };
    let files = &context.templar.settings().files;
    Ok(list(like(files.as_ref(), Path::new(folder), name)?))
}
