//! The model of a cluster.

mod balancer;
mod endpoints;
mod picture;
mod probes;
mod table;
