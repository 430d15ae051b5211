//! `evenkeel modules`.

use std::fmt::Write as _;

use evenkeel::Problem;
use evenkeel::tasks::MODULES;
use evenkeel::tasks::Module;

use crate::args::ModulesArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;

/// Lists the task types, or documents one from its own source.
pub(crate) fn modules(args: &ModulesArgs) -> Outcome {
    let Some(name) = &args.name else {
        out::text(&list());
        return Outcome::Done;
    };
    match evenkeel::tasks::module(name) {
        Some(module) => {
            out::text(&page(module));
            Outcome::Done
        }
        None => {
            let problem = Problem::error("modules::unknown", format!("there is no task type `{name}`"));
            draw::problems(&[match nearest(name) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("`evenkeel modules` lists all"),
            }]);
            Outcome::Input
        }
    }
}

/// The task type that a wrong name most resembles.
fn nearest(name: &str) -> Option<&'static str> {
    let short = name.rsplit('.').next().unwrap_or(name);
    evenkeel::yaml::nearest(short, MODULES.iter().map(|module| module.name))
}

fn list() -> String {
    let mut modules: Vec<&Module> = MODULES.iter().collect();
    modules.sort_by_key(|module| module.name);
    let width = modules
        .iter()
        .map(|module| module.full_name().len())
        .max()
        .unwrap_or(0);
    modules.iter().fold(String::new(), |mut text, module| {
        let _ = writeln!(text, "{:<width$}  {}", module.full_name(), module.about);
        text
    })
}

fn page(module: &Module) -> String {
    let mut text = format!("{}\n\n{}\n", module.full_name(), module.about);
    if !module.aliases.is_empty() {
        let _ = writeln!(text, "\nAlso called {}.", module.aliases.join(", "));
    }
    text.push_str("\nPARAMETERS\n");
    for field in (module.fields)() {
        let must = if field.required { ", required" } else { "" };
        let default = field
            .default
            .as_ref()
            .map(|value| format!(", default {value}"))
            .unwrap_or_default();
        let also = if field.aliases.is_empty() {
            String::new()
        } else {
            format!(" (also {})", field.aliases.join(", "))
        };
        let kind = field.kind.strip_prefix("optional ").unwrap_or(&field.kind);
        let _ = writeln!(text, "\n  {}{also}: {kind}{must}{default}", field.name);
        for line in field.doc.lines() {
            let _ = writeln!(text, "      {}", line.trim());
        }
    }
    let _ = writeln!(text, "\nEXAMPLE\n");
    for line in module.example.lines() {
        let _ = writeln!(text, "  {line}");
    }
    text
}
