//! What is wrong with a template whatever its variables hold: its syntax, filters and tests that do not exist.

use std::sync::Arc;

use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;
use evenkeel_yaml::Source;

use super::Templar;
use super::Text;
use super::engine::Form;
use super::is_encrypted;
use super::is_wrapped;
use super::problem;
use super::syntax;

impl Templar {
    /// What is wrong with the templates of a tree.
    pub fn mistakes(&self, node: &Node) -> Vec<Problem> {
        let mut found = Vec::new();
        self.search(
            node,
            &mut |text, place| {
                if syntax::is_template(text) {
                    return self.mistakes_of(text, place, Form::Playbook);
                }
                Vec::new()
            },
            &mut found,
        );
        found
    }

    /// What is wrong with an expression or condition, or a list of them.
    pub fn expression_mistakes(&self, node: &Node) -> Vec<Problem> {
        let mut found = Vec::new();
        self.search(
            node,
            &mut |text, place| {
                let text = text.trim();
                let form = if is_wrapped(text) {
                    Form::Playbook
                } else {
                    Form::Expression
                };
                match text {
                    "" => Vec::new(),
                    text if form.is_code() && syntax::has_braces(text) => {
                        vec![problem::braces(text, place)]
                    }
                    text => self.mistakes_of(text, place, form),
                }
            },
            &mut found,
        );
        found
    }

    /// What is wrong with a template file.
    pub fn file_mistakes(&self, source: &Arc<Source>, options: &TemplateOptions) -> Vec<Problem> {
        let (options, start) = match problem::header(source, options) {
            Ok(read) => read,
            Err(problem) => return vec![problem],
        };
        let place = Place::new(source, start, source.text.len());
        self.mistakes_of(&source.text[start..], &place, Form::File(Arc::new(options)))
    }

    fn search(
        &self,
        node: &Node,
        look: &mut dyn FnMut(&str, &Place) -> Vec<Problem>,
        found: &mut Vec<Problem>,
    ) {
        if node.tag.as_deref() == Some("!unsafe") || is_encrypted(node) {
            return;
        }
        match &node.value {
            evenkeel_yaml::Value::Str(text) => found.extend(look(text, &node.place)),
            evenkeel_yaml::Value::Seq(items) => items.iter().for_each(|item| self.search(item, look, found)),
            evenkeel_yaml::Value::Map(map) => {
                for (key, item) in &map.entries {
                    self.search(key, look, found);
                    self.search(item, look, found);
                }
            }
            _ => {}
        }
    }

    fn mistakes_of(&self, text: &str, place: &Place, form: Form) -> Vec<Problem> {
        let text = Text { text, place, form };
        if let Some(problem) = self.engine.unreadable(&text) {
            return vec![problem];
        }
        let named = syntax::called(text.text, &text.form.marks(), text.form.is_code());
        let wrong = |called: &syntax::Called<'_>| match problem::no_such(&text, called) {
            Some(missing) => vec![missing],
            None => problem::no_such_arguments(&text, called),
        };
        let mut found: Vec<Problem> = named.iter().flat_map(wrong).collect();
        for looked in syntax::looked(text.text, &text.form.marks(), text.form.is_code()) {
            if let Some(mut problem) = problem::no_such_lookup(&text, &looked) {
                if looked.decided {
                    problem.severity = Severity::Warning;
                }
                found.push(problem);
            }
            found.extend(problem::no_such_options(&text, &looked));
        }
        found
    }

    /// The files of the controller that the lookups in a tree name and cannot do without.
    pub fn looked_up(&self, node: &Node) -> Vec<LookedUp> {
        let mut found = Vec::new();
        let mut collect = |text: &str, place: &Place| {
            if syntax::is_template(text) {
                let form = Form::Playbook;
                problem::files_looked_up(&Text { text, place, form }, &mut found);
            }
            Vec::new()
        };
        self.search(node, &mut collect, &mut Vec::new());
        found
    }

    /// The same for a template file.
    pub fn file_looked_up(&self, source: &Arc<Source>, options: &TemplateOptions) -> Vec<LookedUp> {
        let mut found = Vec::new();
        if let Ok((options, start)) = problem::header(source, options) {
            let place = Place::new(source, start, source.text.len());
            let form = Form::File(Arc::new(options));
            let (text, place) = (&source.text[start..], &place);
            problem::files_looked_up(&Text { text, place, form }, &mut found);
        }
        found
    }
}

/// A file of the controller that a lookup names.
#[derive(Clone, Debug)]
pub struct LookedUp {
    /// As it stands there.
    pub name: String,
    /// The folder beside the tasks that is searched first: `files` or `templates`.
    pub folder: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Whether something in the template decides whether it is looked up.
    pub decided: bool,
}

#[cfg(test)]
mod tests {
    use evenkeel_yaml::Value;

    use super::*;
    use crate::TemplarSettings;

    fn node(text: &str) -> Node {
        let source = Source::new("t.yml", text);
        Node::new(Value::Str(text.to_owned()), Place::new(&source, 0, text.len()))
    }

    fn shown(problems: Vec<Problem>) -> Vec<String> {
        let help = |problem: &Problem| problem.help.join(" ");
        problems
            .iter()
            .map(|problem| format!("{problem} ({})", help(problem)))
            .collect()
    }

