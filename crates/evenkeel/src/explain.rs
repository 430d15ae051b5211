//! Where a variable's value comes from.

use std::path::Path;
use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Vars;
use evenkeel_playbook::vars::Definition;
use evenkeel_playbook::vars::Explanation;
use evenkeel_playbook::vars::Level;
use evenkeel_topology::Cluster;
use evenkeel_topology::Variable;
use evenkeel_yaml::Problem;

use crate::Loaded;
use crate::described::Rendered;
use crate::generate;

/// What holds where nothing sets a variable of a role.
pub struct RoleDefault {
    /// The role.
    pub role: &'static str,
    /// Its variable: default, unit, and what it is for.
    pub variable: Variable,
}

/// A variable that the model of the cluster computes.
pub struct Computed {
    /// What it says.
    pub about: String,
    /// Which rule decided it, and where the deciding variable is set; for endpoints.
    pub why: Option<String>,
}

/// A variable's value on a host, and every place that sets it.
pub struct Explained {
    /// What the model has to do with it, where nothing sets it.
    pub computed: Option<Computed>,
    /// The default, for a variable of a role.
    pub default: Option<RoleDefault>,
    /// The places, the winner first; none where only the default holds.
    pub explanation: Explanation,
    /// The value, templates rendered; `None` when it needs what is known only during a run.
    pub value: Option<serde_json::Value>,
    /// What is wrong with the value, where it is more than a name that only a run defines.
    pub problem: Option<Problem>,
}

impl Loaded {
    /// Explains a variable: the inventory, the files beside it, the playbook's plays and roles, and `-e`.
    ///
    /// # Errors
    /// An unknown host, or a name that nothing sets and no role reads.
    pub fn explain(&self, host: &str, variable: &str) -> Result<Explained, Problem> {
        let mut more = Vec::new();
        for play in self.playbook.iter().flat_map(|playbook| &playbook.plays) {
            self.of_play(play, variable, &mut more);
        }
        let default = default_of(variable);
        let unset = || Explanation {
            name: variable.into(),
            host: host.into(),
            secret: false,
            definitions: Vec::new(),
            notes: Vec::new(),
        };
        let explanation = match self.inventory.explain(host, variable, &self.extra, more) {
            Ok(explanation) => explanation,
            Err(problem) if problem.code == "explain::unset" => {
                if let Some((computed, value)) = self.computed(host, variable) {
                    return Ok(Explained {
                        computed: Some(computed),
                        default,
                        explanation: unset(),
                        value: Some(value),
                        problem: None,
                    });
                }
                if default.is_none() {
                    return Err(problem);
                }
                unset()
            }
            Err(problem) => return Err(problem),
        };
        let described = Rendered {
            inventory: &self.inventory,
            extra: &self.extra,
            templar: &self.templar,
        };
        let of_playbook = explanation.definitions.first().filter(|definition| {
            use Level::{PlayVars, PlayVarsFiles, RoleDefaults, RoleParams, RoleVars};
            matches!(
                definition.level,
                PlayVars | PlayVarsFiles | RoleDefaults | RoleParams | RoleVars
            )
        });
        let value = match of_playbook {
            Some(definition) => described.rendered_node(host, &definition.node),
            None => described.rendered(host, variable),
        };
        let (value, problem) = match value {
            Ok(value) => (value, None),
            Err(problem) if problem.code == "template::undefined" => (None, None),
            Err(problem) => (None, Some(problem)),
        };
        Ok(Explained {
            computed: None,
            default,
            explanation,
            value,
            problem,
        })
    }

    /// What the model computes for a host: for every playbook, and for those that are generated.
    fn computed(&self, host: &str, variable: &str) -> Option<(Computed, serde_json::Value)> {
        let cluster = self.cluster.as_ref()?;
        if let Some(about) = generate::meaning(variable) {
            let value = topology_of(cluster, host, variable)?;
            let why = cluster
                .endpoints()
                .into_iter()
                .find(|row| *row.host == *host)
                .and_then(|row| match variable {
                    "kube_apiserver_endpoint" => Some((row.kube_apiserver.why, row.kube_apiserver.set_at)),
                    "etcd_access_endpoint" => Some((row.etcd.why, row.etcd.set_at)),
                    _ => None,
                })
                .map(|(why, set_at)| match set_at {
                    Some(place) => format!("{why} ({place})"),
                    None => why,
                });
            let about = about.to_owned();
            return Some((Computed { about, why }, value));
        }
        if !evenkeel_roles::COMPUTED.contains(&variable) {
            return None;
        }
        let of_host = evenkeel_roles::playbook(cluster)
            .variables
            .swap_remove(host)?
            .swap_remove(variable)?;
        let about = "For the templates and playbooks that `evenkeel generate` writes.".to_owned();
        Some((Computed { about, why: None }, of_host))
    }

    fn of_play(&self, play: &Play, variable: &str, into: &mut Vec<Definition>) {
        let name = play.name.as_ref();
        let play_owner = name.map_or_else(|| "an unnamed play".to_owned(), |name| format!("play {name}"));
        for role in &play.roles {
            let owner = format!("role {}", role.role.name);
            one(&role.role.defaults, variable, Level::RoleDefaults, &owner, into);
        }
        for vars in &play.keywords.vars {
            one(vars, variable, Level::PlayVars, &play_owner, into);
        }
        for file in play.vars_files.iter().filter_map(|node| node.as_str()) {
            let folder = self
                .playbook
                .as_ref()
                .map(|playbook| playbook.folder.as_path())
                .unwrap_or(Path::new(""));
            self.of_file(&folder.join(file), variable, into);
        }
        for role in &play.roles {
            let owner = format!("role {}", role.role.name);
            one(&role.role.vars, variable, Level::RoleVars, &owner, into);
            one(&role.parameters, variable, Level::RoleParams, &owner, into);
        }
    }

    fn of_file(&self, path: &Path, variable: &str, into: &mut Vec<Definition>) {
        let Ok(bytes) = self.files.read(path) else { return };
        let source = evenkeel_yaml::Source::new(path.display().to_string(), String::from_utf8_lossy(&bytes));
        let Ok(loaded) = evenkeel_yaml::load(&source) else {
            return;
        };
        let found = loaded.documents.first().and_then(|document| {
            document
                .as_map()?
                .entry(variable)
                .map(|(k, v)| (k.clone(), v.clone()))
        });
        if let Some((key, value)) = found {
            into.push(Definition {
                level: Level::PlayVarsFiles,
                owner: path.display().to_string().into(),
                place: key.place,
                node: Arc::new(value),
            });
        }
    }
}

fn topology_of(cluster: &Cluster, host: &str, variable: &str) -> Option<serde_json::Value> {
    evenkeel_topology::variables(cluster)
        .swap_remove(host)?
        .swap_remove(variable)
}

/// What the first role that reads a variable has for it.
fn default_of(name: &str) -> Option<RoleDefault> {
    evenkeel_roles::ROLES.iter().find_map(|role| {
        let variable = (role.variables)()
            .into_iter()
            .find(|variable| variable.name == name)?;
        Some(RoleDefault {
            role: role.name,
            variable,
        })
    })
}

fn one(vars: &Vars, variable: &str, level: Level, owner: &str, into: &mut Vec<Definition>) {
    if let Some(node) = vars.get(variable) {
        into.push(Definition {
            level,
            owner: owner.into(),
            place: node.place.clone(),
            node: Arc::clone(node),
        });
    }
}
