//! The net behind the secrets that travel with their values: known secrets are blotted out of everything that is told.

use std::sync::Arc;

use evenkeel_playbook::Scope;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Templar;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value as Yaml;
use serde_json::Value;

use crate::EventKind;
use crate::Outcome;
use crate::Recap;
use crate::TaskRef;

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
            Value::Object(map) if map.keys().any(|key| self.knows(key)) => {
                let entries = std::mem::take(map).into_iter().map(|(mut key, mut item)| {
                    self.text(&mut key);
                    self.json(&mut item);
                    (key, item)
                });
                *map = entries.collect();
            }
            Value::Object(map) => map.values_mut().for_each(|item| self.json(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn knows(&self, text: &str) -> bool {
        self.needles.iter().any(|needle| text.contains(needle))
    }

    /// Blots known secrets out of an event. What only names things stays: hosts, task types, places in files.
    pub(crate) fn event(&self, kind: &mut EventKind) {
        if self.needles.is_empty() {
            return;
        }
        match kind {
            EventKind::RunStarted { .. } => {}
            EventKind::PlayStarted { name: text, .. }
            | EventKind::BatchStarted { name: text, .. }
            | EventKind::Note { text } => self.text(text),
            EventKind::PlaySkipped { name, why } => {
                self.text(name);
                self.text(why);
            }
            EventKind::TaskStarted { task } => self.task(task),
            EventKind::HostTask {
                task, outcome, item, ..
            } => {
                self.task(task);
                item.iter_mut().for_each(|item| self.text(item));
                self.outcome(outcome);
            }
            EventKind::HostRetry { task, item, why, .. } => {
                self.task(task);
                item.iter_mut().for_each(|item| self.text(item));
                self.text(why);
            }
            EventKind::ForecastMissed {
                task,
                fact,
                predicted,
                found,
                ..
            } => {
                self.task(task);
                self.text(fact);
                self.json(predicted);
                self.json(found);
            }
            EventKind::HostLost { message, help, .. } => {
                self.text(message);
                help.iter_mut().for_each(|help| self.text(help));
            }
            EventKind::HandlersRecovered { handlers, .. } => {
                handlers.iter_mut().for_each(|name| self.text(name));
            }
            EventKind::PlaybookStarted { recap, .. } | EventKind::RunFinished { recap } => self.recap(recap),
        }
    }

    fn task(&self, task: &mut TaskRef) {
        if self.knows(&task.name) {
            let mut name = task.name.to_string();
            self.text(&mut name);
            task.name = name.into();
        }
    }

    /// Blots known secrets out of what tasks told with `set_stats`.
    pub(crate) fn recap(&self, recap: &mut Recap) {
        for values in recap.custom.values.values_mut() {
            for (mut name, mut value) in std::mem::take(values) {
                self.text(&mut name);
                self.json(&mut value);
                values.insert(name, value);
            }
        }
    }

    fn outcome(&self, outcome: &mut Outcome) {
        self.text(&mut outcome.why);
        outcome
            .known_after_apply
            .iter_mut()
            .chain(&mut outcome.included)
            .chain(&mut outcome.message)
            .for_each(|text| self.text(text));
        outcome.warnings.iter_mut().for_each(|text| self.text(text));
        for change in &mut outcome.changes {
            self.text(&mut change.subject);
            if self.knows(&change.diff) {
                let mut diff = change.diff.to_string();
                self.text(&mut diff);
                change.diff = Arc::from(diff);
            }
        }
        self.json(&mut outcome.result);
        if let Some(failure) = &mut outcome.failure {
            [&mut failure.message, &mut failure.step, &mut failure.stderr]
                .into_iter()
                .chain(&mut failure.at)
                .chain(&mut failure.in_result)
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
    use serde_json::json;

    use super::Redactor;
    use crate::EventKind;
    use crate::Failure;
    use crate::Outcome;
    use crate::Recap;
    use crate::ShownChange;
    use crate::Status;
    use crate::TaskRef;

    const SECRET: &str = "hunter2-vault";

    fn task() -> TaskRef {
        TaskRef {
            play: 0,
            number: 0,
            name: format!("Make {SECRET}").into(),
            module: "ansible.builtin.debug".into(),
            at: "site.yml:1:1".into(),
            handler: false,
        }
    }

    /// An outcome that has the secret wherever a text can stand.
    fn outcome() -> Outcome {
        let text = || SECRET.to_owned();
        Outcome {
            status: Status::Failed,
            known_after_apply: Some(text()),
            why: text(),
            included: Some(text()),
            changes: vec![ShownChange {
                action: "update",
                subject: text(),
                diff: SECRET.into(),
            }],
            diff: None,
            message: Some(text()),
            warnings: vec![text()],
            hidden: None,
            result: json!({SECRET: [{"a": SECRET}]}),
            failure: Some(Failure {
                message: text(),
                step: text(),
                stderr: text(),
                at: Some(text()),
                help: vec![text()],
                in_result: Some(text()),
            }),
        }
    }

    /// One event of each kind that can hold a text.
    fn events() -> Vec<EventKind> {
        let (text, host) = (|| SECRET.to_owned(), || "h1".into());
        let mut recap = Recap::default();
        let told = [(text(), json!({SECRET: SECRET}))].into();
        recap.custom.values.insert("_run".to_owned(), told);
        vec![
            EventKind::PlayStarted {
                name: text(),
                hosts: vec![host()],
            },
            EventKind::BatchStarted {
                name: text(),
                number: 0,
                hosts: vec![host()],
            },
            EventKind::PlaySkipped {
                name: text(),
                why: text(),
            },
            EventKind::TaskStarted { task: task() },
            EventKind::HostTask {
                task: task(),
                host: host(),
                item: Some(text()),
                delegated_to: None,
                outcome: outcome(),
            },
            EventKind::HostRetry {
                task: task(),
                host: host(),
                item: Some(text()),
                delegated_to: None,
                attempt: 1,
                left: 1,
                delay: 0.0,
                why: text(),
            },
            EventKind::ForecastMissed {
                task: task(),
                host: host(),
                fact: text(),
                predicted: json!(SECRET),
                found: json!([SECRET]),
            },
            EventKind::HostLost {
                host: host(),
                message: text(),
                help: Some(text()),
            },
            EventKind::HandlersRecovered {
                host: host(),
                handlers: vec![text()],
            },
            EventKind::Note { text: text() },
            EventKind::RunFinished { recap },
        ]
    }

    #[test]
    fn no_event_shows_a_known_secret() {
        let mut redactor = Redactor::default();
        redactor.add(SECRET);
        for mut event in events() {
            let before = serde_json::to_string(&event).unwrap();
            assert!(before.contains(SECRET), "{before}");
            redactor.event(&mut event);
            let after = serde_json::to_string(&event).unwrap();
            assert!(!after.contains(SECRET), "{after}");
        }
    }

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
