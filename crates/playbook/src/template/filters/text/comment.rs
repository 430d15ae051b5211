//! `comment`: a text as a comment of some language.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::python;

/// Decorates every line; beginning, prefix, postfix and end stand around.
pub(super) fn comment(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let style = call.text_or("style", "plain")?;
    let (beginning, decoration, end) = match style.as_str() {
        "plain" => ("", "# ", ""),
        "erlang" => ("", "% ", ""),
        "c" => ("", "// ", ""),
        "cblock" => ("/*", " * ", " */"),
        "xml" => ("<!--", " - ", "-->"),
        _ => {
            return Err(call.error(format!(
                "Invalid style '{style}': it is plain, erlang, c, cblock or xml"
            )));
        }
    };
    let option = |name: &str, default: &str| -> Result<String, Error> {
        call.named
            .iter()
            .find(|(known, _)| known == name)
            .map_or_else(|| Ok(default.to_owned()), |(_, value)| python::text(value))
    };
    let number = |name: &str| -> Result<usize, Error> { Ok(option(name, "1")?.parse().unwrap_or(1)) };
    let decoration = option("decoration", decoration)?;
    let newline = option("newline", "\n")?;
    let (beginning, end) = (option("beginning", beginning)?, option("end", end)?);
    let (prefix, postfix) = (
        option("prefix", decoration.trim_end())?,
        option("postfix", decoration.trim_end())?,
    );

    let mut out = if beginning.is_empty() {
        String::new()
    } else {
        format!("{beginning}{newline}")
    };
    if prefix == newline {
        out.push_str(&newline.repeat(number("prefix_count")?));
    } else if !prefix.is_empty() {
        out.push_str(&format!("{prefix}{newline}").repeat(number("prefix_count")?));
    }
    let body = format!(
        "{decoration}{}",
        call.text("text")?
            .replace(&newline, &format!("{newline}{decoration}"))
    );
    out.push_str(&body.replace(
        &format!("{decoration}{newline}"),
        &format!("{}{newline}", decoration.trim_end()),
    ));
    out.push_str(&format!("{newline}{postfix}").repeat(number("postfix_count")?));
    if !end.is_empty() {
        out.push_str(&format!("{newline}{end}"));
    }
    Ok(Value::from(out))
}
