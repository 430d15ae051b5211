//! Keywords whose values may be templates, rendered for a host.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_host::Method;
use evenkeel_host::Who;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::play;
use evenkeel_playbook::play::Keywords;
use evenkeel_playbook::play::Task;
use evenkeel_tasks::Argument;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;

use crate::Failure;
use crate::Options;
use crate::failure;

fn read<T: Argument>(
    templar: &Templar,
    node: Option<&Arc<Node>>,
    scope: &Arc<dyn Scope>,
) -> Result<Option<T>, Failure> {
    let Some(node) = node else { return Ok(None) };
    let of_problem = |problem| failure::of_problem(&problem);
    let rendered = templar.node(node, scope).map_err(of_problem)?;
    match rendered.value {
        Known::Is(value) if value.is_null() => Ok(None),
        Known::Is(value) => T::read(&value).map(Some).map_err(of_problem),
        Known::Unknown(why) => Err(Failure {
            message: format!("a keyword cannot depend on what is known after apply ({why})"),
            at: Some(node.place.to_string()),
            ..Failure::default()
        }),
    }
}

/// Why it is known only after apply where, as whom or in which way a task is done.
pub(crate) fn unknown(templar: &Templar, task: &Task, scope: &Arc<dyn Scope>) -> Option<Arc<str>> {
    let (keywords, awaiting) = (&task.keywords, &task.card.awaiting);
    let all = [
        &keywords.delegate_to,
        &keywords.become_,
        &keywords.become_user,
        &keywords.become_method,
        &keywords.become_flags,
        &keywords.become_exe,
        &keywords.check_mode,
        &keywords.timeout,
        &keywords.diff,
        &keywords.delegate_facts,
        &keywords.connection,
        &keywords.port,
        &keywords.remote_user,
        &awaiting.seconds,
        &awaiting.poll,
    ];
    all.into_iter()
        .flatten()
        .find_map(|node| match templar.node(node, scope).ok()?.value {
            Known::Unknown(why) => Some(why),
            Known::Is(_) => None,
        })
}

/// A boolean keyword.
pub(crate) fn flag(
    templar: &Templar,
    node: Option<&Arc<Node>>,
    scope: &Arc<dyn Scope>,
) -> Result<Option<bool>, Failure> {
    read(templar, node, scope)
}

/// A text keyword.
pub(crate) fn text(
    templar: &Templar,
    node: Option<&Arc<Node>>,
    scope: &Arc<dyn Scope>,
) -> Result<Option<String>, Failure> {
    read(templar, node, scope)
}

/// A whole number.
pub(crate) fn number(
    templar: &Templar,
    node: Option<&Arc<Node>>,
    scope: &Arc<dyn Scope>,
) -> Result<Option<i64>, Failure> {
    read(templar, node, scope)
}

/// Seconds, with fractions.
pub(crate) fn seconds(
    templar: &Templar,
    node: Option<&Arc<Node>>,
    scope: &Arc<dyn Scope>,
) -> Result<Option<f64>, Failure> {
    read(templar, node, scope)
}

/// As whom a task is done: the machine's variables `ansible_become` and `ansible_become_user` beat the keywords.
pub(crate) fn who(
    templar: &Templar,
    options: &Options,
    keywords: &Keywords,
    scope: &Arc<dyn Scope>,
    machine: &Arc<dyn Scope>,
) -> Result<Who, Failure> {
    let variable = |name: &str| {
        let node = Node::new(Value::Str(format!("{{{{ {name} }}}}")), Place::nowhere(name));
        machine.get(name).map(|_| Arc::new(node))
    };
    let becomes = match variable("ansible_become") {
        Some(own) => flag(templar, Some(&own), machine)?,
        None => flag(templar, keywords.become_.as_ref(), scope)?,
    };
    if !becomes.unwrap_or(options.become_) {
        return Ok(Who::Login);
    }
    let word = |name: &str, keyword: Option<&Arc<Node>>| match variable(name) {
        Some(own) => text(templar, Some(&own), machine),
        None => text(templar, keyword, scope),
    };
    let method = word("ansible_become_method", keywords.become_method.as_ref())?;
    let method = method.or_else(|| options.become_method.as_deref().map(str::to_owned));
    let method = method.as_deref().map_or(Ok(Method::default()), named)?;
    let own = format!("ansible_{}_user", method.name());
    let user = match variable(&own) {
        Some(own) => text(templar, Some(&own), machine)?,
        None => word("ansible_become_user", keywords.become_user.as_ref())?,
    };
    Ok(Who::Become(
        user.map_or_else(|| Arc::clone(&options.become_user), Arc::from),
    ))
}

/// The method of this name.
fn named(name: &str) -> Result<Method, Failure> {
    Method::named(name).ok_or_else(|| Failure {
        message: format!("there is no become_method `{name}`"),
        help: vec![play::no_become_method(name)],
        ..Failure::default()
    })
}
