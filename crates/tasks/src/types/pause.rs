//! `pause`: waits for a time, or for somebody to answer.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Wait;
use crate::plan::Effects;

arguments! {
    /// Waits for a time, or for somebody to answer.
    pub struct Pause {
        /// How long, in minutes.
        minutes: Option<i64>,
        /// How long, in seconds; at least 1.
        seconds: Option<i64>,
        /// What is asked, or shown while the time passes.
        prompt: Option<String>,
        /// Whether what is typed is shown.
        echo: bool = true,
    }
}

impl Pause {
    fn length(&self) -> Option<u64> {
        let seconds = self.minutes.map(|minutes| minutes.saturating_mul(60)).or(self.seconds);
        seconds.map(|seconds| u64::try_from(seconds).unwrap_or(0).max(1))
    }
}

impl TaskType for Pause {
    const NAME: &'static str = "pause";
    const ABOUT: &'static str = "Waits for a time, or for somebody at the terminal to answer; a forecast does not wait.";
    const EXAMPLE: &'static str = "- name: Let the caches warm up\n  ansible.builtin.pause:\n    seconds: 30\n";
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        if self.minutes.is_some() && self.seconds.is_some() {
            return Err(vec![Problem::error("task::exclusive", "`minutes` and `seconds` exclude each other")]);
        }
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let seconds = self.length();
        let why = match seconds {
            Some(seconds) => format!("the run pauses for {seconds} s here"),
            None => "the run waits for an answer here".to_owned(),
        };
        let wait = Wait::Pause { seconds, prompt: self.prompt.clone(), echo: self.echo };
        let effects = Effects { wait: Some(wait), ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged(why) })
    }

    fn result(&self, _seen: &(), _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let keys = ["rc", "stderr", "stdout", "start", "stop", "delta", "echo", "user_input"];
        told(outputs, &keys)
    }
}

/// What a wait told, or what is known of it only afterwards.
pub(super) fn told(outputs: &Outputs<'_>, keys: &[&str]) -> Returned {
    let object = match outputs {
        Outputs::Made([output, ..]) => serde_json::from_slice(&output.stdout).ok(),
        Outputs::Made([]) | Outputs::Forecast | Outputs::Seen { .. } => None,
    };
    match object {
        Some(serde_json::Value::Object(map)) => map.into_iter().map(|(key, value)| (key, Known::Is(value))).collect(),
        _ => keys.iter().map(|key| ((*key).to_owned(), Known::unknown("waiting"))).collect(),
    }
}
