//! A generated playbook that is to run: whether it is what would be generated now, and whether `-e` reaches it.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_playbook::Files;
use evenkeel_playbook::vars::ExtraVars;
use evenkeel_topology::Cluster;
use evenkeel_topology::is_documented;
use evenkeel_yaml::Problem;

use super::Source;
use super::difference::changed;
use super::difference::shown;
use crate::described::Rendered;

/// A generated playbook, and what it would be generated from now.
pub(crate) struct Written<'a> {
    pub(crate) files: &'a dyn Files,
    pub(crate) playbook: &'a Path,
    /// What the inventory is called.
    pub(crate) name: Option<&'a str>,
    /// The inventory without what lies beside the playbook, and `-e`.
    pub(crate) described: &'a Rendered<'a>,
}

type Texts = Vec<(PathBuf, String)>;

impl Written<'_> {
    /// A warning when it would be another one now. `-e` changes a run, not the files.
    pub(crate) fn outdated(&self) -> Option<Problem> {
        let generated = self.of_inventory()?;
        let folder = self.playbook.parent().unwrap_or(Path::new(""));
        let found = changed(self.files, folder, &generated).unwrap_or_default();
        let names: Vec<String> = found.iter().map(shown).collect();
        let text = format!(
            "{} was generated from another inventory or from an earlier state of it: {} would change",
            self.playbook.display(),
            names.join(", ")
        );
        let folder = if folder == Path::new("") {
            Path::new(".")
        } else {
            folder
        };
        let help = format!(
            "`evenkeel generate -i INVENTORY -o {}` writes it anew, with `--check` it shows what would change",
            folder.display()
        );
        (!names.is_empty()).then(|| Problem::warning("generate::outdated", text).help(help))
    }

    /// An error when values of `-e` were computed into the files, where this run does not see them.
    pub(crate) fn unreached(&self, with_extra: Option<&Cluster>) -> Option<Problem> {
        let extra = self.described.extra;
        let first = extra.layer().iter().next()?;
        let (plain, meant) = (self.of_inventory()?, self.of(with_extra?));
        let differs = |(path, text): &&(PathBuf, String)| {
            self.is_read(path) && !plain.contains(&(path.clone(), text.clone()))
        };
        let paths: Vec<String> = meant
            .iter()
            .filter(differs)
            .map(|(path, _)| path.display().to_string())
            .collect();
        if paths.is_empty() {
            return None;
        }
        let names: Vec<&Arc<str>> = extra.layer().iter().map(|(name, _)| name).collect();
        let known = names.iter().copied().filter(|name| is_documented(name));
        let mut named: Vec<&Arc<str>> = known.collect();
        if named.is_empty() {
            named = names;
        }
        let list: Vec<String> = named.iter().map(|name| format!("`{name}`")).collect();
        let text = format!(
            "-e does not reach {}: it was computed from the inventory's {} ({} would change)",
            self.playbook.display(),
            list.join(", "),
            paths.join(", ")
        );
        let mut problem = Problem::error("generate::extra-vars", text)
            .help("set it in the inventory, and run `evenkeel generate`");
        if self.playbook.file_name().is_some_and(|name| name == super::SITE) {
            problem = problem.help("or name no playbook: then the run composes one with -e");
        }
        let name = named.first().copied().unwrap_or(first.0);
        if let Some(definition) = extra.definitions(name).first() {
            problem = problem.at(&definition.place, "only the inventory's value counts");
        }
        Some(problem)
    }

    /// Whether this run reads a file: of the playbooks, only its own.
    fn is_read(&self, path: &Path) -> bool {
        let beside = path.parent().is_some_and(|folder| folder != Path::new(""));
        beside || path.file_name() == self.playbook.file_name()
    }

    /// What would be generated now, if the inventory alone describes a cluster.
    fn of_inventory(&self) -> Option<Texts> {
        let described = Rendered {
            extra: &ExtraVars::default(),
            ..*self.described
        };
        Some(self.of(&Cluster::build(&described).ok()??))
    }

    fn of(&self, cluster: &Cluster) -> Texts {
        let source = Source {
            name: self.name,
            cluster,
            inventory: self.described.inventory,
            templar: self.described.templar,
        };
        source.files()
    }
}
