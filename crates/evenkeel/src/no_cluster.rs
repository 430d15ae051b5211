//! What is said where a cluster is needed, and the inventory describes none.

use evenkeel_topology::Cluster;
use evenkeel_topology::misspelt_groups;
use evenkeel_yaml::Problem;

use crate::Loaded;
use crate::described::Rendered;

impl Loaded {
    /// The cluster that the inventory describes.
    ///
    /// # Errors
    /// When it describes none: which groups are missing, or misspelt.
    pub fn described_cluster(&self) -> Result<&Cluster, Problem> {
        let described = Rendered {
            inventory: &self.inventory,
            extra: &self.extra,
            templar: &self.templar,
        };
        self.cluster.as_ref().ok_or_else(|| {
            let problem = Problem::error("cluster::none", "the inventory describes no cluster")
                .help("put the API servers into the group `kube_control_plane`");
            or_misspelt(&described, problem)
        })
    }
}

/// The problem, at the group whose name is perhaps misspelt where there is one.
pub(crate) fn or_misspelt(described: &Rendered<'_>, mut problem: Problem) -> Problem {
    let Some((name, near)) = misspelt_groups(described).into_iter().next() else {
        return problem;
    };
    problem.help = vec![format!(
        "the group `{name}` means nothing to a cluster: did you mean `{near}`?"
    )];
    let group = described.inventory.group(&name);
    match group.and_then(|group| group.place()) {
        Some(place) => problem.at(place, "this group"),
        None => problem,
    }
}
