//! `cron`: jobs and variables of crontabs.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Attributes;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Known;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::Write;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::group::Presence;
use crate::Controller;
use crate::Error;
use crate::FileArguments;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts;
use crate::facts::crontab;
use crate::facts::crontab::Crontab;
use crate::files;
use crate::files::Edit;
use crate::files::Edited;
use crate::files::NewText;

mod table;

use table::Table;

words! {
    /// A time with a name, crontab(5).
    pub enum SpecialTime {
        /// Once a year.
        Annually = "annually",
        /// Once a day.
        Daily = "daily",
        /// Once an hour.
        Hourly = "hourly",
        /// Once a month.
        Monthly = "monthly",
        /// When the machine starts.
        Reboot = "reboot",
        /// Once a week.
        Weekly = "weekly",
        /// Once a year.
        Yearly = "yearly",
    }
}

arguments! {
    /// Manages jobs and variables of crontabs.
    pub struct Cron {
        /// The job's name, in a comment above it; with `env` the variable's.
        name: Text,
        /// Whose crontab, by default of who runs the task; as whom the job of a `cron_file` runs.
        user: Option<String>,
        /// The command; with `env` the variable's value.
        job | "value": Option<Text>,
        /// A file that cron reads, in /etc/cron.d where the path is relative, in place of a user's crontab.
        cron_file: Option<Text>,
        /// Whether the job or variable should be there.
        state: Presence = Presence::Present,
        /// Keeps the old crontab in /tmp.
        backup: bool = false,
        /// Minute.
        minute: String = "*".to_owned(),
        /// Hour.
        hour: String = "*".to_owned(),
        /// Day of the month.
        day | "dom": String = "*".to_owned(),
        /// Month.
        month: String = "*".to_owned(),
        /// Day of the week.
        weekday | "dow": String = "*".to_owned(),
        /// A time with a name, in place of the five.
        special_time: Option<SpecialTime>,
        /// Whether the job is a comment.
        disabled: bool = false,
        /// Manages a variable.
        env: bool = false,
        /// The variable behind which a new one goes.
        insertafter: Option<String>,
        /// The variable before which a new one goes.
        insertbefore: Option<String>;
        /// Whether the job must not be shown.
        secret: bool,
        /// What is appended to the name of a backup.
        suffix: Option<String>,
    }
}

/// What was seen.
#[derive(Debug)]
pub enum Seen {
    /// A file.
    File(Edited),
    /// A user's crontab.
    User(Known<String>),
}

impl Cron {
    fn file(&self) -> Option<AbsPath> {
        Some(AbsPath::root().join("etc/cron.d").join(&self.cron_file.as_ref()?.text))
    }

    fn is_present(&self) -> bool {
        self.state == Presence::Present
    }

    fn whose(&self) -> Crontab {
        Crontab(self.user.clone().unwrap_or_default())
    }

    fn edit<'a>(&self, path: &'a AbsPath, plain: &'a FileArguments) -> Edit<'a> {
        Edit { path, create: true, secret: self.secret, file: plain, validate: None, backup: None }
    }

    /// The line of the job.
    fn job_line(&self) -> String {
        let job = self.job.as_ref().map_or("", |job| job.text.trim_matches(['\r', '\n']));
        let disabled = if self.disabled { "#" } else { "" };
        let time = match self.special_time.as_ref().map(crate::Argument::write) {
            Some(evenkeel_yaml::Value::Str(word)) => format!("@{word}"),
            _ => [&self.minute, &self.hour, &self.day, &self.month, &self.weekday].map(String::as_str).join(" "),
        };
        match self.cron_file.as_ref().and(self.user.as_ref()) {
            Some(user) => format!("{disabled}{time} {user} {job}"),
            None => format!("{disabled}{time} {job}"),
        }
    }

