//! Round trips are counted: a host on which nothing changes is asked once.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use evenkeel::Connect;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Memory;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Project;
use evenkeel::Simulated;
use evenkeel::Status;
use evenkeel::Target;
use evenkeel::host::Answer;
use evenkeel::host::Ask;
use evenkeel::host::Commit;
use evenkeel::host::Committed;
use evenkeel::host::Host;
use evenkeel::host::Known;
use evenkeel::host::Look;

/// A host in memory that counts as if every call crossed a wire.
struct Wire {
    host: Arc<dyn Host>,
    looks: Arc<AtomicUsize>,
    commits: Arc<AtomicUsize>,
}

impl Look for Wire {
    fn look(&self, asks: &[Ask]) -> evenkeel::host::Result<Vec<Known<Answer>>> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        self.host.look(asks)
    }
}

impl Host for Wire {
    fn commit(&self, commit: &Commit) -> evenkeel::host::Result<Committed> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.host.commit(commit)
    }
}

/// Hosts in memory behind a wire.
struct Wires {
    hosts: Simulated,
    looks: Arc<AtomicUsize>,
    commits: Arc<AtomicUsize>,
}

impl Connect for Wires {
    fn connect(&self, target: &Target) -> evenkeel::host::Result<Arc<dyn Host>> {
        let host = self.hosts.connect(target)?;
        Ok(Arc::new(Wire {
            host,
            looks: Arc::clone(&self.looks),
            commits: Arc::clone(&self.commits),
        }))
    }
}

/// The rounds of a first run and of a second one with a new connection: looks and commits of each.
fn rounds(playbook: &str) -> [(usize, usize); 2] {
    let files = Memory::default()
        .with("hosts.ini", "lb1\n[all:vars]\nvip=192.0.2.100\n")
        .with("templates/haproxy.cfg.j2", "# {{ vip }}\n")
        .with("site.yml", playbook);
    let loaded = Project::new(Arc::new(files))
        .inventory("hosts.ini")
        .playbook("site.yml")
        .load();
    let loaded = loaded.unwrap_or_else(|problems| panic!("{problems:?}"));
    let (looks, commits) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let hosts = Simulated::debian12();
    let wires = Arc::new(Wires {
        hosts,
        looks: Arc::clone(&looks),
        commits: Arc::clone(&commits),
    });
    [false, true].map(|second| {
        let mut run = loaded
            .run(Arc::clone(&wires) as Arc<dyn Connect>, Options::default())
            .unwrap();
        let bad = Mutex::new(Vec::new());
        let mut each = |event: &Event| {
            if let EventKind::HostTask { task, outcome, .. } = &event.kind {
                let fails = outcome.status == Status::Failed;
                if fails || second && (outcome.status != Status::Ok || outcome.known_after_apply.is_some()) {
                    bad.lock().unwrap().push(format!("{}: {outcome:?}", task.name));
                }
            }
            true
        };
        looks.store(0, Ordering::Relaxed);
        commits.store(0, Ordering::Relaxed);
        run.walk(Mode::Apply, &mut each).unwrap();
        assert_eq!(*bad.lock().unwrap(), Vec::<String>::new());
        (looks.load(Ordering::Relaxed), commits.load(Ordering::Relaxed))
    })
}

const TASKS: &str = r#"
    - ansible.posix.sysctl: {name: net.ipv4.ip_nonlocal_bind, value: "1", sysctl_file: /etc/sysctl.d/99-ha.conf, sysctl_set: true}
    - ansible.posix.sysctl: {name: net.ipv4.ip_forward, value: "1", sysctl_file: /etc/sysctl.d/99-ha.conf, sysctl_set: true}
    - ansible.builtin.apt: {name: [haproxy, keepalived], state: present}
    - ansible.builtin.file: {path: /etc/haproxy, state: directory, mode: "0755"}
    - ansible.builtin.file: {path: /etc/haproxy/errors.d, state: directory, mode: "0755"}
    - ansible.builtin.file: {path: /etc/keepalived, state: directory, mode: "0755"}
    - ansible.builtin.template: {src: haproxy.cfg.j2, dest: /etc/haproxy/haproxy.cfg, mode: "0644"}
    - ansible.builtin.copy: {content: "exit 0\n", dest: /etc/keepalived/check.sh, mode: "0755"}
    - ansible.builtin.copy: {content: "x\n", dest: /etc/keepalived/keepalived.conf, mode: "0644"}
    - ansible.builtin.lineinfile: {path: /etc/hosts, line: "192.0.2.100 lb", state: present}
    - ansible.builtin.blockinfile: {path: /etc/motd, block: "kept evenly"}
    - ansible.builtin.group: {name: operators, gid: 4000}
    - ansible.builtin.stat: {path: /etc/hosts}
    - ansible.builtin.service: {name: haproxy, state: started, enabled: true}
    - ansible.builtin.systemd_service: {name: keepalived, state: started, enabled: true}
    - ansible.builtin.set_fact: {seen: 1}
    - ansible.builtin.assert: {that: ["vip is defined"], quiet: true}
"#;

#[test]
fn seventeen_tasks_that_change_nothing_cost_one_round_trip() {
    let playbook = format!("- hosts: all\n  tasks:{TASKS}");
    let [_, second] = rounds(&playbook);
    assert_eq!(second, (1, 0));
}

#[test]
fn hosts_at_their_own_speed_cost_no_more() {
    for strategy in ["free", "host_pinned"] {
        let playbook = format!("- hosts: all\n  strategy: {strategy}\n  tasks:{TASKS}");
        let [first, second] = rounds(&playbook);
        let [linear, _] = rounds(&format!("- hosts: all\n  tasks:{TASKS}"));
        assert_eq!((first, second), (linear, (1, 0)));
    }
}

#[test]
fn a_fact_in_one_argument_costs_one_more() {
    let fact =
        "    - ansible.builtin.copy: {content: \"{{ ansible_facts.hostname }}\\n\", dest: /etc/name}\n";
    let [_, second] = rounds(&format!("- hosts: all\n  tasks:{TASKS}{fact}"));
    assert_eq!(second, (2, 0));
}

#[test]
fn facts_are_not_gathered_where_nothing_refers_to_them() {
    let [first, _] = rounds(
        "- hosts: all\n  gather_facts: true\n  tasks:\n    - ansible.builtin.stat: {path: /etc/hosts}\n",
    );
    assert_eq!(first, (1, 0));
}

#[test]
fn a_change_is_one_commit_for_each_task_and_looks_again_in_the_same_trip() {
    let playbook = "- hosts: all\n  tasks:\n    - ansible.builtin.copy: {content: a, dest: /etc/a}\n    - ansible.builtin.copy: {content: b, dest: /etc/b}\n";
    assert_eq!(rounds(playbook), [(1, 2), (1, 0)]);
}
