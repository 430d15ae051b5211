//! The external load balancer: who takes part, what is balanced, and behind which address.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use ipnet::IpNet;
use serde::Serialize;

use crate::ApiAccess;
use crate::Described;
use crate::Node;
use crate::Value;
use crate::reader;
use crate::reader::Reader;

/// A pair (or more) of load balancers with one virtual address.
#[derive(Clone, Debug, PartialEq)]
pub struct Balancer {
    /// The virtual address with its prefix length.
    pub vip: IpNet,
    /// VRRP's virtual router id, 1 to 255.
    pub router_id: u8,
    /// The hosts, in the order of their group; the first has the highest priority.
    pub members: Vec<Member>,
    /// What is balanced; the API server first.
    pub frontends: Vec<Frontend>,
    /// Seconds between VRRP advertisements.
    pub advert_int: u64,
}

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
    /// Where the interface is set.
    pub place: Option<Place>,
}

/// A port that is balanced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Frontend {
    /// Its name.
    pub name: String,
    /// The port it listens on.
    pub port: u16,
    /// Whether it listens on the virtual address only, instead of on every address.
    pub vip_only: bool,
    /// The servers behind it.
    pub servers: Vec<Server>,
    /// How a server is checked.
    pub check: Check,
}

/// A server behind a frontend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// The host's name.
    pub name: Arc<str>,
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
}

/// How a server is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// `GET /readyz` over TLS answers 200.
    Readyz,
    /// The same, but 401 and 403 count as alive: for clusters without anonymous authentication. It cannot see "not
    /// ready".
    ReadyzOr401,
    /// A TLS handshake.
    Tls,
    /// A TCP connection.
    Tcp,
}

/// The highest priority; each further member has one less.
const HIGHEST_PRIORITY: usize = 150;

impl Balancer {
    /// Reads the balancer of a cluster, if its inventory has hosts for one.
    ///
    /// # Errors
    /// Missing or wrong variables, each at its place.
    pub(crate) fn read(
        described: &dyn Described,
        api: &ApiAccess,
        nodes: &indexmap::IndexMap<Arc<str>, Node>,
        members: &[Arc<str>],
        masters: &[Arc<str>],
    ) -> Result<Option<Balancer>, Vec<Problem>> {
        let Some(first) = members.first() else { return Ok(None) };
        let reader = Reader::new(described, first);
        let mut problems = Vec::new();
        let mut keep = |result: Result<(), Problem>| problems.extend(result.err());
        let mut vip = None;
        keep(read_vip(&reader, api, described, first).map(|found| vip = Some(found)));
        let mut router_id = 51;
        keep(read_router_id(&reader).map(|found| router_id = found));
        let mut frontends = Vec::new();
        keep(read_frontends(&reader, api, nodes, masters).map(|found| frontends = found));
        let mut advert_int = 1;
        keep(reader.number("keepalived_advert_int").map(|set| advert_int = set.map_or(1, |set| set.value.max(1))));
        let mut all = Vec::new();
        for (index, name) in members.iter().enumerate() {
            keep(read_member(described, nodes, name, index).map(|member| all.push(member)));
        }
        match vip {
            Some(vip) if problems.is_empty() => {
                Ok(Some(Balancer { vip, router_id, members: all, frontends, advert_int }))
            }
            _ => Err(problems),
        }
    }
}

fn read_vip(
    reader: &Reader<'_>,
    api: &ApiAccess,
    described: &dyn Described,
    host: &str,
) -> Result<IpNet, Problem> {
    let Some(address) = api.balancer_address else {
        let problem = Problem::error("cluster::no-vip", "there are load balancers, but no address for them")
            .help("set `loadbalancer_apiserver: {address: ADDRESS, port: PORT}` for all hosts");
        return Err(match api.balancer_place.clone().or_else(|| described.host_place(host)) {
            Some(place) => problem.at(&place, "needs `loadbalancer_apiserver.address`"),
            None => problem,
        });
    };
    let full = if address.is_ipv4() { 32 } else { 128 };
    let prefix = reader.number("loadbalancer_apiserver_prefix")?;
    let length = prefix.as_ref().map_or(Some(full), |set| u8::try_from(set.value).ok());
    length.and_then(|length| IpNet::new(address, length).ok()).ok_or_else(|| {
        let value = prefix.as_ref().map_or(0, |set| set.value);
        let place = prefix.as_ref().and_then(|set| set.place.as_ref());
        reader.wrong("loadbalancer_apiserver_prefix", &format!("a prefix length (0 to {full})"), &value.into(), place)
    })
}

