//! `sysctl`: kernel settings, now and after the next start.

mod file;

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;

use super::group::Presence;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::sysctl;
use crate::facts::want;
use crate::files::NewFile;
use crate::files::Steps;
use crate::files::Target;
use crate::files::Wanted;
use crate::files::contents;
use crate::files::to_bytes;
use crate::files::to_text;

/// Where a setting goes that no file sets yet: it sorts after 99-sysctl.conf.
const OWN_FILE: &str = "/etc/sysctl.d/zz-evenkeel.conf";
/// What Ansible writes to, and what only `sysctl --system` reads everywhere.
const CLASSIC_FILE: &str = "/etc/sysctl.conf";
/// The files that belong to the machine's administrator.
const FILES: &str = "/etc/sysctl.d/*.conf";

arguments! {
    /// Manages kernel settings.
    pub struct Sysctl {
        /// The setting's name, with dots: `net.ipv4.ip_forward`.
        name | "key": Text,
        /// The value; booleans become 1 and 0, blanks between several numbers count as one.
        value | "val": Option<Text>,
        /// Whether the file should set it.
        state: Presence = Presence::Present,
        /// The file that holds it. Without it: the file in /etc that already sets it, else
        /// /etc/sysctl.d/zz-evenkeel.conf, where Ansible takes /etc/sysctl.conf.
        sysctl_file: Option<AbsPath>,
        /// Whether the kernel gets the value too, also when the file is already right. Other settings of the file are
        /// not touched, where Ansible loads the whole file.
        reload: bool = true,
        /// Whether the kernel gets the value even with `reload: false`.
        sysctl_set: bool = false,
        /// Whether a setting that the kernel does not have is passed over.
        ignoreerrors: bool = false;
        ..file: FileArguments
    }
}

/// What was seen of a setting.
#[derive(Debug)]
pub struct Seen {
    live: Known<Option<String>>,
    target: Target,
    content: Known<Arc<[u8]>>,
}

impl Sysctl {
    fn dotted(&self) -> String {
        sysctl::dotted(self.name.text.trim())
    }

    /// The value as it is written.
    fn wanted(&self) -> String {
        let text = self.value.as_ref().map_or("", |value| value.text.trim());
        match text.to_lowercase().as_str() {
            "y" | "yes" | "on" | "1" | "true" | "t" => "1".to_owned(),
            "n" | "no" | "off" | "0" | "false" | "f" => "0".to_owned(),
            _ => text.to_owned(),
        }
    }

    fn is_live_wanted(&self) -> bool {
        self.state == Presence::Present && (self.reload || self.sysctl_set)
    }

