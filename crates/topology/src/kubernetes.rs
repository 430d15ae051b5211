//! Which Kubernetes runs on the cluster, and how its nodes are set up.

use crate::settings::CpuSet;
use crate::settings::FilePath;
use crate::settings::Labels;
use crate::settings::Memory;
use crate::settings::Names;
use crate::settings::Taints;
use crate::settings::Version;
use crate::settings::choice;
use crate::settings::settings;
use ipnet::IpNet;
use ipnet::Ipv4Net;
use std::net::Ipv4Addr;

choice! {
    /// Which Kubernetes a cluster runs (`kube_distribution`).
    pub enum Distribution {
        /// None that roles install: they only wire the endpoints.
        None = "none",
        /// kubeadm, from packages.
        Kubeadm = "kubeadm",
        /// k3s, one program.
        K3s = "k3s",
        /// k0s, one program.
        K0s = "k0s",
    }
    expected "`none`, `kubeadm`, `k3s` or `k0s`"
}

choice! {
    /// The network between pods, as far as the firewall must know it (`kube_network_plugin`).
    pub enum NetworkPlugin {
        /// Unknown: nothing is opened for it.
        None = "none",
        /// Flannel with VXLAN, k3s' own.
        Flannel = "flannel",
        /// Calico with BGP and VXLAN.
        Calico = "calico",
        /// Cilium with VXLAN.
        Cilium = "cilium",
        /// kube-router, k0s' own.
        KubeRouter = "kube-router",
    }
    expected "`none`, `flannel`, `calico`, `cilium` or `kube-router`"
}

choice! {
    /// How the kubelet gives CPUs to pods (`kubelet_cpu_manager_policy`).
    pub enum CpuManager {
        /// They share all CPUs.
        None = "none",
        /// Guaranteed pods with whole CPUs get CPUs of their own.
        Static = "static",
    }
    expected "`none` or `static`"
}

const fn network(a: u8, b: u8, c: u8, length: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), length))
}

settings! {
    /// Kubernetes on the cluster; read from the first master.
    pub struct Kubernetes {
        /// Which Kubernetes: `none`, `kubeadm`, `k3s` or `k0s`.
        distribution: Distribution = Distribution::None, "kube_distribution", "";
        /// Its version, such as `1.31.2`; without it kubeadm takes its own, and programs that are there stay.
        version: Option<Version> = None, "kube_version", "";
        /// The packages of kubeadm; others may stand beside these three, which alone get `kube_version` and are held. An apt source must offer them.
        packages: Names = Names::of(&["kubeadm", "kubelet", "kubectl"]), "kube_packages", "";
        /// The program k3s or k0s on the controller, which is copied to /usr/local/bin; without it it must be there.
        binary: Option<FilePath> = None, "kube_binary", "path";
        /// The network between pods: `none`, `flannel`, `calico`, `cilium` or `kube-router`; the firewall lets it through.
        network_plugin: NetworkPlugin = NetworkPlugin::None, "kube_network_plugin", "";
        /// The addresses of services.
        services: IpNet = network(10, 233, 0, 18), "kube_service_addresses", "network";
        /// The addresses of pods.
        pods: IpNet = network(10, 233, 64, 18), "kube_pods_subnet", "network";
        /// The domain of the cluster's own names.
        domain: String = "cluster.local".to_owned(), "dns_domain", "";
        /// More names and addresses for the API servers' certificates.
        sans: Names = Names::default(), "supplementary_addresses_in_ssl_keys", "";
        /// API servers of k3s and k0s tell anybody whether they are ready (and their version); all else needs a login as before.
        anonymous: bool = false, "kube_apiserver_anonymous_auth", "";
        /// Control plane pods get the class Guaranteed: requests equal to limits.
        guaranteed: bool = false, "kube_control_plane_guaranteed", "";
        /// CPUs of each control plane pod, when guaranteed.
        control_plane_cpu: u64 = 1, "kube_control_plane_cpu", "CPUs";
        /// Memory of each control plane pod, when guaranteed.
        control_plane_memory: Memory = Memory("1Gi".to_owned()), "kube_control_plane_memory", "bytes";
    }
}

impl Kubernetes {
    /// Whether the API servers tell anybody if they are ready. k3s and k0s start them with `--anonymous-auth=false`, so
    /// that `/readyz` answers 401 to whoever has no login of the cluster: k3s#3576, k0s#7961.
    pub fn answers_anybody(&self) -> bool {
        match self.distribution {
            Distribution::None | Distribution::Kubeadm => true,
            Distribution::K3s | Distribution::K0s => self.anonymous,
        }
    }
}

settings! {
    /// What a node is set up with; each host has its own.
    pub struct NodeSettings {
        /// Labels, given when the node joins.
        labels: Labels = Labels::default(), "node_labels", "";
        /// Taints, given when the node joins.
        taints: Taints = Taints::default(), "node_taints", "";
        /// CPUs that pods do not get: for the kubelet and the system.
        reserved_cpus: Option<CpuSet> = None, "kube_reserved_cpus", "CPUs";
        /// How the kubelet gives CPUs to pods: `none` or `static`, which needs `kube_reserved_cpus`.
        cpu_manager: CpuManager = CpuManager::None, "kubelet_cpu_manager_policy", "";
    }
}
