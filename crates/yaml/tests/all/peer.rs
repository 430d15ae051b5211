//! A living PyYAML, where the machine has one.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Stdio;

use serde_json::Value;

/// A running `pyyaml.py serve`.
pub(crate) struct Python {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Starts `$EVENKEEL_PYTHON` or `python3`; none, with a message, where that has no PyYAML with libyaml.
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the peer is another program"
)]
pub(crate) fn python() -> Option<Python> {
    let program = std::env::var("EVENKEEL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let probe = std::process::Command::new(&program)
        .args(["-c", "import yaml; yaml.CSafeLoader"])
        .stderr(Stdio::null())
        .status();
    if !probe.is_ok_and(|status| status.success()) {
        println!(
            "skipped: `{program}` has no PyYAML with libyaml (EVENKEEL_PYTHON names another interpreter)"
        );
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pyyaml/pyyaml.py");
    let mut child = std::process::Command::new(program)
        .args([script, "serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let questions = child.stdin.take().unwrap();
    let answers = BufReader::new(child.stdout.take().unwrap());
    Some(Python {
        child,
        questions,
        answers,
    })
}

impl Python {
    pub(crate) fn ask(&mut self, question: &Value) -> Value {
        writeln!(self.questions, "{question}").unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
