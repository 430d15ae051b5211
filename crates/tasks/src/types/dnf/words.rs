//! The calls of dnf that a task may need.

use std::collections::BTreeMap;

use evenkeel_host::Known;

use super::Backend;
use super::Dnf;
use super::State;
use crate::facts::rpm::Installed;

/// What rpm can look up by itself: a name, also with a version; no group, file, URL, pattern or comparison.
fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "._+-:~^()".contains(c);
    !name.starts_with('@') && !name.contains("://") && name.chars().all(fits)
}

impl Dnf {
    fn names(&self) -> Vec<String> {
        self.name.iter().map(|name| name.text.trim().to_owned()).collect()
    }

    pub(super) fn removes(&self) -> bool {
        match self.state {
            Some(State::Absent | State::Removed) => true,
            Some(State::Present | State::Installed | State::Latest) => false,
            None => self.autoremove,
        }
    }

    /// The names that are looked up before dnf is asked.
    pub(super) fn looked_up(&self) -> Vec<String> {
        let root = self.installroot == "/" && !self.download_only;
        self.names().into_iter().filter(|name| root && is_plain(name)).collect()
    }

    /// The calls that are needed whatever is installed.
    pub(super) fn sure_calls(&self) -> Vec<Vec<String>> {
        let rest: Vec<String> = {
            let looked_up = self.looked_up();
            self.names().into_iter().filter(|name| !looked_up.contains(name)).collect()
        };
        if self.names().is_empty() {
            return match self.autoremove {
                true => vec![self.call(&["autoremove"], &[])],
                false => Vec::new(),
            };
        }
        if rest.is_empty() {
            return Vec::new();
        }
        if self.removes() {
            return vec![self.call(&["remove"], &rest)];
        }
        match (self.state, rest.iter().any(|name| name == "*")) {
            (Some(State::Latest), true) => vec![self.call(&["upgrade"], &[])],
            (Some(State::Latest), false) if self.update_only => vec![self.call(&["upgrade"], &rest)],
            _ => vec![self.call(&["install"], &rest)],
        }
    }

    /// All calls that may change something, given what is installed.
    pub(super) fn calls(&self, installed: &BTreeMap<String, Known<Vec<Installed>>>) -> Vec<Vec<String>> {
        let mut calls = self.sure_calls();
        let of = |wanted: fn(Option<bool>) -> bool| -> Vec<String> {
            let there = installed.iter().filter(|(_, found)| {
                let there = found.as_ref().ok().map(|found| !found.is_empty());
                wanted(there)
            });
            there.map(|(name, _)| name.clone()).collect()
        };
        let missing = of(|there| there != Some(true));
        let there = of(|there| there != Some(false));
        let mut put = |verb: &str, names: Vec<String>| {
            if !names.is_empty() {
                calls.push(self.call(&[verb], &names));
            }
        };
        if self.removes() {
            put("remove", there);
        } else if self.state == Some(State::Latest) {
            if !self.update_only {
                put("install", missing);
            }
            put("upgrade", there);
        } else if !self.update_only {
            put("install", missing);
        }
        calls
    }

    /// A call of dnf without the answer to its question.
    pub(super) fn call(&self, verb: &[&str], names: &[String]) -> Vec<String> {
        let mut words = vec![self.program().to_owned()];
        words.extend(verb.iter().map(|word| (*word).to_owned()));
        words.extend(self.options(verb.first().copied().unwrap_or("")));
        words.extend_from_slice(names);
        words
    }

    pub(super) fn program(&self) -> &'static str {
        match self.use_backend {
            Backend::Auto | Backend::Yum | Backend::Dnf => "dnf",
            Backend::Yum4 | Backend::Dnf4 => "dnf-3",
            Backend::Dnf5 => "dnf5",
        }
    }

    fn options(&self, verb: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut put = |is: bool, word: &str| words.extend(is.then(|| word.to_owned()));
        put(self.disable_gpg_check, "--nogpgcheck");
        put(self.skip_broken, "--skip-broken");
        put(self.update_cache, "--refresh");
        put(self.cacheonly, "--cacheonly");
        put(self.allowerasing, "--allowerasing");
        put(self.best == Some(true) || self.nobest == Some(false), "--best");
        put(self.nobest == Some(true) || self.best == Some(false), "--setopt=best=False");
        put(self.download_only, "--downloadonly");
        put(self.security && verb == "upgrade", "--security");
        put(self.bugfix && verb == "upgrade", "--bugfix");
        put(!self.install_weak_deps, "--setopt=install_weak_deps=False");
        put(!self.sslverify, "--setopt=sslverify=False");
        let clean = if self.autoremove { "True" } else { "False" };
        put(verb == "remove", &format!("--setopt=clean_requirements_on_remove={clean}"));
        put(self.installroot != "/", &format!("--installroot={}", self.installroot));
        for (option, value) in [
            ("--config", self.conf_file.as_ref().map(|path| &path.text)),
            ("--releasever", self.releasever.as_ref()),
            ("--disableexcludes", self.disable_excludes.as_ref()),
            ("--downloaddir", self.download_dir.as_ref()),
        ] {
            words.extend(value.map(|value| format!("{option}={value}")));
        }
        for (option, values) in [
            ("--disablerepo", &self.disablerepo),
            ("--enablerepo", &self.enablerepo),
            ("--exclude", &self.exclude),
            ("--enableplugin", &self.enable_plugin),
            ("--disableplugin", &self.disable_plugin),
        ] {
            words.extend(values.iter().map(|value| format!("{option}={value}")));
        }
        words
    }
}
