//! Several names for one machine: this one.

use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Event;
use evenkeel::Location;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Reach;
use evenkeel::ReachOptions;
use evenkeel::Status;
use evenkeel::Target;
use evenkeel::host::AbsPath;

use crate::project::ended;
use crate::project::events;
use crate::project::load;

/// Walks a playbook over the names `h1` to `h3`, all of this machine, in one run; `DIR` is a folder of its own.
fn walked(playbook: &str, modes: &[Mode]) -> Vec<Vec<Event>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let loaded = load(&playbook.replace("DIR", path));
    let hosts: Arc<dyn Connect> = Arc::new(Reach::new(ReachOptions::default()));
    let options = Options {
        pending: AbsPath::new(&format!("{path}/notes/pending")).unwrap(),
        ..Options::default()
    };
    let mut run = loaded.run(hosts, options).unwrap();
    modes.iter().map(|mode| events(&mut run, *mode).0).collect()
}

/// What became of each task on each host.
fn ends(events: &[Event]) -> Vec<(usize, String, Status)> {
    let mut ends: Vec<_> = ended(events)
        .into_iter()
        .map(|((_, task), host, _, outcome)| {
            assert_ne!(outcome.status, Status::Failed, "{outcome:?}");
            (task, host, outcome.status)
        })
        .collect();
    ends.sort_by_key(|(task, host, _)| (*task, host.clone()));
    ends
}

const TASKS: &str = "
  gather_facts: false
  tasks:
    - ansible.builtin.file: {path: DIR/d, state: directory}
    - ansible.builtin.copy: {content: a, dest: DIR/d/f}
    - ansible.builtin.lineinfile: {path: DIR/d/f, line: \"{{ inventory_hostname }}\"}
";

#[test]
fn what_is_done_under_one_name_is_seen_under_the_other() {
    for strategy in ["linear", "free"] {
        let playbook = format!("- hosts: all\n  strategy: {strategy}{TASKS}");
        let both = walked(&playbook, &[Mode::Plan, Mode::Apply, Mode::Plan]);
        let status = |n: usize| {
            ends(&both[n])
                .into_iter()
                .map(|(.., status)| status)
                .collect::<Vec<_>>()
        };
        let (changed, ok) = (Status::Changed, Status::Ok);
        if strategy == "linear" {
            let expected = [changed, ok, ok, changed, ok, ok, changed, changed, changed];
            assert_eq!(status(0), expected);
        }
        assert_eq!(status(1).len(), 9);
        // Each name's copy takes away the lines of the others, as with Ansible.
        assert_eq!(status(2)[..3], [ok, ok, ok]);
    }
}

#[test]
fn an_address_is_a_machine_only_behind_the_same_jump_host() {
    let reach = Reach::new(ReachOptions::default());
    let at = |name: &str, variables: &[(&'static str, &str)]| {
        let variables = variables
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        reach.location(&Target {
            name: name.into(),
            variables,
        })
    };
    let address = ("ansible_host", "192.0.2.1");
    assert_eq!(at("a", &[address]), at("b", &[address, ("ansible_user", "bob")]));
    assert_eq!(at("192.0.2.1", &[]), at("b", &[address]));
    assert_ne!(at("a", &[address]), at("b", &[address, ("ansible_port", "2222")]));
    assert_ne!(
        at("a", &[address]),
        at("b", &[address, ("ansible_ssh_common_args", "-J gate")])
    );
    assert_eq!(at("localhost", &[]), Location::Controller);
    assert_eq!(
        at("a", &[("ansible_connection", "local"), address]),
        Location::Controller
    );
    assert_ne!(at("localhost", &[address]), Location::Controller);
}
