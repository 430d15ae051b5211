//! The list of all targets, and what is expected of each: `tests/ansible-suite/targets.txt`.

use std::fs;

use super::home;
use crate::fleet::Error;
use crate::fleet::Result;

/// What is expected of the targets.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// All of them, in the order of the file.
    pub targets: Vec<Listed>,
}

/// A target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name: its folder.
    pub name: String,
    /// What is expected of it.
    pub class: Class,
    /// Whether it has counted: when it does not any more, that is an error.
    pub counts: bool,
    /// Whether it takes long, such that only a whole run has it.
    pub long: bool,
    /// Why it is not run; empty for those that are.
    pub reason: String,
}

/// What is expected of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It has to count.
    Required,
    /// It may count.
    Welcome,
    /// It cannot be measured, or cannot count; the reason says why.
    Never,
}

impl Catalogue {
    /// Reads the list.
    ///
    /// # Errors
    /// When a line is not one of its lines.
    pub fn read() -> Result<Catalogue> {
        let path = home().join("targets.txt");
        let failed = |why: String| Error::failed(path.display(), why);
        let text = fs::read_to_string(&path).map_err(|error| failed(error.to_string()))?;
        let lines = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let targets: Option<Vec<Listed>> = lines.map(listed).collect();
        let targets = targets.ok_or_else(|| failed("a line is none of a target".to_owned()))?;
        Ok(Catalogue { targets })
    }

    /// Those of a class.
    pub fn of(&self, class: Class) -> impl Iterator<Item = &Listed> {
        self.targets.iter().filter(move |target| target.class == class)
    }
}

fn listed(line: &str) -> Option<Listed> {
    let (line, reason) = line.split_once(" # ").unwrap_or((line, ""));
    let mut words = line.split_whitespace();
    let name = words.next()?.to_owned();
    let class = match words.next()? {
        "required" => Class::Required,
        "welcome" => Class::Welcome,
        "never" => Class::Never,
        _ => return None,
    };
    let mut target = Listed {
        name,
        class,
        counts: false,
        long: false,
        reason: reason.trim().to_owned(),
    };
    for word in words {
        match word {
            "counts" => target.counts = true,
            "long" => target.long = true,
            _ => return None,
        }
    }
    ((class == Class::Never) != target.reason.is_empty()).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Evenkeel promises to run as Ansible does.
    const REQUIRED: &str = "assemble blockinfile changed_when command_shell facts_d failed_when file filter_urls filter_urlsplit \
        include_import_tasks_nested include_with_templating known_hosts lookup_dict lookup_indexed_items lookup_items \
        lookup_lines lookup_list lookup_nested lookup_sequence lookup_subelements lookup_together lookup_vars loop-until \
        loops package ping replace service_facts split systemd task-timeout task_ordering tempfile var_inheritance";

    #[test]
    fn the_required_targets_count_and_run_every_time() {
        let catalogue = Catalogue::read().unwrap_or_else(|error| panic!("{error}"));
        let required: Vec<&Listed> = catalogue.of(Class::Required).collect();
        let names: Vec<&str> = required.iter().map(|target| &*target.name).collect();
        assert_eq!(names.join(" "), REQUIRED);
        assert!(required.iter().all(|target| target.counts && !target.long));
    }
}
