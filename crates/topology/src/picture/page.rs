//! The page: its lanes from top to bottom, and the ways between them.

use super::entrance;
use super::etcd;
use super::masters;
use super::metrics::Style;
use super::metrics::wrapped;
use super::routes;
use super::shape::Anchor;
use super::shape::Drawing;
use super::shape::Look;
use super::shape::Rect;
use super::users;
use super::words;
use crate::Cluster;

/// The usual width of the page, in pixels; many masters side by side make it wider.
const WIDTH: i32 = 900;
/// The room around the lanes.
const MARGIN: i32 = 16;
/// Where the boxes begin, right of the lanes' names.
const LEFT: i32 = 132;
/// What remains free right of the boxes within a lane, for lines that pass by.
const PASSAGE: i32 = 24;
/// The room between two boxes.
const GAP: i32 = 14;
/// The widest box of a row.
const WIDEST: i32 = 236;

/// Where things may stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    width: i32,
    /// What remains free right of the lanes.
    outside: i32,
}

impl Page {
    /// Where the boxes begin.
    pub(super) const fn left(self) -> i32 {
        LEFT
    }

    /// Where the boxes end.
    pub(super) const fn right(self) -> i32 {
        self.width - self.outside - PASSAGE
    }

    /// Where lines pass by the boxes, within the lanes.
    pub(super) const fn passage(self) -> i32 {
        self.right() + PASSAGE / 2
    }

    /// Where lines pass by the lanes.
    pub(super) const fn margin(self) -> i32 {
        self.width - MARGIN
    }

    /// The room between the lanes and what passes by.
    const BESIDE: i32 = 20;

    /// The middle of the boxes.
    pub(super) const fn middle(self) -> i32 {
        i32::midpoint(self.left(), self.right())
    }

    /// Boxes of the same size side by side, in the middle.
    pub(super) fn columns(self, y: i32, height: i32, count: usize) -> Vec<Rect> {
        let count = i32::try_from(count).unwrap_or(i32::MAX).max(1);
        let room = self.right() - self.left();
        // Even widths have their middle on a whole pixel, as the page has.
        let width = ((room - GAP * (count - 1)) / count).min(WIDEST) & !1;
        let start = self.left() + (room - width * count - GAP * (count - 1)) / 2;
        let at = |index| Rect {
            x: start + index * (width + GAP),
            y,
            width,
            height,
        };
        (0..count).map(at).collect()
    }

    /// A lane: a band over the whole page with its name, and what is to be said about it; at least as high as that.
    pub(super) fn lane(self, drawing: &mut Drawing, y: i32, height: i32, name: &str, about: &str) -> Rect {
        let room = LEFT - MARGIN - 24;
        let said: Vec<_> = wrapped(name, Style::Name, room)
            .into_iter()
            .map(|line| (Style::Name, line))
            .chain(
                wrapped(about, Style::Small, room)
                    .into_iter()
                    .map(|line| (Style::Small, line)),
            )
            .collect();
        let rect = Rect {
            x: MARGIN,
            y,
            width: self.right() + PASSAGE - MARGIN,
            height: height.max(super::shape::height(&said) + 20),
        };
        drawing.shape(rect, Look::Lane);
        let mut base = y + 6;
        for (style, line) in said {
            base += style.line();
            drawing.text((MARGIN + 12, base), Anchor::Start, style, &line, room);
        }
        rect
    }
}

/// The first of many, and how many more there are.
pub(super) fn few<T>(all: &[T], most: usize) -> (&[T], usize) {
    let kept = all.len().min(most);
    (&all[..kept], all.len() - kept)
}

/// How many columns that takes.
pub(super) fn columns_of<T>((kept, more): (&[T], usize)) -> usize {
    kept.len() + usize::from(more > 0)
}

/// Draws a cluster.
pub(super) fn drawn(cluster: &Cluster) -> Drawing {
    let outside = if routes::around(cluster) {
        MARGIN + Page::BESIDE
    } else {
        MARGIN
    };
    let rows = [
        masters::needs(cluster),
        entrance::needs(cluster),
        etcd::needs(cluster),
    ];
    let needed = rows.into_iter().map(|(count, width)| {
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        LEFT + PASSAGE + outside + count * (width.clamp(112, WIDEST) + GAP) - GAP
    });
    let page = Page {
        width: (needed.fold(WIDTH, i32::max) + 1) & !1,
        outside,
    };
    let mut drawing = Drawing {
        width: page.width,
        title: words::title(cluster),
        description: words::description(cluster),
        ..Drawing::default()
    };
    let users = users::draw(&mut drawing, page, cluster, MARGIN);
    let entrance = entrance::draw(
        &mut drawing,
        page,
        cluster,
        users.lane.bottom() + routes::BELOW_USERS,
    );
    let above = match &entrance {
        Some(entrance) => entrance.lane.bottom() + routes::BELOW_ENTRANCE,
        None => users.lane.bottom() + routes::BELOW_USERS_ALONE,
    };
    let masters = masters::draw(&mut drawing, page, cluster, above);
    routes::to_masters(&mut drawing, page, cluster, &users, entrance.as_ref(), &masters);
    let bottom = etcd::draw(&mut drawing, page, cluster, &masters);
    drawing.height = notes(&mut drawing, page, cluster, bottom + 12) + MARGIN;
    drawing
}

/// What no box and no arrow says; gives where it ends.
fn notes(drawing: &mut Drawing, page: Page, cluster: &Cluster, from: i32) -> i32 {
    let room = page.width - 2 * MARGIN - 24;
    let mut y = from;
    for note in words::notes(cluster) {
        for line in wrapped(&note, Style::Small, room) {
            y += Style::Small.line();
            drawing.text((MARGIN + 12, y), Anchor::Start, Style::Small, &line, room);
        }
    }
    y
}
