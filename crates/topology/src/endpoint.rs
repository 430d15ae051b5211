//! The endpoint table: for each host, where it reaches the API server and etcd, and why.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::sync::Arc;

use serde::Serialize;

use crate::Cluster;
use crate::Contract;
use crate::Mode;
use crate::Node;
use crate::address::bracketed;
use crate::address::url;
use crate::etcd::CLIENT_PORT;

/// An endpoint, and what decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint<U = String> {
    /// The URL; for etcd with `etcd_multiaccess` several, separated by commas.
    pub url: U,
    /// Which rule and which variable decided it.
    pub why: String,
    /// `file:line:column` of the deciding variable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_at: Option<String>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostEndpoints {
    /// The host.
    pub host: Arc<str>,
    /// What it is: `master`, `node`, `etcd`, `loadbalancer`.
    pub roles: Vec<&'static str>,
    /// Where it reaches the API server.
    pub kube_apiserver: Endpoint,
    /// Where it reaches etcd; no URL where no etcd is for it.
    pub etcd: Endpoint<Option<String>>,
}

impl Cluster {
    /// The endpoint table, in the inventory's order.
    pub fn endpoints(&self) -> Vec<HostEndpoints> {
        self.nodes.values().map(|node| self.endpoints_of(node)).collect()
    }

    fn endpoints_of(&self, node: &Node) -> HostEndpoints {
        HostEndpoints {
            host: Arc::clone(&node.name),
            roles: self.roles_of(&node.name),
            kube_apiserver: self.apiserver_of(node),
            etcd: self.etcd_of(node),
        }
    }

    /// Where a host reaches the API server.
    pub(crate) fn apiserver_of(&self, node: &Node) -> Endpoint {
        let master = self.masters.contains(&node.name);
        match (self.api.contract, self.api.mode, master) {
            (Contract::Kargo, Mode::External, _) | (Contract::Tls, Mode::External, false) => {
                self.through_balancer()
            }
            (Contract::Kargo, Mode::Local | Mode::Neither, true) => self.decided(
                url("http", "localhost", self.api.insecure_port),
                "a master uses its own API server's insecure port; ",
            ),
            (Contract::Tls, _, true) => self.own_server(node),
            (_, Mode::Local, false) if self.in_cluster(&node.name) => self.decided(
                url("https", "localhost", self.api.local_port),
                "the load balancer on this host; ",
            ),
            (_, Mode::Local, false) => {
                self.first_master("no local load balancer runs here, as the host is not in the cluster; ")
            }
            (_, Mode::Neither, false) => self.first_master("no load balancer: the first master; "),
        }
    }

    /// The one endpoint that every host's kube-proxy can use where load balancers are local: the port on localhost that
    /// is the load balancer's on workers and the API server's own on masters. None where these differ, and in the other
    /// modes, where one address is for all anyway.
    pub fn proxy_endpoint(&self) -> Option<String> {
        let own = |name: &Arc<str>| {
            let everywhere = self.api_bind(name).is_none_or(|address| address.is_unspecified());
            everywhere && self.api_port(name) == self.api.local_port
        };
        let one = self.api.mode == Mode::Local && self.masters.iter().all(own);
        one.then(|| url("https", "localhost", self.api.local_port))
    }

    fn decided(&self, url: String, rule: &str) -> Endpoint {
        let set_at = self.api.place.as_ref().map(ToString::to_string);
        Endpoint {
            url,
            why: format!("{rule}{}", self.api.why),
            set_at,
        }
    }

    fn through_balancer(&self) -> Endpoint {
        self.decided(
            url("https", &self.api.domain, self.api.balancer_port),
            "the external load balancer; ",
        )
    }

    fn first_master(&self, rule: &str) -> Endpoint {
        let address = self
            .masters
            .first()
            .and_then(|name| self.nodes.get(name))
            .map(|node| node.access);
        let host = address.map_or_else(|| "localhost".to_owned(), bracketed);
        self.decided(url("https", &host, self.api.secure_port), rule)
    }

    /// A master's own API server: the bind address where one is set that is no wildcard, else localhost.
    fn own_server(&self, node: &Node) -> Endpoint {
        let bind = self.binds.get(&node.name);
        let port = self.api_port(&node.name);
        match bind.filter(|(address, _)| !address.is_unspecified()) {
            Some((address, place)) => Endpoint {
                url: url("https", &bracketed(*address), port),
                why: "a master uses its own API server; kube_apiserver_bind_address is set".to_owned(),
                set_at: place.as_ref().map(ToString::to_string),
            },
            None => Endpoint {
                url: url(
                    "https",
                    &bracketed(loopback(bind.map(|(address, _)| *address))),
                    port,
                ),
                why: "a master uses its own API server".to_owned(),
                set_at: None,
            },
        }
    }

    /// Where a host reaches etcd.
    pub(crate) fn etcd_of(&self, node: &Node) -> Endpoint<Option<String>> {
        let etcd = &self.etcd;
        let local = || Some(url(etcd.scheme, "127.0.0.1", CLIENT_PORT));
        let member = etcd.members.contains(&node.name);
        let proxy = etcd.proxies.contains(&node.name);
        let (url, rule) = match (etcd.deployed, etcd.multiaccess, member, proxy) {
            (false, false, true, _) => {
                return Endpoint::for_no_variable(local(), "the member that this master's Kubernetes brings");
            }
            (false, _, false, _) => {
                return Endpoint::for_no_variable(
                    None,
                    "only masters use the etcd that their Kubernetes brings",
                );
            }
            (true, true, _, _) | (false, true, true, _) => (Some(self.etcd_addresses()), "all members; "),
            (true, false, true, _) => (local(), "the member on this host; "),
            (true, false, false, true) => (local(), "the proxy on this host; "),
            (true, false, false, false) => {
                return Endpoint::for_no_variable(
                    None,
                    "no proxy runs here, as the host is not in the cluster",
                );
            }
        };
        Endpoint {
            url,
            why: format!("{rule}{}", etcd.why),
            set_at: etcd.place.as_ref().map(ToString::to_string),
        }
    }

    /// The addresses of all etcd members, separated by commas.
    pub fn etcd_addresses(&self) -> String {
        let members = self.etcd.members.iter().filter_map(|name| self.nodes.get(name));
        let urls: Vec<String> = members
            .map(|node| url(self.etcd.scheme, &bracketed(node.access), CLIENT_PORT))
            .collect();
        urls.join(",")
    }
}

impl<U> Endpoint<U> {
    /// An endpoint that no variable decides.
    fn for_no_variable(url: U, why: &str) -> Endpoint<U> {
        Endpoint {
            url,
            why: why.to_owned(),
            set_at: None,
        }
    }
}

/// The loopback address that a wildcard bind serves; IPv4 is served by `::` too, and is what clients try.
fn loopback(bind: Option<IpAddr>) -> IpAddr {
    match bind {
        Some(IpAddr::V6(address)) if address != Ipv6Addr::UNSPECIFIED => Ipv6Addr::LOCALHOST.into(),
        _ => Ipv4Addr::LOCALHOST.into(),
    }
}
