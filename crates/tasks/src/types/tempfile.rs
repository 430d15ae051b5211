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
use crate::UserPath;

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
        path: Option<UserPath>,
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
    fn run(&self, folder: Option<&AbsPath>) -> Change {
        let (flag, what) = match self.state {
            TemporaryState::File => ("", "file"),
            TemporaryState::Directory => ("-d ", "folder"),
        };
        let folder = match folder {
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
    /// The folder, `None` where the system's is taken.
    type Seen = Option<Known<AbsPath>>;

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
        let Some(path) = &self.path else { return Vec::new() };
        let folder = path.absolute().map(|path| Want::Entry { path: path.clone(), follow: true, content: false });
        path.wants().into_iter().chain(folder).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Option<Known<AbsPath>>> {
        let Some(path) = &self.path else { return Ok(None) };
        Ok(Some(match path.resolve(on)? {
            Known::Is(path) => match on.entry(&path, true)? {
                Known::Is(Some(_)) => Known::Is(path),
                Known::Is(None) => {
                    let message = format!("[Errno 2] No such file or directory: '{path}'");
                    let mend = format!("make the folder with a `file` task: `path: {path}`, `state: directory`");
                    return Err(Error::failed(message).help(mend));
                }
                Known::Unknown(why) => Known::Unknown(why),
            },
            Known::Unknown(why) => Known::Unknown(why),
        }))
    }

    fn plan(&self, seen: &Option<Known<AbsPath>>) -> Result<Plan> {
        Ok(match seen {
            None => Plan::changes(vec![self.run(None)]),
            Some(Known::Is(folder)) => Plan::changes(vec![self.run(Some(folder))]),
            // It is made for sure; only where, is not known.
            Some(Known::Unknown(_)) => {
                Plan::changes(vec![self.run(self.path.as_ref().and_then(UserPath::absolute))])
            }
        })
    }

    fn checked(&self, _seen: &Option<Known<AbsPath>>, _plan: &Plan) -> Option<Returned> {
        Some(passed_over(Some("remote module (ansible.builtin.tempfile) does not support check mode")))
    }

    fn result(&self, _seen: &Option<Known<AbsPath>>, _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
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
