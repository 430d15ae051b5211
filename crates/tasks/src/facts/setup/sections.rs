//! The parts of the script's output.

use std::collections::HashMap;

/// The parts of the script's output: commands by title, files by path.
pub(super) struct Sections<'a> {
    commands: HashMap<&'a str, &'a str>,
    files: HashMap<&'a str, &'a str>,
}

impl<'a> Sections<'a> {
    pub(super) fn of(text: &'a str) -> Sections<'a> {
        let (commands, files) = text.split_once("== files\n").unwrap_or((text, ""));
        Sections {
            commands: parts(commands, "== ", "\n"),
            files: parts(files, "==> ", " <==\n"),
        }
    }

    /// What a command said; empty when it is not there or failed.
    pub(super) fn command(&self, title: &str) -> &'a str {
        self.commands
            .get(title)
            .copied()
            .unwrap_or("")
            .trim_end_matches('\n')
    }

    /// What is in a file, if it can be read.
    pub(super) fn file(&self, path: &str) -> Option<&'a str> {
        self.files.get(path).copied()
    }

    /// What is in a file of one line.
    pub(super) fn line(&self, path: &str) -> Option<&'a str> {
        self.file(path).map(str::trim)
    }

    /// Whether a path is there.
    pub(super) fn has(&self, path: &str) -> bool {
        self.command("present").lines().any(|line| line == path)
    }

    /// `KEY="value"` lines of a file.
    pub(super) fn settings(&self, path: &str) -> HashMap<&'a str, &'a str> {
        let lines = self
            .file(path)
            .unwrap_or("")
            .lines()
            .filter_map(|line| line.split_once('='));
        lines
            .map(|(key, value)| (key.trim(), value.trim().trim_matches(['"', '\''])))
            .collect()
    }
}

/// Splits at lines that begin with `open`; the title goes up to `close`.
fn parts<'a>(text: &'a str, open: &str, close: &str) -> HashMap<&'a str, &'a str> {
    let mut parts = HashMap::new();
    let starts: Vec<usize> = text
        .match_indices(open)
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || text[..*at].ends_with('\n'))
        .collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        if let Some((title, body)) = text[start + open.len()..end].split_once(close) {
            // `head` puts an empty line before the next title.
            let body = if index + 1 < starts.len() && open == "==> " {
                body.strip_suffix('\n').unwrap_or(body)
            } else {
                body
            };
            parts.insert(title, body);
        }
    }
    parts
}
