//! `mount`: what is mounted, now and when the machine starts.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

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
use crate::facts::mounts::Mounted;
use crate::files;
use crate::files::Edit;
use crate::files::Edited;
use crate::files::NewText;
use crate::files::Steps;
use crate::files::Target;
use crate::files::Wanted;

mod fstab;

use fstab::Line;

words! {
    /// What should be so.
    pub enum MountState {
        /// Not mounted, not in fstab, and the folder is gone.
        Absent = "absent",
        /// Not in fstab.
        AbsentFromFstab = "absent_from_fstab",
        /// In fstab, and mounted.
        Mounted = "mounted",
        /// In fstab.
        Present = "present",
        /// Not mounted.
        Unmounted = "unmounted",
        /// Mounted once more.
        Remounted = "remounted",
        /// Mounted, and not in fstab.
        Ephemeral = "ephemeral",
    }
}

arguments! {
    /// Manages what is mounted, now and when the machine starts.
    pub struct Mount {
        /// Where it is mounted; `none` for swap space.
        path | "name": Text,
        /// What is mounted: a device, `UUID=…`, `HOST:/PATH`, or a folder for a bind mount.
        src: Option<Text>,
        /// The type of the file system.
        fstype: Option<String>,
        /// Options, fstab(5).
        opts: Option<String>,
        /// Does not show the options.
        opts_no_log: bool = false,
        /// Whether dump(8) copies it.
        dump: String = "0".to_owned(),
        /// When fsck(8) looks at it.
        passno: String = "0".to_owned(),
        /// What should be so.
        state: MountState,
        /// The file in place of /etc/fstab.
        fstab: AbsPath = AbsPath::root().join("etc/fstab"),
        /// Whether it is mounted when the machine starts; without: option `noauto`.
        boot: bool = true,
        /// Keeps the old fstab beside the new one, with the time in its name.
        backup: bool = false;
        /// Whether the options must not be shown.
        secret: bool,
        /// What is appended to the name of a backup.
        suffix: Option<String>,
    }
}

/// What was seen.
#[derive(Debug)]
pub struct Seen {
    fstab: Option<Edited>,
    mounted: Known<Option<Known<String>>>,
    point: Option<Target>,
}

impl Mount {
    fn point(&self) -> Option<AbsPath> {
        AbsPath::new(&self.path.text)
    }

    /// The same where the folder is made or removed.
    fn folder(&self) -> Option<AbsPath> {
        use MountState::*;
        self.point().filter(|_| matches!(self.state, Absent | Mounted | Ephemeral))
    }

    fn options(&self) -> String {
        let options = self.opts.clone().unwrap_or_else(|| "defaults".to_owned());
        let has = |option: &str| options.split(',').any(|given| given == option);
        if self.boot || has("noauto") || has("defaults") { options } else { format!("{options},noauto") }
    }

    /// A text of the result, in which options that are not shown have Ansible's words in their place.
    fn masked(&self, text: &str) -> String {
        match self.opts.as_deref().filter(|opts| self.opts_no_log && !opts.is_empty()) {
            Some(opts) if opts == text => "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER".to_owned(),
            Some(opts) => text.replace(opts, "********"),
            None => text.to_owned(),
        }
    }

    fn line(&self) -> Line {
        Line {
            source: fstab::escaped(self.src.as_ref().map_or("", |src| src.text.as_str())),
            point: fstab::escaped(&self.path.text),
            kind: fstab::escaped(self.fstype.as_deref().unwrap_or("")),
            options: fstab::escaped(&self.options()),
            dump: self.dump.clone(),
            pass: self.passno.clone(),
        }
    }

    fn edits(&self) -> bool {
        use MountState::*;
        matches!(self.state, Absent | AbsentFromFstab | Mounted | Present)
    }

    /// Whether fstab shall have the line.
    fn lists(&self) -> bool {
        matches!(self.state, MountState::Mounted | MountState::Present)
    }

    fn edit<'a>(&'a self, plain: &'a FileArguments) -> Edit<'a> {
        Edit {
            path: &self.fstab,
            create: true,
            secret: self.secret,
            file: plain,
            validate: None,
            backup: self.suffix.as_deref(),
        }
    }

    fn plan_fstab(&self, edited: &Edited) -> Result<Plan> {
        let new = |old: Option<&[u8]>| {
            let old = files::to_text(old.unwrap_or_default());
            let source = self.src.as_ref().map(|src| src.text.as_str());
            let text = if self.lists() {
                fstab::set(&old, &self.line())
            } else {
                fstab::unset(&old, &fstab::escaped(&self.path.text), source)
            };
            let message = if text == old { String::new() } else { "changed".to_owned() };
            Ok(NewText { text: files::to_bytes(&text), message })
        };
        let is = if self.lists() { "is in" } else { "is not in" };
        let unchanged = || format!("{} {is} {}", self.path, self.fstab);
        self.edit(&FileArguments::none()).plan(edited, !self.lists(), new, unchanged)
    }

