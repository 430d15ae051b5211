//! `fail`: fails.

use evenkeel_host::View;
use evenkeel_host::Want;

use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;

arguments! {
    /// Fails, with a message.
    pub struct Fail {
        /// Why.
        msg: String = "Failed as requested from task".to_owned(),
    }
}

impl TaskType for Fail {
    const NAME: &'static str = "fail";
    const ABOUT: &'static str = "Fails, with a message.";
    const EXAMPLE: &'static str = "- name: Refuse an unknown system\n  ansible.builtin.fail:\n    msg: only Debian is supported\n  when: ansible_os_family != 'Debian'\n";
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
        Err(Error::failed(self.msg.clone()))
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::new()
    }
}
