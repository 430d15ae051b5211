//! The hosts of a load balancer.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;

use super::Firewall;
use crate::Described;
use crate::Node;
use crate::reader::Reader;

/// A load balancer host.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: Arc<str>,
    /// Its own address, VRRP's unicast source.
    pub address: IpAddr,
    /// The interface that carries the virtual address (`keepalived_interface`).
    pub interface: String,
    /// VRRP priority, unique among the members.
    pub priority: u8,
    /// Its firewall.
    pub firewall: Firewall,
    /// Where the interface is set.
    pub place: Option<Place>,
}

/// The highest priority; each further member has one less. 255 belongs to the owner of the address alone.
const HIGHEST_PRIORITY: usize = 150;

/// Reads the members in the order of their group.
pub(super) fn read(
    described: &dyn Described,
    nodes: &IndexMap<Arc<str>, Node>,
    names: &[Arc<str>],
    problems: &mut Vec<Problem>,
) -> Vec<Member> {
    let mut members = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match member(described, nodes, name, index) {
            Ok(member) => members.push(member),
            Err(found) => problems.extend(found),
        }
    }
    members
}

fn member(
    described: &dyn Described,
    nodes: &IndexMap<Arc<str>, Node>,
    name: &Arc<str>,
    index: usize,
) -> Result<Member, Vec<Problem>> {
    let missing = |what: &str, help: String| {
        let problem =
            Problem::error("cluster::balancer", format!("{what} of {name} is not known")).help(help);
        vec![match described.host_place(name) {
            Some(place) => problem.at(&place, "this load balancer"),
            None => problem,
        }]
    };
    let reader = Reader::new(described, name);
    let node = nodes
        .get(name)
        .ok_or_else(|| missing("the address", format!("set `ip` of {name}")))?;
    let firewall = Firewall::read(&reader)?;
    let interface = reader
        .setting::<String>("keepalived_interface")
        .map_err(|problem| vec![problem])?;
    let place = reader.place("keepalived_interface");
    let interface = interface.ok_or_else(|| {
        missing(
            "the interface",
            "set `keepalived_interface` to the one that carries the virtual address".to_owned(),
        )
    })?;
    let priority = HIGHEST_PRIORITY
        .checked_sub(index)
        .filter(|priority| *priority > 0);
    let priority = priority
        .and_then(|priority| u8::try_from(priority).ok())
        .ok_or_else(|| {
            let text = format!("{name} is one load balancer too many");
            let problem = Problem::error("cluster::priority", text).help(format!(
                "VRRP tells at most {HIGHEST_PRIORITY} apart here; use fewer"
            ));
            vec![match described.host_place(name) {
                Some(place) => problem.at(&place, "this load balancer"),
                None => problem,
            }]
        })?;
    Ok(Member {
        name: Arc::clone(name),
        address: node.address,
        interface,
        priority,
        firewall,
        place,
    })
}
