//! Paths and commands on a target, as arguments.

use evenkeel_host::AbsPath;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Argument;
use super::Text;
use super::pending;

/// A path that may end with `/`, which says that it is a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The path.
    pub path: AbsPath,
    /// Whether it was written with a `/` at its end.
    pub is_folder: bool,
}

impl Argument for AbsPath {
    const EMPTY_IS_NONE: bool = true;

    fn kind() -> String {
        "path".to_owned()
    }

    fn read(node: &Node) -> Result<AbsPath, Problem> {
        let text = String::read(node)?;
        pending::read(&text).ok_or_else(|| {
            Problem::error("task::path", format!("`{}` is no path", text.escape_debug()))
                .at(&node.place, "expected a path such as `/etc/hosts`")
        })
    }

    fn write(&self) -> Value {
        Value::Str(pending::written(self))
    }

    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath)) {
        visit(self);
    }
}

impl Argument for Destination {
    const EMPTY_IS_NONE: bool = true;

    fn kind() -> String {
        AbsPath::kind()
    }

    fn read(node: &Node) -> Result<Destination, Problem> {
        let path = AbsPath::read(node)?;
        Ok(Destination {
            path,
            is_folder: node.as_str().is_some_and(|text| text.ends_with('/')),
        })
    }

    fn write(&self) -> Value {
        let slash = if self.is_folder && self.path.as_str() != "/" {
            "/"
        } else {
            ""
        };
        Value::Str(format!("{}{slash}", pending::written(&self.path)))
    }

    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath)) {
        visit(&mut self.path);
    }
}

/// A path or shell glob; one without `/` at its beginning is below where the login begins, or below the folder that the
/// task names for its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    /// The text as it was written.
    pub text: String,
    /// The same with everything that comes before it.
    pub path: AbsPath,
}

impl PathPattern {
    /// The whole pattern, for a program that runs in a folder.
    pub(crate) fn within(&self, folder: Option<&AbsPath>) -> String {
        match folder {
            Some(folder) if !self.text.starts_with(['/', '~']) => format!("{folder}/{}", self.text),
            _ => self.path.as_str().to_owned(),
        }
    }
}

impl Argument for PathPattern {
    fn kind() -> String {
        "path or glob".to_owned()
    }

    fn read(node: &Node) -> Result<PathPattern, Problem> {
        Ok(PathPattern {
            text: String::read(node)?,
            path: AbsPath::read(node)?,
        })
    }

    fn write(&self) -> Value {
        Value::Str(self.text.clone())
    }

    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath)) {
        visit(&mut self.path);
    }
}

/// The name of a file or folder of the controller, or of the machine where another argument says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// As it was written.
    pub text: Text,
    /// Where it is on the machine; none: it is on the controller.
    pub path: Option<AbsPath>,
}

impl Origin {
    /// It is on the machine, where its path is completed.
    pub(crate) fn is_on_machine(&mut self) {
        self.path = pending::read(&self.text.text);
    }
}

impl Argument for Origin {
    const EMPTY_IS_NONE: bool = Text::EMPTY_IS_NONE;

    fn kind() -> String {
        Text::kind()
    }

    fn read(node: &Node) -> Result<Origin, Problem> {
        let (text, path) = (Text::read(node)?, None);
        Ok(Origin { text, path })
    }

    fn write(&self) -> Value {
        self.text.write()
    }

    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath)) {
        self.path.paths(visit);
    }
}

/// A command that checks a new file before it replaces the old one; `%s` is where the file's path goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The command.
    pub command: String,
}

impl Argument for Validation {
    const EMPTY_IS_NONE: bool = true;

    fn kind() -> String {
        "command with %s".to_owned()
    }

    fn read(node: &Node) -> Result<Validation, Problem> {
        let command = String::read(node)?;
        if !command.contains("%s") {
            return Err(
                Problem::error("task::validate", format!("validate must contain %s: {command}"))
                    .at(&node.place, "no `%s` in this command")
                    .help("put `%s` where the path of the file goes that is to be checked"),
            );
        }
        Ok(Validation { command })
    }

    fn write(&self) -> Value {
        Value::Str(self.command.clone())
    }
}
