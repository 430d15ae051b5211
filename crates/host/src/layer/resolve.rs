//! Following symbolic links over what is known about single paths.

use std::collections::VecDeque;

use crate::AbsPath;

/// How many links are followed before the kernel gives up (`path_resolution(7)`).
const MOST_LINKS: usize = 40;

/// What a single path is, for the purpose of walking through it.
pub(crate) enum Step {
    /// A symbolic link with its target.
    Link(String),
    /// Anything else, nothing and not known included.
    Other,
}

/// A chain of links that does not end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Loop;

/// The same place without links on the way to it, and without one at its end when `follow` is set.
///
/// `None` when `lstat` could not say what some path is; the walk goes on past it, as if it were a folder, so that one
/// call finds everything that has to be asked.
pub(crate) fn resolve(
    path: &AbsPath,
    follow: bool,
    lstat: &mut dyn FnMut(&AbsPath) -> Option<Step>,
) -> Option<Result<AbsPath, Loop>> {
    let mut complete = true;
    for at in path.prefixes() {
        let is_last = at == *path;
        if at.name() == ".." {
            return walk(path, follow, lstat);
        }
        if is_last && !follow {
            break;
        }
        match lstat(&at) {
            Some(Step::Link(_)) => return walk(path, follow, lstat),
            Some(Step::Other) => {}
            None => complete = false,
        }
    }
    complete.then(|| Ok(path.clone()))
}

/// The same for a path that has links or `..` on its way.
fn walk(
    path: &AbsPath,
    follow: bool,
    lstat: &mut dyn FnMut(&AbsPath) -> Option<Step>,
) -> Option<Result<AbsPath, Loop>> {
    let mut at = AbsPath::root();
    let mut complete = true;
    let mut followed = 0;
    let mut rest: VecDeque<String> = components(path.as_str()).collect();
    while let Some(name) = rest.pop_front() {
        if name == ".." {
            at = at.parent().unwrap_or(at);
            continue;
        }
        let next = at.join(&name);
        if rest.is_empty() && !follow {
            at = next;
            break;
        }
        match lstat(&next) {
            Some(Step::Link(target)) => {
                followed += 1;
                if followed > MOST_LINKS {
                    return Some(Err(Loop));
                }
                if target.starts_with('/') {
                    at = AbsPath::root();
                }
                for component in components(&target).collect::<Vec<_>>().into_iter().rev() {
                    rest.push_front(component);
                }
            }
            Some(Step::Other) => at = next,
            None => {
                complete = false;
                at = next;
            }
        }
    }
    complete.then_some(Ok(at))
}

fn components(path: &str) -> impl Iterator<Item = String> + '_ {
    path.split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(links: &[(&str, &str)], path: &str, follow: bool) -> Result<String, Loop> {
        let path = AbsPath::new(path).unwrap();
        let mut lstat = |at: &AbsPath| {
            let target = links
                .iter()
                .find(|(link, _)| *link == at.as_str())
                .map(|(_, target)| *target);
            Some(target.map_or(Step::Other, |target| Step::Link(target.to_owned())))
        };
        resolve(&path, follow, &mut lstat)
            .unwrap()
            .map(|at| at.to_string())
    }

    #[test]
    fn links_on_the_way_are_followed_always_and_the_last_one_when_asked() {
        let links = [
            ("/var/run", "/run"),
            ("/run/x/now", "../y/./file"),
            ("/a", "b/"),
            ("/b", "/c"),
        ];
        assert_eq!(resolved(&links, "/var/run/x/pid", false), Ok("/run/x/pid".into()));
        assert_eq!(resolved(&links, "/var/run/x/now", false), Ok("/run/x/now".into()));
        assert_eq!(resolved(&links, "/var/run/x/now", true), Ok("/run/y/file".into()));
        assert_eq!(resolved(&links, "/a/../z", true), Ok("/z".into()));
        assert_eq!(resolved(&links, "/a/d", true), Ok("/c/d".into()));
        assert_eq!(resolved(&links, "/../..", true), Ok("/".into()));
    }

    #[test]
    fn a_loop_ends() {
        assert_eq!(resolved(&[("/a", "b"), ("/b", "a")], "/a/x", false), Err(Loop));
        assert_eq!(resolved(&[("/a", "a")], "/a", false), Ok("/a".into()));
    }
}
