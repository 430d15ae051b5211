//! `dnf`: packages of the RHEL family.

mod words;
mod work;

use std::collections::BTreeMap;

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::rpm::DnfSimulation;
use crate::facts::rpm::Installed;
use crate::facts::rpm::RpmPackage;
use crate::facts::rpm::Transaction;
use crate::facts::want;

words! {
    /// What should hold of packages.
    pub enum State {
        /// They are not installed.
        Absent = "absent",
        /// They are installed.
        Present = "present",
        /// As `present`.
        Installed = "installed",
        /// As `absent`.
        Removed = "removed",
        /// They are installed in the newest version.
        Latest = "latest",
    }
}

words! {
    /// Which dnf.
    pub enum Backend {
        /// That of the machine.
        Auto = "auto",
        /// The fourth.
        Dnf = "dnf",
        /// That of the machine.
        Yum = "yum",
        /// The fourth.
        Yum4 = "yum4",
        /// The fourth.
        Dnf4 = "dnf4",
        /// The fifth.
        Dnf5 = "dnf5",
    }
}

arguments! {
    /// Manages packages of the RHEL family.
    pub struct Dnf {
        /// Which dnf; `use` is the same.
        use_backend | "use": Backend = Backend::Auto,
        /// Names of packages, with versions (`haproxy-2.4*`), groups (`@development`), paths or URLs of .rpm files;
        /// `*` with `latest` means all.
        name | "pkg": Vec<Text> = Vec::new(),
        /// Refused: `package_facts` tells of packages.
        list: Option<Text>,
        /// What should hold of them; `present`, or `absent` with `autoremove`.
        state: Option<State>,
        /// Repositories that are used too.
        enablerepo: Vec<String> = Vec::new(),
        /// Repositories that are not used.
        disablerepo: Vec<String> = Vec::new(),
        /// Another configuration of dnf.
        conf_file: Option<Text>,
        /// Takes packages without a valid signature.
        disable_gpg_check: bool = false,
        /// The root of the machine that is meant.
        installroot: String = "/".to_owned(),
        /// The release whose packages are taken.
        releasever: Option<String>,
        /// Removes packages that came only because of others that are gone.
        autoremove: bool = false,
        /// Packages that are left out.
        exclude: Vec<String> = Vec::new(),
        /// Leaves out packages that cannot be installed.
        skip_broken: bool = false,
        /// Fetches the package lists first.
        update_cache | "expire-cache": bool = false,
        /// Upgrades packages that are installed, and installs none.
        update_only: bool = false,
        /// With `latest`: only what mends security.
        security: bool = false,
        /// With `latest`: only what mends errors.
        bugfix: bool = false,
        /// Plugins that are used too.
        enable_plugin: Vec<String> = Vec::new(),
        /// Plugins that are not used.
        disable_plugin: Vec<String> = Vec::new(),
        /// Whose exclusions do not count: `all`, `main`, or a repository.
        disable_excludes: Option<String>,
        /// Refused when false: dnf checks certificates by `sslverify`.
        validate_certs: bool = true,
        /// Whether certificates of repositories are verified.
        sslverify: bool = true,
        /// Whether versions may become older.
        allow_downgrade: bool = false,
        /// Accepted: nothing has to be installed on the machine.
        install_repoquery: bool = true,
        /// Only downloads packages.
        download_only: bool = false,
        /// Refused but for 30: dnf waits for its lock itself.
        lock_timeout: i64 = 30,
        /// Whether recommended packages come too.
        install_weak_deps: bool = true,
        /// Where packages are downloaded to, with `download_only`.
        download_dir: Option<String>,
        /// Removes packages that stand in the way.
        allowerasing: bool = false,
        /// Takes older versions where the best cannot be had.
        nobest: Option<bool>,
        /// Fails where the best versions cannot be had.
        best: Option<bool>,
        /// Uses the package lists that are there.
        cacheonly: bool = false,
    }
}

