//! `wait_for_connection`: waits until a machine can be reached.

use evenkeel_host::View;
use evenkeel_host::Want;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Wait;
use crate::plan::Effects;

arguments! {
    /// Waits until a machine can be reached.
    pub struct WaitForConnection {
        /// Seconds for one attempt; as with Ansible's SSH, the connection's own time-out holds.
        connect_timeout: i64 = 5,
        /// Seconds before the first attempt.
        delay: i64 = 0,
        /// Seconds between two attempts.
        sleep: i64 = 1,
        /// Seconds to wait at most.
        timeout: i64 = 600,
    }
}

impl TaskType for WaitForConnection {
    const NAME: &'static str = "wait_for_connection";
    const ABOUT: &'static str = "Waits until a machine can be reached: a new one, or one that starts again.";
    const EXAMPLE: &'static str = "- name: Wait until the machine is up\n  ansible.builtin.wait_for_connection:\n    timeout: 300\n";
    const CHANGES: bool = false;
    type Seen = ();

    arguments_of!();

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let seconds = |number: i64| u64::try_from(number).unwrap_or(0);
        let wait = Wait::Connection {
            delay: seconds(self.delay),
            sleep: seconds(self.sleep),
            timeout: seconds(self.timeout),
        };
        let effects = Effects { wait: Some(wait), ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged("the machine can be reached") })
    }

    fn result(&self, _seen: &(), _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        super::pause::told(outputs, &["elapsed"])
    }
}
