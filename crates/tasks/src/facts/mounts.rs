//! What is mounted where.

use std::collections::BTreeMap;

use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Output;

/// What is mounted at a path: its source, a device or, for a bind mount, a folder; in a forecast that is not known.
/// `None`: nothing is.
#[derive(Clone, Debug)]
pub struct Mounted(pub String);

/// A line of /proc/self/mountinfo, proc(5).
struct Line<'a> {
    parent: &'a str,
    root: String,
    point: String,
    source: String,
}

fn read(line: &str) -> Option<(&str, Line<'_>)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [id, parent, _, root, point, ..] = words.as_slice() else {
        return None;
    };
    let source = words.get(words.len().checked_sub(2)?)?;
    let line = Line {
        parent,
        root: unescaped(root),
        point: unescaped(point),
        source: unescaped(source),
    };
    Some((id, line))
}

/// Blanks and newlines are written in octal.
fn unescaped(text: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(text.to_owned(), |text, (code, c)| text.replace(code, c))
}

impl Fact for Mounted {
    type Value = Option<Known<String>>;
    const FAMILY: &'static str = "mounted";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(_keys: &[&str]) -> String {
        "cat /proc/self/mountinfo\n".to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Option<Known<String>>, String> {
        let text = output.text();
        let lines: BTreeMap<&str, Line<'_>> = text.lines().filter_map(read).collect();
        // Of what is mounted one over the other, the last is seen.
        let Some(line) = text
            .lines()
            .rev()
            .filter_map(read)
            .map(|(_, line)| line)
            .find(|line| line.point == self.0)
        else {
            return Ok(None);
        };
        let source = match lines.get(line.parent).filter(|_| line.root != "/") {
            // A bind mount: the folder as it is seen through what it is mounted on.
            Some(parent) => {
                let inner = line
                    .root
                    .strip_prefix(&parent.root)
                    .filter(|_| parent.root.len() > 1);
                let point = if parent.point == "/" {
                    ""
                } else {
                    parent.point.as_str()
                };
                format!("{point}{}", inner.unwrap_or(&line.root))
            }
            None => line.source,
        };
        Ok(Some(Known::Is(source)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_bind_mounts_have_sources() {
        let text = "25 1 254:0 / / rw - ext4 /dev/vda1 rw\n\
            42 25 0:35 / /tmp rw - tmpfs tmpfs rw\n\
            78 42 0:35 /aaa /tmp/b\\040b rw - tmpfs tmpfs rw\n\
            79 25 254:0 /boot /system/boot rw - ext4 /dev/vda1 rw\n";
        let read = |point: &str| {
            let output = Output {
                stdout: text.into(),
                ..Output::default()
            };
            Mounted(point.to_owned()).parse(&output).expect("an answer")
        };
        let is = |source: &str| Some(Known::Is(source.to_owned()));
        assert_eq!(read("/"), is("/dev/vda1"));
        assert_eq!(read("/tmp/b b"), is("/tmp/aaa"));
        assert_eq!(read("/system/boot"), is("/boot"));
        assert_eq!(read("/srv"), None);
    }
}
