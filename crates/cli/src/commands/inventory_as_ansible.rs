//! The inventory as `ansible-inventory` prints it.

use std::path::PathBuf;
use std::sync::Arc;

use evenkeel::Loaded;
use evenkeel::Place;
use evenkeel::Problem;
use evenkeel::Source;
use evenkeel::playbook::inventory::ListOptions;
use evenkeel::playbook::inventory::Pattern;
use evenkeel::yaml::Data;
use evenkeel::yaml::DumpOptions;
use evenkeel::yaml::to_yaml;
use serde_json::Value;

use super::project;
use crate::Context;
use crate::args::Format;
use crate::args::SourceArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;
use crate::python_json;

/// What is asked for.
pub(crate) struct Asked {
    pub(crate) shape: Shape,
    pub(crate) source: SourceArgs,
    /// Only these hosts.
    pub(crate) limit: Vec<String>,
    /// A folder whose `group_vars` and `host_vars` are read too; the current one when none is named.
    pub(crate) playbook_dir: Option<PathBuf>,
    /// YAML instead of JSON.
    pub(crate) yaml: bool,
    /// Variables with the groups and hosts that define them.
    pub(crate) export: bool,
    /// Written to this file instead of standard output.
    pub(crate) output: Option<PathBuf>,
}

/// Which of its outputs.
pub(crate) enum Shape {
    List,
    /// The variables of one host, which a pattern may name.
    Host(String),
    /// The tree of a group, with variables or without.
    Graph(String, bool),
}

/// Shows the inventory.
pub(crate) fn inventory_as_ansible(context: &Context, asked: &Asked) -> Outcome {
    shown(context, asked).map_or_else(|outcome| outcome, |()| Outcome::Done)
}

fn shown(context: &Context, asked: &Asked) -> Result<(), Outcome> {
    let mut wanted = project::of_source(context, &asked.source).without_playbook();
    for limit in &asked.limit {
        wanted = wanted.limit(limit);
    }
    wanted = wanted.beside(asked.playbook_dir.clone().unwrap_or_default());
    let loaded = project::load(wanted.without_model())?;
    let text = text(&loaded, asked)?;
    match &asked.output {
        None if text.ends_with('\n') => drop(out::text(&text)),
        None => drop(out::text(&format!("{text}\n"))),
        Some(path) => std::fs::write(path, text).map_err(|error| {
            let message = format!("cannot write {}: {error}", path.display());
            told(Problem::error("file::write", message), Outcome::Missing)
        })?,
    }
    Ok(())
}

fn text(loaded: &Loaded, asked: &Asked) -> Result<String, Outcome> {
    let inventory = &loaded.inventory;
    let all = ListOptions {
        export: asked.export,
        extra: Some(&loaded.extra).filter(|_| !asked.export),
        hosts: None,
        unnamed_folder: asked.playbook_dir.is_none(),
    };
    match &asked.shape {
        Shape::Host(pattern) => {
            let host = one(loaded, pattern)?;
            if asked.yaml {
                return inventory.host_tree(&host, all).map(yaml).map_err(unknown);
            }
            inventory
                .host_listing(&host, all)
                .map(|vars| json(&vars))
                .map_err(unknown)
        }
        Shape::Graph(group, vars) => inventory.graph(group, vars.then_some(all)).map_err(unknown),
        Shape::List => {
            let limited = loaded.limit.as_ref().map(|limit| inventory.select(limit));
            let hosts = limited
                .transpose()
                .map_err(|problem| project::refused(problem, Format::Ansible))?;
            let listed = ListOptions {
                hosts: hosts.as_deref(),
                ..all
            };
            Ok(match asked.yaml {
                true => yaml(inventory.tree(listed)),
                false => json(&inventory.list(listed)),
            })
        }
    }
}

/// The one host that a pattern names.
fn one(loaded: &Loaded, pattern: &str) -> Result<Arc<str>, Outcome> {
    let is_local = matches!(pattern, "localhost" | "127.0.0.1" | "::1");
    if is_local || loaded.inventory.host(pattern).is_some() {
        return Ok(pattern.into());
    }
    let place = Place::new(&Source::new("--host", pattern), 0, pattern.len());
    let chosen = Pattern::parse(pattern, &place).and_then(|pattern| loaded.inventory.select(&pattern));
    let hosts = chosen.map_err(unknown)?;
    match hosts.as_slice() {
        [host] => Ok(Arc::clone(host)),
        _ => {
            let text = format!("`{pattern}` names {} hosts, and --host shows one", hosts.len());
            Err(unknown(Problem::error("called::host", text)))
        }
    }
}

/// What is named is none of the inventory: to Ansible that is a wrong option.
fn unknown(problem: Problem) -> Outcome {
    told(problem, Outcome::Arguments)
}

fn told(problem: Problem, outcome: Outcome) -> Outcome {
    draw::problems(&[problem]);
    outcome
}

fn json(value: &Value) -> String {
    python_json::text(value, Some(4))
}

fn yaml(data: Data) -> String {
    let style = DumpOptions {
        indent: 2,
        ..DumpOptions::nice()
    };
    to_yaml(data, &style).unwrap_or_default()
}
