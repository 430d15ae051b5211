//! `replace`: every match of a regular expression in a file.

use evenkeel_host::AbsPath;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Controller;
use crate::Encoding;
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
use crate::regex::Flags;
use crate::regex::Pattern;
use crate::regex::Replacement;

arguments! {
    /// Replaces every match of a regular expression in a file.
    pub struct Replace {
        /// The file.
        path | "dest" | "destfile" | "name": AbsPath,
        /// What is replaced; `^` and `$` match at lines, `.` no newline.
        regexp: Text,
        /// What comes in its place, with `\1`, `\g<name>` for groups; nothing removes the matches.
        replace: Text = Text::new(""),
        /// Only what follows the first match of this regular expression; `.` matches newlines.
        after: Option<Text>,
        /// Only what precedes a match of this regular expression; `.` matches newlines.
        before: Option<Text>,
        /// Keeps the old file beside the new one, with the time in its name.
        backup: bool = false,
        /// A command that must accept the new file before it replaces the old one; `%s` is the file's path.
        validate: Option<Validation>,
        /// How the file's bytes become characters.
        encoding: Encoding = Encoding::default();
        ..file: FileArguments;
        /// Whether what comes must not be shown.
        secret: bool,
        /// What is appended to the name of a backup.
        suffix: Option<String>,
        /// Whether the result says what was before and after.
        diff: bool,
    }
}

impl Replace {
    fn edit(&self) -> Edit<'_> {
        Edit {
            path: &self.path,
            create: false,
            secret: self.secret,
            file: &self.file,
            validate: self.validate.as_ref(),
            backup: self.suffix.as_deref(),
        }
    }

    fn pattern(&self) -> std::result::Result<(Pattern, Replacement), Problem> {
        let flags = Flags { multiline: true, ..Flags::default() };
        let pattern = compiled(&self.regexp, &self.regexp.text, flags)?;
        let replacement = Replacement::new(&self.replace.text, &pattern).map_err(|why| {
            let message = format!("Unable to process replace due to error: {why}");
            Problem::error("task::regex", message).at(&self.replace.place, "in this text")
        })?;
        Ok((pattern, replacement))
    }

    /// What finds the part of the file in which something is replaced.
    fn section(&self) -> std::result::Result<Option<Pattern>, Problem> {
        let given = |text: &'_ Option<Text>| text.clone().filter(|text| !text.text.is_empty());
        let (text, of) = match (given(&self.after), given(&self.before)) {
            (Some(after), Some(before)) => (format!("{after}(?P<subsection>.*?){before}"), after),
            (Some(after), None) => (format!("{after}(?P<subsection>.*)"), after),
            (None, Some(before)) => (format!("(?P<subsection>.*){before}"), before),
            (None, None) => return Ok(None),
        };
        let flags = Flags { dot_all: true, ..Flags::default() };
        compiled(&of, &text, flags).map(Some)
    }

    fn new_text(&self, old: Option<&[u8]>) -> Result<NewText> {
        let old = old.unwrap_or_default();
        let unchanged = |message: String| Ok(NewText { text: old.to_vec(), message });
        let text = self.encoding.decode(old).map_err(|why| {
            Error::failed(format!("{}: {why}", self.path)).help("`encoding: latin-1` reads every byte as a character")
        })?;
        let (pattern, replacement) = self.pattern()?;
        let (from, to) = match self.section()? {
            None => (0, text.len()),
            Some(section) => {
                let found = section.search(&text).map_err(Error::failed)?;
                let group = section.group_index("subsection").unwrap_or(0);
                match found.and_then(|found| found.groups.get(group).copied().flatten()) {
                    Some(range) => range,
                    None => {
                        let shown = section.as_str();
                        let message = "Pattern for before/after params did not match the given file";
                        return unchanged(format!("{message}: {shown}"));
                    }
                }
            }
        };
        let (new, count) = pattern.replace(&text[from..to], &replacement, 0).map_err(Error::failed)?;
        if count == 0 || new == text[from..to] {
            return unchanged(String::new());
        }
        let new = [&text[..from], &new, &text[to..]].concat();
        let text = self.encoding.encode(&new).map_err(Error::failed)?;
        Ok(NewText { text, message: format!("{count} replacements made") })
    }
}

fn compiled(at: &Text, text: &str, flags: Flags) -> std::result::Result<Pattern, Problem> {
    Pattern::with(text, flags).map_err(|why| {
        Problem::error("task::regex", format!("`{text}` is no regular expression: {why}"))
            .at(&at.place, "expected a regular expression of Python")
    })
}

impl TaskType for Replace {
    const NAME: &'static str = "replace";
    const ABOUT: &'static str = "Replaces every match of a regular expression in a file.";
    const EXAMPLE: &'static str = "- name: Take the swap out of what is mounted\n  ansible.builtin.replace:\n    path: /etc/fstab\n    regexp: ^([^#\\n].*\\sswap\\s.*)$\n    replace: '# \\1'\n";
    type Seen = Edited;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = self.edit().problems();
        problems.extend(self.pattern().err());
        problems.extend(self.section().err());
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.secret = controller.is_secret("replace");
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        self.diff = controller.diff();
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        self.edit().wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Edited> {
        let seen = self.edit().observe(on)?;
        if seen.is_missing() {
            let message = format!("Path {} does not exist !", self.path);
            return Err(Error::failed(message).returning("rc", json!(257)));
        }
        Ok(seen)
    }

    fn plan(&self, seen: &Edited) -> Result<Plan> {
        let unchanged = || format!("{} has nothing to replace{}", self.path, files::describe(&self.file));
        self.edit().plan(seen, false, |old| self.new_text(old), unchanged)
    }

    fn result(&self, seen: &Edited, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        returned.insert("rc".to_owned(), evenkeel_host::Known::Is(json!(0)));
        let message = self.edit().message(seen, plan, |old| self.new_text(old));
        returned.insert("msg".to_owned(), message.map(|text| json!(text)));
        if let Some(backup) = Edit::backup_file(plan) {
            returned.insert("backup_file".to_owned(), backup);
        }
        if self.diff {
            Edit::diff(&mut returned, plan, seen);
        }
        returned
    }
}
