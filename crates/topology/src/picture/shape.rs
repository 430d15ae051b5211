//! A picture as data.

use super::metrics::Style;
use super::metrics::shortened;
use super::metrics::width;

/// A rectangle, in pixels from the upper left corner of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A point, in pixels from the upper left corner of the picture.
pub(super) type Point = (i32, i32);

impl Rect {
    pub(super) const fn right(self) -> i32 {
        self.x + self.width
    }

    pub(super) const fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// The middle of the upper edge, where arrows arrive.
    pub(super) const fn above(self) -> Point {
        (self.x + self.width / 2, self.y)
    }

    /// The middle of the lower edge, where arrows leave.
    pub(super) const fn below(self) -> Point {
        (self.x + self.width / 2, self.bottom())
    }
}

/// What a box stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Everything of one kind, side by side.
    Lane,
    /// Boxes that an arrow means together.
    Group,
    /// A host, or people.
    Host,
    /// A host on which everything depends.
    Alone,
    /// How many more hosts there are.
    More,
    /// The virtual address.
    Address,
    /// A load balancer, or what it listens on.
    Balancer,
    /// An API server.
    Server,
    /// An etcd member or proxy.
    Etcd,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) rect: Rect,
    pub(super) look: Look,
}

/// A line from point to point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) points: Vec<Point>,
    /// A way that is taken only after something failed, or that others set up.
    pub(super) dashed: bool,
    /// Whether its end is an arrow.
    pub(super) arrow: bool,
}

/// Which part of a text its point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A text; its point lies on the base line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) at: Point,
    pub(super) anchor: Anchor,
    pub(super) style: Style,
    pub(super) shown: String,
    /// The text before it was shortened.
    pub(super) whole: Option<String>,
}

/// A picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drawing {
    pub(super) width: i32,
    pub(super) height: i32,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) shapes: Vec<Shape>,
    pub(super) lines: Vec<Line>,
    pub(super) texts: Vec<Text>,
}

/// The room between a box and the texts in it.
const PADDING: i32 = 8;

/// A line of text in a box.
pub(super) type Said = (Style, String);

/// The width of a box that fits its texts.
pub(super) fn fitting(said: &[Said]) -> i32 {
    let widest = said.iter().map(|(style, text)| width(text, *style)).max();
    widest.unwrap_or(0) + 2 * PADDING
}

/// The height that texts need.
pub(super) fn height(said: &[Said]) -> i32 {
    said.iter().map(|(style, _)| style.line()).sum()
}

impl Drawing {
    pub(super) fn shape(&mut self, rect: Rect, look: Look) {
        self.shapes.push(Shape { rect, look });
    }

    /// A box with texts in its middle.
    pub(super) fn labelled(&mut self, rect: Rect, look: Look, said: &[Said]) {
        self.shape(rect, look);
        self.said(rect, (rect.height - height(said)) / 2, said);
    }

    /// Texts in a box, one below the other, from a distance below its upper edge.
    pub(super) fn said(&mut self, rect: Rect, from: i32, said: &[Said]) {
        let mut y = rect.y + from;
        for (style, text) in said {
            y += style.line();
            let at = (rect.x + rect.width / 2, y - 4);
            self.text(at, Anchor::Middle, *style, text, rect.width - 2 * PADDING);
        }
    }

    /// A text, shortened to the room it has.
    pub(super) fn text(&mut self, at: Point, anchor: Anchor, style: Style, text: &str, room: i32) {
        let shown = shortened(text, style, room);
        let whole = (shown != text).then(|| text.to_owned());
        self.texts.push(Text {
            at,
            anchor,
            style,
            shown,
            whole,
        });
    }

    /// An arrow along points.
    pub(super) fn arrow(&mut self, points: &[Point], dashed: bool) {
        self.push(points, dashed, true);
    }

    /// A line along points.
    pub(super) fn line(&mut self, points: &[Point], dashed: bool) {
        self.push(points, dashed, false);
    }

    fn push(&mut self, points: &[Point], dashed: bool, arrow: bool) {
        let mut points = points.to_vec();
        points.dedup();
        if points.len() > 1 {
            self.lines.push(Line {
                points,
                dashed,
                arrow,
            });
        }
    }
}
