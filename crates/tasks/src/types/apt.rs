//! `apt`: packages of Debian and Ubuntu.

mod commands;
mod debs;
mod look;
mod names;
mod refusal;
mod removal;
mod simulate;
mod spec;
mod work;

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::answered;
use crate::facts::package::AptCache;
use crate::facts::want;
use look::Seen;
use spec::Spec;
use spec::Wanted;

words! {
    /// What should hold of packages.
    pub enum State {
        /// They are installed.
        Present = "present",
        /// They are installed in the newest version that apt would take.
        Latest = "latest",
        /// They are not installed.
        Absent = "absent",
        /// What is needed to build them is installed.
        BuildDep = "build-dep",
        /// Nothing is broken.
        Fixed = "fixed",
    }
}

words! {
    /// How all packages are upgraded.
    pub enum Upgrade {
        /// Not at all.
        No = "no" | "False" | "false" | "No" | "NO" | "off",
        /// Without removing any.
        Yes = "yes" | "True" | "true" | "Yes" | "YES" | "on",
        /// As `yes`.
        Safe = "safe",
        /// Removing packages where that is needed.
        Full = "full",
        /// As `full`.
        Dist = "dist",
    }
}

arguments! {
    /// Manages packages of Debian and Ubuntu.
    pub struct Apt {
        /// Names of packages: `haproxy`, `haproxy=2.6*`, `haproxy>=2.4`, `libc6:i386`, patterns; `*` with `latest` means all.
        name | "package" | "pkg": Option<Vec<Text>>,
        /// What should hold of them.
        state: State = State::Present,
        /// Paths of .deb files on the machine, or URLs from which it fetches them, instead of names.
        deb: Option<Vec<Text>>,
        /// Updates the package lists first.
        update_cache | "update-cache": Option<bool>,
        /// Seconds for which the lists count as fresh; above 0 the lists are updated when they are older.
        cache_valid_time: i64 = 0,
        /// How often an update of the lists is tried.
        update_cache_retries: i64 = 5,
        /// The longest pause between two tries, in seconds.
        update_cache_retry_max_delay: i64 = 12,
        /// Upgrades all packages, with apt-get.
        upgrade: Upgrade = Upgrade::No,
        /// Removes packages that came only because of others that are gone.
        autoremove: bool = false,
        /// Removes configuration too, where packages are removed.
        purge: bool = false,
        /// Deletes downloaded package files that no list has any more.
        autoclean: bool = false,
        /// Deletes all downloaded package files.
        clean: bool = false,
        /// The release that is preferred, `bookworm-backports`.
        default_release | "default-release": Option<Text>,
        /// Whether recommended packages come too; without it, as the machine is set up.
        install_recommends | "install-recommends": Option<bool>,
        /// Upgrades packages that are installed, and installs none.
        only_upgrade: bool = false,
        /// Whether versions of held packages may change.
        allow_change_held_packages: bool = false,
        /// Whether versions may become older.
        allow_downgrade | "allow-downgrade" | "allow_downgrades" | "allow-downgrades": bool = false,
        /// Whether packages without a signature are taken.
        allow_unauthenticated | "allow-unauthenticated": bool = false,
        /// Takes packages without signature, older versions, held and essential packages. Dangerous.
        force: bool = false,
        /// Fails rather than remove a package.
        fail_on_autoremove: bool = false,
        /// Options for dpkg, without `--`, with commas between.
        dpkg_options: String = "force-confdef,force-confold".to_owned(),
        /// Seconds to wait for apt's lock.
        lock_timeout: i64 = 60,
        /// The code with which /usr/sbin/policy-rc.d ends meanwhile: 101 keeps services from starting.
        policy_rc_d: Option<i64>,
        /// Accepted: apt-get is always used, aptitude never.
        force_apt_get: bool = false,
        /// Accepted: nothing has to be installed on the machine to use apt.
        auto_install_module_deps: bool = true,
    }
}

impl Apt {
    /// The release that is preferred; roles give an empty one for none.
    fn release(&self) -> Option<&Text> {
        self.default_release.as_ref().filter(|release| !release.text.is_empty())
    }

