//! `command`: a program, without a shell.

use evenkeel_host::AbsPath;
use evenkeel_host::Command as Program;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Controller;
use crate::Outputs;
use crate::PathPattern;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;

mod execution;
mod expand;
mod split;

pub(crate) use execution::Execution;
pub(crate) use execution::Skip;
pub(crate) use split::first_word;
pub(crate) use split::split;

arguments! {
    /// Runs a program, without a shell.
    pub struct Command {
        /// The program and its arguments in one string, split at blanks, with quotes as in a shell.
        cmd: Option<Text>,
        /// The program and its arguments as a list.
        argv: Option<Vec<String>>,
        /// The folder to run it in.
        chdir: Option<AbsPath>,
        /// A path or glob; when it exists, the program is not run.
        creates: Option<PathPattern>,
        /// A path or glob; when it does not exist, the program is not run.
        removes: Option<PathPattern>,
        /// Replaces `$VAR` and `~` in the arguments on the machine.
        expand_argument_vars: bool = true,
        /// What the program reads.
        stdin: Option<String>,
        /// Appends a newline to `stdin`.
        stdin_add_newline: bool = true,
        /// Removes empty lines at the end of the output.
        strip_empty_ends: bool = true,
        /// Is for `shell`: a program has no shell, so that this does nothing but warn.
        executable: Option<String>;
        /// When it was started, by the controller's clock.
        started: Option<i64>,
    }
}

impl Command {
    fn words(&self) -> std::result::Result<Vec<String>, Problem> {
        match (&self.cmd, &self.argv) {
            (Some(text), None) => split(&text.text).ok_or_else(|| {
                Problem::error("task::command", "no closing quotation").at(&text.place, "a quote is not closed")
            }),
            (None, Some(argv)) => Ok(argv.clone()),
            (None, None) => Err(Problem::error("task::command", "no command given: one of the following is required: _raw_params, cmd, argv")),
            (Some(cmd), Some(_)) => Err(Problem::error("task::command", "parameters are mutually exclusive: _raw_params|cmd|argv")
                .at(&cmd.place, "and argv besides")),
        }
    }

    /// What a person is told of `executable`.
    fn warning(&self) -> Option<String> {
        let program = self.executable.as_ref()?;
        Some(format!(
            "As of Ansible 2.4, the parameter 'executable' is no longer supported with the 'command' module. Not using '{program}'."
        ))
    }

    fn execution(&self) -> Execution<'_> {
        let words = self.words().unwrap_or_default();
        let program = match expand::script(&words).filter(|_| self.expand_argument_vars) {
            Some(script) => Program::shell(script),
            None => Program::argv(words.clone()),
        };
        Execution {
            shown: json!(words),
            summary: format!("run {}", words.join(" ")),
            program,
            chdir: self.chdir.as_ref(),
            creates: self.creates.as_ref(),
            removes: self.removes.as_ref(),
            stdin: self.stdin.as_deref(),
            stdin_add_newline: self.stdin_add_newline,
            strip: self.strip_empty_ends,
            started: self.started,
            is_shell: false,
        }
    }
}

impl TaskType for Command {
    const NAME: &'static str = "command";
    const ABOUT: &'static str = "Runs a program, without a shell.";
    const EXAMPLE: &'static str = "- name: Make the Diffie-Hellman parameters\n  ansible.builtin.command:\n    cmd: openssl dhparam -out /etc/ssl/dh.pem 2048\n    creates: /etc/ssl/dh.pem\n";
    const FREE_FORM: Option<&'static str> = Some("cmd");
    type Seen = Option<Skip>;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        match self.words() {
            Ok(words) if words.is_empty() => {
                problems.push(Problem::error("task::command", "no command given: it is empty"));
            }
            Ok(_) => {}
            Err(problem) => problems.push(problem),
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
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
        let mut plan = self.execution().plan(seen.as_ref());
        plan.warnings.extend(self.warning());
        Ok(plan)
    }

    fn checked(&self, seen: &Option<Skip>, _plan: &Plan) -> Option<Returned> {
        self.execution().checked(seen.as_ref())
    }

    fn result(&self, seen: &Option<Skip>, _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = self.execution().result(seen.as_ref(), outputs);
        if let Some(warning) = self.warning() {
            returned.insert("warnings".to_owned(), evenkeel_host::Known::Is(json!([warning])));
        }
        returned
    }
}
