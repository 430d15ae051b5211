//! What may come with a package, of which nobody knows beforehand what it brings.

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Fact as _;
use evenkeel_host::Want;
use serde_json::Value;

use super::account::Group;
use super::account::LocalGroup;
use super::account::LocalUser;
use super::account::PrimaryUsers;
use super::account::User;
use super::getent::Getent;
use super::listening::Listening;
use super::package_list::PackageList;
use super::services::Services;
use super::setup::LocalFacts;
use super::sysctl::Sysctl;
use super::ufw::UfwSettings;
use super::unit::GlobalUnit;
use super::unit::Unit;
use super::unit::UserUnit;

/// Folders that are left to those who run the machine: Debian Policy 9.1.1 and 9.1.2, hier(7).
const OWN: [&str; 7] = [
    "/home",
    "/root",
    "/tmp",
    "/var/tmp",
    "/usr/local",
    "/mnt",
    "/media",
];

/// Task types that look at files only for what tasks before them have put there.
const BY_FACTS: [&str; 7] = [
    "apt",
    "dnf",
    "hostname",
    "package",
    "service",
    "systemd_service",
    "timezone",
];

/// Whether a task of this type was answered that something is not there which a package may bring.
pub fn may_come(module: &str, want: &Want, answer: &Answer) -> bool {
    match (want, answer) {
        (Want::Entry { path, .. }, Answer::Entry(None)) => {
            is_brought(path.as_str()) && !BY_FACTS.contains(&module)
        }
        (Want::Fact(_), Answer::Failed(_)) => true,
        (Want::Fact(fact), Answer::Fact(value)) => is_missing(fact.key().family, value),
        _ => false,
    }
}

/// Whether a package adds to a list: of services, packages, accounts, open ports. Folders are not among them: a package
/// seldom puts files where a play looks for others, and a plan that doubts each look says nothing any more.
pub fn may_grow(want: &Want) -> bool {
    let Want::Fact(fact) = want else { return false };
    match fact.key().family {
        Services::FAMILY
        | PackageList::FAMILY
        | LocalFacts::FAMILY
        | Listening::FAMILY
        | PrimaryUsers::FAMILY => true,
        // Without a key: `-- passwd`.
        Getent::FAMILY => fact.key().key.split(' ').skip_while(|word| *word != "--").count() == 2,
        _ => false,
    }
}

fn is_brought(path: &str) -> bool {
    let path = AbsPath::new(path);
    let own = |path: &AbsPath| {
        OWN.iter()
            .any(|own| AbsPath::new(own).is_some_and(|own| path.is_within(&own)))
    };
    !path.is_some_and(|path| own(&path))
}

fn is_missing(family: &str, value: &Value) -> bool {
    match family {
        User::FAMILY
        | LocalUser::FAMILY
        | Group::FAMILY
        | LocalGroup::FAMILY
        | Sysctl::FAMILY
        | UfwSettings::FAMILY => value.is_null(),
        Unit::FAMILY | UserUnit::FAMILY | GlobalUnit::FAMILY => {
            value.pointer("/load/Is").is_some_and(|load| load == "not-found")
        }
        // No such database, or no such key.
        Getent::FAMILY => matches!(value["code"].as_i64(), Some(1 | 2)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::want;

    fn entry(path: &str) -> Want {
        Want::Entry {
            path: AbsPath::new(path).expect("a path"),
            follow: true,
            content: false,
        }
    }

    #[test]
    fn what_is_missing_may_come_where_packages_put_things() {
        let nothing = Answer::Entry(None);
        assert!(may_come("file", &entry("/etc/docker"), &nothing));
        assert!(!may_come("file", &entry("/home/bob/x"), &nothing));
        assert!(!may_come(
            "service",
            &entry("/etc/systemd/system/x.service"),
            &nothing
        ));
        let group = want(Group("mysql".to_owned()));
        assert!(may_come("user", &group, &Answer::Fact(Value::Null.into())));
        assert!(!may_come(
            "user",
            &group,
            &Answer::Fact(serde_json::json!({"name": "mysql"}).into())
        ));
        let absent = serde_json::to_value(crate::facts::unit::UnitState::not_found("x")).expect("JSON");
        let unit = want(Unit("x.service".to_owned()));
        assert!(may_come("service", &unit, &Answer::Fact(absent.into())));
    }

    #[test]
    fn lists_of_what_packages_bring_may_grow() {
        let getent = |key: Option<&str>| {
            want(Getent {
                database: "passwd".to_owned(),
                key: key.map(str::to_owned),
                service: Some("files".to_owned()),
            })
        };
        assert!(may_grow(&getent(None)) && !may_grow(&getent(Some("root"))));
        assert!(!may_grow(&Want::Glob("/etc/*.d".to_owned())));
    }
}
