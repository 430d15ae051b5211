//! `script`: a script of the controller, run on the machine.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Effect;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::command::first_word;
use super::command::split;
use super::raw::low_level;
use super::raw::passed_over;
use crate::Controller;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;

arguments! {
    /// Runs a script of the controller on the machine.
    pub struct Script {
        /// The script, looked for as by `copy`, and its arguments, which the machine's shell reads.
        cmd: Option<Text>,
        /// A path; when it exists, the script is not run.
        creates: Option<AbsPath>,
        /// A path; when it does not exist, the script is not run.
        removes: Option<AbsPath>,
        /// The folder to run it in.
        chdir: Option<AbsPath>,
        /// The program that runs the script, with its own arguments; by default what its first line says.
        executable: Option<String>,
        /// Whether a script that is encrypted is decrypted.
        decrypt: bool = true;
        /// The bytes of the script.
        bytes: Option<Known<Vec<u8>>>,
    }
}

/// Why the script need not run, or that this is not known.
#[derive(Debug)]
pub enum Seen {
    /// It has to.
    Runs,
    /// It need not; why, in Ansible's words.
    Skipped(String),
    /// It is known only after apply.
    Unsure(String),
}

impl Script {
    /// The script's name on the controller, and its arguments as they are written.
    fn words(&self) -> std::result::Result<(Text, &str), Problem> {
        let Some(cmd) = self.cmd.as_ref().filter(|cmd| !cmd.text.trim().is_empty()) else {
            let message = "one of the following is required: _raw_params, cmd";
            return Err(Problem::error("task::script", message).help("name the script: `script: prepare.sh`"));
        };
        // The arguments' quotes have to be closed too, although the shell reads them.
        let words = split(&cmd.text).and_then(|_| first_word(&cmd.text));
        let (name, rest) = words.ok_or_else(|| {
            Problem::error("task::command", "no closing quotation").at(&cmd.place, "a quote is not closed")
        })?;
        Ok((Text { text: name, place: cmd.place.clone() }, rest))
    }

    /// Puts what it reads into a file of its own and runs that; the words after the name are the shell's to read.
    fn command(&self, bytes: Vec<u8>) -> Result<Command> {
        let (source, rest) = self.words()?;
        let name = quote(source.text.rsplit('/').next().unwrap_or("script")).into_owned();
        let program = self.executable.as_ref().map(|program| format!("{program} ")).unwrap_or_default();
        let script = format!(
            "d=$(mktemp -d) || exit 1\nf=$d/{name}\n\
             cat >\"$f\" && chmod 0700 \"$f\" || {{ rm -rf \"$d\"; exit 1; }}\n\
             ( {program}\"$f\" {rest}\n) </dev/null; r=$?\nrm -rf \"$d\"; exit \"$r\"\n"
        );
        let stdin = Some(Secret::new(bytes));
        Ok(Command { stdin, directory: self.chdir.clone(), ..Command::shell(script) })
    }

    fn run(&self) -> Result<Change> {
        let bytes = match &self.bytes {
            Some(Known::Is(bytes)) => bytes.clone(),
            Some(Known::Unknown(_)) | None => Vec::new(),
        };
        let summary = format!("run the script {}", self.cmd.as_ref().map_or("", |cmd| cmd.text.trim()));
        let obscures = self.creates.iter().chain(&self.removes).cloned().map(Obscures::Path).collect();
        let run = Run { effect: Effect::Opaque, obscures, ..Run::new(summary, self.command(bytes)?) };
        Ok(Change::Run(Box::new(run)))
    }
}

impl TaskType for Script {
    const NAME: &'static str = "script";
    const ABOUT: &'static str = "Runs a script of the controller on the machine.";
    const EXAMPLE: &'static str = "- name: Prepare the disks\n  ansible.builtin.script:\n    cmd: prepare-disks.sh --quiet\n    creates: /var/lib/etcd/prepared\n";
    const FREE_FORM: Option<&'static str> = Some("cmd");
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems: Vec<Problem> = self.words().err().into_iter().collect();
        if !self.decrypt {
            let message = "`decrypt: false` is not supported: encrypted files are always decrypted";
            problems.push(Problem::error("task::script", message).help("leave `decrypt` out"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        let (source, _) = self.words()?;
        self.bytes = Some(controller.file(&source)?.value);
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        let want = |path: &AbsPath| Want::Entry { path: path.clone(), follow: true, content: false };
        self.creates.iter().chain(&self.removes).map(want).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        for (path, skip_when) in [(&self.creates, true), (&self.removes, false)] {
            let Some(path) = path else { continue };
            match on.entry(path, true)? {
                Known::Is(entry) if entry.is_some() == skip_when => {
                    return Ok(Seen::Skipped(if skip_when {
                        format!("{path} exists, matching creates option")
                    } else {
                        format!("{path} does not exist, matching removes option")
                    }));
                }
                Known::Is(_) => {}
                Known::Unknown(why) => return Ok(Seen::Unsure(why.to_string())),
            }
        }
        Ok(Seen::Runs)
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        Ok(match (seen, &self.bytes) {
            (Seen::Skipped(why), _) => Plan::unchanged(why.as_str()),
            (Seen::Unsure(why), _) => Plan::unknown(vec![self.run()?], why.as_str()),
            (Seen::Runs, Some(Known::Unknown(why))) => Plan::unknown(vec![self.run()?], why.as_ref()),
            (Seen::Runs, _) => Plan::changes(vec![self.run()?]),
        })
    }

    fn checked(&self, seen: &Seen, _plan: &Plan) -> Option<Returned> {
        match seen {
            Seen::Skipped(_) | Seen::Unsure(_) => None,
            Seen::Runs if self.creates.is_some() || self.removes.is_some() => {
                Some(Returned::from_iter([("changed".to_owned(), Known::Is(json!(true)))]))
            }
            Seen::Runs => Some(passed_over(Some("Check mode is not supported for this task."))),
        }
    }

    fn result(&self, seen: &Seen, _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        if let Seen::Skipped(why) = seen {
            return passed_over(Some(why));
        }
        let mut returned = Returned::new();
        low_level(&mut returned, &outputs.get(0));
        returned
    }
}
