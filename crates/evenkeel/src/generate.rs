//! The playbooks that an inventory's cluster needs, written out: for people, for reviews, and for Ansible.

mod difference;
mod header;
mod spread;
mod used;
mod written;

use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_playbook::Templar;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::play::Playbook;
use evenkeel_roles::Generated;
use evenkeel_topology::Cluster;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;
use serde_json::Value;

use crate::Loaded;
use crate::certificates;
pub use difference::Difference;
pub use difference::differences;
pub use difference::write;
pub(crate) use header::is_generated;
pub(crate) use spread::meaning;
pub(crate) use written::Written;

/// The file name of the playbook that brings the whole cluster to its described state.
pub(crate) const SITE: &str = "site.yml";

/// Writes out the playbooks that the inventory's cluster needs, with the templates and the computed variables that
/// they use: paths relative to the playbooks' folder, and texts, sorted by path.
///
/// The same inventory gives the same bytes. Both Evenkeel and Ansible run the playbooks with that inventory.
/// [`differences`] compares the files with a folder, [`write_generated`](crate::write_generated) brings the folder up to date.
///
/// # Errors
/// When the inventory describes no cluster.
pub fn generate(loaded: &Loaded) -> Result<Vec<(PathBuf, String)>, Problem> {
    let cluster = loaded.described_cluster()?;
    Ok(Source {
        name: loaded.name.as_deref(),
        cluster,
        inventory: &loaded.inventory,
        templar: &loaded.templar,
    }
    .files())
}

/// What playbooks are generated from.
pub(crate) struct Source<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) cluster: &'a Cluster,
    pub(crate) inventory: &'a Arc<Inventory>,
    pub(crate) templar: &'a Templar,
}

/// The computed variables of each host.
type Variables = IndexMap<Arc<str>, IndexMap<Arc<str>, Value>>;

impl Source<'_> {
    pub(crate) fn files(&self) -> Vec<(PathBuf, String)> {
        let mut generated = evenkeel_roles::playbook(self.cluster);
        let header = header::text(self.name);
        let used = used::used(self, &generated);
        let variables = self.variables(std::mem::take(&mut generated.variables), &used);
        let spread = spread::spread(self.cluster, &used.groups, &variables);
        let mut files: Vec<(PathBuf, String)> = spread
            .iter()
            .map(|(path, values)| (path.clone(), spread::text(values, &used, &header)))
            .collect();
        files.extend(texts(&generated, self.name));
        files.sort();
        files
    }

    /// The computed variables that something uses.
    fn variables(&self, of_roles: Variables, used: &used::Used) -> Variables {
        let mut variables: Variables = evenkeel_topology::variables(self.cluster)
            .into_iter()
            .map(|(host, own)| {
                let own = own.into_iter().map(|(name, value)| (Arc::from(name), value));
                (host, own.collect())
            })
            .collect();
        for (host, own) in of_roles {
            variables.entry(host).or_default().extend(own);
        }
        for (host, own) in &mut variables {
            if self
                .inventory
                .definitions(host, certificates::VARIABLE)
                .is_empty()
            {
                own.insert(certificates::VARIABLE.into(), certificates::TEMPLATE.into());
            }
            own.retain(|name, _| used.names.contains(&**name));
        }
        variables
    }
}

/// The playbooks and the files beside them as they are written, of an inventory of this name; variables not included.
pub(crate) fn texts(generated: &Generated, inventory: Option<&str>) -> Vec<(PathBuf, String)> {
    let header = header::text(inventory);
    let beside = generated.files.iter();
    let beside = beside.map(|(path, text)| (path.clone(), header::of_file(path, text, &header)));
    let written = books(generated).map(|(name, book)| {
        let about = header::of_book(name, book, &header);
        let book = Playbook {
            about: Some(about.into()),
            ..book.clone()
        };
        (name.into(), book.to_yaml())
    });
    beside.chain(written).collect()
}

/// All playbooks by file name.
fn books(generated: &Generated) -> impl Iterator<Item = (&str, &Playbook)> {
    let more = generated.books.iter().map(|(name, book)| (*name, book));
    std::iter::once((SITE, &generated.playbook)).chain(more)
}
