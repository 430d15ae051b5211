//! The values of the model as variables for roles and playbooks.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::json;

use crate::Cluster;
use crate::address::bracketed;
use crate::address::url;
use crate::etcd::CLIENT_PORT;

/// The names of the computed variables. An inventory that sets one contradicts the model.
pub const COMPUTED: &[&str] = &[
    "etcd_access_address",
    "etcd_access_addresses",
    "etcd_access_endpoint",
    "etcd_client_url",
    "kube_apiserver_access_address",
    "kube_apiserver_address",
    "kube_apiserver_endpoint",
    "kube_apiserver_global_endpoint",
];

/// The computed variables of every host.
pub fn variables(cluster: &Cluster) -> IndexMap<Arc<str>, IndexMap<&'static str, Value>> {
    let addresses = cluster.etcd_addresses();
    let outside = outside(cluster);
    let of_host = |node: &crate::Node| {
        let access = bracketed(node.access);
        let mut all = IndexMap::from([
            ("kube_apiserver_endpoint", json!(cluster.apiserver_of(node).url)),
            ("kube_apiserver_global_endpoint", json!(outside)),
            ("kube_apiserver_address", json!(node.address.to_string())),
            ("kube_apiserver_access_address", json!(node.access.to_string())),
            ("etcd_access_addresses", json!(addresses)),
            ("etcd_access_address", json!(node.access.to_string())),
            (
                "etcd_client_url",
                json!(url(cluster.etcd.scheme, &access, CLIENT_PORT)),
            ),
        ]);
        // Undefined where there is none: a file with a wrong address would be worse than an error.
        all.extend(
            cluster
                .etcd_of(node)
                .url
                .map(|url| ("etcd_access_endpoint", json!(url))),
        );
        all
    };
    cluster
        .nodes
        .values()
        .map(|node| (Arc::clone(&node.name), of_host(node)))
        .collect()
}

/// The endpoint for clients outside of the cluster: the load balancer, else the first master.
pub(crate) fn outside(cluster: &Cluster) -> String {
    let api = &cluster.api;
    if api.mode == crate::Mode::External {
        return url("https", &api.domain, api.balancer_port);
    }
    let first = cluster.masters.first().and_then(|name| cluster.nodes.get(name));
    url(
        "https",
        &first.map_or_else(|| "localhost".to_owned(), |node| bracketed(node.access)),
        api.secure_port,
    )
}
