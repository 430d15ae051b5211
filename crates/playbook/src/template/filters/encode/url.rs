//! Parts of URLs.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::container::record;
use crate::template::python;

/// The parts of a URL, as Python's `urllib.parse.urlsplit` names them.
pub(super) fn urlsplit(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let (rest, fragment) = text.split_once('#').unwrap_or((&text, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let valid = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (scheme, rest) = rest
        .split_once(':')
        .filter(|(scheme, _)| valid(scheme))
        .unwrap_or(("", rest));
    let (netloc, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let (user, host) = netloc
        .rsplit_once('@')
        .map_or((None, netloc), |(user, host)| (Some(user), host));
    let (name, password) = user.map_or((None, None), |user| {
        user.split_once(':')
            .map_or((Some(user), None), |(name, password)| {
                (Some(name), Some(password))
            })
    });
    let (hostname, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => (address, rest.strip_prefix(':')),
        None => host
            .split_once(':')
            .map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port = match port.filter(|port| !port.is_empty()) {
        Some(port) => Value::from(
            port.parse::<u16>()
                .map_err(|_| call.error(format!("`{port}` is no port")))?,
        ),
        None => Value::from(()),
    };
    let optional = |part: Option<&str>| part.map_or(Value::from(()), Value::from);
    let host = Some(hostname.to_lowercase()).filter(|host| !host.is_empty());
    let parts = record([
        ("fragment", Value::from(fragment)),
        ("hostname", optional(host.as_deref())),
        ("netloc", Value::from(netloc)),
        ("password", optional(password)),
        ("path", Value::from(path)),
        ("port", port),
        ("query", Value::from(query)),
        ("scheme", Value::from(scheme.to_lowercase())),
        ("username", optional(name)),
    ]);
    let wanted = call.text_or("query", "")?;
    if wanted.is_empty() {
        return Ok(parts);
    }
    python::get(&parts, &Value::from(wanted.as_str()))
        .ok_or_else(|| call.error(format!("unknown URL component: {wanted}")))
}
