//! What is at paths, and the contents of files.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::frame::Frame;
use super::frame::find;
use super::records;
use super::records::complaints;
use super::records::says_absent;
use super::script::quoted;
use crate::AbsPath;
use crate::Answer;
use crate::Content;
use crate::Entry;
use crate::Kind;
use crate::Stat;

/// Files above this size answer with their digest only.
const MOST_CONTENT: u64 = 100 * 1024;

/// One `find` that says what is at paths. Where links are followed, another one says the same of what the links lead to,
/// started only when there are links; its records stand after all others.
pub(super) fn stats<'a>(paths: impl Iterator<Item = &'a AbsPath>, follows: bool) -> String {
    let records = records::format("%p");
    let follow = match follows {
        true => {
            format!(" -type l -exec sh -c 'find -H \"$@\" -maxdepth 0 -printf \"$0\"' \"{records}\" {{}} +")
        }
        false => String::new(),
    };
    format!(
        "find -P {} -maxdepth 0 -printf \"{records}\"{follow}",
        words(paths)
    )
}

/// One `find` that says what is at paths. It starts one `sha256sum` for all big files and one `head` for all others;
/// what they print stands after the records, in this order.
pub(super) fn files<'a>(paths: impl Iterator<Item = &'a AbsPath>, follow: bool) -> String {
    let follow = if follow { "-H" } else { "-P" };
    let most = MOST_CONTENT;
    let big = format!("-size +{most}c -exec sha256sum -z {{}} +");
    let small = format!("-size -{}c -exec head -v -c {most} {{}} +", most + 1);
    let records = records::format("%p");
    let words = words(paths);
    format!(
        "find {follow} {words} -maxdepth 0 -printf \"{records}\" -type f \\( {big} -o {small} \\) | base64 -w 0"
    )
}

fn words<'a>(paths: impl Iterator<Item = &'a AbsPath>) -> String {
    let words: Vec<String> = paths.map(|path| quoted(path.as_str()).to_string()).collect();
    words.join(" ")
}

/// For each path: what is there itself, and what is there when a link is followed.
pub(super) fn read_stats<'a>(
    frame: &Frame,
    paths: impl Iterator<Item = &'a AbsPath>,
    follows: bool,
) -> Vec<[Answer; 2]> {
    let (records, _) = records::read(&frame.stdout);
    let mut found: HashMap<Vec<u8>, Vec<Result<Stat, String>>> = HashMap::new();
    records
        .into_iter()
        .for_each(|record| found.entry(record.name).or_default().push(record.stat));
    let each: Vec<_> = paths
        .map(|path| (path, found.remove(path.as_str().as_bytes()).unwrap_or_default()))
        .collect();
    let is_link = |stat: &Result<Stat, String>| {
        matches!(
            stat,
            Ok(Stat {
                kind: Kind::Link(_),
                ..
            })
        )
    };
    let lost =
        |stats: &[_]| usize::from(stats.is_empty() || (follows && stats.len() == 1 && is_link(&stats[0])));
    let itself = each.iter().filter(|(_, stats)| stats.is_empty()).count();
    let mut reasons = Reasons::new(frame, each.iter().map(|(_, stats)| lost(stats)).sum());
    let mut of_links = reasons.split_off(itself);
    let answers = each.into_iter().map(|(path, stats)| {
        let mut stats = stats.into_iter().map(|stat| plain(path, stat));
        let Some(itself) = stats.next() else {
            let reason = reasons.next();
            return [reason.clone(), reason];
        };
        if !matches!(&itself, Answer::Entry(Some(entry)) if matches!(entry.stat.kind, Kind::Link(_))) {
            return [itself.clone(), itself];
        }
        let followed = match stats.next() {
            Some(Answer::Entry(Some(entry))) if matches!(entry.stat.kind, Kind::Link(_)) => {
                Answer::Entry(None)
            }
            Some(answer) => answer,
            None => of_links.next(),
        };
        [itself, followed]
    });
    answers.collect()
}

fn plain(path: &AbsPath, stat: Result<Stat, String>) -> Answer {
    match stat {
        Ok(stat) => Answer::Entry(Some(Arc::new(Entry { stat, content: None }))),
        Err(why) => Answer::Failed(format!("{path}: {why}").into()),
    }
}

/// The answer for each path; `None` where a file changed while it was read.
pub(super) fn read_files<'a>(
    frame: &Frame,
    paths: impl Iterator<Item = &'a AbsPath>,
    follow: bool,
) -> Vec<Option<Answer>> {
    let bytes = STANDARD.decode(&frame.stdout).unwrap_or_default();
    let (found, rest) = records::read(&bytes);
    let mut stats: HashMap<Vec<u8>, Result<Stat, String>> = HashMap::new();
    let mut order = Vec::new();
    for record in found {
        order.push(record.name.clone());
        stats.insert(record.name, record.stat);
    }
    let mut contents = Contents::read(frame, rest, &order, &stats);
    let paths: Vec<&AbsPath> = paths.collect();
    let is_missing = |path: &&&AbsPath| !stats.contains_key(path.as_str().as_bytes());
    let mut reasons = Reasons::new(frame, paths.iter().filter(is_missing).count());
    let answers = paths
        .iter()
        .map(|path| match stats.get(path.as_str().as_bytes()) {
            None => Some(reasons.next()),
            Some(Err(why)) => Some(Answer::Failed(format!("{path}: {why}").into())),
            Some(Ok(stat)) if follow && matches!(stat.kind, Kind::Link(_)) => Some(Answer::Entry(None)),
            Some(Ok(stat)) => contents.entry(path, stat),
        });
    answers.collect()
}

