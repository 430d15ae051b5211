//! The XML files of zones, firewalld.zone(5): as much XML as they use.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Zone;
use super::forward_port;

/// A tag: its name, its attributes, and whether it opens, closes or is empty.
#[derive(Debug)]
struct Tag {
    name: String,
    attributes: BTreeMap<String, String>,
    closes: bool,
    is_empty: bool,
}

impl Tag {
    fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    fn is(&self, name: &str) -> bool {
        matches!(self.get(name).to_lowercase().as_str(), "yes" | "true" | "1")
    }
}

/// Reads a zone's file.
///
/// # Errors
/// When it is no XML.
pub(super) fn zone(text: &str) -> Result<Zone, String> {
    let mut zone = Zone::default();
    let mut rule: Option<Rule> = None;
    for tag in tags(text)? {
        match (tag.name.as_str(), &mut rule) {
            ("rule", None) if !tag.closes => {
                rule = Some(Rule::new(&tag));
                if tag.is_empty {
                    rule = None;
                }
            }
            ("rule", Some(_)) if tag.closes => zone.rich_rules.extend(rule.take().map(Rule::text)),
            (_, Some(rule)) => rule.take(&tag),
            (_, None) if !tag.closes => setting(&mut zone, &tag),
            (_, None) => {}
        }
    }
    Ok(zone)
}

fn setting(zone: &mut Zone, tag: &Tag) {
    let port = || format!("{}/{}", tag.get("port"), tag.get("protocol"));
    match tag.name.as_str() {
        "zone" if !tag.get("target").is_empty() => tag.get("target").clone_into(&mut zone.target),
        "service" => drop(zone.services.insert(tag.get("name").to_owned())),
        "port" => drop(zone.ports.insert(port())),
        "protocol" => drop(zone.protocols.insert(tag.get("value").to_owned())),
        "source-port" => drop(zone.source_ports.insert(port())),
        "icmp-block" => drop(zone.icmp_blocks.insert(tag.get("name").to_owned())),
        "icmp-block-inversion" => zone.icmp_block_inversion = true,
        // Old files switch it off by an attribute.
        "masquerade" => zone.masquerade = tag.get("enabled").is_empty() || tag.is("enabled"),
        "forward" => zone.forward = true,
        "forward-port" => {
            let parts = ["port", "protocol", "to-port", "to-addr"].map(|name| tag.get(name).to_owned());
            zone.forward_ports.insert(forward_port(&parts));
        }
        "interface" => drop(zone.interfaces.insert(tag.get("name").to_owned())),
        "source" => {
            let ipset = (!tag.get("ipset").is_empty()).then(|| format!("ipset:{}", tag.get("ipset")));
            let source = [tag.get("address"), tag.get("mac")]
                .into_iter()
                .find(|text| !text.is_empty());
            zone.sources.extend(source.map(str::to_owned).or(ipset));
        }
        _ => {}
    }
}

/// A rich rule on its way from tags to the text that firewalld prints: the parts in its order.
struct Rule {
    head: String,
    source: String,
    destination: String,
    element: String,
    log: String,
    audit: String,
    action: String,
    /// To which of `log`, `audit` and `action` a limit belongs: the one that is open.
    open: &'static str,
}

/// ` name="value"` for each attribute that is there.
fn attributes(tag: &Tag, names: &[&str]) -> String {
    names
        .iter()
        .filter(|name| tag.attributes.contains_key(**name))
        .fold(String::new(), |mut text, name| {
            // Writing into a String cannot fail.
            let _ = write!(text, " {name}=\"{}\"", tag.get(name));
            text
        })
}

impl Rule {
    fn new(tag: &Tag) -> Rule {
        let priority = if matches!(tag.get("priority"), "" | "0") {
            ""
        } else {
            "priority"
        };
        Rule {
            head: attributes(tag, &[priority, "family"]),
            source: String::new(),
            destination: String::new(),
            element: String::new(),
            log: String::new(),
            audit: String::new(),
            action: String::new(),
            open: "",
        }
    }

