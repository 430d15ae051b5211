//! The ways between lanes: down to a line across, along it, and down to each target.

use super::entrance::Entrance;
use super::masters::Masters;
use super::metrics::Style;
use super::page::Page;
use super::shape::Anchor;
use super::shape::Drawing;
use super::shape::Point;
use super::users;
use super::users::Users;
use super::words;
use crate::Cluster;
use crate::Contract;
use crate::Mode;
use crate::Program;

/// The room between clients and load balancers.
pub(super) const BELOW_USERS: i32 = 46;
/// The room between clients and masters where there are no load balancers.
pub(super) const BELOW_USERS_ALONE: i32 = 78;
/// The room between load balancers and masters.
pub(super) const BELOW_ENTRANCE: i32 = 46;

/// From every point to every target: down to a line across, and along it.
pub(super) fn mesh(drawing: &mut Drawing, from: &[Point], bus: i32, to: &[Point]) {
    let across = from.iter().chain(to).map(|(x, _)| *x);
    let (Some(start), Some(end)) = (across.clone().min(), across.max()) else {
        return;
    };
    for source in from {
        drawing.line(&[*source, (source.0, bus)], false);
    }
    drawing.line(&[(start, bus), (end, bus)], false);
    for target in to {
        drawing.arrow(&[(target.0, bus), *target], false);
    }
}

/// From one point to the target that has the highest priority, dashed to those that take over.
pub(super) fn takeover(drawing: &mut Drawing, from: Point, bus: i32, to: &[Point]) {
    let (first, others) = to.split_at(to.len().min(1));
    for target in others {
        drawing.arrow(&[(from.0, bus), (target.0, bus), *target], true);
    }
    for target in first {
        drawing.arrow(&[from, (from.0, bus), (target.0, bus), *target], false);
    }
}

/// Whether masters use the load balancer, too, and a line leads from them around the lanes.
pub(super) fn around(cluster: &Cluster) -> bool {
    cluster.api.contract == Contract::Kargo && cluster.api.mode == Mode::External
}

/// From clients and workers to the masters.
pub(super) fn to_masters(
    drawing: &mut Drawing,
    page: Page,
    cluster: &Cluster,
    users: &Users,
    entrance: Option<&Entrance>,
    masters: &Masters,
) {
    labels(drawing, page, cluster, users);
    match entrance {
        Some(entrance) => {
            let from: Vec<_> = [Some(users.clients), users.workers]
                .into_iter()
                .flatten()
                .map(|rect| rect.below())
                .collect();
            let bus = users.lane.bottom() + 26;
            mesh(drawing, &from, bus, &[entrance.address.above()]);
            from_entrance(drawing, page, cluster, entrance, masters);
        }
        None => directly(drawing, page, cluster, users, masters),
    }
}

/// The endpoints that clients and workers use, beside their ways.
fn labels(drawing: &mut Drawing, page: Page, cluster: &Cluster, users: &Users) {
    let y = users.lane.bottom() + 17;
    let (clients, _) = users.clients.below();
    let workers = users.workers.map(|rect| rect.below().0);
    let room = workers.unwrap_or(page.right()) - clients - 16;
    let url = crate::variables::outside(cluster);
    drawing.text((clients + 8, y), Anchor::Start, Style::Small, &url, room);
    if let Some(x) = workers {
        let url = words::endpoints(cluster, &users::workers(cluster)).join(", ");
        drawing.text(
            (x + 8, y),
            Anchor::Start,
            Style::Small,
            &url,
            page.right() - x - 8,
        );
    }
}

/// Where arrows arrive at each master.
fn arrivals(masters: &Masters) -> Vec<Point> {
    let hosts = masters.placed.iter().map(|master| master.host);
    hosts.chain(masters.more).map(|rect| rect.above()).collect()
}

fn from_entrance(
    drawing: &mut Drawing,
    page: Page,
    cluster: &Cluster,
    entrance: &Entrance,
    masters: &Masters,
) {
    let from = entrance.out.below();
    let bus = entrance.lane.bottom() + 28;
    let label = (from.0 + 8, entrance.lane.bottom() + 18);
    let room = page.right() - label.0;
    match &cluster.balancer {
        None => {
            drawing.line(&[from, (from.0, bus)], true);
            for target in arrivals(masters) {
                drawing.arrow(&[(from.0, bus), (target.0, bus), target], true);
            }
        }
        Some(_) if super::entrance::alone(cluster).is_empty() => {
            // The first has the highest priority; the others take the address over.
            let holds = |master: &&super::masters::Placed| master.balancer.is_some();
            let members = masters.placed.iter().filter(holds);
            let mut members: Vec<_> = members
                .map(|master| (master.name.clone(), master.host.above()))
                .collect();
            members.sort_by_key(|(name, _)| words::rank(cluster, name));
            let points: Vec<_> = members.into_iter().map(|(_, point)| point).collect();
            takeover(drawing, from, bus, &points);
            let text = "the address is on one of them at a time";
            drawing.text(label, Anchor::Start, Style::Small, text, room);
        }
        Some(balancer) => {
            mesh(drawing, &[from], bus, &arrivals(masters));
            let text = match balancer.program {
                Program::Haproxy => "to every master whose check passes",
                Program::Nginx => "to every master that takes connections",
            };
            drawing.text(label, Anchor::Start, Style::Small, text, room);
        }
    }
    if around(cluster) {
        // Masters use the load balancer, too: around the lanes, back to the address.
        let (x, y) = (page.margin(), entrance.address.y + entrance.address.height / 2);
        let from = (masters.lane.right(), masters.lane.y + 24);
        drawing.arrow(&[from, (x, from.1), (x, y), (entrance.address.right(), y)], false);
        let label = (entrance.address.right() + 16, y - 5);
        let room = page.right() - label.0;
        drawing.text(label, Anchor::Start, Style::Small, "masters use it, too", room);
    }
}

/// Without a load balancer in between: clients to the first master, workers over their own load balancer, or there too.
fn directly(drawing: &mut Drawing, page: Page, cluster: &Cluster, users: &Users, masters: &Masters) {
    let Some(first) = masters.placed.first().map(|master| master.host) else {
        return;
    };
    let bottom = users.lane.bottom();
    let clients = (first.x + first.width / 4, first.y);
    mesh(drawing, &[users.clients.below()], bottom + 28, &[clients]);
    let alone = (first.x + first.width * 3 / 4, first.y);
    let targets = match cluster.api.mode {
        Mode::Local => arrivals(masters),
        Mode::External | Mode::Neither => vec![alone],
    };
    if let Some(workers) = users.workers {
        mesh(drawing, &[workers.below()], bottom + 46, &targets);
    }
    if cluster.api.mode == Mode::Neither {
        let text = words::without_balancer(cluster);
        let at = (alone.0 + 16, bottom + 66);
        let room = page.right() - at.0;
        drawing.text(at, Anchor::Start, Style::Name, &text, room);
    }
}