    fn looked_at(&self) -> Wanted<'_> {
        Wanted {
            follow: true,
            content: true,
            file: &self.file,
        }
    }

    /// The file that already sets it: the last one that counts.
    fn find_file(&self, on: &View<'_>) -> Result<AbsPath> {
        let mut paths = match on.ask(Want::Glob(FILES.to_owned()))? {
            Known::Is(Answer::Paths(paths)) => paths,
            _ => Vec::new(),
        };
        paths.sort_by(|a, b| b.name().cmp(a.name()));
        paths.extend(AbsPath::new(CLASSIC_FILE));
        let wants = paths.iter().map(|path| Want::Entry {
            path: path.clone(),
            follow: true,
            content: true,
        });
        let answers = on.ask_all(wants.collect())?;
        for (path, answer) in paths.into_iter().zip(answers) {
            let Known::Is(Answer::Entry(Some(entry))) = answer else {
                continue;
            };
            if let Known::Is(bytes) = contents(on, &path, &entry)?
                && file::value(&String::from_utf8_lossy(&bytes), &self.dotted()).is_some()
            {
                return Ok(path);
            }
        }
        Ok(own_file())
    }

    /// The change of the running kernel, if one is needed.
    fn live(&self, seen: &Seen) -> Option<Change> {
        let (key, wanted) = (self.dotted(), self.wanted());
        let is_so = matches!(&seen.live, Known::Is(Some(value)) if *value == sysctl::normal(&wanted));
        let passed_over = self.ignoreerrors && matches!(seen.live, Known::Is(None));
        if !self.is_live_wanted() || is_so || passed_over {
            return None;
        }
        let script = format!(
            "k={} v={}\n\
             e=$(sysctl -w \"$k=$v\" 2>&1 >/dev/null) && [ -z \"$e\" ] && exit 0\n\
             echo \"the kernel refuses $k=$v: $e\" >&2\nexit 1\n",
            quote(&key),
            quote(&wanted)
        );
        let value = || Known::Is(Some(sysctl::normal(&wanted)));
        let mut run = Run::new(format!("set {key}={wanted}"), Command::shell(script));
        for same in std::iter::once(key.as_str()).chain(twin(&key)) {
            run = run.predict(sysctl::Sysctl(same.to_owned()), value());
        }
        run.obscures = spread(&key)
            .into_iter()
            .map(|key| Obscures::Fact("sysctl", key))
            .collect();
        if let Known::Is(Some(before)) = &seen.live {
            // Unquoted on purpose: the kernel separates numbers by tabs.
            let test = format!(
                "[ \"$(set -f; echo $(cat {}))\" = {} ]",
                quote(&sysctl::path(&key)),
                quote(before)
            );
            run.guard = Some((test, format!("{key} is not {before} any more")));
        }
        Some(Change::Run(Box::new(run)))
    }

    fn file_steps(&self, seen: &Seen) -> Result<Steps> {
        let (key, path) = (self.dotted(), &seen.target.path);
        let bytes = match &seen.content {
            Known::Is(bytes) => bytes,
            Known::Unknown(why) => return Ok(Steps::unsure(vec![self.unseen_file(path)], why)),
        };
        let old = to_text(bytes);
        let new = match self.state {
            Presence::Present => file::set(&old, &key, &self.wanted()),
            Presence::Absent => file::remove(&old, &key),
        };
        let is_missing = matches!(seen.target.entry, Known::Is(None));
        if is_missing && self.state == Presence::Absent {
            return Ok(Steps::default());
        }
        if is_missing && !seen.target.missing.is_empty() {
            let parent = path.parent().unwrap_or_else(AbsPath::root);
            return Err(Error::failed(format!(
                "the folder {parent} of {path} does not exist"
            )));
        }
        let content = if new == old && !is_missing {
            Arc::clone(bytes)
        } else {
            to_bytes(&new).into()
        };
        let file = NewFile {
            content,
            secret: false,
            file: &self.file,
            validate: None,
            backup: None,
        };
        file.steps(&seen.target)
    }

    /// The change of a file of which a forecast knows nothing.
    fn unseen_file(&self, path: &AbsPath) -> Change {
        let (key, quoted) = (self.dotted(), quote(path.as_str()));
        let pattern = key.replace('.', "[./]");
        let delete = format!(
            "sed -i -e {} -- {quoted}",
            quote(&format!("/^[[:blank:]-]*{pattern}[[:blank:]]*=/d"))
        );
        let line = quote(&format!("{key}={}", self.wanted())).into_owned();
        let script = match self.state {
            Presence::Present => format!("{delete} && printf '%s\\n' {line} >>{quoted}"),
            Presence::Absent => delete,
        };
        let mut run = Run::new(format!("put {key} into {path}"), Command::shell(script));
        run.obscures = vec![Obscures::Path(path.clone())];
        Change::Run(Box::new(run))
    }

    fn unchanged(&self, seen: &Seen) -> String {
        let (key, path) = (self.dotted(), &seen.target.path);
        match (self.state, &seen.live) {
            (Presence::Absent, _) => format!("{path} does not set {key}"),
            (_, Known::Is(Some(live))) if self.is_live_wanted() => {
                format!("{key} is {live}, and {path} says so")
            }
            _ => format!("{path} says {key}={}", self.wanted()),
        }
    }

    fn lint(&self, seen: &Seen) -> Option<String> {
        (self.sysctl_file.is_none()).then(|| {
            format!(
                "`sysctl_file` is not given: {} goes to {}, with Ansible to {CLASSIC_FILE}, which systemd does not \
                 read everywhere; name the file",
                self.dotted(),
                seen.target.path
            )
        })
    }
}

fn own_file() -> AbsPath {
    AbsPath::new(OWN_FILE).unwrap_or_else(AbsPath::root)
}

/// The other name under which the kernel shows the same setting.
fn twin(key: &str) -> Option<&'static str> {
    match key {
        "net.ipv4.ip_forward" => Some("net.ipv4.conf.all.forwarding"),
        "net.ipv4.conf.all.forwarding" => Some("net.ipv4.ip_forward"),
        _ => None,
    }
}

