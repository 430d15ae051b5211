//! `pipe` and `lines`: what programs on the controller print.

use std::path::PathBuf;

use evenkeel_host::quote;
use minijinja::Error;
use minijinja::Value;

use super::Request;
use crate::template::python;

/// What each command prints, without blanks at its end.
pub(super) fn outputs(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let output = |term: String| Ok(Value::from(printed(request, &term)?.trim_end()));
    request.texts()?.into_iter().map(output).collect()
}

/// The lines that the commands print.
pub(super) fn lines(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut lines = Vec::new();
    for term in request.texts()? {
        lines.extend(printed(request, &term)?.lines().map(Value::from));
    }
    Ok(lines)
}

/// Standard output of a command of the shell, run in the folder of the playbook.
fn printed(request: &Request<'_>, command: &str) -> Result<String, Error> {
    let Some(programs) = &request.templar().settings().programs else {
        return Err(request.error("is not supported here: it would run a program on the controller"));
    };
    let folder = request.context.variable("playbook_dir");
    let folder = folder.and_then(|folder| folder.as_str().map(PathBuf::from));
    let command_there = match folder.filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => format!(
            "cd -- {} && {{ {command}\n}}",
            quote(&folder.display().to_string())
        ),
        None => command.to_owned(),
    };
    let output = programs
        .exec(&command_there, b"", None)
        .map_err(|error| request.error(format!("`{command}` cannot be run: {error}")))?;
    if output.code != 0 {
        let said = String::from_utf8_lossy(&output.stderr);
        let last = said.trim_end().lines().last().unwrap_or_default();
        let name = request.name;
        let message = format!("lookup_plugin.{name}({command}) returned {}", output.code);
        return Err(request.error(if last.is_empty() {
            message
        } else {
            format!("{message}: {last}")
        }));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| python::error(format!("what `{command}` prints is no UTF-8 text")))
}
