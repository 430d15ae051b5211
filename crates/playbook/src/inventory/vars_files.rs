//! `group_vars` and `host_vars`: files and folders of variables beside an inventory or a playbook.

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;
use evenkeel_yaml::load_one;
use evenkeel_yaml::nearest;
use indexmap::IndexMap;

use super::Setting;
use super::build::Builder;
use super::input;
use super::model::Settings;
use super::names;
use crate::Files;
use crate::vault::refusal;

/// What a file name may end with, in the order in which Ansible looks: a folder or bare name comes first.
const ENDINGS: [&str; 4] = ["", ".yml", ".yaml", ".json"];

/// How many files that belong to nobody are looked at for a misspelt name.
const MAX_UNUSED: usize = 100;

/// The variables beside one inventory source or playbook.
#[derive(Clone, Debug, Default)]
pub(crate) struct FolderVars {
    /// The folder in which `group_vars` and `host_vars` stand.
    folder: PathBuf,
    pub(crate) groups: HashMap<Arc<str>, Settings>,
    pub(crate) hosts: HashMap<Arc<str>, Settings>,
}

/// Whose variables a folder holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Group,
    Host,
}

/// Reads the folders beside sources; one that two of them share is read once.
pub(super) struct VarsFiles<'a> {
    files: &'a dyn Files,
    read: HashMap<PathBuf, FolderVars>,
}