/// Settings of interfaces that the kernel changes with the one of all.
fn spread(key: &str) -> Vec<String> {
    match key {
        "net.ipv6.conf.all.forwarding" | "net.ipv6.conf.all.disable_ipv6" => {
            vec![key.replace(".all.", ".default."), key.replace(".all.", ".lo.")]
        }
        _ => Vec::new(),
    }
}

impl TaskType for Sysctl {
    const NAME: &'static str = "sysctl";
    const COLLECTION: &'static str = "ansible.posix";
    const ABOUT: &'static str = "Sets kernel settings, now and after the next start.";
    const EXAMPLE: &'static str = "\
- name: Answer for addresses that this machine may get
  ansible.posix.sysctl:
    name: net.ipv4.ip_nonlocal_bind
    value: \"1\"
    sysctl_file: /etc/sysctl.d/60-evenkeel.conf
    sysctl_set: true
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let name = self.name.text.trim();
        let known = |c: char| c.is_ascii_alphanumeric() || "._-/:@".contains(c);
        if name.is_empty()
            || !name.chars().all(known)
            || name.starts_with(['-', '.', '/'])
            || name.contains("..")
        {
            problems.push(
                Problem::error(
                    "task::value",
                    format!("`{name}` cannot be the name of a kernel setting"),
                )
                .at(&self.name.place, "expected a name as `net.ipv4.ip_forward`"),
            );
        }
        match (&self.value, self.state) {
            (None, Presence::Present) => problems.push(
                Problem::error("task::missing", "`value` is missing")
                    .help("give a `value`, or `state: absent`"),
            ),
            (Some(value), _) if value.text.trim().is_empty() || value.text.trim().contains('\n') => problems
                .push(
                    Problem::error("task::value", "the value of a kernel setting is one line")
                        .at(&value.place, "expected a value"),
                ),
            _ => {}
        }
        if self.file.mode == Some(Mode::Preserve) {
            problems.push(Problem::error(
                "task::value",
                "`mode: preserve` has no meaning here: there is no source",
            ));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let mut wants = Vec::new();
        if self.is_live_wanted() {
            wants.push(want(sysctl::Sysctl(self.dotted())));
        }
        match &self.sysctl_file {
            Some(path) => wants.extend(self.looked_at().wants(path)),
            None => {
                wants.push(Want::Glob(FILES.to_owned()));
                let classic = AbsPath::new(CLASSIC_FILE).unwrap_or_else(AbsPath::root);
                wants.push(Want::Entry {
                    path: classic,
                    follow: true,
                    content: true,
                });
                wants.extend(self.looked_at().wants(&own_file()));
            }
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let live = match self.is_live_wanted() {
            true => on.fact(sysctl::Sysctl(self.dotted()))?,
            false => Known::Is(None),
        };
        let path = match &self.sysctl_file {
            Some(path) => path.clone(),
            None => self.find_file(on)?,
        };
        let target = self.looked_at().look(on, &path)?;
        let content = match &target.entry {
            Known::Is(Some(entry)) if !target.is_folder() => contents(on, &target.path, entry)?,
            Known::Is(_) => Known::Is([].into()),
            Known::Unknown(why) => Known::Unknown(Arc::clone(why)),
        };
        Ok(Seen {
            live,
            target,
            content,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let (key, mut steps) = (self.dotted(), Steps::default());
        let live = self.live(seen);
        // The kernel first: when it refuses, the file stays as it was.
        steps.changes.extend(live.clone());
        if live.is_some() {
            steps.unsure = match &seen.live {
                Known::Unknown(why) => Some(why.to_string()),
                Known::Is(None) => Some(format!("whether the kernel has {key}: it has not now")),
                Known::Is(Some(_)) => None,
            };
        }
        steps.extend(self.file_steps(seen)?);
        let plan = steps.into_plan(|| self.unchanged(seen));
        let mut plan = match (&live, &seen.live) {
            (Some(_), Known::Is(before)) => {
                let line = |value: &str| format!("{key} = {value}\n");
                let before = before.as_deref().map(line).unwrap_or_default();
                plan.show(
                    format!("kernel setting {key}"),
                    before,
                    line(&sysctl::normal(&self.wanted())),
                )
            }
            _ => plan,
        };
        plan.warnings.extend(self.lint(seen));
        Ok(plan)
    }

    fn result(&self, _seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::new()
    }
}
