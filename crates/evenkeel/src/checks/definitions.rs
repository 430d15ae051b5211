//! The names that tasks and files of variables define, as far as that shows before a run.

use std::path::Path;
use std::path::PathBuf;

use evenkeel_playbook::Files;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Task;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

/// Task types by which variables come that no text names: those of new hosts and of groups that were empty, and those of
/// files that the machine has.
const FROM_ELSEWHERE: [&str; 2] = ["add_host", "group_by"];

/// Facts that are variables without `ansible_` before their names, by task type.
const FACTS: [(&str, &str); 2] = [("package_facts", "packages"), ("service_facts", "services")];

/// The names that a task defines, those of files apart; nothing when that cannot be told.
pub(super) fn of_task(task: &Task) -> Option<Vec<String>> {
    let card = &task.card;
    let (module, raw) = (card.body.module.name, &card.body.raw);
    let names_some = [
        "set_fact",
        "getent",
        "include_vars",
        "include_tasks",
        "include_role",
    ]
    .contains(&module);
    let named_later = card.body.template().is_some();
    if named_later || FROM_ELSEWHERE.contains(&module) || names_some && !card.body.more.is_empty() {
        return None;
    }
    let mut names: Vec<String> = card.register.iter().map(ToString::to_string).collect();
    let control = &card.loop_control;
    for node in [&control.loop_var, &control.index_var].into_iter().flatten() {
        names.push(plain(node)?.to_owned());
    }
    let facts = FACTS.iter().filter(|(known, _)| *known == module);
    names.extend(facts.map(|(_, name)| (*name).to_owned()));
    match module {
        "set_fact" => names.extend(keys(raw)?),
        "getent" => match raw.get("database") {
            Some(database) => names.push(format!("getent_{}", plain(database)?)),
            None => return None,
        },
        "include_tasks" | "include_role" => {
            if let Some(apply) = raw.get("apply") {
                let vars = apply.as_map()?.get("vars");
                names.extend(vars.map_or(Some(Vec::new()), |vars| keys(vars.as_map()?))?);
            }
        }
        _ => {}
    }
    Some(names)
}

/// The text of a node that holds no template.
fn plain(node: &Node) -> Option<&str> {
    node.as_str()
        .filter(|text| !text.contains("{{") && !text.contains("{%"))
}

/// The keys of a mapping, as far as all are plain names.
fn keys(map: &Map) -> Option<Vec<String>> {
    let name = |(key, _): &(Node, Node)| {
        let name = plain(key).filter(|name| !name.contains('='));
        name.map(str::to_owned)
    };
    map.entries.iter().map(name).collect()
}

/// The files of variables that a playbook reads.
pub(super) struct Variables<'f>(pub(super) &'f dyn Files);

impl Variables<'_> {
    /// The names that `vars_files` define; nothing when that cannot be told.
    pub(super) fn of_play(&self, play: &Play) -> Option<Vec<String>> {
        let mut names = Vec::new();
        for entry in &play.vars_files {
            let files = entry.as_seq().unwrap_or(std::slice::from_ref(entry));
            let named: Option<Vec<&str>> = files.iter().map(plain).collect();
            names.extend(self.of_any(&named?, std::slice::from_ref(&play.folder))?);
        }
        Some(names)
    }

    /// The names that `include_vars` defines; nothing when that cannot be told.
    pub(super) fn of_task(&self, play: &Play, task: &Task) -> Option<Vec<String>> {
        let raw = &task.card.body.raw;
        if task.card.body.module.name != "include_vars" {
            return Some(Vec::new());
        }
        if let Some(name) = raw.get("name") {
            return Some(vec![plain(name)?.to_owned()]);
        }
        let file = plain(raw.get("free_form").or_else(|| raw.get("file"))?)?;
        let own = Path::new(&task.card.at.source.name).parent();
        let mut folders: Vec<PathBuf> = own.map(Path::to_path_buf).into_iter().collect();
        folders.extend(task.role().map(|role| role.folder.clone()));
        folders.push(play.folder.clone());
        self.of_any(&[file], &folders)
    }

    /// The names in all files that may be meant; nothing when there is none, or one cannot be read.
    fn of_any(&self, files: &[&str], folders: &[PathBuf]) -> Option<Vec<String>> {
        let mut names = Vec::new();
        let mut found = false;
        for file in files {
            let places = folders
                .iter()
                .flat_map(|folder| [folder.join("vars").join(file), folder.join(file)]);
            for path in places.filter(|path| self.0.is_folder(path) == Some(false)) {
                names.extend(self.names(&path)?);
                found = true;
            }
        }
        found.then_some(names)
    }

    fn names(&self, path: &Path) -> Option<Vec<String>> {
        let contents = self.0.open(path).ok()?;
        let text = String::from_utf8_lossy(&contents.bytes);
        let name = path.display().to_string();
        let (node, _) = evenkeel_yaml::load_one(&Source::marked(name, text, contents.secret)).ok()?;
        match &node.value {
            Value::Map(map) => keys(map),
            Value::Null => Some(Vec::new()),
            _ => None,
        }
    }
}
