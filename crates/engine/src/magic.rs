//! Magic variables: those of a run, of a play, and of a role.

use std::path::Path;
use std::sync::Arc;

use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Role;
use evenkeel_playbook::template;
use minijinja::Value;

use crate::Mode;
use crate::crowd::Crowd;
use crate::host_state::HostState;
use crate::scope::Facts;
use crate::scope::Source;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;
use crate::world::World;
use crate::world::data;

/// The version of Ansible whose language this is.
const LANGUAGE: [u32; 3] = [2, 19, 0];

/// The magic variables that are the same for every host.
pub(crate) fn of_run(world: &World) -> Arc<Values> {
    let options = &world.options;
    let mut magic = Values::new();
    let mut put = |name: &str, value: Value| drop(magic.insert(name.into(), data(value)));
    put("groups", world.crowd.now().inventory.groups_value());
    put("playbook_dir", options.folder.display().to_string().into());
    put("ansible_check_mode", (options.mode == Mode::Plan).into());
    put("ansible_verbosity", u32::from(options.verbosity).into());
    put("ansible_forks", options.forks.into());
    let all = [Arc::from("all")];
    let chosen = if options.tags.is_empty() {
        &all[..]
    } else {
        &options.tags
    };
    put("ansible_run_tags", names(chosen));
    put("ansible_skip_tags", names(&options.skip_tags));
    put("ansible_version", version());
    let base = Arc::new(BaseScopes {
        crowd: Arc::clone(&world.crowd),
        extra: Arc::clone(&world.extra),
    });
    put("hostvars", template::hostvars(base));
    Arc::new(magic)
}

fn version() -> Value {
    let [major, minor, revision] = LANGUAGE;
    let full = format!("{major}.{minor}.{revision}");
    template::value_of_json(&serde_json::json!({
        "full": full, "string": full, "major": major, "minor": minor, "revision": revision,
    }))
}

fn names(names: &[Arc<str>]) -> Value {
    names
        .iter()
        .map(|name| name.to_string())
        .collect::<Vec<String>>()
        .into()
}

/// The magic variables of a play on a batch, as its hosts stand now.
pub(crate) fn of_play(
    program: &Program,
    folder: &Path,
    hosts: &[Arc<HostState>],
    batch: &[Arc<HostState>],
) -> Values {
    let play = &program.play;
    let listed = |hosts: &[Arc<HostState>], all: bool| -> Value {
        let there = |host: &HostState| host.is_in_run() && !host.standing().ended;
        let hosts = hosts.iter().filter(|host| all || there(host));
        hosts
            .map(|host| host.name.to_string())
            .collect::<Vec<String>>()
            .into()
    };
    let roles: Vec<Arc<str>> = play
        .roles
        .iter()
        .map(|role| Arc::clone(&role.role.name))
        .collect();
    let mut values = Values::new();
    let mut put = |name: &str, value: Value| drop(values.insert(name.into(), data(value)));
    put("ansible_play_hosts_all", listed(hosts, true));
    put("ansible_play_hosts", listed(hosts, false));
    put("ansible_play_batch", listed(batch, false));
    put("play_hosts", listed(batch, false));
    put(
        "ansible_play_name",
        play.name.as_deref().unwrap_or_default().into(),
    );
    put("ansible_play_role_names", names(&roles));
    let mut all: Vec<Arc<str>> = Vec::new();
    for role in &program.roles {
        if !all.contains(&role.name) {
            all.push(Arc::clone(&role.name));
        }
    }
    let dependent: Vec<Arc<str>> = all.iter().filter(|name| !roles.contains(name)).cloned().collect();
    put("ansible_role_names", names(&all));
    put("role_names", names(&all));
    put("ansible_dependent_role_names", names(&dependent));
    put("playbook_dir", folder.display().to_string().into());
    values
}

/// The magic variables inside of a role.
pub(crate) fn of_role(role: &Role, parents: &[Arc<Role>], playbook: &Path) -> Values {
    let mut values = Values::new();
    let mut put = |name: &str, value: Value| drop(values.insert(name.into(), data(value)));
    put("role_name", role.name.as_ref().into());
    put("ansible_role_name", role.name.as_ref().into());
    put("role_path", role.folder.display().to_string().into());
    let parents = parents.iter().rev();
    let named: Vec<Arc<str>> = parents.clone().map(|role| Arc::clone(&role.name)).collect();
    put("ansible_parent_role_names", names(&named));
    let paths: Vec<Arc<str>> = parents
        .map(|role| role.folder.display().to_string().into())
        .collect();
    put("ansible_parent_role_paths", names(&paths));
    let own = [
        role.folder.clone(),
        role.folder.join("tasks"),
        playbook.to_path_buf(),
    ];
    let searched: Vec<Arc<str>> = own.iter().map(|path| path.display().to_string().into()).collect();
    put("ansible_search_path", names(&searched));
    values
}

/// The variables of other hosts, as `hostvars` shows them.
#[derive(Debug)]
struct BaseScopes {
    crowd: Arc<Crowd>,
    extra: Arc<dyn Scope>,
}

impl template::HostScopes for BaseScopes {
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        let host = self.crowd.host(host)?;
        Some(Arc::new(Tiers(vec![
            Tier::Scope(Arc::clone(&self.extra)),
            Tier::Set(Arc::clone(&host)),
            Tier::Included(Arc::clone(&host)),
            Tier::Facts(Facts {
                host: Arc::clone(&host),
                source: Source::Elsewhere,
            }),
            Tier::Scope(host.inventory()),
        ])))
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        self.crowd.now().hosts.keys().cloned().collect()
    }
}
