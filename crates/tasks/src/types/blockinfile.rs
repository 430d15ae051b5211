//! `blockinfile`: lines of a text file between two markers.

use evenkeel_host::AbsPath;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::group::Presence;
use crate::Anchor;
use crate::Controller;
use crate::Error;
use crate::FileArguments;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::Validation;
use crate::files;
use crate::files::Edit;
use crate::files::Edited;
use crate::files::NewText;

arguments! {
    /// Manages lines of a text file between two markers.
    pub struct Blockinfile {
        /// The file.
        path | "dest" | "destfile" | "name": AbsPath,
        /// The lines; nothing removes the block.
        block | "content": String = String::new(),
        /// The marker lines; `{mark}` is replaced with `marker_begin` and `marker_end`.
        marker: Text = Text::new("# {mark} ANSIBLE MANAGED BLOCK"),
        /// What `{mark}` is in the first marker line.
        marker_begin: String = "BEGIN".to_owned(),
        /// What `{mark}` is in the last marker line.
        marker_end: String = "END".to_owned(),
        /// Whether the block should be there.
        state: Presence = Presence::Present,
        /// Where a new block goes: after the last line that matches, or `EOF`.
        insertafter: Option<Anchor>,
        /// Where a new block goes: before the last line that matches, or `BOF`.
        insertbefore: Option<Anchor>,
        /// Puts an empty line before the block where none is.
        prepend_newline: bool = false,
        /// Puts an empty line after the block where none is.
        append_newline: bool = false,
        /// Makes the file when it is missing.
        create: bool = false,
        /// Keeps the old file beside the new one, with the time in its name.
        backup: bool = false,
        /// A command that must accept the new file before it replaces the old one; `%s` is the file's path.
        validate: Option<Validation>;
        ..file: FileArguments;
        /// Whether the block must not be shown.
        secret: bool,
        /// What is appended to the name of a backup.
        suffix: Option<String>,
        /// Whether the result says what was before and after.
        diff: bool,
    }
}

impl Blockinfile {
    fn edit(&self) -> Edit<'_> {
        Edit {
            path: &self.path,
            create: self.create,
            secret: self.secret,
            file: &self.file,
            validate: self.validate.as_ref(),
            backup: self.suffix.as_deref(),
        }
    }

    fn markers(&self) -> [String; 2] {
        [&self.marker_begin, &self.marker_end].map(|mark| self.marker.text.replace("{mark}", mark) + "\n")
    }

    fn is_present(&self) -> bool {
        self.state == Presence::Present && !self.block.is_empty()
    }

    fn new_text(&self, old: Option<&[u8]>) -> Result<NewText> {
        let mut lines = split(old.unwrap_or_default());
        let mut at = match self.take_out(&mut lines) {
            Some(at) => at,
            None => self.place(&lines)?,
        };
        if let Some(before) = at.checked_sub(1).and_then(|before| lines.get_mut(before))
            && !before.ends_with(b"\n")
        {
            before.push(b'\n');
        }
        let blank = || b"\n".to_vec();
        if self.prepend_newline && self.state == Presence::Present && at > 0 && lines[at - 1] != b"\n" {
            lines.insert(at, blank());
            at += 1;
        }
        let block = if self.is_present() { vec![self.block_lines()] } else { Vec::new() };
        let after = at + block.len();
        lines.splice(at..at, block);
        if self.append_newline
            && self.state == Presence::Present
            && lines.get(after).is_some_and(|line| line != b"\n")
        {
            lines.insert(after, blank());
        }
        let text = lines.concat();
        let message = match old {
            Some(old) if old == text => "",
            None => "File created",
            Some(_) if self.is_present() => "Block inserted",
            Some(_) => "Block removed",
        };
        Ok(NewText { text, message: message.to_owned() })
    }

    fn block_lines(&self) -> Vec<u8> {
        let [begin, end] = self.markers();
        let newline = if self.block.ends_with('\n') { "" } else { "\n" };
        [begin.as_str(), &self.block, newline, &end].concat().into_bytes()
    }

    /// Removes what is between the last markers, with them; where that was.
    fn take_out(&self, lines: &mut Vec<Vec<u8>>) -> Option<usize> {
        let [begin, end] = self.markers();
        let last = |marker: &str| {
            let marker = marker.trim_end_matches('\n').as_bytes();
            lines.iter().rposition(|line| line.strip_suffix(b"\n").unwrap_or(line) == marker)
        };
        let (first, second) = last(&begin).zip(last(&end))?;
        let (from, to) = (first.min(second), first.max(second));
        lines.drain(from..=to);
        Some(from)
    }

    /// Where a new block goes.
    fn place(&self, lines: &[Vec<u8>]) -> Result<usize> {
        let (pattern, after) = match (&self.insertafter, &self.insertbefore) {
            (None, Some(Anchor::Beginning)) => return Ok(0),
            (Some(Anchor::Line(pattern)), _) => (pattern, true),
            (None, Some(Anchor::Line(pattern))) => (pattern, false),
            _ => return Ok(lines.len()),
        };
        if pattern.is_multiline() {
            let text = String::from_utf8_lossy(&lines.concat()).into_owned();
            let found = pattern.search(&text).map_err(Error::failed)?;
            let at = found.map(|found| if after { found.end() } else { found.start() });
            let line = at.map(|at| text[..at].matches('\n').count() + usize::from(after));
            return Ok(line.unwrap_or(lines.len()).min(lines.len()));
        }
        let mut found = None;
        for (at, line) in lines.iter().enumerate() {
            if pattern.is_match(&String::from_utf8_lossy(line)).map_err(Error::failed)? {
                found = Some(at + usize::from(after));
            }
        }
        Ok(found.unwrap_or(lines.len()))
    }

    fn unchanged(&self) -> String {
        let what = if self.is_present() { "the block" } else { "no such block" };
        format!("{} has {what}{}", self.path, files::describe(&self.file))
    }
}

