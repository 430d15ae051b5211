//! The cluster.

mod without;

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;

use crate::ApiAccess;
use crate::Balancer;
use crate::Check;
use crate::Described;
use crate::EtcdAccess;
use crate::Firewall;
use crate::Group;
use crate::Kubernetes;
use crate::Local;
use crate::Node;
use crate::NodeSettings;
use crate::Upgrade;
use crate::balancer::Behind;
use crate::balancer::check_of;
use crate::groups::Named;
use crate::groups::members;
use crate::groups::named;
use crate::lint;
use crate::reader::Reader;

/// The cluster an inventory describes. Everything that is written to a host is computed from this one value.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// All hosts that have a part in it, in the inventory's order.
    pub nodes: IndexMap<Arc<str>, Node>,
    /// The API servers, in the order of their group.
    pub masters: Vec<Arc<str>>,
    /// The nodes that carry workloads.
    pub workers: Vec<Arc<str>>,
    /// How components reach the API server.
    pub api: ApiAccess,
    /// How components reach etcd.
    pub etcd: EtcdAccess,
    /// The external load balancer, where the inventory has hosts for one.
    pub balancer: Option<Balancer>,
    /// The load balancers on localhost, in local mode.
    pub local: Option<Local>,
    /// How API servers are checked: by the load balancers, and by `evenkeel verify`.
    pub check: Check,
    /// Which Kubernetes runs on it.
    pub kubernetes: Kubernetes,
    /// How `upgrade.yml` goes through it.
    pub upgrade: Upgrade,
    /// How each node is set up.
    pub settings: IndexMap<Arc<str>, NodeSettings>,
    /// The firewall of each host.
    pub firewalls: IndexMap<Arc<str>, Firewall>,
    /// The groups under the names that the inventory uses, for patterns.
    pub groups: Vec<Named>,
    /// `kube_apiserver_bind_address` of masters that set it.
    pub(crate) binds: IndexMap<Arc<str>, (IpAddr, Option<Place>)>,
    /// `kube_apiserver_port` of each master.
    pub(crate) ports: IndexMap<Arc<str>, u16>,
    in_cluster: Vec<Arc<str>>,
    /// What is probably wrong, and stops nothing.
    pub warnings: Vec<Problem>,
    /// What is worth knowing.
    pub notes: Vec<Problem>,
}

impl Cluster {
    /// Builds the model; `None` when the inventory describes no cluster (it has none of the groups).
    ///
    /// # Errors
    /// Everything that contradicts the model, each with its place, an explanation and the mend; warnings beside them.
    pub fn build(described: &dyn Described) -> Result<Option<Cluster>, Vec<Problem>> {
        let read = Cluster::read(described).map_err(|problems| lint::beside(problems, described))?;
        let Some(mut cluster) = read else {
            return Ok(None);
        };
        let [errors, warnings, notes] = lint::split(lint::problems(&cluster, described));
        if !errors.is_empty() {
            return Err(errors.into_iter().chain(warnings).chain(notes).collect());
        }
        (cluster.warnings, cluster.notes) = (warnings, notes);
        Ok(Some(cluster))
    }

    /// Reads every part; what contradicts another part is looked for afterwards.
    fn read(described: &dyn Described) -> Result<Option<Cluster>, Vec<Problem>> {
        let one = |problem: Problem| vec![problem];
        let masters = members(described, Group::Masters).map_err(one)?;
        let balancers = members(described, Group::Balancers)
            .map_err(one)?
            .unwrap_or_default();
        let Some(masters) = masters.filter(|masters| !masters.is_empty()) else {
            let nodes = members(described, Group::Nodes).map_err(one)?.unwrap_or_default();
            return match (balancers.is_empty(), nodes.is_empty()) {
                (true, true) => Ok(None),
                (true, false) => Err(vec![no_masters(described, Group::Nodes)]),
                (false, _) => Err(vec![no_masters(described, Group::Balancers)]),
            };
        };
        let groups = named(described);
        let workers = members(described, Group::Nodes).map_err(one)?.unwrap_or_default();
        let etcd = members(described, Group::Etcd)
            .map_err(one)?
            .filter(|etcd| !etcd.is_empty());
        let mut in_cluster = members(described, Group::Cluster)
            .map_err(one)?
            .unwrap_or_default();
        for host in masters.iter().chain(&workers) {
            if !in_cluster.contains(host) {
                in_cluster.push(Arc::clone(host));
            }
        }
        let part = |name: &Arc<str>| {
            let member = |group: &[Arc<str>]| group.contains(name);
            member(&in_cluster) || etcd.as_deref().is_some_and(member) || member(&balancers)
        };
        let nodes = read_nodes(described, described.hosts().into_iter().filter(part))?;
        let stacked = masters.iter().any(|master| balancers.contains(master));
        let api = ApiAccess::read(described, &masters[0], stacked).map_err(one)?;
        let access = EtcdAccess::read(described, &masters, api.contract, etcd, &in_cluster)?;
        let (binds, ports) = read_masters(described, &masters).map_err(one)?;
        let kubernetes = Kubernetes::read(&Reader::new(described, &masters[0]))?;
        let behind = Behind {
            answer_anybody: kubernetes.answers_anybody(),
            nodes: &nodes,
            masters: &masters,
            ports: &ports,
        };
        let balancer = Balancer::read(described, &api, &nodes, &balancers, &behind)?;
        let outside = in_cluster.iter().filter(|host| !masters.contains(host));
        let local_hosts: Vec<Arc<str>> = outside.cloned().collect();
        let reader = Reader::new(described, local_hosts.first().unwrap_or(&masters[0]));
        let local = Local::read(&reader, &api, local_hosts, &behind)?;
        let external = balancer.as_ref().and_then(|balancer| balancer.frontends.first());
        let check = external.map(|frontend| frontend.check);
        let check = match check.or(local.as_ref().map(|local| local.check)) {
            Some(check) => check,
            None => {
                check_of(&Reader::new(described, &masters[0]), kubernetes.answers_anybody()).map_err(one)?
            }
        };
        let upgrade = Upgrade::read(&Reader::new(described, &masters[0]))?;
        let settings = of_each(described, in_cluster.iter(), NodeSettings::read)?;
        let firewalls = of_each(described, nodes.keys(), Firewall::read)?;
        Ok(Some(Cluster {
            nodes,
            masters,
            workers,
            api,
            etcd: access,
            balancer,
            local,
            check,
            kubernetes,
            upgrade,
            settings,
            firewalls,
            binds,
            ports,
            in_cluster,
            groups,
            warnings: Vec::new(),
            notes: Vec::new(),
        }))
    }

