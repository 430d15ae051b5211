//! `include_vars`: variables from files of the controller, during the run.

use std::path::Path;

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

use crate::Argument;
use crate::Controller;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::VariablesFile;
use crate::json;
use crate::plan::Effects;
use crate::regex::Pattern;

words! {
    /// What happens to dictionaries that are there already.
    pub enum HashBehaviour {
        /// The new one takes their place.
        Replace = "replace",
        /// They are merged.
        Merge = "merge",
    }
}

arguments! {
    /// Sets variables from files of the controller.
    pub struct IncludeVars {
        /// A file: below the role's `vars/`, beside the playbook, or absolute.
        file: Option<Text>,
        /// A folder, whose files are read in the order of their names.
        dir: Option<Text>,
        /// The name of a variable that takes everything as one dictionary.
        name: Option<String>,
        /// How deep folders below `dir` are read; 0 is without limit.
        depth: i64 = 0,
        /// Only files of `dir` whose names match this regular expression.
        files_matching: Option<Pattern>,
        /// No files of `dir` whose names end with one of these regular expressions.
        ignore_files: Ignored = Ignored::default(),
        /// The extensions that files of `dir` may have.
        extensions: Vec<String> = ["json", "yaml", "yml"].map(str::to_owned).to_vec(),
        /// Leaves out files of `dir` with other extensions, instead of failing.
        ignore_unknown_extensions: bool = false,
        /// What happens to dictionaries that are there already; lists are replaced in any case.
        hash_behaviour: HashBehaviour = HashBehaviour::Replace,
        /// The file, as the only argument.
        free_form: Option<Text>;
        /// The variables that were read.
        variables: Map,
        /// The files that were read.
        paths: Vec<String>,
        /// The variables, merged with what was there before.
        merged: Option<Vec<(String, Node)>>,
    }
}

/// Regular expressions for ends of names; one text holds several, with blanks between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ignored(pub Vec<Pattern>);

impl Argument for Ignored {
    fn kind() -> String {
        Vec::<Pattern>::kind()
    }

    fn read(node: &Node) -> std::result::Result<Ignored, Problem> {
        let Some(text) = node.as_str() else {
            return Vec::read(node).map(Ignored);
        };
        let word = |word: &str| Pattern::read(&Node::new(Value::Str(word.to_owned()), node.place.clone()));
        text.split_whitespace().map(word).collect::<std::result::Result<_, _>>().map(Ignored)
    }

    fn write(&self) -> Value {
        self.0.write()
    }
}

impl IncludeVars {
    fn one(&self) -> Option<&Text> {
        let text = self.free_form.as_ref().filter(|text| !text.text.trim().is_empty());
        text.or(self.file.as_ref())
    }

    /// Whether a file of the folder is wanted.
    fn wanted(&self, relative: &str) -> std::result::Result<bool, Problem> {
        let name = relative.rsplit('/').next().unwrap_or(relative);
        let depth = i64::try_from(relative.matches('/').count()).unwrap_or(i64::MAX) + 1;
        let broken = |why| Problem::error("task::regex", why);
        for pattern in &self.ignore_files.0 {
            let found = pattern.find_all(name).map_err(broken)?;
            if found.iter().any(|found| found.end() == name.len()) {
                return Ok(false);
            }
        }
        let matches = self.files_matching.as_ref().map(|pattern| pattern.is_match(name)).transpose().map_err(broken)?;
        if relative.ends_with('/')
            || (self.depth != 0 && depth > self.depth)
            || matches == Some(false)
        {
            return Ok(false);
        }
        let extension = Path::new(name).extension().map(|extension| extension.to_string_lossy().into_owned());
        if extension.is_some_and(|extension| self.extensions.contains(&extension)) {
            return Ok(true);
        }
        if self.ignore_unknown_extensions {
            return Ok(false);
        }
        let text = format!("{relative} does not have a valid extension: {}", self.extensions.join(", "));
        Err(Problem::error("task::extension", text).help("name the files with `files_matching`, or leave others out with `ignore_unknown_extensions`"))
    }

    fn take(&mut self, file: VariablesFile) -> std::result::Result<(), Problem> {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        let mut documents = evenkeel_yaml::load(&Source::marked(file.path.clone(), text, file.secret))?.documents.into_iter();
        match documents.next().map(|node| (node.kind(), node.place, node.value)) {
            None | Some((_, _, Value::Null)) => {}
            Some((_, _, Value::Map(map))) => {
                for (key, value) in map.entries {
                    self.variables.entries.retain(|(known, _)| known.as_str() != key.as_str());
                    self.variables.entries.push((key, value));
                }
            }
            Some((kind, place, _)) => {
                let problem = Problem::error("task::variables", format!("variables are a mapping, not {kind}"));
                return Err(problem.at(&place, "expected `name: value` lines here"));
            }
        }
        self.paths.push(file.path);
        Ok(())
    }

