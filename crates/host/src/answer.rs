//! What a machine answers.

use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use crate::AbsPath;

/// The answer to a [`crate::Want`].
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// What is at a path; `None` when nothing is.
    Entry(Option<Arc<Entry>>),
    /// Paths, sorted.
    Paths(Vec<AbsPath>),
    /// Paths with what is at each.
    Tree(Vec<(AbsPath, Arc<Entry>)>),
    /// A fact's value, as JSON.
    Fact(Arc<serde_json::Value>),
    /// The question could not be answered; the text says why.
    Failed(Arc<str>),
    /// Who was to ask could not be become; the text says why.
    Refused(Arc<str>),
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Type, owner, mode, times.
    pub stat: Stat,
    /// The bytes of a regular file, where they were wanted.
    pub content: Option<Content>,
}

/// The bytes of a file, or, for a file above 100 KiB, what identifies them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// All bytes.
    Bytes(Arc<[u8]>),
    /// Only the SHA-256, in lower-case hex.
    Digest(String),
}

/// The type of what is at a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
    /// A symbolic link, with its target as written.
    Link(String),
    /// A device, socket or pipe: the letter `find -printf %y` shows (`b c p s`).
    Special(char),
}

/// What `stat(2)` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stat {
    /// The type.
    pub kind: Kind,
    /// Permission bits, with set-id and sticky bits (`0o7777`).
    pub mode: u32,
    /// Owner's number.
    pub uid: u32,
    /// Group's number.
    pub gid: u32,
    /// Owner's name; the number as text where it has none.
    pub owner: String,
    /// Group's name; the number as text where it has none.
    pub group: String,
    /// Bytes.
    pub size: u64,
    /// Number of hard links.
    pub links: u64,
    /// Device number.
    pub device: u64,
    /// Inode number; 0 when the file exists only in a forecast, where times, device and links are not known either.
    pub inode: u64,
    /// Last access, seconds since the epoch.
    pub accessed: f64,
    /// Last modification of the content, seconds since the epoch.
    pub modified: f64,
    /// Last change of the inode, seconds since the epoch.
    pub changed: f64,
    /// SELinux context, where there is one.
    pub context: Option<String>,
}

impl Stat {
    /// Whether this describes a file that exists only in a forecast: times, inode, device and number of links are not
    /// known, nor is the context unless it was set.
    pub fn is_forecast(&self) -> bool {
        self.inode == 0
    }
}

impl Content {
    /// The SHA-256 in lower-case hex.
    pub fn sha256(&self) -> String {
        match self {
            Content::Digest(hex) => hex.clone(),
            Content::Bytes(bytes) => {
                use sha2::Digest;
                sha2::Sha256::digest(bytes)
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect()
            }
        }
    }
}