    /// The words that name another fstab.
    fn table(&self) -> Vec<String> {
        let other = self.fstab.as_str() != "/etc/fstab" && self.state != MountState::Ephemeral;
        if other { vec!["-T".to_owned(), self.fstab.as_str().to_owned()] } else { Vec::new() }
    }

    /// The words that say what is mounted where fstab is not asked.
    fn ephemeral(&self) -> Vec<String> {
        let Some((src, kind)) = self.src.as_ref().zip(self.fstype.as_ref()).filter(|_| self.state == MountState::Ephemeral)
        else {
            return Vec::new();
        };
        let mut words = vec!["-t".to_owned(), kind.clone()];
        if self.options() != "defaults" {
            words.extend(["-o".to_owned(), self.options()]);
        }
        words.push(src.text.clone());
        words
    }

    fn run(&self, what: &str, words: Vec<String>, mounted: bool) -> Change {
        let script = words.iter().map(|word| evenkeel_host::quote(word)).collect::<Vec<_>>().join(" ");
        let run = Run::new(format!("{what} {}", self.path), Command::shell(script));
        let source = mounted.then(|| Known::unknown("mounting it"));
        let mut run = run.predict(Mounted(self.path.text.clone()), Known::Is(source));
        run.obscures = self.point().map(Obscures::Path).into_iter().collect();
        Change::Run(Box::new(run))
    }

    fn mount(&self) -> Change {
        let words = [vec!["mount".to_owned()], self.table(), self.ephemeral(), vec![self.path.text.clone()]];
        self.run("mount", words.concat(), true)
    }

    fn unmount(&self) -> Change {
        self.run("unmount", vec!["umount".to_owned(), self.path.text.clone()], false)
    }

    /// Mounts it once more; what cannot be, is unmounted first.
    fn remount(&self) -> Change {
        let given = self.options();
        let with_options = self.state == MountState::Remounted && given != "defaults";
        let options = if with_options { format!("remount,{given}") } else { "remount".to_owned() };
        let before = vec!["mount".to_owned(), "-o".to_owned(), options];
        let words = [before, self.table(), self.ephemeral(), vec![self.path.text.clone()]].concat();
        let quoted = |words: &[String]| words.iter().map(|word| evenkeel_host::quote(word)).collect::<Vec<_>>().join(" ");
        if with_options {
            return self.run("remount", words, true);
        }
        let again = [vec!["mount".to_owned()], self.table(), self.ephemeral(), vec![self.path.text.clone()]].concat();
        let unmount = ["umount".to_owned(), self.path.text.clone()];
        let script = format!("{} 2>/dev/null || {{ {} && {}; }}", quoted(&words), quoted(&unmount), quoted(&again));
        self.run("remount", vec!["sh".to_owned(), "-c".to_owned(), script], true)
    }

    fn is_mounted(seen: &Seen) -> Known<bool> {
        seen.mounted.as_ref().map(Option::is_some)
    }

    /// What has to be done beside fstab.
    fn act(&self, seen: &Seen, edited: bool) -> Result<Plan> {
        let mounted = match Mount::is_mounted(seen) {
            Known::Is(mounted) => mounted,
            Known::Unknown(why) => {
                let most = match self.state {
                    MountState::Absent | MountState::Unmounted => vec![self.unmount()],
                    MountState::Mounted | MountState::Ephemeral => vec![self.mount()],
                    MountState::Remounted => vec![self.remount()],
                    MountState::AbsentFromFstab | MountState::Present => return Ok(Plan::unchanged("")),
                };
                return Ok(Plan::unknown(most, why.as_ref()));
            }
        };
        Ok(match self.state {
            MountState::AbsentFromFstab | MountState::Present => Plan::unchanged(""),
            MountState::Unmounted if mounted => Plan::changes(vec![self.unmount()]),
            MountState::Unmounted => Plan::unchanged(format!("nothing is mounted at {}", self.path)),
            MountState::Absent if edited => self.take_away(seen, mounted)?,
            MountState::Absent => Plan::unchanged(format!("{} is not in {}", self.path, self.fstab)),
            MountState::Mounted if mounted && edited => Plan::changes(vec![self.remount()]),
            MountState::Mounted if mounted => Plan::unchanged(format!("{} is mounted", self.path)),
            MountState::Remounted => Plan::changes(vec![self.remount()]),
            MountState::Ephemeral if mounted => {
                self.refuse_other(seen)?;
                Plan::changes(vec![self.remount()])
            }
            MountState::Mounted | MountState::Ephemeral => {
                let mut steps = seen.point.as_ref().map(Mount::folders).transpose()?.unwrap_or_default();
                steps.changes.push(self.mount());
                steps.into_plan(String::new)
            }
        })
    }

