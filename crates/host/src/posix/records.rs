//! What `find -printf` says.

use std::sync::Arc;

use super::frame::Frame;
use crate::AbsPath;
use crate::Answer;
use crate::Entry;
use crate::Kind;
use crate::Stat;

/// How many fields a record has, the name included.
const FIELDS: usize = 16;

/// The format of a record, for a word in double quotes; `$z` asks for the SELinux context where there is one.
pub(super) fn format(name: &str) -> String {
    format!(r"%y\0%m\0%U\0%G\0%u\0%g\0%s\0%n\0%D\0%i\0%A@\0%T@\0%C@\0%l\0$z\0{name}\0")
}

/// One record: the name, and what is there.
pub(super) struct Record {
    pub(super) name: Vec<u8>,
    /// Why it has no meaning, when it has none.
    pub(super) stat: Result<Stat, String>,
}

/// Reads records up to the first that is none; with what stands after them.
pub(super) fn read(mut bytes: &[u8]) -> (Vec<Record>, &[u8]) {
    let mut records = Vec::new();
    while let Some((fields, rest)) = fields(bytes) {
        records.push(Record {
            name: fields[FIELDS - 1].to_vec(),
            stat: stat(&fields),
        });
        bytes = rest;
    }
    (records, bytes)
}

fn fields(bytes: &[u8]) -> Option<([&[u8]; FIELDS], &[u8])> {
    if bytes.get(1) != Some(&0) {
        return None;
    }
    let mut fields = [&bytes[..0]; FIELDS];
    let mut rest = bytes;
    for field in &mut fields {
        let end = rest.iter().position(|byte| *byte == 0)?;
        *field = &rest[..end];
        rest = &rest[end + 1..];
    }
    Some((fields, rest))
}

fn stat(fields: &[&[u8]; FIELDS]) -> Result<Stat, String> {
    let text = |index: usize| {
        let field = std::str::from_utf8(fields[index]);
        field.map_err(|_| format!("{:?} is not UTF-8", String::from_utf8_lossy(fields[index])))
    };
    fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
        text.parse().map_err(|_| format!("{text:?} is no number"))
    }
    let kind = match text(0)? {
        "f" => Kind::File,
        "d" => Kind::Directory,
        "l" => Kind::Link(text(13)?.to_owned()),
        other => Kind::Special(other.chars().next().unwrap_or('?')),
    };
    let context = text(14)?;
    Ok(Stat {
        kind,
        mode: u32::from_str_radix(text(1)?, 8).map_err(|error| error.to_string())?,
        uid: number(text(2)?)?,
        gid: number(text(3)?)?,
        owner: text(4)?.to_owned(),
        group: text(5)?.to_owned(),
        size: number(text(6)?)?,
        links: number(text(7)?)?,
        device: number(text(8)?)?,
        inode: number(text(9)?)?,
        accessed: number(text(10)?)?,
        modified: number(text(11)?)?,
        changed: number(text(12)?)?,
        context: (!context.is_empty()).then(|| context.to_owned()),
    })
}

/// The complaints of a program, one line each, without its name.
pub(super) fn complaints<'a>(frame: &'a Frame, program: &str) -> Vec<std::borrow::Cow<'a, str>> {
    let begin = format!("{program}: ");
    let lines = frame
        .stderr
        .split(|byte| *byte == b'\n')
        .filter(|line| line.starts_with(begin.as_bytes()));
    let texts = lines.map(|line| String::from_utf8_lossy(&line[begin.len()..]));
    texts.filter(|line| !line.contains("getfilecon failed")).collect()
}

/// Whether a complaint says that nothing is there.
pub(super) fn says_absent(complaint: &str) -> bool {
    complaint.ends_with(": No such file or directory") || complaint.ends_with(": Not a directory")
}

/// The names in a folder.
pub(super) fn list(folder: &AbsPath, frame: &Frame) -> Answer {
    match fault(frame) {
        Some(failed) => failed,
        None => paths(frame, |name| folder.join(name)),
    }
}

/// The paths that a pattern matched.
pub(super) fn glob(frame: &Frame) -> Answer {
    paths(frame, |path| AbsPath::new(path).unwrap_or_else(AbsPath::root))
}

fn paths(frame: &Frame, path: impl Fn(&str) -> AbsPath) -> Answer {
    let names = frame
        .stdout
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty());
    match names
        .map(|name| std::str::from_utf8(name).map(&path))
        .collect::<Result<Vec<_>, _>>()
    {
        Ok(mut paths) => {
            paths.sort();
            Answer::Paths(paths)
        }
        Err(_) => Answer::Failed("a name is not UTF-8".into()),
    }
}

/// Everything below a folder.
pub(super) fn tree(folder: &AbsPath, frame: &Frame) -> Answer {
    if let Some(failed) = fault(frame) {
        return failed;
    }
    let (records, rest) = read(&frame.stdout);
    let entries = records.into_iter().map(|record| {
        let name = String::from_utf8(record.name).map_err(|_| "a name is not UTF-8".to_owned())?;
        Ok((
            folder.join(&name),
            Arc::new(Entry {
                stat: record.stat?,
                content: None,
            }),
        ))
    });
    match entries.collect::<Result<Vec<_>, String>>() {
        Ok(mut entries) if rest.is_empty() => {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Answer::Tree(entries)
        }
        Ok(_) => Answer::Failed("`find` said something that is not understood".into()),
        Err(why) => Answer::Failed(why.into()),
    }
}

/// Why a folder could not be walked; a missing one is empty, and what vanished meanwhile does not matter.
fn fault(frame: &Frame) -> Option<Answer> {
    let complaints = complaints(frame, "find");
    let wrong = complaints
        .iter()
        .find(|line| !line.ends_with(": No such file or directory"));
    wrong.map(|line| Answer::Failed(line.as_ref().into()))
}
