//! What templates use for certain, with its places.

use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

use super::Templar;
use super::Text;
use super::engine::Form;
use super::is_encrypted;
use super::is_wrapped;
use super::problem;
use super::syntax;

/// A variable, or an entry of one, that a template uses, unless an error ends it before.
#[derive(Clone, Debug)]
pub struct Used {
    /// The variable of which an entry is used: `groups` in `groups['web']`.
    pub holder: Option<String>,
    /// The name of the variable, or of the entry.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// Whether it stands in the body of a loop, which may have no items, or in a list of which only a part may be looked at.
    pub perhaps: bool,
}

impl Templar {
    /// The variables that the templates of a tree use, with their entries that stand there as text. What a template itself
    /// decides about (`if`, `and`, `default`, ...) is none.
    pub fn uses(&self, node: &Node) -> Vec<Used> {
        let mut found = Vec::new();
        self.collect_uses(node, false, &mut found);
        found
    }

    /// The same for an expression or condition, or a list of them.
    pub fn expression_uses(&self, node: &Node) -> Vec<Used> {
        let mut found = Vec::new();
        self.collect_uses(node, true, &mut found);
        found
    }

    /// The same for a template file.
    pub fn file_uses(&self, source: &Arc<Source>, options: &TemplateOptions) -> Vec<Used> {
        let Ok((options, start)) = problem::header(source, options) else {
            return Vec::new();
        };
        let place = Place::new(source, start, source.text.len());
        let form = Form::File(Arc::new(options));
        let (text, place) = (&source.text[start..], &place);
        self.uses_of(&Text { text, place, form })
    }

    fn collect_uses(&self, node: &Node, code: bool, found: &mut Vec<Used>) {
        if node.tag.as_deref() == Some("!unsafe") || is_encrypted(node) {
            return;
        }
        match &node.value {
            Value::Str(text) => {
                if let Some(form) = form(text, code) {
                    let place = &node.place;
                    found.extend(self.uses_of(&Text { text, place, form }));
                }
            }
            Value::Seq(items) => items.iter().for_each(|item| self.collect_uses(item, code, found)),
            Value::Map(map) => {
                for (key, item) in &map.entries {
                    self.collect_uses(key, false, found);
                    self.collect_uses(item, code, found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date(_) => {}
        }
    }

    fn uses_of(&self, text: &Text<'_>) -> Vec<Used> {
        let mut names: HashSet<String> = self.engine.undeclared(text.text, &text.form);
        names.retain(|name| !self.is_global(name));
        let all = syntax::uses(text.text, &text.form.marks(), text.form.is_code());
        let is_variable = |found: &syntax::Use<'_>| names.contains(found.holder.unwrap_or(found.name));
        let used = |found: syntax::Use<'_>| Used {
            holder: found.holder.map(str::to_owned),
            name: found.name.to_owned(),
            place: problem::locate(text, found.at..found.at + found.name.len())
                .unwrap_or_else(|| text.place.clone()),
            perhaps: found.perhaps,
        };
        all.into_iter().filter(is_variable).map(used).collect()
    }
}

/// How a text is read; nothing where it is no template, or an expression with a template in one of its strings.
fn form(text: &str, code: bool) -> Option<Form> {
    match (syntax::is_template(text), code) {
        (false, false) => None,
        (true, false) => Some(Form::Playbook),
        (false, true) => Some(Form::Expression),
        (true, true) => is_wrapped(text).then_some(Form::Playbook),
    }
}
