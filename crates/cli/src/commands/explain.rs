//! `evenkeel explain`.

use evenkeel::Explained;
use evenkeel::RoleDefault;

use super::project;
use crate::Context;
use crate::args::ExplainArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;

/// Shows a variable's value on a host, and every place that sets it.
pub(crate) fn explain(context: &Context, args: &ExplainArgs) -> Outcome {
    let wanted = project::of_source(context, &args.source);
    let wanted = match &args.playbook {
        Some(path) => wanted.playbook(path),
        None => wanted.without_playbook(),
    };
    let loaded = match project::load(wanted) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    match loaded.explain(&args.host, &args.variable) {
        Ok(explained) => {
            out::text(&text(&explained));
            match explained.problem {
                Some(problem) => {
                    draw::problems(&[problem]);
                    Outcome::Input
                }
                None => Outcome::Done,
            }
        }
        Err(problem) => {
            draw::problems(&[problem]);
            Outcome::Input
        }
    }
}

fn text(explained: &Explained) -> String {
    let explanation = &explained.explanation;
    let shown = |json: Option<&serde_json::Value>| match json {
        _ if explanation.secret => "(secret)".to_owned(),
        Some(json) => json.to_string(),
        None => "(known only during a run)".to_owned(),
    };
    let mut text = format!(
        "{} on {}: {}\n",
        explanation.name,
        explanation.host,
        match explained.problem {
            Some(_) => "(an error, see below)".to_owned(),
            None if explanation.definitions.is_empty() && explained.computed.is_none() =>
                "nothing sets it".to_owned(),
            None => shown(explained.value.as_ref()),
        }
    );
    for (index, definition) in explanation.definitions.iter().enumerate() {
        let mark = if index == 0 { "*" } else { " " };
        let value = serde_json::to_value(&*definition.node).ok();
        let (place, level, owner) = (&definition.place, definition.level.label(), &definition.owner);
        text.push_str(&format!(
            "{mark} {place}  {level}, {owner}: {}\n",
            shown(value.as_ref())
        ));
    }
    if let Some(computed) = &explained.computed {
        text.push_str(&format!(
            "* computed from the inventory's cluster: {}\n",
            computed.about
        ));
        if let Some(why) = &computed.why {
            text.push_str(&format!("  {why}\n"));
        }
    }
    if let Some(default) = &explained.default {
        text.push_str(&of_role(default, explanation.definitions.is_empty()));
    }
    for note in &explanation.notes {
        text.push_str(&format!("note: {}\n", note.message));
    }
    text
}

/// The default of a role's variable, and what it is for; `holds` where nothing sets it.
fn of_role(default: &RoleDefault, holds: bool) -> String {
    let variable = &default.variable;
    let mark = if holds { "*" } else { " " };
    let value = match variable.default.as_str() {
        "" => "none",
        value => value,
    };
    let unit = match variable.unit {
        "" => String::new(),
        unit => format!(" ({unit})"),
    };
    format!(
        "{mark} default of the role {}: {value}{unit}\n  {}\n  `evenkeel roles {}` documents it\n",
        default.role,
        variable.about.replace('`', ""),
        default.role
    )
}
