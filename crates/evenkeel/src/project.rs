//! What is to be done: an inventory, variables, a playbook.

mod composed;

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_engine::Reread;
use evenkeel_playbook::Files;
use evenkeel_playbook::Templar;
use evenkeel_playbook::TemplarSettings;
use evenkeel_playbook::Var;
use evenkeel_playbook::Vault;
use evenkeel_playbook::Vaulted;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::inventory::Pattern;
use evenkeel_playbook::inventory::Reading;
use evenkeel_playbook::play::Names;
use evenkeel_playbook::play::Playbook;
use evenkeel_playbook::template;
use evenkeel_playbook::vars::ExtraVars;
use evenkeel_topology::COMPUTED;
use evenkeel_topology::Cluster;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;

use crate::Loaded;
use crate::certificates;
use crate::described::Rendered;
use crate::generate;
use crate::generate::Written;
use crate::no_cluster;

/// What is to be read. Nothing is read from the environment or the home folder.
#[derive(Clone)]
pub struct Project {
    files: Arc<dyn Files>,
    inventories: Vec<String>,
    extra: Vec<String>,
    playbook: Option<PathBuf>,
    further: Vec<PathBuf>,
    beside: Option<PathBuf>,
    book: Option<String>,
    role_paths: Vec<PathBuf>,
    limit: Vec<String>,
    folder: PathBuf,
    environment: std::collections::BTreeMap<String, String>,
    vault: Vault,
    allow_empty: bool,
    generates: bool,
    models: bool,
}

impl Project {
    /// A project over the controller's files.
    pub fn new(files: Arc<dyn Files>) -> Project {
        Project {
            files,
            inventories: Vec::new(),
            extra: Vec::new(),
            playbook: None,
            further: Vec::new(),
            beside: None,
            book: None,
            role_paths: Vec::new(),
            limit: Vec::new(),
            folder: PathBuf::new(),
            environment: std::collections::BTreeMap::new(),
            vault: Vault::default(),
            allow_empty: false,
            generates: true,
            models: true,
        }
    }

    /// The folder of playbooks, where none is named: the `group_vars` and `host_vars` in it are read.
    #[must_use]
    pub fn beside(mut self, folder: impl Into<PathBuf>) -> Project {
        self.beside = Some(folder.into());
        self
    }

    /// Adds an inventory: a file, a folder, or `host1,host2,`.
    #[must_use]
    pub fn inventory(mut self, source: impl Into<String>) -> Project {
        self.inventories.push(source.into());
        self
    }

    /// Adds extra variables as `-e` takes them.
    #[must_use]
    pub fn extra(mut self, vars: impl Into<String>) -> Project {
        self.extra.push(vars.into());
        self
    }

    /// Names the playbook; without one, the playbook that the inventory's cluster needs is generated.
    #[must_use]
    pub fn playbook(mut self, path: impl Into<PathBuf>) -> Project {
        self.playbook = Some(path.into());
        self
    }

    /// Adds a playbook that follows the one that was named, in the same run: what the plays before it leave (facts, results,
    /// hosts that failed) holds for its plays too.
    #[must_use]
    pub fn then(mut self, path: impl Into<PathBuf>) -> Project {
        self.further.push(path.into());
        self
    }

    /// Takes another one of the generated playbooks than `site.yml`, by its file name.
    #[must_use]
    pub fn book(mut self, name: impl Into<String>) -> Project {
        self.book = Some(name.into());
        self
    }

    /// Neither reads nor generates a playbook.
    #[must_use]
    pub fn without_playbook(mut self) -> Project {
        self.generates = false;
        self
    }

    /// Builds no model of a cluster: what contradicts it is no finding.
    #[must_use]
    pub fn without_model(mut self) -> Project {
        self.models = false;
        self
    }

    /// Adds a folder in which roles are looked for.
    #[must_use]
    pub fn role_path(mut self, path: impl Into<PathBuf>) -> Project {
        self.role_paths.push(path.into());
        self
    }

    /// Limits the run to hosts, as `--limit` does; several are united.
    #[must_use]
    pub fn limit(mut self, pattern: impl Into<String>) -> Project {
        self.limit.push(pattern.into());
        self
    }

