//! One source: a host list, a file, or a folder of files.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;
use evenkeel_yaml::load_one;

use super::Reading;
use super::address;
use super::build::Builder;
use super::build::UNGROUPED;
use super::ini;
use super::input;
use super::script::Script;
use super::yaml;
use crate::vault::refusal;

/// Endings of files that are no inventories.
const IGNORED: [&str; 12] = [
    ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry",
];

/// Reads a source; gives the folder in which its `group_vars` and `host_vars` stand.
pub(super) fn source(reading: &Reading<'_>, source: &str, builder: &mut Builder) -> Option<PathBuf> {
    let path = Path::new(source);
    match reading.files.is_folder(path) {
        Some(true) => {
            folder(reading, path, builder, 0);
            Some(path.to_owned())
        }
        Some(false) => {
            file(reading, path, builder);
            Some(path.parent().unwrap_or(Path::new("")).to_owned())
        }
        None if source.contains(',') => {
            host_list(source, builder);
            None
        }
        None => {
            builder.report(
                Problem::error("inventory::missing", format!("there is no inventory {source}"))
                    .help(format!("for a list of hosts write a comma: -i '{source},'")),
            );
            None
        }
    }
}

fn host_list(list: &str, builder: &mut Builder) {
    builder.file = Some(list.into());
    builder.dir = None;
    let place = Place::nowhere("-i");
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let (host, port) = address::parse(name, false).unwrap_or((name, None));
        if !builder.inventory.hosts.contains_key(host) {
            builder.host(host, UNGROUPED, port, &place);
        }
    }
}

fn folder(reading: &Reading<'_>, path: &Path, builder: &mut Builder, depth: usize) {
    let names = match reading.files.list(path) {
        Ok(names) => names,
        Err(error) => return builder.report(unreadable(path, &error)),
    };
    for name in names {
        let ignored = name.starts_with('.')
            || matches!(&*name, "host_vars" | "group_vars" | "vars_plugins")
            || IGNORED.iter().any(|ending| name.ends_with(ending));
        if ignored {
            continue;
        }
        let inner = path.join(&name);
        match reading.files.is_folder(&inner) {
            // A link to a folder above would never end.
            Some(true) if depth < 16 => folder(reading, &inner, builder, depth + 1),
            Some(true) => {
                let message = format!("{} lies too deep", inner.display());
                builder.report(
                    Problem::error("inventory::unreadable", message).help("is there a circle of links?"),
                );
            }
            Some(false) => file(reading, &inner, builder),
            None => {}
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    refusal("inventory::unreadable", &path.display().to_string(), error)
}

fn file(reading: &Reading<'_>, path: &Path, builder: &mut Builder) {
    let shown = path.display().to_string();
    let absolute = reading.absolute(path);
    builder.file = Some(absolute.to_string_lossy().into());
    builder.dir = absolute.parent().map(|folder| folder.to_string_lossy().into());
    let program = Script::at(reading, path);
    let failed = match program.as_ref().map(|program| (program, program.groups())) {
        Some((program, Ok(groups))) => return program.read(groups, builder),
        Some((_, Err(problem))) => Some(problem),
        None => None,
    };
    let contents = match reading.files.open(path) {
        Ok(contents) => contents,
        Err(error) => return builder.report(unreadable(path, &error)),
    };
    // A text that happens to be executable is read as what it is, as with Ansible.
    match (input::text(&shown, contents), failed) {
        (Ok(source), Some(problem)) if source.text.starts_with("#!") => builder.report(problem),
        (Ok(source), _) => text(&source, path, builder),
        (Err(_), Some(problem)) | (Err(problem), None) => builder.report(problem),
    }
}

/// Reads a text by the ending of its name; without one it is YAML when it is a mapping there, otherwise INI.
fn text(source: &Arc<Source>, path: &Path, builder: &mut Builder) {
    if source.text.starts_with("#!") {
        let end = source.text.find('\n').unwrap_or(source.text.len());
        let problem = Problem::error(
            "inventory::script",
            format!("{} is a program that cannot be run", source.name),
        )
        .at(
            &Place::new(source, 0, end),
            "what it prints would be the inventory",
        )
        .help("make it executable: chmod +x FILE");
        return builder.report(problem);
    }
    if source.text.starts_with("$ANSIBLE_VAULT;") {
        let problem = Problem::error("inventory::vault", format!("{} is encrypted", source.name))
            .at(
                &Place::new(source, 0, 14),
                "it is read with the password of its vault",
            )
            .help("give the password: --vault-password-file FILE");
        return builder.report(problem);
    }
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("yml" | "yaml" | "json") => by_name(source, builder),
        Some("toml") => {
            let message = format!("{} is TOML, which is not supported", source.name);
            builder.report(Problem::error("inventory::format", message).help("write it as YAML or INI"));
        }
        Some(_) => ini::read(source, builder),
        None => by_content(source, builder),
    }
}

fn by_name(source: &Arc<Source>, builder: &mut Builder) {
    match load_one(source) {
        Ok((document, warnings)) => {
            builder.inventory.problems.extend(warnings);
            if document.is_null() {
                let message = format!("{} is empty", source.name);
                return builder.report(
                    Problem::error("inventory::empty-file", message)
                        .at(&document.place, "expected a group, such as `all:`")
                        .help("write the inventory, or remove the file"),
                );
            }
            yaml::read(super::read::json_numbers(document, source), source, builder);
        }
        Err(problem) if looks_like_ini(&source.text) => builder.report(
            problem.help("this looks like an INI inventory: give the file a name that ends with .ini"),
        ),
        Err(problem) => builder.report(problem),
    }
}

fn by_content(source: &Arc<Source>, builder: &mut Builder) {
    match load_one(source) {
        Ok((document, warnings)) if matches!(document.value, Value::Map(_)) => {
            builder.inventory.problems.extend(warnings);
            yaml::read(super::read::json_numbers(document, source), source, builder);
        }
        Err(problem) if looks_like_yaml(&source.text) => builder.report(problem),
        Ok(_) | Err(_) => ini::read(source, builder),
    }
}

fn significant(text: &str) -> Option<&str> {
    text.lines()
        .map(str::trim_end)
        .find(|line| !line.trim().is_empty() && !line.trim_start().starts_with(['#', ';']))
}

fn looks_like_ini(text: &str) -> bool {
    significant(text).is_some_and(|line| line.starts_with('[') && line.ends_with(']'))
}

fn looks_like_yaml(text: &str) -> bool {
    significant(text).is_some_and(|line| line == "---" || line.starts_with('{') || line.ends_with(':'))
}
