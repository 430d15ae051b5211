//! What a task renders, as far as it shows before a run.

use evenkeel_playbook::play::Taken;
use evenkeel_playbook::play::Task;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

/// A value that a task renders or evaluates.
pub(super) struct Rendered<'t> {
    /// The value.
    pub(super) node: &'t Node,
    /// Whether its texts are expressions.
    pub(super) code: bool,
    /// Whether something may keep it from being rendered: a condition, a loop without items.
    pub(super) perhaps: bool,
}

/// What a task renders, its variables apart: these are rendered where they are used.
pub(super) fn of_task<'t>(task: &'t Task, taken: &Taken) -> Vec<Rendered<'t>> {
    let (card, keywords) = (&task.card, &task.keywords);
    let rescues = taken.rescues(task);
    let conditional = rescues || !keywords.when.is_empty();
    let each = may_be_left_out(task, taken);
    let value = |node: &'t Node, perhaps: bool| Rendered {
        node,
        code: false,
        perhaps,
    };
    // The first condition is always looked at; it decides about everything else.
    let mut all: Vec<Rendered<'t>> = Vec::new();
    let mut conditions = |nodes: &'t [std::sync::Arc<Node>], perhaps: bool| {
        all.extend(nodes.iter().enumerate().map(|(nth, node)| Rendered {
            node,
            code: true,
            perhaps: perhaps || nth > 0,
        }));
    };
    conditions(&keywords.when, rescues);
    conditions(&card.changed_when, each);
    conditions(&card.failed_when, each);
    conditions(&card.retry.until, each);
    if let Some(items) = &card.loop_ {
        // This lookup goes on where a name is not defined.
        let lenient = items.with.as_deref() == Some("first_found");
        all.extend((!lenient).then(|| value(&items.items, conditional)));
    }
    all.extend(arguments(task, each));
    if card.body.module.name != "meta" {
        all.extend(keywords.environment.iter().map(|node| value(node, each)));
    }
    let becomes = keywords.become_.as_ref();
    let becomes = becomes.is_some_and(|node| node.value != Value::Bool(false));
    let user = keywords.become_user.as_ref().filter(|_| becomes);
    let single = [
        &keywords.delegate_to,
        &keywords.check_mode,
        &card.loop_control.label,
    ];
    let single = single.into_iter().flatten().chain(user);
    all.extend(single.map(|node| value(node, each)));
    // Handlers are looked for only when the task changes something.
    all.extend(keywords.notify.iter().map(|node| value(node, true)));
    all
}

/// Whether a condition, or a loop without items, may leave out what a task does.
pub(super) fn may_be_left_out(task: &Task, taken: &Taken) -> bool {
    let filled = |node: &Node| node.as_seq().is_some_and(|items| !items.is_empty());
    let may_be_empty = task
        .card
        .loop_
        .as_ref()
        .is_some_and(|items| items.with.is_some() || !filled(&items.items));
    taken.rescues(task) || !task.keywords.when.is_empty() || may_be_empty
}

fn arguments(task: &Task, each: bool) -> impl Iterator<Item = Rendered<'_>> {
    let body = &task.card.body;
    let arguments = body.raw.entries.iter().map(move |(key, node)| {
        let name = key.as_str().unwrap_or_default();
        // What is not defined is shown as such.
        let shown = (body.module.name, name) == ("debug", "var");
        let argument = Rendered {
            node,
            code: (body.module.is_raw)(name),
            perhaps: each || shown,
        };
        (name, argument)
    });
    // What is applied to included tasks is theirs.
    arguments
        .filter(|(name, _)| *name != "apply")
        .map(|(_, argument)| argument)
}
