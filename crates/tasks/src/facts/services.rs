//! All services of a machine, as Ansible's `service_facts` tells of them.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::facts::sections::section;

/// Every service by its name, with `name`, `state`, `status` and `source`.
#[derive(Clone, Debug)]
pub struct Services;

/// The words that say more of a service than whether it is active.
const BAD: [&str; 3] = ["not-found", "masked", "failed"];

/// Scripts of the old kind first, then what systemd has loaded, its files, and the state of those files' services that
/// are not loaded, in the order of their names.
const SCRIPT: &str = "\
export LC_ALL=C PATH=\"$PATH:/usr/sbin:/sbin\"
if command -v service >/dev/null && ! command -v chkconfig >/dev/null && ! command -v rc-status >/dev/null; then
 echo '== sysv'; service --status-all 2>/dev/null </dev/null
fi
[ -d /run/systemd/system ] || exit 0
u=$(systemctl list-units --no-pager --type service --all --plain --no-legend) || exit 1
f=$(systemctl list-unit-files --no-pager --type service --all --no-legend) || exit 1
printf '== units\\n%s\\n== files\\n%s\\n' \"$u\" \"$f\"
m=$(printf '%s\\n==\\n%s\\n' \"$u\" \"$f\" | awk '
 $1 == \"==\" { files = 1; next }
 !files { for (i = 1; i <= 2; i++) if ($i ~ /\\.service$/) loaded[$i] = 1; next }
 $1 ~ /\\.service$/ && !($1 in loaded) && $1 !~ /@\\./ { print $1 }')
[ -z \"$m\" ] || { printf '== others\\n%s\\n== states\\n' \"$m\"; printf '%s\\n' \"$m\" | xargs -d '\\n' systemctl show -p ActiveState --; }
exit 0
";

fn entry(name: &str, state: &str, status: &str) -> Value {
    json!({"name": name, "state": state, "status": status, "source": "systemd"})
}

/// `[ + ]  cron`.
fn of_script(line: &str) -> Option<(String, Value)> {
    let (mark, name) = line.trim().strip_prefix("[ ")?.split_once(" ]")?;
    let state = match mark {
        "+" => "running",
        "-" => "stopped",
        _ => return None,
    };
    let name = name.trim().to_owned();
    Some((
        name.clone(),
        json!({"name": name, "state": state, "source": "sysv"}),
    ))
}

/// `cron.service loaded active running Regular background program processing daemon`.
fn of_unit(line: &str) -> Option<(String, Value)> {
    let mut fields: Vec<&str> = line.split_whitespace().collect();
    if matches!(fields.first(), Some(&("●" | "*" | "○" | "×"))) {
        fields.remove(0);
    }
    let &[name, _, active, sub, ..] = fields.as_slice() else {
        return None;
    };
    let all_but_last = fields.len() - 1;
    let bad = BAD.iter().find(|bad| fields[..all_but_last].contains(bad));
    let state = if sub == "running" { "running" } else { "stopped" };
    Some((name.to_owned(), entry(name, state, bad.unwrap_or(&active))))
}

impl Fact for Services {
    type Value = Map<String, Value>;
    const FAMILY: &'static str = "services";

    fn key(&self) -> String {
        String::new()
    }

    /// Each script of the old kind is asked for its state by `service`, as Ansible does.
    fn script(_keys: &[&str]) -> String {
        SCRIPT.to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Map<String, Value>, String> {
        let text = output.text();
        if output.code != 0 {
            let error = String::from_utf8_lossy(&output.stderr);
            return Err(format!("systemd does not tell of services: {}", error.trim()));
        }
        let mut services: Map<String, Value> = section(&text, "sysv").filter_map(of_script).collect();
        services.extend(section(&text, "units").filter_map(of_unit));
        let states = section(&text, "states").filter_map(|line| line.strip_prefix("ActiveState="));
        let others: Map<String, Value> = section(&text, "others")
            .zip(states)
            .map(|(name, state)| (name.to_owned(), json!(state)))
            .collect();
        for line in section(&text, "files") {
            let mut words = line.split_whitespace();
            let (Some(name), Some(status)) = (words.next(), words.next()) else {
                continue;
            };
            match services.get_mut(name) {
                Some(known) if BAD.iter().any(|bad| known["status"] == *bad) => {}
                Some(known) => known["status"] = json!(status),
                None => {
                    let state = others.get(name).and_then(Value::as_str).unwrap_or("unknown");
                    services.insert(name.to_owned(), entry(name, state, status));
                }
            }
        }
        Ok(services)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_files_and_scripts() {
        let stdout = b"== sysv\n [ + ]  cron\n [ - ]  x11-common\n [ ? ]  hwclock.sh\n== units\n\
            cron.service loaded active running Regular background program processing daemon\n\
            \xe2\x97\x8f apparmor.service not-found inactive dead apparmor.service\n\
            one.service loaded active exited One\n\
            == files\ncron.service enabled enabled\napparmor.service masked enabled\nproxy.service disabled enabled\n\
            getty@.service enabled enabled\n== others\nproxy.service\n== states\nActiveState=inactive\n"
            .to_vec();
        let output = Output {
            stdout,
            ..Output::default()
        };
        let services = Value::Object(Services.parse(&output).expect("services"));
        let of = |name: &str| (services[name]["state"].clone(), services[name]["status"].clone());
        assert_eq!(of("cron.service"), (json!("running"), json!("enabled")));
        assert_eq!(of("apparmor.service"), (json!("stopped"), json!("not-found")));
        assert_eq!(of("one.service"), (json!("stopped"), json!("active")));
        assert_eq!(of("proxy.service"), (json!("inactive"), json!("disabled")));
        assert_eq!(of("getty@.service"), (json!("unknown"), json!("enabled")));
        assert_eq!(
            services["cron"],
            json!({"name": "cron", "state": "running", "source": "sysv"})
        );
        assert!(services.get("hwclock.sh").is_none());
    }
}
