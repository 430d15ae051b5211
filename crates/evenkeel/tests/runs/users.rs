//! One machine that is reached as two users: two connections, one forecast.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;

use evenkeel::Connect;
use evenkeel::Mode;
use evenkeel::Simulated;
use evenkeel::Target;
use evenkeel::host::Host;

use crate::project::ended;
use crate::project::events;
use crate::project::limited;
use crate::project::run;

/// Simulated hosts that note as whom each was reached.
struct Noting {
    hosts: Simulated,
    users: Mutex<BTreeSet<String>>,
}

impl Connect for Noting {
    fn connect(&self, target: &Target) -> evenkeel::host::Result<Arc<dyn Host>> {
        let first = |names: &[&str]| names.iter().find_map(|name| target.variables.get(*name)).cloned();
        let user = first(&["ansible_user", "ansible_remote_user"]).unwrap_or_default();
        let port = first(&["ansible_port"]).unwrap_or_default();
        self.users
            .lock()
            .unwrap()
            .insert(format!("{}:{user}:{port}", target.name));
        self.hosts.connect(target)
    }
}

fn reached(playbook: &str) -> Vec<String> {
    let noting = Arc::new(Noting {
        hosts: Simulated::debian12(),
        users: Mutex::default(),
    });
    let hosts: Arc<dyn Connect> = Arc::clone(&noting) as Arc<dyn Connect>;
    let loaded = limited(playbook, "h1");
    let (_, recap) = events(&mut run(&loaded, &hosts), Mode::Plan);
    assert!(!recap.failed() && !recap.unreachable(), "{recap:?}");
    let users = noting.users.lock().unwrap();
    users.iter().cloned().collect()
}

#[test]
fn variables_win_over_keywords_and_the_inner_keyword_over_the_outer() {
    let play = |keywords: &str, task: &str| {
        format!(
            "- hosts: all\n  gather_facts: false\n{keywords}  tasks:\n    - ansible.builtin.stat: {{path: /etc}}\n{task}"
        )
    };
    assert_eq!(reached(&play("", "")), ["h1::"]);
    assert_eq!(
        reached(&play("  remote_user: bob\n  port: 2222\n", "")),
        ["h1:bob:2222"]
    );
    assert_eq!(
        reached(&play("  user: bob\n", "      remote_user: \"{{ 'eve' }}\"\n")),
        ["h1:eve:"]
    );
    assert_eq!(
        reached(&play("  vars: {ansible_user: var}\n", "      remote_user: eve\n")),
        ["h1:var:"]
    );
    assert_eq!(
        reached(&play("  remote_user: bob\n", "      vars: {ansible_user: own}\n")),
        ["h1:own:"]
    );
    let sets = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.set_fact: {ansible_user: set}\n    - ansible.builtin.stat: {path: /etc}\n";
    assert_eq!(reached(sets), ["h1::", "h1:set:"]);
}

#[test]
fn a_forecast_sees_over_one_connection_what_it_would_have_written_over_the_other() {
    let playbook = "
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {content: one, dest: /srv/a}
    - ansible.builtin.stat: {path: /srv/a}
      remote_user: bob
      register: seen
    - ansible.builtin.copy: {content: two, dest: /srv/a}
      remote_user: bob
      when: seen.stat.exists
    - ansible.builtin.copy: {content: two, dest: /srv/a}
";
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    let loaded = limited(playbook, "h1");
    let mut run = run(&loaded, &hosts);
    let planned = ended(&events(&mut run, Mode::Plan).0);
    let applied = ended(&events(&mut run, Mode::Apply).0);
    let grades = |all: &[crate::project::Ended]| {
        let grades = all.iter().map(|(.., outcome)| format!("{:?}", outcome.status));
        grades.collect::<Vec<_>>()
    };
    assert_eq!(grades(&planned), ["Changed", "Ok", "Changed", "Ok"]);
    assert_eq!(grades(&planned), grades(&applied));
}
