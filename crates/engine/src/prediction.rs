//! Declared predictions, compared with what is found after the changes.

use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Change;
use evenkeel_host::Known;
use evenkeel_host::Want;
use evenkeel_host::Who;
use indexmap::IndexMap;

use crate::attempted::Missed;

/// Facts whose value was predicted, with the prediction.
pub(crate) type Predicted = Vec<(String, serde_json::Value)>;

/// What to look at after the changes: every fact whose value was predicted, the last prediction of each.
pub(crate) fn predictions(who: &Who, changes: &[Change]) -> (Vec<Ask>, Predicted) {
    let mut last = IndexMap::new();
    for change in changes {
        let Change::Run(run) = change else { continue };
        for prediction in &run.predicts {
            last.insert(prediction.fact.key().clone(), prediction.clone());
        }
    }
    let mut asks = Vec::new();
    let mut predicted = Vec::new();
    for (key, prediction) in last {
        if let Known::Is(value) = &prediction.value {
            asks.push(Ask {
                who: who.clone(),
                want: Want::Fact(prediction.fact.clone()),
            });
            predicted.push((key.to_string(), value.as_ref().clone()));
        }
    }
    (asks, predicted)
}

/// The predictions that were not met.
pub(crate) fn missed(predicted: &Predicted, answers: &[Known<Answer>]) -> Vec<Missed> {
    let miss = |((fact, predicted), answer): (&(String, serde_json::Value), &Known<Answer>)| {
        let Known::Is(Answer::Fact(found)) = answer else {
            return None;
        };
        (!evenkeel_host::agrees(predicted, found)).then(|| Missed {
            fact: fact.clone(),
            predicted: predicted.clone(),
            found: found.as_ref().clone(),
        })
    };
    predicted.iter().zip(answers).filter_map(miss).collect()
}
