//! Clients and workers: who uses the API.

use std::sync::Arc;

use super::etcd;
use super::metrics::Style;
use super::page::Page;
use super::page::few;
use super::shape::Anchor;
use super::shape::Drawing;
use super::shape::Look;
use super::shape::Rect;
use super::shape::Said;
use super::shape::height;
use super::words;
use crate::Cluster;
use crate::Mode;
use crate::bracketed;

/// How many workers are drawn.
const MOST: usize = 6;
/// The width of the clients' box.
const CLIENTS: i32 = 136;
/// The height of a program in a host's box.
pub(super) const PROGRAM: i32 = 23;

/// Where clients and workers stand.
pub(super) struct Users {
    pub(super) lane: Rect,
    pub(super) clients: Rect,
    /// The box around the workers.
    pub(super) workers: Option<Rect>,
}

/// The hosts of the cluster that are no masters.
pub(super) fn workers(cluster: &Cluster) -> Vec<&Arc<str>> {
    let hosts = cluster.nodes.keys();
    hosts
        .filter(|name| cluster.in_cluster(name) && !cluster.masters.contains(name))
        .collect()
}

pub(super) fn draw(drawing: &mut Drawing, page: Page, cluster: &Cluster, y: i32) -> Users {
    let workers = workers(cluster);
    let top = y + 14;
    let clients = Rect {
        x: page.left(),
        y: top,
        width: CLIENTS,
        height: 48,
    };
    let group = group(page, cluster, &workers, top);
    let bottom = group.map_or(clients.bottom(), Rect::bottom);
    let name = if workers.is_empty() {
        "clients"
    } else {
        "clients and workers"
    };
    let about = match (cluster.api.mode, workers.is_empty()) {
        (Mode::Local, false) => "each worker balances for itself",
        _ => "",
    };
    let lane = page.lane(drawing, y, bottom + 14 - y, name, about);
    drawing.labelled(
        clients,
        Look::Host,
        &[
            (Style::Name, "clients".to_owned()),
            (Style::Small, "kubectl, CI, people".to_owned()),
        ],
    );
    if let Some(group) = group {
        draw_workers(drawing, cluster, &workers, group);
    }
    Users {
        lane,
        clients,
        workers: group,
    }
}

/// The programs on a worker that others reach the cluster through.
fn programs(cluster: &Cluster, name: &Arc<str>) -> Vec<(Look, String)> {
    let mut programs = Vec::new();
    let local = cluster.local.as_ref().filter(|local| local.hosts.contains(name));
    if let Some(local) = local {
        let text = format!("{} :{}", words::program(local.program), local.port);
        programs.push((Look::Balancer, text));
    }
    if let Some(part) = etcd::part(cluster, name) {
        programs.push((Look::Etcd, words::etcd(cluster, part)));
    }
    programs
}

fn header(cluster: &Cluster, name: &Arc<str>) -> Vec<Said> {
    let address = cluster.nodes.get(name).map(|node| bracketed(node.access));
    vec![
        (Style::Name, name.to_string()),
        (Style::Small, address.unwrap_or_default()),
    ]
}

/// The height of a worker's box: its header, and the programs of the one that has the most.
fn size(cluster: &Cluster, workers: &[&Arc<str>]) -> i32 {
    let most = workers.iter().map(|name| programs(cluster, name).len()).max();
    let most = i32::try_from(most.unwrap_or(0)).unwrap_or(i32::MAX);
    14 + Style::Name.line() + Style::Small.line() + most * (PROGRAM + 4)
}

/// How many stand side by side: four look better in two rows of two.
const fn abreast(count: usize) -> usize {
    match count {
        0 | 1 => 1,
        2 | 4 => 2,
        _ => 3,
    }
}

fn group(page: Page, cluster: &Cluster, workers: &[&Arc<str>], y: i32) -> Option<Rect> {
    let (kept, more) = few(workers, MOST);
    let rows = i32::try_from(kept.len().div_ceil(abreast(kept.len()))).ok()?;
    if rows == 0 {
        return None;
    }
    let x = page.left() + CLIENTS + 30;
    let rest = if more > 0 { Style::Small.line() + 2 } else { 0 };
    Some(Rect {
        x,
        y,
        width: page.right() - x,
        height: 20 + rows * (size(cluster, kept) + 10) - 10 + rest,
    })
}

fn draw_workers(drawing: &mut Drawing, cluster: &Cluster, workers: &[&Arc<str>], group: Rect) {
    drawing.shape(group, Look::Group);
    let (kept, more) = few(workers, MOST);
    let height = size(cluster, kept);
    let abreast = abreast(kept.len());
    let columns = i32::try_from(abreast).unwrap_or(1);
    let width = ((group.width - 20 - 10 * (columns - 1)) / columns).min(220);
    let start = group.x + (group.width - columns * (width + 10) + 10) / 2;
    for (index, name) in kept.iter().enumerate() {
        let cell = |number: usize| i32::try_from(number).unwrap_or(0);
        let rect = Rect {
            x: start + cell(index % abreast) * (width + 10),
            y: group.y + 10 + cell(index / abreast) * (height + 10),
            width,
            height,
        };
        draw_worker(drawing, cluster, name, rect);
    }
    if more > 0 {
        let at = (group.x + group.width / 2, group.bottom() - 8);
        let text = format!("and {more} more");
        drawing.text(at, Anchor::Middle, Style::Small, &text, group.width - 16);
    }
}

fn draw_worker(drawing: &mut Drawing, cluster: &Cluster, name: &Arc<str>, rect: Rect) {
    let header = header(cluster, name);
    drawing.shape(rect, Look::Host);
    drawing.said(rect, 4, &header);
    let mut y = rect.y + 8 + height(&header);
    for (look, text) in programs(cluster, name) {
        let inner = Rect {
            x: rect.x + 8,
            y,
            width: rect.width - 16,
            height: PROGRAM,
        };
        drawing.labelled(inner, look, &[(Style::Small, text)]);
        y += PROGRAM + 4;
    }
}
