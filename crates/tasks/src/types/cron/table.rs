//! The lines of a crontab.

use crate::regex::Pattern;

const MARK: &str = "#Ansible: ";

/// A crontab, line by line.
#[derive(Clone, Debug)]
pub(super) struct Table(pub(super) Vec<String>);

impl Table {
    pub(super) fn read(text: &str) -> Table {
        Table(text.lines().map(str::to_owned).collect())
    }

    /// The text, with one newline at its end.
    pub(super) fn text(&self) -> String {
        let text = self.0.join("\n");
        if text.is_empty() { text } else { text.trim_end_matches(['\r', '\n']).to_owned() + "\n" }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|line| line.trim().is_empty())
    }

    /// The names of the jobs that have one.
    pub(super) fn jobs(&self) -> Vec<&str> {
        self.0.iter().filter_map(|line| line.strip_prefix(MARK)).collect()
    }

    /// The names of the variables.
    pub(super) fn variables(&self) -> Vec<&str> {
        let name = |line: &'_ String| line.split_once('=').map(|(name, _)| name.len());
        let is_name = |name: &str| !name.is_empty() && !name.contains(char::is_whitespace);
        self.0.iter().filter_map(|line| Some(&line[..name(line)?])).filter(|name| is_name(name)).collect()
    }

    /// Puts a job in place of the one of its name, or at the end; one that stands there without a name gets it.
    pub(super) fn set_job(&mut self, name: &str, job: &str) {
        let head = format!("{MARK}{name}");
        if self.0.contains(&head) {
            return self.replace_job(&head, Some(job));
        }
        if let Some(at) = self.0.iter().position(|line| line == job) {
            let before = at.checked_sub(1).or(self.0.len().checked_sub(1)).and_then(|before| self.0.get(before));
            if !before.is_some_and(|line| line.starts_with(MARK)) {
                return self.0.insert(at, head);
            }
            if before.is_some_and(|line| line == &format!("{MARK}None")) && at > 0 {
                self.0[at - 1] = head;
                return;
            }
        }
        self.0.extend([head, job.to_owned()]);
    }

    /// Takes a job and its name out.
    pub(super) fn remove_job(&mut self, name: &str) {
        self.replace_job(&format!("{MARK}{name}"), None);
    }

    fn replace_job(&mut self, head: &str, job: Option<&str>) {
        let mut lines = Vec::with_capacity(self.0.len());
        let mut behind = false;
        for line in self.0.drain(..) {
            if std::mem::take(&mut behind) {
                lines.extend(job.map(|job| [head.to_owned(), job.to_owned()]).into_iter().flatten());
            } else if line == head {
                behind = true;
            } else {
                lines.push(line);
            }
        }
        self.0 = lines;
    }

    /// Where a variable stands; its name is read as the regular expression that Ansible takes it for.
    fn variable(&self, name: &str) -> Option<usize> {
        let pattern = Pattern::new(&format!("^{name}=")).ok();
        let prefix = format!("{name}=");
        self.0.iter().position(|line| match &pattern {
            Some(pattern) => pattern.is_match(line).unwrap_or(false),
            None => line.starts_with(&prefix),
        })
    }

    /// Sets a variable, a new one beside another or at the beginning; the error names one that is not there.
    pub(super) fn set_variable(&mut self, name: &str, value: &str, after: Option<&str>, before: Option<&str>) -> Result<(), String> {
        let line = format!("{name}=\"{value}\"");
        if let Some(at) = self.variable(name) {
            self.0[at] = line;
            return Ok(());
        }
        let at = match (after, before) {
            (Some(other), _) => self.variable(other).ok_or(other)? + 1,
            (None, Some(other)) => self.variable(other).ok_or(other)?,
            (None, None) => 0,
        };
        self.0.insert(at, line);
        Ok(())
    }

    /// Takes a variable out.
    pub(super) fn remove_variable(&mut self, name: &str) {
        while let Some(at) = self.variable(name) {
            self.0.remove(at);
        }
    }
}
