//! `fail`: fails.

use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;

use crate::Argument as _;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::json;

arguments! {
    /// Fails, with a message.
    pub struct Fail {
        /// Why: a text, or anything else, which the result has as it is.
        msg: Node = Node::new(Value::Str("Failed as requested from task".to_owned()), Place::nowhere("msg")),
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
        let value = json::of_node(&self.msg);
        let text = String::read(&self.msg).unwrap_or_else(|_| json::python(&value));
        Err(Error::failed(text).returning("msg", value))
    }

    fn result(&self, _seen: &(), _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::new()
    }
}
