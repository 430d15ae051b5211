//! The files that say which modules the next start loads, and with which parameters.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Attributes;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::Write;

use crate::Error;
use crate::Result;
use crate::files::to_bytes;
use crate::files::to_text;

/// Names of modules, one per line, modules-load.d(5).
const LOADED: &str = "/etc/modules-load.d";
/// `options NAME PARAMETER=VALUE ...`, modprobe.d(5).
const OPTIONS: &str = "/etc/modprobe.d";

/// The files of both folders.
#[derive(Debug)]
pub(super) struct Files {
    loaded: Vec<File>,
    options: Vec<File>,
}

/// A file that names the module, or the one that would.
#[derive(Debug)]
struct File {
    path: AbsPath,
    entry: Option<Arc<Entry>>,
    lines: Vec<String>,
}

fn glob(folder: &str) -> Want {
    Want::Glob(format!("{folder}/*.conf"))
}

/// A line without its comment.
fn bare(line: &str) -> &str {
    line.split(['#', ';']).next().unwrap_or("").trim()
}

fn is_module(line: &str, name: &str) -> bool {
    bare(line) == name
}

/// The parameters that a line gives a module.
fn parameters<'l>(line: &'l str, name: &str) -> Option<Vec<&'l str>> {
    let mut words = bare(line).split_whitespace();
    (words.next() == Some("options") && words.next() == Some(name)).then(|| words.collect())
}

impl Files {
    pub(super) fn wants() -> Vec<Want> {
        vec![glob(LOADED), glob(OPTIONS)]
    }

    pub(super) fn look(on: &View<'_>, name: &str) -> Result<Known<Files>> {
        let (loaded, options) = (read(on, LOADED, name)?, read(on, OPTIONS, name)?);
        Ok(match (loaded, options) {
            (Known::Is(loaded), Known::Is(options)) => Known::Is(Files { loaded, options }),
            (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(why),
        })
    }

    /// What makes the next start load a module with these parameters.
    pub(super) fn put(&self, name: &str, wanted: &[&str]) -> Vec<Change> {
        let mut changes = Vec::new();
        if !self.loaded.iter().any(|file| file.has(|line| is_module(line, name))) {
            changes.extend(own(&self.loaded, LOADED, name).map(|file| file.with(&format!("{name}\n"))));
        }
        let mut found: Vec<&str> = self.parameters(name);
        let mut wanted_too = wanted.to_vec();
        for words in [&mut found, &mut wanted_too] {
            words.sort_unstable();
            words.dedup();
        }
        if found != wanted_too {
            let own_path = format!("{OPTIONS}/{name}.conf");
            let others = self.options.iter().filter(|file| file.path.as_str() != own_path);
            changes.extend(others.filter_map(|file| file.without(|line| parameters(line, name).is_some())));
            let text = format!("options {name} {}\n", wanted.join(" "));
            match own(&self.options, OPTIONS, name) {
                Some(file) if wanted.is_empty() => {
                    changes.extend(file.without(|line| parameters(line, name).is_some()));
                }
                file => changes.extend(file.map(|file| file.with(&text))),
            }
        }
        changes
    }

    /// What keeps the next start from loading a module.
    pub(super) fn take(&self, name: &str) -> Vec<Change> {
        let loaded = self.loaded.iter().filter_map(|file| file.without(|line| is_module(line, name)));
        let options = self.options.iter();
        loaded
            .chain(options.filter_map(|file| file.without(|line| parameters(line, name).is_some())))
            .collect()
    }

    fn parameters(&self, name: &str) -> Vec<&str> {
        let lines = self.options.iter().flat_map(|file| &file.lines);
        lines.filter_map(|line| parameters(line, name)).flatten().collect()
    }
}

/// The module's own file in a folder, there or not.
fn own(files: &[File], folder: &str, name: &str) -> Option<File> {
    let path = AbsPath::new(&format!("{folder}/{name}.conf"))?;
    let there = files.iter().find(|file| file.path == path);
    Some(File {
        entry: there.and_then(|file| file.entry.clone()),
        lines: there.map(|file| file.lines.clone()).unwrap_or_default(),
        path,
    })
}

fn read(on: &View<'_>, folder: &str, name: &str) -> Result<Known<Vec<File>>> {
    let mut paths = match on.ask(glob(folder))? {
        Known::Is(Answer::Paths(paths)) => paths,
        Known::Is(_) => Vec::new(),
        Known::Unknown(why) => return Ok(Known::Unknown(why)),
    };
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let (path, entry) = match at_the_end(on, path)? {
            Known::Is(Some(found)) => found,
            Known::Is(None) => continue,
            Known::Unknown(why) => return Ok(Known::Unknown(why)),
        };
        let text = match &entry.content {
            Some(Content::Bytes(bytes)) => to_text(bytes),
            Some(Content::Digest(_)) => {
                return Err(Error::failed(format!("{path} is too large for a list of modules like {name}")));
            }
            None => continue,
        };
        files.push(File {
            path,
            entry: Some(entry),
            lines: text.lines().map(str::to_owned).collect(),
        });
    }
    Ok(Known::Is(files))
}

