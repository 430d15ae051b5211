//! The cluster an inventory describes: one model from which every file is computed.
//!
//! Pure functions over [`Described`] values: no host is asked, nothing is read. What contradicts the model is a
//! [`Problem`](evenkeel_yaml::Problem) with its place in the inventory.
#![forbid(unsafe_code)]

mod address;
mod api;
mod balancer;
mod cluster;
mod described;
mod documented;
mod endpoint;
mod etcd;
mod groups;
mod kubernetes;
mod lint;
mod local;
mod node;
mod opening;
mod picture;
mod reader;
mod settings;
mod variables;

pub use address::bracketed;
pub use address::url;
pub use api::ApiAccess;
pub use api::Contract;
pub use api::Mode;
pub use balancer::Balancer;
pub use balancer::Check;
pub use balancer::Firewall;
pub use balancer::Frontend;
pub use balancer::Haproxy;
pub use balancer::Keepalived;
pub use balancer::Member;
pub use balancer::Nginx;
pub use balancer::Server;
pub use balancer::Vrrp;
pub use cluster::Cluster;
pub use described::Described;
pub use described::Value;
pub use described::Written;
pub use documented::cluster_variables;
pub use endpoint::Endpoint;
pub use endpoint::HostEndpoints;
pub use etcd::Etcd;
pub use etcd::EtcdAccess;
pub use etcd::EtcdProxy;
pub use groups::Group;
pub use groups::Named;
pub use kubernetes::CpuManager;
pub use kubernetes::Distribution;
pub use kubernetes::Kubernetes;
pub use kubernetes::NetworkPlugin;
pub use kubernetes::NodeSettings;
pub use lint::catalogue::LINTS;
pub use lint::catalogue::Lint;
pub use lint::catalogue::explained;
pub use local::Local;
pub use local::Program;
pub use node::Node;
pub use opening::From;
pub use opening::Opening;
pub use picture::picture;
pub use settings::CpuSet;
pub use settings::FilePath;
pub use settings::Labels;
pub use settings::Memory;
pub use settings::Names;
pub use settings::Password;
pub use settings::Taints;
pub use settings::Time;
pub use settings::Variable;
pub use settings::Version;
pub use variables::COMPUTED;
pub use variables::variables;
