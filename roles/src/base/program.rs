//! Programs that no package brings, configuration files that a service reads, units.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Assert;
use evenkeel_tasks::types::Copy;
use evenkeel_tasks::types::File;
use evenkeel_tasks::types::Stat;
use evenkeel_tasks::types::Template;
use serde_json::json;

use crate::card::item;
use crate::card::task;

/// Brings a program to /usr/local/bin: from the controller, or it must be there already.
pub(crate) fn install(name: &str, from: Option<&str>) -> Vec<Item> {
    let path = format!("/usr/local/bin/{name}");
    if let Some(from) = from {
        let copy = json!({ "src": from, "dest": path, "owner": "root", "group": "root", "mode": "0755" });
        return vec![item(task::<Copy>(&format!("Install {name}"), copy))];
    }
    let register = format!("{name}_program");
    let look = look(&format!("Look for {name}"), &path, &register);
    let message =
        format!("{path} is missing: install {name}, or set kube_binary to its program on the controller");
    let that = json!({ "that": [format!("{register}.stat.exists")], "fail_msg": message, "quiet": true });
    let there = task::<Assert>(&format!("Make sure that {name} is installed"), that);
    vec![item(look), item(there)]
}

/// A folder of root.
pub(crate) fn folder(name: &str, path: &str, mode: &str) -> Card {
    let folder =
        json!({ "path": path, "state": "directory", "owner": "root", "group": "root", "mode": mode });
    task::<File>(name, folder)
}

/// Nothing at a path.
pub(crate) fn gone(name: &str, path: &str) -> Card {
    task::<File>(name, json!({ "path": path, "state": "absent" }))
}

/// A question about a path: whether something is there.
pub(crate) fn look(name: &str, path: &str, register: &str) -> Card {
    let stat = json!({ "path": path, "get_checksum": false, "get_mime": false, "get_attributes": false });
    task::<Stat>(name, stat).register(register)
}

/// A file of root from a template.
pub(crate) fn configure(name: &str, template: &str, dest: &str, mode: &str) -> Card {
    let file = json!({ "src": template, "dest": dest, "owner": "root", "group": "root", "mode": mode });
    task::<Template>(name, file)
}
