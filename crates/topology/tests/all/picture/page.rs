//! Reads a picture back: boxes, lines and texts with their places.

/// A rectangle: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area(pub(crate) f64, pub(crate) f64, pub(crate) f64, pub(crate) f64);

impl Area {
    /// Whether another lies in it.
    pub(crate) fn holds(self, other: Area) -> bool {
        self.0 <= other.0 && self.1 <= other.1 && self.2 >= other.2 && self.3 >= other.3
    }

    /// Whether the two share more than an edge.
    pub(crate) fn meets(self, other: Area) -> bool {
        self.0 < other.2 && other.0 < self.2 && self.1 < other.3 && other.1 < self.3
    }
}

/// A picture, as it is written.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) size: Option<Area>,
    pub(crate) boxes: Vec<(String, Area)>,
    /// The pieces of each line.
    pub(crate) lines: Vec<Area>,
    pub(crate) texts: Vec<(String, Area)>,
}

/// Reads the elements, one a line, that the picture consists of; panics at any other.
pub(crate) fn read(svg: &str) -> Page {
    let mut page = Page::default();
    let mut skipped = false;
    for line in svg.lines() {
        let line = line.trim();
        match line.split([' ', '>']).next().unwrap_or_default() {
            "<svg" => page.size = Some(Area(0.0, 0.0, number(line, "width"), number(line, "height"))),
            "<style" | "<defs" => skipped = true,
            "</style" | "</defs" => skipped = false,
            "<title" | "<desc" | "</svg" => {}
            _ if skipped => {}
            "<rect" if line.contains("class=\"page\"") => {}
            "<rect" => page
                .boxes
                .push((value(line, "class").to_owned(), rectangle(line))),
            "<polyline" => page.lines.extend(pieces(value(line, "points"))),
            "<text" => page.texts.push(text(line)),
            other => panic!("{other} in {line}"),
        }
    }
    page
}

fn value<'t>(line: &'t str, name: &str) -> &'t str {
    let (_, rest) = line.split_once(&format!(" {name}=\"")).expect(name);
    rest.split('"').next().expect("a quote")
}

fn number(line: &str, name: &str) -> f64 {
    value(line, name).parse().expect(name)
}

fn rectangle(line: &str) -> Area {
    let (x, y) = (number(line, "x"), number(line, "y"));
    Area(x, y, x + number(line, "width"), y + number(line, "height"))
}

/// The pieces of a line, as areas without width or height.
fn pieces(points: &str) -> Vec<Area> {
    let points: Vec<(f64, f64)> = points
        .split(' ')
        .map(|point| {
            let (x, y) = point.split_once(',').expect("two numbers");
            (x.parse().expect("x"), y.parse().expect("y"))
        })
        .collect();
    let piece = |pair: &[(f64, f64)]| {
        let ((x, y), (to_x, to_y)) = (pair[0], pair[1]);
        assert!(x == to_x || y == to_y, "a slanted line");
        Area(x.min(to_x), y.min(to_y), x.max(to_x), y.max(to_y))
    };
    points.windows(2).map(piece).collect()
}

fn text(line: &str) -> (String, Area) {
    let (_, content) = line.split_once('>').expect("content");
    let content = content.strip_suffix("</text>").expect("the end of a text");
    let shown = match content.strip_prefix("<title>") {
        Some(rest) => rest.split_once("</title>").expect("the end of a title").1,
        None => content,
    };
    assert!(!shown.contains(['<', '>']), "{shown} is not escaped");
    let shown = ["&lt;<", "&gt;>", "&quot;\"", "&amp;&"]
        .iter()
        .fold(shown.to_owned(), |text, pair| {
            let (entity, letter) = pair.split_at(pair.len() - 1);
            text.replace(entity, letter)
        });
    let size = number(line, "font-size");
    let (x, y) = (number(line, "x"), number(line, "y"));
    let width = width(&shown) * size;
    let left = match value(line, "text-anchor") {
        "start" => x,
        "middle" => x - width / 2.0,
        "end" => x - width,
        other => panic!("anchor {other}"),
    };
    (shown, Area(left, y - 0.75 * size, left + width, y + 0.2 * size))
}

/// An estimate, in multiples of the size of the letters.
fn width(text: &str) -> f64 {
    let letter = |letter: char| match letter {
        'i' | 'j' | 'l' | ' ' | '.' | ',' | ':' | '/' | '\'' | '|' => 0.3,
        'f' | 'r' | 't' | '-' | '(' | ')' | '[' | ']' => 0.38,
        'm' | 'w' | 'M' | 'W' | '@' => 0.9,
        ' '..='~' => 0.58,
        _ => 1.0,
    };
    text.chars().map(letter).sum()
}