    /// The folder of the mount point, and those above it.
    fn folders(point: &Target) -> Result<Steps> {
        let mut steps = Steps::default();
        if point.present().is_none() {
            let plain = FileArguments::none();
            steps.changes = files::make_missing(point, &plain)?;
            steps.extend(files::make_folder(point, &plain)?);
        }
        Ok(steps)
    }

    fn take_away(&self, seen: &Seen, mounted: bool) -> Result<Plan> {
        let mut changes = Vec::new();
        if mounted {
            changes.push(self.unmount());
        }
        let folder = seen.point.as_ref().and_then(Target::present);
        if folder.is_some_and(|entry| entry.stat.kind == Kind::Directory) || mounted {
            let words = vec!["rmdir".to_owned(), "--".to_owned(), self.path.text.clone()];
            changes.push(self.run("remove the folder", words, false));
        }
        Ok(Plan::changes(changes))
    }

    fn refuse_other(&self, seen: &Seen) -> Result<()> {
        let source = self.src.as_ref().map(|src| src.text.as_str());
        match &seen.mounted {
            Known::Is(Some(Known::Is(mounted))) if Some(mounted.as_str()) != source => Err(Error::failed(
                "Ephemeral mount point is already mounted with a different source than the specified one. Failing in \
                 order to prevent an unwanted unmount or override operation.",
            )
            .help(format!("{mounted} is mounted at {}; unmount it with `state: unmounted` before", self.path))),
            _ => Ok(()),
        }
    }
}

impl TaskType for Mount {
    const NAME: &'static str = "mount";
    const COLLECTION: &'static str = "ansible.posix";
    const ABOUT: &'static str = "Manages what is mounted, now and when the machine starts.";
    const EXAMPLE: &'static str = "- name: Mount the disk of etcd\n  ansible.posix.mount:\n    path: /var/lib/etcd\n    src: LABEL=etcd\n    fstype: ext4\n    opts: noatime\n    state: mounted\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let needs = self.lists() || self.state == MountState::Ephemeral;
        for (name, missing) in [("src", self.src.is_none()), ("fstype", self.fstype.is_none())] {
            if needs && missing {
                problems.push(Problem::error("task::mount", format!("`{name}` is needed to mount something")));
            }
        }
        if self.point().is_none() && self.path.text != "none" && !(self.path.text == "swap" && self.state == MountState::Present) {
            let problem = Problem::error("task::path", format!("`{}` is no absolute path", self.path));
            problems.push(problem.at(&self.path.place, "expected a path that begins with `/`"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.secret = self.opts_no_log || controller.is_secret("opts");
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        let plain = FileArguments::none();
        let mut wants = vec![facts::want(Mounted(self.path.text.clone()))];
        if self.edits() {
            wants.extend(self.edit(&plain).wants());
        }
        if let Some(point) = self.folder() {
            wants.extend(Wanted { follow: true, content: false, file: &plain }.wants(&point));
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let plain = FileArguments::none();
        let point = self.folder();
        let point = point.map(|point| Wanted { follow: true, content: false, file: &plain }.look(on, &point));
        let fstab = self.edits().then(|| self.edit(&plain).observe(on));
        Ok(Seen {
            fstab: fstab.transpose()?,
            mounted: on.fact(Mounted(self.path.text.clone()))?,
            point: point.transpose()?,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let table = seen.fstab.as_ref().map(|edited| self.plan_fstab(edited)).transpose()?;
        let edited = table.as_ref().is_some_and(|plan| !plan.changes.is_empty());
        let acts = self.act(seen, edited)?;
        let mut plan = match table {
            None => acts,
            Some(mut plan) => {
                if let evenkeel_host::Certainty::Unknown(_) = acts.certainty {
                    plan.certainty = acts.certainty;
                }
                plan.changes.extend(acts.changes);
                if !plan.changes.is_empty() {
                    plan.unchanged = String::new();
                }
                plan
            }
        };
        if !self.boot && self.options().split(',').any(|option| option == "defaults") {
            plan.warnings.push("Ignore the 'boot' due to 'opts' contains 'defaults'.".to_owned());
        }
        Ok(plan)
    }

    fn result(&self, _seen: &Seen, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let mut put = |key: &str, value| drop(returned.insert(key.to_owned(), Known::Is(value)));
        put("name", json!(self.masked(&self.path.text)));
        put("src", json!(self.src.as_ref().map(|src| self.masked(&src.text))));
        put("fstype", json!(self.fstype.as_ref().map(|kind| self.masked(kind))));
        put("opts", json!(self.masked(&self.options())));
        put("dump", json!(self.dump));
        put("passno", json!(self.passno));
        put("fstab", json!(self.fstab.as_str()));
        put("boot", json!(if self.boot { "yes" } else { "no" }));
        let backup = Edit::backup_file(plan).unwrap_or_else(|| Known::Is(json!("")));
        returned.insert("backup_file".to_owned(), backup);
        returned
    }
}
