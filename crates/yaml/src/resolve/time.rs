//! Dates and times, in the text Python prints for them.

/// The parts of a date or time, as PyYAML's pattern groups them.
struct Parts<'t> {
    date: [u32; 3],
    /// Whether month and day have two digits, which a bare date must have to be one.
    padded: bool,
    clock: Option<Clock<'t>>,
}

struct Clock<'t> {
    time: [u32; 3],
    fraction: &'t str,
    /// Sign, hours and minutes of the zone; `Z` is `+00:00`.
    zone: Option<(char, u32, u32)>,
}

pub(super) fn is_timestamp(text: &str) -> bool {
    parse(text).is_some_and(|parts| parts.clock.is_some() || parts.padded)
}

/// Python's `isoformat(' ')` of the date or time; an error when the calendar has no such day.
pub(super) fn timestamp(text: &str) -> Result<String, String> {
    let parts = parse(text).ok_or_else(|| format!("`{text}` is not a date"))?;
    let [year, month, day] = parts.date;
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days(year, month) {
        return Err(format!("`{text}` looks like a date, but there is no such day"));
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    parts
        .clock
        .map_or(Ok(date.clone()), |clock| clock.text(&date, text))
}

impl Clock<'_> {
    fn text(&self, date: &str, text: &str) -> Result<String, String> {
        let [hour, minute, second] = self.time;
        let zone_minutes = self.zone.map_or(0, |(_, h, m)| h * 60 + m);
        if hour > 23 || minute > 59 || second > 59 || zone_minutes >= 24 * 60 {
            return Err(format!("`{text}` looks like a time, but there is no such time"));
        }
        let mut out = format!("{date} {hour:02}:{minute:02}:{second:02}");
        let micros = format!("{:0<6}", self.fraction.get(..6).unwrap_or(self.fraction));
        if micros != "000000" {
            out.push_str(&format!(".{micros}"));
        }
        if let Some((sign, ..)) = self.zone {
            let sign = if zone_minutes == 0 { '+' } else { sign };
            out.push_str(&format!(
                "{sign}{:02}:{:02}",
                zone_minutes / 60,
                zone_minutes % 60
            ));
        }
        Ok(out)
    }
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn parse(text: &str) -> Option<Parts<'_>> {
    let (year, rest) = number(text, 4, 4)?;
    let (month, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = number(rest.strip_prefix('-')?, 1, 2)?;
    let (date, padded) = ([year, month, day], text.len() - rest.len() == 10);
    if rest.is_empty() {
        return Some(Parts {
            date,
            padded,
            clock: None,
        });
    }
    let blank_end = rest.trim_start_matches([' ', '\t']);
    let rest = if blank_end.len() < rest.len() {
        blank_end
    } else {
        rest.strip_prefix(['T', 't'])?
    };
    Some(Parts {
        date,
        padded,
        clock: Some(clock(rest)?),
    })
}

fn clock(text: &str) -> Option<Clock<'_>> {
    let (hour, rest) = number(text, 1, 2)?;
    let (minute, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    let (second, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(tail) => tail.split_at(tail.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("", rest),
    };
    let zone = if rest.is_empty() {
        None
    } else {
        Some(zone(rest.trim_start_matches([' ', '\t']))?)
    };
    Some(Clock {
        time: [hour, minute, second],
        fraction,
        zone,
    })
}

fn zone(text: &str) -> Option<(char, u32, u32)> {
    if text == "Z" {
        return Some(('+', 0, 0));
    }
    let sign = text.chars().next().filter(|c| matches!(c, '-' | '+'))?;
    let (hours, rest) = number(&text[1..], 1, 2)?;
    if rest.is_empty() {
        return Some((sign, hours, 0));
    }
    let (minutes, rest) = number(rest.strip_prefix(':')?, 2, 2)?;
    rest.is_empty().then_some((sign, hours, minutes))
}

/// A number of `least` to `most` digits, and what follows.
fn number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    if count < least {
        return None;
    }
    let (digits, rest) = text.split_at(count);
    Some((digits.parse().ok()?, rest))
}
