//! `reboot`: what it sends to the machine, and what it says of a machine that does not come back as it should.

use std::sync::Arc;
use std::sync::Mutex;

use evenkeel::Connect;
use evenkeel::Mode;
use evenkeel::Recap;
use evenkeel::Simulated;
use evenkeel::Target;
use evenkeel::host::Answer;
use evenkeel::host::Ask;
use evenkeel::host::Change;
use evenkeel::host::Commit;
use evenkeel::host::Committed;
use evenkeel::host::Failure;
use evenkeel::host::Host;
use evenkeel::host::Known;
use evenkeel::host::Look;
use evenkeel::host::Output;

use crate::project::Ended;
use crate::project::ended;
use crate::project::events;
use crate::project::limited;
use crate::project::run;

/// What a commit was: the summaries of its programs, and their environment.
type Sent = (Vec<String>, Vec<(String, String)>);

/// A machine that takes its programs as done, and has another identity once it was started again.
struct Machine {
    answers: Arc<dyn Host>,
    sent: Arc<Mutex<Vec<Sent>>>,
    /// The program that fails.
    fails: Option<&'static str>,
}

impl Look for Machine {
    fn look(&self, asks: &[Ask]) -> evenkeel::host::Result<Vec<Known<Answer>>> {
        self.answers.look(asks)
    }
}

impl Host for Machine {
    fn commit(&self, commit: &Commit) -> evenkeel::host::Result<Committed> {
        let name = |change: &Change| match change {
            Change::Run(run) => run.summary.clone(),
            other => format!("{other:?}"),
        };
        let names: Vec<String> = commit.changes.iter().map(name).collect();
        let mut sent = self.sent.lock().unwrap();
        let booted = sent
            .iter()
            .any(|(names, _)| names.iter().any(|name| name == "start the machine again"));
        let output = Output {
            stdout: format!("boot {booted}").into_bytes(),
            ..Output::default()
        };
        let failed = names.iter().any(|name| Some(name.as_str()) == self.fails);
        sent.push((names, commit.environment.clone()));
        let failure = Output {
            code: 1,
            stderr: b"no such thing\nat all\n".to_vec(),
            ..Output::default()
        };
        Ok(Committed {
            done: vec![output; commit.changes.len() * usize::from(!failed)],
            failed: failed.then_some(Failure::Failed(failure)),
            ..Committed::default()
        })
    }
}

struct Machines {
    sent: Arc<Mutex<Vec<Sent>>>,
    fails: Option<&'static str>,
}

impl Connect for Machines {
    fn connect(&self, target: &Target) -> evenkeel::host::Result<Arc<dyn Host>> {
        Ok(Arc::new(Machine {
            answers: Simulated::debian12().connect(target)?,
            sent: Arc::clone(&self.sent),
            fails: self.fails,
        }))
    }
}

const PLAYBOOK: &str = "
- hosts: all
  gather_facts: false
  vars: {ansible_connection: ssh}
  tasks:
    - ansible.builtin.reboot: {boot_time_command: who-booted, test_command: is-ready, reboot_timeout: 0}
      environment: {LANG: de}
      notify: greet
  handlers:
    - name: greet
      ansible.builtin.debug: {msg: hello}
";

fn walked(fails: Option<&'static str>) -> (Vec<Sent>, Vec<Ended>, Recap) {
    let sent = Arc::default();
    let hosts: Arc<dyn Connect> = Arc::new(Machines {
        sent: Arc::clone(&sent),
        fails,
    });
    let (events, recap) = events(&mut run(&limited(PLAYBOOK, "h1"), &hosts), Mode::Apply);
    let sent = sent.lock().unwrap().clone();
    (sent, ended(&events), recap)
}

#[test]
fn its_handlers_are_recorded_before_it_and_its_programs_have_the_environment() {
    let (sent, _, recap) = walked(None);
    assert!(!recap.failed(), "{sent:?}");
    let names: Vec<Vec<&str>> = sent
        .iter()
        .map(|(names, _)| names.iter().map(String::as_str).collect())
        .collect();
    let expected: [&[&str]; 5] = [
        &["who-booted"],
        &["record the notified handlers", "start the machine again"],
        &["who-booted"],
        &["is-ready"],
        &["forget the handlers that ran"],
    ];
    assert_eq!(names, expected);
    let german = [("LANG".to_owned(), "de".to_owned())];
    for (names, environment) in &sent[..4] {
        assert_eq!(environment, &german, "{names:?}");
    }
}

#[test]
fn a_machine_that_does_not_answer_is_told_in_words() {
    let (_, ended, _) = walked(Some("is-ready"));
    let [(.., outcome)] = &ended[..] else {
        panic!("{ended:#?}");
    };
    let message = &outcome.failure.as_ref().unwrap().message;
    assert_eq!(
        message,
        "Timed out waiting for post-reboot test command (timeout=0): `is-ready` failed: no such thing (exit code 1)"
    );
}

#[test]
fn a_command_that_does_not_start_it_again_owes_nothing() {
    let (sent, ended, _) = walked(Some("start the machine again"));
    let last = sent.last().map(|(names, _)| names.concat());
    assert_eq!(last.as_deref(), Some("forget the handlers that ran"));
    let message = ended[0].3.failure.as_ref().unwrap().message.clone();
    assert!(
        message.starts_with("Reboot command failed. Error was: '"),
        "{message}"
    );
}
