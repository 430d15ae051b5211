//! Which variables a text names.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Node;
use evenkeel_yaml::Source;

use super::Templar;
use super::engine::Form;
use super::problem;
use super::syntax;
use crate::Scope;
use crate::Stored;

impl Templar {
    /// The variables that the templates of a tree name, sorted.
    pub fn references(&self, node: &Node) -> Vec<String> {
        let mut names = BTreeSet::new();
        self.collect(node, &Form::Playbook, &mut names);
        names.into_iter().collect()
    }

    /// The variables that an expression or condition names, sorted.
    pub fn expression_references(&self, node: &Node) -> Vec<String> {
        let mut names = BTreeSet::new();
        self.collect(node, &Form::Expression, &mut names);
        names.into_iter().collect()
    }

    /// The variables that a template file names, sorted.
    pub fn file_references(&self, source: &Arc<Source>, options: &TemplateOptions) -> Vec<String> {
        let Ok((options, start)) = problem::header(source, options) else {
            return Vec::new();
        };
        let form = Form::File(Arc::new(options));
        let names = self.engine.undeclared(&source.text[start..], &form);
        names
            .into_iter()
            .filter(|name| !self.is_global(name))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    /// Those variables and the ones that their own templates name, and so on.
    pub fn reach(&self, names: Vec<String>, scope: &Arc<dyn Scope>) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut open = names;
        while let Some(name) = open.pop() {
            if let Some(Stored::Template(node)) = scope.get(&name).map(|var| var.stored)
                && !seen.contains(&name)
            {
                open.extend(self.references(&node));
            }
            seen.insert(name);
        }
        seen
    }

    fn collect(&self, node: &Node, form: &Form, names: &mut BTreeSet<String>) {
        match &node.value {
            evenkeel_yaml::Value::Str(text) => {
                let wrapped = syntax::is_template(text);
                if wrapped || form.is_code() {
                    let form = if wrapped { &Form::Playbook } else { form };
                    let found = self.engine.undeclared(text, form).into_iter();
                    names.extend(found.filter(|name| !self.is_global(name)));
                }
            }
            evenkeel_yaml::Value::Seq(items) => items.iter().for_each(|item| self.collect(item, form, names)),
            evenkeel_yaml::Value::Map(map) => {
                for (key, item) in &map.entries {
                    self.collect(key, &Form::Playbook, names);
                    self.collect(item, form, names);
                }
            }
            _ => {}
        }
    }
}
