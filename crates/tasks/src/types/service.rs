//! `service`: services, whatever starts them; here that is systemd.

use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use super::systemd_service::bad_unit;
use super::systemd_service::goal::Goal;
use super::systemd_service::goal::Scope;
use super::systemd_service::goal::Seen;
use super::systemd_service::goal::State;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::unit::full_name;

arguments! {
    /// Manages services.
    pub struct Service {
        /// The service.
        name: Text,
        /// What the service should do.
        state: Option<State>,
        /// Whether the service starts with the machine.
        enabled: Option<bool>,
        /// Seconds between stop and start when it is restarted.
        sleep: Option<i64>,
        /// Accepted, with a warning: systemd knows by itself whether a service runs.
        pattern: Option<Text>,
        /// Accepted, with a warning: systemd has no run levels.
        runlevel: Option<Text>,
        /// Accepted, with a warning: systemd passes no arguments to a service.
        arguments | "args": Option<Text>,
        /// The manager: `auto` or a name of `systemd_service`, which are the same here.
        r#use: Option<Text>,
    }
}

/// The names that mean systemd.
const SYSTEMD: [&str; 6] = [
    "auto",
    "systemd",
    "systemd_service",
    "ansible.builtin.systemd",
    "ansible.builtin.systemd_service",
    "ansible.legacy.systemd",
];

impl Service {
    fn goal(&self) -> Goal {
        Goal {
            unit: Some(full_name(&self.name.text)),
            scope: Scope::System,
            state: self.state,
            enabled: self.enabled,
            masked: None,
            reload: false,
            reexec: false,
            no_block: false,
            force: false,
            sleep: self.sleep,
        }
    }
}

impl Service {
    /// What Ansible accepts too and has no effect with systemd.
    fn ignored(&self) -> Vec<String> {
        let given = [
            ("pattern", &self.pattern, "systemd knows whether a service runs"),
            ("runlevel", &self.runlevel, "systemd has no run levels"),
            ("arguments", &self.arguments, "systemd passes none: put them into the unit's file"),
        ];
        let meant = |text: &Text| !matches!(text.text.as_str(), "" | "default");
        let ignored = given.into_iter().filter(|(_, text, _)| text.as_ref().is_some_and(meant));
        ignored.map(|(name, _, why)| format!("`{name}` has no effect: {why}")).collect()
    }
}

impl TaskType for Service {
    const NAME: &'static str = "service";
    const ABOUT: &'static str = "Starts, stops and enables services.";
    const EXAMPLE: &'static str = "\
- name: HAProxy reads its new configuration
  ansible.builtin.service:
    name: haproxy
    state: reloaded
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems: Vec<Problem> = bad_unit(&self.name, self.state.is_some()).into_iter().collect();
        if self.state.is_none() && self.enabled.is_none() {
            problems.push(
                Problem::error("task::missing", "one of the following is required: state, enabled")
                    .help("the task does nothing; give `state` or `enabled`"),
            );
        }
        if let Some(manager) = self.r#use.as_ref().filter(|text| !SYSTEMD.contains(&text.text.as_str())) {
            problems.push(
                Problem::error("task::unsupported", "`use` names a manager that is not supported")
                    .at(&manager.place, "not supported")
                    .help("only systemd is supported: write `auto` or leave it out"),
            );
        }
        if self.sleep.is_some_and(|seconds| seconds < 0) {
            problems.push(Problem::error(
                "task::value",
                "`sleep` is a number of seconds and cannot be negative",
            ));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        self.goal().wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        self.goal().observe(on)
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let mut plan = self.goal().plan(seen)?;
        plan.warnings.extend(self.ignored());
        Ok(plan)
    }

    fn then(&self, _seen: &Seen, plan: &Plan) -> Vec<Want> {
        self.goal().then(plan)
    }

    fn result(&self, seen: &Seen, _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        self.goal().result(Some(&self.name.text), seen, outputs)
    }
}
