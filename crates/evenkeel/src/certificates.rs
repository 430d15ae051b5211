//! The etcd certificates of a project: where they lie on the controller, and making them.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use evenkeel_certs::Report;
use evenkeel_playbook::Draft;
use evenkeel_playbook::Files;
use evenkeel_playbook::Var;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_topology::Cluster;
use evenkeel_topology::Described as _;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use crate::Loaded;
use crate::described::Rendered;

/// The inventory variable that names the folder.
pub(crate) const VARIABLE: &str = "etcd_cert_dir";
/// Where it lies in the inventory's folder, when the variable is not set.
const DEFAULT: &str = ".credentials/etcd";
/// The same for Ansible.
pub(crate) const TEMPLATE: &str = "{{ inventory_dir }}/.credentials/etcd";

/// A folder, and where the variable is set that names it.
type Chosen = (PathBuf, Option<Place>);

impl Loaded {
    /// The folder of the cluster's etcd certificates: the variable `etcd_cert_dir`, else `.credentials/etcd` in the
    /// inventory's folder, which Ansible writes as `{{ inventory_dir }}/.credentials/etcd`; in the working folder where the
    /// inventory is a list of hosts.
    ///
    /// The default is the same whether the inventory is named by its file or by its folder, and every inventory folder has
    /// its own, so two clusters never share a CA. Its name begins with a dot because Ansible and Evenkeel read every other
    /// file in an inventory folder as inventory, `.pem` files too.
    ///
    /// # Errors
    /// When there is no cluster with an etcd of its own, its hosts name different folders, or the variable is no text or a relative path
    /// (`ansible-playbook` would look for it beside the playbook).
    pub fn certificate_folder(&self) -> Result<PathBuf, Problem> {
        let cluster = self.etcd_cluster()?;
        let hosts = cluster
            .nodes
            .keys()
            .filter(|host| cluster.in_cluster(host) || cluster.etcd.members.contains(*host));
        let mut chosen: Option<(&Arc<str>, Chosen)> = None;
        for host in hosts {
            let folder = self.folder_of(host)?;
            match &chosen {
                Some((first, known)) if known.0 != folder.0 => {
                    return Err(different((first, known), (host, &folder)));
                }
                Some(_) => {}
                None => chosen = Some((host, folder)),
            }
        }
        Ok(chosen.map_or_else(|| self.folder.join(DEFAULT), |(_, (folder, _))| folder))
    }

    /// What [`Loaded::ensure_certificates`] would do; nothing is written.
    ///
    /// # Errors
    /// As [`evenkeel_certs::plan`], and when there is no cluster with an etcd of its own.
    pub fn plan_certificates(&self, folder: &Path, now: SystemTime) -> Result<Report, Vec<Problem>> {
        let cluster = self.etcd_cluster().map_err(|problem| vec![problem])?;
        evenkeel_certs::plan(cluster, folder, self.files.as_ref(), now)
    }

    /// Makes or keeps the cluster's etcd certificates in a folder of the controller.
    ///
    /// # Errors
    /// As [`evenkeel_certs::ensure`], and when there is no cluster with an etcd of its own.
    pub fn ensure_certificates(&self, folder: &Path, now: SystemTime) -> Result<Report, Vec<Problem>> {
        let cluster = self.etcd_cluster().map_err(|problem| vec![problem])?;
        evenkeel_certs::ensure(cluster, folder, self.files.as_ref(), now)
    }

    /// Makes or keeps the certificates that the generated playbook copies to the hosts, where it deploys etcd: in a draft,
    /// which the run reads and which [`Draft::commit`] writes. Nothing for a playbook that was named: it asserts that
    /// they are there.
    ///
    /// # Errors
    /// As [`evenkeel_certs::ensure`].
    pub fn draft_certificates(
        &mut self,
        now: SystemTime,
    ) -> Result<Option<(Report, Arc<Draft>)>, Vec<Problem>> {
        if !self.generated || self.etcd_cluster().is_err() {
            return Ok(None);
        }
        let folder = self.certificate_folder().map_err(|problem| vec![problem])?;
        let draft = Arc::new(Draft::over(Arc::clone(&self.files)));
        self.files = Arc::clone(&draft) as Arc<dyn Files>;
        self.templar = self.templar.over(Arc::clone(&self.files));
        let report = self.ensure_certificates(&folder, now)?;
        Ok(Some((report, draft)))
    }

