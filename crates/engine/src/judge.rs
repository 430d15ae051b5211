//! Conditions: when, changed_when, failed_when, ignore_errors.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::Failure;
use crate::Status;
use crate::attempted::Attempted;
use crate::attempted::EXCEPTION;
use crate::data;
use crate::failure;
use crate::machines::Extent;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;
use crate::settings;
use crate::task_run::TaskRun;

/// Whether all conditions hold: `None`, or the text of the first that does not. A false one decides even where others
/// are unknown; what is wrong with one behind an unknown one is not, because it may not come to it.
pub(crate) fn all(
    templar: &Templar,
    conditions: &[Arc<Node>],
    scope: &Arc<dyn Scope>,
) -> Result<Known<Option<String>>, Problem> {
    let mut unknown = None;
    for condition in conditions {
        let asked = match templar.condition(condition, scope) {
            // Those behind it are not asked if it comes to this one.
            Err(_) if unknown.is_some() => break,
            asked => asked?,
        };
        match asked.value {
            Known::Is(true) => {}
            Known::Is(false) => return Ok(Known::Is(Some(data::source_text(condition)))),
            Known::Unknown(why) => unknown = unknown.or(Some(why)),
        }
    }
    Ok(unknown.map_or(Known::Is(None), Known::Unknown))
}

/// The variables of conditions that are asked after a task: its result under its name.
pub(crate) fn with_result(run: &TaskRun<'_>, attempted: &Attempted, tiers: &Tiers) -> Arc<dyn Scope> {
    let mut values = Values::new();
    if let Some(name) = &run.task.card.register {
        values.insert(Arc::clone(name), attempted.registered());
    }
    Arc::new(tiers.with(Tier::Values(Arc::new(values))))
}

/// Applies `changed_when` and `failed_when`.
pub(crate) fn result(run: &TaskRun<'_>, attempted: &mut Attempted, tiers: &Tiers) {
    if attempted.outcome.status == Status::Skipped {
        return;
    }
    let scope = with_result(run, attempted, tiers);
    let invalid = match changed(run, attempted, &scope) {
        Err(problem) => Some(("changed_when_result", problem)),
        Ok(()) => {
            let scope = with_result(run, attempted, tiers);
            let failed = failed(run, attempted, &scope).err();
            failed.map(|problem| ("failed_when_result", problem))
        }
    };
    if let Some((key, problem)) = invalid {
        attempted.put(key, problem.message.clone());
        attempted.fail(failure::of_condition(&problem));
    }
}

/// Applies `ignore_errors`.
pub(crate) fn ignored(run: &TaskRun<'_>, attempted: &mut Attempted, tiers: &Tiers) {
    if attempted.outcome.status == Status::Failed {
        let scope = with_result(run, attempted, tiers);
        match settings::flag(
            &run.world.templar,
            run.task.keywords.ignore_errors.as_ref(),
            &scope,
        ) {
            Ok(Some(true)) => attempted.outcome.status = Status::Ignored,
            Ok(_) => {}
            Err(failure) => attempted.fail(failure),
        }
    }
}

fn changed(run: &TaskRun<'_>, attempted: &mut Attempted, scope: &Arc<dyn Scope>) -> Result<(), Problem> {
    let conditions = &run.task.card.changed_when;
    if conditions.is_empty() {
        return Ok(());
    }
    let failed = attempted.outcome.status == Status::Failed;
    match all(&run.world.templar, conditions, scope)? {
        Known::Is(unmet) => {
            let changed = unmet.is_none();
            attempted.put("changed", changed);
            if !changed {
                // A command that says so is a question; a package comes whatever is said.
                attempted.assumes.take_if(|assumed| assumed.extent == Extent::All);
            }
            if !failed {
                attempted.outcome.status = if changed { Status::Changed } else { Status::Ok };
            }
        }
        Known::Unknown(why) => {
            let known = Known::Unknown(Arc::clone(&why));
            attempted.returned.insert("changed".to_owned(), known);
            attempted.outcome.known_after_apply = Some(why.to_string());
            if !failed {
                attempted.outcome.status = Status::Changed;
            }
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
            let message = format!("`failed_when` holds: {}", texts.join(" and "));
            let own = attempted.outcome.failure.take();
            attempted.fail(own.unwrap_or(Failure {
                message,
                ..Failure::default()
            }));
            attempted.put("failed_when_result", true);
        }
        Known::Is(Some(_)) => {
            if attempted.outcome.status == Status::Failed {
                let changed = attempted.changed();
                attempted.outcome.status = if changed { Status::Changed } else { Status::Ok };
                attempted.outcome.failure = None;
                attempted.put("failed", false);
                let suppressed = attempted.returned.shift_remove(EXCEPTION);
                let suppressed = suppressed.map(|text| ("failed_when_suppressed_exception".to_owned(), text));
                attempted.returned.extend(suppressed);
            }
            attempted.put("failed_when_result", false);
        }
        Known::Unknown(why) => attempted.outcome.known_after_apply = Some(why.to_string()),
    }
    Ok(())
}
