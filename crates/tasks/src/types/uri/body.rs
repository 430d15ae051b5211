//! What is sent to a server.

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::BodyFormat;
use crate::Controller;
use crate::Text;
use crate::arguments::scalar_text;
use crate::json;

/// What stands between the parts of a form; no text of a playbook holds it.
const BOUNDARY: &str = "----evenkeel-7d0f3c9e5b1a4286";

/// Bytes with their type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// What `Content-Type` says, where the task does not.
    pub(super) kind: Option<String>,
}

fn wrong(node: &Node, message: &str) -> Problem {
    Problem::error("task::body", message).at(&node.place, "in this body")
}

/// The bytes of a body in its format.
pub(super) fn encode(node: &Node, format: BodyFormat, controller: &mut dyn Controller) -> Result<Body, Problem> {
    let is_text = matches!(node.value, Value::Str(_));
    let plain = || scalar_text(node).unwrap_or_default().into_bytes();
    Ok(match format {
        BodyFormat::Raw => match node.value {
            Value::Map(_) | Value::Seq(_) => Body { bytes: json::python(&json::of_node(node)).into_bytes(), kind: None },
            _ => Body { bytes: plain(), kind: None },
        },
        BodyFormat::Json => Body {
            bytes: if is_text { plain() } else { json::python(&json::of_node(node)).into_bytes() },
            kind: Some("application/json".to_owned()),
        },
        BodyFormat::FormUrlencoded => Body {
            bytes: if is_text { plain() } else { form(node)?.into_bytes() },
            kind: Some("application/x-www-form-urlencoded".to_owned()),
        },
        BodyFormat::FormMultipart => multipart(node, controller)?,
    })
}

/// `a=1&b=2`: a mapping, in which a list gives a name several times, or a list of pairs.
fn form(node: &Node) -> Result<String, Problem> {
    let text = |node: &Node| scalar_text(node).ok_or_else(|| wrong(node, "a value of a form is a string"));
    let mut pairs = Vec::new();
    match &node.value {
        Value::Map(map) => {
            for (name, value) in &map.entries {
                match &value.value {
                    Value::Seq(values) => {
                        for value in values {
                            pairs.push((text(name)?, text(value)?));
                        }
                    }
                    _ => pairs.push((text(name)?, text(value)?)),
                }
            }
        }
        Value::Seq(items) => {
            for item in items {
                match item.as_seq() {
                    Some([name, value]) => pairs.push((text(name)?, text(value)?)),
                    _ => return Err(wrong(item, "expected a name and a value")),
                }
            }
        }
        _ => return Err(wrong(node, "failed to parse body as form_urlencoded: it is no mapping")),
    }
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", percent(name), percent(value))).collect();
    Ok(pairs.join("&"))
}

/// As Python's `quote_plus`.
fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => out.push(char::from(byte)),
            b' ' => out.push('+'),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

/// Fields of a form, and files: a text, or a mapping with `filename`, `content` and `mime_type`.
fn multipart(node: &Node, controller: &mut dyn Controller) -> Result<Body, Problem> {
    let map = node.as_map().ok_or_else(|| wrong(node, "failed to parse body as form-multipart: it is no mapping"))?;
    let mut bytes = Vec::new();
    for (name, value) in &map.entries {
        let name = scalar_text(name).unwrap_or_default().replace('"', "%22");
        let mut head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
        let content = match value.as_map() {
            None => scalar_text(value).ok_or_else(|| wrong(value, "a field is a string or a mapping"))?.into_bytes(),
            Some(part) => {
                let get = |key: &str| part.get(key).and_then(scalar_text);
                if get("multipart_encoding").is_some_and(|encoding| encoding != "7or8bit") {
                    let problem = wrong(value, "`multipart_encoding` is not supported: files are sent as they are");
                    return Err(problem.help("write `multipart_encoding: 7or8bit`, or leave it out"));
                }
                if let Some(file) = get("filename") {
                    let last = file.rsplit('/').next().unwrap_or_default().replace('"', "%22");
                    head.push_str(&format!("; filename=\"{last}\""));
                }
                let kind = get("mime_type").unwrap_or_else(|| "application/octet-stream".to_owned());
                if part.get("filename").is_some() || part.get("mime_type").is_some() {
                    head.push_str(&format!("\r\nContent-Type: {kind}"));
                }
                match (get("content"), get("filename")) {
                    (Some(content), _) => content.into_bytes(),
                    (None, Some(text)) => {
                        let file = controller.file(&Text { text, place: value.place.clone() })?;
                        file.value.ok().ok_or_else(|| wrong(value, "what this file holds is not known yet"))?
                    }
                    (None, None) => return Err(wrong(value, "at least one of filename or content must be provided")),
                }
            }
        };
        bytes.extend_from_slice(head.as_bytes());
        bytes.extend_from_slice(b"\r\n\r\n");
        bytes.extend_from_slice(&content);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    Ok(Body { bytes, kind: Some(format!("multipart/form-data; boundary={BOUNDARY}")) })
}
