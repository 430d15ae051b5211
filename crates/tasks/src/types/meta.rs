//! `meta`: what happens to the run itself.

use evenkeel_host::View;
use evenkeel_host::Want;

use crate::Control;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::plan::Effects;

words! {
    /// What happens.
    pub enum Action {
        /// Forgets the facts of the hosts.
        ClearFacts = "clear_facts",
        /// Brings failed and lost hosts back.
        ClearHostErrors = "clear_host_errors",
        /// Ends the current batch.
        EndBatch = "end_batch",
        /// Ends the play for this host.
        EndHost = "end_host",
        /// Ends the play.
        EndPlay = "end_play",
        /// Ends the role for this host.
        EndRole = "end_role",
        /// Runs the handlers that are notified.
        FlushHandlers = "flush_handlers",
        /// Nothing.
        Noop = "noop",
        /// Reads the inventory again.
        RefreshInventory = "refresh_inventory",
        /// Closes the connection.
        ResetConnection = "reset_connection",
    }
}

arguments! {
    /// Acts on the run itself.
    pub struct Meta {
        /// What happens.
        free_form: Action,
    }
}

impl Action {
    fn control(self) -> (Control, &'static str) {
        match self {
            Action::ClearFacts => (Control::ClearFacts, "facts are forgotten"),
            Action::ClearHostErrors => (Control::ClearHostErrors, "failed hosts come back"),
            Action::EndBatch => (Control::EndBatch, "the batch ends"),
            Action::EndHost => (Control::EndHost, "the play ends for this host"),
            Action::EndPlay => (Control::EndPlay, "the play ends"),
            Action::EndRole => (Control::EndRole, "the role ends for this host"),
            Action::FlushHandlers => (Control::FlushHandlers, "notified handlers run"),
            Action::Noop => (Control::Noop, "nothing is to be done"),
            Action::RefreshInventory => (Control::RefreshInventory, "the inventory is read again"),
            Action::ResetConnection => (Control::ResetConnection, "the connection is opened again"),
        }
    }
}

impl TaskType for Meta {
    const NAME: &'static str = "meta";
    const ABOUT: &'static str = "Acts on the run itself: handlers, hosts, facts, connections.";
    const EXAMPLE: &'static str = "- name: Restart what has changed now\n  ansible.builtin.meta: flush_handlers\n";
    const FREE_FORM: Option<&'static str> = Some("free_form");
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
        let (control, why) = self.free_form.control();
        let effects = Effects { control: Some(control), ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged(why) })
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::new()
    }
}