    /// The port on which a master's API server listens.
    pub fn api_port(&self, master: &str) -> u16 {
        self.ports.get(master).copied().unwrap_or(self.api.secure_port)
    }

    /// The address on which a master's API server listens, where `kube_apiserver_bind_address` says one.
    pub fn api_bind(&self, master: &str) -> Option<IpAddr> {
        self.binds.get(master).map(|(address, _)| *address)
    }

    /// The hosts of the cluster proper: masters, nodes, and what else the group of both has.
    pub fn inside(&self) -> &[Arc<str>] {
        &self.in_cluster
    }

    /// Whether load balancers are masters too.
    pub fn stacked(&self) -> bool {
        let members = self.balancer.iter().flat_map(|balancer| &balancer.members);
        members
            .into_iter()
            .any(|member| self.masters.contains(&member.name))
    }

    /// Whether a host is a master or a node.
    pub fn in_cluster(&self, host: &Arc<str>) -> bool {
        self.in_cluster.contains(host)
    }

    /// What a host is, for people.
    pub fn roles_of(&self, host: &Arc<str>) -> Vec<&'static str> {
        let balancers = self.balancer.iter().flat_map(|balancer| &balancer.members);
        let mut roles = Vec::new();
        if balancers.into_iter().any(|member| member.name == *host) {
            roles.push("loadbalancer");
        }
        if self.masters.contains(host) {
            roles.push("master");
        }
        if self.etcd.members.contains(host) {
            roles.push("etcd");
        }
        if self.workers.contains(host) {
            roles.push("node");
        }
        roles
    }
}

/// Reads the variables of each of some hosts.
fn of_each<'a, T>(
    described: &dyn Described,
    hosts: impl Iterator<Item = &'a Arc<str>>,
    read: impl Fn(&Reader<'_>) -> Result<T, Vec<Problem>>,
) -> Result<IndexMap<Arc<str>, T>, Vec<Problem>> {
    let mut all = IndexMap::new();
    let mut problems = Vec::new();
    for host in hosts {
        match read(&Reader::new(described, host)) {
            Ok(one) => drop(all.insert(Arc::clone(host), one)),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        Ok(all)
    } else {
        Err(problems)
    }
}

fn read_nodes(
    described: &dyn Described,
    names: impl Iterator<Item = Arc<str>>,
) -> Result<IndexMap<Arc<str>, Node>, Vec<Problem>> {
    let mut nodes = IndexMap::new();
    let mut problems = Vec::new();
    for name in names {
        match Node::read(described, &name) {
            Ok(node) => drop(nodes.insert(name, node)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(nodes)
    } else {
        Err(problems)
    }
}

type Binds = IndexMap<Arc<str>, (IpAddr, Option<Place>)>;

fn read_masters(
    described: &dyn Described,
    masters: &[Arc<str>],
) -> Result<(Binds, IndexMap<Arc<str>, u16>), Problem> {
    let mut binds = Binds::new();
    let mut ports = IndexMap::new();
    for name in masters {
        let reader = Reader::new(described, name);
        if let Some(set) = reader.address("kube_apiserver_bind_address")? {
            binds.insert(Arc::clone(name), (set.value, set.place));
        }
        if let Some(set) = reader.port("kube_apiserver_port")? {
            ports.insert(Arc::clone(name), set.value);
        }
    }
    Ok((binds, ports))
}

fn no_masters(described: &dyn Described, without: Group) -> Problem {
    let names = Group::Masters.names().join("`, `");
    let (text, label) = if without == Group::Balancers {
        (
            "there are load balancers, but no API servers behind them",
            "balances nothing",
        )
    } else {
        ("there are nodes, but no API servers", "nodes of nothing")
    };
    let problem = Problem::error("cluster::no-masters", text)
        .help(format!("put the API servers into one of the groups `{names}`"));
    let place = without
        .names()
        .iter()
        .find_map(|name| described.group_place(name));
    match place {
        Some(place) => problem.at(&place, label),
        None => problem,
    }
}
