//! Absolute paths on a target.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// An absolute path on a target: begins with `/`, has no NUL, no empty and no `.` components; `..` is kept, because
/// what it means depends on links.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct AbsPath(Arc<str>);

impl AbsPath {
    /// Reads a path; `None` when it is relative or holds a NUL.
    pub fn new(text: &str) -> Option<AbsPath> {
        if !text.starts_with('/') || text.contains('\0') {
            return None;
        }
        let mut clean = String::with_capacity(text.len());
        for part in text.split('/').filter(|part| !part.is_empty() && *part != ".") {
            clean.push('/');
            clean.push_str(part);
        }
        Some(AbsPath(if clean.is_empty() {
            "/".into()
        } else {
            clean.into()
        }))
    }

    /// The folder `/`.
    pub fn root() -> AbsPath {
        AbsPath("/".into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that holds it; `None` for `/`.
    pub fn parent(&self) -> Option<AbsPath> {
        let at = self.0.rfind('/')?;
        if self.0.len() == 1 {
            return None;
        }
        Some(AbsPath(if at == 0 { "/".into() } else { self.0[..at].into() }))
    }

    /// The folders that lead to it, from the outermost, and itself; without `/`.
    pub(crate) fn prefixes(&self) -> impl DoubleEndedIterator<Item = AbsPath> + '_ {
        let text = &*self.0;
        let ends = text.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        let whole = (text.len() > 1).then_some(text.len());
        ends.chain(whole).map(|end| {
            if end == text.len() {
                self.clone()
            } else {
                AbsPath(text[..end].into())
            }
        })
    }

    /// The last component; empty for `/`.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// A path below this one; an absolute `below` replaces it, as in `path::join` of POSIX shells.
    #[must_use]
    pub fn join(&self, below: &str) -> AbsPath {
        let text = if below.starts_with('/') {
            below.to_owned()
        } else {
            format!("{}/{below}", self.0)
        };
        AbsPath::new(&text).unwrap_or_else(|| self.clone())
    }

    /// Whether it is `folder` or lies below it.
    pub fn is_within(&self, folder: &AbsPath) -> bool {
        folder.0.as_ref() == "/"
            || self
                .0
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl fmt::Display for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
