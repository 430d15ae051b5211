//! The variables that decide the model as a whole, for documentation; those of one part stand with it.

use crate::Variable;

/// The variables of the cluster: addresses, endpoints, load balancing.
pub fn cluster_variables() -> Vec<Variable> {
    let row = |name, default: &str, unit, about| Variable {
        name,
        default: default.to_owned(),
        unit,
        about,
    };
    vec![
        row(
            "ip",
            "",
            "address",
            "The address a host has; `ansible_host` or the name, where that is an address, when not set.",
        ),
        row(
            "access_ip",
            "",
            "address",
            "The address others reach a host at; `ip` when not set.",
        ),
        row(
            "kube_api_access",
            "tls",
            "",
            "Which table of endpoints holds: `tls`, or `kargo` as in 2016 (masters over plain HTTP).",
        ),
        row(
            "kube_apiserver_port",
            "6443",
            "port",
            "Where the API servers listen; 6444 on masters that are load balancers too, 443 with `kube_api_access: kargo`.",
        ),
        row(
            "kube_apiserver_bind_address",
            "",
            "address",
            "The one address on which a master's API server listens; every address when not set.",
        ),
        row(
            "kube_apiserver_insecure_port",
            "8080",
            "port",
            "The port without TLS, only with `kube_api_access: kargo`.",
        ),
        row(
            "kube_apiserver_ca",
            "",
            "path",
            "The file on the hosts with the CA of the API servers, for `evenkeel verify`; where kubeadm, k3s or k0s puts it when not set.",
        ),
        row(
            "loadbalancer_apiserver",
            "",
            "address, port",
            "The virtual address and the port of the external load balancer: `{address: ADDRESS, port: PORT}`; the port defaults to 6443 when stacked, else to the API servers'.",
        ),
        row(
            "loadbalancer_apiserver_prefix",
            "32",
            "bits",
            "The length of its network's prefix (IPv6: 128); shorter ones are compared with the hosts' addresses.",
        ),
        row(
            "apiserver_loadbalancer_domain_name",
            "lb-apiserver.kubernetes.local",
            "",
            "The load balancer's name; /etc/hosts gets it.",
        ),
        row(
            "loadbalancer_apiserver_localhost",
            "true",
            "",
            "Nodes that are no masters have a load balancer on localhost; not used with `loadbalancer_apiserver`.",
        ),
        row(
            "loadbalancer_apiserver_port",
            "",
            "port",
            "The port of the load balancer on localhost; `kube_apiserver_port` when not set.",
        ),
        row(
            "loadbalancer_apiserver_type",
            "nginx",
            "",
            "The program of the load balancer on localhost: `nginx` or `haproxy`.",
        ),
        row(
            "loadbalancer_program",
            "haproxy",
            "",
            "The program of the external load balancer: `haproxy` or `nginx`.",
        ),
        row(
            "loadbalancer_apiserver_check",
            "",
            "",
            "How HAProxy checks API servers: `readyz` (also when not set), `readyz-or-401` (no anonymous requests; sees less, and when not set with k3s and k0s), `tls`, `tcp`.",
        ),
        row(
            "loadbalancer_bind_vip_only",
            "false",
            "",
            "The load balancer listens on the virtual address alone; the kernel then allows that where it is not.",
        ),
        row(
            "loadbalancer_extra_frontends",
            "[]",
            "",
            "More ports: `name`, `port`, and perhaps `backend_port` (`port`) and `check` (`tcp`).",
        ),
        row(
            "keepalived_interface",
            "",
            "",
            "The interface of a load balancer that carries the virtual address. Needed.",
        ),
        row(
            "etcd_multiaccess",
            "false",
            "",
            "Clients get the addresses of all members of etcd; otherwise a proxy on their localhost.",
        ),
        row(
            "etcd_cert_dir",
            "{{ inventory_dir }}/.credentials/etcd",
            "path",
            "The folder on the controller with etcd's certificates, which `evenkeel certs` makes.",
        ),
        row(
            "k3s_token",
            "",
            "",
            "The secret that k3s' servers and agents share. Needed with `kube_distribution: k3s`; keep it in a vault.",
        ),
        row(
            "lint_accepted",
            "[]",
            "ids",
            "Warnings of `evenkeel lint` that are known and meant: runs say no word of them, `lint` tells them as notes.",
        ),
    ]
}
