//! Running one case.

use std::sync::Mutex;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Certainty;
use evenkeel_host::Commit;
use evenkeel_host::Host;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Look;
use evenkeel_host::Output;
use evenkeel_host::View;
use evenkeel_host::Who;
use evenkeel_tasks::Error;
use evenkeel_tasks::Outputs;
use evenkeel_tasks::Planned;
use evenkeel_tasks::Task;
use evenkeel_yaml::Node;
use evenkeel_yaml::Source;
use serde_json::Value;
use serde_json::json;

use crate::controller::Described;
use crate::host::host;
use crate::outcome;

const KEYS: [&str; 6] = ["args", "become", "host", "controller", "outputs", "expect"];
const EXPECTED: [&str; 18] = [
    "asks",
    "error",
    "help",
    "at",
    "unchanged",
    "changes",
    "unsure",
    "diff",
    "message",
    "warnings",
    "variables",
    "facts",
    "control",
    "after",
    "result",
    "forecast",
    "again",
    "saves",
];

/// Writes down what is asked.
struct Recorder<'a> {
    host: &'a Layer,
    asked: Mutex<Vec<Ask>>,
}

impl Look for Recorder<'_> {
    fn look(&self, asks: &[Ask]) -> evenkeel_host::Result<Vec<Known<Answer>>> {
        self.asked.lock().unwrap().extend_from_slice(asks);
        self.host.look(asks)
    }
}

struct Case<'a> {
    name: &'a str,
    whole: Value,
    args: Node,
    who: Who,
    failures: Vec<String>,
}

/// Runs a case; the error says what is not as expected.
pub(crate) fn run(module: &str, name: &str, text: &str) -> Result<(), String> {
    let source = Source::new(name, text);
    let (node, _) = evenkeel_yaml::load_one(&source).map_err(|problem| problem.to_string())?;
    let args = node
        .as_map()
        .and_then(|map| map.get("args"))
        .cloned()
        .ok_or("a case needs `args`")?;
    let whole = evenkeel_tasks::json::of_node(&node);
    only(&whole, &KEYS)?;
    only(&whole["expect"], &EXPECTED)?;
    let who = whole["become"]
        .as_str()
        .map_or(Who::Login, |user| Who::Become(user.into()));
    let mut case = Case {
        name: module,
        whole,
        args,
        who,
        failures: Vec::new(),
    };
    case.run();
    if case.failures.is_empty() {
        Ok(())
    } else {
        Err(case.failures.join("\n"))
    }
}

fn only(value: &Value, keys: &[&str]) -> Result<(), String> {
    let wrong = value
        .as_object()
        .into_iter()
        .flatten()
        .find(|(key, _)| !keys.contains(&key.as_str()));
    wrong.map_or(Ok(()), |(key, _)| Err(format!("`{key}` is no key of a case")))
}

