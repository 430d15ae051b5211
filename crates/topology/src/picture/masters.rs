//! The masters: API servers, with the load balancers and the etcd that stand on the same hosts.

use std::sync::Arc;

use super::etcd;
use super::etcd::Part;
use super::metrics::Style;
use super::page::Page;
use super::page::columns_of;
use super::page::few;
use super::routes;
use super::shape::Drawing;
use super::shape::Look;
use super::shape::Rect;
use super::shape::Said;
use super::shape::fitting;
use super::shape::height;
use super::users::PROGRAM;
use super::words;
use crate::Balancer;
use crate::Cluster;
use crate::Member;
use crate::Mode;
use crate::bracketed;

/// How many masters are drawn.
const MOST: usize = 7;
/// The room between two programs of a host where lines run across the hosts.
const ACROSS: i32 = 30;

/// A master, and what stands on it.
pub(super) struct Placed {
    pub(super) name: Arc<str>,
    pub(super) host: Rect,
    pub(super) balancer: Option<Rect>,
    pub(super) server: Rect,
    pub(super) etcd: Option<(Part, Rect)>,
}

/// Where the masters stand.
pub(super) struct Masters {
    pub(super) lane: Rect,
    pub(super) placed: Vec<Placed>,
    /// The box that says how many more there are.
    pub(super) more: Option<Rect>,
    /// Where lines from all API servers to all etcd members run, when they do.
    pub(super) etcd_bus: Option<i32>,
}

/// What is said in the boxes of a master.
struct About {
    header: Vec<Said>,
    balancer: Vec<Said>,
    server: Vec<Said>,
    etcd: Option<(Part, String)>,
}

impl About {
    fn of(cluster: &Cluster, name: &Arc<str>) -> About {
        let small = |text: String| (Style::Small, text);
        let address = cluster.nodes.get(name).map(|node| bracketed(node.access));
        let mut header = vec![
            (Style::Name, name.to_string()),
            small(address.unwrap_or_default()),
        ];
        if cluster.workers.contains(name) {
            header.push(small("also a worker".to_owned()));
        }
        let balancer = stacked(cluster, name).map_or_else(Vec::new, |(balancer, member)| {
            vec![
                small(words::program(balancer.program).to_owned()),
                small(format!("VRRP priority {}", member.priority)),
            ]
        });
        About {
            header,
            balancer,
            server: server(cluster, name),
            etcd: etcd::part(cluster, name).map(|part| (part, words::etcd(cluster, part))),
        }
    }

    fn fitting(&self) -> i32 {
        let programs = [&self.balancer, &self.server]
            .into_iter()
            .map(|said| fitting(said));
        let inner = programs.max().unwrap_or(0) + 16;
        let etcd = self
            .etcd
            .as_ref()
            .map_or(0, |(_, text)| fitting(&[(Style::Small, text.clone())]) + 16);
        fitting(&self.header).max(inner).max(etcd)
    }
}

/// The load balancer on a master.
fn stacked<'c>(cluster: &'c Cluster, name: &str) -> Option<(&'c Balancer, &'c Member)> {
    let balancer = cluster.balancer.as_ref()?;
    let mut members = balancer.members.iter();
    Some((balancer, members.find(|member| *member.name == *name)?))
}

/// The ports of a master: the API server's, and those of further frontends.
fn server(cluster: &Cluster, name: &str) -> Vec<Said> {
    let mut said = vec![(Style::Small, format!("API server :{}", cluster.api_port(name)))];
    let further = cluster.balancer.iter().flat_map(|balancer| &balancer.frontends);
    for frontend in further.skip(1).take(4) {
        let server = frontend.servers.iter().find(|server| *server.name == *name);
        said.extend(server.map(|server| (Style::Small, format!("{} :{}", frontend.name, server.port))));
    }
    said
}

/// How many boxes stand side by side, and how wide their texts are.
pub(super) fn needs(cluster: &Cluster) -> (usize, i32) {
    let kept = few(&cluster.masters, MOST);
    let widest = kept.0.iter().map(|name| About::of(cluster, name).fitting()).max();
    (columns_of(kept), widest.unwrap_or(0))
}

/// The distances from a host's upper edge to its programs; the same for all masters.
struct Slots {
    balancer: i32,
    server: i32,
    server_height: i32,
    etcd: i32,
    height: i32,
}

