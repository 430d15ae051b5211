//! `tempfile`: a file or folder of a name that nobody else has.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Known;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;
use serde_json::Value;
use serde_json::json;

use super::raw::passed_over;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;

words! {
    /// What is made.
    pub enum TemporaryState {
        /// A file.
        File = "file",
        /// A folder.
        Directory = "directory",
    }
}

arguments! {
    /// Makes a file or folder of a name that nobody else has, for its maker alone.
    pub struct Tempfile {
        /// Whether a file or a folder is made.
        state: TemporaryState = TemporaryState::File,
        /// The folder to make it in; by default the system's for temporary files.
        path: Option<AbsPath>,
        /// What its name begins with.
        prefix: Text = Text::new("ansible."),
        /// What its name ends with.
        suffix: Text = Text::new(""),
    }
}

/// The keys of a result that the machine prints, in the order of [`STAT`].
const KEYS: [&str; 6] = ["uid", "gid", "owner", "group", "mode", "size"];
const STAT: &str = "stat -c '%u %g %U %G 0%a %s' -- \"$f\"";

impl Tempfile {
    fn run(&self) -> Change {
        let (flag, what) = match self.state {
            TemporaryState::File => ("", "file"),
            TemporaryState::Directory => ("-d ", "folder"),
        };
        let folder = match &self.path {
            Some(path) => quote(path.as_str()).into_owned(),
            None => "\"${TMPDIR:-/tmp}\"".to_owned(),
        };
        let suffix = format!("--suffix={}", self.suffix.text);
        let template = format!("{}XXXXXXXX", self.prefix.text);
        let script = format!(
            "f=$(mktemp {flag}{} {folder}/{}) || exit\nprintf '%s\\n' \"$f\"; {STAT}\n",
            quote(&suffix),
            quote(&template)
        );
        let run = Run::new(format!("make a temporary {what} {}…{}", self.prefix, self.suffix), Command::shell(script));
        Change::Run(Box::new(run))
    }
}

impl TaskType for Tempfile {
    const NAME: &'static str = "tempfile";
    const ABOUT: &'static str = "Makes a file or folder of a name that nobody else has.";
    const EXAMPLE: &'static str = "- name: Make a folder to unpack in\n  ansible.builtin.tempfile:\n    state: directory\n    suffix: .unpacked\n  register: unpacked\n";
    type Seen = ();

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let wrong = |name: &str, text: &Text| {
            let message = format!("{name} must be a valid file name component, got '{text}'");
            Problem::error("task::tempfile", message)
                .at(&text.place, "no `/` can be in it")
                .help("name the folder with `path`")
        };
        let mut problems: Vec<Problem> = [("prefix", &self.prefix), ("suffix", &self.suffix)]
            .into_iter()
            .filter(|(_, text)| text.text.contains('/'))
            .map(|(name, text)| wrong(name, text))
            .collect();
        if self.prefix.text.ends_with('X') {
            let problem = Problem::error("task::tempfile", "`prefix` ends with `X`, which mktemp(1) would replace");
            problems.push(problem.at(&self.prefix.place, "this prefix").help("let it end with another character"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn wants(&self) -> Vec<Want> {
        let want = |path: &AbsPath| Want::Entry { path: path.clone(), follow: true, content: false };
        self.path.iter().map(want).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        // Where it is not known whether the folder is there, the file is made for sure all the same.
        if let Known::Is(None) = on.entry(path, true)? {
            let message = format!("[Errno 2] No such file or directory: '{path}'");
            let mend = format!("make the folder with a `file` task: `path: {path}`, `state: directory`");
            return Err(Error::failed(message).help(mend));
        }
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        Ok(Plan::changes(vec![self.run()]))
    }

    fn checked(&self, _seen: &(), _plan: &Plan) -> Option<Returned> {
        Some(passed_over(Some("remote module (ansible.builtin.tempfile) does not support check mode")))
    }

    fn result(&self, _seen: &(), _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let output = outputs.get(0);
        let line = |index: usize| {
            let line = |output: &evenkeel_host::Output| {
                output.text().lines().nth(index).unwrap_or_default().to_owned()
            };
            output.as_ref().map(line)
        };
        let mut returned = Returned::new();
        returned.insert("path".to_owned(), line(0).map(Value::from));
        let state = match self.state {
            TemporaryState::File => "file",
            TemporaryState::Directory => "directory",
        };
        returned.insert("state".to_owned(), Known::Is(json!(state)));
        for (index, key) in KEYS.into_iter().enumerate() {
            let word = |line: String| {
                let word = line.split(' ').nth(index).unwrap_or_default().to_owned();
                match (key, word.parse::<u64>()) {
                    ("uid" | "gid" | "size", Ok(number)) => json!(number),
                    _ => json!(word),
                }
            };
            returned.insert(key.to_owned(), line(1).map(word));
        }
        returned
    }
}
