//! What `command` and `shell` share: whether to run, running, and what came of it.

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Effect;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use serde_json::Value;
use serde_json::json;

use crate::Error;
use crate::Outputs;
use crate::PathPattern;
use crate::Plan;
use crate::Result;
use crate::Returned;

/// A program that may do anything.
#[derive(Debug)]
pub(crate) struct Execution<'a> {
    /// What the result calls it.
    pub(crate) shown: Value,
    /// What a person is told that it does.
    pub(crate) summary: String,
    /// What is started.
    pub(crate) program: Command,
    /// Where.
    pub(crate) chdir: Option<&'a AbsPath>,
    /// Exists afterwards.
    pub(crate) creates: Option<&'a PathPattern>,
    /// Does not exist afterwards.
    pub(crate) removes: Option<&'a PathPattern>,
    /// What it reads.
    pub(crate) stdin: Option<&'a str>,
    /// Whether a newline is added to that.
    pub(crate) stdin_add_newline: bool,
    /// Whether empty lines at the end of the output go.
    pub(crate) strip: bool,
    /// When it was started.
    pub(crate) started: Option<i64>,
    /// Whether a shell reads it.
    pub(crate) is_shell: bool,
}

/// Why the program need not run, or that this is not known.
#[derive(Debug)]
pub enum Skip {
    /// It need not; the path, and whether it exists.
    Sure(String, bool),
    /// It is known only after apply.
    Unsure(String),
}

impl Execution<'_> {
    fn conditions(&self) -> impl Iterator<Item = (&PathPattern, bool)> {
        self.creates.map(|text| (text, true)).into_iter().chain(self.removes.map(|text| (text, false)))
    }

    fn want(&self, text: &PathPattern) -> Want {
        let pattern = text.within(self.chdir);
        match AbsPath::new(&pattern).filter(|_| !pattern.contains(['*', '?', '['])) {
            Some(path) => Want::Entry { path, follow: false, content: false },
            None => Want::Glob(pattern),
        }
    }

    pub(crate) fn wants(&self) -> Vec<Want> {
        let folder = self.chdir.map(|path| Want::Entry { path: path.clone(), follow: true, content: false });
        self.conditions().map(|(text, _)| self.want(text)).chain(folder).collect()
    }

    pub(crate) fn observe(&self, on: &View<'_>) -> Result<Option<Skip>> {
        if let Some(chdir) = self.chdir
            && let Known::Is(None) = on.entry(chdir, true)?
        {
            return Err(Error::failed("Unable to change directory before execution.")
                .returning("cmd", self.shown.clone())
                .help(format!("{chdir} does not exist")));
        }
        for (text, skip_when) in self.conditions() {
            let exists = match on.ask(self.want(text))? {
                Known::Is(Answer::Entry(entry)) => entry.is_some(),
                Known::Is(Answer::Paths(paths)) => !paths.is_empty(),
                Known::Is(_) => false,
                Known::Unknown(why) => return Ok(Some(Skip::Unsure(why.to_string()))),
            };
            if exists == skip_when {
                return Ok(Some(Skip::Sure(text.text.clone(), exists)));
            }
        }
        Ok(None)
    }

    pub(crate) fn plan(&self, seen: Option<&Skip>) -> Plan {
        match seen {
            Some(Skip::Sure(path, true)) => Plan::unchanged(format!("{path} exists")),
            Some(Skip::Sure(path, false)) => Plan::unchanged(format!("{path} does not exist")),
            Some(Skip::Unsure(why)) => Plan::unknown(vec![self.run()], why),
            None => Plan::changes(vec![self.run()]),
        }
    }

    fn run(&self) -> Change {
        let stdin = self.stdin.map(|text| {
            let newline = if self.stdin_add_newline { "\n" } else { "" };
            Secret::new(format!("{text}{newline}").into_bytes())
        });
        let command = Command { stdin, directory: self.chdir.cloned(), ..self.program.clone() };
        // What it is said to make or to take away is the one thing known of what it touches.
        let touched = self.conditions().filter_map(|(text, _)| match self.want(text) {
            Want::Entry { path, .. } => Some(Obscures::Path(path)),
            _ => None,
        });
        let obscures = touched.collect();
        let run = Run { effect: Effect::Opaque, obscures, ..Run::new(self.summary.clone(), command) };
        Change::Run(Box::new(run))
    }

    pub(crate) fn result(&self, seen: Option<&Skip>, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let mut put = |key: &str, value| drop(returned.insert(key.to_owned(), value));
        put("cmd", Known::Is(self.shown.clone()));
        match (seen, outputs.get(0)) {
            (Some(Skip::Sure(path, exists)), _) => skipped(&mut put, "Did", path, *exists),
            (_, Known::Is(output)) => self.ended(&mut put, &output),
            (_, Known::Unknown(_)) => {
                let keys = ["rc", "stdout", "stderr", "stdout_lines", "stderr_lines", "start", "end", "delta", "msg"];
                keys.iter().for_each(|key| put(key, Known::unknown(self.summary.as_str())));
            }
        }
        returned
    }

    /// What Ansible registers of it in check mode.
    pub(crate) fn checked(&self, seen: Option<&Skip>) -> Option<Returned> {
        let mut returned = Returned::new();
        let mut put = |key: &str, value: Value| drop(returned.insert(key.to_owned(), Known::Is(value)));
        put("cmd", self.shown.clone());
        match seen {
            Some(Skip::Unsure(_)) => return None,
            Some(Skip::Sure(path, exists)) => {
                skipped(&mut |key, value| drop(returned.insert(key.to_owned(), value)), "Would", path, *exists);
                return Some(returned);
            }
            None => {}
        }
        put("rc", json!(0));
        for (key, lines) in [("stdout", "stdout_lines"), ("stderr", "stderr_lines")] {
            put(key, json!(""));
            put(lines, json!([]));
        }
        for key in ["start", "end", "delta"] {
            put(key, Value::Null);
        }
        put("msg", json!("Command would have run if not in check mode"));
        let conditional = self.creates.is_some() || self.removes.is_some();
        put("changed", json!(conditional));
        if !conditional {
            put("skipped", json!(true));
        }
        Some(returned)
    }

    fn ended(&self, put: &mut impl FnMut(&str, Known<Value>), output: &Output) {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            if self.strip { text.trim_end_matches(['\r', '\n']).to_owned() } else { text }
        };
        if let Some(name) = not_started(output).filter(|_| !self.is_shell) {
            let (code, why) = if output.code == 127 { (2, "No such file or directory") } else { (13, "Permission denied") };
            put("rc", Known::Is(json!(code)));
            put("msg", Known::Is(json!(format!("Error executing command: [Errno {code}] {why}: '{name}'"))));
            for (key, lines) in [("stdout", "stdout_lines"), ("stderr", "stderr_lines")] {
                put(key, Known::Is(json!("")));
                put(lines, Known::Is(json!([])));
            }
            return;
        }
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let start = self.started.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok()).unwrap_or_default();
        let took = jiff::SignedDuration::from_secs_f64(output.seconds);
        let end = start.checked_add(took).unwrap_or(start);
        let message = if output.code == 0 { "" } else { "non-zero return code" };
        put("rc", Known::Is(json!(output.code)));
        put("stdout_lines", Known::Is(crate::json::lines(&stdout)));
        put("stderr_lines", Known::Is(crate::json::lines(&stderr)));
        put("stdout", Known::Is(json!(stdout)));
        put("stderr", Known::Is(json!(stderr)));
        put("start", Known::Is(json!(start.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string())));
        put("end", Known::Is(json!(end.strftime("%Y-%m-%d %H:%M:%S.%6f").to_string())));
        put("delta", Known::Is(json!(delta(output.seconds))));
        put("msg", Known::Is(json!(message)));
    }
}

