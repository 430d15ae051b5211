//! The virtual address, its load balancers, and what they listen on.

use super::metrics::Style;
use super::page::Page;
use super::page::columns_of;
use super::page::few;
use super::routes;
use super::shape::Anchor;
use super::shape::Drawing;
use super::shape::Look;
use super::shape::Rect;
use super::shape::Said;
use super::shape::fitting;
use super::shape::height;
use super::words;
use crate::Balancer;
use crate::Check;
use crate::Cluster;
use crate::Frontend;
use crate::Member;
use crate::Mode;
use crate::Program;
use crate::bracketed;

/// How many load balancers are drawn.
const MOST: usize = 5;
/// How many frontends are drawn, and how many side by side.
const MOST_FRONTENDS: usize = 9;
const ABREAST: usize = 3;

/// Where the way to the masters leads through.
pub(super) struct Entrance {
    pub(super) lane: Rect,
    /// The virtual address.
    pub(super) address: Rect,
    /// What the way leaves from: the frontends, or an address whose load balancer is not described.
    pub(super) out: Rect,
}

/// The load balancers that are no masters.
pub(super) fn alone(cluster: &Cluster) -> Vec<&Member> {
    let members = cluster.balancer.iter().flat_map(|balancer| &balancer.members);
    members
        .filter(|member| !cluster.masters.contains(&member.name))
        .collect()
}

/// How many boxes stand side by side, and how wide their texts are.
pub(super) fn needs(cluster: &Cluster) -> (usize, i32) {
    let alone = alone(cluster);
    let kept = few(&alone, MOST);
    let widest = kept.0.iter().map(|member| fitting(&about(cluster, member))).max();
    (columns_of(kept), widest.unwrap_or(0))
}

fn about(cluster: &Cluster, member: &Member) -> Vec<Said> {
    let small = |text: String| (Style::Small, text);
    let mut said = vec![
        (Style::Name, member.name.to_string()),
        small(bracketed(member.address)),
        small(format!("VRRP priority {}", member.priority)),
    ];
    if let Some(balancer) = &cluster.balancer {
        said.insert(
            2,
            small(format!("{}, keepalived", words::program(balancer.program))),
        );
    }
    if cluster.in_cluster(&member.name) {
        said.push(small("also a worker".to_owned()));
    }
    said
}

pub(super) fn draw(drawing: &mut Drawing, page: Page, cluster: &Cluster, y: i32) -> Option<Entrance> {
    if cluster.api.mode != Mode::External {
        return None;
    }
    let place = drawing.shapes.len();
    let address = draw_address(drawing, page, cluster, y + 14);
    let (out, name, about) = match &cluster.balancer {
        Some(balancer) => (
            draw_balancer(drawing, page, cluster, balancer, address),
            "load balancers",
            words::balancers(cluster, balancer),
        ),
        None => (
            address,
            "load balancer",
            "set up elsewhere, not by this inventory".to_owned(),
        ),
    };
    let lane = page.lane(drawing, y, out.bottom() + 14 - y, name, &about);
    // What was drawn before the lane's height was known lies on it.
    drawing.shapes[place..].rotate_right(1);
    Some(Entrance { lane, address, out })
}

fn draw_address(drawing: &mut Drawing, page: Page, cluster: &Cluster, y: i32) -> Rect {
    let api = &cluster.api;
    let said = match words::virtual_address(cluster) {
        Some(address) => vec![(Style::Name, address), (Style::Small, api.domain.clone())],
        None => vec![(
            Style::Name,
            crate::url("https", &api.domain, api.balancer_port).replace("https://", ""),
        )],
    };
    let width = (fitting(&said) + 36).clamp(220, 420);
    let rect = Rect {
        x: page.middle() - width / 2,
        y,
        width,
        height: 44,
    };
    drawing.labelled(rect, Look::Address, &said);
    rect
}

