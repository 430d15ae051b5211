//! Magic variables: those of a run, of a play, and of a role.

use std::path::Path;
use std::sync::Arc;

use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::template;
use minijinja::Value;

use crate::Mode;
use crate::Options;
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
const LANGUAGE: [u32; 3] = [2, 19, 14];

/// What stands for the controller's Python, which nothing here needs.
const PYTHON: &str = "/usr/bin/python3";

/// The magic variables that are the same for every host.
pub(crate) fn of_run(world: &World) -> Arc<Values> {
    let options = &world.options;
    let mut magic = Values::new();
    let mut put = |name: &str, value: Value| drop(magic.insert(name.into(), data(value)));
    put("groups", world.crowd.now().inventory.groups_value());
    put("playbook_dir", rooted(options, &options.folder).into());
    put("ansible_playbook_python", PYTHON.into());
    put("ansible_config_file", options.config_file.clone().into());
    put(
        "ansible_inventory_sources",
        options.inventory_sources.clone().into(),
    );
    put("ansible_diff_mode", options.diff.into());
    if let Some(limit) = &options.limit {
        put("ansible_limit", limit.as_str().into());
    }
    put("environment", Value::from(Vec::<Value>::new()));
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

/// A path from the root on, as far as it is known where relative ones begin.
fn rooted(options: &Options, path: &Path) -> String {
    let folder = &options.working_folder;
    let whole = match path.as_os_str().is_empty() {
        // Joining nothing would leave a slash at the end.
        true => folder.clone(),
        false => folder.join(path),
    };
    whole.display().to_string()
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
    world: &World,
    program: &Program,
    hosts: &[Arc<HostState>],
    batch: &[Arc<HostState>],
) -> Values {
    let play = &program.play;
    let folder = rooted(&world.options, world.folder(play));
    let listed = |hosts: &[Arc<HostState>], all: bool| -> Value {
        let there = |host: &HostState| host.is_in_run() && !host.standing().ended;
        let hosts = hosts.iter().filter(|host| all || there(host));
        hosts
            .map(|host| host.name.to_string())
            .collect::<Vec<String>>()
            .into()
    };
    let mut all: Vec<Arc<str>> = Vec::new();
    for role in &program.roles {
        if !all.contains(&role.name) {
            all.push(Arc::clone(&role.name));
        }
    }
    let dependent = dependencies(program);
    let mut roles: Vec<Arc<str>> = play
        .roles
        .iter()
        .map(|role| Arc::clone(&role.role.name))
        .collect();
    // Imported roles are roles of the play, too.
    let imported = |name: &&Arc<str>| !roles.contains(name) && !dependent.contains(name);
    let imported: Vec<Arc<str>> = all.iter().filter(imported).cloned().collect();
    roles.extend(imported);
    let mut values = Values::new();
    let mut put = |name: &str, value: Value| drop(values.insert(name.into(), data(value)));
    put("ansible_play_hosts_all", listed(hosts, true));
    put("ansible_play_hosts", listed(hosts, false));
    put("ansible_play_batch", listed(batch, false));
    put("play_hosts", listed(batch, false));
    let title = play.name.as_deref().map(str::to_owned);
    let title = title.unwrap_or_else(|| crate::data::source_text(&play.hosts));
    put("ansible_play_name", title.into());
    put("ansible_play_role_names", names(&roles));
    put("role_names", names(&roles));
    put("ansible_role_names", names(&all));
    put("ansible_dependent_role_names", names(&dependent));
    put("playbook_dir", folder.into());
    values
}

/// The roles that others depend on.
fn dependencies(program: &Program) -> Vec<Arc<str>> {
    let mut names = Vec::new();
    let needed = program.roles.iter().flat_map(|role| &role.dependencies);
    for role in needed {
        if !names.contains(&role.role.name) {
            names.push(Arc::clone(&role.role.name));
        }
    }
    names
}

/// The magic variables of a task: those of its role, and where its files are looked for.
pub(crate) fn of_task(world: &World, task: &Task) -> Values {
    let options = &world.options;
    let mut values = Values::new();
    let mut put = |name: &str, value: Value| drop(values.insert(name.into(), data(value)));
    let mut searched: Vec<String> = Vec::new();
    if let Some(role) = task.role() {
        put("role_name", role.name.as_ref().into());
        put("ansible_role_name", role.name.as_ref().into());
        put("role_path", rooted(options, &role.folder).into());
        put("ansible_collection_name", ().into());
        // Ansible draws it; what it is for is to tell one use of a role from another.
        let uuid = format!("00000000-0000-4000-8000-{:012x}", task.around.role_use);
        put("role_uuid", uuid.into());
        let parents = task.around.parents.iter().rev();
        let chain = std::iter::once(role).chain(parents);
        searched.extend(chain.map(|role| rooted(options, &role.folder)));
    }
    let including = task.around.including.iter().rev();
    if !task.around.including.is_empty() {
        let named: Vec<Arc<str>> = including.clone().map(|role| Arc::clone(&role.name)).collect();
        put("ansible_parent_role_names", names(&named));
        let paths: Vec<String> = including.map(|role| rooted(options, &role.folder)).collect();
        put("ansible_parent_role_paths", paths.into());
    }
    let own = Path::new(&task.card.at.source.name)
        .parent()
        .unwrap_or(Path::new(""));
    for folder in [own, options.folder.as_path()] {
        let folder = rooted(options, folder);
        if !searched.contains(&folder) {
            searched.push(folder);
        }
    }
    put("ansible_search_path", searched.into());
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
