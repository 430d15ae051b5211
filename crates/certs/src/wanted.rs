//! The certificates that a cluster needs.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::sync::Arc;

use evenkeel_topology::Cluster;
use evenkeel_topology::Node;
use evenkeel_yaml::Problem;

/// The longest common name or unit (RFC 5280, appendix A.1, `ub-common-name`).
const LONGEST_NAME: usize = 64;

/// A name for which a certificate is valid (RFC 5280, 4.2.1.6): names come before addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum San {
    /// A host name.
    Name(String),
    /// An address.
    Address(IpAddr),
}

impl fmt::Display for San {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            San::Name(name) => write!(f, "the name {name}"),
            San::Address(address) => write!(f, "the address {address}"),
        }
    }
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An etcd member.
    Member,
    /// A host whose programs are clients of etcd.
    Node,
}

impl Kind {
    pub(crate) const ALL: [Kind; 2] = [Kind::Member, Kind::Node];

    /// What the names of its files begin with.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Kind::Member => "member-",
            Kind::Node => "node-",
        }
    }
}

/// A certificate that the cluster needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) kind: Kind,
    pub(crate) host: Arc<str>,
    pub(crate) sans: BTreeSet<San>,
}

impl Wanted {
    fn member(node: &Node) -> Wanted {
        let name = match node.name.parse() {
            Ok(address) => San::Address(address),
            Err(_) => San::Name(node.name.to_string()),
        };
        let mut sans = localhost();
        sans.extend([name, San::Address(node.address), San::Address(node.access)]);
        Wanted {
            kind: Kind::Member,
            host: Arc::clone(&node.name),
            sans,
        }
    }

    fn node(node: &Node) -> Wanted {
        Wanted {
            kind: Kind::Node,
            host: Arc::clone(&node.name),
            sans: localhost(),
        }
    }

    pub(crate) fn certificate_file(&self) -> String {
        format!("{}{}.pem", self.kind.prefix(), self.host)
    }

    pub(crate) fn key_file(&self) -> String {
        format!("{}{}-key.pem", self.kind.prefix(), self.host)
    }
}

fn localhost() -> BTreeSet<San> {
    BTreeSet::from([
        San::Name("localhost".to_owned()),
        San::Address(Ipv4Addr::LOCALHOST.into()),
        San::Address(Ipv6Addr::LOCALHOST.into()),
    ])
}

/// The certificates that a cluster needs, those of the members first. The model holds no host name that cannot be a file's.
///
/// # Errors
/// When a host's name is too long for a certificate, or two certificates would share a file.
pub(crate) fn wanted(cluster: &Cluster) -> Result<Vec<Wanted>, Vec<Problem>> {
    let is_member = |node: &Node| cluster.etcd.members.contains(&node.name);
    let members = cluster.nodes.values().filter(|node| is_member(node));
    let clients = cluster
        .nodes
        .values()
        .filter(|node| cluster.in_cluster(&node.name) || is_member(node));
    let mut problems: Vec<Problem> = clients
        .clone()
        .filter(|node| node.name.len() > LONGEST_NAME)
        .map(too_long)
        .collect();
    let wanted: Vec<Wanted> = members
        .map(Wanted::member)
        .chain(clients.map(Wanted::node))
        .collect();
    problems.extend(shared_file(&wanted));
    if problems.is_empty() {
        Ok(wanted)
    } else {
        Err(problems)
    }
}

fn too_long(node: &Node) -> Problem {
    let message = format!("{} is too long for the name in a certificate", node.name);
    Problem::error("certs::host-name", message)
        .help(format!("name the host with at most {LONGEST_NAME} characters"))
}

/// Hosts `a` and `a-key` would both have a file `member-a-key.pem`.
fn shared_file(wanted: &[Wanted]) -> Option<Problem> {
    let mut owners = BTreeMap::new();
    for one in wanted {
        for file in [one.certificate_file(), one.key_file()] {
            if let Some(other) = owners.insert(file.clone(), &one.host) {
                let message = format!(
                    "the certificates of {other} and {} share the file {file}",
                    one.host
                );
                return Some(Problem::error("certs::host-name", message).help("rename one of the two hosts"));
            }
        }
    }
    None
}