impl Slots {
    fn of(abouts: &[About]) -> Slots {
        let highest = |of: fn(&About) -> &Vec<Said>| {
            let heights = abouts.iter().map(|about| height(of(about)));
            heights.max().unwrap_or(0)
        };
        let balancer = 12 + highest(|about| &about.header);
        let server = match highest(|about| &about.balancer) {
            0 => balancer,
            tall => balancer + tall + 8 + ACROSS,
        };
        let server_height = highest(|about| &about.server) + 8;
        let etcd = server + server_height + ACROSS;
        let has_etcd = abouts.iter().any(|about| about.etcd.is_some());
        let bottom = if has_etcd {
            etcd + PROGRAM
        } else {
            server + server_height
        };
        Slots {
            balancer,
            server,
            server_height,
            etcd,
            height: bottom + 10,
        }
    }
}

pub(super) fn draw(drawing: &mut Drawing, page: Page, cluster: &Cluster, y: i32) -> Masters {
    let (kept, more) = few(&cluster.masters, MOST);
    let abouts: Vec<About> = kept.iter().map(|name| About::of(cluster, name)).collect();
    let slots = Slots::of(&abouts);
    let lane = page.lane(drawing, y, slots.height + 28, "masters", &words::masters(cluster));
    let columns = page.columns(y + 14, slots.height, columns_of((kept, more)));
    let placed: Vec<Placed> = kept
        .iter()
        .zip(&abouts)
        .zip(&columns)
        .enumerate()
        .map(|(index, ((name, about), host))| {
            let look = if index == 0 && cluster.api.mode == Mode::Neither && cluster.masters.len() > 1 {
                Look::Alone
            } else {
                Look::Host
            };
            draw_master(drawing, name, about, (*host, look), &slots)
        })
        .collect();
    // It is low, as lines from the programs of the others pass below it.
    let more = columns.get(kept.len()).map(|rect| {
        let rect = Rect { height: 40, ..*rect };
        drawing.labelled(rect, Look::More, &[(Style::Small, format!("and {more} more"))]);
        rect
    });
    let mut masters = Masters {
        lane,
        placed,
        more,
        etcd_bus: None,
    };
    across(drawing, cluster, &mut masters);
    masters
}

fn draw_master(
    drawing: &mut Drawing,
    name: &Arc<str>,
    about: &About,
    (host, look): (Rect, Look),
    slots: &Slots,
) -> Placed {
    drawing.shape(host, look);
    drawing.said(host, 4, &about.header);
    let inner = |from: i32, height: i32| Rect {
        x: host.x + 8,
        y: host.y + from,
        width: host.width - 16,
        height,
    };
    let balancer = (!about.balancer.is_empty()).then(|| {
        let rect = inner(slots.balancer, height(&about.balancer) + 8);
        drawing.labelled(rect, Look::Balancer, &about.balancer);
        rect
    });
    let server = inner(slots.server, slots.server_height);
    drawing.labelled(server, Look::Server, &about.server);
    let etcd = about.etcd.as_ref().map(|(part, text)| {
        let rect = inner(slots.etcd, PROGRAM);
        drawing.labelled(rect, Look::Etcd, &[(Style::Small, text.clone())]);
        (*part, rect)
    });
    Placed {
        name: Arc::clone(name),
        host,
        balancer,
        server,
        etcd,
    }
}

/// The lines between programs of all masters.
fn across(drawing: &mut Drawing, cluster: &Cluster, masters: &mut Masters) {
    let placed = &masters.placed;
    let servers: Vec<_> = placed.iter().map(|master| master.server.above()).collect();
    let balancers: Vec<Rect> = placed.iter().filter_map(|master| master.balancer).collect();
    if let Some(first) = balancers.first() {
        let from: Vec<_> = balancers.iter().map(|rect| rect.below()).collect();
        routes::mesh(drawing, &from, first.bottom() + ACROSS / 2 - 2, &servers);
    }
    let etcd: Vec<(Part, Rect)> = placed.iter().filter_map(|master| master.etcd).collect();
    if !cluster.etcd.multiaccess {
        for master in placed {
            if let Some((_, etcd)) = master.etcd {
                drawing.arrow(&[master.server.below(), etcd.above()], false);
            }
        }
    } else if let (Some(first), false) = (placed.first(), etcd.is_empty()) {
        let from: Vec<_> = placed.iter().map(|master| master.server.below()).collect();
        let to: Vec<_> = etcd.iter().map(|(_, rect)| rect.above()).collect();
        let bus = first.server.bottom() + ACROSS / 2 - 2;
        routes::mesh(drawing, &from, bus, &to);
        masters.etcd_bus = Some(bus);
    }
}
