//! `stat`: what is at a path.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use serde_json::Value;
use serde_json::json;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::facts;
use crate::facts::file_details::Details;
use crate::facts::file_details::FileDetails;
use crate::files::digest;
use crate::json::unknown_part;

words! {
    /// A digest.
    pub enum Algorithm {
        /// MD5.
        Md5 = "md5",
        /// SHA-1.
        Sha1 = "sha1",
        /// SHA-224.
        Sha224 = "sha224",
        /// SHA-256.
        Sha256 = "sha256",
        /// SHA-384.
        Sha384 = "sha384",
        /// SHA-512.
        Sha512 = "sha512",
    }
}

arguments! {
    /// Reports what is at a path.
    pub struct Stat {
        /// Where.
        path | "dest" | "name": AbsPath,
        /// Follows a link at the path.
        follow: bool = false,
        /// Whether a file's digest is reported.
        get_checksum: bool = true,
        /// The digest.
        checksum_algorithm | "checksum" | "checksum_algo": Algorithm = Algorithm::Sha1,
        /// Whether type and encoding are reported, where file(1) is installed.
        get_mime | "mime" | "mime_type" | "mime-type": bool = true,
        /// Whether the flags are reported that lsattr(1) shows.
        get_attributes | "attr" | "attributes": bool = true,
    }
}

/// What was seen.
#[derive(Debug)]
pub struct Seen {
    entry: Known<Option<Arc<Entry>>>,
    /// What only the machine's programs tell; `None` where they do not speak of this state of the file.
    details: Option<Details>,
}

/// Letters of lsattr(1) and what Ansible calls them.
const FLAGS: [(char, &str); 19] = [
    ('A', "noatime"),
    ('a', "append"),
    ('c', "compressed"),
    ('C', "nocow"),
    ('d', "nodump"),
    ('D', "dirsync"),
    ('e', "extents"),
    ('E', "encrypted"),
    ('h', "blocksize"),
    ('i', "immutable"),
    ('I', "indexed"),
    ('j', "journalled"),
    ('N', "inline"),
    ('s', "zero"),
    ('S', "synchronous"),
    ('t', "notail"),
    ('T', "blockroot"),
    ('u', "undelete"),
    ('X', "compressedraw"),
];

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "md5",
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha224 => "sha224",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
        }
    }
}

impl Stat {
    fn fact(&self) -> FileDetails {
        FileDetails {
            path: self.path.clone(),
            follow: self.follow,
            digest: self.get_checksum.then(|| self.checksum_algorithm.name()),
            mime: self.get_mime,
            flags: self.get_attributes,
        }
    }

    fn want(&self) -> Want {
        Want::Entry { path: self.path.clone(), follow: self.follow, content: self.get_checksum }
    }

    /// The whole dictionary of something that is there.
    fn describe(&self, entry: &Entry, details: Option<&Details>) -> Value {
        let stat = &entry.stat;
        let part = |value: Option<Value>| value.unwrap_or_else(|| unknown_part("changing the file"));
        let real = |value: f64| part((!stat.is_forecast()).then(|| json!(value)));
        let kind = |letter: char| stat.kind == Kind::Special(letter);
        let bit = |bit: u32| stat.mode & bit != 0;
        let mut all = json!({
            "exists": true,
            "path": self.path.as_str(),
            "mode": format!("{:04o}", stat.mode),
            "isdir": stat.kind == Kind::Directory,
            "ischr": kind('c'),
            "isblk": kind('b'),
            "isreg": stat.kind == Kind::File,
            "isfifo": kind('p'),
            "islnk": matches!(stat.kind, Kind::Link(_)),
            "issock": kind('s'),
            "uid": stat.uid,
            "gid": stat.gid,
            // A folder has a size of its own, which only its file system knows.
            "size": part((stat.kind != Kind::Directory || !stat.is_forecast()).then(|| json!(stat.size))),
            "inode": part((!stat.is_forecast()).then(|| json!(stat.inode))),
            "dev": part((!stat.is_forecast()).then(|| json!(stat.device))),
            "nlink": part((!stat.is_forecast()).then(|| json!(stat.links))),
            "atime": real(stat.accessed),
            "mtime": real(stat.modified),
            "ctime": real(stat.changed),
            "wusr": bit(0o200), "rusr": bit(0o400), "xusr": bit(0o100),
            "wgrp": bit(0o020), "rgrp": bit(0o040), "xgrp": bit(0o010),
            "woth": bit(0o002), "roth": bit(0o004), "xoth": bit(0o001),
            "isuid": bit(0o4000), "isgid": bit(0o2000),
            "blocks": part(details.map(|details| json!(details.blocks))),
            "block_size": part(details.map(|details| json!(details.block_size))),
            "device_type": part(details.map(|details| json!(details.device_type))),
            "readable": part(details.map(|details| json!(details.readable))),
            "writeable": part(details.map(|details| json!(details.writeable))),
            "executable": part(details.map(|details| json!(details.executable))),
            "pw_name": stat.owner,
            "gr_name": stat.group,
        });
        if let Kind::Link(target) = &stat.kind {
            all["lnk_target"] = json!(target);
            all["lnk_source"] = part(details.map(|details| json!(details.real_path)));
        }
        if let Some(checksum) = self.checksum(entry, details) {
            all["checksum"] = checksum;
        }
        if self.get_mime {
            let (kind, charset) = details.and_then(|details| details.mime.as_ref()).map_or(("unknown", "unknown"), |(k, c)| (k, c));
            all["mimetype"] = part(details.map(|_| json!(kind)));
            all["charset"] = part(details.map(|_| json!(charset)));
        }
        if self.get_attributes {
            let flags = details.and_then(|details| details.flags.as_ref());
            let letters = flags.map_or("", |(_, letters)| letters);
            let names: Vec<&str> =
                letters.chars().filter_map(|c| FLAGS.iter().find(|(letter, _)| *letter == c)).map(|(_, n)| *n).collect();
            all["version"] = part(details.map(|_| json!(flags.map(|(version, _)| version))));
            all["attributes"] = part(details.map(|_| json!(names)));
            all["attr_flags"] = part(details.map(|_| json!(letters)));
        }
        all
    }