impl Case<'_> {
    fn expected(&self, key: &str) -> Value {
        self.whole["expect"].get(key).cloned().unwrap_or(Value::Null)
    }

    fn compare(&mut self, what: &str, found: &Value, expected: &Value) {
        if found != expected {
            let pretty = |value: &Value| match value {
                Value::String(text) => text.clone(),
                other => serde_json::to_string_pretty(other).unwrap(),
            };
            self.failures.push(format!(
                "-- {what}: expected\n{}\n-- found\n{}",
                pretty(expected),
                pretty(found)
            ));
        }
    }

    fn run(&mut self) {
        let host = host(&self.whole["host"]);
        match self
            .prepare()
            .and_then(|task| Ok((self.plan(&*task, &host)?, task)))
        {
            Err(error) => self.failed(&error),
            Ok((planned, task)) => {
                self.all_announced(&*task, &host);
                self.planned(&host, &*task, &planned);
            }
        }
    }

    fn prepare(&self) -> Result<Box<dyn Task>, Error> {
        let module = evenkeel_tasks::module(self.name).expect("the folder is named as a task type");
        let map = module.arguments(&self.args)?;
        let mut task = (module.parse)(&map, &self.args.place).map_err(|mut problems| {
            assert!(!problems.is_empty(), "refused without a problem");
            Error::from(problems.remove(0))
        })?;
        task.prepare(&mut Described(&self.whole["controller"]))?;
        Ok(task)
    }

    fn plan(&self, task: &dyn Task, host: &dyn Look) -> Result<Planned, Error> {
        task.plan(&View::new(host, self.who.clone()))
    }

    /// A machine on which nothing is to be done is asked only what was announced.
    fn all_announced(&mut self, task: &dyn Task, host: &Layer) {
        let recorder = Recorder {
            host,
            asked: Mutex::default(),
        };
        let planned = self.plan(task, &recorder);
        if planned.is_ok_and(|planned| planned.plan.unchanged.is_empty())
            || self.expected("asks") == json!("more")
        {
            return;
        }
        let wants = task.wants();
        for ask in recorder.asked.into_inner().unwrap() {
            if !wants.contains(&ask.want) {
                self.failures.push(format!("-- not announced: {:?}", ask.want));
            }
        }
    }

    fn failed(&mut self, error: &Error) {
        let (help, at) = match error {
            Error::Problem(problem) => (problem.help.join("\n"), problem.at.as_ref()),
            Error::Failed { help, .. } => (help.clone().unwrap_or_default(), None),
            Error::Host(_) => (String::new(), None),
        };
        let message = error.to_string();
        let found = if let Error::Problem(problem) = error {
            problem.message.clone()
        } else {
            message
        };
        self.part_of("error", &found);
        self.part_of("help", &help);
        if let Some(expected) = self.expected("at").as_str() {
            let found = at.map(|(place, _)| place.text().trim_end().to_owned());
            self.compare("at", &json!(found), &json!(expected));
        }
    }

    fn part_of(&mut self, key: &str, found: &str) {
        match self.expected(key) {
            Value::String(expected) if found.contains(&expected) => {}
            Value::Null if key != "error" => {}
            expected => self.compare(key, &json!(found), &expected),
        }
    }

    fn planned(&mut self, host: &Layer, task: &dyn Task, planned: &Planned) {
        let plan = &planned.plan;
        let lines: Vec<String> = plan.changes.iter().map(outcome::line).collect();
        let expected = self.expected("changes");
        let expected = if expected.is_null() { json!([]) } else { expected };
        self.compare("changes", &json!(lines), &expected);
        self.compare("error", &Value::Null, &self.expected("error"));
        if plan.changes.is_empty()
            && plan.certainty == Certainty::Sure
            && plan.unchanged.is_empty()
            && plan.changed != Some(true)
        {
            self.failures
                .push("-- nothing is planned, and no reason is given".to_owned());
        }
        let unchanged = (!plan.unchanged.is_empty()).then(|| plan.unchanged.clone());
        self.compare("unchanged", &json!(unchanged), &self.expected("unchanged"));
        let unsure = match &plan.certainty {
            Certainty::Sure => None,
            Certainty::Unknown(why) => Some(why.clone()),
        };
        self.compare("unsure", &json!(unsure), &self.expected("unsure"));
        if let Some(diff) = self.expected("diff").as_str() {
            self.compare("diff", &json!(outcome::diff(&plan.changes)), &json!(diff));
        }
        self.effects(planned);
        let forecast = planned.result(&Outputs::Forecast);
        let expected = self.expected("forecast");
        self.compare(
            "forecast",
            &outcome::returned(&forecast, &expected),
            &or_empty(&expected),
        );
        if unsure.is_none() {
            self.make(host, task, planned);
        }
    }

    fn effects(&mut self, planned: &Planned) {
        let plan = &planned.plan;
        let warnings = if plan.warnings.is_empty() {
            Value::Null
        } else {
            json!(plan.warnings)
        };
        self.compare("warnings", &warnings, &self.expected("warnings"));
        self.compare("message", &json!(plan.message), &self.expected("message"));
        let saves: serde_json::Map<String, Value> = plan
            .effects
            .saves
            .iter()
            .map(|saved| {
                let text = match &saved.bytes {
                    Known::Is(bytes) => json!(String::from_utf8_lossy(bytes)),
                    Known::Unknown(why) => json!({ "unknown": why }),
                };
                (saved.path.display().to_string(), text)
            })
            .collect();
        self.compare("saves", &Value::Object(saves), &or_empty(&self.expected("saves")));
        let control = plan
            .effects
            .control
            .as_ref()
            .map(|control| format!("{control:?}"))
            .map(|text| text.split('(').next().unwrap_or_default().to_owned());
        self.compare("control", &json!(control), &self.expected("control"));
        for (key, found) in [
            ("variables", &plan.effects.variables),
            ("facts", &plan.effects.facts),
        ] {
            let shown = |value: &Known<Value>| match value {
                Known::Is(value) => value.clone(),
                Known::Unknown(_) => json!("unknown"),
            };
            let found: serde_json::Map<String, Value> = found
                .iter()
                .map(|(name, value)| (name.clone(), shown(value)))
                .collect();
            let expected = or_empty(&self.expected(key));
            self.compare(key, &Value::Object(found), &expected);
        }
    }

    fn make(&mut self, host: &Layer, task: &dyn Task, planned: &Planned) {
        let then = planned.then.iter().map(|want| Ask {
            who: self.who.clone(),
            want: want.clone(),
        });
        let changes = planned.plan.changes.clone();
        let commit = Commit {
            who: self.who.clone(),
            changes,
            then: then.collect(),
            ..Commit::default()
        };
        let committed = host.commit(&commit).unwrap();
        if let Some(failure) = &committed.failed {
            self.failures.push(format!("-- the host refuses: {failure:?}"));
            return;
        }
        let mut outputs = committed.done;
        for (index, given) in self.whole["outputs"].as_array().into_iter().flatten().enumerate() {
            let bytes = |key: &str| given[key].as_str().unwrap_or("").as_bytes().to_vec();
            let code = i32::try_from(given["code"].as_i64().unwrap_or(0)).unwrap();
            let seconds = given["seconds"].as_f64().unwrap_or(0.0);
            outputs[index] = Output {
                code,
                stdout: bytes("stdout"),
                stderr: bytes("stderr"),
                seconds,
            };
        }
        let result = planned.result(&Outputs::Seen {
            outputs: Some(&outputs),
            answers: &committed.answers,
        });
        let expected = self.expected("result");
        self.compare(
            "result",
            &outcome::returned(&result, &expected),
            &or_empty(&expected),
        );
        self.after(host);
        self.again(host, task);
    }

    fn after(&mut self, host: &Layer) {
        let view = View::new(host, self.who.clone());
        for (path, expected) in self.expected("after").as_object().into_iter().flatten() {
            let found = match view.file(&AbsPath::new(path).unwrap(), false).unwrap() {
                Known::Is(Some(entry)) => outcome::shown(&entry, expected),
                Known::Is(None) => Value::Null,
                Known::Unknown(why) => json!(format!("unknown: {why}")),
            };
            self.compare(&format!("after {path}"), &found, expected);
        }
    }

    fn again(&mut self, host: &Layer, task: &dyn Task) {
        match self.plan(task, host) {
            Ok(again) => {
                let settled = again.plan.changes.is_empty() && again.plan.certainty == Certainty::Sure;
                let lines: Vec<String> = again.plan.changes.iter().map(outcome::line).collect();
                if settled == (self.expected("again") == json!(true)) {
                    self.failures
                        .push(format!("-- planned again: {lines:?} {:?}", again.plan.certainty));
                }
            }
            Err(error) => self.failures.push(format!("-- planned again: {error}")),
        }
    }
}

fn or_empty(value: &Value) -> Value {
    if value.is_null() { json!({}) } else { value.clone() }
}
