//! Conditions: when, changed_when, failed_when, ignore_errors.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::template;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::Failure;
use crate::Status;
use crate::attempt::Attempted;
use crate::data;
use crate::failure;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;
use crate::settings;
use crate::task_run::TaskRun;

/// Whether all conditions hold: `None`, or the text of the first that does not. A false one decides even where others
/// are unknown.
pub(crate) fn all(
    templar: &Templar,
    conditions: &[Arc<Node>],
    scope: &Arc<dyn Scope>,
) -> Result<Known<Option<String>>, Problem> {
    let mut unknown = None;
    for condition in conditions {
        match templar.condition(condition, scope)?.value {
            Known::Is(true) => {}
            Known::Is(false) => return Ok(Known::Is(Some(data::source_text(condition)))),
            Known::Unknown(why) => {
                unknown = Some(why);
                break;
            }
        }
    }
    Ok(unknown.map_or(Known::Is(None), Known::Unknown))
}

/// Applies `changed_when`, `failed_when` and `ignore_errors`.
pub(crate) fn judge(run: &TaskRun<'_>, attempted: &mut Attempted, tiers: &Tiers) {
    if attempted.outcome.status == Status::Skipped {
        return;
    }
    let card = &run.task.card;
    let mut values = Values::new();
    if let Some(name) = &card.register {
        values.insert(
            Arc::clone(name),
            evenkeel_playbook::Var::data(template::dictionary(&attempted.returned)),
        );
    }
    let scope: Arc<dyn Scope> = Arc::new(tiers.with(Tier::Values(Arc::new(values))));
    if let Err(problem) = changed(run, attempted, &scope).and_then(|()| failed(run, attempted, &scope)) {
        fail(attempted, failure::of_problem(&problem));
    }
    if attempted.outcome.status == Status::Failed {
        match settings::flag(
            &run.world.templar,
            run.task.keywords.ignore_errors.as_ref(),
            &scope,
        ) {
            Ok(Some(true)) => attempted.outcome.status = Status::Ignored,
            Ok(_) => {}
            Err(failure) => fail(attempted, failure),
        }
    }
}

fn fail(attempted: &mut Attempted, failure: Failure) {
    attempted
        .returned
        .insert("failed".to_owned(), Known::Is(true.into()));
    attempted
        .returned
        .entry("msg".to_owned())
        .or_insert(Known::Is(failure.message.clone().into()));
    attempted.outcome.status = Status::Failed;
    attempted.outcome.failure = Some(failure);
}

fn changed(run: &TaskRun<'_>, attempted: &mut Attempted, scope: &Arc<dyn Scope>) -> Result<(), Problem> {
    let conditions = &run.task.card.changed_when;
    if conditions.is_empty() || attempted.outcome.status == Status::Failed {
        return Ok(());
    }
    match all(&run.world.templar, conditions, scope)? {
        Known::Is(unmet) => {
            attempted.outcome.status = if unmet.is_none() {
                Status::Changed
            } else {
                Status::Ok
            };
            attempted
                .returned
                .insert("changed".to_owned(), Known::Is(unmet.is_none().into()));
        }
        Known::Unknown(why) => {
            attempted.outcome.status = Status::Changed;
            attempted
                .returned
                .insert("changed".to_owned(), Known::Unknown(Arc::clone(&why)));
            attempted.outcome.known_after_apply = Some(why.to_string());
        }
    }
    Ok(())
}

fn failed(run: &TaskRun<'_>, attempted: &mut Attempted, scope: &Arc<dyn Scope>) -> Result<(), Problem> {
    let conditions = &run.task.card.failed_when;
    if conditions.is_empty() {
        return Ok(());
    }
    match all(&run.world.templar, conditions, scope)? {
        Known::Is(None) => {
            let texts: Vec<String> = conditions.iter().map(|node| data::source_text(node)).collect();
            let own = attempted.outcome.failure.take();
            let message = format!("`failed_when` holds: {}", texts.join(" and "));
            fail(
                attempted,
                own.unwrap_or(Failure {
                    message,
                    ..Failure::default()
                }),
            );
            attempted
                .returned
                .insert("failed_when_result".to_owned(), Known::Is(true.into()));
        }
        Known::Is(Some(_)) => {
            if attempted.outcome.status == Status::Failed {
                let changed = attempted.returned.get("changed") != Some(&Known::Is(false.into()));
                attempted.outcome.status = if changed { Status::Changed } else { Status::Ok };
                attempted.outcome.failure = None;
                attempted
                    .returned
                    .insert("failed".to_owned(), Known::Is(false.into()));
            }
            attempted
                .returned
                .insert("failed_when_result".to_owned(), Known::Is(false.into()));
        }
        Known::Unknown(why) => attempted.outcome.known_after_apply = Some(why.to_string()),
    }
    Ok(())
}