/// Lines with their ends: `\n`, `\r\n` or `\r`, as Python's `splitlines` of bytes.
fn split(text: &[u8]) -> Vec<Vec<u8>> {
    let mut lines = Vec::new();
    let mut start = 0;
    for at in 0..text.len() {
        let ends = match text[at] {
            b'\n' => true,
            b'\r' => text.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        if ends {
            lines.push(text[start..=at].to_vec());
            start = at + 1;
        }
    }
    if start < text.len() {
        lines.push(text[start..].to_vec());
    }
    lines
}

impl TaskType for Blockinfile {
    const NAME: &'static str = "blockinfile";
    const ABOUT: &'static str = "Manages lines of a text file between two markers.";
    const EXAMPLE: &'static str = "- name: Name the masters\n  ansible.builtin.blockinfile:\n    path: /etc/hosts\n    marker: \"# {mark} masters\"\n    block: |\n      10.0.0.11 master1\n      10.0.0.12 master2\n";
    type Seen = Edited;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = self.edit().problems();
        if self.insertafter.is_some() && self.insertbefore.is_some() {
            let message = "insertafter and insertbefore are mutually exclusive";
            problems.push(Problem::error("task::blockinfile", message));
        }
        let [begin, end] = self.markers();
        if begin == end {
            problems.push(
                Problem::error("task::blockinfile", "the first and the last marker line are the same")
                    .at(&self.marker.place, "this marker")
                    .help("put `{mark}` into the marker: it becomes BEGIN and END"),
            );
        }
        if begin.trim_end().contains('\n') {
            problems.push(
                Problem::error("task::blockinfile", "a marker has more than one line")
                    .at(&self.marker.place, "this marker")
                    .help("a marker of several lines is never found again: write one line"),
            );
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.secret = controller.is_secret("block");
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        self.diff = controller.diff();
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        self.edit().wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Edited> {
        let seen = self.edit().observe(on)?;
        if seen.is_missing() && !self.create {
            let message = format!("Path {} does not exist !", self.path);
            let failed = Error::failed(message).returning("rc", json!(257));
            return Err(failed.help("`create: true` makes the file"));
        }
        Ok(seen)
    }

    fn plan(&self, seen: &Edited) -> Result<Plan> {
        let removes = self.state == Presence::Absent;
        self.edit().plan(seen, removes, |old| self.new_text(old), || self.unchanged())
    }

    fn result(&self, seen: &Edited, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let message = self.edit().message(seen, plan, |old| self.new_text(old));
        returned.insert("msg".to_owned(), message.map(|text| json!(text)));
        if let Some(backup) = Edit::backup_file(plan) {
            returned.insert("backup_file".to_owned(), backup);
        }
        if self.diff {
            Edit::diffs(&mut returned, plan, seen);
        }
        returned
    }
}
