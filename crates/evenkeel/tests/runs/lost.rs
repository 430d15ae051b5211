//! A host that is lost in the middle stops nobody else, and what it still owes is done by the next run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;

use evenkeel::Connect;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Reach;
use evenkeel::ReachOptions;
use evenkeel::Recap;
use evenkeel::Status;
use evenkeel::Target;
use evenkeel::host::AbsPath;
use evenkeel::host::Answer;
use evenkeel::host::Ask;
use evenkeel::host::Commit;
use evenkeel::host::Committed;
use evenkeel::host::Error;
use evenkeel::host::Host;
use evenkeel::host::Known;
use evenkeel::host::Look;

use crate::project::ended;
use crate::project::events;
use crate::project::limited;

/// Hosts whose connections break at a chosen commit.
pub(crate) struct Breaking {
    hosts: Box<dyn Connect>,
    /// How many commits a host takes before its connection breaks.
    left: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Breaking {
    pub(crate) fn new(hosts: impl Connect + 'static) -> Breaking {
        Breaking {
            hosts: Box::new(hosts),
            left: Arc::default(),
        }
    }

    /// The connection to a host breaks at its commit of this number, from 1.
    pub(crate) fn breaks(&self, host: &str, commit: usize) {
        self.left.lock().unwrap().insert(host.to_owned(), commit - 1);
    }

    /// All hosts can be reached again.
    fn heal(&self) {
        self.left.lock().unwrap().clear();
    }
}

impl Connect for Breaking {
    fn connect(&self, target: &Target) -> evenkeel::host::Result<Arc<dyn Host>> {
        Ok(Arc::new(Wire {
            name: target.name.to_string(),
            host: self.hosts.connect(target)?,
            left: Arc::clone(&self.left),
        }))
    }
}

struct Wire {
    name: String,
    host: Arc<dyn Host>,
    left: Arc<Mutex<BTreeMap<String, usize>>>,
}

impl Look for Wire {
    fn look(&self, asks: &[Ask]) -> evenkeel::host::Result<Vec<Known<Answer>>> {
        self.host.look(asks)
    }
}

impl Host for Wire {
    fn commit(&self, commit: &Commit) -> evenkeel::host::Result<Committed> {
        if let Some(left) = self.left.lock().unwrap().get_mut(&self.name) {
            if *left == 0 {
                return Err(Error::Unreachable(format!("{}: the connection broke", self.name)));
            }
            *left -= 1;
        }
        self.host.commit(commit)
    }
}

/// Every host is this machine, with a folder of its own. Notifications are recorded for the machine, so only `h2` has any,
/// and later runs are limited to it.
const PLAYBOOK: &str = "
- hosts: all
  vars: {dir: \"DIR/{{ inventory_hostname }}\"}
  tasks:
    - ansible.builtin.copy: {content: a, dest: \"{{ dir }}/a\"}
      notify: after a
      when: inventory_hostname == 'h2'
    - ansible.builtin.copy: {content: b, dest: \"{{ dir }}/b\"}
    - ansible.builtin.copy: {content: c, dest: \"{{ dir }}/c\"}
  handlers:
    - name: after a
      ansible.builtin.copy: {content: h, dest: \"{{ dir }}/h\"}
";

/// This machine under three names, in a folder.
struct Machine {
    folder: tempfile::TempDir,
    hosts: Arc<Breaking>,
}

impl Machine {
    fn new() -> Machine {
        let folder = tempfile::tempdir().unwrap();
        for host in ["h1", "h2", "h3"] {
            std::fs::create_dir(folder.path().join(host)).unwrap();
        }
        let hosts = Arc::new(Breaking::new(Reach::new(ReachOptions::default())));
        Machine { folder, hosts }
    }

    fn walk(&self, playbook: &str, limit: &str, mode: Mode) -> (Vec<Event>, Recap) {
        let path = self.folder.path().to_str().unwrap();
        let loaded = limited(&playbook.replace("DIR", path), limit);
        let options = Options {
            pending: AbsPath::new(&format!("{path}/notes/pending")).unwrap(),
            ..Options::default()
        };
        let connect = Arc::clone(&self.hosts) as Arc<dyn Connect>;
        events(&mut loaded.run(connect, options).unwrap(), mode)
    }
}

fn changed(events: &[Event]) -> Vec<(usize, String)> {
    ended(events)
        .into_iter()
        .filter(|(.., outcome)| outcome.status == Status::Changed)
        .map(|((_, task), host, ..)| (task, host))
        .collect()
}

fn recovered(events: &[Event]) -> Vec<(String, Vec<String>)> {
    let recovered = events.iter().filter_map(|event| match &event.kind {
        EventKind::HandlersRecovered { host, handlers } => Some((host.to_string(), handlers.clone())),
        _ => None,
    });
    recovered.collect()
}

#[test]
fn a_lost_host_stops_nobody_and_its_handler_runs_the_next_time() {
    let machine = Machine::new();
    machine.hosts.breaks("h2", 2);
    let (first, recap) = machine.walk(PLAYBOOK, "all", Mode::Apply);
    let counts = |host: &str| {
        let counts = recap.hosts[host];
        (counts.ok, counts.changed, counts.unreachable, counts.failed)
    };
    assert_eq!(
        [counts("h1"), counts("h2"), counts("h3")],
        [(2, 2, 0, 0), (1, 1, 1, 0), (2, 2, 0, 0)]
    );
    let lost: Vec<_> = first
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::HostLost { host, message, .. } => Some((&**host, message.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(lost, [("h2", "h2: the connection broke")]);

    machine.hosts.heal();
    let (second, recap) = machine.walk(PLAYBOOK, "h2", Mode::Apply);
    assert_eq!(
        recovered(&second),
        [("h2".to_owned(), vec!["after a".to_owned()])]
    );
    let missing = [3, 1, 2].map(|task| (task, "h2".to_owned()));
    assert_eq!(
        changed(&second),
        missing,
        "the handler first: it was owed when the play began, and then what was missing"
    );
    assert!(!recap.unreachable());

    let (third, _) = machine.walk(PLAYBOOK, "h2", Mode::Plan);
    assert_eq!((changed(&third), recovered(&third)), (vec![], vec![]));
    assert!(
        !machine.folder.path().join("notes").exists(),
        "nothing is left of it"
    );
}

#[test]
fn a_handler_of_a_host_that_failed_runs_the_next_time() {
    let machine = Machine::new();
    let broken = PLAYBOOK.replace("{{ dir }}/c", "{{ dir }}/no/such/folder/c");
    let (first, recap) = machine.walk(&broken, "h2", Mode::Apply);
    assert_eq!(recap.hosts["h2"].failed, 1);
    assert!(!changed(&first).contains(&(3, "h2".to_owned())));
    let (forecast, _) = machine.walk(PLAYBOOK, "h2", Mode::Plan);
    let (second, _) = machine.walk(PLAYBOOK, "h2", Mode::Apply);
    assert!(changed(&second).contains(&(3, "h2".to_owned())), "{second:#?}");
    assert_eq!(changed(&forecast), changed(&second), "it was shown");
}

#[test]
fn a_task_that_ends_unchanged_owes_no_handler() {
    let machine = Machine::new();
    let playbook = "
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.command: 'true'
      changed_when: item == 'changes'
      loop: [does not, UNITS, does not]
      notify: after a
    - ansible.builtin.fail: {msg: on purpose}
  handlers:
    - name: after a
      ansible.builtin.copy: {content: h, dest: DIR/h}
";
    let unchanged = playbook.replace("UNITS", "neither");
    let (_, recap) = machine.walk(&unchanged, "h2", Mode::Apply);
    assert_eq!((recap.hosts["h2"].ok, recap.hosts["h2"].failed), (1, 1));
    assert!(!machine.folder.path().join("notes").exists(), "nothing is owed");
    let (second, _) = machine.walk(&unchanged, "h2", Mode::Apply);
    assert_eq!(recovered(&second), []);

    machine.walk(&playbook.replace("UNITS", "changes"), "h2", Mode::Apply);
    let (third, _) = machine.walk(&unchanged, "h2", Mode::Apply);
    assert_eq!(
        recovered(&third),
        [("h2".to_owned(), vec!["after a".to_owned()])],
        "one item that changed something is enough"
    );
}

#[test]
fn only_the_play_that_owes_a_handler_takes_it_up() {
    let machine = Machine::new();
    let broken = PLAYBOOK.replace("{{ dir }}/c", "{{ dir }}/no/such/folder/c");
    let pending = machine.folder.path().join("notes/pending");
    let left = || {
        let names = std::fs::read_dir(&pending).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    machine.walk(&broken, "h2", Mode::Apply);
    assert_eq!(left(), ["site.yml@all@after%20a"]);
    let other = PLAYBOOK.replace("- hosts: all", "- hosts: all\n  name: another");
    let (walked, _) = machine.walk(&other, "h2", Mode::Apply);
    assert_eq!(recovered(&walked), [], "it owes nothing");
    assert_eq!(left(), ["site.yml@all@after%20a"], "and leaves what others owe");

    std::fs::rename(pending.join("site.yml@all@after%20a"), pending.join("after%20a")).unwrap();
    let (walked, _) = machine.walk(&other, "h2", Mode::Apply);
    let owed = [("h2".to_owned(), vec!["after a".to_owned()])];
    assert_eq!(
        recovered(&walked),
        owed,
        "older records do not say whose they are"
    );
    assert!(!pending.exists(), "nothing is left of it");
}
