//! Over which connection a task reaches a machine: variables say it first, then keywords, then the command line.

use std::sync::Arc;

use evenkeel_host::Error;
use evenkeel_host::Method;
use evenkeel_host::Result;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Keywords;
use evenkeel_playbook::play::Layer;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Vars;
use evenkeel_yaml::Node;

use crate::Memory;
use crate::Target;
use crate::connect::CONNECTION_VARIABLES;
use crate::host_state::HostState;
use crate::play_scope::PlayScope;
use crate::scope::Source;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::settings;
use crate::task_run::TaskRun;
use crate::world::World;

/// Whether a variable says how a host is reached.
pub(crate) fn is_connection(name: &str) -> bool {
    name.starts_with("ansible_") && CONNECTION_VARIABLES.binary_search(&name).is_ok()
}

/// Whether one of these variables says how a host is reached.
pub(crate) fn any_connection(vars: &Vars) -> bool {
    vars.keys().any(|name| is_connection(name))
}

/// A keyword, the variable that it stands for, and all variables that win over it.
type Stands<'k> = (Option<&'k Arc<Node>>, &'static str, &'static [&'static str]);

fn keywords_of(keywords: &Keywords) -> [Stands<'_>; 6] {
    [
        (
            keywords.connection.as_ref(),
            "ansible_connection",
            &["ansible_connection"],
        ),
        (
            keywords.port.as_ref(),
            "ansible_port",
            &["ansible_port", "ansible_ssh_port"],
        ),
        (
            keywords.remote_user.as_ref(),
            "ansible_user",
            &["ansible_user", "ansible_ssh_user", "ansible_remote_user"],
        ),
        (
            keywords.become_method.as_ref(),
            "ansible_become_method",
            &["ansible_become_method"],
        ),
        (
            keywords.become_flags.as_ref(),
            "ansible_become_flags",
            &["ansible_become_flags"],
        ),
        (
            keywords.become_exe.as_ref(),
            "ansible_become_exe",
            &["ansible_become_exe"],
        ),
    ]
}

/// Variables with those that keywords stand for below them: templates may name `ansible_user` where only `remote_user`
/// is given.
pub(crate) fn stated(mut tiers: Tiers, keywords: &Keywords) -> Tiers {
    let mut vars = Vars::new();
    for (keyword, stands_for, stronger) in keywords_of(keywords) {
        if let Some(keyword) = keyword
            && stronger.iter().all(|name| tiers.get(name).is_none())
        {
            vars.insert(stands_for.into(), Arc::clone(keyword));
        }
    }
    if !vars.is_empty() {
        tiers.0.push(Tier::Written(Arc::new(vars)));
    }
    tiers
}

impl World {
    /// The connection to a host by its own variables and by keywords.
    pub(crate) fn reach(
        &self,
        host: &Arc<HostState>,
        machine: &Arc<dyn Scope>,
        keywords: &Keywords,
        scope: &Arc<dyn Scope>,
    ) -> Result<Arc<Memory>> {
        let mut target = self.target(&host.name, machine)?;
        for (keyword, stands_for, stronger) in keywords_of(keywords) {
            if stronger.iter().any(|name| target.variables.contains_key(name)) {
                continue;
            }
            let text = settings::text(&self.templar, keyword, scope);
            let text = text.map_err(|failure| Error::Unreachable(failure.message))?;
            target.variables.extend(text.map(|text| (stands_for, text)));
        }
        let target = self.by_default(target).normal();
        host.links.at(self.connect.as_ref(), target)
    }
}

impl World {
    /// The target with the connection and the way of becoming others of the command line where nothing else names one.
    pub(crate) fn by_default(&self, mut target: Target) -> Target {
        if let Some(connection) = &self.options.connection {
            let known = target.variables.entry("ansible_connection");
            known.or_insert_with(|| connection.to_string());
        }
        if let Some(method) = &self.options.become_method {
            let known = target.variables.entry("ansible_become_method");
            known.or_insert_with(|| method.to_string());
        }
        target
    }

    /// The connection to a host that its play says.
    pub(crate) fn way_of_play(
        &self,
        program: &Program,
        scope: &PlayScope,
        host: &Arc<HostState>,
    ) -> Result<Arc<Memory>> {
        let keywords = &program.play.keywords;
        let by_keyword = keywords_of(keywords)
            .iter()
            .any(|(keyword, ..)| keyword.is_some());
        if !by_keyword && !scope.connects && !host.sets_connection() {
            return self.base(host);
        }
        let machine: Arc<dyn Scope> = Arc::new(scope.of_host(self, host));
        self.reach(host, &machine, keywords, &machine)
    }
}

impl Target {
    /// The same way in the same words: what is the default is left out.
    pub(crate) fn normal(mut self) -> Target {
        let plain = |text: &str| Method::named(text) == Some(Method::Sudo);
        if self
            .variables
            .get("ansible_become_method")
            .is_some_and(|text| plain(text))
        {
            self.variables.shift_remove("ansible_become_method");
        }
        if let Some(connection) = self.variables.get_mut("ansible_connection")
            && let Some(short) = connection.strip_prefix("ansible.builtin.")
        {
            *connection = short.to_owned();
        }
        self.variables.sort_keys();
        self
    }

    /// Which machine it is, whoever logs in: the connection, the address, the port.
    pub(crate) fn place(&self) -> [String; 3] {
        let first = |names: &[&str]| names.iter().find_map(|name| self.variables.get(*name)).cloned();
        [
            first(&["ansible_connection"])
                .filter(|kind| kind == "local")
                .unwrap_or_default(),
            first(&["ansible_host", "ansible_ssh_host"]).unwrap_or_default(),
            first(&["ansible_port", "ansible_ssh_port"]).unwrap_or_default(),
        ]
    }
}

impl TaskRun<'_> {
    /// The connection of a task to the host that it is done on.
    pub(crate) fn reach(&self, on: &Arc<HostState>, delegated: bool, tiers: &Tiers) -> Result<Arc<Memory>> {
        let keywords = &self.task.keywords;
        let own = |(keyword, ..): &Stands<'_>| keyword.is_some();
        let by_keyword = keywords_of(keywords).iter().any(own);
        if !by_keyword && (delegated || !self.has_own_way(on)) {
            return self.world.base(on);
        }
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let machine: Arc<dyn Scope> = if delegated {
            Arc::new(self.world.base_tiers(on, Source::Never))
        } else {
            Arc::clone(&scope)
        };
        self.world.reach(on, &machine, keywords, &scope)
    }

    /// Whether variables beside the inventory's may say how the host is reached.
    fn has_own_way(&self, host: &HostState) -> bool {
        let task = self.task;
        let roles = task.role().into_iter().chain(&task.around.parents);
        let of_roles = roles.flat_map(|role| [&role.vars, &role.defaults]);
        let mut vars = task.keywords.vars.iter().chain(of_roles);
        let mut parameters = task.around.parameters.iter();
        let given = |layer: &Layer| match layer {
            Layer::Written(vars) => any_connection(vars),
            Layer::Values(values) => values.keys().any(|name| is_connection(name)),
        };
        self.scope.connects
            || host.sets_connection()
            || vars.any(|vars| any_connection(vars))
            || parameters.any(given)
    }
}
