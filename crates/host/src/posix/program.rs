//! A program as shell commands.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::change::Surroundings;
use super::change::Text;
use super::change::line;
use super::script::quoted;
use crate::Effect;
use crate::Program;
use crate::Run;

/// Runs a program: its input comes from the script, never from an argument.
pub(super) fn commands(text: &mut Text, run: &Run, around: &Surroundings<'_>) {
    if let Some((test, says)) = &run.guard {
        line!(
            text,
            "sh -c {} >/dev/null 2>&1 || stale {}",
            *quoted(test),
            *quoted(says)
        );
    }
    if let Some(directory) = &run.command.directory {
        // As chdir(2): `PWD` then names no links.
        line!(text, "cd -P -- {} || exit 1", *quoted(directory.as_str()));
    }
    if run.effect == Effect::Opaque {
        line!(text, "if [ -n \"$l\" ]; then LC_ALL=$l; else unset LC_ALL; fi");
    }
    environment(text, around.environment.iter().chain(&run.command.environment));
    let limit = timeout(shorter(run.timeout, around.task_time));
    let program = match &run.command.program {
        Program::Argv(words) => {
            let words: Vec<Text> = words.iter().map(|word| quoted(word)).collect();
            Zeroizing::new(
                words
                    .iter()
                    .map(|word| word.as_str())
                    .collect::<Vec<_>>()
                    .join(" "),
            )
        }
        Program::Shell { script, interpreter } => {
            Zeroizing::new(format!("{} -c {}", *quoted(interpreter), *quoted(script)))
        }
    };
    match &run.command.stdin {
        None => line!(text, "exec {limit}{}", *program),
        Some(stdin) => {
            let input = Zeroizing::new(STANDARD.encode(stdin.expose()));
            line!(text, "printf %s '{}' | base64 -d | {limit}{}", *input, *program);
        }
    }
}

/// Checks the temporary file `$t`, which stands for `%s`.
pub(super) fn validate(text: &mut Text, command: &str, around: &Surroundings<'_>) {
    let limit = timeout(around.task_time);
    let environment_of_programs = around.environment.iter();
    line!(text, "( ");
    environment(text, environment_of_programs);
    let command = command.replace("%s", "\"$1\"");
    line!(text, "exec {limit}sh -c {} sh \"$t\" )", *quoted(&command));
    line!(
        text,
        "r=$?; [ \"$r\" = 0 ] || {{ echo invalid >\"$s\"; exit \"$r\"; }}"
    );
}

fn environment<'a>(text: &mut Text, variables: impl Iterator<Item = &'a (String, String)>) {
    for (name, value) in variables {
        match is_name(name) {
            true => line!(text, "export {name}={}", *quoted(value)),
            false => line!(
                text,
                "fail {}",
                *quoted(&format!("{name:?} is no name of an environment variable"))
            ),
        }
    }
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn shorter(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    one.into_iter().chain(other).min()
}

fn timeout(limit: Option<Duration>) -> String {
    limit.map_or_else(String::new, |limit| {
        format!("timeout -k 5 {:.3} ", limit.as_secs_f64())
    })
}
