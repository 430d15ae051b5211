//! Names that nothing can define, found before anything is connected.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_playbook::Scope as _;
use evenkeel_playbook::play::Layer;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::play::Vars;
use evenkeel_playbook::template::FILE_VARIABLES;
use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

use super::Look;
use super::definitions;
use super::definitions::Variables;
use super::names::words;
use super::needed_files::rescued;
use crate::Loaded;

/// Words of an expression that may keep a name in it from being used, or take it that it is not defined.
const DECIDING: [&str; 9] = [
    "and",
    "d",
    "default",
    "defined",
    "if",
    "or",
    "ternary",
    "undef",
    "undefined",
];

/// Names that are there without anybody defining them, those beginning with `ansible_` apart.
const MAGIC: [&str; 19] = [
    "environment",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "item",
    "loop",
    "omit",
    "play_hosts",
    "playbook_dir",
    "role_name",
    "role_names",
    "role_path",
    "role_uuid",
    "self",
    "vars",
];

impl Loaded {
    /// Names that tasks use and that nothing can define: neither the inventory, nor `-e`, nor the playbook. Where a
    /// condition stands before the use, it is a warning, because what uses it may never run. A name that is asked for with
    /// `is defined` or `default` anywhere beside it is no finding, and neither is any in a playbook to which variables come
    /// that no text names: see [`definitions`].
    pub(super) fn undefined(&self, programs: &[Program], look: &Look<'_>) -> Vec<Problem> {
        if self.generated {
            return Vec::new();
        }
        let known = self.with_includes().and_then(|programs| self.known(&programs));
        let Some(known) = known else {
            return Vec::new();
        };
        let mut search = Search {
            loaded: self,
            look,
            known,
            found: Vec::new(),
        };
        for program in programs {
            let rescued = rescued(&program.steps, false);
            for task in look.tasks(program).filter(|task| !rescued.contains(&task.number)) {
                search.task(&program.play, task);
            }
        }
        search.found
    }

    /// Every name that something may define; nothing when that cannot be told.
    fn known(&self, programs: &[Program]) -> Option<BTreeSet<String>> {
        let there = MAGIC.iter().chain(&FILE_VARIABLES);
        let mut known: BTreeSet<String> = there.map(|name| (*name).to_owned()).collect();
        let mut add = |names: Vec<Arc<str>>| known.extend(names.iter().map(ToString::to_string));
        add(self.extra.layer().names());
        for host in self.inventory.hosts() {
            add(self.inventory.variables(host.name())?.names());
        }
        for variables in self.computed.values() {
            add(variables.iter().map(|(name, _)| Arc::clone(name)).collect());
        }
        for prompt in programs.iter().flat_map(|program| &program.play.prompts) {
            add(vec![Arc::clone(&prompt.name)]);
        }
        let mut written = |vars: &Vars| add(vars.keys().cloned().collect());
        for program in programs {
            program.play.keywords.vars.iter().for_each(|vars| written(vars));
            for role in &program.roles {
                written(&role.defaults);
                written(&role.vars);
            }
            for task in program.tasks_and_handlers() {
                task.keywords.vars.iter().for_each(|vars| written(vars));
                for layer in &task.around.parameters {
                    if let Layer::Written(vars) = layer {
                        written(vars);
                    }
                }
            }
        }
        let files = Variables(self.files.as_ref());
        for program in programs {
            known.extend(files.of_play(&program.play)?);
            for task in program.tasks_and_handlers() {
                known.extend(definitions::of_task(task)?);
                known.extend(files.of_task(&program.play, task)?);
            }
        }
        Some(known)
    }

    /// The playbook with what its includes will bring; nothing where a template names something that is included.
    fn with_includes(&self) -> Option<Vec<Program>> {
        let playbook = self.playbook.as_ref()?;
        let mut programs = self.programs();
        programs
            .iter_mut()
            .for_each(|program| program.look_ahead(&playbook.ahead));
        (!playbook.ahead.open).then_some(programs)
    }
}

struct Search<'l> {
    loaded: &'l Loaded,
    look: &'l Look<'l>,
    known: BTreeSet<String>,
    found: Vec<Problem>,
}