/// What names the program that could not be started, in what the machine's shell says of it (`sh: 1: exec: x: not found`).
fn not_started(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    let (shell, rest) = text.split_once("exec: ")?;
    let is_shell = shell.starts_with("sh: ") || shell.starts_with("/bin/sh: ");
    let name = rest.rsplit_once(": ").map_or(rest, |(name, _)| name);
    (matches!(output.code, 126 | 127) && is_shell && rest.lines().count() == 1).then(|| name.to_owned())
}

fn skipped(put: &mut impl FnMut(&str, Known<Value>), did: &str, path: &str, exists: bool) {
    let because = if exists { "exists" } else { "does not exist" };
    let stdout = format!("skipped, since {path} {because}");
    put("rc", Known::Is(json!(0)));
    put("stdout_lines", Known::Is(json!([stdout])));
    put("stdout", Known::Is(json!(stdout)));
    put("stderr", Known::Is(json!("")));
    put("stderr_lines", Known::Is(json!([])));
    for key in ["start", "end", "delta"] {
        put(key, Known::Is(Value::Null));
    }
    put("msg", Known::Is(json!(format!("{did} not run command since '{path}' {because}"))));
}

/// As Python's `splitlines`, for the line ends that programs print.
/// As Python prints a duration: `0:00:01.234567`.
fn delta(seconds: f64) -> String {
    let whole = seconds.max(0.0).floor();
    let micros = ((seconds.max(0.0) - whole) * 1e6).round().min(999_999.0);
    let (hours, rest) = ((whole / 3600.0).floor(), whole % 3600.0);
    format!("{hours}:{:02}:{:02}.{micros:06}", (rest / 60.0).floor(), rest % 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_as_python_prints_them() {
        assert_eq!(delta(0.003_456), "0:00:00.003456");
        assert_eq!(delta(3_725.5), "1:02:05.500000");
    }

}
