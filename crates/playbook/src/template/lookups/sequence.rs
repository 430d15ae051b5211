//! `sequence`: numbers from start to end, formatted.

use minijinja::Error;
use minijinja::Value;
use minijinja::formatting::FormatStyle;

use super::Request;
use super::inline::Inline;
use crate::template::python;

/// The most items that it gives.
const LIMIT: i64 = 1_000_000;

/// The short form: `5`, `5-8`, `2-10/2`, `4:host%02d`.
fn short(word: &str) -> Vec<(String, String)> {
    let (rest, format) = word.split_once(':').map_or((word, None), |(a, b)| (a, Some(b)));
    let (rest, stride) = rest.split_once('/').map_or((rest, None), |(a, b)| (a, Some(b)));
    let (start, end) = match rest.rsplit_once('-') {
        Some((start, end)) if !start.is_empty() => (Some(start), end),
        _ => (None, rest),
    };
    [
        ("format", format),
        ("stride", stride),
        ("start", start),
        ("end", Some(end)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
    .collect()
}

/// The items of `start=1 end=3 stride=1 format=%02d` (or `count=`); what a term says beats the named arguments, and each
/// term gives items of its own.
pub(super) fn items(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut terms = request.texts()?;
    if terms.is_empty() && !request.named.is_empty() {
        terms.push(String::new());
    }
    let mut out = Vec::new();
    for term in terms {
        let mut options: Vec<(String, String)> = Vec::new();
        for (key, value) in &request.named {
            options.push((key.clone(), python::text(value)?));
        }
        if is_short(&term) {
            options.extend(short(&term));
        } else {
            let inline = Inline::read(request, &term)?;
            if !inline.rest.is_empty() {
                let help = "a number has an invalid value, or a word no `=`";
                let message = format!(
                    "unrecognized arguments to with_sequence: `{}` ({help})",
                    inline.rest
                );
                return Err(request.error(message));
            }
            options.extend(inline.options);
        }
        Sequence::of(request, &options)?.fill(request, &mut out)?;
    }
    Ok(out)
}

/// Whether a term is the short form, whose numbers are hexadecimal where they say so.
fn is_short(term: &str) -> bool {
    let rest = term.split_once(':').map_or(term, |(rest, _)| rest);
    !term.is_empty()
        && !rest.is_empty()
        && rest
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-/".contains(c))
}

struct Sequence {
    start: i64,
    end: i64,
    stride: i64,
    format: String,
}

impl Sequence {
    fn of(request: &Request<'_>, options: &[(String, String)]) -> Result<Sequence, Error> {
        let known = ["start", "end", "stride", "count", "format"];
        if let Some((name, _)) = options.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(request.error(format!("unrecognized arguments to with_sequence: ['{name}']")));
        }
        let get = |name: &str| {
            let found = options.iter().rev().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        let number = |name: &str| -> Result<Option<i64>, Error> {
            let parse = |text: &str| {
                let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
                let digits = digits.to_ascii_lowercase();
                let number = match (digits.strip_prefix("0x"), digits.strip_prefix("0o")) {
                    (Some(hex), _) => i64::from_str_radix(hex, 16).ok(),
                    (None, Some(octal)) => i64::from_str_radix(octal, 8).ok(),
                    (None, None) => digits.parse().ok(),
                };
                let number = number.ok_or_else(|| {
                    request.error(format!(
                        "option `{name}` has an invalid value: `{text}` is no whole number"
                    ))
                });
                number.map(|number| if negative { -number } else { number })
            };
            get(name).map(parse).transpose()
        };
        let start = number("start")?.unwrap_or(1);
        let stride = number("stride")?.unwrap_or(1);
        let end = match (number("end")?, number("count")?) {
            (Some(end), None) => end,
            (None, Some(0)) => {
                let (start, stride, end) = (1, 1, 0);
                let format = String::new();
                return Ok(Sequence {
                    start,
                    end,
                    stride,
                    format,
                });
            }
            (None, Some(count)) => start
                .saturating_add(count.saturating_mul(stride))
                .saturating_sub(1),
            (None, None) => return Err(request.error("must specify count or end in with_sequence")),
            (Some(_), Some(_)) => {
                return Err(request.error("can't specify both count and end in with_sequence"));
            }
        };
        if stride > 0 && end < start {
            return Err(request.error("to count backwards make stride negative"));
        }
        if stride < 0 && end > start {
            return Err(request.error("to count forward don't make stride negative"));
        }
        let format = get("format").unwrap_or("%d").to_owned();
        if stride != 0 && format.matches('%').count() != 1 {
            return Err(request.error(format!("bad formatting string: {format}")));
        }
        Ok(Sequence {
            start,
            end,
            stride,
            format,
        })
    }

    /// Adds the items.
    fn fill(&self, request: &Request<'_>, out: &mut Vec<Value>) -> Result<(), Error> {
        if self.stride == 0 {
            return Ok(());
        }
        if self.end.saturating_sub(self.start) / self.stride > LIMIT {
            return Err(request.error(format!("gives at most {LIMIT} items")));
        }
        let mut at = self.start;
        while if self.stride > 0 {
            at <= self.end
        } else {
            at >= self.end
        } {
            let text = minijinja::formatting::format(FormatStyle::Printf, &self.format, &[Value::from(at)])?;
            out.push(Value::from(text));
            at = at.saturating_add(self.stride);
        }
        Ok(())
    }
}
