//! The command `evenkeel`: reads the command line, draws events and findings, chooses the exit code.
#![forbid(unsafe_code)]

pub mod args;
mod ask;
mod called;
mod commands;
mod draw;
pub mod exit;
mod findings;
mod habits;
mod interrupt;
mod out;
mod python_json;
mod reach;
mod report;
mod secrets;
mod settings;
mod table;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use evenkeel::playbook::Vault;

use args::Cli;
use args::Command;
use args::VaultArgs;
use called::Program;
use exit::Outcome;
use settings::Settings;

/// Runs the command, or what it is called as: a link may have the name of one of Ansible's programs. A panic is a defect
/// of Evenkeel and ends with [`Outcome::Internal`].
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    if let Some(program) = Program::of(words.first()) {
        let code = std::panic::catch_unwind(|| program.run(&words));
        return ExitCode::from(code.unwrap_or_else(|_panic| {
            out::aside(DEFECT);
            Outcome::Internal.ansible_code()
        }));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if let Some(problem) = habits::problem(&error) {
                draw::problems(&[problem]);
                return Outcome::Input.into();
            }
            drop(error.print());
            let asked = !error.use_stderr();
            return if asked {
                Outcome::Done.into()
            } else {
                Outcome::Input.into()
            };
        }
    };
    let outcome = std::panic::catch_unwind(|| run(cli)).unwrap_or_else(|_panic| {
        out::aside(DEFECT);
        Outcome::Internal
    });
    outcome.into()
}

const DEFECT: &str = "this is a defect of Evenkeel: please report it with the lines above\n";

/// What every command may know of the outside.
pub(crate) struct Context {
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) settings: Settings,
    /// The passwords of encrypted files and values.
    pub(crate) vault: Vault,
}

/// Reads environment, settings and the passwords that `vault` names; `lenient` says that host keys may go unchecked.
pub(crate) fn context(lenient: bool, vault: Option<&VaultArgs>) -> Result<Context, Outcome> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let settings = Settings::read(&environment, lenient);
    draw::problems(&settings.problems);
    if settings.problems.iter().any(evenkeel::Problem::is_error) {
        return Err(Outcome::Arguments);
    }
    let vault = vault.map_or_else(|| Ok(Vault::default()), |args| secrets::of_run(&settings, args))?;
    Ok(Context {
        environment,
        settings,
        vault,
    })
}

fn run(cli: Cli) -> Outcome {
    let context = match context(false, cli.command.vault()) {
        Ok(context) => context,
        Err(outcome) => return outcome,
    };
    match cli.command {
        Command::Plan(args) => commands::plan(&context, &args),
        Command::Apply(args) => commands::apply(&context, &args),
        Command::Eject(args) => commands::eject(&context, &args),
        Command::Inventory(args) => commands::inventory(&context, &args),
        Command::Certs(args) => commands::certs(&context, &args),
        Command::Lint(args) => commands::lint(&context, &args),
        Command::Endpoints(args) => commands::endpoints(&context, &args),
        Command::Generate(args) => commands::generate(&context, &args),
        Command::Picture(args) => commands::picture(&context, &args),
        Command::Verify(args) => commands::verify(&context, &args),
        Command::Explain(args) => commands::explain(&context, &args),
        Command::Modules(args) => commands::modules(&args),
        Command::Roles(args) => commands::roles(&args),
        Command::Vault(command) => commands::vault(&context, &command),
        Command::Completions { shell } => commands::completions(shell),
    }
}