    /// Sets the folder that relative paths start from.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Project {
        self.folder = folder.into();
        self
    }

    /// Sets the environment variables that `lookup('env')` knows.
    #[must_use]
    pub fn environment(mut self, environment: std::collections::BTreeMap<String, String>) -> Project {
        self.environment = environment;
        self
    }

    /// Gives the passwords of files and values that `ansible-vault` encrypted.
    #[must_use]
    pub fn vault(mut self, vault: Vault) -> Project {
        self.vault = vault;
        self
    }

    /// Accepts an empty inventory, patterns that match nothing, and runs without hosts.
    #[must_use]
    pub fn allow_empty(mut self, allow: bool) -> Project {
        self.allow_empty = allow;
        self
    }

    /// Reads everything, and builds the cluster's model.
    ///
    /// # Errors
    /// Every finding at once, each with its place.
    pub fn load(mut self) -> Result<Loaded, Vec<Problem>> {
        self.files = Arc::new(Vaulted::new(self.files, self.vault.clone()));
        let one = |problem: Problem| vec![problem];
        let inventory = self
            .read_inventory(self.playbooks(), &self.elsewhere())
            .map_err(|problems| [problems, self.errors_of_playbook()].concat())?;
        let begins = match self.elsewhere().is_empty() {
            true => Arc::clone(&inventory),
            false => self.read_inventory(self.playbooks(), &[])?,
        };
        // What stands beside a generated playbook came from the model, perhaps from an earlier one.
        let runs_generated = self.runs_generated();
        let modelled = if runs_generated {
            self.read_inventory(None, &[])?
        } else {
            Arc::clone(&inventory)
        };
        let again = self.clone();
        let reread: Reread = Arc::new(move |beside: Option<&Path>| {
            let beside = beside.or_else(|| again.playbooks());
            again.read_inventory(beside, &[]).map_err(first_error)
        });
        let extra = ExtraVars::read(&self.extra, self.files.as_ref()).map_err(one)?;
        let files = Arc::clone(&self.files);
        let environment = self.environment.clone();
        let templar = Templar::new(TemplarSettings {
            files,
            environment,
            programs: Some(Arc::new(evenkeel_host::Local::new())),
            vault: self.vault.clone(),
            ..TemplarSettings::default()
        });
        let mut warnings: Vec<Problem> = inventory
            .problems()
            .iter()
            .chain(extra.problems())
            .cloned()
            .collect();
        let described = Rendered {
            inventory: &modelled,
            extra: &extra,
            templar: &templar,
        };
        let cluster = if self.models {
            Cluster::build(&described).map_err(|problems| [warnings.clone(), problems].concat())?
        } else {
            None
        };
        if let Some(cluster) = &cluster {
            warnings.extend(cluster.warnings.iter().cloned());
        }
        let mut computed = match &cluster {
            Some(cluster) => computed(cluster, &inventory, &extra, &mut warnings)?,
            None => IndexMap::new(),
        };
        let limit = self.limit_pattern().map_err(one)?;
        let name = self.name();
        let generated = self.generates && self.playbook.is_none();
        if let Some(playbook) = self.playbook.as_deref().filter(|_| self.models && runs_generated) {
            let written = Written {
                files: self.files.as_ref(),
                playbook,
                name: name.as_deref(),
                described: &described,
            };
            warnings.extend(written.outdated());
            if let Some(problem) = written.unreached(cluster.as_ref()) {
                return Err([warnings, vec![problem]].concat());
            }
        }
        let names = Names {
            templar: templar.clone(),
            extra: extra.layer().clone(),
        };
        let (playbook, files, errors) =
            self.playbook_of(&described, cluster.as_ref(), &mut computed, names)?;
        // A playbook of one's own may use the variable for something else.
        if let (None, Some(cluster)) = (&self.playbook, &cluster) {
            for (host, value) in certificates::defaults(&described, cluster, &self.folder).map_err(one)? {
                let own = computed.entry(host).or_default();
                own.push((certificates::VARIABLE.into(), value));
            }
        }
        if let Some(playbook) = &playbook {
            warnings.extend(playbook.warnings.iter().cloned());
        }
        let loaded = Loaded {
            name,
            inventory,
            begins,
            extra,
            cluster,
            playbook,
            files,
            templar,
            limit,
            computed,
            warnings,
            reread,
            limited: (!self.limit.is_empty()).then(|| self.limit.join(",")),
            sources: self.sources(),
            folder: self.folder,
            role_paths: self.role_paths,
            generated,
        };
        if errors.is_empty() {
            return Ok(loaded);
        }
        let more = loaded.check_beside(&errors);
        Err([loaded.warnings, errors, more].concat())
    }

    /// What `-i` names, paths from the root on.
    fn sources(&self) -> Vec<String> {
        let rooted = |source: &String| match source.contains(',') {
            true => source.clone(),
            false => self.folder.join(source).display().to_string(),
        };
        self.inventories.iter().map(rooted).collect()
    }

    /// What the inventory is called: its folder's name, or its own where no folder is named. `hosts.ini` is the name of
    /// many, and so its folder's counts also where that is the current one.
    fn name(&self) -> Option<String> {
        let path = self.inventories.first().filter(|source| !source.contains(','))?;
        let path = Path::new(path);
        let text = |name: Option<&std::ffi::OsStr>| name.map(|name| name.to_string_lossy().into_owned());
        if self.files.is_folder(&self.folder.join(path)) == Some(true) {
            return text(path.file_name());
        }
        let stem = text(path.file_stem());
        let usual = |name: &String| name.starts_with("hosts") || name.starts_with("inventory");
        let around = self.folder.join(path);
        let parent = match stem.as_ref().filter(|name| usual(name)) {
            Some(_) => around.parent(),
            None => path.parent(),
        };
        text(parent.and_then(Path::file_name)).or(stem)
    }

    /// The folder beside whose playbooks variables stand.
    fn playbooks(&self) -> Option<&Path> {
        let playbook = self.playbook.as_deref();
        let folder = playbook.map(|path| path.parent().unwrap_or(Path::new("")));
        folder.or(self.beside.as_deref())
    }

    /// The folders of further playbooks, as far as they are not that of the first one.
    fn elsewhere(&self) -> Vec<PathBuf> {
        let folders = self
            .further
            .iter()
            .map(|path| path.parent().unwrap_or(Path::new("")));
        let mut elsewhere: Vec<PathBuf> = Vec::new();
        for folder in folders.filter(|folder| Some(*folder) != self.playbooks()) {
            if !elsewhere.iter().any(|known| known == folder) {
                elsewhere.push(folder.to_owned());
            }
        }
        elsewhere
    }

    /// Whether the playbook is one that Evenkeel wrote.
    fn runs_generated(&self) -> bool {
        let text = self
            .playbook
            .as_deref()
            .and_then(|path| self.files.read(path).ok());
        text.is_some_and(|bytes| generate::is_generated(&String::from_utf8_lossy(&bytes)))
    }

    /// The hosts and their variables, with those beside a playbook if one is given, and those beside others, which are weaker.
    fn read_inventory(
        &self,
        beside: Option<&Path>,
        elsewhere: &[PathBuf],
    ) -> Result<Arc<Inventory>, Vec<Problem>> {
        let reading = Reading::new(self.files.as_ref())
            .beside_others(elsewhere)
            .working_folder(&self.folder)
            .programs(Arc::new(evenkeel_host::Local::new()))
            .allow_empty(self.allow_empty);
        let reading = match beside {
            Some(folder) => reading.beside_playbook(folder),
            None => reading,
        };
        reading.sources(&self.inventories).map(Arc::new)
    }

    fn limit_pattern(&self) -> Result<Option<Pattern>, Problem> {
        if self.limit.is_empty() {
            return Ok(None);
        }
        let text = self.limit.join(",");
        let place = Place::new(
            &evenkeel_yaml::Source::new("--limit", text.as_str()),
            0,
            text.len(),
        );
        Pattern::limit(&text, &place, self.files.as_ref()).map(Some)
    }

    /// What is wrong with the playbook where there is no inventory to read it with.
    fn errors_of_playbook(&self) -> Vec<Problem> {
        let project = evenkeel_playbook::play::Project::new(self.files.as_ref(), self.role_paths.clone());
        let playbooks = self.playbook.iter().chain(&self.further);
        let mut errors: Vec<Problem> = playbooks.flat_map(|path| project.read_partly(path).1).collect();
        // Names of what is imported may need variables.
        errors.retain(|problem| problem.code != "playbook::import");
        errors
    }

    /// The playbook that was named, or the generated one with its files.
    fn playbook_of(
        &self,
        described: &Rendered<'_>,
        cluster: Option<&Cluster>,
        computed: &mut Computed,
        names: Names,
    ) -> Result<Described, Vec<Problem>> {
        let below = Arc::clone(&self.files);
        if let Some(path) = &self.playbook {
            let project = evenkeel_playbook::play::Project::new(self.files.as_ref(), self.role_paths.clone());
            let project = project.names(names);
            let (mut playbook, mut errors) = project.read_partly(path);
            for path in &self.further {
                // Where the first one lies in another folder, `here` would mean that one.
                let is_here = path.parent() == Some(Path::new("")) && !playbook.folder.as_os_str().is_empty();
                let from = if is_here {
                    self.folder.join(path)
                } else {
                    path.clone()
                };
                let (further, wrong) = project.read_partly(&from);
                playbook.append(path, further);
                errors.extend(wrong);
            }
            return Ok((Some(Arc::new(playbook)), below, errors));
        }
        if !self.generates {
            return Ok((None, below, Vec::new()));
        }
        let Some(cluster) = cluster else {
            let text = "there is no playbook, and the inventory describes no cluster";
            let problem = Problem::error("project::no-playbook", text).help(
                "name a playbook, or put hosts into the groups `kube_control_plane` and `loadbalancer`",
            );
            return Err(vec![no_cluster::or_misspelt(described, problem)]);
        };
        let book = self.book.as_deref().unwrap_or(generate::SITE);
        let composed = composed::read(cluster, self.name().as_deref(), book, &self.role_paths, below)?;
        for (host, variables) in composed.variables {
            computed.entry(host).or_default().extend(variables);
        }
        Ok((Some(Arc::new(composed.playbook)), composed.files, Vec::new()))
    }
}