    /// The variables that are set.
    fn set(&self) -> Vec<(String, Node)> {
        if let Some(merged) = &self.merged {
            return merged.clone();
        }
        if let Some(name) = &self.name {
            // One that comes from an encrypted file stands for all: the dictionary is as secret as its parts.
            let places = || self.variables.entries.iter().map(|(key, _)| &key.place);
            let place = places().find(|place| place.source.secret).or_else(|| places().next());
            let place = place.cloned().unwrap_or_else(|| Place::nowhere("include_vars"));
            return vec![(name.clone(), Node::new(Value::Map(self.variables.clone()), place))];
        }
        let named = |(key, value): &(Node, Node)| Some((key.as_str()?.to_owned(), value.clone()));
        self.variables.entries.iter().filter_map(named).collect()
    }
}

/// The folder of a path, and the name in it.
fn parted(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// A variable merged with what it holds now, where both are mappings.
fn over_what_is_there(
    controller: &mut dyn Controller,
    name: String,
    node: Node,
) -> std::result::Result<(String, Node), Problem> {
    if node.as_map().is_none() {
        return Ok((name, node));
    }
    let there = Node::new(Value::Str(format!("{name} | default(none)")), node.place.clone());
    let there = controller.expression(&there)?;
    match there.value {
        Known::Is(value @ serde_json::Value::Object(_)) => {
            let source = Source::marked(format!("the variable {name}"), value.to_string(), there.secret || node.place.source.secret);
            let place = Place::new(&source, 0, 0);
            Ok((name, merged(json::data(&value, &place), node)))
        }
        Known::Is(_) => Ok((name, node)),
        Known::Unknown(why) => {
            let message = format!("what `{name}` is merged with is known after apply ({why})");
            Err(Problem::error("task::merge", message).at(&node.place, "merged with what is there"))
        }
    }
}

fn merged(mut below: Node, over: Node) -> Node {
    let (Value::Map(there), Value::Map(_)) = (&mut below.value, &over.value) else {
        return over;
    };
    let Value::Map(new) = over.value else { return below };
    for (key, value) in new.entries {
        let known = there.entries.iter().position(|(known, _)| known.value == key.value);
        match known {
            Some(at) => {
                let (key, before) = there.entries.remove(at);
                there.entries.insert(at, (key, merged(before, value)));
            }
            None => there.entries.push((key, value)),
        }
    }
    below
}

impl TaskType for IncludeVars {
    const NAME: &'static str = "include_vars";
    const ABOUT: &'static str = "Sets variables from files of the controller, chosen during the run.";
    const EXAMPLE: &'static str = "- name: Read what differs between distributions\n  ansible.builtin.include_vars: \"{{ ansible_os_family }}.yml\"\n";
    const FREE_FORM: Option<&'static str> = Some("free_form");
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let problem = match (self.one(), &self.dir) {
            (Some(_), Some(dir)) => Problem::error("task::exclusive", "a file and `dir` exclude each other").at(&dir.place, "and a file besides"),
            (None, None) => Problem::error("task::missing", "`include_vars` names neither a file nor a folder").help("write `include_vars: FILE`, or `dir: FOLDER` below it"),
            _ => return Ok(()),
        };
        Err(vec![problem])
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        if let Some(file) = self.one().cloned() {
            let read = controller.variables(&file)?;
            self.take(read)?;
        }
        if let Some(dir) = self.dir.clone() {
            let mut files = controller.variables_in(&dir)?;
            // All files of a folder come before those of the folders in it.
            files.sort_by(|one, other| parted(&one.relative).cmp(&parted(&other.relative)));
            for file in files {
                if self.wanted(&file.relative).map_err(|problem| problem.or_at(&dir.place, "in this folder"))? {
                    self.take(file)?;
                }
            }
        }
        if self.hash_behaviour == HashBehaviour::Merge {
            let variables = self.set().into_iter();
            let merged = variables.map(|(name, node)| over_what_is_there(controller, name, node));
            self.merged = Some(merged.collect::<std::result::Result<_, _>>()?);
        }
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let effects = Effects { included: self.set(), ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged("it changes the run, not the machine") })
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let facts: serde_json::Map<String, serde_json::Value> =
            self.set().into_iter().map(|(name, node)| (name, json::of_node(&node))).collect();
        Returned::from_iter([
            ("ansible_facts".to_owned(), Known::Is(facts.into())),
            ("ansible_included_var_files".to_owned(), Known::Is(self.paths.clone().into())),
        ])
    }
}
