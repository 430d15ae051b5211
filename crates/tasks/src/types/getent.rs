//! `getent`: entries of the machine's databases, as facts.

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::service_facts::plan_of;
use super::service_facts::result_of;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::getent;
use crate::facts::getent::Entries;
use crate::facts::want;

arguments! {
    /// Tells of entries of a machine's databases.
    pub struct Getent {
        /// The database: `passwd`, `group`, `hosts`, `services`, ...
        database: Text,
        /// The entry; without it all are told.
        key: Option<String>,
        /// The one source that is asked, as /etc/nsswitch.conf names them.
        service: Option<String>,
        /// What separates the fields of an entry: `:` for accounts, else blanks.
        split: Option<String>,
        /// Whether a missing key is a failure.
        fail_key: bool = true,
    }
}

/// Databases whose fields are separated by colons.
const COLONS: [&str; 4] = ["passwd", "shadow", "group", "gshadow"];

impl Getent {
    fn question(&self) -> getent::Getent {
        getent::Getent {
            database: self.database.text.clone(),
            key: self.key.clone(),
            service: self.service.clone(),
        }
    }

    /// The file behind a database, which a task before this one may have written.
    fn file(&self) -> Option<Want> {
        let path = AbsPath::new(&format!("/etc/{}", self.database))?;
        Some(Want::Entry {
            path,
            follow: true,
            content: false,
        })
    }

    fn name(&self) -> String {
        format!("getent_{}", self.database)
    }

    fn fields<'l>(&self, line: &'l str) -> Vec<&'l str> {
        let own = self.split.as_deref();
        match own.or_else(|| COLONS.contains(&self.database.text.as_str()).then_some(":")) {
            Some(split) => line.split(split).collect(),
            None => line.split_whitespace().collect(),
        }
    }

    /// Key to fields; several entries under one key are a list of theirs.
    fn tree(&self, entries: &Entries) -> Value {
        let mut tree: Map<String, Value> = Map::new();
        let mut repeated: Vec<String> = Vec::new();
        for line in &entries.lines {
            let fields = self.fields(line);
            let Some((key, rest)) = fields.split_first() else {
                continue;
            };
            match tree.get_mut(*key) {
                Some(Value::Array(before)) => {
                    if !repeated.iter().any(|other| other == key) {
                        *before = vec![Value::Array(std::mem::take(before))];
                        repeated.push((*key).to_owned());
                    }
                    before.push(json!(rest));
                }
                _ => drop(tree.insert((*key).to_owned(), json!(rest))),
            }
        }
        if let (2, Some(key)) = (entries.code, &self.key) {
            tree.insert(key.clone(), Value::Null);
        }
        Value::Object(tree)
    }
}

impl TaskType for Getent {
    const NAME: &'static str = "getent";
    const ABOUT: &'static str = "Tells of entries of a machine's databases (accounts, hosts, services), as facts.";
    const EXAMPLE: &'static str = "\
- name: The account of HAProxy, if there is one
  ansible.builtin.getent:
    database: passwd
    key: haproxy
    fail_key: false
";
    const CHANGES: bool = false;
    type Seen = Known<Entries>;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let name = &self.database.text;
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let mut problems = Vec::new();
        if name.is_empty() || name.starts_with('-') || !name.chars().all(fits) {
            problems.push(
                Problem::error("task::value", format!("`{name}` is no database"))
                    .at(&self.database.place, "expected a name as `passwd`"),
            );
        }
        if self.split.as_deref() == Some("") {
            problems.push(Problem::error("task::value", "`split` is empty").help("leave it out for blanks"));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        std::iter::once(want(self.question())).chain(self.file()).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Known<Entries>> {
        if let Some(Want::Entry { path, .. }) = self.file() {
            match on.entry(&path, true)? {
                Known::Is(Some(entry)) if entry.stat.is_forecast() => {
                    return Ok(Known::unknown(format!("writing {path}")));
                }
                Known::Is(_) => {}
                Known::Unknown(why) => return Ok(Known::Unknown(why)),
            }
        }
        Ok(on.fact(self.question())?)
    }

    fn plan(&self, seen: &Known<Entries>) -> Result<Plan> {
        let message = match seen.as_ref().ok().map_or(0, |entries| entries.code) {
            0 => None,
            1 => Some("Missing arguments, or database unknown."),
            2 if !self.fail_key && self.key.is_some() => None,
            2 => Some("One or more supplied key could not be found in the database."),
            3 => Some("Enumeration not supported on this database."),
            _ => Some("Unexpected failure!"),
        };
        if let Some(message) = message {
            let key = self.key.as_deref().unwrap_or("");
            return Err(Error::failed(message).help(format!("asked was `getent {} {key}`", self.database)));
        }
        let tree = seen.as_ref().map(|entries| self.tree(entries));
        Ok(plan_of(&self.name(), tree, "entries are told of"))
    }

    fn result(&self, seen: &Known<Entries>, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = result_of(&self.name(), &seen.as_ref().map(|entries| self.tree(entries)));
        if matches!(seen, Known::Is(entries) if entries.code == 2) {
            let message = "One or more supplied key could not be found in the database.";
            returned.insert("msg".to_owned(), Known::Is(json!(message)));
        }
        returned
    }
}