/// What was seen of packages.
#[derive(Debug)]
pub struct Seen {
    /// Names that rpm can look up, and what it found.
    installed: BTreeMap<String, Known<Vec<Installed>>>,
    /// Calls of dnf that are needed, with what they would do.
    calls: Vec<(Vec<String>, Known<Transaction>)>,
}

impl TaskType for Dnf {
    const NAME: &'static str = "dnf";
    const ALIASES: &'static [&'static str] = &["ansible.builtin.dnf5", "ansible.builtin.yum"];
    const ABOUT: &'static str = "Installs, upgrades and removes packages of the RHEL family.";
    const EXAMPLE: &'static str = "\
- name: HAProxy and keepalived
  ansible.builtin.dnf:
    name: [haproxy, keepalived]
    state: present
    install_weak_deps: false
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut refuse = |is: bool, code: &str, message: &str, help: &str| {
            if is {
                problems.push(Problem::error(code, message.to_owned()).help(help.to_owned()));
            }
        };
        refuse(
            self.list.is_some(),
            "task::unsupported",
            "`list` is not supported",
            "use `package_facts` for what is installed, or `command: dnf -q list` for the rest",
        );
        refuse(
            !self.validate_certs,
            "task::unsupported",
            "`validate_certs: false` is not supported",
            "write `sslverify: false`, which is for repositories and URLs",
        );
        refuse(
            self.lock_timeout != 30,
            "task::unsupported",
            "`lock_timeout` is not supported: dnf waits for its lock itself",
            "remove it, and bound the task with the keyword `timeout`",
        );
        refuse(
            self.best.is_some() && self.nobest.is_some(),
            "task::exclusive",
            "`best` and `nobest` exclude each other",
            "give one of them",
        );
        refuse(
            self.download_dir.is_some() && !self.download_only,
            "task::exclusive",
            "`download_dir` needs `download_only: true`",
            "give both",
        );
        let does = !self.name.is_empty() || self.update_cache || self.autoremove;
        refuse(
            !does && self.list.is_none(),
            "task::missing",
            "the task does nothing",
            "give one of `name`, `update_cache`, `autoremove`",
        );
        let removes = matches!(self.state, None | Some(State::Absent | State::Removed));
        refuse(
            self.autoremove && !removes,
            "task::exclusive",
            "`autoremove` goes with `state: absent` only",
            "write a task for each",
        );
        let means_all = self.name.iter().any(|name| name.text == "*");
        refuse(
            means_all && self.state != Some(State::Latest),
            "task::value",
            "`*` is all packages, and that only `state: latest` can mean",
            "write `state: latest`",
        );
        for name in self.name.iter().filter(|name| name.text.starts_with('-') || name.text.trim().is_empty()) {
            problems.push(
                Problem::error("task::value", format!("`{name}` cannot be a package"))
                    .at(&name.place, "expected a name as `haproxy`"),
            );
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let names = self.looked_up().into_iter().map(|name| want(RpmPackage(name)));
        let calls = self.sure_calls().into_iter().map(|words| want(DnfSimulation(words)));
        names.chain(calls).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let mut installed = BTreeMap::new();
        for name in self.looked_up() {
            let found = on.fact(RpmPackage(name.clone()))?;
            installed.insert(name, found);
        }
        let mut calls = Vec::new();
        for words in self.calls(&installed) {
            let transaction = on.fact(DnfSimulation(words.clone()))?;
            calls.push((words, transaction));
        }
        Ok(Seen { installed, calls })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        self.work(seen)
    }

    fn result(&self, seen: &Seen, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let message = if plan.changes.is_empty() { "Nothing to do" } else { "" };
        Returned::from_iter([
            ("msg".to_owned(), Known::Is(json!(message))),
            ("rc".to_owned(), Known::Is(json!(0))),
            ("results".to_owned(), self.results(seen)),
        ])
    }
}
