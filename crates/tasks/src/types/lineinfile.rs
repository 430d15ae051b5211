//! `lineinfile`: one line of a text file.

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

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
use crate::regex::Pattern;
use crate::regex::Replacement;

mod lines;

use super::group::Presence;
use lines::Lines;

arguments! {
    /// Manages one line of a text file.
    pub struct Lineinfile {
        /// The file.
        path | "dest" | "destfile" | "name": AbsPath,
        /// The line.
        line | "value": Option<Text>,
        /// The line that is replaced or removed: the last one that matches this regular expression.
        regexp | "regex": Option<Pattern>,
        /// The same with a text that is in the line.
        search_string: Option<String>,
        /// Whether the line should be there.
        state: Presence = Presence::Present,
        /// Replaces `\1`, `\g<name>` in the line with the groups of `regexp`; without a match nothing is done.
        backrefs: bool = false,
        /// Where a new line goes: after the last line that matches, or `EOF`.
        insertafter: Option<Anchor>,
        /// Where a new line goes: before the last line that matches, or `BOF`.
        insertbefore: Option<Anchor>,
        /// Takes the first line that matches instead of the last.
        firstmatch: bool = false,
        /// Makes the file when it is missing.
        create: bool = false,
        /// Keeps the old file beside the new one, with the time in its name.
        backup: bool = false,
        /// A command that must accept the new file before it replaces the old one; `%s` is the file's path.
        validate: Option<Validation>;
        ..file: FileArguments;
        /// Whether the line must not be shown.
        secret: bool,
        /// What is appended to the name of a backup.
        suffix: Option<String>,
        /// Whether the result says what was before and after.
        diff: bool,
    }
}

impl Lineinfile {
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

    fn new_text(&self, old: Option<&[u8]>) -> Result<NewText> {
        let mut lines = Lines::of(old.unwrap_or_default());
        let message = match self.state {
            Presence::Absent => {
                let found = lines.remove(|line| self.matches(line))?;
                if found == 0 { String::new() } else { format!("{found} line(s) removed") }
            }
            Presence::Present => self.present(&mut lines)?.to_owned(),
        };
        Ok(NewText { text: lines.into_bytes(), message })
    }

    fn line(&self) -> &str {
        self.line.as_ref().map_or("", |line| line.text.as_str())
    }

    fn is_line(&self, line: &str) -> bool {
        line.trim_end_matches(['\r', '\n']) == self.line()
    }

    fn matches(&self, line: &str) -> Result<bool> {
        match (&self.regexp, &self.search_string) {
            (Some(regexp), _) => regexp.is_match(line).map_err(Error::failed),
            (None, Some(text)) => Ok(line.contains(text.as_str())),
            (None, None) => Ok(self.is_line(line)),
        }
    }

    /// The line that `regexp` or `search_string` finds.
    fn find(&self, lines: &Lines) -> Result<Option<usize>> {
        if self.regexp.is_none() && self.search_string.is_none() {
            return Ok(None);
        }
        lines.find(self.firstmatch, |line| self.matches(line))
    }

    /// The same line, else the one beside which a new one goes; the search ends at the first where that is wanted.
    fn find_place(&self, lines: &Lines) -> Result<(Option<usize>, Option<usize>)> {
        let (mut same, mut beside) = (None, None);
        let anchor = match (&self.insertafter, &self.insertbefore) {
            (Some(Anchor::Line(pattern)), _) | (None, Some(Anchor::Line(pattern))) => Some(pattern),
            _ => None,
        };
        for (at, line) in lines.iter().enumerate() {
            if self.is_line(&line) {
                same = Some(at);
            } else if let Some(pattern) = anchor
                && pattern.is_match(&line).map_err(Error::failed)?
            {
                beside = Some(at + usize::from(self.insertafter.is_some()));
                if self.firstmatch {
                    break;
                }
            }
        }
        Ok((same, beside))
    }

