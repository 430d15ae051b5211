//! The program in a folder and an environment of its own.

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;
#[expect(clippy::disallowed_types, reason = "tests start the program that they test")]
pub(crate) use std::process::Command;

/// The inventory and playbook that most tests use.
pub(crate) const SMALL: [&str; 3] = ["-i", "small/hosts.ini", "small/site.yml"];

/// How a run of the program ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The folder of the tests' inventories and playbooks.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The program, with nothing in its environment but a home folder without settings.
pub(crate) fn program<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evenkeel"));
    command
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env("HOME", "/nonexistent")
        .env("ANSIBLE_CONFIG", "/dev/null")
        .current_dir(data())
        .args(arguments);
    command
}

/// Runs the program.
pub(crate) fn evenkeel<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Ended {
    ended(program(arguments))
}

/// Runs a prepared program without a terminal.
pub(crate) fn ended(command: Command) -> Ended {
    let output = assert_cmd::Command::from_std(command).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

impl Ended {
    /// Everything a person would see, with the times taken out.
    pub(crate) fn told(&self) -> String {
        let mut text = format!("exit code {}\n", self.code.unwrap());
        for (name, output) in [
            ("standard output", &self.stdout),
            ("standard error", &self.stderr),
        ] {
            if !output.is_empty() {
                let _ = write!(text, "---- {name}\n{}", timeless(output));
            }
        }
        text
    }
}

/// A text in which times are the same in every run.
fn timeless(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines() {
        let json = "\"elapsed\":";
        let line = match line.split_once(json) {
            Some((before, after)) => {
                let rest = after.find(',').map_or("", |end| &after[end..]);
                format!("{before}{json}0{rest}")
            }
            None if line.starts_with("elapsed ") => "elapsed [time]".to_owned(),
            None => line.trim_end().to_owned(),
        };
        kept.push_str(&line);
        kept.push('\n');
    }
    kept
}
