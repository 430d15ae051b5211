//! The hosts of a cluster and their addresses.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use crate::Described;
use crate::reader::Reader;

/// A host: its name and the addresses under which others know it.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name in the inventory.
    pub name: Arc<str>,
    /// The address it binds to: `ip`, else `ansible_host` or the name where that is an address.
    pub address: IpAddr,
    /// The address others reach it at: `access_ip`, else [`Node::address`].
    pub access: IpAddr,
    /// The variable that gave [`Node::access`].
    pub source: &'static str,
    /// Where that variable is set.
    pub place: Option<Place>,
}

impl Node {
    /// Reads a host's addresses. No host is asked.
    ///
    /// # Errors
    /// When none of the variables holds an address; the message says which to set.
    pub(crate) fn read(described: &dyn Described, name: &Arc<str>) -> Result<Node, Problem> {
        let reader = Reader::new(described, name);
        let access = reader
            .address("access_ip")?
            .map(|set| (set.value, "access_ip", set.place));
        let own = match reader.address("ip")? {
            Some(set) => Some((set.value, "ip", set.place)),
            None => connection_address(&reader, name)?,
        };
        let (address, ..) = *own
            .as_ref()
            .or(access.as_ref())
            .ok_or_else(|| no_address(described, name))?;
        let (access, source, place) = access.or(own).ok_or_else(|| no_address(described, name))?;
        Ok(Node {
            name: Arc::clone(name),
            address,
            access,
            source,
            place,
        })
    }
}

type Found = (IpAddr, &'static str, Option<Place>);

fn connection_address(reader: &Reader<'_>, name: &Arc<str>) -> Result<Option<Found>, Problem> {
    if let Some(set) = reader.text("ansible_host")?
        && let Ok(address) = set.value.parse()
    {
        return Ok(Some((address, "ansible_host", set.place)));
    }
    Ok(name
        .parse()
        .ok()
        .map(|address| (address, "inventory_hostname", None)))
}

fn no_address(described: &dyn Described, name: &Arc<str>) -> Problem {
    let problem = Problem::error(
        "cluster::no-address",
        format!("the address of {name} is not known"),
    )
    .help(format!(
        "set `ip` (or `access_ip`, or `ansible_host`) of {name} to its address"
    ));
    match described.host_place(name) {
        Some(place) => problem.at(&place, "needs an address"),
        None => problem,
    }
}