    #[test]
    fn syntax_filters_and_tests() {
        let templar = Templar::new(TemplarSettings::default());
        let texts = [
            "a {{ b | }}",
            "{{ a | joyn(',') | default('x | y') }} {% filter uper %}{% endfilter %}",
            "{{ a is defned or b is not ansible.builtin.subset(c) }}",
            "{{ a | nowhere.at.all }}",
            "{{ lookup('fil', 'x') }} {{ a.lookup('b') }} {{ query('nope', a) | d }} {{ q('ansible.builtin.items', a) }}",
            "{{ lookup('config', 'x') if a }}",
            "{{ a.b.translate(c) }} {{ a.split('.').pop() }}",
        ];
        let mut found: Vec<_> = texts
            .iter()
            .flat_map(|text| shown(templar.mistakes(&node(text))))
            .collect();
        found.extend(shown(templar.expression_mistakes(&node("a == "))));
        insta::assert_debug_snapshot!(found, @r#"
        [
            "t.yml:1:10: unexpected end of variable block, expected identifier (the name of a filter is missing behind `|`)",
            "t.yml:1:8: there is no filter `joyn` (did you mean `join`?)",
            "t.yml:1:50: there is no filter `uper` (did you mean `upper`?)",
            "t.yml:1:9: there is no test `defned` (did you mean `defined`?)",
            "t.yml:1:8: there is no filter `nowhere.at.all` ()",
            "t.yml:1:12: there is no lookup `fil` (did you mean `file`?)",
            "t.yml:1:56: there is no lookup `nope` ()",
            "t.yml:1:12: the lookup `config` is not supported: there is no configuration of Ansible to ask (set a variable instead)",
            "t.yml:1:8: the method `translate` is not supported in templates (use `replace` or `regex_replace`)",
            "t.yml:1:1: unexpected end of variable block ()",
        ]
        "#);
    }

    #[test]
    fn arguments_that_nothing_takes() {
        let templar = Templar::new(TemplarSettings::default());
        let texts = [
            "{{ a | default(vlaue=1) | upper(x=1) }}",
            "{{ a | regex_replace('b', replacment='c') if d }}",
            "{{ lookup('file', 'x', rstripp=false) }} {{ query('ini', 'a', fiel='b') }} {{ lookup('items', x=1) }}",
        ];
        let mut found: Vec<_> = texts
            .iter()
            .flat_map(|text| templar.mistakes(&node(text)))
            .map(|problem| (problem.severity, shown(vec![problem]).remove(0)))
            .collect();
        let tests = templar.expression_mistakes(&node("a is match('b', ignorcase=true)"));
        found.extend(
            tests
                .into_iter()
                .map(|problem| (problem.severity, shown(vec![problem]).remove(0))),
        );
        insta::assert_debug_snapshot!(found);
        for fine in [
            "{{ a | default(default_value=f(x=1), boolean=true) }}",
            "{{ a | map('default', x=1) | combine(b, recursive=true) | comment(decoration='#') }}",
            "{{ a.b(c=1) }} {{ d(e=1) }} {{ a | default(b == 1) }} {{ lookup('file', 'x', rstrip=b, errors='warn') }}",
        ] {
            assert_eq!(shown(templar.mistakes(&node(fine))), [""; 0], "{fine}");
        }
    }

    #[test]
    fn braces_and_single_equals_signs_in_conditions() {
        let templar = Templar::new(TemplarSettings::default());
        let texts = [
            "{{ a }} == 1",
            "a = 1",
            "a == '{{ b }}'",
            "{{ a }}",
            "a == {'b': {'c': 1}}",
        ];
        let found = texts
            .iter()
            .map(|text| shown(templar.expression_mistakes(&node(text))));
        insta::assert_debug_snapshot!(found.collect::<Vec<_>>());
    }

    #[test]
    fn what_only_looks_like_a_call_is_fine() {
        let templar = Templar::new(TemplarSettings::default());
        for fine in [
            "no template: a | joyn",
            "{{ a | ansible.builtin.to_json | ansible.utils.ipaddr }} {# | joyn #}",
            "{% raw %}{{ | }}{% endraw %}",
            "{{ a.is | d }} {{ 'is joyn' }}",
        ] {
            assert_eq!(shown(templar.mistakes(&node(fine))), [""; 0], "{fine}");
        }
        let condition = templar.expression_mistakes(&node("a is match('x') and b | length > 0"));
        assert_eq!(shown(condition), [""; 0]);
    }

    #[test]
    fn template_files() {
        let templar = Templar::new(TemplarSettings::default());
        let texts = [
            "a\n{% if x %}\nb {{ c | uper }}\n",
            "a\n{% if x %}\nb {{ c | uper }}\n{% endif %}\n",
            "#jinja2: variable_start_string: '[[', variable_end_string: ']]'\n{{ | }} [[ a | uper ]]\n",
        ];
        let found = texts.iter().flat_map(|text| {
            shown(templar.file_mistakes(&Source::new("t.j2", *text), &TemplateOptions::default()))
        });
        insta::assert_debug_snapshot!(found.collect::<Vec<_>>(), @r#"
        [
            "t.j2:3:15: unexpected end of input, expected end of block (a block is open to the end: close it with `{% endif %}`, `{% endfor %}`, ...)",
            "t.j2:3:10: there is no filter `uper` (did you mean `upper`?)",
            "t.j2:2:16: there is no filter `uper` (did you mean `upper`?)",
        ]
        "#);
    }
}
