//! A cluster as a picture: who talks to whom, and through which endpoint.
//!
//! The picture is laid out as plain data ([`shape::Drawing`]: boxes, lines and texts), from top to bottom: clients and
//! workers, the virtual address with its load balancers, the masters, etcd. Then it is written as SVG 1.1.

mod entrance;
mod etcd;
mod masters;
mod metrics;
mod page;
mod routes;
mod shape;
mod svg;
mod users;
mod words;

use crate::Cluster;

/// Draws a cluster as SVG: about 900 pixels wide, with a background, without fonts, scripts or anything from outside.
///
/// The same cluster gives the same bytes. Names that are too long for their box are shortened; their whole text is the
/// tooltip. Of many hosts the first are drawn, and how many more there are.
pub fn picture(cluster: &Cluster) -> String {
    svg::written(&page::drawn(cluster))
}