    /// The packages, without the `*` that means all.
    fn specs(&self) -> std::result::Result<Vec<Spec>, Vec<Problem>> {
        let (mut specs, mut problems) = (Vec::new(), Vec::new());
        for text in self
            .name
            .iter()
            .flatten()
            .filter(|text| !matches!(text.text.trim(), "" | "*"))
        {
            match Spec::read(text) {
                Ok(spec) => specs.push(spec),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(specs)
        } else {
            Err(problems)
        }
    }

    fn means_all(&self) -> bool {
        self.name.iter().flatten().any(|text| text.text.trim() == "*")
    }

    fn debs(&self) -> Vec<AbsPath> {
        self.deb
            .iter()
            .flatten()
            .filter_map(|text| AbsPath::new(&text.text))
            .collect()
    }

    /// The URLs among the .deb files.
    fn deb_urls(&self) -> Vec<String> {
        let urls = self.deb.iter().flatten().filter(|text| is_url(&text.text));
        urls.map(|text| text.text.clone()).collect()
    }

    /// Whether lists are to be updated when they are too old.
    fn updates(&self) -> bool {
        self.update_cache == Some(true) || self.cache_valid_time > 0
    }

    fn exclusive(&self, problems: &mut Vec<Problem>) {
        let given = [
            ("deb", self.deb.is_some()),
            ("name", self.name.is_some()),
            ("upgrade", self.upgrade != Upgrade::No),
        ];
        let given: Vec<&str> = given
            .into_iter()
            .filter(|(_, is)| *is)
            .map(|(name, _)| name)
            .collect();
        if given.len() > 1 {
            let names = given
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(" and ");
            problems.push(
                Problem::error("task::exclusive", format!("{names} exclude each other"))
                    .help("write a task for each of them"),
            );
        }
        let does =
            self.autoremove || self.autoclean || self.clean || self.updates() || self.state == State::Fixed;
        if given.is_empty() && !does {
            let message = "one of the following is required: autoremove, deb, package, update_cache, upgrade";
            problems.push(Problem::error("task::missing", message).help(
                "the task does nothing; give one of `name`, `deb`, `upgrade`, `update_cache`, `autoremove`, `autoclean`, `clean`",
            ));
        }
    }

    fn check_names(&self, problems: &mut Vec<Problem>) {
        match self.specs() {
            Err(found) => problems.extend(found),
            Ok(specs) => {
                let has_version = specs.iter().any(|spec| spec.version != Wanted::Any);
                if has_version && self.state == State::BuildDep {
                    problems.push(Problem::error(
                        "task::exclusive",
                        "`state: build-dep` takes names without versions",
                    ));
                }
                let is_pattern = |spec: &Spec| spec.is_pattern() && spec.version != Wanted::Any;
                if specs.iter().any(is_pattern) {
                    problems.push(Problem::error(
                        "task::value",
                        "a pattern of names cannot have a version",
                    ));
                }
                if self.means_all() && !specs.is_empty() {
                    problems.push(Problem::error(
                        "task::exclusive",
                        "`*` means all packages; others cannot stand beside it",
                    ));
                }
            }
        }
        if self.means_all() && self.state != State::Latest {
            problems.push(
                Problem::error(
                    "task::value",
                    "`*` is all packages, and that only `state: latest` can mean",
                )
                .help("use `upgrade: yes` to upgrade all"),
            );
        }
    }

    fn check_debs(&self, problems: &mut Vec<Problem>) {
        if self.deb.is_some() && self.state != State::Present {
            problems.push(Problem::error(
                "task::exclusive",
                "`deb` works with `state: present` only",
            ));
        }
        for text in self
            .deb
            .iter()
            .flatten()
            .filter(|text| text.text.starts_with('/') && text.text.contains(':'))
        {
            problems.push(
                Problem::error(
                    "task::path",
                    format!("apt-get cannot take the path `{}`", text.text),
                )
                .at(&text.place, "a `:` in it")
                .help("give the file a name without `:`"),
            );
        }
        for text in self
            .deb
            .iter()
            .flatten()
            .filter(|text| AbsPath::new(&text.text).is_none() && !is_url(&text.text))
        {
            let problem = Problem::error("task::path", format!("`{}` is no absolute path", text.text));
            problems.push(problem.at(&text.place, "expected the path of a .deb file on the machine, or its URL"));
        }
    }
}

/// Whether a .deb file is fetched.
fn is_url(text: &str) -> bool {
    ["http://", "https://", "ftp://", "file://"].iter().any(|scheme| text.starts_with(scheme))
        && !text.contains(char::is_whitespace)
}

impl TaskType for Apt {
    const NAME: &'static str = "apt";
    const ABOUT: &'static str = "Installs, upgrades and removes packages of Debian and Ubuntu.";
    const EXAMPLE: &'static str = "\
- name: HAProxy and keepalived
  ansible.builtin.apt:
    name: [haproxy, keepalived]
    update_cache: true
    cache_valid_time: 3600
    install_recommends: false
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        self.exclusive(&mut problems);
        self.check_names(&mut problems);
        self.check_debs(&mut problems);
        if let Some(release) = self.release()
            && (release.text.starts_with('-') || release.text.contains(char::is_whitespace))
        {
            problems.push(
                Problem::error("task::value", format!("`{}` is no release", release.text))
                    .at(&release.place, "expected a release, as `bookworm-backports`"),
            );
        }
        for (field, number) in [
            ("cache_valid_time", self.cache_valid_time),
            ("lock_timeout", self.lock_timeout),
        ] {
            if number < 0 && !(field == "lock_timeout" && number == -1) {
                problems.push(Problem::error(
                    "task::value",
                    format!("`{field}` is a number of seconds"),
                ));
            }
        }
        if self.policy_rc_d.is_some_and(|code| !(0..=255).contains(&code)) {
            problems.push(Problem::error(
                "task::value",
                "`policy_rc_d` is an exit code, from 0 to 255",
            ));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        self.announced()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        self.look(on)
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        self.work(seen)
    }

    fn then(&self, _seen: &Seen, plan: &Plan) -> Vec<Want> {
        if plan.changes.is_empty() {
            Vec::new()
        } else {
            vec![want(AptCache)]
        }
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let cache = answered::<AptCache>(outputs, 0).unwrap_or_else(|| seen.cache.clone());
        let mut returned = Returned::new();
        returned.insert("cache_updated".to_owned(), seen.due.clone().map(Into::into));
        returned.insert(
            "cache_update_time".to_owned(),
            cache.and_then(|cache| cache.updated).map(Into::into),
        );
        let updates = usize::from(seen.due == Known::Is(true));
        if plan.changes.len() > updates {
            let last = outputs.get(plan.changes.len() - 1);
            let text = |bytes: &[u8]| serde_json::Value::from(String::from_utf8_lossy(bytes).into_owned());
            returned.insert(
                "stdout".to_owned(),
                last.clone().map(|output| text(&output.stdout)),
            );
            returned.insert("stderr".to_owned(), last.map(|output| text(&output.stderr)));
        }
        returned
    }
}
