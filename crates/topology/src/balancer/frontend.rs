//! What a load balancer balances.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Problem;
use indexmap::IndexMap;
use serde::Serialize;

use crate::ApiAccess;
use crate::Node;
use crate::Value;
use crate::reader;
use crate::reader::Reader;
use crate::settings::is_name;

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
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// `GET /readyz` over TLS answers 200.
    Readyz,
    /// The same, but 401 and 403 count as alive: for clusters without anonymous authentication. It cannot see "not
    /// ready".
    #[serde(rename = "readyz-or-401")]
    ReadyzOr401,
    /// A TLS handshake.
    Tls,
    /// A TCP connection.
    Tcp,
}

impl Check {
    const EXPECTED: &str = "`readyz`, `readyz-or-401`, `tls` or `tcp`";

    fn named(name: &str) -> Option<Check> {
        match name {
            "readyz" => Some(Check::Readyz),
            "readyz-or-401" => Some(Check::ReadyzOr401),
            "tls" => Some(Check::Tls),
            "tcp" => Some(Check::Tcp),
            _ => None,
        }
    }
}

/// The variable with further frontends.
pub(crate) const EXTRA: &str = "loadbalancer_extra_frontends";

/// The masters, and the port of the API server of those that set their own.
pub(crate) struct Behind<'a> {
    /// Whether they tell anybody if they are ready.
    pub(crate) answer_anybody: bool,
    pub(crate) nodes: &'a IndexMap<Arc<str>, Node>,
    pub(crate) masters: &'a [Arc<str>],
    pub(crate) ports: &'a IndexMap<Arc<str>, u16>,
}

impl Behind<'_> {
    /// The API servers, each at the port that it listens on.
    pub(crate) fn api_servers(&self, api: &ApiAccess) -> Vec<Server> {
        self.servers(|name| self.ports.get(name).copied().unwrap_or(api.secure_port))
    }

    fn servers(&self, port: impl Fn(&Arc<str>) -> u16) -> Vec<Server> {
        let nodes = self.masters.iter().filter_map(|name| self.nodes.get(name));
        nodes
            .map(|node| Server {
                name: Arc::clone(&node.name),
                address: node.access,
                port: port(&node.name),
            })
            .collect()
    }
}

/// How API servers are checked: as it is set, else so that a healthy one of this Kubernetes counts as up.
pub(crate) fn check_of(reader: &Reader<'_>, answer_anybody: bool) -> Result<Check, Problem> {
    let Some(set) = reader.text("loadbalancer_apiserver_check")? else {
        return Ok(match answer_anybody {
            true => Check::Readyz,
            false => Check::ReadyzOr401,
        });
    };
    Check::named(&set.value).ok_or_else(|| {
        let value = set.value.as_str().into();
        let place = set.place.as_ref();
        reader.wrong("loadbalancer_apiserver_check", Check::EXPECTED, &value, place)
    })
}

/// Reads the frontends; the API server's is the first.
pub(super) fn read(
    reader: &Reader<'_>,
    api: &ApiAccess,
    behind: &Behind<'_>,
) -> Result<Vec<Frontend>, Problem> {
    let vip_only = reader
        .flag("loadbalancer_bind_vip_only")?
        .is_some_and(|set| set.value);
    let check = check_of(reader, behind.answer_anybody)?;
    let servers = behind.api_servers(api);
    let mut frontends = vec![Frontend {
        name: "kube_api".to_owned(),
        port: api.balancer_port,
        vip_only,
        servers,
        check,
    }];
    let Some(Value { value, place }) = reader.raw(EXTRA)? else {
        return Ok(frontends);
    };
    let wrong = |expected: &str| reader.wrong(EXTRA, expected, &value, place.as_ref());
    let entries = value
        .as_array()
        .ok_or_else(|| wrong("a list of mappings with `name` and `port`"))?;
    for entry in entries {
        let (entry, servers) = extra(entry).map_err(wrong)?;
        frontends.push(Frontend {
            vip_only,
            servers: behind.servers(|_| servers),
            ..entry
        });
    }
    Ok(frontends)
}

/// An entry of the variable, and the port of its servers.
fn extra(entry: &serde_json::Value) -> Result<(Frontend, u16), &'static str> {
    let map = entry
        .as_object()
        .ok_or("a list of mappings with `name` and `port`")?;
    if map
        .keys()
        .any(|key| !matches!(key.as_str(), "name" | "port" | "backend_port" | "check"))
    {
        return Err("mappings with `name`, `port`, `backend_port` and `check` only");
    }
    let name = map
        .get("name")
        .and_then(reader::text)
        .filter(|name| is_name(name));
    let name = name.ok_or("mappings with a `name` of letters, digits and `._:-`")?;
    let port = map
        .get("port")
        .and_then(reader::port)
        .ok_or("mappings with a `port` (1 to 65535)")?;
    let backend = map.get("backend_port").map_or(Some(port), reader::port);
    let backend = backend.ok_or("mappings whose `backend_port` is 1 to 65535")?;
    let check = map
        .get("check")
        .map_or(Some(Check::Tcp), |check| Check::named(check.as_str()?));
    let check = check.ok_or("mappings whose `check` is `readyz`, `readyz-or-401`, `tls` or `tcp`")?;
    Ok((
        Frontend {
            name,
            port,
            vip_only: false,
            servers: Vec::new(),
            check,
        },
        backend,
    ))
}
