//! Reads what a command works on, and draws what is wrong with it.

use std::path::Path;
use std::sync::Arc;

use evenkeel::Disk;
use evenkeel::Loaded;
use evenkeel::Options;
use evenkeel::Problem;
use evenkeel::Project;
use evenkeel::Severity;

use crate::Context;
use crate::args::Format;
use crate::args::RunArgs;
use crate::args::SourceArgs;
use crate::draw;
use crate::exit::Outcome;

/// A project over inventory and variables.
pub(super) fn of_source(context: &Context, source: &SourceArgs) -> Project {
    let mut project = Project::new(Arc::new(Disk))
        .environment(context.environment.clone())
        .folder(std::env::current_dir().unwrap_or_default())
        .allow_empty(source.allow_empty)
        .vault(context.vault.clone());
    let inventories = match context.settings.get("inventory") {
        Some(text) if source.inventory.is_empty() => configured(text),
        _ => source.inventory.clone(),
    };
    for inventory in inventories {
        project = project.inventory(inventory);
    }
    for vars in &source.extra_vars {
        project = project.extra(vars);
    }
    project
}

/// The setting `inventory`: paths separated by commas, or a list of hosts that ends with one.
fn configured(text: &str) -> Vec<String> {
    if text.ends_with(',') {
        return vec![text.to_owned()];
    }
    text.split(',').map(|path| path.trim().to_owned()).collect()
}

/// A project for a run.
pub(super) fn of_run(context: &Context, args: &RunArgs) -> Project {
    let mut project = of_playbook(context, &args.source, args.playbook.as_deref());
    for limit in &args.limit {
        project = project.limit(limit);
    }
    for path in &args.further {
        project = project.then(path);
    }
    project
}

/// A project over inventory, variables and perhaps a playbook.
pub(super) fn of_playbook(context: &Context, source: &SourceArgs, playbook: Option<&Path>) -> Project {
    let mut project = of_source(context, source);
    for path in context
        .settings
        .get("roles_path")
        .unwrap_or_default()
        .split(':')
        .filter(|path| !path.is_empty())
    {
        project = project.role_path(path);
    }
    match playbook {
        Some(path) => project.playbook(path),
        None => project,
    }
}

/// Reads a project; findings are drawn.
pub(super) fn load(project: Project) -> Result<Loaded, Outcome> {
    match project.load() {
        Ok(loaded) => {
            draw::problems(&without_notes(&loaded.warnings));
            Ok(loaded)
        }
        Err(problems) => {
            draw::problems(&without_notes(&problems));
            Err(Outcome::of(&problems))
        }
    }
}

/// Notes are told by `evenkeel lint` alone.
fn without_notes(problems: &[Problem]) -> Vec<Problem> {
    let told = problems
        .iter()
        .filter(|problem| problem.severity != Severity::Note);
    told.cloned().collect()
}

/// Draws what keeps a run from beginning.
pub(super) fn refused(problem: Problem, format: Format) -> Outcome {
    let problem = with_ansibles_way(problem, format);
    let outcome = Outcome::of(std::slice::from_ref(&problem));
    draw::problems(&[problem]);
    outcome
}

/// Ansible passes over a pattern that matches nothing: under its names it is said how that is had.
fn with_ansibles_way(problem: Problem, format: Format) -> Problem {
    match format {
        Format::Ansible if problem.code.starts_with("pattern::") => {
            problem.help("`--allow-empty` accepts patterns that match nothing, as Ansible does")
        }
        Format::Ansible | Format::Human | Format::Json => problem,
    }
}

/// Draws what is known to be wrong before anything is connected.
pub(super) fn checked(
    loaded: &Loaded,
    hosts: &[Arc<str>],
    options: &Options,
    unmatched: Option<Problem>,
    format: Format,
) -> Result<(), Outcome> {
    let mut problems: Vec<_> = unmatched.into_iter().collect();
    for problem in loaded.check(hosts, options) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    let problems: Vec<_> = problems
        .into_iter()
        .map(|problem| with_ansibles_way(problem, format))
        .collect();
    draw::problems(&problems);
    if problems.iter().any(Problem::is_error) {
        return Err(Outcome::of(&problems));
    }
    Ok(())
}

/// What a playbook is called in headings.
pub(super) fn title(args: &RunArgs) -> String {
    args.playbook.as_deref().map_or_else(
        || "the generated playbook".to_owned(),
        |path: &Path| path.display().to_string(),
    )
}