fn first_error(problems: Vec<Problem>) -> Problem {
    let unreadable = || Problem::error("inventory::unreadable", "the inventory cannot be read again");
    problems
        .into_iter()
        .find(Problem::is_error)
        .unwrap_or_else(unreadable)
}

/// The playbook, the files it is read with, and what is wrong with it.
type Described = (Option<Arc<Playbook>>, Arc<dyn Files>, Vec<Problem>);

pub(crate) type Computed = IndexMap<Arc<str>, Vec<(Arc<str>, Var)>>;

/// The computed variables; an inventory that sets one contradicts the model, `-e` wins over it. Those beside a
/// generated playbook are the model's own: whether they are out of date is looked at with the rest of that playbook.
fn computed(
    cluster: &Cluster,
    inventory: &Inventory,
    extra: &ExtraVars,
    warnings: &mut Vec<Problem>,
) -> Result<Computed, Vec<Problem>> {
    let mut problems = Vec::new();
    for name in COMPUTED.iter().chain(evenkeel_roles::COMPUTED) {
        if let Some(definition) = extra.definitions(name).first() {
            let text = format!("`{name}` is computed from the inventory; -e wins");
            warnings.push(
                Problem::warning("cluster::computed", text).at(&definition.place, "this is used instead"),
            );
        }
        let set = cluster
            .nodes
            .keys()
            .flat_map(|host| inventory.definitions(host, name))
            .find(|definition| !generate::is_generated(&definition.place.source.text));
        if let Some(definition) = set {
            let text = format!("`{name}` is computed from the inventory");
            let problem = Problem::error("cluster::computed", text).at(&definition.place, "set here too");
            problems.push(evenkeel_topology::explained(problem));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let data = |value: &serde_json::Value| Var::data(template::value_of_json(value));
    let of_host = |values: IndexMap<&'static str, serde_json::Value>| {
        values
            .iter()
            .map(|(name, value)| (Arc::from(*name), data(value)))
            .collect()
    };
    Ok(evenkeel_topology::variables(cluster)
        .into_iter()
        .map(|(host, values)| (host, of_host(values)))
        .collect())
}
