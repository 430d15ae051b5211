//! Each lint has an inventory that it finds something in, and a near neighbour in which it finds nothing.
//!
//! They are `crates/topology/tests/lints/ID/wrong.yml` and `right.yml`.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel::Disk;
use evenkeel::Problem;
use evenkeel::Project;
use evenkeel::Severity;
use evenkeel::topology::LINTS;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../topology/tests/lints")
}

/// Everything that is told of an inventory, notes included.
fn findings(inventory: &Path) -> Vec<Problem> {
    let path = inventory.to_string_lossy();
    let project = Project::new(Arc::new(Disk)).inventory(path).without_playbook();
    match project.load() {
        Err(problems) => problems,
        Ok(loaded) => {
            let notes = loaded.cluster.map(|cluster| cluster.notes).unwrap_or_default();
            loaded.warnings.into_iter().chain(notes).collect()
        }
    }
}

#[test]
fn each_lint_finds_what_it_is_for_and_nothing_in_a_near_neighbour() {
    let mut wrong = Vec::new();
    for lint in LINTS {
        let code = format!("cluster::{}", lint.id);
        let of = |part: &str| {
            let mut found = findings(&folder().join(lint.id).join(part));
            found.retain(|problem| problem.code == code);
            found
        };
        let found = of("wrong.yml");
        match found.first() {
            None => wrong.push(format!("{} finds nothing in wrong.yml", lint.id)),
            Some(first) => {
                let told = first.severity == lint.severity && first.at.is_some() && first.help.len() > 1;
                let explained = first.help.first().is_some_and(|help| help == lint.sentence);
                if !told || !explained {
                    wrong.push(format!("{}: severity, place or explanation: {first:?}", lint.id));
                }
            }
        }
        if let Some(found) = of("right.yml").first() {
            wrong.push(format!("{} finds in right.yml: {found}", lint.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_near_neighbour_has_no_error_at_all() {
    for lint in LINTS {
        let found = findings(&folder().join(lint.id).join("right.yml"));
        let errors: Vec<&Problem> = found.iter().filter(|problem| problem.is_error()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", lint.id);
    }
}

#[test]
fn no_case_is_left_of_a_lint_that_is_gone() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(LINTS.iter().any(|lint| lint.id == name), "{name}");
    }
}

/// Every code that the model gives a finding stands in the catalogue.
#[test]
fn the_catalogue_is_complete() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../topology/src")];
    let mut missing = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for (_, rest) in text.match_indices("\"cluster::").map(|(at, _)| text.split_at(at)) {
                let code = rest[1..].split('"').next().unwrap();
                let id = code.trim_start_matches("cluster::");
                let lint = id.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !id.is_empty();
                if lint && LINTS.iter().all(|lint| lint.id != id) {
                    missing.push(format!("{code} in {}", path.display()));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// The reference clusters are examples: nothing stops them.
#[test]
fn reference_clusters_have_no_errors() {
    let inventories = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../inventories");
    for entry in std::fs::read_dir(inventories).unwrap() {
        let path = entry.unwrap().path();
        let found = findings(&path);
        let errors: Vec<&Problem> = found.iter().filter(|problem| problem.is_error()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        if path.ends_with("external-lb") {
            assert!(
                found.iter().all(|problem| problem.severity == Severity::Note),
                "{found:?}"
            );
        }
    }
}

#[test]
fn what_is_wrong_with_a_variable_is_told_once() {
    for id in ["prio-tie", "priority-owner"] {
        let found = findings(&folder().join(id).join("wrong.yml"));
        let about: Vec<&str> = found
            .iter()
            .filter(|problem| problem.message.contains("priority"))
            .map(|problem| &*problem.code)
            .collect();
        assert_eq!(about, [format!("cluster::{id}")]);
    }
}

/// Where the load balancer's port is the default, the line that sets the other one is the wrong one.
#[test]
fn a_clash_is_shown_where_a_port_is_written() {
    let line = |file: &str| {
        let found = findings(&folder().join("port-clash").join(file));
        let mut clashes = found
            .iter()
            .filter(|problem| problem.code == "cluster::port-clash");
        let (place, _) = clashes.next().unwrap().at.clone().unwrap();
        place.source.text[place.start as usize..place.end as usize].to_owned()
    };
    assert_eq!(line("wrong.yml"), "loadbalancer_apiserver");
    assert_eq!(line("default.yml"), "kube_apiserver_port");
}

/// Stacked, k0s' load balancers and its controllers are after the same two ports.
#[test]
fn k0s_is_not_stacked_on_its_load_balancers() {
    let found = findings(&folder().join("port-clash/k0s.yml"));
    let clashes = found
        .iter()
        .filter(|problem| problem.code == "cluster::port-clash");
    let clashes: Vec<&str> = clashes.map(|problem| &*problem.message).collect();
    assert_eq!(
        clashes,
        [
            "on m1 the frontend konnectivity and k0s' konnectivity server would both listen on port 8132",
            "on m2 the frontend konnectivity and k0s' konnectivity server would both listen on port 8132",
            "on m1 the frontend controller_join and k0s' API for hosts that join would both listen on port 9443",
            "on m2 the frontend controller_join and k0s' API for hosts that join would both listen on port 9443",
        ]
    );
}

#[test]
fn an_accepted_warning_is_a_note() {
    let of = |folder_name: &str| {
        let mut found = findings(&folder().join(folder_name));
        found.retain(|problem| problem.code == "cluster::health-401");
        found.iter().map(|problem| problem.severity).collect::<Vec<_>>()
    };
    assert_eq!(of("health-401/wrong.yml"), [Severity::Warning]);
    assert_eq!(of("lint-accepted/right.yml"), [Severity::Note]);
}
