//! The controller's side of a task: its files and its variables.

use std::cell::Cell;
use std::cell::RefCell;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Files;
use evenkeel_playbook::Later;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Templar;
use evenkeel_playbook::play::Role;
use evenkeel_playbook::template::TemplateFile;
use evenkeel_playbook::vault::refusal;
use evenkeel_tasks::Controller;
use evenkeel_tasks::Local;
use evenkeel_tasks::LocalEntry;
use evenkeel_tasks::Rendered;
use evenkeel_tasks::TemplateOptions;
use evenkeel_tasks::Text;
use evenkeel_tasks::VariablesFile;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

use crate::Options;
use crate::cache::Held;
use crate::cache::Sources;
use crate::data;

/// What a task on a host may ask of the controller.
pub(crate) struct TaskController<'w> {
    pub(crate) files: &'w dyn Files,
    pub(crate) sources: &'w Sources,
    pub(crate) templar: &'w Templar,
    pub(crate) options: &'w Options,
    /// The folder of the play's playbook.
    pub(crate) folder: &'w Path,
    pub(crate) role: Option<&'w Role>,
    /// The file in which the task stands.
    pub(crate) file: &'w str,
    pub(crate) scope: Arc<dyn Scope>,
    /// Whether `diff` of the task is on.
    pub(crate) diff: bool,
    /// Whether a secret was read: a file that lies encrypted, a variable in an expression.
    pub(crate) unsealed: Cell<bool>,
    /// Whether a file was read that a task of the run may have written anew by then.
    pub(crate) leans: Cell<bool>,
    /// Why what was to be read is known only after apply.
    pub(crate) later: RefCell<Option<Arc<str>>>,
}

impl TaskController<'_> {
    /// Where a file of a kind (`files`, `templates`) is looked for, first place first.
    fn candidates(&self, name: &str, kind: &str) -> Vec<PathBuf> {
        let path = Path::new(name);
        if path.is_absolute() {
            return vec![path.to_path_buf()];
        }
        let mut places = Vec::new();
        if let Some(role) = self.role {
            places.push(role.folder.join(kind).join(path));
            places.push(role.folder.join("tasks").join(path));
            places.push(role.folder.join(path));
        }
        places.push(self.folder.join(kind).join(path));
        places.push(self.folder.join(path));
        let beside = Path::new(self.file).parent().map(|folder| folder.join(path));
        if let Some(beside) = beside.filter(|place| !places.contains(place)) {
            places.push(beside);
        }
        places
    }

    fn find(&self, source: &Text, kind: &str, folder: bool) -> Result<PathBuf, Problem> {
        let places = self.candidates(&source.text, kind);
        let found = places
            .iter()
            .find(|path| self.sources.is_folder(self.files, path) == Some(folder));
        found.cloned().ok_or_else(|| {
            self.comes_later(self.files.awaited());
            let looked: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
            Problem::error("file::missing", format!("there is no file `{}`", source.text))
                .at(&source.place, "not found")
                .help(format!("looked for {}", looked.join(", ")))
        })
    }

    /// Notes why a file cannot be read yet.
    fn comes_later(&self, why: Option<Arc<str>>) {
        if why.is_some() {
            self.later.replace(why);
        }
    }

    /// The text of a template file.
    pub(crate) fn template_text(&self, source: &Text) -> Result<Arc<Source>, Problem> {
        let path = self.find(source, "templates", false)?;
        self.comes_later(
            self.sources
                .held(self.files, &path)
                .err()
                .and_then(|error| Later::why(&error)),
        );
        self.leans.set(true);
        let read = self.sources.text(self.files, &path);
        read.map_err(|problem| problem.or_at(&source.place, "named here"))
    }

    fn read(&self, source: &Text, path: &Path) -> Result<Held, Problem> {
        let held = self.sources.held(self.files, path).map_err(|error| {
            self.comes_later(Later::why(&error));
            let problem = refusal("file::read", &path.display().to_string(), &error);
            match problem.at {
                Some(_) => problem.related(&source.place, "named here"),
                None => problem.at(&source.place, "named here"),
            }
        })?;
        self.unsealed.set(self.unsealed.get() || held.secret);
        self.leans.set(true);
        Ok(held)
    }

    fn walk(
        &self,
        source: &Text,
        folder: &Path,
        prefix: &str,
        into: &mut Vec<(String, Held)>,
    ) -> Result<(), Problem> {
        let listed = self.files.list(folder);
        if let Some(why) = listed.as_ref().err().and_then(Later::why) {
            self.comes_later(Some(Arc::clone(&why)));
            let problem = Problem::error("file::read", format!("cannot read {}: {why}", folder.display()));
            return Err(problem.at(&source.place, "named here"));
        }
        for name in listed.unwrap_or_default() {
            let path = folder.join(&name);
            let relative = format!("{prefix}{name}");
            if self.files.is_folder(&path) == Some(true) {
                into.push((format!("{relative}/"), Held::default()));
                self.walk(source, &path, &format!("{relative}/"), into)?;
            } else {
                into.push((relative, self.read(source, &path)?));
            }
        }
        Ok(())
    }
}