/// Why `find` has no record of some paths: one complaint each, in their order.
struct Reasons(VecDeque<Answer>);

impl Reasons {
    fn new(frame: &Frame, missing: usize) -> Reasons {
        let complaints = complaints(frame, "find");
        if complaints.len() != missing {
            let said = String::from_utf8_lossy(&frame.stderr).trim().to_owned();
            let why = if said.is_empty() {
                "`find` did not say what is there".to_owned()
            } else {
                said
            };
            return Reasons(vec![Answer::Failed(why.into()); missing].into());
        }
        let answers = complaints.iter().map(|line| match says_absent(line) {
            true => Answer::Entry(None),
            false => Answer::Failed(line.as_ref().into()),
        });
        Reasons(answers.collect())
    }

    /// Those after the first `count`.
    fn split_off(&mut self, count: usize) -> Reasons {
        Reasons(self.0.split_off(count.min(self.0.len())))
    }

    fn next(&mut self) -> Answer {
        self.0.pop_front().unwrap_or(Answer::Entry(None))
    }
}

/// The contents of files by name: read, changed while reading (`None`), or why not.
struct Contents(HashMap<Vec<u8>, Result<Option<Content>, String>>);

impl Contents {
    fn read(
        frame: &Frame,
        mut rest: &[u8],
        order: &[Vec<u8>],
        stats: &HashMap<Vec<u8>, Result<Stat, String>>,
    ) -> Contents {
        let files = order.iter().filter_map(|name| match stats.get(name) {
            Some(Ok(stat)) if stat.kind == Kind::File => Some((name, stat.size)),
            _ => None,
        });
        let (big, small): (Vec<_>, Vec<_>) = files.partition(|(_, size)| *size > MOST_CONTENT);
        let mut all = HashMap::new();
        let mut refusals = Refusals::new(frame, "sha256sum");
        for (name, _) in big {
            let content = digest(rest, name).map(|(content, after)| {
                rest = after;
                Some(content)
            });
            all.insert(name.clone(), content.ok_or_else(|| refusals.next()));
        }
        let mut refusals = Refusals::new(frame, "head");
        let mut first = true;
        for (position, (name, size)) in small.iter().enumerate() {
            let Some(body) = rest.strip_prefix(header(name, first).as_slice()) else {
                all.insert((*name).clone(), Err(refusals.next()));
                continue;
            };
            first = false;
            let end = end_of(
                body,
                *size,
                small[position + 1..].iter().map(|(name, _)| name.as_slice()),
            );
            all.insert(
                (*name).clone(),
                Ok(end.whole.then(|| Content::Bytes(body[..end.at].into()))),
            );
            rest = &body[end.at..];
        }
        Contents(all)
    }

    fn entry(&mut self, path: &AbsPath, stat: &Stat) -> Option<Answer> {
        if stat.kind != Kind::File {
            return Some(plain(path, Ok(stat.clone())));
        }
        match self.0.remove(path.as_str().as_bytes()) {
            Some(Ok(Some(content))) => {
                let entry = Entry {
                    stat: stat.clone(),
                    content: Some(content),
                };
                Some(Answer::Entry(Some(Arc::new(entry))))
            }
            Some(Ok(None)) => None,
            Some(Err(why)) => Some(Answer::Failed(why.into())),
            None => Some(Answer::Failed(format!("{path}: it was not read").into())),
        }
    }
}

/// What a program said of the files that it could not read, one line each, in their order.
struct Refusals(VecDeque<String>);

impl Refusals {
    fn new(frame: &Frame, program: &str) -> Refusals {
        Refusals(
            complaints(frame, program)
                .into_iter()
                .map(|line| line.into_owned())
                .collect(),
        )
    }

    fn next(&mut self) -> String {
        self.0
            .pop_front()
            .unwrap_or_else(|| "it could not be read".to_owned())
    }
}

/// Reads `HEX  NAME\0`.
fn digest<'a>(bytes: &'a [u8], name: &[u8]) -> Option<(Content, &'a [u8])> {
    let (hex, rest) = bytes.split_at_checked(64)?;
    let rest = rest
        .strip_prefix(b"  ")?
        .strip_prefix(name)?
        .strip_prefix(b"\0")?;
    let hex = std::str::from_utf8(hex)
        .ok()
        .filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((Content::Digest(hex.to_owned()), rest))
}

/// What `head -v` prints before a file.
fn header(name: &[u8], first: bool) -> Vec<u8> {
    let mut header = if first {
        b"==> ".to_vec()
    } else {
        b"\n==> ".to_vec()
    };
    header.extend_from_slice(name);
    header.extend_from_slice(b" <==\n");
    header
}

/// Where a file's content ends, and whether it is whole.
struct End {
    at: usize,
    whole: bool,
}

/// Finds the end of a content: after `size` bytes stands the header of some later file, or nothing. Where it does not,
/// the file has changed since its size was taken, unless that size is 0 as in `/proc`, or a page as in `/sys`.
fn end_of<'a>(body: &[u8], size: u64, later: impl Iterator<Item = &'a [u8]>) -> End {
    let headers: Vec<Vec<u8>> = later.map(|name| header(name, false)).collect();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let ends_here = body
        .get(size..)
        .is_some_and(|after| headers.iter().any(|header| after.starts_with(header)) || after.is_empty());
    if ends_here {
        return End {
            at: size,
            whole: true,
        };
    }
    let next = headers.iter().filter_map(|header| find(body, header)).min();
    let is_made_up = size == 0 || size == 4096;
    End {
        at: next.unwrap_or(body.len()),
        whole: is_made_up,
    }
}
