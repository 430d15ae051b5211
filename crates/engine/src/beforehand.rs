//! The controller's files that tasks need, looked for before any host is asked.

use std::cell::Cell;
use std::cell::RefCell;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Files;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::Var;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Task;
use evenkeel_tasks::Controller;
use evenkeel_tasks::FolderFiles;
use evenkeel_tasks::Local;
use evenkeel_tasks::Rendered;
use evenkeel_tasks::TemplateOptions;
use evenkeel_tasks::Text;
use evenkeel_tasks::VariablesFile;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

use crate::Options;
use crate::cache::Sources;
use crate::controller::TaskController;

/// What the tasks of a playbook need of the controller, as far as it shows while no variable is known.
pub struct Beforehand {
    files: Arc<dyn Files>,
    templar: Templar,
    options: Options,
    sources: Sources,
}

impl Beforehand {
    /// Over the controller's files; relative paths start from the options' folder.
    pub fn new(files: Arc<dyn Files>, templar: Templar, options: Options) -> Beforehand {
        Beforehand {
            files,
            templar,
            options,
            sources: Sources::default(),
        }
    }

    /// Looks for the files and templates of a task.
    pub fn look(&self, play: &Play, task: &Task) -> Looked {
        let Some((mut guess, guessed)) = task.card.body.guess() else {
            return Looked::default();
        };
        let folder = match play.folder.as_os_str().is_empty() {
            true => &self.options.folder,
            false => &play.folder,
        };
        let mut probe = Probe {
            inner: TaskController {
                files: self.files.as_ref(),
                sources: &self.sources,
                templar: &self.templar,
                options: &self.options,
                role: task.role().map(AsRef::as_ref),
                folder,
                file: &task.card.at.source.name,
                scope: Arc::new(Nothing),
                diff: false,
                unsealed: Cell::new(false),
                leans: Cell::default(),
                later: RefCell::default(),
            },
            looked: Looked::default(),
        };
        let ended = guess.prepare(&mut probe);
        let mut looked = probe.looked;
        if let Err(evenkeel_tasks::Error::Problem(problem)) = ended
            && matches!(problem.code.as_str(), "file::missing" | "file::read")
        {
            looked.problems.push(*problem);
        }
        let is_guess = |place: &Place| guessed.contains(place);
        looked
            .problems
            .retain(|problem| !problem.at.as_ref().is_some_and(|(place, _)| is_guess(place)));
        looked
    }
}

/// Whether a host of an inventory is the controller, as far as it says so, or the `connection` of those that say nothing.
pub fn has_local_hosts(inventory: &Inventory, connection: Option<&str>) -> bool {
    if connection == Some("local") {
        return true;
    }
    let mut hosts = inventory.hosts();
    hosts.any(|host| {
        let connection = inventory.definitions(host.name(), "ansible_connection");
        connection
            .iter()
            .filter_map(|definition| definition.node.as_str())
            .any(|text| text == "local" || text.contains("{{"))
    })
}

/// Whether a task of a play works on the controller, where it may write what others read.
pub fn writes_controller_files(program: &Program) -> bool {
    let local = |task: &Task| {
        let keywords = &task.keywords;
        keywords.delegate_to.is_some()
            || keywords.connection.is_some()
            || matches!(
                task.card.body.module.name,
                "fetch" | "include_vars" | "include_tasks" | "include_role"
            )
    };
    let hosts = program.play.hosts.place.text();
    hosts.contains("localhost")
        || hosts.contains("127.0.0.1")
        || program.tasks_and_handlers().any(|task| local(task))
}

/// What was found of a task's files.
#[derive(Default)]
pub struct Looked {
    /// Files and templates that are not there, and what is wrong with the template files.
    pub problems: Vec<Problem>,
    /// The template files, and how they are rendered.
    pub templates: Vec<(Arc<Source>, TemplateOptions)>,
}

/// Variables of which none is known.
#[derive(Debug)]
struct Nothing;

impl Scope for Nothing {
    fn get(&self, name: &str) -> Option<Var> {
        Some(Var {
            stored: evenkeel_playbook::Stored::Unknown(name.into()),
            secret: false,
        })
    }

    fn names(&self) -> Vec<Arc<str>> {
        Vec::new()
    }
}

/// The controller of a task that only looks whether its files are there.
struct Probe<'b> {
    inner: TaskController<'b>,
    looked: Looked,
}

fn not_read<T>() -> Rendered<T> {
    Rendered {
        value: Known::unknown("the host"),
        secret: false,
    }
}

impl Controller for Probe<'_> {
    fn file(&mut self, source: &Text) -> Result<Rendered<Vec<u8>>, Problem> {
        self.inner.file(source)
    }

    fn tree(&mut self, source: &Text) -> Result<FolderFiles, Problem> {
        self.inner.tree(source)
    }

    fn variables(&mut self, source: &Text) -> Result<VariablesFile, Problem> {
        self.inner.variables(source)
    }

    fn variables_in(&mut self, source: &Text) -> Result<Vec<VariablesFile>, Problem> {
        self.inner.variables_in(source)
    }

    fn template(&mut self, source: &Text, options: &TemplateOptions) -> Result<Rendered<String>, Problem> {
        let text = self.inner.template_text(source)?;
        let mistakes = self.inner.templar.file_mistakes(&text, options);
        self.looked.problems.extend(mistakes);
        self.looked.templates.push((text, options.clone()));
        Ok(not_read())
    }

    fn permissions(&mut self, source: &Text, is_template: bool) -> Result<u32, Problem> {
        self.inner.permissions(source, is_template)
    }

    fn local(&mut self, path: &Text) -> Result<Local, Problem> {
        self.inner.local(path)
    }

    fn expression(&mut self, _expression: &Node) -> Result<Rendered<serde_json::Value>, Problem> {
        Ok(not_read())
    }

    fn condition(&mut self, _expression: &Node) -> Result<Rendered<bool>, Problem> {
        Ok(not_read())
    }

    fn verbosity(&self) -> u8 {
        self.inner.verbosity()
    }

    fn now(&self) -> (i64, u32) {
        self.inner.now()
    }
}
