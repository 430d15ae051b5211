//! etcd: who its members are, and how components reach it.

use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use crate::Contract;
use crate::Described;
use crate::reader::Reader;
use crate::settings::FilePath;
use crate::settings::choice;
use crate::settings::settings;

/// The port on which etcd serves its clients.
pub(crate) const CLIENT_PORT: u16 = 2379;

/// The port on which etcd's members talk to each other.
pub(crate) const PEER_PORT: u16 = 2380;

choice! {
    /// What listens on the localhost of hosts that are no members (`etcd_proxy`).
    pub enum EtcdProxy {
        /// `etcd gateway`: forwards connections as they are.
        Gateway = "gateway",
        /// `etcd grpc-proxy`: joins watches of clients into one.
        GrpcProxy = "grpc-proxy",
    }
    expected "`gateway` or `grpc-proxy`"
}

settings! {
    /// How etcd is set up, where it is deployed.
    pub struct Etcd {
        /// What listens on the localhost of hosts that are no members: `gateway` or `grpc-proxy`.
        proxy: EtcdProxy = EtcdProxy::Gateway, "etcd_proxy", "";
        /// Where members keep their data.
        data_dir: FilePath = FilePath("/var/lib/etcd/kubernetes".to_owned()), "etcd_data_dir", "path";
        /// The name that tells this cluster from others while it is formed.
        token: String = "k8s_etcd".to_owned(), "etcd_token", "";
        /// The time between two heartbeats of the leader.
        heartbeat: u64 = 250, "etcd_heartbeat_interval", "milliseconds";
        /// The time without a heartbeat after which a member wants to lead; at least five heartbeats.
        election: u64 = 5000, "etcd_election_timeout", "milliseconds";
        /// Changes after which a snapshot is written.
        snapshot: u64 = 100_000, "etcd_snapshot_count", "changes";
    }
}

/// The cluster's etcd, and how components reach it.
#[derive(Clone, Debug, PartialEq)]
pub struct EtcdAccess {
    /// `etcd_multiaccess`: clients get the addresses of all members; otherwise each goes through the proxy on its own
    /// localhost.
    pub multiaccess: bool,
    /// Why.
    pub why: String,
    /// Where `etcd_multiaccess` is set.
    pub place: Option<Place>,
    /// `http` in the kargo contract, `https` otherwise.
    pub scheme: &'static str,
    /// The members, in the order of the group.
    pub members: Vec<Arc<str>>,
    /// Whether roles deploy it: the inventory has a group `etcd`. Otherwise the masters' Kubernetes brings its own.
    pub deployed: bool,
    /// The hosts on whose localhost a proxy listens: those of the cluster that are no members, without multiaccess.
    pub proxies: Vec<Arc<str>>,
    /// How it is set up.
    pub settings: Etcd,
}

impl EtcdAccess {
    /// Reads it; `members` are the hosts of the group `etcd`, where there is one.
    pub(crate) fn read(
        described: &dyn Described,
        masters: &[Arc<str>],
        contract: Contract,
        members: Option<Vec<Arc<str>>>,
        in_cluster: &[Arc<str>],
    ) -> Result<EtcdAccess, Vec<Problem>> {
        let deployed = members.is_some();
        let members = members.unwrap_or_else(|| masters.to_vec());
        let set = Reader::new(described, &masters[0])
            .flag("etcd_multiaccess")
            .map_err(|problem| vec![problem])?;
        let reader = Reader::new(described, members.first().unwrap_or(&masters[0]));
        let settings = Etcd::read(&reader)?;
        let multiaccess = set.as_ref().is_some_and(|set| set.value);
        let why = match &set {
            Some(set) => format!("etcd_multiaccess is {}", set.value),
            None => "the default, as etcd_multiaccess is not set".to_owned(),
        };
        let scheme = if contract == Contract::Kargo {
            "http"
        } else {
            "https"
        };
        let proxied = in_cluster.iter().filter(|host| !members.contains(host));
        let proxies = match deployed && !multiaccess {
            true => proxied.cloned().collect(),
            false => Vec::new(),
        };
        Ok(EtcdAccess {
            multiaccess,
            why,
            place: set.and_then(|set| set.place),
            scheme,
            members,
            deployed,
            proxies,
            settings,
        })
    }

    /// The members that may be away without the cluster losing its quorum.
    ///
    /// Source: etcd's FAQ, "Why an odd number of cluster members?".
    pub fn tolerates(&self) -> usize {
        self.members.len().saturating_sub(1) / 2
    }
}
