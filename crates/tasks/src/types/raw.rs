//! `raw`: a line for the machine's shell, with nothing around it.

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Effect;
use evenkeel_host::Known;
use evenkeel_host::Output;
use evenkeel_host::Program;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;

arguments! {
    /// Runs a line in the machine's shell.
    pub struct Raw {
        /// The line.
        cmd: Text,
        /// The shell, by default `/bin/sh`.
        executable: Option<String>,
    }
}

/// What Ansible's actions return of a program that they start themselves: the output as it is, with its last newline.
pub(crate) fn low_level(returned: &mut Returned, output: &Known<Output>) {
    let mut put = |key: &str, value: &dyn Fn(&Output) -> serde_json::Value| {
        returned.insert(key.to_owned(), output.as_ref().map(value));
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let lines = |bytes: &[u8]| crate::json::lines(&text(bytes));
    put("rc", &|output| json!(output.code));
    put("stdout", &|output| json!(text(&output.stdout)));
    put("stdout_lines", &|output| lines(&output.stdout));
    put("stderr", &|output| json!(text(&output.stderr)));
    put("stderr_lines", &|output| lines(&output.stderr));
    if matches!(output, Known::Is(output) if output.code != 0) {
        put("msg", &|_| json!("non-zero return code"));
    }
}

/// What Ansible registers of something that check mode passes over.
pub(crate) fn passed_over(message: Option<&str>) -> Returned {
    let mut returned = Returned::new();
    returned.insert("skipped".to_owned(), Known::Is(json!(true)));
    returned.insert("changed".to_owned(), Known::Is(json!(false)));
    if let Some(message) = message {
        returned.insert("msg".to_owned(), Known::Is(json!(message)));
    }
    returned
}

impl TaskType for Raw {
    const NAME: &'static str = "raw";
    const ABOUT: &'static str = "Runs a line in the machine's shell.";
    const EXAMPLE: &'static str =
        "- name: Look at the kernel's messages\n  ansible.builtin.raw: dmesg | tail\n  changed_when: false\n";
    const FREE_FORM: Option<&'static str> = Some("cmd");
    type Seen = ();

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        if self.cmd.text.trim().is_empty() {
            return Err(vec![Problem::error("task::command", "no command given: it is empty")]);
        }
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let mut command = Command::shell(self.cmd.text.clone());
        if let (Program::Shell { interpreter, .. }, Some(shell)) = (&mut command.program, &self.executable) {
            interpreter.clone_from(shell);
        }
        let first = self.cmd.text.trim().lines().next().unwrap_or_default();
        let run = Run { effect: Effect::Opaque, ..Run::new(format!("run {first}"), command) };
        Ok(Plan::changes(vec![Change::Run(Box::new(run))]))
    }

    fn checked(&self, _seen: &(), _plan: &Plan) -> Option<Returned> {
        Some(passed_over(None))
    }

    fn result(&self, _seen: &(), _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        low_level(&mut returned, &outputs.get(0));
        returned
    }
}
