//! What a task may ask of the controller before it looks at a machine.

use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::arguments::Text;

/// A text or value that was computed from templates.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered<T> {
    /// The value; unknown when a part of it is known only after apply.
    pub value: Known<T>,
    /// Whether a secret went into it.
    pub secret: bool,
}

/// How a template file is rendered; the defaults are those of Ansible's `template`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateOptions {
    /// Whether the newline after a block is removed.
    pub trim_blocks: bool,
    /// Whether the blanks before a block are removed.
    pub lstrip_blocks: bool,
    /// What a newline becomes.
    pub newline_sequence: String,
    /// `{%`, `%}`, `{{`, `}}`, `{#`, `#}`: block, variable and comment marks.
    pub marks: [String; 6],
}

impl Default for TemplateOptions {
    fn default() -> TemplateOptions {
        TemplateOptions {
            trim_blocks: true,
            lstrip_blocks: false,
            newline_sequence: "\n".to_owned(),
            marks: ["{%", "%}", "{{", "}}", "{#", "#}"].map(str::to_owned),
        }
    }
}

/// A path of the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Where, from the root on.
    pub path: PathBuf,
    /// What is there.
    pub entry: LocalEntry,
}

/// What is at a path of the controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LocalEntry {
    /// Nothing.
    Nothing,
    /// A folder.
    Folder,
    /// A file with these bytes.
    File(Arc<[u8]>),
}

/// The files below a folder: relative paths and bytes.
pub type FolderFiles = Vec<(String, Vec<u8>)>;

/// A file of variables.
#[derive(Clone, PartialEq, Eq)]
pub struct VariablesFile {
    /// Its path, as messages name it.
    pub path: String,
    /// Its path below the folder that was asked for, which ends with `/` where it is a folder itself; empty for a file
    /// that was named.
    pub relative: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Whether it lies encrypted: what is read from it must not be shown.
    pub secret: bool,
}

/// The controller's side of one task on one host: its files, its variables.
pub trait Controller {
    /// Finds a file as `copy` does (role's `files/`, then the play's folder) and reads it.
    ///
    /// # Errors
    /// When it is not there; the problem lists where it was looked for.
    fn file(&mut self, source: &Text) -> Result<Rendered<Vec<u8>>, Problem>;

    /// The files below a folder that is found as by [`Controller::file`]: relative path and bytes; a path that ends
    /// with `/` is a folder.
    ///
    /// # Errors
    /// As [`Controller::file`].
    fn tree(&mut self, source: &Text) -> Result<Vec<(String, Vec<u8>)>, Problem>;

    /// Finds a file of variables as `include_vars` does (role's `vars/`, then the play's folder) and reads it.
    ///
    /// # Errors
    /// As [`Controller::file`].
    fn variables(&mut self, source: &Text) -> Result<VariablesFile, Problem> {
        Err(no_variables(source))
    }

    /// The files below a folder that is found as by [`Controller::variables`], folders among them.
    ///
    /// # Errors
    /// As [`Controller::file`].
    fn variables_in(&mut self, source: &Text) -> Result<Vec<VariablesFile>, Problem> {
        Err(no_variables(source))
    }

    /// Finds a template as `template` does (role's `templates/`, then the play's folder) and renders it.
    ///
    /// # Errors
    /// When it is not there, does not parse, or needs a variable that is not defined.
    fn template(&mut self, source: &Text, options: &TemplateOptions) -> Result<Rendered<String>, Problem>;

    /// As [`Controller::template`], for a text that goes to this path of the machine.
    ///
    /// # Errors
    /// As [`Controller::template`].
    fn template_to(
        &mut self,
        source: &Text,
        options: &TemplateOptions,
        dest: &str,
    ) -> Result<Rendered<String>, Problem> {
        let _ = dest;
        self.template(source, options)
    }

    /// The permissions (`0o7777`) of a file that is found as by [`Controller::file`], or as by
    /// [`Controller::template`] where `is_template`, for `mode: preserve`.
    ///
    /// # Errors
    /// When the file is not there, or this controller's files have no permissions (those in memory).
    fn permissions(&mut self, source: &Text, is_template: bool) -> Result<u32, Problem> {
        let _ = is_template;
        Err(Problem::error(
            "task::preserve",
            format!("the permissions of `{source}` are not known here"),
        )
        .at(&source.place, "this file")
        .help("write the mode instead of `preserve`: `mode: \"0644\"`"))
    }

    /// A path of the controller that a task would write, a relative one from the playbook's folder on, and what is there.
    ///
    /// # Errors
    /// When it cannot be read, or this controller's files are not written by tasks.
    fn local(&mut self, path: &Text) -> Result<Local, Problem> {
        let message = format!("`{path}` cannot be written: tasks write no files of the controller here");
        Err(Problem::error("task::local", message).at(&path.place, "this file"))
    }

    /// Whether the result says what was before and after (`diff`).
    fn diff(&self) -> bool {
        false
    }

    /// The host's name in the inventory.
    fn host(&self) -> String {
        String::new()
    }

    /// Whether a secret went into an argument of the task.
    fn is_secret(&self, argument: &str) -> bool {
        let _ = argument;
        false
    }

    /// Evaluates an expression (as `when`, `that`, `var` hold them) to data. Where a secret goes into it, everything that
    /// the task says is hidden.
    ///
    /// # Errors
    /// When it does not parse or needs a variable that is not defined.
    fn expression(&mut self, expression: &Node) -> Result<Rendered<serde_json::Value>, Problem>;

    /// As [`Controller::expression`], for a task type that says nothing of a value that is secret: the rest is shown.
    ///
    /// # Errors
    /// As [`Controller::expression`].
    fn discreetly(&mut self, expression: &Node) -> Result<Rendered<serde_json::Value>, Problem> {
        self.expression(expression)
    }

    /// Evaluates a condition as `when` does. That a secret goes into it hides nothing: it is only true or false.
    ///
    /// # Errors
    /// As [`Controller::expression`]; also when the result is no boolean.
    fn condition(&mut self, expression: &Node) -> Result<Rendered<bool>, Problem>;

    /// The verbosity of the run (`-v` is 1).
    fn verbosity(&self) -> u8;

    /// Seconds since the epoch and the process id, for names of backups.
    fn now(&self) -> (i64, u32);
}

fn no_variables(source: &Text) -> Problem {
    Problem::error("task::variables", format!("`{source}` is not to be had here"))
        .at(&source.place, "named here")
}
