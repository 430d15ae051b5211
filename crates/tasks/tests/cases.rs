//! Task types against described hosts: one file per case, `tests/cases/TYPE/CASE.yml`, all run by one loop.
//!
//! A case plans a task on a host in memory, makes the changes, looks at what came of it, and plans again: the second
//! plan must be empty. The file is a mapping:
//!
//! ```yaml
//! args: {dest: /etc/motd, content: "hi\n"}   # as in a playbook, rendered already; a string is the free form
//! become: root                               # as whom; left out: as the user who logs in
//! host:                                      # what is there before; `/`, /etc and /tmp are always
//!   files:
//!     /etc/motd: "text"                      # a file with mode 0644 of root
//!     /etc/key: {content: x, mode: "0600", owner: etcd, group: etcd, context: "u:r:t:l"}
//!     /etc/big: {sha256: "…", size: 200000}  # a file above 100 KiB
//!     /srv: {}                               # a folder
//!     /etc/mtab: {link: ../proc/mounts}
//!   unknown: [/etc/haproxy]                  # paths of which a forecast knows nothing
//!   users: [etcd]                            # users beside root, each with its group; numbers from 1000 on
//!   facts: {FAMILY: {KEY: VALUE}}            # `absent: VALUE` beside them: all other keys have that value
//! controller:
//!   files: {motd: "text", certs/a.pem: "…"}  # found by `src`
//!   templates: {motd.j2: "rendered text"}    # found by `src`; {unknown: why} and {secret: text} too
//!   permissions: {motd: "0640"}
//!   expressions: {"x == 1": true}            # what conditions and expressions evaluate to; {unknown: why} too
//!   secrets: [content]                       # arguments into which a secret went
//!   verbosity: 1
//!   diff: true                               # the result says what was before and after
//! outputs: [{code: 0, stdout: x, stderr: y}] # of the changes, for programs that the host in memory does not run
//! expect:
//!   error: text                              # a part of the message; nothing else is expected then
//!   help: text                               # a part of the hints
//!   at: text                                 # what the error points at
//!   unchanged: reason                        # no change, and why; excludes `changes`
//!   changes: [write /etc/motd mode=0644]     # one line each
//!   unsure: why                              # the plan depends on something not known
//!   diff: |                                  # of all written files, unified
//!   message: text                            # what a person sees
//!   warnings: [text]
//!   variables: {x: 1}                        # set by the task
//!   facts: {x: 1}
//!   control: EndHost
//!   saves: {/srv/motd: text}                 # files that are written on the controller; {unknown: WHY}
//!   after: {/etc/motd: text}                 # as under `files`; null: nothing is there
//!   result: {checksum: "…"}                  # some keys of the result; `unknown` in place of a value
//!   forecast: {stdout: unknown}              # the same, before the changes were made
//!   asks: more                               # looks at what `wants` cannot know, although nothing is to be done
//!   again: true                              # the task never settles: the second plan has changes too
//! ```

#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "cases/support/case.rs"]
mod case;
#[path = "cases/support/controller.rs"]
mod controller;
#[path = "cases/support/host.rs"]
mod host;
#[path = "cases/support/outcome.rs"]
mod outcome;

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use evenkeel_tasks::MODULES;
use evenkeel_yaml::Source;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

#[test]
fn all_cases() {
    let mut failures = Vec::new();
    let mut count = 0;
    for types in entries(&folder())
        .iter()
        .filter(|path| path.is_dir() && !path.ends_with("support"))
    {
        let name = types.file_name().unwrap().to_str().unwrap();
        for path in entries(types)
            .iter()
            .filter(|path| path.extension().is_some_and(|e| e == "yml"))
        {
            count += 1;
            let case = format!("{name}/{}", path.file_stem().unwrap().to_str().unwrap());
            if let Err(why) = case::run(name, &case, &std::fs::read_to_string(path).unwrap()) {
                failures.push(format!("== {case}\n{why}"));
            }
        }
    }
    assert!(count > 0, "no cases in {}", folder().display());
    assert!(
        failures.is_empty(),
        "{} of {count} cases fail\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_type_has_a_case() {
    let missing: Vec<&str> = MODULES
        .iter()
        .map(|module| module.name)
        .filter(|name| !folder().join(name).is_dir())
        .collect();
    assert!(missing.is_empty(), "no folder in tests/cases for {missing:?}");
}

#[test]
fn every_example_parses_and_reads_back() {
    // What is refused in whatever form has no example that parses.
    let taken = |module: &&evenkeel_tasks::Module| module.name != "apt_key";
    for module in MODULES.iter().filter(taken) {
        let source = Source::new(module.name, module.example);
        let (tasks, _) = evenkeel_yaml::load_one(&source).unwrap();
        let tasks = tasks
            .as_seq()
            .unwrap_or_else(|| panic!("the example of {} is no list", module.name));
        for task in tasks {
            let keys = task.as_map().unwrap();
            let (_, key, node) = keys
                .iter()
                .find(|(key, ..)| evenkeel_tasks::module(key).is_some_and(|found| found.name == module.name))
                .unwrap_or_else(|| panic!("the example of {} does not use it by a known name", module.name));
            assert!(
                key.as_str().unwrap().contains('.'),
                "the example of {} uses no full name",
                module.name
            );
            let parsed = (module.parse)(&module.arguments(node).unwrap(), &node.place).unwrap();
            let again = (module.parse)(&parsed.to_map(), &node.place).unwrap();
            assert_eq!(again.to_map(), parsed.to_map(), "{}", module.name);
        }
    }
}

#[test]
fn every_type_and_field_is_documented_and_named_once() {
    let mut names = BTreeSet::new();
    for module in MODULES {
        for name in [&module.full_name(), module.name]
            .into_iter()
            .chain(module.aliases.iter().copied())
        {
            assert!(names.insert(name.to_owned()), "{name} is used twice");
        }
        assert!(
            module.about.ends_with('.') && module.about.len() > 10,
            "{} says nothing of itself",
            module.name
        );
        let mut fields = BTreeSet::new();
        for field in (module.fields)() {
            assert!(
                !field.doc.is_empty() && field.doc.ends_with('.'),
                "{}: {} has no doc",
                module.name,
                field.name
            );
            assert!(
                !field.kind.is_empty(),
                "{}: {} has no kind",
                module.name,
                field.name
            );
            for name in [field.name].into_iter().chain(field.aliases.iter().copied()) {
                assert!(fields.insert(name), "{}: {name} is used twice", module.name);
            }
        }
    }
}