    fn take(&mut self, tag: &Tag) {
        if tag.closes {
            self.open = "";
            return;
        }
        let not = if tag.is("invert") { " NOT" } else { "" };
        let name = tag.name.as_str();
        match name {
            "source" | "destination" => {
                let text = format!(" {name}{not}{}", attributes(tag, &["address", "mac", "ipset"]));
                if name == "source" {
                    self.source = text
                } else {
                    self.destination = text
                }
            }
            "service" | "icmp-block" | "icmp-type" => {
                self.element = format!(" {name}{}", attributes(tag, &["name"]))
            }
            "protocol" | "tcp-mss-clamp" => self.element = format!(" {name}{}", attributes(tag, &["value"])),
            "port" | "source-port" | "forward-port" => {
                self.element = format!(
                    " {name}{}",
                    attributes(tag, &["port", "protocol", "to-port", "to-addr"])
                );
            }
            "masquerade" => self.element = " masquerade".to_owned(),
            "log" => self.log = format!(" log{}", attributes(tag, &["prefix", "level"])),
            "nflog" => self.log = format!(" nflog{}", attributes(tag, &["group", "prefix", "queue-size"])),
            "audit" => self.audit = " audit".to_owned(),
            "accept" | "drop" => self.action = format!(" {name}"),
            "reject" => self.action = format!(" reject{}", attributes(tag, &["type"])),
            "mark" => self.action = format!(" mark set={}", tag.get("set")),
            "limit" => {
                let burst = if matches!(tag.get("burst"), "" | "0") {
                    String::new()
                } else {
                    format!(" burst={}", tag.get("burst"))
                };
                let text = format!(" limit value=\"{}\"{burst}", tag.get("value"));
                match self.open {
                    "log" | "nflog" => self.log += &text,
                    "audit" => self.audit += &text,
                    _ => self.action += &text,
                }
                return;
            }
            _ => {}
        }
        if !tag.is_empty {
            self.open = match name {
                "log" | "nflog" => "log",
                "audit" => "audit",
                _ => "action",
            };
        }
    }

    fn text(self) -> String {
        [
            "rule",
            &self.head,
            &self.source,
            &self.destination,
            &self.element,
            &self.log,
            &self.audit,
            &self.action,
        ]
        .concat()
    }
}

/// All tags of a text; comments, instructions and text between tags are passed over.
fn tags(text: &str) -> Result<Vec<Tag>, String> {
    let mut tags = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let (end, after) = if let Some(comment) = rest.strip_prefix("!--") {
            (None, comment.find("-->").map(|end| &comment[end + 3..]))
        } else if rest.starts_with(['?', '!']) {
            (None, rest.find('>').map(|end| &rest[end + 1..]))
        } else {
            let end = tag_end(rest);
            (end, end.map(|end| &rest[end + 1..]))
        };
        let Some(after) = after else {
            return Err("a tag of the zone's file does not end".to_owned());
        };
        if let Some(end) = end {
            tags.extend(tag(&rest[..end]));
        }
        rest = after;
    }
    Ok(tags)
}

/// Where a tag ends: the first `>` outside of quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (c, quote) {
            ('>', None) => return Some(at),
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn tag(text: &str) -> Option<Tag> {
    let closes = text.starts_with('/');
    let is_empty = text.ends_with('/');
    let inner = text.trim_start_matches('/').trim_end_matches('/');
    let (name, mut rest) = inner.split_at(inner.find(char::is_whitespace).unwrap_or(inner.len()));
    let mut found = BTreeMap::new();
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after[1..].split_once(quote)?;
        found.insert(key.trim().to_owned(), unescape(value));
        rest = after;
    }
    (!name.is_empty()).then(|| Tag {
        name: name.to_owned(),
        attributes: found,
        closes,
        is_empty,
    })
}

/// Replaces the five entities of XML, and characters by number.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain += before;
        let Some((entity, behind)) = after.split_once(';') else {
            plain.push('&');
            rest = after;
            continue;
        };
        let number = entity.strip_prefix("#x").map(|hex| u32::from_str_radix(hex, 16));
        let number = number.or_else(|| entity.strip_prefix('#').map(str::parse));
        match (entity, number.and_then(Result::ok).and_then(char::from_u32)) {
            ("amp", _) => plain.push('&'),
            ("lt", _) => plain.push('<'),
            ("gt", _) => plain.push('>'),
            ("quot", _) => plain.push('"'),
            ("apos", _) => plain.push('\''),
            (_, Some(c)) => plain.push(c),
            (_, None) => {
                plain.push('&');
                rest = after;
                continue;
            }
        }
        rest = behind;
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_xml_is_an_error_and_never_a_panic() {
        assert!(zone("<zone><service name=\"x").is_err());
        assert!(zone("<zone><!-- ").is_err());
        for text in [
            "",
            "<",
            "<>",
            "</>",
            "<a b>",
            "<a b=>",
            "<a b='>",
            "<a b=\"&\"/>",
            "<rule/>",
            "<rule></rule>",
            "&",
        ] {
            let _ = zone(text);
        }
    }

    #[test]
    fn entities_and_comments_are_xml() {
        let text =
            "<!-- <service name='no'/> --><zone target='DROP'><service name=\"a&amp;b&#x41;\"/></zone>";
        let zone = zone(text).unwrap();
        assert_eq!(zone.target, "DROP");
        assert_eq!(zone.services.into_iter().collect::<Vec<_>>(), ["a&bA"]);
    }
}
