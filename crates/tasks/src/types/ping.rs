//! `ping`: whether a machine answers.

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use serde_json::json;

use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;

arguments! {
    /// Asks whether a machine answers.
    pub struct Ping {
        /// What is returned; `crash` fails.
        data: String = "pong".to_owned(),
    }
}

impl TaskType for Ping {
    const NAME: &'static str = "ping";
    const ABOUT: &'static str = "Asks whether a machine answers.";
    const EXAMPLE: &'static str = "- name: See whether the host is there\n  ansible.builtin.ping:\n";
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    /// The root folder, so that the machine has to answer something.
    fn wants(&self) -> Vec<Want> {
        vec![Want::Entry { path: AbsPath::root(), follow: true, content: false }]
    }

    fn observe(&self, on: &View<'_>) -> Result<()> {
        on.entry(&AbsPath::root(), true)?;
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        if self.data == "crash" {
            return Err(Error::failed("Task failed: Module failed: boom"));
        }
        Ok(Plan::unchanged("it answers"))
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::from_iter([("ping".to_owned(), Known::Is(json!(self.data)))])
    }
}