impl Search<'_> {
    fn task(&mut self, play: &Play, task: &Task) {
        let card = &task.card;
        if task.keywords.ignore_errors.is_some() || !card.failed_when.is_empty() {
            return;
        }
        let templar = &self.loaded.templar;
        // The first condition is always looked at; it decides about everything else.
        let mut uses: Vec<(Vec<String>, &Node, bool)> = Vec::new();
        for (nth, node) in task.keywords.when.iter().enumerate() {
            uses.push((templar.expression_references(node), node, nth > 0));
        }
        let conditional = !task.keywords.when.is_empty();
        for (key, value) in &card.body.raw.entries {
            let name = key.as_str().unwrap_or_default();
            let raw = (card.body.module.is_raw)(name);
            if name == "apply" || raw && holds_quoted_template(value) {
                continue;
            }
            let names = if raw {
                templar.expression_references(value)
            } else {
                templar.references(value)
            };
            // What is not defined is shown as such.
            let shown = (card.body.module.name, name) == ("debug", "var");
            uses.push((names, value, conditional || shown));
        }
        if let Some(items) = &card.loop_ {
            uses.push((templar.references(&items.items), &items.items, conditional));
        }
        for (names, node, conditional) in uses {
            for name in names {
                if let Some(place) = self.place(node, &name) {
                    self.report(&name, &place, conditional);
                }
            }
        }
        for (source, options) in self.look.files.look(play, task).templates {
            self.file(&source, &options, conditional);
        }
    }

    fn file(&mut self, source: &Arc<Source>, options: &TemplateOptions, conditional: bool) {
        for name in self.loaded.templar.file_references(source, options) {
            let mut uses = words(&source.text).filter(|(_, word)| *word == name);
            if let Some(at) = uses
                .next()
                .map(|(at, _)| at)
                .filter(|at| !is_in_if(&source.text, *at))
            {
                self.report(&name, &Place::new(source, at, at + name.len()), conditional);
            }
        }
    }

    /// Where a name stands in a value.
    fn place(&self, node: &Node, name: &str) -> Option<Place> {
        // What is marked so is no template.
        if node.tag.as_deref() == Some("!unsafe") {
            return None;
        }
        match &node.value {
            Value::Str(text) => words(text)
                .any(|(_, word)| word == name)
                .then(|| within(&node.place, name)),
            Value::Seq(items) => items.iter().find_map(|item| self.place(item, name)),
            Value::Map(map) => map.entries.iter().find_map(|(_, value)| self.place(value, name)),
            _ => None,
        }
    }

    fn report(&mut self, name: &str, place: &Place, conditional: bool) {
        if is_decided(place) {
            return;
        }
        if self.known.contains(name) || name.starts_with("ansible_") || is_guarded(&place.source.text, name) {
            return;
        }
        let problem = Problem::error("template::undefined", format!("`{name}` is undefined"))
            .at(place, "nothing defines it, whatever host it is");
        let nearest = evenkeel_tasks::nearest(name, self.known.iter().map(String::as_str));
        let mut problem = match nearest {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem.help(format!("set `{name}` in the inventory, in `vars` of the play, or with -e; or use `{name} | default(...)`")),
        };
        if conditional {
            problem.severity = Severity::Warning;
        }
        if !self.found.contains(&problem) {
            self.found.push(problem);
        }
    }
}

