//! Names that nothing can define, found before anything is connected.

use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Taken;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::template;
use evenkeel_playbook::template::Used;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;
use evenkeel_yaml::nearest;

use super::Look;
use super::guards::gets_value;
use super::guards::is_guarded;
use super::known::Known;
use super::members;
use super::rendered;
use super::rendered::Rendered;
use crate::Loaded;

/// How many variables may refer to each other before it is no longer followed.
const DEPTH: usize = 16;

impl Loaded {
    /// Names that tasks use and that nothing can define: neither the inventory, nor `-e`, nor the playbook; groups and
    /// hosts that are not there; and variables that need their own values. Where a condition stands before the use, it is a
    /// warning, because what uses it may never run. A name that is asked for with `is defined` or `default` anywhere beside
    /// it is no finding, and neither is any in a playbook to which variables come that no text names: see
    /// [`definitions`](super::definitions). `whole` says whether all of the playbook could be read: what is missing of it
    /// could define anything.
    pub(super) fn undefined(&self, programs: &[Program], look: &Look<'_>, whole: bool) -> Vec<Problem> {
        if self.generated {
            return Vec::new();
        }
        let all = self.with_includes();
        let known = all.as_ref().filter(|_| whole).and_then(|all| self.known(all));
        let mut search = Search {
            loaded: self,
            look,
            known,
            settled: all.is_some_and(|all| !members::may_grow(&all)),
            followed: HashSet::new(),
            found: Vec::new(),
        };
        for program in programs {
            let taken = program.taken();
            for task in look.tasks(program).filter(|task| !taken.error(task)) {
                search.task(&program.play, task, &taken);
            }
        }
        search.found
    }
}

/// Where names are used.
#[derive(Clone, Copy)]
struct By<'t> {
    play: &'t Play,
    task: &'t Task,
}

/// A variable on the way to a use, and the place where it is used.
struct Step {
    name: Arc<str>,
    node: Arc<Node>,
    used: Place,
}

struct Search<'l> {
    loaded: &'l Loaded,
    look: &'l Look<'l>,
    known: Option<Known>,
    /// Whether the inventory stays as it is.
    settled: bool,
    /// The variables that a task has been followed into, by the texts and offsets of their values, and whether for certain.
    followed: HashSet<(*const Source, u32, bool)>,
    found: Vec<Problem>,
}

impl Search<'_> {
    fn task(&mut self, play: &Play, task: &Task, taken: &Taken) {
        self.followed.clear();
        let by = By { play, task };
        let loaded = self.loaded;
        let templar = &loaded.templar;
        for Rendered { node, code, perhaps } in rendered::of_task(task, taken) {
            let uses = match code {
                true => templar.expression_uses(node),
                false => templar.uses(node),
            };
            self.uses(uses, perhaps, by);
        }
        let perhaps = rendered::may_be_left_out(task, taken);
        for (source, options) in self.look.files.look(play, task).templates {
            self.uses(templar.file_uses(&source, &options), perhaps, by);
        }
    }

    /// The uses in one value: each name once, where it is used for certain if it is.
    fn uses(&mut self, mut uses: Vec<Used>, perhaps: bool, by: By<'_>) {
        uses.sort_by_key(|used| used.perhaps);
        let mut seen = HashSet::new();
        for used in uses {
            if seen.insert((used.holder.clone(), used.name.clone())) {
                self.used(&used, perhaps || used.perhaps, by, &mut Vec::new());
            }
        }
    }

    fn used(&mut self, used: &Used, perhaps: bool, by: By<'_>, way: &mut Vec<Step>) {
        match used.holder.as_deref() {
            None => self.name(used, perhaps, by, way),
            Some(holder) if self.settled => {
                if let Some(problem) = members::missing(self.loaded, holder, used) {
                    self.report(problem, perhaps, way);
                }
            }
            Some(_) => {}
        }
    }

    fn name(&mut self, used: &Used, perhaps: bool, by: By<'_>, way: &mut Vec<Step>) {
        let (name, place) = (used.name.as_str(), &used.place);
        let start = usize::try_from(place.start).unwrap_or_default();
        let Some(known) = &self.known else { return };
        if name.starts_with("ansible_") || is_guarded(&place.source.text, name, start) {
            return;
        }
        if known.names.contains(name) {
            if let Some(node) = known.definition(by.play, by.task, name) {
                self.follow(node, used, perhaps, by, way);
            }
            return;
        }
        if gets_value(&place.source.text, name) {
            return;
        }
        let problem = Problem::error("template::undefined", format!("`{name}` is undefined"))
            .at(place, "nothing defines it, whatever host it is");
        let problem = match nearest(name, known.names.iter().map(String::as_str)) {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem.help(format!("set `{name}` in the inventory, in `vars` of the play, or with -e; or use `{name} | default(...)`")),
        };
        self.report(problem, perhaps, way);
    }

    /// What a variable uses is used with it.
    fn follow(&mut self, node: Arc<Node>, used: &Used, perhaps: bool, by: By<'_>, way: &mut Vec<Step>) {
        if let Some(at) = way.iter().position(|step| step.node.place == node.place) {
            self.report(circle(&way[at..]), perhaps, way);
            return;
        }
        let renders = matches!(&node.value, Value::Str(text) if !holds_container(text));
        if !renders
            || way.len() >= DEPTH
            || !self
                .followed
                .insert((Arc::as_ptr(&node.place.source), node.place.start, perhaps))
        {
            return;
        }
        let uses = self.loaded.templar.uses(&node);
        way.push(Step {
            name: used.name.as_str().into(),
            node,
            used: used.place.clone(),
        });
        for inner in uses {
            self.used(&inner, perhaps || inner.perhaps, by, way);
        }
        way.pop();
    }

    /// Each finding is told once, as grave as it is for any of those that it belongs to.
    fn report(&mut self, mut problem: Problem, perhaps: bool, way: &[Step]) {
        if perhaps {
            problem.severity = Severity::Warning;
        }
        if let Some(first) = way.first() {
            problem = problem.related(&first.used, format!("`{}` is used here", first.name));
        }
        let same = |known: &&mut Problem| {
            let place = |problem: &Problem| problem.at.as_ref().map(|(place, _)| place.clone());
            known.message == problem.message && place(known) == place(&problem)
        };
        match self.found.iter_mut().find(same) {
            Some(known) if known.severity < problem.severity => *known = problem,
            Some(_) => {}
            None => self.found.push(problem),
        }
    }
}

/// Variables that need each other, told from the one that stands first, wherever the circle was entered.
fn circle(steps: &[Step]) -> Problem {
    let at = |step: &Step| (step.node.place.source.name.clone(), step.node.place.start);
    let first = (0..steps.len())
        .min_by_key(|nth| at(&steps[*nth]))
        .unwrap_or_default();
    let (before, after) = steps.split_at(first);
    let names: Vec<Arc<str>> = after
        .iter()
        .chain(before)
        .map(|step| Arc::clone(&step.name))
        .collect();
    template::cycle(&names, &steps[first].name, &steps[first].node.place)
}

/// Whether a template makes a list or mapping, parts of which may never be looked at.
fn holds_container(text: &str) -> bool {
    let text = text
        .replace("{{", " ")
        .replace("}}", " ")
        .replace("{%", " ")
        .replace("%}", " ");
    text.contains('{')
        || text.match_indices('[').any(|(at, _)| {
            let before = text[..at].trim_end();
            !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ')' | ']'))
        })
}

#[cfg(test)]
mod tests;
