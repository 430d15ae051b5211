//! What is wrong with tasks on whatever host, found before anything connects.

use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;

use super::Program;
use super::Taken;
use super::Task;
use super::Vars;
use super::body::OF_ONE;
use crate::Templar;

/// What is wrong with the arguments and templates of a play's tasks, as far as it shows without a host. Where a failure
/// is provided for (`ignore_errors`, `failed_when`, `rescue`) it is a warning: the task fails when its turn comes, as
/// with Ansible. So it is where a condition may skip a task and its arguments together are wrong.
pub(crate) fn tasks(program: &Program, templar: Option<&Templar>) -> Vec<Problem> {
    let mut search = Search {
        templar,
        found: Vec::new(),
    };
    let taken = program.taken();
    for task in program.tasks_and_handlers() {
        search.task(task, &taken);
    }
    for role in &program.roles {
        search.variables(&role.defaults);
        search.variables(&role.vars);
    }
    search.found
}

struct Search<'t> {
    templar: Option<&'t Templar>,
    found: Vec<Problem>,
}

impl Search<'_> {
    fn task(&mut self, task: &Task, taken: &Taken) {
        let conditional = !task.keywords.when.is_empty();
        let mut problems = task.card.body.problems();
        if conditional {
            problems = problems.into_iter().map(perhaps).collect();
        }
        if taken.failure(task) {
            problems = problems.into_iter().map(provided_for).collect();
        }
        if let Some(templar) = self.templar {
            let mut of_templates = conditions(task, templar);
            let of_arguments = arguments(task, templar).into_iter();
            of_templates
                .extend(of_arguments.map(|problem| if conditional { lenient(problem) } else { problem }));
            if taken.error(task) {
                of_templates = of_templates.into_iter().map(provided_for).collect();
            }
            problems.extend(of_templates);
        }
        self.found.extend(problems);
        task.keywords.vars.iter().for_each(|vars| self.variables(vars));
    }

    /// Variables that nothing uses hurt nobody: only what can never be read is an error.
    fn variables(&mut self, vars: &Arc<Vars>) {
        let Some(templar) = self.templar else { return };
        let all = vars.values().flat_map(|node| templar.mistakes(node));
        self.found.extend(all.map(lenient));
    }
}

/// What is wrong with what decides whether a task runs, and what its end means.
fn conditions(task: &Task, templar: &Templar) -> Vec<Problem> {
    let card = &task.card;
    let all = task.keywords.when.iter();
    let all = all.chain(&card.changed_when).chain(&card.failed_when);
    let all = all.chain(&card.retry.until);
    all.flat_map(|node| templar.expression_mistakes(node)).collect()
}

/// What is wrong with what a task is given: arguments, items, environment.
fn arguments(task: &Task, templar: &Templar) -> Vec<Problem> {
    let body = &task.card.body;
    // What is applied to included tasks has keywords in it, and few of these are expressions.
    let is_code = |key: &Node| {
        key.as_str()
            .is_some_and(|name| name != "apply" && (body.module.is_raw)(name))
    };
    let arguments = body.raw.entries.iter().flat_map(|(key, value)| {
        if is_code(key) {
            templar.expression_mistakes(value)
        } else {
            templar.mistakes(value)
        }
    });
    let items = task.card.loop_.iter().map(|items| &*items.items);
    let environment = task.keywords.environment.iter().map(|node| &**node);
    let others = items.chain(environment).flat_map(|node| templar.mistakes(node));
    arguments.chain(others).collect()
}

/// A filter, test, lookup or method that is not there is no error where it may never be called: it may belong to a collection that
/// the playbook asks for first.
fn lenient(problem: Problem) -> Problem {
    match problem.code.as_str() {
        "template::argument" | "template::filter" | "template::test" | "template::lookup"
        | "template::method" => Problem {
            severity: Severity::Warning,
            ..problem
        },
        _ => problem,
    }
}

/// Something wrong with a task that a condition may skip. A misspelt name or value is wrong in any case; what is missing, does
/// not go together or is not supported may stand there for machines that this run has none of.
fn perhaps(problem: Problem) -> Problem {
    if OF_ONE.contains(&problem.code.as_str()) {
        return problem;
    }
    Problem {
        severity: Severity::Warning,
        ..problem.help("the task has a condition: it fails here if that holds")
    }
}

/// Something wrong with a task whose failure is provided for.
fn provided_for(problem: Problem) -> Problem {
    let message = format!(
        "this task will fail, and the playbook takes it: {}",
        problem.message
    );
    Problem {
        severity: Severity::Warning,
        message,
        ..problem
    }
}
