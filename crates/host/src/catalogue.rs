//! What packages bring when they are installed.

mod saved;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use crate::AbsPath;
use crate::Entry;
use crate::Fixture;

/// What packages bring: captured once on a real host, shared by all simulated ones.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    packages: HashMap<String, Package>,
}

/// What one package brings, without what those it depends on bring.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// The packages that come with it.
    pub depends: Vec<String>,
    /// Files and folders that are there afterwards.
    pub files: BTreeMap<AbsPath, Arc<Entry>>,
    /// Facts that hold afterwards: family, key, value.
    pub facts: BTreeMap<String, BTreeMap<String, Arc<serde_json::Value>>>,
}

impl Package {
    /// What a machine has after the package was installed and had not before.
    pub fn between(name: &str, depends: Vec<String>, before: &Fixture, after: &Fixture) -> Package {
        let is_new = |(path, entry): &(&AbsPath, &Arc<Entry>)| match before.files().get(*path) {
            Some(old) => old.stat.kind != entry.stat.kind || old.content != entry.content,
            None => true,
        };
        let files = after
            .files()
            .iter()
            .filter(is_new)
            .map(|(path, entry)| (path.clone(), Arc::clone(entry)));
        let mut facts: BTreeMap<String, BTreeMap<String, Arc<serde_json::Value>>> = BTreeMap::new();
        for (family, known) in after.families() {
            let old = before.families().get(family);
            let changed = known
                .values
                .iter()
                .filter(|(key, value)| old.and_then(|old| old.get(key)) != Some(value));
            let changed: BTreeMap<_, _> = changed
                .map(|(key, value)| (key.clone(), Arc::clone(value)))
                .collect();
            if !changed.is_empty() {
                facts.insert(family.clone(), changed);
            }
        }
        Package {
            name: name.to_owned(),
            depends,
            files: files.collect(),
            facts,
        }
    }

    /// Family, key and value of each fact.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&str, &str, &Arc<serde_json::Value>)> {
        let each = self.facts.iter();
        each.flat_map(|(family, facts)| {
            facts
                .iter()
                .map(move |(key, value)| (family.as_str(), key.as_str(), value))
        })
    }
}

impl Catalogue {
    /// Adds a package.
    #[must_use]
    pub fn with(mut self, mut package: Package) -> Catalogue {
        for (position, entry) in package.files.values_mut().enumerate() {
            if entry.stat.is_forecast() {
                Arc::make_mut(entry).stat.inode = 1_000_000 + position as u64;
            }
        }
        self.packages.insert(package.name.clone(), package);
        self
    }

    /// A package by the name under which it is asked for: `haproxy`, also `haproxy=2.6.12-1` or `haproxy:amd64`.
    pub fn package(&self, name: &str) -> Option<&Package> {
        let name = name.split(['=', ':']).next().unwrap_or(name);
        self.packages.get(name)
    }

    /// Whether it is known what a package brings.
    pub fn knows(&self, name: &str) -> bool {
        self.package(name).is_some()
    }

    /// Whether it is known what these packages bring together: each is known itself, or comes with one that is.
    pub fn covers(&self, names: &[String]) -> bool {
        let known: Vec<&Package> = names.iter().filter_map(|name| self.package(name)).collect();
        let comes = |name: &String| {
            let name = name.split(['=', ':']).next().unwrap_or(name);
            known.iter().any(|package| {
                package
                    .facts()
                    .any(|(family, key, _)| family == "package" && key == name)
            })
        };
        names.iter().all(|name| self.knows(name) || comes(name))
    }

    /// All packages, in no order.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.values()
    }

    /// A package and everything that comes with it, dependencies first.
    pub(crate) fn closure(&self, name: &str) -> Vec<&Package> {
        let mut found = Vec::new();
        self.collect(name, &mut HashSet::new(), &mut found);
        found
    }

    fn collect<'a>(&'a self, name: &str, seen: &mut HashSet<&'a str>, found: &mut Vec<&'a Package>) {
        if let Some(package) = self.package(name)
            && seen.insert(&package.name)
        {
            package
                .depends
                .iter()
                .for_each(|name| self.collect(name, seen, found));
            found.push(package);
        }
    }
}
