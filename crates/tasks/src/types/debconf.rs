//! `debconf`: answers to the questions of Debian's packages.

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use serde_json::json;
use sha2::Digest;
use std::collections::BTreeMap;

use crate::Argument;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::debconf::Answers;
use crate::facts::debconf::Password;
use crate::facts::want;

words! {
    /// What an answer is.
    pub enum Kind {
        /// `true` or `false`.
        Boolean = "boolean",
        /// A message about an error.
        Error = "error",
        /// Several of a list.
        Multiselect = "multiselect",
        /// A message.
        Note = "note",
        /// A secret.
        Password = "password",
        /// Whether the question was shown.
        Seen = "seen",
        /// One of a list.
        Select = "select",
        /// A line.
        String = "string",
        /// A message without answer.
        Text = "text",
        /// A title.
        Title = "title",
    }
}

arguments! {
    /// Answers the questions of Debian's packages before they ask.
    pub struct Debconf {
        /// The package whose questions they are.
        name | "pkg": Text,
        /// The question; without it the answers are only told.
        question | "selection" | "setting": Option<Text>,
        /// What the answer is.
        vtype: Option<Kind>,
        /// The answer; a list for `multiselect`.
        value | "answer": Option<Node>,
        /// Whether the question counts as not shown yet.
        unseen: bool = false,
    }
}

/// What was seen of a package's answers.
#[derive(Debug)]
pub struct Seen {
    answers: Known<BTreeMap<String, String>>,
    password: Known<Option<String>>,
}

/// A question with the answer that it should have.
struct Wanted<'a> {
    question: &'a str,
    kind: Kind,
    /// The answer as debconf takes it.
    value: String,
    /// The parts of a list.
    parts: Option<Vec<String>>,
}

impl Debconf {
    fn wanted(&self) -> Option<Wanted<'_>> {
        let (question, kind, node) = (self.question.as_ref()?, self.vtype?, self.value.as_ref()?);
        let text = |node: &Node| String::read(node).unwrap_or_default();
        let parts = match (&node.value, kind) {
            (Value::Seq(items), Kind::Multiselect) => {
                let mut parts: Vec<String> = items.iter().map(text).collect();
                parts.sort();
                Some(parts)
            }
            _ => None,
        };
        let value = match &parts {
            Some(parts) => parts.join(", "),
            None => text(node),
        };
        Some(Wanted {
            question: &question.text,
            kind,
            value: if kind == Kind::Boolean { value.to_lowercase() } else { value },
            parts,
        })
    }

    fn password(&self, wanted: &Wanted<'_>) -> Option<Password> {
        (wanted.kind == Kind::Password).then(|| Password {
            package: self.name.text.clone(),
            question: wanted.question.to_owned(),
        })
    }

    fn run(&self, seen: &Seen, wanted: &Wanted<'_>) -> Run {
        let name = &self.name.text;
        let mut argv = vec!["debconf-set-selections"];
        argv.extend(self.unseen.then_some("-u"));
        let mut command = Command::argv(argv);
        let kind = match wanted.kind.write() {
            Value::Str(word) => word,
            _ => String::new(),
        };
        let line = format!("{name} {} {kind} {}", wanted.question, wanted.value);
        command.stdin = Some(Secret::new(line.into_bytes()));
        let mut run = Run::new(format!("answer {} of {name}", wanted.question), command);
        match (&seen.answers, wanted.kind) {
            (Known::Is(answers), Kind::Boolean | Kind::String | Kind::Select | Kind::Multiselect) => {
                let mut answers = answers.clone();
                answers.insert(wanted.question.to_owned(), wanted.value.trim().to_owned());
                run.predict(Answers(name.clone()), Known::Is(answers))
            }
            _ => {
                run.obscures.push(Obscures::Fact(Answers::FAMILY, name.clone()));
                match self.password(wanted) {
                    Some(password) => run.predict(password, Known::Is(Some(digest(&wanted.value)))),
                    None => run,
                }
            }
        }
    }
}

