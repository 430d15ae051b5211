//! `inventory_hostnames`: the hosts that a pattern chooses.

use std::path::Path;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Source;
use minijinja::Error;
use minijinja::Value;
use serde_json::Map;
use serde_json::json;

use super::Request;
use crate::Memory;
use crate::inventory::Inventory;
use crate::inventory::Pattern;
use crate::inventory::Reading;
use crate::template::python;

/// The names of the hosts, in the inventory's order; none for a pattern that says nothing.
pub(super) fn chosen(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let Some(inventory) = inventory(request)? else {
        return Ok(Vec::new());
    };
    let text = request.texts()?.join(",");
    let source = Source::new("inventory_hostnames", text);
    let place = Place::new(&source, 0, source.text.len());
    let hosts = Pattern::parse(&source.text, &place).and_then(|pattern| inventory.select(&pattern));
    let names = |hosts: Vec<Arc<str>>| hosts.into_iter().map(Value::from).collect();
    Ok(hosts.map(names).unwrap_or_default())
}

/// The groups and their hosts, from the variable `groups`.
fn inventory(request: &Request<'_>) -> Result<Option<Inventory>, Error> {
    let groups = request.context.variable("groups");
    let groups = groups.ok_or_else(|| request.error("there is no inventory here: `groups` is undefined"))?;
    let mut children = Map::new();
    for (group, hosts) in python::entries(&groups)? {
        let mut members = Map::new();
        for host in python::items(&hosts)? {
            members.insert(python::text(&host)?, json!({}));
        }
        let group = python::text(&group)?;
        if !matches!(group.as_str(), "all" | "ungrouped") || !members.is_empty() {
            children.insert(group, json!({ "hosts": members }));
        }
    }
    let all = children.remove("all").unwrap_or_else(|| json!({}));
    let mut all = all;
    all["children"] = children.into();
    let files = Memory::default().with("/groups.json", json!({ "all": all }).to_string());
    let reading = Reading::new(&files)
        .working_folder(Path::new("/"))
        .allow_empty(true);
    Ok(reading.sources(&["/groups.json"]).ok())
}