    /// The cluster, if it has an etcd of its own.
    fn etcd_cluster(&self) -> Result<&Cluster, Problem> {
        let cluster = self.described_cluster()?;
        if cluster.etcd.deployed {
            return Ok(cluster);
        }
        let message = "the cluster's etcd is Kubernetes' own, which makes its certificates itself";
        Err(Problem::error("certs::no-etcd", message)
            .help("for an etcd that is deployed by itself, put its members into the group `etcd`"))
    }

    fn folder_of(&self, host: &Arc<str>) -> Result<Chosen, Problem> {
        let described = Rendered {
            inventory: &self.inventory,
            extra: &self.extra,
            templar: &self.templar,
        };
        let Some(set) = described.value(host, VARIABLE)? else {
            return Ok((default_folder(&self.inventory, host, &self.folder), None));
        };
        let at = |problem: Problem| match &set.place {
            Some(place) => problem.at(place, "names no folder"),
            None => problem,
        };
        let Some(text) = set.value.as_str().filter(|text| !text.is_empty()) else {
            let message = format!("`{VARIABLE}` of {host} is {}, not a path", set.value);
            return Err(at(Problem::error("certs::folder", message)));
        };
        let told = !self.folder.as_os_str().is_empty();
        if told && Path::new(text).is_relative() {
            let message = format!("`{VARIABLE}` of {host} is a relative path: {text}");
            let help =
                format!("write it from the root, or from the inventory: \"{{{{ inventory_dir }}}}/{text}\"");
            return Err(at(Problem::error("certs::folder", message).help(help)));
        }
        Ok((PathBuf::from(text), set.place))
    }
}

/// The folder for a host on which the variable is not set.
fn default_folder(inventory: &Inventory, host: &str, working_folder: &Path) -> PathBuf {
    let beside = inventory.host(host).and_then(|host| host.inventory_dir());
    let beside = beside.map_or(working_folder, |folder| Path::new(&**folder));
    beside.join(DEFAULT)
}

/// The variable for the hosts that lack it, of a cluster whose playbook is generated in memory and deploys etcd.
pub(crate) fn defaults(
    described: &Rendered<'_>,
    cluster: &Cluster,
    working_folder: &Path,
) -> Result<Vec<(Arc<str>, Var)>, Problem> {
    let mut defaults = Vec::new();
    for host in cluster.nodes.keys().filter(|_| cluster.etcd.deployed) {
        if described.value(host, VARIABLE)?.is_none() {
            let folder = default_folder(described.inventory, host, working_folder);
            let text = folder.to_string_lossy().into_owned();
            defaults.push((Arc::clone(host), Var::data(minijinja::Value::from(text))));
        }
    }
    Ok(defaults)
}

fn different(one: (&Arc<str>, &Chosen), other: (&Arc<str>, &Chosen)) -> Problem {
    let part = |(host, (folder, _)): (&Arc<str>, &Chosen)| format!("{} for {host}", folder.display());
    let message = format!(
        "the etcd certificates of one cluster would lie in two folders: {} and {}",
        part(one),
        part(other)
    );
    let mut problem = Problem::error("certs::folder", message).help(format!(
        "set `{VARIABLE}` once for all hosts, in group_vars/all.yml"
    ));
    let places = [other.1.1.as_ref(), one.1.1.as_ref()];
    for place in places.into_iter().flatten() {
        problem = match problem.at {
            None => problem.at(place, "differs from the other"),
            Some(_) => problem.related(place, "the other"),
        };
    }
    problem
}
