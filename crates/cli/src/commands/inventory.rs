//! `evenkeel inventory`.

use evenkeel::Loaded;
use evenkeel::Problem;
use evenkeel::playbook::inventory::ListOptions;

use super::project;
use crate::Context;
use crate::args::InventoryArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;

/// Shows the inventory as it was understood.
pub(crate) fn inventory(context: &Context, args: &InventoryArgs) -> Outcome {
    let mut wanted = project::of_source(context, &args.source).without_playbook();
    for limit in &args.limit {
        wanted = wanted.limit(limit);
    }
    let loaded = match project::load(wanted.without_model()) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    match shown(&loaded, args) {
        Ok(text) => {
            out::text(&text);
            Outcome::Done
        }
        Err(problem) => {
            draw::problems(&[problem]);
            Outcome::Input
        }
    }
}

fn shown(loaded: &Loaded, args: &InventoryArgs) -> Result<String, Problem> {
    let pretty = |json: &serde_json::Value| {
        let mut text = Vec::new();
        let indent = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        let mut writer = serde_json::Serializer::with_formatter(&mut text, indent);
        drop(serde::Serialize::serialize(json, &mut writer));
        String::from_utf8_lossy(&text).into_owned() + "\n"
    };
    let extra = Some(&loaded.extra);
    if let Some(host) = &args.what.host {
        return loaded
            .inventory
            .host_listing(
                host,
                ListOptions {
                    extra,
                    ..ListOptions::default()
                },
            )
            .map(|json| pretty(&json));
    }
    let hosts = match &loaded.limit {
        Some(limit) => Some(loaded.inventory.select(limit)?),
        None => None,
    };
    if args.what.graph {
        let shown = ListOptions {
            extra,
            ..ListOptions::default()
        };
        return loaded.inventory.graph("all", args.vars.then_some(shown));
    }
    Ok(pretty(&loaded.inventory.list(ListOptions {
        hosts: hosts.as_deref(),
        extra,
        ..ListOptions::default()
    })))
}