fn read_router_id(reader: &Reader<'_>) -> Result<u8, Problem> {
    const NAME: &str = "keepalived_virtual_router_id";
    let Some(set) = reader.number(NAME)? else { return Ok(51) };
    u8::try_from(set.value)
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(|| reader.wrong(NAME, "1 to 255", &set.value.into(), set.place.as_ref()))
}

fn read_member(
    described: &dyn Described,
    nodes: &indexmap::IndexMap<Arc<str>, Node>,
    name: &Arc<str>,
    index: usize,
) -> Result<Member, Problem> {
    let missing = |what: &str, help: String| {
        let problem = Problem::error("cluster::balancer", format!("{what} of {name} is not known")).help(help);
        match described.host_place(name) {
            Some(place) => problem.at(&place, "this load balancer"),
            None => problem,
        }
    };
    let reader = Reader::new(described, name);
    let node = nodes.get(name).ok_or_else(|| missing("the address", format!("set `ip` of {name}")))?;
    let interface = reader.text("keepalived_interface")?.ok_or_else(|| {
        missing("the interface", "set `keepalived_interface` to the one that carries the virtual address".to_owned())
    })?;
    let priority = u8::try_from(HIGHEST_PRIORITY.saturating_sub(index).max(1)).unwrap_or(1);
    let Node { address, .. } = *node;
    Ok(Member { name: Arc::clone(name), address, interface: interface.value, priority, place: interface.place })
}

fn read_frontends(
    reader: &Reader<'_>,
    api: &ApiAccess,
    nodes: &indexmap::IndexMap<Arc<str>, Node>,
    masters: &[Arc<str>],
) -> Result<Vec<Frontend>, Problem> {
    let behind = |port: u16| -> Vec<Server> {
        let servers = masters.iter().filter_map(|name| nodes.get(name));
        servers.map(|node| Server { name: Arc::clone(&node.name), address: node.access, port }).collect()
    };
    let vip_only = reader.flag("loadbalancer_bind_vip_only")?.is_some_and(|set| set.value);
    let check = match reader.text("loadbalancer_apiserver_check")? {
        None => Check::Readyz,
        Some(set) => check_named(&set.value).ok_or_else(|| {
            let expected = "`readyz`, `readyz-or-401`, `tls` or `tcp`";
            reader.wrong("loadbalancer_apiserver_check", expected, &set.value.as_str().into(), set.place.as_ref())
        })?,
    };
    let mut frontends = vec![Frontend {
        name: "kube_api".to_owned(),
        port: api.balancer_port,
        vip_only,
        servers: behind(api.secure_port),
        check,
    }];
    const EXTRA: &str = "loadbalancer_extra_frontends";
    if let Some(Value { value, place }) = reader.raw(EXTRA)? {
        let expected = "a list of mappings with `name`, `port` and perhaps `backend_port` and `check`";
        let wrong = || reader.wrong(EXTRA, expected, &value, place.as_ref());
        for entry in value.as_array().ok_or_else(wrong)? {
            let name = entry.get("name").and_then(reader::text).ok_or_else(wrong)?;
            let port = entry.get("port").and_then(reader::port).ok_or_else(wrong)?;
            let backend = entry.get("backend_port").map_or(Some(port), reader::port).ok_or_else(wrong)?;
            let check = entry.get("check").map_or(Some(Check::Tcp), |c| check_named(c.as_str()?)).ok_or_else(wrong)?;
            frontends.push(Frontend { name, port, vip_only, servers: behind(backend), check });
        }
    }
    Ok(frontends)
}

fn check_named(name: &str) -> Option<Check> {
    match name {
        "readyz" => Some(Check::Readyz),
        "readyz-or-401" => Some(Check::ReadyzOr401),
        "tls" => Some(Check::Tls),
        "tcp" => Some(Check::Tcp),
        _ => None,
    }
}