    fn table(&self, old: &str) -> Result<Table> {
        let mut table = Table::read(old);
        let name = &self.name.text;
        match (self.env, self.is_present()) {
            (true, true) => {
                let value = self.job.as_ref().map_or("", |job| job.text.as_str());
                let (after, before) = (self.insertafter.as_deref(), self.insertbefore.as_deref());
                table.set_variable(name, value, after, before).map_err(|other| {
                    Error::failed(format!("Variable named '{other}' not found."))
                })?;
            }
            (true, false) => table.remove_variable(name),
            (false, true) => table.set_job(name, &self.job_line()),
            (false, false) => table.remove_job(name),
        }
        Ok(table)
    }

    fn new_text(&self, old: &str) -> Result<String> {
        Ok(self.table(old)?.text())
    }

    fn unchanged(&self) -> String {
        let what = if self.env { "the variable" } else { "the job" };
        let has = if self.is_present() { "has" } else { "has not" };
        match (self.file(), &self.user) {
            (Some(path), _) => format!("{path} {has} {what} {}", self.name),
            (None, Some(user)) => format!("the crontab of {user} {has} {what} {}", self.name),
            (None, None) => format!("the crontab {has} {what} {}", self.name),
        }
    }

    /// The old text, kept in /tmp.
    fn kept(&self, old: &str) -> Option<Change> {
        let path = AbsPath::new(&format!("/tmp/crontab{}", self.suffix.as_ref()?))?;
        Some(Change::Write(Box::new(Write {
            path,
            content: files::to_bytes(old).into(),
            attributes: Attributes { mode: Some(0o600), ..Attributes::default() },
            before: Before::Absent,
            validate: None,
            backup: None,
            secret: self.secret,
            unsafe_write: false,
        })))
    }

    fn plan_file(&self, edited: &Edited, path: &AbsPath) -> Result<Plan> {
        let old = match edited.text() {
            Known::Is(old) => old.map(files::to_text),
            Known::Unknown(why) => return Ok(files::unknown_content(edited.target(), true, &why)),
        };
        let table = self.table(old.as_deref().unwrap_or_default())?;
        let removed = !self.is_present() && !self.env && table.is_empty();
        let mut plan = match (&old, edited.target().present()) {
            (None, _) if !self.is_present() => Plan::unchanged(format!("{path} does not exist")),
            (Some(old), Some(entry)) if removed && self.new_text(old)? != *old => {
                let before = Before::Was(Arc::clone(entry));
                Plan::changes(vec![Change::Remove { path: path.clone(), before }])
            }
            _ => {
                let plain = FileArguments::none();
                let new = |_: Option<&[u8]>| {
                    Ok(NewText { text: files::to_bytes(&table.text()), message: "changed".to_owned() })
                };
                self.edit(path, &plain).plan(edited, false, new, || self.unchanged())?
            }
        };
        if let (Some(old), false) = (&old, plan.changes.is_empty()) {
            plan.changes.splice(0..0, self.kept(old));
        }
        Ok(plan)
    }

    fn plan_user(&self, old: &str) -> Result<Plan> {
        let new = self.new_text(old)?;
        if new == old {
            return Ok(Plan::unchanged(self.unchanged()));
        }
        let whose = self.user.as_ref().map(|user| format!(" of {user}")).unwrap_or_default();
        let script = format!("{}tab -\n", crontab::tab(&self.whose().0));
        let command = Command { stdin: Some(Secret::new(files::to_bytes(&new))), ..Command::shell(script) };
        let summary = format!("install the crontab{whose}");
        let run = Run::new(summary, command).predict(self.whose(), Known::Is(Some(new.clone())));
        let changes = self.kept(old).into_iter().chain([Change::Run(Box::new(run))]).collect();
        let plan = Plan::changes(changes);
        Ok(if self.secret { plan } else { plan.show(format!("crontab{whose}"), shown(old), shown(&new)) })
    }
}

/// A crontab as it can be printed.
fn shown(text: &str) -> String {
    String::from_utf8_lossy(&files::to_bytes(text)).into_owned()
}

