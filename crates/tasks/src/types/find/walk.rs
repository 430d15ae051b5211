//! The way through folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use serde_json::Value;
use serde_json::json;

use super::Find;
use super::Found;
use super::chosen::Chosen;
use crate::Encoding;
use crate::Result;
use crate::facts::file_details::FileDetails;
use crate::files;
use crate::json::unknown_part;

/// More links to folders than this on one path are taken for a circle, as Linux does.
const MAX_DEPTH: usize = 40;

/// What is in a folder, by name.
type Names = BTreeMap<String, Arc<Entry>>;

/// A search under way.
pub(super) struct Walk<'a> {
    find: &'a Find,
    chosen: &'a Chosen,
    on: &'a View<'a>,
    /// What is in each folder, where one question has told it of all.
    known: BTreeMap<AbsPath, Names>,
    /// The folder that was named.
    top: String,
    pub(super) found: Found,
}

/// How a search goes on.
#[derive(PartialEq, Eq)]
enum On {
    Further,
    Ends,
}

impl<'a> Walk<'a> {
    pub(super) fn new(find: &'a Find, chosen: &'a Chosen, on: &'a View<'a>) -> Walk<'a> {
        Walk { find, chosen, on, known: BTreeMap::new(), top: String::new(), found: Found::default() }
    }

    fn unknown(&mut self, why: &str) -> On {
        self.found.unknown = Some(Arc::from(why));
        On::Ends
    }

    /// Looks in one of the folders that were named.
    pub(super) fn begin(&mut self, path: &AbsPath) -> Result<()> {
        if self.found.limited || self.found.unknown.is_some() {
            return Ok(());
        }
        path.as_str().clone_into(&mut self.top);
        match self.on.entry(path, true)? {
            Known::Is(Some(entry)) if entry.stat.kind == Kind::Directory => {}
            Known::Is(_) => {
                let why = format!("'{path}' is not a directory");
                self.found.skipped.push((path.as_str().to_owned(), why));
                return Ok(());
            }
            Known::Unknown(why) => {
                self.unknown(&why);
                return Ok(());
            }
        }
        if self.find.recurse && !self.find.follow {
            self.known = self.tree(path)?;
        }
        self.folder(path, 1)?;
        Ok(())
    }

    /// Everything below a folder, by folder; nothing when it cannot be told at once.
    fn tree(&self, path: &AbsPath) -> Result<BTreeMap<AbsPath, Names>> {
        let answer = self.on.ask_all(vec![Want::Tree(path.clone())])?.pop();
        let Some(Known::Is(Answer::Tree(entries))) = answer else { return Ok(BTreeMap::new()) };
        let mut folders = BTreeMap::from([(path.clone(), Names::new())]);
        for (path, entry) in entries {
            if entry.stat.kind == Kind::Directory {
                folders.entry(path.clone()).or_default();
            }
            if let Some(above) = path.parent() {
                folders.entry(above).or_default().insert(path.name().to_owned(), entry);
            }
        }
        Ok(folders)
    }

    /// What is in a folder, asked of it alone.
    fn list(&mut self, folder: &AbsPath) -> Result<Option<Names>> {
        let skipped = |walk: &mut Self, why: &str| walk.found.skipped.push((folder.as_str().to_owned(), why.to_owned()));
        let paths = match self.on.ask_all(vec![Want::List(folder.clone())])?.pop() {
            Some(Known::Is(Answer::Paths(paths))) => paths,
            Some(Known::Unknown(why)) => {
                self.unknown(&why);
                return Ok(None);
            }
            Some(Known::Is(Answer::Failed(why))) => {
                skipped(self, &why);
                return Ok(None);
            }
            Some(Known::Is(_)) | None => return Ok(None),
        };
        let want = |path: &AbsPath| Want::Entry { path: path.clone(), follow: false, content: false };
        let answers = self.on.ask_all(paths.iter().map(want).collect())?;
        let mut names = Names::new();
        for (path, answer) in paths.iter().zip(answers) {
            match answer {
                Known::Is(Answer::Entry(Some(entry))) => drop(names.insert(path.name().to_owned(), entry)),
                Known::Is(Answer::Failed(why)) => {
                    self.found.skipped.push((path.as_str().to_owned(), why.to_string()));
                }
                Known::Is(_) => {}
                Known::Unknown(why) => {
                    self.unknown(&why);
                    return Ok(None);
                }
            }
        }
        Ok(Some(names))
    }

    /// Looks in a folder: first what is no folder, then folders, then what is in them.
    fn folder(&mut self, folder: &AbsPath, depth: usize) -> Result<On> {
        let names = match self.known.remove(folder) {
            Some(names) => Some(names),
            None => self.list(folder)?,
        };
        let Some(names) = names else {
            return Ok(if self.found.unknown.is_some() { On::Ends } else { On::Further });
        };
        let (folders, others): (Vec<_>, Vec<_>) = names.into_iter().partition(|(_, e)| e.stat.kind == Kind::Directory);
        self.found.examined += folders.len() + others.len();
        let too_deep = self.find.depth.is_some_and(|limit| limit > 0 && i64::try_from(depth).is_ok_and(|d| d > limit));
        if too_deep {
            return Ok(On::Further);
        }
        for (name, entry) in others.iter().chain(&folders) {
            if self.look(folder, name, entry)? == On::Ends {
                return Ok(On::Ends);
            }
        }
        if !self.find.recurse || depth > MAX_DEPTH * MAX_DEPTH {
            return Ok(On::Further);
        }
        let mut below: Vec<AbsPath> = folders.iter().map(|(name, _)| folder.join(name)).collect();
        if self.find.follow && depth < MAX_DEPTH {
            below.extend(self.linked(folder, &others)?);
            below.sort();
        }
        for path in below {
            if self.folder(&path, depth + 1)? == On::Ends {
                return Ok(On::Ends);
            }
        }
        Ok(On::Further)
    }

    /// Links to folders.
    fn linked(&self, folder: &AbsPath, others: &[(String, Arc<Entry>)]) -> Result<Vec<AbsPath>> {
        let mut linked = Vec::new();
        for (name, entry) in others {
            let path = folder.join(name);
            if matches!(entry.stat.kind, Kind::Link(_))
                && matches!(self.on.entry(&path, true)?, Known::Is(Some(e)) if e.stat.kind == Kind::Directory)
            {
                linked.push(path);
            }
        }
        Ok(linked)
    }

    /// Looks at one name of a folder.
    fn look(&mut self, folder: &AbsPath, name: &str, entry: &Entry) -> Result<On> {
        if name.starts_with('.') && !self.find.hidden {
            return Ok(On::Further);
        }
        match self.chosen.fits(name, entry) {
            Ok(true) => {}
            Ok(false) => return Ok(On::Further),
            Err(why) => return Ok(self.unknown(why)),
        }
        let path = folder.join(name);
        match self.contains(&path, entry)? {
            Known::Is(Ok(true)) => {}
            Known::Is(Ok(false)) => return Ok(On::Further),
            Known::Is(Err(why)) => {
                // Ansible gives the folder that was named up.
                self.found.skipped.push((self.top.clone(), why));
                return Ok(On::Ends);
            }
            Known::Unknown(why) => return Ok(self.unknown(&why)),
        }
        let found = self.describe(&path, entry)?;
        self.found.files.push(found);
        let limit = self.find.limit.and_then(|limit| usize::try_from(limit).ok());
        if Some(self.found.files.len()) == limit {
            self.found.limited = true;
            return Ok(On::Ends);
        }
        Ok(On::Further)
    }

    fn contains(&self, path: &AbsPath, entry: &Entry) -> Result<Known<std::result::Result<bool, String>>> {
        let Some(pattern) = self.find.contains.as_ref().filter(|_| entry.stat.kind == Kind::File) else {
            return Ok(Known::Is(Ok(true)));
        };
        let bytes = match self.on.file(path, false)? {
            Known::Is(Some(entry)) if entry.content.is_some() => files::contents(self.on, path, &entry)?,
            // What cannot be read is passed over, as Ansible does.
            Known::Is(_) => return Ok(Known::Is(Ok(false))),
            Known::Unknown(why) => return Ok(Known::Unknown(why)),
        };
        let named = self.find.encoding.as_deref();
        Ok(bytes.map(|bytes| {
            // A name that is not known is no failure of the task, as with Ansible: the folder is told as passed over.
            let encoding = named.map_or_else(|| Ok(Encoding::default()), Encoding::named);
            let encoding = encoding.map_err(|_| format!("unknown encoding: {}", named.unwrap_or_default()))?;
            let text = encoding.decode(&bytes).map_err(|_| {
                let default = "None (default determined by the Python built-in function \"open\")";
                let shown = named.unwrap_or(default);
                format!("Failed to read the file {path} due to an encoding error. current encoding: {shown}")
            })?;
            if self.find.read_whole_file {
                return pattern.is_match(&text);
            }
            let begins = |line: &str| Ok::<_, String>(pattern.search(line)?.is_some_and(|found| found.start() == 0));
            for line in text.split_inclusive('\n') {
                if begins(line)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }))
    }

    /// What the result says of a file.
    fn describe(&self, path: &AbsPath, entry: &Entry) -> Result<Value> {
        let stat = &entry.stat;
        let kind = |letter: char| stat.kind == Kind::Special(letter);
        let bit = |bit: u32| stat.mode & bit != 0;
        let real = |value: Value| if stat.is_forecast() { unknown_part("changing the file") } else { value };
        let name = |name: &str| if name.parse::<u32>().is_ok() { String::new() } else { name.to_owned() };
        let mut all = json!({
            "path": path.as_str(),
            "mode": format!("{:04o}", stat.mode),
            "isdir": stat.kind == Kind::Directory,
            "ischr": kind('c'), "isblk": kind('b'), "isreg": stat.kind == Kind::File, "isfifo": kind('p'),
            "islnk": matches!(stat.kind, Kind::Link(_)),
            "issock": kind('s'),
            "uid": stat.uid, "gid": stat.gid,
            "size": if stat.kind == Kind::Directory { real(json!(stat.size)) } else { json!(stat.size) },
            "inode": real(json!(stat.inode)), "dev": real(json!(stat.device)), "nlink": real(json!(stat.links)),
            "atime": real(json!(stat.accessed)), "mtime": real(json!(stat.modified)), "ctime": real(json!(stat.changed)),
            "gr_name": name(&stat.group), "pw_name": name(&stat.owner),
            "wusr": bit(0o200), "rusr": bit(0o400), "xusr": bit(0o100),
            "wgrp": bit(0o020), "rgrp": bit(0o040), "xgrp": bit(0o010),
            "woth": bit(0o002), "roth": bit(0o004), "xoth": bit(0o001),
            "isuid": bit(0o4000), "isgid": bit(0o2000),
        });
        if self.find.get_checksum && stat.kind == Kind::File {
            all["checksum"] = self.checksum(path)?;
        }
        Ok(all)
    }

    fn checksum(&self, path: &AbsPath) -> Result<Value> {
        let algorithm = self.find.checksum_algorithm.name();
        let unknown = || unknown_part("changing the file");
        Ok(match self.on.file(path, false)? {
            Known::Is(Some(entry)) => match &entry.content {
                Some(Content::Bytes(bytes)) => json!(files::digest(algorithm, bytes)),
                Some(Content::Digest(_)) => {
                    let path = path.clone();
                    let fact = FileDetails { path, follow: false, digest: Some(algorithm), mime: false, flags: false };
                    match self.on.fact(fact)? {
                        Known::Is(details) => json!(details.and_then(|details| details.checksum)),
                        Known::Unknown(_) => unknown(),
                    }
                }
                None => Value::Null,
            },
            Known::Is(None) => Value::Null,
            Known::Unknown(_) => unknown(),
        })
    }
}
