//! A catalogue as a JSON file.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::Serialize;

use super::Catalogue;
use super::Package;
use crate::AbsPath;
use crate::fixture::SavedEntry;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    packages: BTreeMap<String, SavedPackage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedPackage {
    #[serde(default)]
    depends: Vec<String>,
    #[serde(default)]
    facts: BTreeMap<String, BTreeMap<String, Arc<serde_json::Value>>>,
    #[serde(default)]
    files: BTreeMap<String, SavedEntry>,
}

impl Catalogue {
    /// The catalogue as JSON.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, String> {
        let package = |package: &Package| SavedPackage {
            depends: package.depends.clone(),
            facts: package.facts.clone(),
            files: package
                .files
                .iter()
                .map(|(path, entry)| (path.to_string(), SavedEntry::of(entry)))
                .collect(),
        };
        let packages = self
            .packages
            .iter()
            .map(|(name, known)| (name.clone(), package(known)))
            .collect();
        serde_json::to_string_pretty(&Saved { packages }).map_err(|error| error.to_string())
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    /// When the text is not of the form that [`Catalogue::to_json`] writes; with the path that is wrong.
    pub fn from_json(text: &str) -> Result<Catalogue, String> {
        let saved: Saved = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut catalogue = Catalogue::default();
        for (name, package) in saved.packages {
            let mut files = BTreeMap::new();
            for (path, entry) in package.files {
                let at = AbsPath::new(&path).ok_or_else(|| format!("{name}: {path:?} is not absolute"))?;
                let entry = entry.entry().map_err(|why| format!("{name}: {path}: {why}"))?;
                files.insert(at, Arc::new(entry));
            }
            catalogue = catalogue.with(Package {
                name,
                depends: package.depends,
                files,
                facts: package.facts,
            });
        }
        Ok(catalogue)
    }
}