impl TaskType for Cron {
    const NAME: &'static str = "cron";
    const ABOUT: &'static str = "Manages jobs and variables of crontabs.";
    const EXAMPLE: &'static str = "- name: Keep a snapshot of etcd each night\n  ansible.builtin.cron:\n    name: etcd snapshot\n    minute: \"0\"\n    hour: \"3\"\n    job: /usr/local/sbin/etcd-snapshot\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |is: bool, message: &str| {
            if is {
                problems.push(Problem::error("task::cron", message).at(&self.name.place, "in this task"));
            }
        };
        let times = [&self.minute, &self.hour, &self.day, &self.month, &self.weekday];
        let present = self.is_present();
        wrong(
            self.cron_file.as_ref().is_some_and(|file| file.text == "/etc/crontab"),
            "Will not manage /etc/crontab via cron_file, see documentation.",
        );
        wrong(
            self.special_time.is_some() && times.iter().any(|time| *time != "*"),
            "You cannot combine special_time with any of the time or day/date parameters.",
        );
        wrong(
            present && self.cron_file.is_some() && self.user.is_none(),
            "To use cron_file=... parameter you must specify user=... as well",
        );
        wrong(present && self.job.is_none(), "You must specify 'job' to install a new cron job or variable");
        let beside = self.insertafter.is_some() || self.insertbefore.is_some();
        wrong(present && beside && !self.env, "Insertafter and insertbefore parameters are valid only with env=yes");
        wrong(
            self.insertafter.is_some() && self.insertbefore.is_some(),
            "parameters are mutually exclusive: insertafter|insertbefore",
        );
        wrong(self.env && self.name.text.contains(' '), "Invalid name for environment variable");
        wrong(
            self.name.text.contains(['\n', '\r']),
            "the name has several lines; it is one comment above the job, or one variable",
        );
        wrong(
            present && self.job_line().contains('\n'),
            "the job has several lines, which cron reads as several jobs; put them into a script",
        );
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.secret = controller.is_secret("job");
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        match self.file() {
            Some(path) => self.edit(&path, &FileArguments::none()).wants(),
            None => vec![facts::want(self.whose())],
        }
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        if let Some(path) = self.file() {
            return Ok(Seen::File(self.edit(&path, &FileArguments::none()).observe(on)?));
        }
        Ok(Seen::User(match on.fact(self.whose())? {
            Known::Is(Some(text)) => Known::Is(text),
            Known::Is(None) => {
                let message = "Failed to find required executable \"crontab\" in paths";
                return Err(Error::failed(message).help("install it: `apt`, `name: cron`"));
            }
            Known::Unknown(why) => Known::Unknown(why),
        }))
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        match (seen, self.file()) {
            (Seen::File(edited), Some(path)) => self.plan_file(edited, &path),
            (Seen::User(Known::Is(old)), _) => self.plan_user(old),
            (Seen::User(Known::Unknown(why)), _) => Ok(Plan::unknown(self.plan_user("")?.changes, why.as_ref())),
            (Seen::File(_), None) => Ok(Plan::unchanged(self.unchanged())),
        }
    }

    fn result(&self, seen: &Seen, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let old = match seen {
            Seen::File(edited) => {
                edited.text().map(|old| String::from_utf8_lossy(old.unwrap_or_default()).into_owned())
            }
            Seen::User(text) => text.as_ref().map(|text| shown(text)),
        };
        let table = old.map(|old| self.table(&old).unwrap_or_else(|_| Table::read(&old)));
        let mut returned = Returned::new();
        returned.insert("jobs".to_owned(), table.as_ref().map(|table| json!(table.jobs())));
        returned.insert("envs".to_owned(), table.as_ref().map(|table| json!(table.variables())));
        if let Some(file) = &self.cron_file {
            returned.insert("cron_file".to_owned(), Known::Is(json!(file.text)));
        }
        if let (Some(suffix), false) = (&self.suffix, plan.changes.is_empty()) {
            returned.insert("backup_file".to_owned(), Known::Is(json!(format!("/tmp/crontab{suffix}"))));
        }
        returned
    }
}