/// The load balancers and their frontends; gives the box around these.
fn draw_balancer(
    drawing: &mut Drawing,
    page: Page,
    cluster: &Cluster,
    balancer: &Balancer,
    address: Rect,
) -> Rect {
    let alone = alone(cluster);
    if alone.is_empty() {
        let frontends = draw_frontends(drawing, page, balancer, address.bottom() + 30);
        drawing.arrow(&[address.below(), frontends.above()], false);
        return frontends;
    }
    let (kept, more) = few(&alone, MOST);
    let texts: Vec<Vec<Said>> = kept.iter().map(|member| about(cluster, member)).collect();
    let tallest = texts.iter().map(|said| height(said)).max().unwrap_or(0) + 12;
    let columns = page.columns(address.bottom() + 44, tallest, columns_of((kept, more)));
    for (rect, said) in columns.iter().zip(&texts) {
        drawing.labelled(*rect, Look::Balancer, said);
    }
    if let Some(rect) = columns.get(kept.len()) {
        drawing.labelled(*rect, Look::More, &[(Style::Small, format!("and {more} more"))]);
    }
    // The first has the highest priority; the others take the address over.
    let members: Vec<_> = columns.iter().map(|rect| rect.above()).collect();
    routes::takeover(drawing, address.below(), address.bottom() + 22, &members);
    if members.len() > 1 {
        let at = (page.middle() + 8, address.bottom() + 16);
        let text = "on one of them at a time";
        drawing.text(at, Anchor::Start, Style::Small, text, 200);
    }
    let bottom = address.bottom() + 44 + tallest;
    let frontends = draw_frontends(drawing, page, balancer, bottom + 40);
    let members: Vec<_> = columns.iter().map(|rect| rect.below()).collect();
    routes::mesh(drawing, &members, bottom + 18, &[frontends.above()]);
    frontends
}

fn frontend(program: Program, frontend: &Frontend) -> Vec<Said> {
    let mut ports: Vec<u16> = frontend.servers.iter().map(|server| server.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    let check = match (program, frontend.check) {
        (Program::Haproxy, Check::Readyz) => "checked: GET /readyz",
        (Program::Haproxy, Check::ReadyzOr401) => "checked: GET /readyz, or 401",
        (Program::Haproxy, Check::Tls) => "checked: TLS handshake",
        (Program::Haproxy, Check::Tcp) => "checked: TCP connection",
        (Program::Nginx, _) => "notices failed connections",
    };
    let text = format!("{}: {} → {}", frontend.name, frontend.port, ports.join(", "));
    vec![(Style::Name, text), (Style::Small, check.to_owned())]
}

/// The frontends; gives the box around them, or the only one.
fn draw_frontends(drawing: &mut Drawing, page: Page, balancer: &Balancer, y: i32) -> Rect {
    let (kept, more) = few(&balancer.frontends, MOST_FRONTENDS);
    let texts: Vec<Vec<Said>> = kept.iter().map(|kept| frontend(balancer.program, kept)).collect();
    let abreast = kept.len().clamp(1, ABREAST);
    let number = |count: usize| i32::try_from(count).unwrap_or(0);
    let room = (page.right() - page.left() - 20 - 10 * (number(abreast) - 1)) / number(abreast);
    let widest = texts.iter().map(|said| fitting(said)).max().unwrap_or(0);
    let width = (widest + 8).min(room);
    if let [said] = texts.as_slice() {
        let x = page.middle() - width / 2;
        let rect = Rect {
            x,
            y,
            width,
            height: 40,
        };
        drawing.labelled(rect, Look::Balancer, said);
        return rect;
    }
    let all = number(abreast) * (width + 10) - 10;
    let rest = if more > 0 { Style::Small.line() + 2 } else { 0 };
    let group = Rect {
        x: page.middle() - all / 2 - 10,
        y,
        width: all + 20,
        height: 10 + number(kept.len().div_ceil(ABREAST)) * 50 + rest,
    };
    drawing.shape(group, Look::Group);
    for (index, said) in texts.iter().enumerate() {
        let rect = Rect {
            x: group.x + 10 + number(index % abreast) * (width + 10),
            y: y + 10 + number(index / abreast) * 50,
            width,
            height: 40,
        };
        drawing.labelled(rect, Look::Balancer, said);
    }
    if more > 0 {
        let at = (group.x + group.width / 2, group.bottom() - 8);
        let text = format!("and {more} more");
        drawing.text(at, Anchor::Middle, Style::Small, &text, group.width - 16);
    }
    group
}
