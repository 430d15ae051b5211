//! `gather_facts`: the task that `gather_facts: true` of a play is, and that playbooks write too.

use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use super::setup::Seen;
use super::setup::Setup;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;

arguments! {
    /// Gathers facts with `setup`.
    pub struct GatherFacts {
        /// Accepted: there is one task type that gathers facts, so that nothing can be gathered beside it.
        parallel: Option<bool>;
        ..setup: Setup
    }
}

impl TaskType for GatherFacts {
    const NAME: &'static str = "gather_facts";
    const ABOUT: &'static str = "Gathers facts of a machine, as a play with `gather_facts: true` does.";
    const EXAMPLE: &'static str = "\
- name: Facts, after the machine was changed
  ansible.builtin.gather_facts:
    gather_subset: min
";
    const CHANGES: bool = false;
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        self.setup.check()
    }

    fn wants(&self) -> Vec<Want> {
        self.setup.wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        self.setup.observe(on)
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        self.setup.plan(seen)
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        self.setup.result(seen, plan, outputs)
    }
}
