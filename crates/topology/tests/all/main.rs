//! The model of a cluster.

mod balancer;
mod endpoints;
mod table;