/// Whether a place of a template lies in a part that only a condition brings.
fn is_in_if(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let mut depth = 0_usize;
    for statement in before.split("{%").skip(1) {
        let word = statement
            .trim_start_matches(['-', '+', ' '])
            .split_whitespace()
            .next();
        match word {
            Some("if") => depth += 1,
            Some("endif") => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth > 0 || decides(before, text.get(at..).unwrap_or_default())
}

/// Whether an expression, or one of a list, has a template in a string of its own.
fn holds_quoted_template(node: &Node) -> bool {
    match &node.value {
        Value::Str(text) => text.trim_start().find("{{").is_some_and(|at| at > 0),
        Value::Seq(items) => items.iter().any(holds_quoted_template),
        _ => false,
    }
}

/// Whether the line around a place decides what of it is looked at.
fn is_decided(place: &Place) -> bool {
    let text = &place.source.text;
    let start = usize::try_from(place.start).unwrap_or_default();
    let (before, after) = text.split_at_checked(start).unwrap_or((text, ""));
    let line = before.rfind('\n').unwrap_or(0);
    decides(&before[line..], after.split('\n').next().unwrap_or_default())
}

/// Whether the expression around a place decides what of it is looked at.
fn decides(before: &str, after: &str) -> bool {
    let begin = before.rfind("{{").or_else(|| before.rfind("{%")).unwrap_or(0);
    let end = after
        .find("}}")
        .or_else(|| after.find("%}"))
        .unwrap_or(after.len());
    let parts = [before.get(begin..), after.get(..end)];
    parts
        .into_iter()
        .flatten()
        .any(|part| words(part).any(|(_, word)| DECIDING.contains(&word)))
}

/// The name itself within a place, where it stands there as it is.
fn within(place: &Place, name: &str) -> Place {
    let found = words(place.text()).find(|(_, word)| *word == name);
    let start = usize::try_from(place.start).unwrap_or_default();
    found.map_or_else(
        || place.clone(),
        |(at, word)| Place::new(&place.source, start + at, start + at + word.len()),
    )
}

/// Whether the name is asked for anywhere in the text before it is used, or stands there as a text itself.
fn is_guarded(text: &str, name: &str) -> bool {
    words(text).filter(|(_, word)| *word == name).any(|(at, word)| {
        let rest = text
            .get(at + word.len()..)
            .unwrap_or_default()
            .trim_start_matches([' ', ')']);
        let filter = rest.strip_prefix('|').map(str::trim_start).unwrap_or_default();
        let quoted = text.get(..at).is_some_and(|before| before.ends_with(['\'', '"']));
        quoted
            || rest.starts_with("is ")
            || filter.starts_with("default")
            || filter.starts_with("d(")
            || filter.starts_with("mandatory")
            || rest.starts_with(':')
            || rest.starts_with('=') && !rest.starts_with("==")
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::Memory;
    use crate::Project;

    /// What is found with these tasks and a template `t.j2`.
    fn found(tasks: &str) -> Vec<String> {
        let site = format!("- hosts: web1\n  vars: {{greeting: hello}}\n  tasks:\n{tasks}");
        let files = Memory::default()
            .with("hosts.ini", "web1 port=80\n")
            .with(
                "templates/t.j2",
                "{{ greeting }}\n{% for x in [1] %}{{ x }} {{ prot }}{% endfor %}\n",
            )
            .with("vars/known.yml", "from_file: 1\n")
            .with(
                "more.yml",
                "- ansible.builtin.set_fact: {from_more: 1}\n- ansible.builtin.command: uptime\n  register: ran\n- ansible.builtin.include_tasks: most.yml\n",
            )
            .with("most.yml", "- ansible.builtin.set_fact: {from_most: 1}\n")
            .with("roles/r/defaults/main.yml", "of_role: 1\n")
            .with("roles/r/tasks/main.yml", "- ansible.builtin.include_vars: of_vars.yml\n")
            .with("roles/r/vars/of_vars.yml", "from_vars: 1\n")
            .with("site.yml", site);
        let project = Project::new(Arc::new(files))
            .inventory("hosts.ini")
            .playbook("site.yml");
        let loaded = project.load().unwrap_or_else(|problems| panic!("{problems:#?}"));
        let shown = |problem: evenkeel_yaml::Problem| {
            format!("{:?} {problem} {}", problem.severity, problem.help.join(" "))
        };
        loaded
            .undefined(&loaded.programs(), &loaded.beforehand(&|_| true, None))
            .into_iter()
            .map(shown)
            .collect()
    }

    #[test]
    fn what_nothing_defines_is_found_in_tasks_conditions_loops_and_template_files() {
        let all = "    - ansible.builtin.debug: {msg: \"{{ greetin }}\"}\n    - ansible.builtin.debug: {msg: \"{{ item }}\"}\n      loop: \"{{ portz }}\"\n    - ansible.builtin.debug: {var: greeting}\n      when: prt == 1\n    - ansible.builtin.template: {src: t.j2, dest: /etc/t}\n";
        insta::assert_debug_snapshot!(found(all));
    }

    #[test]
    fn what_is_included_by_name_defines_what_stands_there() {
        let use_of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| format!("{{{{ {name} }}}}")).collect();
            format!("    - ansible.builtin.debug: {{msg: \"{}\"}}\n", names.join(" "))
        };
        let all = [
            ("include_tasks: more.yml", vec!["from_more", "ran", "from_most"]),
            (
                "include_tasks: {file: more.yml, apply: {vars: {applied: 1}}}",
                vec!["applied"],
            ),
            ("include_role: {name: r}", vec!["of_role", "from_vars"]),
            ("include_vars: known.yml", vec!["from_file"]),
            ("include_vars: {file: known.yml, name: under}", vec!["under"]),
            ("package_facts:", vec!["packages"]),
        ];
        for (include, names) in &all {
            let task = format!("    - ansible.builtin.{include}\n");
            assert_eq!(found(&format!("{task}{}", use_of(names))), [""; 0], "{include}");
            let told = found(&format!("{task}{}", use_of(&["of_nobody"])));
            assert_eq!(told.len(), 1, "{include}: {told:?}");
            assert!(told[0].contains("`of_nobody` is undefined"), "{told:?}");
        }
        for elsewhere in [
            "include_tasks: \"{{ greeting }}.yml\"",
            "include_vars: \"{{ greeting }}.yml\"",
            "include_vars: {dir: vars}",
            "include_role: {name: \"{{ greeting }}\"}",
            "add_host: {name: x, more: 1}",
            "group_by: {key: x}",
        ] {
            let task = format!("    - ansible.builtin.{elsewhere}\n{}", use_of(&["of_nobody"]));
            assert_eq!(found(&task), [""; 0], "{elsewhere}");
        }
    }

    #[test]
    fn what_may_be_defined_is_no_finding() {
        for tasks in [
            "    - ansible.builtin.debug: {msg: \"{{ greeting }} {{ port }} {{ inventory_hostname }} {{ ansible_facts.x }}\"}\n",
            "    - ansible.builtin.set_fact: {later: 1}\n    - ansible.builtin.debug: {msg: \"{{ later }}\"}\n",
            "    - ansible.builtin.command: uptime\n      register: done\n    - ansible.builtin.debug: {msg: \"{{ done.stdout }}\"}\n",
            "    - ansible.builtin.debug: {msg: \"{{ maybe | default(1) }}\"}\n",
            "    - ansible.builtin.debug: {msg: !unsafe \"{{ nobody }}\"}\n",
            "    - ansible.builtin.debug: {msg: \"{{ maybe }}\"}\n      when: maybe is defined\n",
            "    - ansible.builtin.debug: {msg: \"{{ one.two }}\"}\n      loop: [{two: 1}]\n      loop_control: {loop_var: one, index_var: nth}\n",
            "    - ansible.builtin.debug: {msg: \"{{ nobody }}\"}\n      ignore_errors: true\n",
            "    - block:\n        - ansible.builtin.debug: {msg: \"{{ nobody }}\"}\n      rescue:\n        - ansible.builtin.debug: {msg: no}\n",
            "    - ansible.builtin.include_tasks: {file: more.yml, apply: {tags: [always, nobody]}}\n",
            "    - ansible.builtin.assert: {that: [nobody | map('upper') is undefined, \"lookup('vars', '{{ nobody }}')\"]}\n",
            "    - ansible.builtin.debug: {msg: \"{{ true | ternary(1, nobody) }}\"}\n",
            "    - ansible.builtin.include_vars: vars.yml\n    - ansible.builtin.debug: {msg: \"{{ nobody }}\"}\n",
        ] {
            assert_eq!(found(tasks), [""; 0], "{tasks}");
        }
    }
}
