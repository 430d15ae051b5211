//! Calls of what is not there, and arguments that nothing takes.

use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;
use evenkeel_yaml::nearest;

use super::locate;
use crate::template::Text;
use crate::template::checks;
use crate::template::filters;
use crate::template::lookups;
use crate::template::methods;
use crate::template::syntax::Called;
use crate::template::syntax::Callee;
use crate::template::syntax::Looked;
use crate::template::syntax::Named;

/// The problem of a filter, test or method that is not there.
pub(super) fn missing(what: Callee, name: &str) -> Problem {
    let (problem, best) = match what {
        Callee::Filter => (
            Problem::error("template::filter", format!("there is no filter `{name}`")),
            nearest(name, filters::names()),
        ),
        Callee::Test => (
            Problem::error("template::test", format!("there is no test `{name}`")),
            nearest(name, checks::names()),
        ),
        Callee::Method => {
            let message = format!("the method `{name}` is not supported in templates");
            let problem = Problem::error("template::method", message);
            return match methods::refused(name) {
                Some(mend) => problem.help(mend),
                None => problem,
            };
        }
    };
    match best {
        Some(best) => problem.help(format!("did you mean `{best}`?")),
        None => problem,
    }
}

/// The problem of a call in a text, if what it calls is not there.
pub(in crate::template) fn no_such(text: &Text<'_>, called: &Called<'_>) -> Option<Problem> {
    let known = match called.what {
        Callee::Filter => filters::is_known(called.name),
        Callee::Test => checks::is_known(called.name),
        Callee::Method => methods::refused(called.name).is_none(),
    };
    if known {
        return None;
    }
    let place = locate(text, called.at..called.at + called.name.len());
    Some(missing(called.what, called.name).at(place.as_ref().unwrap_or(text.place), "here"))
}

/// The problem of a lookup that is called by a name which none has, or which is refused.
pub(in crate::template) fn no_such_lookup(text: &Text<'_>, looked: &Looked<'_>) -> Option<Problem> {
    let name = lookups::plain(looked.name);
    let problem = if let Some((why, mend)) = lookups::refused(name) {
        let message = format!("the lookup `{name}` is not supported: {why}");
        Problem::error("template::lookup", message).help(mend)
    } else if lookups::LOOKUPS.contains(&name) {
        return None;
    } else {
        let problem = Problem::error("template::lookup", format!("there is no lookup `{name}`"));
        match nearest(name, lookups::LOOKUPS.iter().copied()) {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem,
        }
    };
    let place = locate(text, looked.at..looked.at + looked.name.len());
    Some(problem.at(place.as_ref().unwrap_or(text.place), "here"))
}

/// The problems of arguments that a call names and does not take.
pub(in crate::template) fn no_such_arguments(text: &Text<'_>, called: &Called<'_>) -> Vec<Problem> {
    let parameters = match called.what {
        Callee::Filter => filters::parameters(called.name),
        Callee::Test => checks::parameters(called.name),
        Callee::Method => None,
    };
    let Some(parameters) = parameters.filter(|parameters| !parameters.contains("**")) else {
        return Vec::new();
    };
    let all: Vec<&str> = parameters.split(' ').collect();
    let unknown = called.named.iter().filter(|named| !all.contains(&named.name));
    // The first one is what stands before the filter or test.
    let others: Vec<&str> = all
        .iter()
        .skip(1)
        .copied()
        .filter(|name| !name.starts_with('*'))
        .collect();
    let problem = |named: &Named<'_>| Problem {
        severity: if called.decided {
            Severity::Warning
        } else {
            Severity::Error
        },
        ..no_argument(text, called.name, named, &others)
    };
    unknown.map(problem).collect()
}

/// The problems of arguments that a lookup names and does not take. Most lookups read nothing of them, as in Ansible.
pub(in crate::template) fn no_such_options(text: &Text<'_>, looked: &Looked<'_>) -> Vec<Problem> {
    let name = lookups::plain(looked.name);
    let known = lookups::options::of(name).unwrap_or_default();
    let unknown = looked.named.iter();
    let unknown = unknown.filter(|named| !lookups::options::takes(name, named.name));
    let refused = lookups::options::refuses(name) && !looked.decided;
    let problem = |named: &Named<'_>| Problem {
        severity: if refused {
            Severity::Error
        } else {
            Severity::Warning
        },
        ..no_argument(text, name, named, known)
    };
    unknown.map(problem).collect()
}

fn no_argument(text: &Text<'_>, called: &str, named: &Named<'_>, known: &[&str]) -> Problem {
    let message = format!("`{called}` has no argument `{}`", named.name);
    let place = locate(text, named.at..named.at + named.name.len());
    let problem =
        Problem::error("template::argument", message).at(place.as_ref().unwrap_or(text.place), "not known");
    match nearest(named.name, known.iter().copied()) {
        Some(best) => problem.help(format!("did you mean `{best}`?")),
        None if known.is_empty() => problem.help(format!("`{called}` takes no named arguments")),
        None => problem.help(format!("its arguments are {}", known.join(", "))),
    }
}
