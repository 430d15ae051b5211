//! Extra variables: `-e name=value`, `-e '{...}'`, `-e @file`.

use std::path::Path;
use std::sync::Arc;

use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

use super::Definition;
use super::Layer;
use super::Level;
use super::key_value;
use crate::Files;
use crate::inventory::Entries;
use crate::inventory::Setting;
use crate::inventory::check_name;
use crate::inventory::mapping;
use crate::inventory::read_vars;

/// The variables of all `-e` options; they win over everything else.
///
/// ```
/// use evenkeel_playbook::Memory;
/// use evenkeel_playbook::vars::ExtraVars;
///
/// let files = Memory::default();
/// let extra = ExtraVars::read(&["port=80 name='a b'", "{port: 443}"], &files).unwrap();
/// assert_eq!(extra.definitions("port").len(), 2);
/// ```
#[derive(Clone, Debug, Default)]
pub struct ExtraVars {
    /// In the order given.
    settings: Vec<(Arc<str>, Setting)>,
    layer: Arc<Layer>,
    problems: Vec<Problem>,
}

impl ExtraVars {
    /// Reads the arguments of `-e` in their order; of one name the last counts.
    ///
    /// Values of `name=value` are always strings; YAML and JSON, begun by `{`, and files, begun by `@`, are typed.
    ///
    /// # Errors
    /// A text that is no variable, an unreadable file.
    pub fn read<S: AsRef<str>>(arguments: &[S], files: &dyn Files) -> Result<ExtraVars, Problem> {
        let mut extra = ExtraVars::default();
        for argument in arguments
            .iter()
            .map(AsRef::as_ref)
            .filter(|argument| !argument.trim().is_empty())
        {
            let (entries, warnings) = one(argument, files)?;
            extra.problems.extend(warnings);
            extra.problems.extend(
                entries
                    .iter()
                    .filter_map(|(name, at)| check_name(name, &at.place)),
            );
            extra.settings.extend(entries);
        }
        let mut layer = Layer::default();
        layer.extend(extra.settings.iter().map(|(name, setting)| (name, setting)));
        extra.layer = Arc::new(layer);
        Ok(extra)
    }

    /// The variables, for [`Level::ExtraVars`].
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// Every definition of a name, the winner first.
    pub fn definitions(&self, name: &str) -> Vec<Definition> {
        let of_name = self.settings.iter().rev().filter(|(known, _)| &**known == name);
        of_name
            .map(|(_, setting)| Definition {
                level: Level::ExtraVars,
                owner: "-e".into(),
                place: setting.place.clone(),
                node: Arc::clone(&setting.node),
            })
            .collect()
    }

    /// Names and values, the winner of a name last.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (&str, &evenkeel_yaml::Node)> {
        self.settings
            .iter()
            .map(|(name, setting)| (&**name, &*setting.node))
    }

    /// What was found while reading: duplicate keys, names that no template can use.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

fn one(argument: &str, files: &dyn Files) -> Result<Entries, Problem> {
    if let Some(path) = argument.strip_prefix('@') {
        return read_vars(files, Path::new(path), path);
    }
    let source = Source::new("-e", argument);
    match argument.as_bytes().first() {
        Some(b'/' | b'.') => {
            let problem = Problem::error("vars::extra", format!("`{argument}` is no variable"))
                .help(format!("a file of variables is named with @: -e @{argument}"));
            Err(problem)
        }
        Some(b'{' | b'[') => mapping(&source),
        _ => key_value::read(&source).map(|entries| (entries, Vec::new())),
    }
}
