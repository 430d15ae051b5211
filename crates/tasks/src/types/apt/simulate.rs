//! What apt would do, and what of it the forecast has not done yet.

use std::collections::BTreeSet;

use evenkeel_host::Answer;
use evenkeel_host::Known;
use evenkeel_host::View;

use super::Apt;
use super::look::Arriving;
use super::look::Call;
use super::look::Leaving;
use super::refusal::refusal;
use crate::Result;
use crate::facts::package::Package;
use crate::facts::package::PackageState;
use crate::facts::package::Simulated;
use crate::facts::package::Simulation;
use crate::facts::package::Verb;
use crate::facts::want;

impl Apt {
    /// Takes what a simulation says into a call, without what the forecast has already.
    pub(super) fn take(
        &self,
        on: &View<'_>,
        call: &mut Call,
        simulated: Simulated,
        named: &BTreeSet<String>,
        lists_unknown: bool,
    ) -> Result<()> {
        if let Some(error) = simulated.error {
            return Err(refusal(&error));
        }
        let wants = simulated
            .steps
            .iter()
            .map(|step| want(Package(step.name.clone())));
        let answers = on.ask_all(wants.collect())?;
        for (step, answer) in simulated.steps.into_iter().zip(answers) {
            let before: PackageState = match &answer {
                Known::Is(Answer::Fact(value)) => {
                    serde_json::from_value(value.as_ref().clone()).unwrap_or_default()
                }
                _ => PackageState::default(),
            };
            let is_named = named.contains(&step.name);
            match step.verb {
                Verb::Delete => call.deleted.push(step.name),
                Verb::Remove | Verb::Purge if before.installed || step.verb == Verb::Purge => {
                    call.leaving.push(Leaving {
                        name: step.name,
                        before,
                        purge: step.verb == Verb::Purge,
                    });
                }
                Verb::Remove | Verb::Purge => {}
                Verb::Install
                    if before.installed
                        && before.version.as_ref().map(Option::as_deref) == Known::Is(step.to.as_deref()) => {
                }
                // With old lists only the names are sure: what came in this run may be as new as what would come.
                Verb::Install if lists_unknown && before.installed && before.version.why().is_some() => {}
                Verb::Install => {
                    call.arriving.retain(|arriving| arriving.name != step.name);
                    let to = match step.to {
                        Some(to) if !lists_unknown => Known::Is(to),
                        _ => Known::unknown("updating the package lists"),
                    };
                    call.arriving.push(Arriving {
                        name: step.name,
                        before,
                        to,
                        named: is_named,
                    });
                }
            }
        }
        Ok(())
    }
}

/// What apt would do; `None` where it cannot be asked. A host in memory may know the parts of a wish only, each alone.
pub(super) fn simulate(on: &View<'_>, command: &[String], rest: &[String]) -> Result<Option<Simulated>> {
    let ask = |words: Vec<String>| -> Result<Option<Simulated>> {
        Ok(match on.ask_all(vec![want(Simulation(words))])?.pop() {
            Some(Known::Is(Answer::Fact(value))) => serde_json::from_value(value.as_ref().clone()).ok(),
            _ => None,
        })
    };
    let whole = ask([command, rest].concat())?;
    if whole.is_some() || rest.len() < 2 || rest.iter().any(|word| word.starts_with('-')) {
        return Ok(whole);
    }
    let mut all = Simulated::default();
    for word in rest {
        let Some(part) = ask([command, std::slice::from_ref(word)].concat())? else {
            return Ok(None);
        };
        all.error = all.error.or(part.error);
        for step in part.steps {
            if !all.steps.contains(&step) {
                all.steps.push(step);
            }
        }
    }
    Ok(Some(all))
}
