//! Hardware addresses.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::marker::usable;

/// The six bytes of `aa:bb:..`, `aa-bb-..`, `aabb.ccdd.eeff`, `aabbcc:ddeeff` or twelve digits.
fn parse(text: &str) -> Option<[u8; 6]> {
    let parts: Vec<&str> = text.split([':', '-', '.']).collect();
    let width = 12 / parts.len().clamp(1, 12);
    if !matches!(parts.len(), 1 | 2 | 3 | 6) || parts.iter().any(|part| part.is_empty() || part.len() > width)
    {
        return None;
    }
    let digits: String = parts.iter().map(|part| format!("{part:0>width$}")).collect();
    let number = u64::from_str_radix(&digits, 16)
        .ok()
        .filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    <[u8; 6]>::try_from(&number.to_be_bytes()[2..]).ok()
}

/// `hwaddr` and `macaddr`.
pub(super) fn hwaddr(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("value")?;
    usable(value)?;
    let query = call.text_or("query", "")?;
    let Some(bytes) = value.as_str().and_then(parse) else {
        return match query.as_str() {
            "" | "bool" => Ok(Value::from(())),
            _ => Err(call.error(format!("`{value}` is no hardware address"))),
        };
    };
    let hex = |byte: &u8| format!("{byte:02x}");
    let words = |width: usize| {
        bytes
            .chunks(width)
            .map(|chunk| chunk.iter().map(hex).collect::<String>())
            .collect::<Vec<_>>()
    };
    Ok(match query.as_str() {
        "" => value.clone(),
        "bool" => Value::from(true),
        "bare" => Value::from(words(6).concat().to_uppercase()),
        "int" => Value::from(
            bytes
                .iter()
                .fold(0_u64, |number, byte| number << 8 | u64::from(*byte)),
        ),
        "cisco" => Value::from(words(2).join(".")),
        "linux" => Value::from(words(1).join(":")),
        "unix" => Value::from(
            bytes
                .iter()
                .map(|byte| format!("{byte:x}"))
                .collect::<Vec<_>>()
                .join(":"),
        ),
        "pgsql" | "postgresql" | "psql" => Value::from(words(3).join(":")),
        "win" | "eui48" => Value::from(words(1).join("-").to_uppercase()),
        _ => return Err(call.error(format!("there is no query `{query}`"))),
    })
}
