//! A rule in the words of ufw(8).

use evenkeel_yaml::Value;

use super::Ufw;
use crate::Argument;

/// A word of an enumeration, as it is written.
pub(super) fn word(value: &impl Argument) -> String {
    match value.write() {
        Value::Str(word) => word,
        _ => String::new(),
    }
}

impl Ufw {
    /// The words of the rule, in the long form; none where the task has no rule.
    pub(super) fn words(&self) -> Option<Vec<String>> {
        let rule = self.rule.as_ref()?;
        let mut words: Vec<String> = Vec::new();
        let mut put = |is: bool, more: &[&str]| {
            if is {
                words.extend(more.iter().map(|word| (*word).to_owned()));
            }
        };
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        put(self.route, &["route"]);
        put(self.delete, &["delete"]);
        let number = self.insert.unwrap_or(0).to_string();
        put(self.insert.is_some_and(|number| number > 0) && !self.delete, &["insert", &number]);
        put(true, &[&word(rule)]);
        if let Some(direction) = &self.direction {
            put(true, &[&word(direction)]);
        }
        put(self.interface.is_some(), &["on", &text(&self.interface)]);
        put(self.interface_in.is_some(), &["in", "on", &text(&self.interface_in)]);
        put(self.interface_out.is_some(), &["out", "on", &text(&self.interface_out)]);
        put(self.log, &["log"]);
        put(true, &["from", &self.from_ip]);
        put(self.from_port.is_some(), &["port", &text(&self.from_port)]);
        put(true, &["to", &self.to_ip]);
        put(self.to_port.is_some(), &["port", &text(&self.to_port)]);
        if let Some(protocol) = &self.proto {
            put(true, &["proto", &word(protocol)]);
        }
        put(self.name.is_some(), &["app", &text(&self.name)]);
        put(self.comment.is_some(), &["comment", &text(&self.comment)]);
        Some(words)
    }
}
