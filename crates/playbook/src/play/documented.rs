//! Where a playbook does something else than Ansible's documentation says, as Ansible itself does.

use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Handler;
use super::Program;
use super::Retry;

/// What who knows the documentation only would be surprised by.
pub(crate) fn otherwise(program: &Program) -> Vec<Problem> {
    let mut found = hidden_handlers(&program.handlers);
    let tasks = program.tasks_and_handlers();
    found.extend(tasks.filter_map(|task| one_try_more(&task.card.retry)));
    found
}

/// Handlers that no notification of their name reaches: the first of a list wins, and the documentation says the last.
fn hidden_handlers(handlers: &[Handler]) -> Vec<Problem> {
    let hidden = |(index, handler): (usize, &Handler)| {
        let name = handler.task.card.name.as_deref()?;
        let mut above = handlers
            .get(..index)?
            .iter()
            .filter(|other| other.list == handler.list);
        let first = above.find(|other| other.task.card.name.as_deref() == Some(name))?;
        let topics = &handler.task.card.listen;
        topics.is_empty().then(|| {
            let text = format!("this list has a handler `{name}` already, and notifying `{name}` runs that one");
            Problem::warning("playbook::handler-twice", text)
                .at(&handler.task.card.at, "never runs")
                .related(&first.task.card.at, "runs")
                .help("give each handler a name of its own; of one list Ansible takes the first, though its documentation says the last")
        })
    };
    handlers.iter().enumerate().filter_map(hidden).collect()
}

/// `retries` counts what comes after the first time, and the documentation has it count all.
fn one_try_more(retry: &Retry) -> Option<Problem> {
    let retries = retry.retries.as_ref().filter(|_| !retry.until.is_empty())?;
    let Value::Int(count) = retries.value else {
        return None;
    };
    let text = format!("`retries: {count}` tries up to {} times", count.checked_add(1)?);
    Some(
        Problem::note("playbook::retries", text)
            .at(&retries.place, "the first time does not count")
            .help("Ansible does the same, though its documentation has this number count all tries"),
    )
}
