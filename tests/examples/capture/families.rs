//! The families of facts that are described, each with all its keys.

use evenkeel_host::AbsPath;
use evenkeel_host::AnyFact;
use evenkeel_host::Fact;
use evenkeel_host::FamilyCapture;
use evenkeel_host::Identity;
use evenkeel_tasks::facts::account::Group;
use evenkeel_tasks::facts::account::LocalGroup;
use evenkeel_tasks::facts::account::LocalUser;
use evenkeel_tasks::facts::account::PrimaryUsers;
use evenkeel_tasks::facts::account::User;
use evenkeel_tasks::facts::debconf::Answers;
use evenkeel_tasks::facts::dpkg_selection::DpkgSelection;
use evenkeel_tasks::facts::firewalld::PermanentZone;
use evenkeel_tasks::facts::firewalld::RuntimeZone;
use evenkeel_tasks::facts::getent::Entries;
use evenkeel_tasks::facts::getent::Getent;
use evenkeel_tasks::facts::home::Home;
use evenkeel_tasks::facts::host_names::HostNames;
use evenkeel_tasks::facts::kernel_module::KernelModule;
use evenkeel_tasks::facts::package::AptCache;
use evenkeel_tasks::facts::package::Candidate;
use evenkeel_tasks::facts::package::Package;
use evenkeel_tasks::facts::package::PackageState;
use evenkeel_tasks::facts::package::Simulation;
use evenkeel_tasks::facts::package_list::Kind;
use evenkeel_tasks::facts::package_list::PackageList;
use evenkeel_tasks::facts::package_manager::PackageManager;
use evenkeel_tasks::facts::selinux::SelinuxMode;
use evenkeel_tasks::facts::services::Services;
use evenkeel_tasks::facts::setup::Local;
use evenkeel_tasks::facts::setup::LocalFacts;
use evenkeel_tasks::facts::setup::Setup;
use evenkeel_tasks::facts::sysctl::Sysctl;
use evenkeel_tasks::facts::time_zone::TimeZone;
use evenkeel_tasks::facts::unit::Unit;
use evenkeel_tasks::facts::unit::UnitFilesChanged;
use evenkeel_tasks::facts::unit::UnitState;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::Result;
use serde_json::Value;
use serde_json::json;

use crate::PACKAGES;

/// Units that are named after numbers and devices of this one host.
const PASSING_UNITS: &str = r"^(dev-|sys-|session-|run-|user-|user@|proc-|\\|-\.)";

/// Kernel settings that are counters or name the one kernel that was running.
const PASSING_SETTINGS: &str = r"^(kernel\.(osrelease|version|hostname|random|ns_last_pid|pty\.nr)|fs\.(dentry-state|inode|file-nr|aio-nr))";

/// The zones that firewalld comes with; the empty name is the default zone.
const ZONES: [&str; 10] = [
    "", "block", "dmz", "drop", "external", "home", "internal", "public", "trusted", "work",
];

/// Every family, with the keys that a host has.
pub(super) fn all(host: &Host) -> Result<Vec<FamilyCapture>> {
    let users = host.exec("getent passwd | cut -d: -f1")?;
    let groups = host.exec("getent group | awk -F: '{ print $1; print $3 }'")?;
    let names = host.exec("getent group | cut -d: -f1")?;
    let units = format!(
        "(systemctl list-unit-files --plain --no-legend; systemctl list-units --all --plain --no-legend) |
         awk '{{ print $1 }}' | grep -Ev '{PASSING_UNITS}' | grep -v '@\\.' | sort -u"
    );
    let units = host.exec(&units)?;
    let settings = host.exec(&format!(
        "sysctl --all --names 2>/dev/null | grep -Ev '{PASSING_SETTINGS}'"
    ))?;
    let mut not_found = json!(UnitState::not_found(""));
    not_found["id"] = json!("");
    let installed = host.exec("dpkg-query -W -f '${Package}\\n'")?;
    let available = host.exec("apt-cache pkgnames | grep -v ^evenkeel- | sort")?;
    Ok(vec![
        one(Identity),
        only(vec![
            AnyFact::new(Home(String::new())),
            AnyFact::new(Home("~".to_owned())),
        ]),
        one(Setup::default()),
        one(UnitFilesChanged),
        one(AptCache),
        family(&installed, Package, json!(PackageState::default())),
        family(&available, |name| Candidate { name, release: None }, Value::Null),
        installing(),
        one(PackageManager),
        one(Services),
        one(HostNames),
        one(SelinuxMode),
        one(TimeZone),
        family(&installed, DpkgSelection, Value::Null),
        family("tzdata", Answers, json!({})),
        family("", KernelModule, json!(false)),
        only(
            [Kind::Apt, Kind::Rpm]
                .map(|kind| AnyFact::new(PackageList(kind)))
                .to_vec(),
        ),
        family("", no_local_facts, json!(Local::default())),
        entries(&users, &names),
        zones(RuntimeZone),
        zones(PermanentZone),
        family(&users, User, Value::Null),
        family(&users, LocalUser, Value::Null),
        family(&groups, Group, Value::Null),
        family(&names, LocalGroup, Value::Null),
        family(&groups, PrimaryUsers, json!([])),
        family(&units, Unit, not_found),
        family(&settings, Sysctl, Value::Null),
    ])
}

/// The facts of all keys, one per line, and the value of every other key.
fn family<F: Fact>(keys: &str, fact: impl Fn(String) -> F, absent: Value) -> FamilyCapture {
    let facts = keys
        .lines()
        .map(|key| AnyFact::new(fact(key.to_owned())))
        .collect();
    FamilyCapture {
        facts,
        absent: Some(absent),
    }
}

/// A fresh host has no folder of local facts.
fn no_local_facts(path: String) -> LocalFacts {
    LocalFacts(AbsPath::new(&path).unwrap_or_else(AbsPath::root))
}

/// The accounts as getent(1) tells them: whole databases and single entries; of other databases no key is there.
fn entries(users: &str, groups: &str) -> FamilyCapture {
    let ask = |database: &str, key: Option<&str>| {
        AnyFact::new(Getent {
            database: database.to_owned(),
            key: key.map(str::to_owned),
            service: None,
        })
    };
    let of = |database: &'static str, keys: &str| -> Vec<AnyFact> {
        std::iter::once(ask(database, None))
            .chain(keys.lines().map(|key| ask(database, Some(key))))
            .collect()
    };
    let none = Entries {
        code: 2,
        lines: Vec::new(),
    };
    FamilyCapture {
        facts: [of("passwd", users), of("group", groups)].concat(),
        absent: Some(json!(none)),
    }
}

/// A family of which only one key is known.
fn one(fact: impl Fact) -> FamilyCapture {
    only(vec![AnyFact::new(fact)])
}

/// The zones that firewalld comes with; of others nothing is known.
fn zones<F: Fact>(fact: impl Fn(String) -> F) -> FamilyCapture {
    only(
        ZONES
            .iter()
            .map(|zone| AnyFact::new(fact((*zone).to_owned())))
            .collect(),
    )
}

/// What apt would do to install each package that is described, alone; what else it may be asked is not known.
fn installing() -> FamilyCapture {
    only(
        PACKAGES
            .iter()
            .map(|name| AnyFact::new(Simulation::install([*name])))
            .collect(),
    )
}

fn only(facts: Vec<AnyFact>) -> FamilyCapture {
    FamilyCapture { facts, absent: None }
}
