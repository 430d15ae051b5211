//! The files of sources, sources.list(5).

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use super::FOLDER;
use crate::Error;
use crate::Result;
use crate::files::to_text;

const CLASSIC: &str = "/etc/apt/sources.list";

/// A file of sources.
#[derive(Debug)]
pub struct List {
    pub(super) path: AbsPath,
    pub(super) entry: Arc<Entry>,
    text: String,
}

/// A line that is a source.
pub(super) struct Source {
    /// `deb URI SUITE COMPONENT...`, one blank between.
    pub(super) text: String,
    /// Whether it is no comment.
    pub(super) enabled: bool,
    comment: String,
}

impl Source {
    pub(super) fn read(line: &str) -> Option<Source> {
        let line = line.trim();
        let (enabled, line) = match line.strip_prefix('#') {
            Some(rest) => (false, rest),
            None => (true, line),
        };
        let (line, comment) = line.split_once('#').unwrap_or((line, ""));
        let words: Vec<&str> = line.split_whitespace().collect();
        matches!(words.first(), Some(&("deb" | "deb-src"))).then(|| Source {
            text: words.join(" "),
            enabled,
            comment: comment.trim().to_owned(),
        })
    }

    /// The line of the enabled source.
    fn line(&self) -> String {
        match self.comment.as_str() {
            "" => format!("{}\n", self.text),
            comment => format!("{} # {comment}\n", self.text),
        }
    }
}

/// The name that a source's file gets: its place, without scheme, options and login.
pub(super) fn file_name(source: &str) -> String {
    let mut text = source.to_owned();
    while let (Some(open), Some(close)) = (text.find('['), text.find(']')) {
        if close < open {
            break;
        }
        text.replace_range(open..=close, "");
    }
    let place = text.split_whitespace().find(|word| !matches!(*word, "deb" | "deb-src"));
    let place = place.unwrap_or("");
    let place = place.split_once("://").map_or(place, |(_, rest)| rest);
    let place = place.split_once('@').map_or(place, |(_, rest)| rest);
    let words = place.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("_")
}

fn glob() -> Want {
    Want::Glob(format!("{FOLDER}/*.list"))
}

pub(super) fn wants() -> Vec<Want> {
    let classic = AbsPath::new(CLASSIC).map(|path| Want::Entry {
        path,
        follow: true,
        content: true,
    });
    std::iter::once(glob()).chain(classic).collect()
}

pub(super) fn look(on: &View<'_>, own: &AbsPath) -> Result<Known<Vec<List>>> {
    let mut paths = match on.ask(glob())? {
        Known::Is(Answer::Paths(paths)) => paths,
        Known::Is(_) => Vec::new(),
        Known::Unknown(why) => return Ok(Known::Unknown(why)),
    };
    paths.extend(AbsPath::new(CLASSIC));
    if !own.as_str().starts_with(FOLDER) {
        paths.push(own.clone());
    }
    let mut lists = Vec::new();
    for path in paths {
        let entry = match on.file(&path, true)? {
            Known::Is(Some(entry)) => entry,
            Known::Is(None) => continue,
            Known::Unknown(why) => return Ok(Known::Unknown(why)),
        };
        let text = match &entry.content {
            Some(Content::Bytes(bytes)) => to_text(bytes),
            Some(Content::Digest(_)) => {
                return Err(Error::failed(format!("{path} is too large for a list of sources")));
            }
            None => continue,
        };
        lists.push(List { path, entry, text });
    }
    Ok(Known::Is(lists))
}

impl List {
    fn is(line: &str, source: &str) -> Option<Source> {
        Source::read(line).filter(|found| found.text == source)
    }

    /// Whether it has the source, in use or as a comment.
    pub(super) fn has(&self, source: &str) -> bool {
        self.text.lines().any(|line| List::is(line, source).is_some())
    }

    /// The text with the source in use; nothing where it is already, or is not there.
    pub(super) fn enabled(&self, source: &str) -> Option<String> {
        let waits = |line: &str| List::is(line, source).is_some_and(|found| !found.enabled);
        self.text.lines().any(waits).then(|| {
            let line = |line: &str| match List::is(line, source) {
                Some(found) => found.line(),
                None => format!("{line}\n"),
            };
            self.text.lines().map(line).collect()
        })
    }

    /// The text without the source; nothing where it is not in use.
    pub(super) fn without(&self, source: &str) -> Option<String> {
        let used = |line: &&str| List::is(line, source).is_some_and(|found| found.enabled);
        self.text.lines().any(|line| used(&line)).then(|| {
            let kept = self.text.lines().filter(|line| !used(line));
            kept.map(|line| format!("{line}\n")).collect()
        })
    }

    /// The text with the source at its end.
    pub(super) fn with(&self, source: &str) -> String {
        let newline = if self.text.is_empty() || self.text.ends_with('\n') { "" } else { "\n" };
        format!("{}{newline}{source}\n", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_called_after_the_place() {
        let name = |source: &str| file_name(source);
        assert_eq!(
            name("deb [arch=amd64 signed-by=/k.gpg] https://me:pass@download.docker.com/linux/debian bookworm stable"),
            "download_docker_com_linux_debian"
        );
        assert_eq!(name("deb-src http://archive.canonical.com/ubuntu hardy partner"), "archive_canonical_com_ubuntu");
    }

    #[test]
    fn sources_are_compared_by_their_words() {
        let source = Source::read("#deb   http://x  y   main # mine").expect("a source");
        assert_eq!((source.text.as_str(), source.enabled), ("deb http://x y main", false));
        assert_eq!(source.line(), "deb http://x y main # mine\n");
        assert!(Source::read("# a comment").is_none() && Source::read("rpm http://x y").is_none());
    }
}
