//! What was before and after, as Ansible registers it where `diff` is on.

use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Kind;
use serde_json::Value;
use serde_json::json;

use super::File;
use super::Seen;
use super::State;
use crate::Plan;
use crate::files;

impl File {
    pub(super) fn diff_of(&self, seen: &Seen, plan: &Plan) -> Value {
        let path = seen.target.path.as_str();
        let mut diff = json!({"before": {"path": path}, "after": {"path": path}});
        let there = seen.target.present().map_or("absent", |entry| files::state_of(&entry.stat));
        let wanted = match seen.state {
            State::Absent => "absent",
            State::Directory => "directory",
            State::File => "file",
            State::Hard => "hard",
            State::Link => "link",
            State::Touch => "touch",
        };
        if there != wanted && !plan.changes.is_empty() {
            diff["before"]["state"] = json!(there);
            diff["after"]["state"] = json!(wanted);
        }
        if seen.state == State::Absent && there == "directory" {
            let (folders, others): (Vec<_>, Vec<_>) = seen.below.iter().partition(|target| target.is_folder());
            let paths = |targets: Vec<&files::Target>| {
                targets.iter().map(|target| target.path.as_str().to_owned()).collect::<Vec<_>>()
            };
            diff["before"]["path_content"] = json!({"directories": paths(folders), "files": paths(others)});
        }
        for change in &plan.changes {
            match change {
                Change::SetAttributes { path, attributes, before: Before::Was(entry), .. } if *path == seen.target.path => {
                    files::attributes_of(&mut diff, attributes, entry);
                }
                Change::SetTimes { accessed, modified, keep_accessed, keep_modified, .. } => {
                    let entry = seen.target.present();
                    let mut put = |key: &str, before: Option<f64>, after: &Option<f64>| {
                        diff["before"][key] = json!(before);
                        diff["after"][key] = json!(after);
                    };
                    if !keep_modified {
                        put("mtime", entry.map(|entry| entry.stat.modified), modified);
                    }
                    if !keep_accessed {
                        put("atime", entry.map(|entry| entry.stat.accessed), accessed);
                    }
                }
                Change::MakeDirectory { path, attributes } if *path == seen.target.path => {
                    files::attributes_of_new(&mut diff, attributes, files::FRESH_FOLDER);
                }
                Change::Link { target, hard: false, before: Before::Was(entry), .. } => {
                    if let Kind::Link(old) = &entry.stat.kind {
                        diff["before"]["src"] = json!(old);
                        diff["after"]["src"] = json!(target);
                    }
                }
                _ => {}
            }
        }
        diff
    }
}
