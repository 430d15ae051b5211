//! How components reach the API server.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use serde::Serialize;

use crate::Described;
use crate::FilePath;
use crate::Value;
use crate::reader::Reader;
use crate::reader::Set;
use crate::reader::port;

/// The default name of the load balancer, from the Kargo project.
const DEFAULT_DOMAIN: &str = "lb-apiserver.kubernetes.local";

/// Where API servers listen, and load balancers.
const TLS_PORT: u16 = 6443;

/// Where API servers listen on hosts that are load balancers too.
const STACKED_PORT: u16 = 6444;

/// Which contract holds (`kube_api_access`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Contract {
    /// The table of Kargo's document: secure port 443, masters over plain HTTP on 8080.
    Kargo,
    /// TLS everywhere: secure port 6443, masters on their own API server.
    Tls,
}

/// Which load balancer stands between components and API servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One on every node, bound to localhost.
    Local,
    /// An external one, behind `loadbalancer_apiserver`.
    External,
    /// None: everybody uses the first master.
    Neither,
}

/// How components reach the API server: the variables that decide it, read once for the cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiAccess {
    /// Which contract holds.
    pub contract: Contract,
    /// Which load balancer.
    pub mode: Mode,
    /// Why: the variable that decided, and where it is set.
    pub why: String,
    /// Where the deciding variable is set.
    pub place: Option<Place>,
    /// `kube_apiserver_port`.
    pub secure_port: u16,
    /// `kube_apiserver_insecure_port`; only in the kargo contract.
    pub insecure_port: u16,
    /// Port of the local load balancer: `loadbalancer_apiserver_port`, else the secure port.
    pub local_port: u16,
    /// `apiserver_loadbalancer_domain_name`.
    pub domain: String,
    /// `loadbalancer_apiserver.address`, in external mode.
    pub balancer_address: Option<IpAddr>,
    /// `loadbalancer_apiserver.port`, else the secure port.
    pub balancer_port: u16,
    /// Where `loadbalancer_apiserver` is set.
    pub balancer_place: Option<Place>,
    /// `kube_apiserver_ca`: the file on the hosts that holds the CA of the API servers' certificates.
    pub ca: Option<FilePath>,
}

impl ApiAccess {
    /// Reads the deciding variables of a host: they are set for the whole cluster, usually in `group_vars/all`.
    ///
    /// # Errors
    /// Values of the wrong kind, each at its place.
    pub(crate) fn read(
        described: &dyn Described,
        host: &Arc<str>,
        stacked: bool,
    ) -> Result<ApiAccess, Problem> {
        let reader = Reader::new(described, host);
        let contract = contract(&reader)?;
        let default_port = match contract {
            Contract::Kargo => 443,
            Contract::Tls if stacked => STACKED_PORT,
            Contract::Tls => TLS_PORT,
        };
        let secure_port = reader
            .port("kube_apiserver_port")?
            .map_or(default_port, |set| set.value);
        let balancer = balancer(&reader)?;
        let localhost = reader.flag("loadbalancer_apiserver_localhost")?;
        let (mode, why, place) = decide(balancer.as_ref(), localhost.as_ref());
        let domain = reader
            .text("apiserver_loadbalancer_domain_name")?
            .map(|set| set.value);
        Ok(ApiAccess {
            contract,
            mode,
            why,
            place,
            secure_port,
            insecure_port: reader
                .port("kube_apiserver_insecure_port")?
                .map_or(8080, |set| set.value),
            local_port: reader
                .port("loadbalancer_apiserver_port")?
                .map_or(secure_port, |set| set.value),
            domain: domain.unwrap_or_else(|| DEFAULT_DOMAIN.to_owned()),
            balancer_address: balancer.as_ref().and_then(|set| set.value.0),
            balancer_port: balancer
                .as_ref()
                .and_then(|set| set.value.1)
                .unwrap_or(if stacked { TLS_PORT } else { secure_port }),
            balancer_place: balancer.and_then(|set| set.place),
            ca: reader.setting("kube_apiserver_ca")?,
        })
    }
}

fn contract(reader: &Reader<'_>) -> Result<Contract, Problem> {
    let Some(set) = reader.text("kube_api_access")? else {
        return Ok(Contract::Tls);
    };
    match set.value.as_str() {
        "kargo" => Ok(Contract::Kargo),
        "tls" => Ok(Contract::Tls),
        other => Err(reader.wrong(
            "kube_api_access",
            "`kargo` or `tls`",
            &other.into(),
            set.place.as_ref(),
        )),
    }
}

type AddressAndPort = (Option<IpAddr>, Option<u16>);

/// `loadbalancer_apiserver`: a mapping with `address` and perhaps `port`.
fn balancer(reader: &Reader<'_>) -> Result<Option<Set<AddressAndPort>>, Problem> {
    const NAME: &str = "loadbalancer_apiserver";
    let Some(Value { value, place }) = reader.raw(NAME)? else {
        return Ok(None);
    };
    let wrong =
        |expected: &str, value: &serde_json::Value| reader.wrong(NAME, expected, value, place.as_ref());
    let Some(map) = value.as_object() else {
        return Err(wrong("a mapping with `address` and `port`", &value));
    };
    let address = match map.get("address") {
        Some(address) => {
            let parsed = address.as_str().and_then(|text| text.trim().parse().ok());
            Some(parsed.ok_or_else(|| wrong("a mapping whose `address` is an IP address", &value))?)
        }
        None => None,
    };
    let number = match map.get("port") {
        Some(serde_json::Value::Null) | None => None,
        Some(given) => {
            Some(port(given).ok_or_else(|| wrong("a mapping whose `port` is 1 to 65535", &value))?)
        }
    };
    Ok(Some(Set {
        value: (address, number),
        place,
    }))
}

fn decide(
    balancer: Option<&Set<AddressAndPort>>,
    localhost: Option<&Set<bool>>,
) -> (Mode, String, Option<Place>) {
    match (balancer, localhost) {
        (Some(set), _) => (
            Mode::External,
            "loadbalancer_apiserver is set".to_owned(),
            set.place.clone(),
        ),
        (None, Some(Set { value: false, place })) => (
            Mode::Neither,
            "loadbalancer_apiserver_localhost is false".to_owned(),
            place.clone(),
        ),
        (None, Some(Set { value: true, place })) => (
            Mode::Local,
            "loadbalancer_apiserver_localhost is true".to_owned(),
            place.clone(),
        ),
        (None, None) => (
            Mode::Local,
            "the default, as loadbalancer_apiserver is not set".to_owned(),
            None,
        ),
    }
}
