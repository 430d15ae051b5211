//! Changes that go on by themselves after the script that began them has ended.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::Posix;
use super::change::Surroundings;
use super::change::Text;
use super::change::commands;
use super::change::line;
use super::commit::accepts;
use super::script::Part;
use super::shell;
use crate::Apart;
use crate::Commit;
use crate::Committed;
use crate::Failure;
use crate::Output;
use crate::Result;
use crate::Transport;

/// Makes the folder of the journal; what it says goes to whoever asked.
const BEGIN: &str = r#"if ( umask 077; exec mkdir -p -- "${h%/*}" ) && mkdir -m 700 -- "$h"; then g=$h
printf %s "$h"
( trap '' HUP
sh -c 'echo "pid $PPID"' >"$g/log"
"#;

/// Ends the journal; nothing of the job keeps the connection open.
const END: &str = r#"
echo end >>"$g/log" ) </dev/null >/dev/null 2>&1 &
mark apart 0
else mark apart 1; fi
"#;

impl<T: Transport> Posix<T> {
    /// Begins a job.
    pub(super) fn begin(&self, commit: &Commit, apart: &Apart) -> Result<Committed> {
        let script = self.script(vec![Part {
            who: commit.who.clone(),
            body: self.job(commit, apart),
            limit: None,
        }])?;
        let frames = self.run(&script)?.permitted(&commit.who)?;
        let frame = frames.get("apart");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if let Some(frame) = frame.filter(|frame| frame.note == "0") {
            return Ok(Committed {
                apart: Some(text(&frame.stdout)),
                ..Committed::default()
            });
        }
        let said = frame.map(|frame| text(&frame.stderr)).unwrap_or_default();
        let output = Output {
            code: 1,
            stderr: format!("the journal of the job cannot be begun: {said}").into_bytes(),
            ..Output::default()
        };
        Ok(Committed {
            failed: Some(Failure::Failed(output)),
            ..Committed::default()
        })
    }

    fn job(&self, commit: &Commit, apart: &Apart) -> Text {
        let all = &commit.changes;
        let mut text = Zeroizing::new(format!("run={}\n", self.run));
        text.push_str(shell::PLACES);
        text.push_str(shell::FUNCTIONS);
        for (index, change) in all.iter().enumerate() {
            let around = Surroundings {
                earlier: &all[..index],
                all,
                environment: &commit.environment,
                task_time: commit.time,
            };
            line!(text, "c{index}() {{\n{}}}", *commands(change, &around));
        }
        text.push_str(&apart.place());
        text.push_str(BEGIN);
        let calls = all.iter().enumerate();
        let calls = calls.map(|(index, change)| format!("change {index} '{}'", accepts(change)));
        let calls: Vec<String> = std::iter::once(":".to_owned()).chain(calls).collect();
        text.push_str(&calls.join(" && "));
        text.push_str(END);
        text
    }
}
