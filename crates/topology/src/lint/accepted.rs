//! Warnings that somebody has read and lives with: `lint_accepted` in the inventory.

use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;

use super::catalogue::Lint;
use super::raw::Raw;
use super::raw::Set;

const VARIABLE: [&str; 1] = ["lint_accepted"];

/// Makes notes of accepted warnings: a run says no word of them, `evenkeel lint` does.
pub(super) fn quieted(mut found: Vec<Problem>, raw: &Raw<'_>) -> Vec<Problem> {
    let accepted: Vec<String> = raw.once(&VARIABLE).iter().flat_map(ids).collect();
    for problem in &mut found {
        let is_accepted = Lint::named(&problem.code).is_some_and(|lint| {
            accepted
                .iter()
                .any(|id| id.strip_prefix("cluster::").unwrap_or(id) == lint.id)
        });
        if problem.severity == Severity::Warning && is_accepted {
            problem.severity = Severity::Note;
            problem.help.push("accepted with `lint_accepted`".to_owned());
        }
    }
    found
}

/// What is accepted without effect.
pub(super) fn without_effect(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &VARIABLE, |set| {
        if !set
            .value
            .as_array()
            .is_some_and(|list| list.iter().all(serde_json::Value::is_string))
        {
            return Some("`lint_accepted` is no list of ids".to_owned());
        }
        ids(set).iter().find_map(|id| match Lint::named(id) {
            None => Some(format!("`lint_accepted` names {id}, and there is no such lint")),
            Some(named) if named.severity == Severity::Error => {
                Some(format!("`lint_accepted` names {id}, which is an error"))
            }
            Some(_) => None,
        })
    })
}

fn ids(set: &Set) -> Vec<String> {
    let list = set.value.as_array().into_iter().flatten();
    list.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}
