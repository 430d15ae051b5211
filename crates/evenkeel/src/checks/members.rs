//! Groups and hosts that templates name and that the inventory does not have.

use std::sync::Arc;

use evenkeel_playbook::play::Program;
use evenkeel_playbook::template::Used;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::guards::is_entry_guarded;
use super::names::sources;
use super::names::words;
use crate::Loaded;

/// Words of playbooks by which hosts and groups come.
const GROWING: [&str; 3] = ["add_host", "group_by", "refresh_inventory"];

/// Names of methods of mappings, which some write without brackets.
const METHODS: [&str; 4] = ["get", "items", "keys", "values"];

/// The names of the controller, which `hostvars` has in any case.
const LOCAL: [&str; 3] = ["127.0.0.1", "::1", "localhost"];

/// Whether hosts or groups may come during the run.
pub(super) fn may_grow(programs: &[Program]) -> bool {
    let grows = |(_, word): (usize, &str)| GROWING.contains(&word);
    programs
        .iter()
        .flat_map(sources)
        .any(|source| words(&source.text).any(grows))
}

/// The problem of a group in `groups`, or a host in `hostvars`, that is not there.
pub(super) fn missing(loaded: &Loaded, holder: &str, used: &Used) -> Option<Problem> {
    let name = used.name.as_str();
    if METHODS.contains(&name) || is_entry_guarded(&used.place.source.text, name) {
        return None;
    }
    let inventory = &loaded.inventory;
    let names: Vec<Arc<str>> = match holder {
        "groups" => inventory.groups().map(|group| Arc::clone(group.name())).collect(),
        "hostvars" => inventory.hosts().map(|host| Arc::clone(host.name())).collect(),
        _ => return None,
    };
    let local = holder == "hostvars" && LOCAL.contains(&name);
    if local || names.iter().any(|known| **known == *name) {
        return None;
    }
    let (code, what) = match holder {
        "groups" => ("template::group", "group"),
        _ => ("template::host", "host"),
    };
    let problem = Problem::error(code, format!("there is no {what} `{name}`"))
        .at(&used.place, format!("the inventory has no {what} of this name"));
    Some(match nearest(name, names.iter().map(|name| &**name)) {
        Some(best) => problem.help(format!("did you mean `{best}`?")),
        None => problem.help(format!(
            "add it to the inventory, or use `{holder}['{name}'] | default(...)`"
        )),
    })
}
