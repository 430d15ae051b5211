//! Names of packages as `name:` writes them: `haproxy`, `haproxy=2.6*`, `haproxy>=2.4`, `libc6:i386`, `linux-image-*`.

use std::cmp::Ordering;

use evenkeel_host::Known;
use evenkeel_yaml::Problem;

use crate::Text;
use crate::facts::package::PackageState;
use crate::facts::package::Versions;
use crate::facts::package::version;

/// One wanted package.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spec {
    /// The name, with its architecture if it has one.
    pub(super) name: String,
    pub(super) version: Wanted,
}

/// Which version is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Wanted {
    /// Any.
    Any,
    /// One that fits a pattern.
    Fits(String),
    /// At least this.
    AtLeast(String),
}

impl Spec {
    /// Reads a spec.
    ///
    /// # Errors
    /// When it cannot be a package, with what it should look like.
    pub(super) fn read(text: &Text) -> Result<Spec, Problem> {
        let spec = text.text.trim();
        let wrong = |what: &str| {
            Problem::error("task::value", format!("`{spec}` names no package: {what}")).at(
                &text.place,
                "expected a package's name, as `haproxy` or `haproxy=2.6*`",
            )
        };
        let (name, wanted) = match (spec.split_once(">="), spec.split_once('=')) {
            (Some((name, version)), _) => (name, Wanted::AtLeast(version.to_owned())),
            (None, Some((name, version))) => (name, Wanted::Fits(version.to_owned())),
            (None, None) => (spec, Wanted::Any),
        };
        match &wanted {
            Wanted::Fits(version) | Wanted::AtLeast(version) if version.is_empty() => {
                return Err(wrong("a version is missing after `=`"));
            }
            Wanted::Fits(version) | Wanted::AtLeast(version) if version.contains(['=', ' ', '/', '\'']) => {
                return Err(wrong("that is no version"));
            }
            _ => {}
        }
        if name.contains('/') {
            return Err(wrong("a release after `/` is not supported").help("set `default_release` instead"));
        }
        if name.contains(['<', '>']) {
            return Err(wrong("only `=` and `>=` compare versions"));
        }
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.:*?[]!".contains(c);
        if name.is_empty() || !name.chars().all(known) || name.starts_with(['-', '+', '.', ':']) {
            let help = match name.chars().any(|c| c.is_ascii_uppercase()) {
                true => "names of packages are in lower case",
                false => "names of packages are of a-z, 0-9, `+`, `-` and `.`; several stand in a list",
            };
            return Err(wrong("it has other characters").help(help));
        }
        Ok(Spec {
            name: name.to_owned(),
            version: wanted,
        })
    }

    /// Whether the name is a pattern.
    pub(super) fn is_pattern(&self) -> bool {
        self.name.contains(['*', '?', '['])
    }

    /// Whether what is installed is what is wanted.
    pub(super) fn holds(&self, package: &PackageState) -> Known<bool> {
        if !package.installed {
            return Known::Is(self.version == Wanted::Any && package.provider.is_some());
        }
        match &self.version {
            Wanted::Any => Known::Is(true),
            Wanted::Fits(_) | Wanted::AtLeast(_) => package
                .version
                .as_ref()
                .map(|version| version.as_deref().is_some_and(|version| self.fits(version))),
        }
    }

    /// Whether a version is wanted.
    pub(super) fn fits(&self, version: &str) -> bool {
        match &self.version {
            Wanted::Any => true,
            Wanted::Fits(pattern) => version::matches(pattern, version),
            Wanted::AtLeast(least) => version::compare(version, least) != Ordering::Less,
        }
    }

    /// The best version that apt has and that is wanted.
    pub(super) fn best<'a>(&self, versions: &'a Versions) -> Option<&'a str> {
        let candidate = versions
            .candidate
            .as_deref()
            .filter(|candidate| self.fits(candidate));
        let newest = || {
            let fitting = versions.versions.iter().filter(|version| self.fits(version));
            fitting.max_by(|a, b| version::compare(a, b)).map(String::as_str)
        };
        // A pattern is pinned above every policy; the other wishes follow the policy.
        match self.version {
            Wanted::Fits(_) => newest(),
            Wanted::Any | Wanted::AtLeast(_) => candidate,
        }
    }
}
