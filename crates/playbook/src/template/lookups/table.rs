//! `csvfile`: a cell of a table, found by another cell of its row.

use minijinja::Error;
use minijinja::Value;

use super::Request;
use super::files;
use super::inline::Inline;
use crate::template::python;
use crate::template::python::Shape;

/// What of a table is wanted.
struct Wanted {
    file: String,
    delimiter: char,
    encoding: String,
    column: i64,
    key_column: i64,
    default: Option<Value>,
}

/// The names of the options.
const OPTIONS: [&str; 6] = ["col", "keycol", "default", "delimiter", "file", "encoding"];

/// The cells that the terms name.
pub(super) fn cells(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let missing = || request.error("Search key is required but was not found");
    if request.terms.is_empty() {
        return Err(missing());
    }
    let mut options = request.named.clone();
    let mut out = Vec::new();
    for term in request.texts()? {
        let inline = Inline::read(request, &term)?;
        if inline.rest.is_empty() {
            return Err(missing());
        }
        options.extend(
            inline
                .options
                .into_iter()
                .map(|(name, text)| (name, Value::from(text))),
        );
        let wanted = Wanted::of(request, &options)?;
        let (_, text) = files::read_as(request, &wanted.file, "files", &wanted.encoding)?;
        match found(request, &wanted, &text, &inline.rest)? {
            Some(cell) => out.push(Value::from(cell)),
            None => match &wanted.default {
                Some(default) if matches!(python::shape(default), Shape::Seq(_)) => {
                    out.extend(python::items(default)?)
                }
                Some(default) => out.push(default.clone()),
                None => {}
            },
        }
    }
    Ok(out)
}

impl Wanted {
    fn of(request: &Request<'_>, options: &[(String, Value)]) -> Result<Wanted, Error> {
        if let Some((name, _)) = options.iter().find(|(name, _)| !OPTIONS.contains(&name.as_str())) {
            return Err(request.error(format!("'{name}' is not a valid option")));
        }
        let get = |name: &str| {
            options
                .iter()
                .rev()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value)
        };
        let text = |name: &str, default: &str| get(name).map_or_else(|| Ok(default.to_owned()), python::text);
        let number = |name: &str, default: i64| -> Result<i64, Error> {
            let Some(value) = get(name) else {
                return Ok(default);
            };
            let text = python::text(value)?;
            text.trim().parse().map_err(|_| {
                request.error(format!(
                    "option `{name}` has an invalid value: `{text}` is no whole number"
                ))
            })
        };
        let delimiter = match text("delimiter", "TAB")?.as_str() {
            "TAB" | "\\t" => '\t',
            delimiter => match delimiter.chars().collect::<Vec<_>>().as_slice() {
                [only] => *only,
                _ => {
                    return Err(request.error(format!(
                        "`{delimiter}` is not one character, as `delimiter` needs"
                    )));
                }
            },
        };
        Ok(Wanted {
            file: text("file", "ansible.csv")?,
            delimiter,
            encoding: text("encoding", "utf-8")?,
            column: number("col", 1)?,
            key_column: number("keycol", 0)?,
            default: get("default").filter(|value| !value.is_none()).cloned(),
        })
    }
}

fn found(request: &Request<'_>, wanted: &Wanted, text: &str, key: &str) -> Result<Option<String>, Error> {
    for row in rows(text, wanted.delimiter) {
        let cell = |column: i64| {
            let index = if column < 0 {
                column + i64::try_from(row.len()).unwrap_or(0)
            } else {
                column
            };
            let cell = usize::try_from(index).ok().and_then(|index| row.get(index));
            cell.ok_or_else(|| request.error(format!("a row has no column {column} (it has {})", row.len())))
        };
        if cell(wanted.key_column)? == key {
            return cell(wanted.column).map(|cell| Some(cell.clone()));
        }
    }
    Ok(None)
}

/// The rows that are not empty, as RFC 4180 writes them: a quoted cell may hold the delimiter, line ends and, doubled,
/// quotes.
fn rows(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let (mut row, mut cell) = (Vec::new(), String::new());
    let (mut quoted, mut begun) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => (quoted, begun) = (true, true),
            _ if quoted => cell.push(c),
            '\r' | '\n' => {
                if begun {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                begun = false;
            }
            c if c == delimiter => {
                row.push(std::mem::take(&mut cell));
                begun = true;
            }
            c => {
                cell.push(c);
                begun = true;
            }
        }
    }
    if begun {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn quotes_hold_delimiters_and_line_ends() {
        let text = "a,\"b,\"\"c\"\"\",d\r\n\r\n\"x\ny\",,\nlast";
        assert_eq!(
            rows(text, ','),
            [vec!["a", "b,\"c\"", "d"], vec!["x\ny", "", ""], vec!["last"],]
        );
    }
}
