//! The net behind the secrets that travel with their values: known secrets are blotted out of everything that is told.

use std::sync::Arc;

use evenkeel_playbook::Scope;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Templar;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value as Yaml;
use serde_json::Value;

use crate::Outcome;

/// Shorter secrets would blot out ordinary text.
const SHORTEST: usize = 4;

/// Texts that must not be shown, in every form in which they could appear.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redactor {
    needles: Vec<String>,
}

impl Redactor {
    /// Adds a secret: whole and by line, also as base64, JSON and in a shell's quotes.
    pub(crate) fn add(&mut self, secret: &str) {
        for text in std::iter::once(secret)
            .chain(secret.lines())
            .filter(|text| text.len() >= SHORTEST)
        {
            let json = Value::from(text).to_string();
            let forms = [
                text.to_owned(),
                base64(text),
                json.trim_matches('"').to_owned(),
                evenkeel_host::quote(text).into_owned(),
            ];
            for form in forms {
                if !self.needles.contains(&form) {
                    self.needles.push(form);
                }
            }
        }
        self.needles.sort_by_key(|needle| std::cmp::Reverse(needle.len()));
    }

    /// Adds the secret variables of a scope, as far as they are plain texts, or texts that the vault opens.
    pub(crate) fn add_scope(&mut self, scope: &dyn Scope, templar: &Templar) {
        for name in scope.names() {
            let Some(variable) = scope.get(&name).filter(|variable| variable.secret) else {
                continue;
            };
            match &variable.stored {
                Stored::Template(node) => self.add_node(node, templar),
                Stored::Data(value) => value.as_str().into_iter().for_each(|text| self.add(text)),
                Stored::Unknown(_) => {}
            }
        }
    }

    /// Adds the texts of a secret value, however deep they stand.
    fn add_node(&mut self, node: &Node, templar: &Templar) {
        if let Some(text) = templar.revealed(node) {
            return self.add(&text);
        }
        match &node.value {
            Yaml::Str(text) if !text.contains("{{") => self.add(text),
            Yaml::Seq(items) => items.iter().for_each(|item| self.add_node(item, templar)),
            Yaml::Map(map) => map
                .entries
                .iter()
                .for_each(|(_, item)| self.add_node(item, templar)),
            _ => {}
        }
    }

    pub(crate) fn text(&self, text: &mut String) {
        for needle in &self.needles {
            if text.contains(needle) {
                *text = text.replace(needle, "***");
            }
        }
    }

    fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.json(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Blots known secrets out of an outcome.
    pub(crate) fn outcome(&self, outcome: &mut Outcome) {
        if self.needles.is_empty() {
            return;
        }
        self.text(&mut outcome.why);
        outcome
            .known_after_apply
            .iter_mut()
            .chain(&mut outcome.message)
            .for_each(|text| self.text(text));
        outcome.warnings.iter_mut().for_each(|text| self.text(text));
        for change in &mut outcome.changes {
            self.text(&mut change.subject);
            let mut diff = change.diff.to_string();
            self.text(&mut diff);
            change.diff = Arc::from(diff);
        }
        self.json(&mut outcome.result);
        if let Some(failure) = &mut outcome.failure {
            [&mut failure.message, &mut failure.step, &mut failure.stderr]
                .into_iter()
                .for_each(|text| self.text(text));
            failure.help.iter_mut().for_each(|text| self.text(text));
        }
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[cfg(test)]
mod tests {
    use super::Redactor;

    #[test]
    fn every_form_of_a_secret_is_blotted_out() {
        let mut redactor = Redactor::default();
        redactor.add("s3cr\"et's\nsecond line");
        redactor.add("abc");
        let mut text =
            "s3cr\"et's | s3cr\\\"et's | 's3cr\"et'\\''s' | second line | c2Vjb25kIGxpbmU= | abc".to_owned();
        redactor.text(&mut text);
        assert_eq!(text, "*** | *** | *** | *** | *** | abc");
    }
}