    fn present(&self, lines: &mut Lines) -> Result<&'static str> {
        if let Some(at) = self.find(lines)? {
            let line = self.expanded(&lines.at(at))?;
            return Ok(if lines.set(at, &line) { "line replaced" } else { "" });
        }
        let (same, beside) = self.find_place(lines)?;
        match (same, beside) {
            (Some(at), _) => return Ok(if lines.set(at, self.line()) { "line replaced" } else { "" }),
            _ if self.backrefs => return Ok(""),
            _ if [&self.insertafter, &self.insertbefore].contains(&&Some(Anchor::Beginning)) => {
                lines.insert(0, self.line());
            }
            // With `firstmatch` the search has ended before the line that was inserted the last time.
            (None, Some(at)) if self.insertafter.is_some() && self.is_line(&lines.at(at.min(lines.len() - 1))) => return Ok(""),
            (None, Some(at)) => lines.insert(at, self.line()),
            (None, None) => lines.insert(lines.len(), self.line()),
        }
        Ok("line added")
    }

    fn expanded(&self, old: &str) -> Result<String> {
        let (Some(pattern), true) = (&self.regexp, self.backrefs) else { return Ok(self.line().to_owned()) };
        let replacement = Replacement::new(self.line(), pattern).map_err(Error::failed)?;
        let found = pattern.search(old).map_err(Error::failed)?;
        let mut line = String::new();
        if let Some(found) = found {
            replacement.expand(old, &found, &mut line);
        }
        Ok(line)
    }

    fn unchanged(&self, seen: &str) -> String {
        let what = match (self.state, &self.regexp) {
            (Presence::Absent, _) => format!("{seen} has no such line"),
            (Presence::Present, _) if self.backrefs => format!("{seen} has no line to replace"),
            (Presence::Present, _) => format!("{seen} has the line"),
        };
        format!("{what}{}", files::describe(&self.file))
    }

    /// Names that turn up empty, which matches every line.
    fn warnings(&self) -> Vec<String> {
        let empty = [
            (
                self.regexp.as_ref().map(Pattern::as_str),
                "regular expression",
                " If this is desired, use '^' to match every line in the file and avoid this warning.",
            ),
            (self.search_string.as_deref(), "search string", ""),
        ];
        let empty = empty.iter().filter(|(text, ..)| *text == Some(""));
        let told = |(_, name, mend): &(_, _, _)| {
            format!(
                "The {name} is an empty string, which will match every line in the file. This may have unintended consequences, \
                 such as replacing the last line in the file rather than appending.{mend}"
            )
        };
        empty.map(told).collect()
    }
}

impl TaskType for Lineinfile {
    const NAME: &'static str = "lineinfile";
    const ABOUT: &'static str = "Manages one line of a text file.";
    const EXAMPLE: &'static str = "- name: Let nobody log in as root with a password\n  ansible.builtin.lineinfile:\n    path: /etc/ssh/sshd_config\n    regexp: ^#?PermitRootLogin\n    line: PermitRootLogin prohibit-password\n    validate: sshd -t -f %s\n";
    type Seen = Edited;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = self.edit().problems();
        let mut wrong = |is: bool, message: &str| {
            if is {
                problems.push(Problem::error("task::lineinfile", message));
            }
        };
        let present = self.state == Presence::Present;
        wrong(
            self.insertafter.is_some() && self.insertbefore.is_some(),
            "insertafter and insertbefore are mutually exclusive",
        );
        wrong(
            self.regexp.is_some() && self.search_string.is_some(),
            "regexp and search_string are mutually exclusive",
        );
        wrong(self.backrefs && self.search_string.is_some(), "backrefs and search_string are mutually exclusive");
        wrong(present && self.backrefs && self.regexp.is_none(), "regexp is required with backrefs=true");
        wrong(present && self.line.is_none(), "line is required with state=present");
        wrong(
            !present && self.line.is_none() && self.regexp.is_none() && self.search_string.is_none(),
            "one of line, search_string, or regexp is required with state=absent",
        );
        if let (Some(line), Some(pattern), true) = (&self.line, &self.regexp, self.backrefs)
            && let Err(why) = Replacement::new(&line.text, pattern)
        {
            problems.push(Problem::error("task::regex", why).at(&line.place, "in this line"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.secret = controller.is_secret("line");
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        self.diff = controller.diff();
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        self.edit().wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Edited> {
        self.edit().observe(on)
    }

    fn plan(&self, seen: &Edited) -> Result<Plan> {
        let removes = self.state == Presence::Absent;
        let unchanged = || self.unchanged(self.path.as_str());
        let mut plan = self.edit().plan(seen, removes, |old| self.new_text(old), unchanged)?;
        plan.warnings.extend(self.warnings());
        Ok(plan)
    }

    fn result(&self, seen: &Edited, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let message = self.edit().message(seen, plan, |old| self.new_text(old));
        if self.state == Presence::Absent {
            let found = message.as_ref().map(|text| text.split(' ').next().and_then(|n| n.parse::<u64>().ok()));
            returned.insert("found".to_owned(), found.map(|found| json!(found.unwrap_or(0))));
        }
        returned.insert("msg".to_owned(), message.map(|text| json!(text)));
        let backup = Edit::backup_file(plan).unwrap_or_else(|| Known::Is(json!("")));
        returned.insert("backup".to_owned(), backup);
        if self.diff {
            Edit::diffs(&mut returned, plan, seen);
        }
        returned
    }
}
