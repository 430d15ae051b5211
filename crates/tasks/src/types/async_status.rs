//! `async_status`: how a job stands that goes on by itself.

use evenkeel_host::View;
use evenkeel_host::Want;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Wait;
use crate::plan::Effects;

words! {
    /// What is done with a job.
    pub enum Mode {
        /// It is looked at.
        Status = "status",
        /// Its result is removed.
        Cleanup = "cleanup",
    }
}

arguments! {
    /// Says how a job stands that a task with `async` and `poll: 0` has begun.
    pub struct AsyncStatus {
        /// The job: `ansible_job_id` of the task's result.
        jid: String,
        /// `status` looks at it, `cleanup` removes its result.
        mode: Mode = Mode::Status,
    }
}

impl TaskType for AsyncStatus {
    const NAME: &'static str = "async_status";
    const ABOUT: &'static str = "Says how a job stands that a task with `async` and `poll: 0` has begun.";
    const EXAMPLE: &'static str = "- name: Wait for the upgrade\n  ansible.builtin.async_status:\n    jid: \"{{ upgrade.ansible_job_id }}\"\n  register: upgraded\n  until: upgraded is finished\n  retries: 60\n  delay: 10\n";
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
        let wait = Wait::Job { job: self.jid.clone(), cleanup: self.mode == Mode::Cleanup };
        let effects = Effects { wait: Some(wait), ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged("a job is looked at") })
    }

    /// The run says what came of the job.
    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::new()
    }
}
