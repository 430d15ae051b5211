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
mod endpoint;
mod etcd;
mod groups;
mod lint;
mod node;
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
pub use balancer::Server;
pub use cluster::Cluster;
pub use described::Described;
pub use described::Value;
pub use endpoint::Endpoint;
pub use endpoint::HostEndpoints;
pub use etcd::EtcdAccess;
pub use groups::Group;
pub use groups::Named;
pub use node::Node;
pub use settings::Time;
pub use settings::Variable;
pub use variables::COMPUTED;
pub use variables::variables;