impl Controller for TaskController<'_> {
    fn file(&mut self, source: &Text) -> Result<Rendered<Vec<u8>>, Problem> {
        let path = self.find(source, "files", false)?;
        let held = self.read(source, &path)?;
        Ok(Rendered {
            value: Known::Is(held.bytes.to_vec()),
            secret: held.secret,
        })
    }

    fn tree(&mut self, source: &Text) -> Result<Vec<(String, Vec<u8>)>, Problem> {
        let folder = self.find(source, "files", true)?;
        let mut all = Vec::new();
        self.walk(source, &folder, "", &mut all)?;
        Ok(all
            .into_iter()
            .map(|(relative, held)| (relative, held.bytes.to_vec()))
            .collect())
    }

    fn variables(&mut self, source: &Text) -> Result<VariablesFile, Problem> {
        let path = self.find(source, "vars", false)?;
        let held = self.read(source, &path)?;
        Ok(of_variables(path.display().to_string(), String::new(), &held))
    }

    fn variables_in(&mut self, source: &Text) -> Result<Vec<VariablesFile>, Problem> {
        let folder = self.find(source, "vars", true)?;
        let mut all = Vec::new();
        self.walk(source, &folder, "", &mut all)?;
        let folder = folder.display();
        let named =
            |(relative, held): (String, Held)| of_variables(format!("{folder}/{relative}"), relative, &held);
        Ok(all.into_iter().map(named).collect())
    }

    fn template(&mut self, source: &Text, options: &TemplateOptions) -> Result<Rendered<String>, Problem> {
        let text = self.template_text(source)?;
        self.templar.file(&text, options, &self.scope)
    }

    fn template_to(
        &mut self,
        source: &Text,
        options: &TemplateOptions,
        dest: &str,
    ) -> Result<Rendered<String>, Problem> {
        let text = self.template_text(source)?;
        let path = self.options.working_folder.join(&text.name);
        let about = TemplateFile {
            written: source.text.as_str().into(),
            path: path.display().to_string().into(),
            dest: Some(dest.into()),
        };
        self.templar.file_of(&text, options, about, &self.scope)
    }

    fn permissions(&mut self, source: &Text, is_template: bool) -> Result<u32, Problem> {
        let kind = if is_template { "templates" } else { "files" };
        let path = self.find(source, kind, false)?;
        self.files.permissions(&path).map_err(|error| {
            self.comes_later(Later::why(&error));
            Problem::error(
                "file::permissions",
                format!("cannot read the permissions of {}: {error}", path.display()),
            )
            .at(&source.place, "named here")
            .help("write the mode instead of `preserve`: `mode: \"0644\"`")
        })
    }

    fn local(&mut self, path: &Text) -> Result<Local, Problem> {
        let full = self.options.folder.join(&path.text);
        let entry = match self.files.is_folder(&full) {
            None => LocalEntry::Nothing,
            Some(true) => LocalEntry::Folder,
            // Not out of what was read before: a task of this run may have written it since.
            Some(false) => {
                let bytes = self.files.read(&full).map_err(|error| {
                    self.comes_later(Later::why(&error));
                    Problem::error("file::read", format!("cannot read {}: {error}", full.display()))
                        .at(&path.place, "named here")
                })?;
                LocalEntry::File(bytes.into())
            }
        };
        Ok(Local { path: full, entry })
    }

    fn diff(&self) -> bool {
        self.diff
    }

    fn host(&self) -> String {
        match self
            .scope
            .get("inventory_hostname")
            .map(|variable| variable.stored)
        {
            Some(Stored::Data(name)) => name.as_str().unwrap_or_default().to_owned(),
            Some(Stored::Template(_) | Stored::Unknown(_)) | None => String::new(),
        }
    }

    fn expression(&mut self, expression: &Node) -> Result<Rendered<serde_json::Value>, Problem> {
        let evaluated = self.discreetly(expression)?;
        self.unsealed.set(self.unsealed.get() || evaluated.secret);
        Ok(evaluated)
    }

    fn discreetly(&mut self, expression: &Node) -> Result<Rendered<serde_json::Value>, Problem> {
        let rendered = self.templar.expression(expression, &self.scope)?;
        let value = match rendered.value {
            Known::Is(value) => data::json(&value),
            Known::Unknown(why) => Known::Unknown(why),
        };
        Ok(Rendered {
            value,
            secret: rendered.secret,
        })
    }

    fn condition(&mut self, expression: &Node) -> Result<Rendered<bool>, Problem> {
        self.templar.condition(expression, &self.scope)
    }

    fn verbosity(&self) -> u8 {
        self.options.verbosity
    }

    fn now(&self) -> (i64, u32) {
        (self.options.now, self.options.process)
    }
}

fn of_variables(path: String, relative: String, held: &Held) -> VariablesFile {
    VariablesFile {
        path,
        relative,
        bytes: held.bytes.to_vec(),
        secret: held.secret,
    }
}
