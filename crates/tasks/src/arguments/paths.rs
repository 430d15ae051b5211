//! Paths and commands on a target, as arguments.

use evenkeel_host::AbsPath;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Argument;

/// An absolute path that may end with `/`, which says that it is a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The path.
    pub path: AbsPath,
    /// Whether it was written with a `/` at its end.
    pub is_folder: bool,
}

impl Argument for AbsPath {
    fn kind() -> String {
        "absolute path".to_owned()
    }

    fn read(node: &Node) -> Result<AbsPath, Problem> {
        let text = String::read(node)?;
        AbsPath::new(&text).ok_or_else(|| {
            let problem = Problem::error("task::path", format!("`{text}` is no absolute path"))
                .at(&node.place, "expected a path that begins with `/`");
            match text.strip_prefix('~') {
                Some(_) => problem.help("write the folder out: what `~` is depends on who logs in"),
                None => problem,
            }
        })
    }

    fn write(&self) -> Value {
        Value::Str(self.as_str().to_owned())
    }
}

impl Argument for Destination {
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
        Value::Str(format!("{}{slash}", self.path))
    }
}

/// A command that checks a new file before it replaces the old one; `%s` is where the file's path goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validation {
    /// The command.
    pub command: String,
}

impl Argument for Validation {
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
