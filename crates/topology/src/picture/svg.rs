//! Writes a picture as SVG 1.1.

use std::fmt::Write as _;

use super::metrics::Style;
use super::shape::Anchor;
use super::shape::Drawing;
use super::shape::Line;
use super::shape::Look;
use super::shape::Shape;
use super::shape::Text;

/// Colours of GitHub's light theme, on a background of its own: the picture looks the same on a dark page.
const STYLE: &str = "\
  <style>
    .page { fill: #ffffff }
    .lane { fill: #f6f8fa; stroke: #d0d7de }
    .group { fill: none; stroke: #8c959f; stroke-dasharray: 2 3 }
    .host { fill: #ffffff; stroke: #57606a }
    .alone { fill: #ffebe9; stroke: #cf222e; stroke-width: 2 }
    .more { fill: #ffffff; stroke: #8c959f; stroke-dasharray: 4 3 }
    .address { fill: #fff8c5; stroke: #9a6700; stroke-width: 1.5 }
    .balancer { fill: #ddf4ff; stroke: #0969da }
    .server { fill: #dafbe1; stroke: #1a7f37 }
    .etcd { fill: #fbefff; stroke: #8250df }
    polyline { fill: none; stroke: #57606a; stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round }
    .arrow { marker-end: url(#head) }
    .dashed { stroke-dasharray: 5 4 }
    .name { font-weight: 600; fill: #1f2328 }
    .small { fill: #424a53 }
  </style>
  <defs>
    <marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">
      <path d=\"M0 0 10 5 0 10z\" fill=\"#57606a\"/>
    </marker>
  </defs>
";

/// The picture as a document.
pub(super) fn written(drawing: &Drawing) -> String {
    let Drawing { width, height, .. } = drawing;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"title desc\" font-family=\"ui-sans-serif, system-ui, sans-serif\">"
    );
    let _ = writeln!(out, "  <title id=\"title\">{}</title>", escaped(&drawing.title));
    let _ = writeln!(
        out,
        "  <desc id=\"desc\">{}</desc>",
        escaped(&drawing.description)
    );
    out.push_str(STYLE);
    let _ = writeln!(
        out,
        "  <rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>"
    );
    drawing
        .shapes
        .iter()
        .for_each(|shape| write_shape(&mut out, shape));
    // Dashed lines lie below solid ones where they share a way.
    let mut lines: Vec<&Line> = drawing.lines.iter().collect();
    lines.sort_by_key(|line| !line.dashed);
    lines.into_iter().for_each(|line| write_line(&mut out, line));
    drawing.texts.iter().for_each(|text| write_text(&mut out, text));
    out.push_str("</svg>\n");
    out
}

fn write_shape(out: &mut String, Shape { rect, look }: &Shape) {
    let (class, radius) = match look {
        Look::Lane => ("lane", 8),
        Look::Group => ("group", 6),
        Look::Host => ("host", 6),
        Look::Alone => ("alone", 6),
        Look::More => ("more", 6),
        Look::Address => ("address", rect.height / 2),
        Look::Balancer => ("balancer", 4),
        Look::Server => ("server", 4),
        Look::Etcd => ("etcd", 4),
    };
    let _ = writeln!(
        out,
        "  <rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{radius}\"/>",
        rect.x, rect.y, rect.width, rect.height
    );
}

fn write_line(out: &mut String, line: &Line) {
    let class = match (line.arrow, line.dashed) {
        (true, true) => " class=\"arrow dashed\"",
        (true, false) => " class=\"arrow\"",
        (false, true) => " class=\"dashed\"",
        (false, false) => "",
    };
    let points: Vec<String> = line.points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let _ = writeln!(out, "  <polyline{class} points=\"{}\"/>", points.join(" "));
}

fn write_text(out: &mut String, text: &Text) {
    let class = match text.style {
        Style::Name => "name",
        Style::Small => "small",
    };
    let anchor = match text.anchor {
        Anchor::Start => "start",
        Anchor::Middle => "middle",
        Anchor::End => "end",
    };
    let ((x, y), size) = (text.at, text.style.size());
    let _ = write!(
        out,
        "  <text class=\"{class}\" x=\"{x}\" y=\"{y}\" font-size=\"{size}\" text-anchor=\"{anchor}\">"
    );
    if let Some(whole) = &text.whole {
        let _ = write!(out, "<title>{}</title>", escaped(whole));
    }
    let _ = writeln!(out, "{}</text>", escaped(&text.shown));
}

/// A text as XML holds it (XML 1.0, 2.2 and 2.4): without what has a meaning there, and without control characters.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ if letter.is_control() => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn texts_stay_texts() {
        assert_eq!(
            escaped("<a href=\"x\">&\u{1}"),
            "&lt;a href=&quot;x&quot;&gt;&amp;\u{fffd}"
        );
    }
}