fn digest(text: &str) -> String {
    use std::fmt::Write;
    sha2::Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::new(), |mut hex, byte| {
            // Writing into a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Whether the answer is the wanted one.
fn is_so(seen: &Seen, wanted: &Wanted<'_>) -> Known<bool> {
    if wanted.kind == Kind::Password {
        let password = seen.password.as_ref();
        return password.map(|found| found.as_deref() == Some(digest(&wanted.value).as_str()));
    }
    seen.answers.as_ref().map(|answers| match answers.get(wanted.question) {
        None => false,
        Some(found) => match &wanted.parts {
            Some(parts) => {
                let mut found: Vec<&str> = found.split(',').map(str::trim).collect();
                found.sort_unstable();
                found == *parts
            }
            None if wanted.kind == Kind::Boolean => found.to_lowercase() == wanted.value,
            None => *found == wanted.value,
        },
    })
}

impl TaskType for Debconf {
    const NAME: &'static str = "debconf";
    const ABOUT: &'static str = "Answers the questions of Debian's packages before they ask.";
    const EXAMPLE: &'static str = "\
- name: The mail server asks nothing
  ansible.builtin.debconf:
    name: postfix
    question: postfix/main_mailer_type
    vtype: select
    value: No configuration
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let given = [self.question.is_some(), self.vtype.is_some(), self.value.is_some()];
        if given.contains(&true) && given.contains(&false) {
            problems.push(
                Problem::error("task::missing", "`question`, `vtype` and `value` go together")
                    .help("give all three, or only `name` to be told the answers"),
            );
        }
        for text in std::iter::once(&self.name).chain(&self.question) {
            if text.text.is_empty() || text.text.starts_with('-') || text.text.contains(char::is_whitespace) {
                problems.push(
                    Problem::error("task::value", format!("`{text}` is neither a package nor a question"))
                        .at(&text.place, "expected one word"),
                );
            }
        }
        if let Some(node) = &self.value {
            match (&node.value, self.vtype) {
                (Value::Seq(items), Some(Kind::Multiselect)) => {
                    let bad = items.iter().filter(|item| item.as_str().is_none());
                    problems.extend(bad.map(|item| {
                        let message = format!("Invalid value provided for 'multiselect': {} is no text", item.kind());
                        Problem::error("task::value", message).at(&item.place, "not text").help("quote it")
                    }));
                }
                (Value::Seq(_) | Value::Map(_), _) => problems.push(
                    Problem::error("task::value", "a list is the answer to a `multiselect` only")
                        .at(&node.place, "expected text"),
                ),
                _ if String::read(node).is_ok_and(|text| text.contains('\n')) => problems.push(
                    Problem::error("task::value", "an answer is one line").at(&node.place, "several lines"),
                ),
                _ => {}
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let password = self.wanted().and_then(|wanted| self.password(&wanted));
        let answers = want(Answers(self.name.text.clone()));
        std::iter::once(answers).chain(password.map(want)).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let password = self.wanted().and_then(|wanted| self.password(&wanted));
        Ok(Seen {
            answers: on.fact(Answers(self.name.text.clone()))?,
            password: match password {
                Some(password) => on.fact(password)?,
                None => Known::Is(None),
            },
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let Some(wanted) = self.wanted() else {
            return Ok(Plan::unchanged("the answers are told"));
        };
        let change = || vec![Change::Run(Box::new(self.run(seen, &wanted)))];
        let question = wanted.question;
        match is_so(seen, &wanted) {
            Known::Is(true) => Ok(Plan::unchanged(format!("{question} is answered so"))),
            Known::Is(false) => {
                let secret = wanted.kind == Kind::Password;
                let line = |value: &str| format!("{question}: {}\n", if secret { "(secret)" } else { value });
                let before = seen.answers.as_ref().ok().and_then(|answers| answers.get(question));
                let before = before.map(|value| line(value)).unwrap_or_default();
                let after = line(&wanted.value);
                Ok(Plan::changes(change()).show(format!("answers of {}", self.name), before, after))
            }
            Known::Unknown(why) => Ok(Plan::unknown(change(), why.to_string())),
        }
    }

    fn result(&self, seen: &Seen, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let answers = seen.answers.clone();
        let mut returned = Returned::from_iter([("msg".to_owned(), Known::Is(json!("")))]);
        match self.wanted().filter(|_| !plan.changes.is_empty()) {
            None => drop(returned.insert("current".to_owned(), answers.map(|answers| json!(answers)))),
            Some(wanted) => {
                let before = |answers: BTreeMap<String, String>| {
                    let found = answers.get(wanted.question).cloned().unwrap_or_default();
                    json!({ wanted.question: found })
                };
                returned.insert("previous".to_owned(), answers.map(before));
                let current = json!({ wanted.question: wanted.value });
                returned.insert("current".to_owned(), Known::Is(current));
            }
        }
        returned
    }
}
