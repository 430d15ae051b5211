//! `hostname`: what a machine is called.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;
use serde_json::Value;
use serde_json::json;

use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::host_names::HostNames;
use crate::facts::host_names::Names;
use crate::facts::setup::Setup;
use crate::facts::want;
use crate::plan::Effects;

words! {
    /// Who is told the name.
    pub enum Strategy {
        /// As `debian`, Alpine's way.
        Alpine = "alpine",
        /// The kernel, and /etc/hostname.
        Debian = "debian",
        /// Refused: FreeBSD.
        FreeBsd = "freebsd",
        /// As `debian`.
        Generic = "generic",
        /// Refused: macOS.
        MacOs = "macos",
        /// Refused: macOS.
        MacOsX = "macosx",
        /// Refused: macOS.
        Darwin = "darwin",
        /// Refused: OpenBSD.
        OpenBsd = "openbsd",
        /// Refused: OpenRC.
        OpenRc = "openrc",
        /// Refused: what RHEL 6 had.
        RedHat = "redhat",
        /// Refused: what old SUSE had.
        Sles = "sles",
        /// Refused: Solaris.
        Solaris = "solaris",
        /// systemd's hostnamed.
        Systemd = "systemd",
    }
}

arguments! {
    /// Names a machine.
    pub struct Hostname {
        /// The name, with or without a domain. /etc/hosts is not touched.
        name: Text,
        /// Who is told; without it systemd where it runs, else the kernel and /etc/hostname.
        r#use: Option<Strategy>,
    }
}

/// The longest name that systemd and the kernel take, hostname(7).
const LONGEST: usize = 64;

impl Hostname {
    fn script(&self, systemd: bool) -> String {
        let name = quote(&self.name.text);
        if systemd {
            return format!(
                "hostnamectl --pretty --static set-hostname {name} && hostnamectl --transient set-hostname {name}\n"
            );
        }
        format!("hostname {name} && printf '%s\\n' {name} >/etc/hostname\n")
    }

    fn run(&self, seen: &Known<Names>) -> Run {
        let name = &self.name.text;
        let by_systemd = match (self.r#use, seen) {
            (Some(strategy), _) => strategy == Strategy::Systemd,
            (None, Known::Is(names)) => names.systemd,
            (None, Known::Unknown(_)) => true,
        };
        let command = Command::shell(self.script(by_systemd));
        let mut run = Run::new(format!("name the machine {name}"), command);
        run.obscures = vec![Obscures::Family(Setup::FAMILY)];
        run.obscures.extend(
            ["/etc/hostname", "/etc/machine-info"]
                .iter()
                .filter_map(|path| AbsPath::new(path).map(Obscures::Path)),
        );
        match seen {
            Known::Is(names) => {
                let after = Names {
                    now: name.clone(),
                    after_start: name.clone(),
                    full: Known::unknown(format!("the resolver's answer for {name}")),
                    systemd: names.systemd,
                };
                run.predict(HostNames, Known::Is(after))
            }
            Known::Unknown(_) => {
                run.obscures.push(Obscures::Family(HostNames::FAMILY));
                run
            }
        }
    }

    /// Facts that follow from the name, and what is known of the others.
    fn facts(&self, full: Known<String>) -> Vec<(String, Known<Value>)> {
        let name = &self.name.text;
        let short = name.split('.').next().unwrap_or("");
        let domain = |full: String| json!(full.split_once('.').map_or("", |(_, domain)| domain));
        vec![
            ("ansible_hostname".to_owned(), Known::Is(json!(short))),
            ("ansible_nodename".to_owned(), Known::Is(json!(name))),
            ("ansible_fqdn".to_owned(), full.clone().map(|full| json!(full))),
            ("ansible_domain".to_owned(), full.map(domain)),
        ]
    }

    fn full(&self, seen: &Known<Names>, plan: Option<&Plan>) -> Known<String> {
        let name = &self.name.text;
        match seen {
            _ if name.contains('.') => Known::Is(name.clone()),
            Known::Is(names) if plan.is_none_or(|plan| plan.changes.is_empty()) => names.full.clone(),
            _ => Known::unknown(format!("the resolver's answer for {name}")),
        }
    }
}

impl TaskType for Hostname {
    const NAME: &'static str = "hostname";
    const ABOUT: &'static str = "Names a machine, now and after the next start.";
    const EXAMPLE: &'static str = "- name: The machine is called as in the inventory\n  ansible.builtin.hostname:\n    name: lb1\n";
    type Seen = Known<Names>;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let name = &self.name.text;
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
        if name.is_empty() || name.len() > LONGEST || name.starts_with(['-', '.']) || !name.chars().all(fits) {
            problems.push(
                Problem::error("task::value", format!("`{name}` cannot be the name of a machine")).at(
                    &self.name.place,
                    format!("expected letters, digits, `-` and `.`, {LONGEST} at most"),
                ),
            );
        }
        match self.r#use {
            None | Some(Strategy::Systemd | Strategy::Debian | Strategy::Generic | Strategy::Alpine) => {}
            Some(_) => problems.push(
                Problem::error("task::unsupported", "`use` names a system that is not supported")
                    .help("leave it out, or write `systemd` or `debian`"),
            ),
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        vec![want(HostNames)]
    }

    fn observe(&self, on: &View<'_>) -> Result<Known<Names>> {
        Ok(on.fact(HostNames)?)
    }

    fn plan(&self, seen: &Known<Names>) -> Result<Plan> {
        let name = &self.name.text;
        let change = || vec![Change::Run(Box::new(self.run(seen)))];
        let mut plan = match seen {
            Known::Is(names) if names.now == *name && names.after_start == *name => {
                Plan::unchanged(format!("the machine is called {name}"))
            }
            Known::Is(names) if !names.systemd && self.r#use == Some(Strategy::Systemd) => {
                return Err(Error::failed(format!("{} does not run systemd", names.now)).help("leave `use` out"));
            }
            Known::Is(names) => {
                let before = if names.now == *name { &names.after_start } else { &names.now };
                let line = |name: &str| format!("hostname = {name}\n");
                Plan::changes(change()).show("the machine's name", line(before), line(name))
            }
            Known::Unknown(why) => Plan::unknown(change(), why.to_string()),
        };
        plan.effects = Effects {
            facts: self.facts(self.full(seen, Some(&plan))),
            ..Effects::default()
        };
        Ok(plan)
    }

    fn result(&self, seen: &Known<Names>, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let facts = self.facts(self.full(seen, Some(plan)));
        let known = |value: Known<Value>| match value {
            Known::Is(value) => value,
            Known::Unknown(why) => crate::json::unknown_part(&why),
        };
        let facts: serde_json::Map<String, Value> =
            facts.into_iter().map(|(key, value)| (key, known(value))).collect();
        Returned::from_iter([
            ("name".to_owned(), Known::Is(json!(self.name.text))),
            ("ansible_facts".to_owned(), Known::Is(Value::Object(facts))),
        ])
    }
}
