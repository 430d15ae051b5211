//! `systemd_service`: units of systemd.

pub(super) mod goal;
mod steps;

use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::unit::full_name;
use crate::facts::unit::is_template;
use goal::Goal;
use goal::Scope;
use goal::Seen;
use goal::State;

arguments! {
    /// Manages units of systemd.
    pub struct SystemdService {
        /// The unit; `.service` where it has no suffix.
        name | "service" | "unit": Option<Text>,
        /// What the unit should do.
        state: Option<State>,
        /// Whether the unit starts with the machine.
        enabled: Option<bool>,
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
    }
}

/// What is wrong with a unit's name.
fn bad_unit(name: &Text, starts: bool) -> Option<Problem> {
    let text = name.text.as_str();
    let wrong = |what: &str| {
        Problem::error(
            "task::value",
            format!("`{text}` cannot be the name of a unit: {what}"),
        )
        .at(
            &name.place,
            "expected a unit's name, as `haproxy` or `fstrim.timer`",
        )
    };
    if text.is_empty() || text.len() > 255 {
        return Some(wrong("it is empty or too long"));
    }
    if text.contains(['*', '?', '[']) {
        return Some(wrong("patterns are not supported").help("name one unit; use `loop` for several"));
    }
    if text.starts_with('-')
        || !text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c))
    {
        return Some(wrong("only letters, digits and `:-_.\\@` are allowed"));
    }
    if starts && is_template(&full_name(text)) {
        return Some(wrong("a template cannot be started").help("name an instance, as `getty@tty1`"));
    }
    None
}

impl SystemdService {
    pub(super) fn goal(&self) -> Goal {
        Goal {
            unit: self.name.as_ref().map(|name| full_name(&name.text)),
            scope: self.scope,
            state: self.state,
            enabled: self.enabled,
            masked: self.masked,
            reload: self.daemon_reload,
            reexec: self.daemon_reexec,
            no_block: self.no_block,
            force: self.force.unwrap_or(false),
            sleep: None,
        }
    }
}

impl TaskType for SystemdService {
    const NAME: &'static str = "systemd_service";
    const ALIASES: &'static [&'static str] = &["ansible.builtin.systemd"];
    const ABOUT: &'static str = "Starts, stops, enables and masks units of systemd.";
    const EXAMPLE: &'static str = "\
- name: HAProxy runs, now and after the next start
  ansible.builtin.systemd_service:
    name: haproxy
    daemon_reload: true
    enabled: true
    state: started
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems: Vec<Problem> = self
            .name
            .iter()
            .filter_map(|name| bad_unit(name, self.state.is_some()))
            .collect();
        let of_unit = self.state.is_some() || self.enabled.is_some() || self.masked.is_some();
        if !of_unit && !self.daemon_reload && !self.daemon_reexec {
            problems.push(
                Problem::error("task::missing", "one of the following is required: state, enabled, masked, daemon_reload, daemon_reexec")
                    .help("the task does nothing; give one of `state`, `enabled`, `masked`, `daemon_reload`, `daemon_reexec`"),
            );
        }
        if of_unit && self.name.is_none() {
            problems.push(Problem::error(
                "task::missing",
                "`state`, `enabled` and `masked` need `name`",
            ));
        }
        if self.scope == Scope::Global && self.state.is_some() {
            problems.push(
                Problem::error(
                    "task::exclusive",
                    "`scope: global` has no manager that could start or stop a unit",
                )
                .help("drop `state`, or use `scope: user` for each user"),
            );
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
        self.goal().plan(seen)
    }

    fn then(&self, _seen: &Seen, plan: &Plan) -> Vec<Want> {
        self.goal().then(plan)
    }

    fn result(&self, seen: &Seen, _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let name = self.name.as_ref().map(|name| name.text.as_str());
        self.goal().result(name, seen, outputs)
    }
}
