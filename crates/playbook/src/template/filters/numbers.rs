//! Numbers and sizes.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::convert::integer;
use crate::template::python;
use crate::template::python::Number;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("abs", "x", abs),
    Entry::new("round", "value precision method", round),
    Entry::new("pow", "x y", |call| {
        Ok(Value::from(float(call, "x")?.powf(float(call, "y")?)))
    }),
    Entry::new("log", "x base", log),
    Entry::new("root", "x base", root),
    Entry::new("human_readable", "size isbits unit", human_readable),
    Entry::new("human_to_bytes", "size default_unit isbits", human_to_bytes),
    Entry::new("filesizeformat", "value binary", filesizeformat),
];

const UNITS: &str = "BKMGTPEZY";

fn float(call: &Call<'_, '_, '_>, parameter: &str) -> Result<f64, Error> {
    let value = call.need(parameter)?;
    python::number(value)
        .map(Number::float)
        .ok_or_else(|| call.error(format!("can only be used on numbers: `{parameter}` is none")))
}

fn abs(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    match python::number(call.need("x")?) {
        Some(Number::Int(number)) => Ok(integer(number.saturating_abs())),
        Some(Number::Float(number)) => Ok(Value::from(number.abs())),
        None => Err(call.error("needs a number")),
    }
}

/// Python's `round` (half to even), or up or down; the result is a float.
fn round(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let precision = i32::try_from(call.int_or("precision", 0)?).unwrap_or(0);
    let method = call.text_or("method", "common")?;
    let value = call.need("value")?;
    let number = float(call, "value")?;
    let scale = 10_f64.powi(precision);
    let whole = matches!(python::number(value), Some(Number::Int(_)));
    Ok(Value::from(match method.as_str() {
        "ceil" => (number * scale).ceil() / scale,
        "floor" => (number * scale).floor() / scale,
        "common" if whole && precision >= 0 => return Ok(value.clone()),
        "common" if precision > 0 => {
            let digits = usize::try_from(precision).unwrap_or(0).min(30);
            format!("{number:.digits$}").parse().unwrap_or(number)
        }
        "common" => {
            let rounded = (number * scale).round_ties_even() / scale;
            if whole {
                return Ok(python_int(rounded));
            }
            rounded
        }
        _ => return Err(call.error("the method is `common`, `ceil` or `floor`")),
    }))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a rounded number of a size that was an integer before"
)]
fn python_int(number: f64) -> Value {
    integer(number as i128)
}

fn log(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let x = float(call, "x")?;
    if x <= 0.0 {
        return Err(call.error("needs a number above 0"));
    }
    let base = if call.some("base").is_some() {
        float(call, "base")?
    } else {
        std::f64::consts::E
    };
    Ok(Value::from(if base == 10.0 {
        x.log10()
    } else {
        x.ln() / base.ln()
    }))
}

fn root(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let x = float(call, "x")?;
    let base = if call.some("base").is_some() {
        float(call, "base")?
    } else {
        2.0
    };
    Ok(Value::from(if base == 2.0 {
        x.sqrt()
    } else {
        x.powf(1.0 / base)
    }))
}

fn limit(index: usize) -> f64 {
    1024_f64.powi(i32::try_from(index).unwrap_or(0))
}

fn human_readable(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let size =
        float(call, "size").map_err(|_| call.error("human_readable() failed on bad input: no number"))?;
    let base = if call.flag("isbits", false)? {
        "bits"
    } else {
        "Bytes"
    };
    let wanted = call.text_or("unit", "")?.to_uppercase();
    let mut chosen = 0;
    for (index, unit) in UNITS.char_indices().rev() {
        if (wanted.is_empty() && size >= limit(index)) || wanted == unit.to_string() {
            chosen = index;
            break;
        }
    }
    let unit = UNITS.chars().nth(chosen).unwrap_or('B');
    let suffix = if chosen == 0 {
        base.to_owned()
    } else {
        format!("{unit}{}", &base[..1])
    };
    Ok(Value::from(format!("{:.2} {suffix}", size / limit(chosen))))
}

fn human_to_bytes(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("size")?;
    let isbits = call.flag("isbits", false)?;
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..digits]
        .parse()
        .map_err(|_| call.error(format!("`{text}` is no size")))?;
    let given = text[digits..].trim();
    let unit = if given.is_empty() {
        call.text_or("default_unit", "")?
    } else {
        given.to_owned()
    };
    let Some(first) = unit.chars().next() else {
        return Ok(python_int(number.round_ties_even()));
    };
    let letter = first.to_ascii_uppercase();
    let index = UNITS
        .find(letter)
        .ok_or_else(|| call.error(format!("`{unit}` is no unit: one of {UNITS}")))?;
    if unit.len() > 1 {
        let names = [
            "byte",
            "kilobyte",
            "megabyte",
            "gigabyte",
            "terabyte",
            "petabyte",
            "exabyte",
            "zetabyte",
            "yottabyte",
        ];
        let name = if isbits {
            names[index].replace("byte", "bit")
        } else {
            names[index].to_owned()
        };
        let end = if isbits { 'b' } else { 'B' };
        let short = if index == 0 {
            end.to_string()
        } else {
            format!("{letter}{end}")
        };
        if unit.to_lowercase() != name && unit != short {
            return Err(call.error(format!("`{unit}` is no unit here: expected `{short}`")));
        }
    }
    Ok(python_int((number * limit(index)).round_ties_even()))
}

fn filesizeformat(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let bytes = float(call, "value")?;
    let binary = call.flag("binary", false)?;
    let base = if binary { 1024.0 } else { 1000.0 };
    let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
    if bytes == 1.0 {
        return Ok(Value::from("1 Byte"));
    }
    if bytes < base {
        return Ok(Value::from(format!("{} Bytes", bytes.trunc())));
    }
    let mut size = bytes / base;
    let mut index = 0;
    while size >= base && index + 1 < prefixes.len() {
        size /= base;
        index += 1;
    }
    let prefix = if binary {
        prefixes[index].to_uppercase() + "iB"
    } else {
        prefixes[index].to_owned() + "B"
    };
    Ok(Value::from(format!("{size:.1} {prefix}")))
}
