//! The families of facts that are described, each with all its keys.

use evenkeel_host::AnyFact;
use evenkeel_host::Fact;
use evenkeel_host::FamilyCapture;
use evenkeel_tasks::facts::account::Group;
use evenkeel_tasks::facts::account::LocalGroup;
use evenkeel_tasks::facts::account::LocalUser;
use evenkeel_tasks::facts::account::PrimaryUsers;
use evenkeel_tasks::facts::account::User;
use evenkeel_tasks::facts::sysctl::Sysctl;
use evenkeel_tasks::facts::unit::Unit;
use evenkeel_tasks::facts::unit::UnitFilesChanged;
use evenkeel_tasks::facts::unit::UnitState;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::Result;
use serde_json::Value;
use serde_json::json;

/// Units that are named after numbers and devices of this one host.
const PASSING_UNITS: &str = r"^(dev-|sys-|session-|run-|user-|user@|proc-|\\|-\.)";

/// Kernel settings that are counters or name the one kernel that was running.
const PASSING_SETTINGS: &str = r"^(kernel\.(osrelease|version|hostname|random|ns_last_pid|pty\.nr)|fs\.(dentry-state|inode|file-nr|aio-nr))";

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
    Ok(vec![
        family(&users, User, Value::Null),
        family(&users, LocalUser, Value::Null),
        family(&groups, Group, Value::Null),
        family(&names, LocalGroup, Value::Null),
        family(&groups, PrimaryUsers, json!([])),
        family(&units, Unit, not_found),
        family(&settings, Sysctl, Value::Null),
        FamilyCapture {
            facts: vec![AnyFact::new(UnitFilesChanged)],
            absent: None,
        },
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
