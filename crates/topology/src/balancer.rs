//! The external load balancer: who takes part, what is balanced, and behind which address.

mod firewall;
pub(crate) mod frontend;
pub(crate) mod haproxy;
mod keepalived;
mod member;
mod nginx;

pub use firewall::Firewall;
pub use frontend::Check;
pub use frontend::Frontend;
pub use frontend::Server;
pub(crate) use frontend::check_of;
pub use haproxy::Haproxy;
pub use keepalived::Keepalived;
pub use keepalived::Vrrp;
pub use member::Member;
pub use nginx::Nginx;

use std::sync::Arc;

use evenkeel_yaml::Problem;
use indexmap::IndexMap;
use ipnet::IpNet;

use crate::ApiAccess;
use crate::Described;
use crate::Node;
use crate::Program;
use crate::reader::Reader;
pub(crate) use frontend::Behind;

/// A pair (or more) of load balancers with one virtual address.
#[derive(Clone, Debug, PartialEq)]
pub struct Balancer {
    /// The virtual address with its prefix length.
    pub vip: IpNet,
    /// The hosts, in the order of their group; the first has the highest priority.
    pub members: Vec<Member>,
    /// What is balanced; the API server first.
    pub frontends: Vec<Frontend>,
    /// `loadbalancer_program`: HAProxy, or nginx.
    pub program: Program,
    /// How HAProxy is set up.
    pub haproxy: Haproxy,
    /// How nginx is set up.
    pub nginx: Nginx,
    /// How keepalived is set up.
    pub keepalived: Keepalived,
}

impl Balancer {
    /// Reads the balancer of a cluster, if its inventory has hosts for one.
    ///
    /// # Errors
    /// Missing or wrong variables, each at its place.
    pub(crate) fn read(
        described: &dyn Described,
        api: &ApiAccess,
        nodes: &IndexMap<Arc<str>, Node>,
        names: &[Arc<str>],
        behind: &Behind<'_>,
    ) -> Result<Option<Balancer>, Vec<Problem>> {
        let Some(first) = names.first() else {
            return Ok(None);
        };
        let reader = Reader::new(described, first);
        let mut problems = Vec::new();
        let vip = kept(
            &mut problems,
            read_vip(&reader, api, described, first).map_err(one),
        );
        let frontends = kept(&mut problems, frontend::read(&reader, api, behind).map_err(one));
        let program = kept(&mut problems, reader.setting("loadbalancer_program").map_err(one));
        let haproxy = kept(&mut problems, Haproxy::read(&reader));
        let nginx = kept(&mut problems, Nginx::read(&reader));
        let keepalived = kept(&mut problems, Keepalived::read(&reader));
        let members = member::read(described, nodes, names, &mut problems);
        match (vip, frontends, haproxy.zip(nginx), keepalived) {
            (Some(vip), Some(frontends), Some((haproxy, nginx)), Some(keepalived)) if problems.is_empty() => {
                Ok(Some(Balancer {
                    vip,
                    members,
                    frontends,
                    program: program.flatten().unwrap_or(Program::Haproxy),
                    haproxy,
                    nginx,
                    keepalived,
                }))
            }
            _ => Err(problems),
        }
    }

    /// The other members, as one of them sees them.
    pub fn peers_of(&self, name: &str) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |member| *member.name != *name)
    }
}

fn one(problem: Problem) -> Vec<Problem> {
    vec![problem]
}

fn kept<T>(problems: &mut Vec<Problem>, result: Result<T, Vec<Problem>>) -> Option<T> {
    result.map_err(|found| problems.extend(found)).ok()
}

fn read_vip(
    reader: &Reader<'_>,
    api: &ApiAccess,
    described: &dyn Described,
    host: &str,
) -> Result<IpNet, Problem> {
    let Some(address) = api.balancer_address else {
        let problem = Problem::error(
            "cluster::no-vip",
            "there are load balancers, but no address for them",
        )
        .help("set `loadbalancer_apiserver: {address: ADDRESS, port: PORT}` for all hosts");
        return Err(
            match api.balancer_place.clone().or_else(|| described.host_place(host)) {
                Some(place) => problem.at(&place, "needs `loadbalancer_apiserver.address`"),
                None => problem,
            },
        );
    };
    let full = if address.is_ipv4() { 32 } else { 128 };
    let prefix = reader.number("loadbalancer_apiserver_prefix")?;
    let length = prefix
        .as_ref()
        .map_or(Some(full), |set| u8::try_from(set.value).ok());
    length
        .and_then(|length| IpNet::new(address, length).ok())
        .ok_or_else(|| {
            let value = prefix.as_ref().map_or(0, |set| set.value);
            let place = prefix.as_ref().and_then(|set| set.place.as_ref());
            reader.wrong(
                "loadbalancer_apiserver_prefix",
                &format!("a prefix length (0 to {full})"),
                &value.into(),
                place,
            )
        })
}
