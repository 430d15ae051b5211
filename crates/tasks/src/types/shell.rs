//! `shell`: a script for a shell.

use evenkeel_host::AbsPath;
use evenkeel_host::Command as Started;
use evenkeel_host::Program;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::command::Execution;
use super::command::Skip;
use crate::Controller;
use crate::Outputs;
use crate::PathPattern;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;

arguments! {
    /// Runs a script in a shell.
    pub struct Shell {
        /// The script.
        cmd: Text,
        /// The folder to run it in.
        chdir: Option<AbsPath>,
        /// A path or glob; when it exists, the script is not run.
        creates: Option<PathPattern>,
        /// A path or glob; when it does not exist, the script is not run.
        removes: Option<PathPattern>,
        /// The shell, by default `/bin/sh`.
        executable: Option<String>,
        /// What the script reads.
        stdin: Option<String>,
        /// Appends a newline to `stdin`.
        stdin_add_newline: bool = true,
        /// Is for `command`: a shell replaces variables itself.
        expand_argument_vars: Option<bool>;
        /// When it was started, by the controller's clock.
        started: Option<i64>,
    }
}

impl Shell {
    fn execution(&self) -> Execution<'_> {
        let mut program = Started::shell(self.cmd.text.clone());
        if let (Program::Shell { interpreter, .. }, Some(shell)) = (&mut program.program, &self.executable) {
            interpreter.clone_from(shell);
        }
        let first = self.cmd.text.trim().lines().next().unwrap_or_default();
        Execution {
            shown: json!(self.cmd.text),
            summary: format!("run {first}"),
            program,
            chdir: self.chdir.as_ref(),
            creates: self.creates.as_ref(),
            removes: self.removes.as_ref(),
            stdin: self.stdin.as_deref(),
            stdin_add_newline: self.stdin_add_newline,
            strip: true,
            started: self.started,
            is_shell: true,
        }
    }
}

impl TaskType for Shell {
    const NAME: &'static str = "shell";
    const ABOUT: &'static str = "Runs a script in a shell.";
    const EXAMPLE: &'static str = "- name: Count the members of etcd\n  ansible.builtin.shell:\n    cmd: etcdctl member list | wc -l\n  changed_when: false\n";
    const FREE_FORM: Option<&'static str> = Some("cmd");
    type Seen = Option<Skip>;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        if self.expand_argument_vars.is_some() {
            let message = "Unsupported parameters for (shell) module: expand_argument_vars";
            let mend = "the shell replaces variables itself; quote them with `'`, or use `command`";
            return Err(vec![Problem::error("task::parameter", message).help(mend)]);
        }
        if self.cmd.text.trim().is_empty() {
            return Err(vec![Problem::error("task::command", "no command given: it is empty")]);
        }
        Ok(())
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.started = Some(controller.now().0);
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        self.execution().wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Option<Skip>> {
        self.execution().observe(on)
    }

    fn plan(&self, seen: &Option<Skip>) -> Result<Plan> {
        Ok(self.execution().plan(seen.as_ref()))
    }

    fn checked(&self, seen: &Option<Skip>, _plan: &Plan) -> Option<Returned> {
        self.execution().checked(seen.as_ref())
    }

    fn result(&self, seen: &Option<Skip>, _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        self.execution().result(seen.as_ref(), outputs)
    }
}
