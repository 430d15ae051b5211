//! Our own YAML: what a person would write, and ansible-lint and yamllint accept.

mod scalar;

use crate::Content;
use crate::Data;

/// Longest line, in characters, before a text of several words is folded; ansible-lint allows 160.
const WIDTH: usize = 140;

/// Longest line of a comment, in characters, unless a single word is longer.
const COMMENT_WIDTH: usize = 118;

/// Writes a value as a document in block style.
///
/// The text begins with `---`, lists are indented, strings are quoted when a reader would take them for something
/// else (`"0644"`, `"yes"`, `"{{ x }}"`), strings of several lines become `|` blocks and long ones `>-` blocks.
/// Reading it back gives the same value, here and with PyYAML.
pub fn write_block(value: impl Into<Data>) -> String {
    let data = value.into();
    let mut writer = Writer {
        out: "---".to_owned(),
    };
    match &data.content {
        Content::List(items) if !items.is_empty() => writer.root(&data, |w| w.list(items, 0, false)),
        Content::Mapping(entries) if !entries.is_empty() => {
            writer.root(&data, |w| w.mapping(entries, 0, false))
        }
        _ => {
            writer.out.clear();
            writer.comment(&data, 0);
            writer.out.push_str("---");
            writer.value(&data, 0);
        }
    }
    writer.out
}

/// A line of a comment, broken between words; what it is indented by stands before each part.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
    let mut lines: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        match lines.last_mut() {
            Some(last) if last.chars().count() + 1 + word.chars().count() <= width => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(format!("{indent}{word}")),
        }
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

struct Writer {
    out: String,
}

impl Writer {
    fn root(&mut self, data: &Data, body: impl FnOnce(&mut Writer)) {
        if let Some(tag) = &data.tag {
            self.out.push_str(&format!(" {tag}"));
        }
        self.out.push('\n');
        self.before(data, 0);
        body(self);
    }

    /// What stands before an entry or item: an empty line, and the comment.
    fn before(&mut self, data: &Data, indent: usize) {
        if data.spaced {
            self.out.push('\n');
        }
        self.comment(data, indent);
    }

    fn comment(&mut self, data: &Data, indent: usize) {
        for line in data.comment.iter().flat_map(|comment| comment.lines()) {
            for line in wrapped(line, COMMENT_WIDTH.saturating_sub(indent + 2)) {
                self.out.push_str(format!("{:indent$}# {line}", "").trim_end());
                self.out.push('\n');
            }
        }
    }

    /// The items of a list; `started` says that the first one stands on the line that is being written.
    fn list(&mut self, items: &[Data], indent: usize, started: bool) {
        for (at, item) in items.iter().enumerate() {
            if !(started && at == 0) {
                self.before(item, indent);
                self.hoisted(item, indent);
                self.out.push_str(&format!("{:indent$}", ""));
            }
            self.out.push('-');
            match &item.content {
                Content::List(inner) if !inner.is_empty() && item.tag.is_none() => {
                    self.out.push(' ');
                    self.list(inner, indent + 2, true);
                }
                Content::Mapping(entries) if !entries.is_empty() && item.tag.is_none() => {
                    self.out.push(' ');
                    self.mapping(entries, indent + 2, true);
                }
                _ => self.value(item, indent),
            }
        }
    }

    /// The comment of an item's first entry, which cannot stand between `- ` and that entry.
    fn hoisted(&mut self, item: &Data, indent: usize) {
        if item.tag.is_some() {
            return;
        }
        match &item.content {
            Content::Mapping(entries) => {
                entries
                    .first()
                    .into_iter()
                    .for_each(|(_, first)| self.comment(first, indent));
            }
            Content::List(items) => {
                if let Some(first) = items.first() {
                    self.comment(first, indent);
                    self.hoisted(first, indent);
                }
            }
            _ => {}
        }
    }

    fn mapping(&mut self, entries: &[(Data, Data)], indent: usize, started: bool) {
        for (at, (key, value)) in entries.iter().enumerate() {
            if !(started && at == 0) {
                self.before(value, indent);
                self.out.push_str(&format!("{:indent$}", ""));
            }
            let tag = scalar::tag(key).map(|tag| format!("{tag} ")).unwrap_or_default();
            let key = tag + &scalar::inline(key);
            if key.len() > scalar::LONGEST_KEY {
                self.out.push_str(&format!("? {key}\n{:indent$}", ""));
            } else {
                self.out.push_str(&key);
            }
            self.out.push(':');
            self.value(value, indent);
        }
    }

    /// What follows `key:` or `-` on the line, or below it, with the final line break.
    fn value(&mut self, data: &Data, indent: usize) {
        if let Some(tag) = scalar::tag(data) {
            self.out.push_str(&format!(" {tag}"));
        }
        match &data.content {
            Content::List(items) if !items.is_empty() => {
                self.out.push('\n');
                self.list(items, indent + 2, false);
            }
            Content::Mapping(entries) if !entries.is_empty() => {
                self.out.push('\n');
                self.mapping(entries, indent + 2, false);
            }
            Content::Str(text) => {
                let column = self.out.len() - self.out.rfind('\n').map_or(0, |at| at + 1);
                self.out
                    .push_str(&format!(" {}\n", scalar::string(text, indent + 2, column)));
            }
            _ => self.out.push_str(&format!(" {}\n", scalar::inline(data))),
        }
    }
}