/// A file and what is there.
type Found = (AbsPath, Arc<Entry>);

/// The file itself, where a link leads to it (`modules.conf` to /etc/modules).
fn at_the_end(on: &View<'_>, path: AbsPath) -> Result<Known<Option<Found>>> {
    let entry = match on.file(&path, false)? {
        Known::Is(Some(entry)) => entry,
        Known::Is(None) => return Ok(Known::Is(None)),
        Known::Unknown(why) => return Ok(Known::Unknown(why)),
    };
    let Kind::Link(target) = &entry.stat.kind else {
        return Ok(Known::Is(Some((path, entry))));
    };
    let mut folder = path.parent().unwrap_or_else(AbsPath::root);
    let mut rest = target.as_str();
    while let Some(after) = rest.strip_prefix("../") {
        folder = folder.parent().unwrap_or_else(AbsPath::root);
        rest = after;
    }
    let end = AbsPath::new(rest).or_else(|| AbsPath::new(&format!("{folder}/{rest}")));
    let Some(end) = end else {
        return Ok(Known::Is(None));
    };
    Ok(on.file(&end, false)?.map(|entry| Some((end, entry?))))
}

impl File {
    fn has(&self, fits: impl Fn(&str) -> bool) -> bool {
        self.lines.iter().any(|line| fits(line))
    }

    /// The file with this text instead of its own.
    fn with(&self, text: &str) -> Change {
        Change::Write(Box::new(Write {
            path: self.path.clone(),
            content: to_bytes(text).into(),
            attributes: Attributes {
                mode: self.entry.is_none().then_some(0o644),
                ..Attributes::default()
            },
            before: self.entry.clone().map_or(Before::Absent, Before::Was),
            validate: None,
            backup: None,
            secret: false,
            unsafe_write: false,
        }))
    }

    /// The file with the lines that fit commented out; nothing where none fits.
    fn without(&self, fits: impl Fn(&str) -> bool) -> Option<Change> {
        self.has(&fits).then(|| {
            let line = |line: &String| match fits(line) {
                true => format!("#{line}\n"),
                false => format!("{line}\n"),
            };
            self.with(&self.lines.iter().map(line).collect::<String>())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_stay_keep_their_bytes() {
        let file = File {
            path: AbsPath::root().join("etc/modules"),
            entry: None,
            lines: to_text(b"# f\xfcr uns\ndummy\n").lines().map(str::to_owned).collect(),
        };
        let Some(Change::Write(write)) = file.without(|line| line == "dummy") else {
            panic!("nothing is written");
        };
        assert_eq!(&*write.content, b"# f\xfcr uns\n#dummy\n");
    }
}