    fn checksum(&self, entry: &Entry, details: Option<&Details>) -> Option<Value> {
        if !self.get_checksum || entry.stat.kind != Kind::File {
            return None;
        }
        let known = match (&entry.content, self.checksum_algorithm) {
            (Some(Content::Bytes(bytes)), algorithm) => Some(digest(algorithm.name(), bytes)),
            (Some(Content::Digest(hex)), Algorithm::Sha256) => Some(hex.clone()),
            _ => details.and_then(|details| details.checksum.clone()),
        };
        match (known, details) {
            (Some(hex), _) => Some(json!(hex)),
            // It cannot be read.
            (None, Some(_)) => None,
            (None, None) => Some(unknown_part("changing the file")),
        }
    }
}

/// Whether details speak of the state that was seen, and not of one that a forecast has left behind.
fn of_same_state(details: &Details, entry: &Entry) -> bool {
    let (device, inode, size, modified) = details.identity;
    let stat = &entry.stat;
    #[expect(clippy::cast_possible_truncation, reason = "seconds since the epoch")]
    let seconds = stat.modified.floor() as i64;
    (stat.device, stat.inode, stat.size, seconds) == (device, inode, size, modified)
}

impl TaskType for Stat {
    const NAME: &'static str = "stat";
    const ABOUT: &'static str = "Reports what is at a path.";
    const EXAMPLE: &'static str = "- name: Look for the certificate\n  ansible.builtin.stat:\n    path: /etc/etcd/pki/ca.crt\n  register: ca\n";
    const CHANGES: bool = false;
    type Seen = Seen;

    arguments_of!();

    fn wants(&self) -> Vec<Want> {
        vec![self.want(), facts::want(self.fact())]
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let entry = if self.get_checksum { on.file(&self.path, self.follow)? } else { on.entry(&self.path, self.follow)? };
        let details = match &entry {
            // A host in memory has no programs to ask: what they would say is not known there.
            Known::Is(Some(entry)) => match on.fact(self.fact()) {
                Ok(Known::Is(details)) => details.filter(|details| of_same_state(details, entry)),
                Ok(Known::Unknown(_)) | Err(evenkeel_host::Error::Unanswered { .. }) => None,
                Err(error) => return Err(error.into()),
            },
            Known::Is(None) | Known::Unknown(_) => None,
        };
        Ok(Seen { entry, details })
    }

    fn plan(&self, _seen: &Seen) -> Result<Plan> {
        Ok(Plan::unchanged("it only looks"))
    }

    fn result(&self, seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let stat = seen.entry.as_ref().map(|entry| match entry {
            Some(entry) => self.describe(entry, seen.details.as_ref()),
            None => json!({"exists": false}),
        });
        Returned::from_iter([("stat".to_owned(), stat)])
    }
}