impl<'a> VarsFiles<'a> {
    pub(super) fn new(files: &'a dyn Files) -> VarsFiles<'a> {
        VarsFiles {
            files,
            read: HashMap::new(),
        }
    }

    /// The variables in `group_vars` and `host_vars` of a folder.
    pub(super) fn beside(&mut self, folder: &Path, builder: &mut Builder) -> FolderVars {
        if let Some(known) = self.read.get(folder) {
            return known.clone();
        }
        let names = |builder: &Builder, owner| -> Vec<Arc<str>> {
            match owner {
                Owner::Group => builder.inventory.groups.keys().cloned().collect(),
                Owner::Host => builder.inventory.hosts.keys().cloned().collect(),
            }
        };
        let groups = self.folder(
            &folder.join("group_vars"),
            Owner::Group,
            &names(builder, Owner::Group),
            builder,
        );
        let hosts = self.folder(
            &folder.join("host_vars"),
            Owner::Host,
            &names(builder, Owner::Host),
            builder,
        );
        let vars = FolderVars {
            folder: folder.to_owned(),
            groups,
            hosts,
        };
        self.read.insert(folder.to_owned(), vars.clone());
        vars
    }

    /// Reads the files of hosts and groups that were not there when the folder was read.
    pub(super) fn complete(&mut self, vars: &mut FolderVars, builder: &mut Builder) {
        let fresh = |known: &HashMap<Arc<str>, Settings>, names: Vec<Arc<str>>| -> Vec<Arc<str>> {
            names
                .into_iter()
                .filter(|name| !known.contains_key(name))
                .collect()
        };
        let groups = fresh(&vars.groups, builder.inventory.groups.keys().cloned().collect());
        let hosts = fresh(&vars.hosts, builder.inventory.hosts.keys().cloned().collect());
        let folder = vars.folder.join("group_vars");
        vars.groups
            .extend(self.folder(&folder, Owner::Group, &groups, builder));
        let folder = vars.folder.join("host_vars");
        vars.hosts
            .extend(self.folder(&folder, Owner::Host, &hosts, builder));
    }

    fn folder(
        &self,
        folder: &Path,
        owner: Owner,
        names: &[Arc<str>],
        builder: &mut Builder,
    ) -> HashMap<Arc<str>, Settings> {
        let mut found = HashMap::new();
        let listed = match self.files.is_folder(folder) {
            None => return found,
            Some(false) => {
                let message = format!("{} is a file, not a folder", folder.display());
                builder.report(
                    Problem::warning("inventory::vars-folder", message)
                        .help("put one file per group or host into a folder of this name"),
                );
                return found;
            }
            Some(true) => match self.files.list(folder) {
                Ok(listed) => listed,
                Err(error) => {
                    let message = format!("cannot list {}: {error}", folder.display());
                    builder.report(Problem::error("inventory::unreadable", message));
                    return found;
                }
            },
        };
        let mut unused: HashSet<&str> = listed.iter().map(String::as_str).collect();
        for name in names.iter().filter(|name| !name.starts_with('/')) {
            let present: Vec<String> = ENDINGS
                .iter()
                .map(|ending| format!("{name}{ending}"))
                .filter(|file| unused.remove(&**file))
                .collect();
            let Some((first, ignored)) = present.split_first() else {
                continue;
            };
            for other in ignored {
                self.ignored(folder, first, other, builder);
            }
            let mut paths = Vec::new();
            self.collect(&folder.join(first), &mut paths);
            let mut settings = Settings::default();
            for path in paths {
                self.add(&path, &mut settings, (owner, name), builder);
            }
            found.insert(Arc::clone(name), settings);
        }
        let mut unused: Vec<&str> = unused.into_iter().collect();
        unused.sort_unstable();
        // A folder with more of them is shared between inventories, and comparing all names would take long.
        for file in unused.into_iter().take(MAX_UNUSED) {
            nobody(folder, file, owner, builder);
        }
        found
    }

    fn ignored(&self, folder: &Path, first: &str, other: &str, builder: &mut Builder) {
        let (first_path, other_path) = (folder.join(first), folder.join(other));
        let message = format!("{} is ignored", other_path.display());
        let help = if self.files.is_folder(&first_path) == Some(true) {
            format!(
                "the folder {} counts instead: move the file into it",
                first_path.display()
            )
        } else {
            format!(
                "the file {} counts instead: keep one of the two",
                first_path.display()
            )
        };
        let problem = Problem::warning("inventory::vars-file-ignored", message).help(help);
        builder.report(problem.at(&Place::nowhere(&other_path.display().to_string()), "never read"));
    }

    /// The files that a file or folder of variables consists of, in the order in which they are merged.
    fn collect(&self, path: &Path, paths: &mut Vec<PathBuf>) {
        if self.files.is_folder(path) != Some(true) {
            paths.push(path.to_owned());
            return;
        }
        for name in self.files.list(path).unwrap_or_default() {
            if name.starts_with('.') || name.ends_with('~') {
                continue;
            }
            let inner = path.join(&name);
            let ending = inner
                .extension()
                .map(|ending| format!(".{}", ending.to_string_lossy()));
            match (self.files.is_folder(&inner), ending) {
                (Some(true), None) => self.collect(&inner, paths),
                (Some(false), None) => paths.push(inner),
                (Some(false), Some(ending)) if ENDINGS.contains(&&*ending) => paths.push(inner),
                _ => {}
            }
        }
    }

    fn add(&self, path: &Path, into: &mut Settings, owner: (Owner, &str), builder: &mut Builder) {
        for (name, setting) in self.file(path, builder).unwrap_or_default() {
            let Some(before) = into.winners.insert(Arc::clone(&name), setting.clone()) else {
                continue;
            };
            if before.node.value != setting.node.value {
                let of = match owner {
                    (Owner::Group, name) => format!("group `{name}`"),
                    (Owner::Host, name) => format!("host `{name}`"),
                };
                let message = format!("variable `{name}` of {of} is set twice, with different values");
                builder.report(
                    Problem::warning("inventory::contradiction", message)
                        .at(&setting.place, "this one counts")
                        .related(&before.place, "set to something else here")
                        .help(
                            "files of a folder are merged in the order of their names: remove one of the two",
                        ),
                );
            }
            into.shadowed.push((name, before));
        }
    }

    fn file(&self, path: &Path, builder: &mut Builder) -> Option<IndexMap<Arc<str>, Setting>> {
        let shown = path.display().to_string();
        match read_vars(self.files, path, &shown) {
            Ok((entries, warnings)) => {
                builder.inventory.problems.extend(warnings);
                let mut vars = IndexMap::new();
                for (name, setting) in entries {
                    builder.check_variable(&name, &setting.place);
                    if &*name == "ansible_group_priority" {
                        builder.report(no_priority(&setting.place));
                    }
                    vars.insert(builder.intern(&name), setting);
                }
                Some(vars)
            }
            Err(problem) => {
                builder.report(problem);
                None
            }
        }
    }
}

fn no_priority(place: &Place) -> Problem {
    Problem::warning(
        "inventory::group-priority",
        "`ansible_group_priority` has no effect in a file of variables",
    )
    .at(place, "only read in an inventory")
    .help("set it in the inventory's own text, below the group's variables")
}

/// A file or folder that names no group or host of the inventory.
fn nobody(folder: &Path, file: &str, owner: Owner, builder: &mut Builder) {
    let stem = ENDINGS[1..]
        .iter()
        .find_map(|ending| file.strip_suffix(ending))
        .unwrap_or(file);
    if file.starts_with('.') || file.ends_with('~') {
        return;
    }
    let (what, near) = match owner {
        Owner::Group => {
            let known = builder.inventory.groups.keys().map(|name| &**name);
            ("group", nearest(stem, known).map(str::to_owned))
        }
        Owner::Host => {
            let known = builder.inventory.hosts.keys().map(|name| &**name);
            ("host", nearest(stem, known).map(str::to_owned))
        }
    };
    // Folders of variables are shared between inventories, so only what resembles a name is worth a warning.
    let Some(near) = near else { return };
    let path = folder.join(file).display().to_string();
    let problem = Problem::warning(
        "inventory::vars-file-unused",
        format!("{path} belongs to no {what}"),
    )
    .at(
        &Place::nowhere(&path),
        format!("the inventory has no {what} `{stem}`"),
    )
    .help(format!("did you mean `{near}`?"));
    builder.report(problem);
}

/// The variables of a text in their order, and what was found in it.
pub(crate) type Entries = (Vec<(Arc<str>, Setting)>, Vec<Problem>);

/// The variables of a file: a mapping in YAML or JSON; an empty file has none.
///
/// # Errors
/// An unreadable file, a text that is no mapping, an encrypted file.
pub(crate) fn read_vars(files: &dyn Files, path: &Path, shown: &str) -> Result<Entries, Problem> {
    let contents = files.open(path);
    let contents = contents.map_err(|error| refusal("vars::unreadable", shown, &error))?;
    let source = input::text(shown, contents)?;
    mapping(&source)
}

/// The variables of a text that must be a mapping.
pub(crate) fn mapping(source: &Arc<Source>) -> Result<Entries, Problem> {
    if source.text.starts_with("$ANSIBLE_VAULT;") {
        let problem = Problem::error("vars::vault", format!("{} is encrypted", source.name))
            .at(
                &Place::new(source, 0, 14),
                "it is read with the password of its vault",
            )
            .help("give the password: --vault-password-file FILE");
        return Err(problem);
    }
    let (document, warnings) = load_one(source)?;
    let document = super::read::json_numbers(document, source);
    let map = match document.value {
        Value::Map(map) => map,
        Value::Null => return Ok((Vec::new(), warnings)),
        _ => {
            let problem = Problem::error(
                "vars::format",
                format!("{} holds {}", source.name, document.kind()),
            )
            .at(&document.place, "expected a mapping of variables")
            .help("write name: value lines");
            return Err(problem);
        }
    };
    let mut entries = Vec::with_capacity(map.entries.len());
    for (key, value) in map.entries {
        let Some(name) = key.as_str() else {
            let written = key.place.text();
            let problem = Problem::error("vars::name", format!("the name of a variable is {}", key.kind()))
                .at(&key.place, "expected a string")
                .help(format!("quote it: \"{written}\""));
            return Err(problem);
        };
        entries.push((
            name.into(),
            Setting {
                node: Arc::new(value),
                place: key.place.clone(),
                source: 0,
            },
        ));
    }
    Ok((entries, warnings))
}

/// A warning when a name cannot be used in a template or means something else there.
pub(crate) fn check_name(name: &str, place: &Place) -> Option<Problem> {
    if !names::is_valid(name) {
        let mended: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let mended = if mended.starts_with(|c: char| c.is_ascii_digit()) {
            format!("_{mended}")
        } else {
            mended
        };
        let mut problem = Problem::warning(
            "vars::invalid-name",
            format!("`{name}` cannot be the name of a variable"),
        )
        .at(place, "no template can use this variable");
        problem = if mended != name && !mended.is_empty() {
            problem.help(format!(
                "use letters, digits and underscores, no digit first: {mended}"
            ))
        } else {
            problem.help("the template language has another meaning for this word")
        };
        return Some(problem);
    }
    names::is_reserved(name).then(|| {
        Problem::warning(
            "vars::reserved-name",
            format!("`{name}` is a word of playbooks or templates"),
        )
        .at(place, "a variable of this name is not what it seems")
        .help("choose another name, such as one that begins with the name of the role")
    })
}
