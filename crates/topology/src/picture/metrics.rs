//! How wide texts are, without a font at hand: DejaVu Sans is the widest of the usual sans-serifs.

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// The name of a box.
    Name,
    /// What is said about it.
    Small,
}

impl Style {
    /// The size of the letters, in pixels.
    pub(super) const fn size(self) -> i32 {
        match self {
            Style::Name => 13,
            Style::Small => 11,
        }
    }

    /// The distance to the next line, in pixels.
    pub(super) const fn line(self) -> i32 {
        self.size() + 4
    }
}

/// The advances of ` ` to `~` in DejaVu Sans, in thousandths of the letters' size.
#[rustfmt::skip]
const BOOK: [u16; 95] = [
    317, 400, 459, 837, 636, 950, 779, 274, 390, 390, 500, 837, 317, 360, 317, 336,
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 336, 336, 837, 837, 837, 530,
    1000, 684, 686, 698, 770, 631, 575, 774, 751, 294, 294, 655, 557, 862, 748, 787,
    603, 787, 694, 634, 610, 731, 684, 988, 685, 610, 685, 390, 336, 390, 837, 500,
    500, 612, 634, 549, 634, 615, 352, 634, 633, 277, 277, 579, 277, 974, 633, 611,
    634, 634, 411, 520, 392, 633, 591, 817, 591, 591, 524, 636, 336, 636, 837,
];

/// The same in DejaVu Sans Bold.
#[rustfmt::skip]
const BOLD: [u16; 95] = [
    348, 456, 520, 837, 695, 1001, 872, 306, 457, 457, 522, 837, 379, 415, 379, 365,
    695, 695, 695, 695, 695, 695, 695, 695, 695, 695, 399, 399, 837, 837, 837, 580,
    1000, 773, 762, 733, 830, 683, 683, 820, 836, 372, 372, 774, 637, 995, 836, 850,
    732, 850, 770, 720, 682, 812, 773, 1103, 770, 724, 725, 457, 365, 457, 837, 500,
    500, 674, 715, 592, 715, 678, 435, 715, 711, 342, 342, 665, 342, 1041, 711, 687,
    715, 715, 493, 595, 478, 711, 651, 923, 645, 651, 582, 711, 365, 711, 837,
];

/// A letter outside of these tables, such as a Chinese one or the ellipsis, in thousandths of the letters' size.
const WIDE: u16 = 1050;

/// The width of a text in pixels, rounded up.
pub(super) fn width(text: &str, style: Style) -> i32 {
    let table = match style {
        Style::Name => &BOLD,
        Style::Small => &BOOK,
    };
    let advance = |letter: char| {
        let index = usize::try_from(u32::from(letter).wrapping_sub(32)).ok();
        i32::from(index.and_then(|index| table.get(index)).copied().unwrap_or(WIDE))
    };
    (text.chars().map(advance).sum::<i32>() * style.size() + 999) / 1000
}

/// The text where it fits; otherwise its beginning and end, which tell names apart, with an ellipsis between.
pub(super) fn shortened(text: &str, style: Style, room: i32) -> String {
    if width(text, style) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    (1..letters.len())
        .map(|cut| {
            let kept = letters.len() - cut;
            let (head, tail) = (kept.div_ceil(2), kept / 2);
            let start: String = letters[..head].iter().collect();
            let end: String = letters[letters.len() - tail..].iter().collect();
            format!("{start}…{end}")
        })
        .find(|short| width(short, style) <= room)
        .unwrap_or_else(|| "…".to_owned())
}

/// A text as lines that fit: broken at blanks and after commas.
pub(super) fn wrapped(text: &str, style: Style, room: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for piece in text.split_inclusive([' ', ',']) {
        let joined = lines.last().map(|line| format!("{line}{piece}"));
        match (joined, lines.last_mut()) {
            (Some(joined), Some(line)) if width(joined.trim_end(), style) <= room => *line = joined,
            _ => lines.push(piece.to_owned()),
        }
    }
    lines
        .iter()
        .map(|line| shortened(line.trim_end(), style, room))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Style;
    use super::shortened;
    use super::wrapped;

    #[test]
    fn beginning_and_end_tell_names_apart() {
        let name = "controller-17.rack-4.example.org";
        assert_eq!(shortened(name, Style::Small, 400), name);
        assert_eq!(shortened(name, Style::Small, 100), "controll…ple.org");
        assert_eq!(shortened(name, Style::Small, 1), "…");
    }

    #[test]
    fn lists_break_after_their_commas() {
        let list = "https://192.0.2.21:2379,https://192.0.2.22:2379,https://192.0.2.23:2379";
        let lines = wrapped(list, Style::Small, 300);
        assert_eq!(
            lines,
            [
                "https://192.0.2.21:2379,https://192.0.2.22:2379,",
                "https://192.0.2.23:2379"
            ]
        );
    }
}
