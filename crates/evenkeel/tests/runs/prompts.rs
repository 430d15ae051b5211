//! `vars_prompt`: who is asked what, and how often.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;

use evenkeel::Connect;
use evenkeel::Mode;
use evenkeel::Person;
use evenkeel::Reply;
use evenkeel::Simulated;

use crate::project::ended;
use crate::project::events;
use crate::project::limited;
use crate::project::run;

/// Somebody who has learnt the answers by heart.
struct Actor {
    answers: Mutex<VecDeque<Reply>>,
    heard: Mutex<Vec<String>>,
}

impl Person for Actor {
    fn tell(&self, text: &str) {
        self.heard.lock().unwrap().push(text.trim_end().to_owned());
    }

    fn ask(&self, question: &str, echo: bool) -> Reply {
        let shown = if echo { "seen" } else { "unseen" };
        self.heard.lock().unwrap().push(format!("{shown} {question:?}"));
        self.answers.lock().unwrap().pop_front().unwrap()
    }
}

fn actor(answers: &[&str]) -> Arc<Actor> {
    let line = |answer: &&str| Reply::Line((*answer).to_owned());
    Arc::new(Actor {
        answers: Mutex::new(answers.iter().map(line).collect()),
        heard: Mutex::default(),
    })
}

fn hosts() -> Arc<dyn Connect> {
    Arc::new(Simulated::debian12())
}

const PLAYBOOK: &str = "\
- hosts: '{{ where }}'
  vars: {place: here}
  vars_prompt:
    - {name: where, prompt: 'Hosts {{ place }}', private: false}
    - {name: version, default: 1.5, private: false}
    - {name: password, prompt: Password, confirm: true}
    - {name: rendered, private: false}
    - {name: kept, private: false, unsafe: true}
  tasks:
    - ansible.builtin.copy:
        dest: /etc/asked
        content: '{{ version }} {{ password }} {{ rendered }} {{ kept }}'
    - ansible.builtin.debug: {msg: 'the word {{ password }}'}
";

#[test]
fn answers_are_asked_for_once_for_forecast_and_run() {
    let loaded = limited(PLAYBOOK, "h1");
    let person = actor(&[
        "h1",
        "",
        "correct horse",
        "corect horse",
        "correct horse",
        "correct horse",
        "{{ place }}",
        "{{ place }}",
    ]);
    let mut run = run(&loaded, &hosts()).asking(Arc::clone(&person) as Arc<dyn Person>);
    for mode in [Mode::Plan, Mode::Apply] {
        let (events, recap) = events(&mut run, mode);
        assert!(!recap.failed(), "{events:?}");
        assert_eq!(ended(&events).len(), 2);
        let text = serde_json::to_string(&events).unwrap();
        assert!(!text.contains("correct horse"), "{text}");
    }
    insta::assert_snapshot!(person.heard.lock().unwrap().join("\n"), @r#"
    seen "Hosts here: "
    seen "version [1.5]: "
    unseen "Password: "
    unseen "confirm Password: "
    ***** VALUES ENTERED DO NOT MATCH ****
    unseen "Password: "
    unseen "confirm Password: "
    seen "rendered: "
    seen "kept: "
    "#);
}

#[test]
fn content_is_what_was_answered() {
    let playbook = PLAYBOOK.replace("name: password", "name: password, private: false");
    let loaded = limited(&playbook, "h1");
    let person = actor(&["h1", "2", "pw", "pw", "{{ place }}", "{{ place }}"]);
    let mut run = run(&loaded, &hosts()).asking(person);
    let (events, _) = events(&mut run, Mode::Plan);
    let text = serde_json::to_string(&events).unwrap();
    assert!(text.contains("2 pw here {{ place }}"), "{text}");
}

#[test]
fn an_interruption_ends_the_run_before_anything_is_connected() {
    let loaded = limited(PLAYBOOK, "h1");
    let person = Arc::new(Actor {
        answers: Mutex::new(VecDeque::from([Reply::Interrupted])),
        heard: Mutex::default(),
    });
    let mut run = run(&loaded, &hosts()).asking(person);
    let stopped = run.walk(Mode::Plan, &mut |_| true).unwrap_err();
    assert_eq!(stopped.message, "stopped while it asked for `where`");
}
