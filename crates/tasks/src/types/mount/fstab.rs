//! The lines of /etc/fstab, fstab(5).

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) source: String,
    pub(super) point: String,
    pub(super) kind: String,
    pub(super) options: String,
    pub(super) dump: String,
    pub(super) pass: String,
}

/// Blanks, ampersands and backslashes are written in octal.
pub(super) fn escaped(text: &str) -> String {
    text.replace('\\', "\\134").replace(' ', "\\040").replace('&', "\\046")
}

impl Line {
    /// Reads a line; `None` when it is empty, a comment or no entry. The last two fields may be missing.
    fn parse(line: &str) -> Option<Line> {
        if line.trim_start().starts_with('#') {
            return None;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        let [source, point, kind, options, rest @ ..] = words.as_slice() else { return None };
        if rest.len() > 2 {
            return None;
        }
        let number = |at: usize| rest.get(at).copied().unwrap_or("0").to_owned();
        Some(Line {
            source: (*source).to_owned(),
            point: (*point).to_owned(),
            kind: (*kind).to_owned(),
            options: (*options).to_owned(),
            dump: number(0),
            pass: number(1),
        })
    }

    /// Whether it is about the same mount point; swap space is told apart by its source.
    fn is_about(&self, point: &str, source: Option<&str>) -> bool {
        let other_swap = self.point == "none" && self.kind == "swap" && source.is_some_and(|source| source != self.source);
        self.point == point && !other_swap
    }

    fn text(&self) -> String {
        [&self.source, &self.point, &self.kind, &self.options, &self.dump, &self.pass].map(String::as_str).join(" ") + "\n"
    }
}

/// A text with a line in place of the one about its mount point, or at the end.
pub(super) fn set(text: &str, wanted: &Line) -> String {
    let mut found = false;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        match Line::parse(line).filter(|entry| entry.is_about(&wanted.point, Some(&wanted.source))) {
            Some(entry) if entry != *wanted => {
                found = true;
                out.push_str(&wanted.text());
            }
            entry => {
                found |= entry.is_some();
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    if found && out.strip_suffix('\n') == Some(text) {
        // Nothing is changed but the newline that the last line lacks.
        return text.to_owned();
    }
    if !found {
        out.push_str(&wanted.text());
    }
    out
}

/// A text without the lines about a mount point.
pub(super) fn unset(text: &str, point: &str, source: Option<&str>) -> String {
    let about = |line: &str| Line::parse(line).is_some_and(|entry| entry.is_about(point, source));
    text.split_inclusive('\n').filter(|line| !about(line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_changed_and_the_others_stay() {
        let text = "# a\n/dev/a / ext4 defaults 0 1\n/dev/b /srv xfs noatime\n\n/dev/c none swap sw 0 0";
        let line = |source: &str, point: &str, options: &str| Line {
            source: source.to_owned(),
            point: point.to_owned(),
            kind: "xfs".to_owned(),
            options: options.to_owned(),
            dump: "0".to_owned(),
            pass: "0".to_owned(),
        };
        assert_eq!(set(text, &line("/dev/b", "/srv", "noatime")), text);
        let changed = set(text, &line("/dev/b", "/srv", "ro"));
        assert_eq!(changed, "# a\n/dev/a / ext4 defaults 0 1\n/dev/b /srv xfs ro 0 0\n\n/dev/c none swap sw 0 0\n");
        assert!(set(text, &line("/dev/d", &escaped("/a b"), "ro")).ends_with("sw 0 0\n/dev/d /a\\040b xfs ro 0 0\n"));
        assert_eq!(unset(text, "/srv", None), "# a\n/dev/a / ext4 defaults 0 1\n\n/dev/c none swap sw 0 0");
        assert_eq!(unset(text, "none", Some("/dev/x")), text);
    }
}
