//! `service`: services, whatever starts them; here that is systemd.

use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use super::systemd_service::SystemdService;
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

arguments! {
    /// Manages services.
    pub struct Service {
        /// The service.
        name: Option<Text>,
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
        /// Whether existing links are replaced when a unit is enabled.
        force: Option<bool>,
        /// Whether the unit is hidden behind a link to /dev/null, so that nothing can start it.
        masked: Option<bool>,
        /// Has systemd read its unit files again first, where they have changed. That is no change of its own.
        daemon_reload | "daemon-reload": bool = false,
        /// Has systemd replace itself first. That is no change of its own.
        daemon_reexec | "daemon-reexec": bool = false,
        /// Whose manager is asked.
        scope: Scope = Scope::System,
        /// Does not wait until the unit has started or stopped.
        no_block: bool = false,
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
    /// What it is for systemd, to which Ansible hands all arguments too.
    fn unit(&self) -> SystemdService {
        SystemdService {
            name: self.name.clone(),
            state: self.state,
            enabled: self.enabled,
            force: self.force,
            masked: self.masked,
            daemon_reload: self.daemon_reload,
            daemon_reexec: self.daemon_reexec,
            scope: self.scope,
            no_block: self.no_block,
        }
    }

    fn goal(&self) -> Goal {
        Goal { sleep: self.sleep, ..self.unit().goal() }
    }

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
        let mut problems = self.unit().check().err().unwrap_or_default();
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

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        self.unit().result(seen, plan, outputs)
    }
}
