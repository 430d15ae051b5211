//! Reads `environment` and `module_defaults`: mappings, or lists of them.

use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::Reading;
use super::keywords::list_of;
use crate::play::body::has_template;
use crate::play::defaults;
use crate::play::defaults::GROUP;
use crate::play::foreign::is_foreign;

impl Reading<'_> {
    /// `environment`: a mapping, a list of mappings, or templates of these.
    pub(super) fn environment(&mut self, value: &Node) -> Vec<Arc<Node>> {
        let items = list_of(value);
        for item in &items {
            if item.as_map().is_none() && !item.is_null() && !has_template(item) {
                self.no_mapping(item, "environment", "expected `NAME: value` lines here");
            }
        }
        items
    }

    /// `module_defaults`: task types with arguments.
    pub(super) fn module_defaults(&mut self, value: &Node) -> Vec<Arc<Node>> {
        let items = list_of(value);
        for item in &items {
            let Some(map) = item.as_map() else {
                self.no_mapping(
                    item,
                    "module_defaults",
                    "expected task types with arguments below them",
                );
                continue;
            };
            for (name, key, value) in map.iter() {
                self.default_of(name, key, value);
            }
        }
        items
    }

    fn default_of(&mut self, name: &str, key: &Node, value: &Node) {
        if let Some(group) = name.strip_prefix(GROUP) {
            if defaults::group(group).is_none() {
                self.no_group(group, key);
            }
            self.arguments_of(name, value);
        } else if is_foreign(name) {
            // Defaults of a task type that is not here change nothing.
            self.arguments_of(name, value);
        } else if evenkeel_tasks::module(name).is_none() {
            let known: Vec<String> = evenkeel_tasks::MODULES
                .iter()
                .map(|module| module.full_name())
                .collect();
            let short = evenkeel_tasks::MODULES.iter().map(|module| module.name);
            let problem = Problem::error("playbook::action", format!("there is no task type `{name}`"))
                .at(&key.place, "not known");
            self.report(
                match nearest(name, short.chain(known.iter().map(String::as_str))) {
                    Some(best) => problem.help(format!("did you mean `{best}`?")),
                    None => problem.help("`evenkeel modules` lists the task types that are supported"),
                },
            );
        } else {
            self.arguments_of(name, value);
        }
    }

    fn arguments_of(&mut self, name: &str, value: &Node) {
        if value.as_map().is_none() && !value.is_null() && !has_template(value) {
            self.no_mapping(value, name, "expected arguments here");
        }
    }

    fn no_group(&mut self, group: &str, key: &Node) {
        let message = format!("the group of task types `{group}` is not known");
        let problem = Problem::error("playbook::group", message).at(
            &key.place,
            "its arguments would be ignored, so the run is refused",
        );
        let known = defaults::GROUPS.iter().map(|(name, _)| *name);
        self.report(match nearest(group, known) {
            Some(best) => problem.help(format!("did you mean `{GROUP}{best}`?")),
            None => problem.help("name the task types one by one: groups come with collections of modules"),
        });
    }

    fn no_mapping(&mut self, value: &Node, name: &str, expected: &str) {
        let message = format!("`{name}` is a mapping, not {}", value.kind());
        self.report(Problem::error("playbook::mapping", message).at(&value.place, expected.to_owned()));
    }
}
