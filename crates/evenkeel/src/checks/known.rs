//! The names that something defines, and what stands there, as far as that shows before a run.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_playbook::Scope as _;
use evenkeel_playbook::Stored;
use evenkeel_playbook::play::Layer;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::play::Vars;
use evenkeel_playbook::template::FILE_VARIABLES;
use evenkeel_playbook::vars::HostVariables;
use evenkeel_yaml::Node;

use super::definitions;
use super::definitions::Variables;
use crate::Loaded;

/// Names that are there without anybody defining them, those beginning with `ansible_` apart.
pub(super) const MAGIC: [&str; 19] = [
    "environment",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "item",
    "loop",
    "omit",
    "play_hosts",
    "playbook_dir",
    "role_name",
    "role_names",
    "role_path",
    "role_uuid",
    "self",
    "vars",
];

/// Every name that something may define.
pub(super) struct Known {
    /// All of them.
    pub(super) names: BTreeSet<String>,
    /// Those whose values only the run knows, or beat what plays, blocks and tasks say.
    given: BTreeSet<String>,
    /// What plays and roles say, each text once.
    written: BTreeMap<Arc<str>, Vec<Arc<Node>>>,
    /// The variables of all hosts.
    hosts: Vec<Arc<HostVariables>>,
}

impl Known {
    /// What a name holds for a task, whatever host it is: where one text says it and nothing can say otherwise.
    pub(super) fn definition(&self, play: &Play, task: &Task, name: &str) -> Option<Arc<Node>> {
        if self.given.contains(name) {
            return None;
        }
        let of_play = |vars: &Arc<Vars>| play.keywords.vars.iter().any(|own| Arc::ptr_eq(own, vars));
        let mut own = task.keywords.vars.iter().rev().filter(|vars| !of_play(vars));
        if let Some(node) = own.find_map(|vars| vars.get(name)) {
            return Some(Arc::clone(node));
        }
        let mut all = self.written.get(name).cloned().unwrap_or_default();
        for host in &self.hosts {
            match host.get(name).map(|var| var.stored) {
                Some(Stored::Template(node)) => add(&mut all, &node),
                Some(Stored::Data(_) | Stored::Unknown(_)) => return None,
                None => {}
            }
            if all.len() > 1 {
                return None;
            }
        }
        match all.as_slice() {
            [only] => Some(Arc::clone(only)),
            _ => None,
        }
    }
}

fn add(all: &mut Vec<Arc<Node>>, node: &Arc<Node>) {
    if !all.iter().any(|known| known.place == node.place) {
        all.push(Arc::clone(node));
    }
}

impl Loaded {
    /// Every name that something may define; nothing when that cannot be told.
    pub(super) fn known(&self, programs: &[Program]) -> Option<Known> {
        let mut known = Known {
            names: MAGIC
                .iter()
                .chain(&FILE_VARIABLES)
                .map(ToString::to_string)
                .collect(),
            given: BTreeSet::new(),
            written: BTreeMap::new(),
            hosts: Vec::new(),
        };
        for host in self.inventory.hosts() {
            let variables = self.inventory.variables(host.name())?;
            let names = variables.names();
            known.names.extend(names.iter().map(ToString::to_string));
            known.hosts.push(variables);
        }
        let given = &mut known.given;
        given.extend(self.extra.layer().names().iter().map(ToString::to_string));
        let computed = self.computed.values().flatten();
        given.extend(computed.map(|(name, _)| name.to_string()));
        let files = Variables(self.files.as_ref());
        for program in programs {
            let play = &program.play;
            given.extend(play.prompts.iter().map(|prompt| prompt.name.to_string()));
            given.extend(files.of_play(play)?);
            for task in program.tasks_and_handlers() {
                given.extend(definitions::of_task(task)?);
                given.extend(files.of_task(play, task)?);
                for layer in &task.around.parameters {
                    if let Layer::Written(vars) = layer {
                        given.extend(vars.keys().map(ToString::to_string));
                    }
                }
                let own = task.keywords.vars.iter().flat_map(|vars| vars.keys());
                known.names.extend(own.map(ToString::to_string));
            }
            let of_roles = program.roles.iter().flat_map(|role| [&role.defaults, &role.vars]);
            for (name, node) in of_roles.chain(&play.keywords.vars).flat_map(|vars| vars.iter()) {
                add(known.written.entry(Arc::clone(name)).or_default(), node);
            }
        }
        known.names.extend(known.given.iter().cloned());
        known.names.extend(known.written.keys().map(ToString::to_string));
        Some(known)
    }

    /// The playbook with what its includes will bring; nothing where a template names something that is included.
    pub(super) fn with_includes(&self) -> Option<Vec<Program>> {
        let playbook = self.playbook.as_ref()?;
        let mut programs = self.programs();
        programs
            .iter_mut()
            .for_each(|program| program.look_ahead(&playbook.ahead));
        (!playbook.ahead.open).then_some(programs)
    }
}
