//! etcd members on hosts that are no masters, and how the masters reach them.

use std::sync::Arc;

use super::masters::Masters;
use super::metrics::Style;
use super::metrics::wrapped;
use super::page::Page;
use super::page::columns_of;
use super::page::few;
use super::routes;
use super::shape::Anchor;
use super::shape::Drawing;
use super::shape::Look;
use super::shape::Point;
use super::shape::Rect;
use super::shape::Said;
use super::shape::fitting;
use super::shape::height;
use crate::Cluster;
use crate::bracketed;
use crate::etcd::CLIENT_PORT;

/// How many members are drawn.
const MOST: usize = 7;

/// What of etcd stands on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A member.
    Member,
    /// A proxy in front of all members.
    Proxy,
}

/// What of etcd stands on a host.
pub(super) fn part(cluster: &Cluster, name: &Arc<str>) -> Option<Part> {
    if cluster.etcd.members.contains(name) {
        Some(Part::Member)
    } else if cluster.etcd.proxies.contains(name) {
        Some(Part::Proxy)
    } else {
        None
    }
}

/// The members that are no masters.
fn elsewhere(cluster: &Cluster) -> Vec<&Arc<str>> {
    let members = cluster.etcd.members.iter();
    members.filter(|name| !cluster.masters.contains(*name)).collect()
}

fn about(cluster: &Cluster, name: &Arc<str>) -> Vec<Said> {
    let node = cluster.nodes.get(name);
    let address = node.map(|node| format!("{}:{CLIENT_PORT}", bracketed(node.access)));
    let mut said = vec![
        (Style::Name, name.to_string()),
        (Style::Small, address.unwrap_or_default()),
    ];
    if cluster.in_cluster(name) {
        said.push((Style::Small, "on the worker above".to_owned()));
    }
    said
}

/// How many boxes stand side by side, and how wide their texts are.
pub(super) fn needs(cluster: &Cluster) -> (usize, i32) {
    let members = elsewhere(cluster);
    let kept = few(&members, MOST);
    let widest = kept.0.iter().map(|name| fitting(&about(cluster, name))).max();
    (columns_of(kept), widest.unwrap_or(0))
}

/// The room that the endpoint's label needs, in lines.
fn label(cluster: &Cluster, room: i32) -> Vec<String> {
    let node = cluster.masters.first().and_then(|name| cluster.nodes.get(name));
    let url = node
        .and_then(|node| cluster.etcd_of(node).url)
        .unwrap_or_default();
    let mut lines = wrapped(&url, Style::Small, room);
    lines.truncate(6);
    lines
}

/// Draws the members that are no masters; gives where the lane, or the masters' lines to etcd, end.
pub(super) fn draw(drawing: &mut Drawing, page: Page, cluster: &Cluster, masters: &Masters) -> i32 {
    let ways = Ways::of(cluster, masters);
    let lines = label(cluster, (page.right() - page.left()) / 2 - 24);
    let tall = i32::try_from(lines.len()).unwrap_or(0) * Style::Small.line();
    let top = masters.lane.bottom();
    let members = elsewhere(cluster);
    if members.is_empty() {
        if ways.from.is_empty() || ways.up.is_empty() {
            return top;
        }
        let bus = top + 14;
        ways.draw(drawing, bus);
        write(drawing, (page.left(), bus + 4), Anchor::Start, &lines, page);
        return bus + 8 + tall;
    }
    let (kept, more) = few(&members, MOST);
    let texts: Vec<Vec<Said>> = kept.iter().map(|name| about(cluster, name)).collect();
    let tallest = texts.iter().map(|said| height(said)).max().unwrap_or(0) + 12;
    let joined = ways.from.is_empty() && masters.etcd_bus.is_none();
    let y = if joined { top + 16 } else { top + 14 + tall + 34 };
    let about = if members.len() == cluster.etcd.members.len() {
        "members"
    } else {
        "members that are no masters"
    };
    let lane = page.lane(drawing, y, tallest + 28, "etcd", about);
    let columns = page.columns(y + 14, tallest, columns_of((kept, more)));
    for (rect, said) in columns.iter().zip(&texts) {
        drawing.labelled(*rect, Look::Etcd, said);
    }
    if let Some(rect) = columns.get(kept.len()) {
        drawing.labelled(*rect, Look::More, &[(Style::Small, format!("and {more} more"))]);
    }
    connect(drawing, page, masters, (&ways, &columns), (lane, &lines));
    lane.bottom()
}

/// The ways from the masters' programs to members.
struct Ways {
    /// What they leave from: proxies, or API servers.
    from: Vec<Point>,
    /// The members on masters that proxies reach.
    up: Vec<Point>,
}

impl Ways {
    fn of(cluster: &Cluster, masters: &Masters) -> Ways {
        let placed = &masters.placed;
        if cluster.etcd.multiaccess {
            let alone = masters.etcd_bus.is_none();
            let servers = placed.iter().filter(|_| alone);
            return Ways {
                from: servers.map(|master| master.server.below()).collect(),
                up: Vec::new(),
            };
        }
        let of = |wanted: Part| {
            let etcd = placed.iter().filter_map(|master| master.etcd);
            etcd.filter(move |(part, _)| *part == wanted)
                .map(|(_, rect)| rect.below())
                .collect()
        };
        Ways {
            from: of(Part::Proxy),
            up: of(Part::Member),
        }
    }

    /// From each program to a bus, and up again to the members on masters.
    fn draw(&self, drawing: &mut Drawing, bus: i32) {
        routes::mesh(drawing, &self.from, bus, &self.up);
    }

    /// Where the way down goes on from the bus.
    fn trunk(&self) -> i32 {
        let xs = self.from.iter().map(|(x, _)| *x);
        i32::midpoint(xs.clone().min().unwrap_or(0), xs.max().unwrap_or(0))
    }
}

/// Draws the ways to the members in the lane, with the endpoint beside them.
fn connect(
    drawing: &mut Drawing,
    page: Page,
    masters: &Masters,
    (ways, columns): (&Ways, &[Rect]),
    (lane, lines): (Rect, &[String]),
) {
    let bus = lane.y - 16;
    let targets: Vec<_> = columns.iter().map(|rect| rect.above()).collect();
    if let (Some(across), Some(last)) = (masters.etcd_bus, masters.placed.last()) {
        let (x, _) = last.server.below();
        let passage = page.passage();
        drawing.line(&[(x, across), (passage, across), (passage, bus)], false);
        routes::mesh(drawing, &[(passage, bus)], bus, &targets);
        write(
            drawing,
            (passage - 8, masters.lane.bottom() + 6),
            Anchor::End,
            lines,
            page,
        );
    } else if !ways.from.is_empty() {
        let first = masters.lane.bottom() + 14;
        ways.draw(drawing, first);
        let trunk = ways.trunk();
        routes::mesh(drawing, &[(trunk, first)], bus, &targets);
        let (x, anchor) = if trunk > page.middle() {
            (trunk - 8, Anchor::End)
        } else {
            (trunk + 8, Anchor::Start)
        };
        write(drawing, (x, first + 2), anchor, lines, page);
    }
}

fn write(drawing: &mut Drawing, (x, y): Point, anchor: Anchor, lines: &[String], page: Page) {
    let mut base = y;
    for line in lines {
        base += Style::Small.line();
        let room = (page.right() - page.left()) / 2 - 24;
        drawing.text((x, base), anchor, Style::Small, line, room);
    }
}
