//! The commands that bring zones where they should be.

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::quote;

use super::Firewalld;
use super::Seen;
use super::setting::Call;
use super::setting::Setting;
use crate::Error;
use crate::Plan;
use crate::Result;
use crate::facts::firewalld::BUS;
use crate::facts::firewalld::OBJECT;
use crate::facts::firewalld::Permanent;
use crate::facts::firewalld::PermanentZone;
use crate::facts::firewalld::Runtime;
use crate::facts::firewalld::RuntimeZone;
use crate::facts::firewalld::Zone;

/// What has to be done, in one script: a change costs a call on the bus for each place, and one to find the zone.
struct Work {
    run: Run,
    script: String,
    before: String,
    after: String,
}

impl Firewalld {
    pub(super) fn work(&self, seen: &Seen) -> Result<Plan> {
        let why = seen
            .runtime
            .why()
            .or(seen.permanent.as_ref().and_then(Known::why));
        if let Some(why) = why {
            return Ok(self.unknown(why));
        }
        let (Known::Is(runtime), permanent) = (
            &seen.runtime,
            seen.permanent.as_ref().and_then(|p| p.as_ref().ok()),
        ) else {
            return Ok(self.unknown("firewalld"));
        };
        let may_be_stopped = self.offline && self.permanent;
        if !(runtime.running || may_be_stopped) {
            return Err(Error::failed("firewalld does not run on this machine")
                .help("start it first, or set `offline: true` with `permanent: true`"));
        }
        let Some(setting) = self.setting() else {
            return self.whole_zone(runtime, permanent);
        };
        let mut work = Work::new(self.summary(&setting));
        if let Some(permanent) = permanent {
            self.permanent(&mut work, &setting, runtime, permanent)?;
        }
        if self.is_immediate() && runtime.running {
            self.runtime(&mut work, &setting, runtime)?;
        }
        let name = permanent.map_or(&runtime.name, |permanent| &permanent.name);
        Ok(work.into_plan(name, || {
            let is = if self.wanted() { "is" } else { "is not" };
            match &setting {
                Setting::Target(target) => format!("the target of zone {name} {is} {}", target.word()),
                _ => format!("{} {is} in zone {name}", setting.name()),
            }
        }))
    }

    fn summary(&self, setting: &Setting) -> String {
        let zone = self.zone.as_ref().map_or("the default zone".to_owned(), |zone| {
            format!("zone {}", zone.text)
        });
        let (verb, link) = match (setting, self.wanted()) {
            (Setting::Target(_), true) => ("set", "of"),
            (Setting::Target(_), false) => return format!("reset the target of {zone}"),
            (_, true) => ("add", "to"),
            (_, false) => ("remove", "from"),
        };
        format!("{verb} {} {link} {zone}", setting.name())
    }

    /// All that may have to be done where nothing is known of firewalld.
    fn unknown(&self, why: &str) -> Plan {
        let mut work = Work::new(match self.setting() {
            Some(setting) => self.summary(&setting),
            None => format!("change zone {}", self.zone_key()),
        });
        let zone = self.zone_key();
        if let Some(setting) = self.setting() {
            if self.permanent {
                work.call_permanent(
                    &zone,
                    &setting,
                    &setting.permanent_calls(self.wanted(), &Zone::default()),
                    self.wanted(),
                );
            }
            if self.is_immediate() {
                work.call_runtime(
                    &zone,
                    &setting.runtime_calls(self.wanted(), &Zone::default(), self.timeout),
                );
            }
        } else {
            work.call_zone(&zone, self.wanted());
        }
        work.run.obscures = vec![
            Obscures::Family(RuntimeZone::FAMILY),
            Obscures::Family(PermanentZone::FAMILY),
        ];
        Plan::unknown(vec![work.finished()], why)
    }

    fn permanent(
        &self,
        work: &mut Work,
        setting: &Setting,
        runtime: &Runtime,
        permanent: &Permanent,
    ) -> Result<()> {
        let Some(zone) = &permanent.zone else {
            let help = if runtime.running {
                "create it with `state: present`, or name another zone"
            } else {
                "create it with `state: present`; is firewalld installed?"
            };
            return Err(Error::failed(format!("there is no zone {}", permanent.name)).help(help));
        };
        let holds = !setting.found(zone).is_empty();
        if holds == self.wanted() {
            return Ok(());
        }
        if runtime.running {
            work.call_permanent(
                &permanent.name,
                setting,
                &setting.permanent_calls(self.wanted(), zone),
                self.wanted(),
            );
        } else {
            work.call_offline(&permanent.name, &setting.offline_options(self.wanted(), zone));
        }
        if matches!(setting, Setting::Interface(_)) {
            work.run.obscures.push(Obscures::Family(PermanentZone::FAMILY));
        }
        work.show("permanent", setting, zone, self.wanted());
        let after = setting.applied(zone, self.wanted());
        for key in self.keys(&permanent.name, permanent.is_default) {
            match &after {
                Some(zone) => {
                    let value = Permanent {
                        zone: Some(zone.clone()),
                        ..permanent.clone()
                    };
                    work.run = work.run.clone().predict(PermanentZone(key), Known::Is(value));
                }
                None => work.run.obscures.push(Obscures::Fact(PermanentZone::FAMILY, key)),
            }
        }
        Ok(())
    }

    fn runtime(&self, work: &mut Work, setting: &Setting, runtime: &Runtime) -> Result<()> {
        let Some(zone) = &runtime.zone else {
            return Err(Error::failed(format!(
                "there is no zone {} in the running firewall",
                runtime.name
            ))
            .help("a new zone is there once firewalld was reloaded: `service` with `state: reloaded`"));
        };
        let holds = !setting.found(zone).is_empty();
        if holds == self.wanted() {
            return Ok(());
        }
        work.call_runtime(
            &runtime.name,
            &setting.runtime_calls(self.wanted(), zone, self.timeout),
        );
        if matches!(setting, Setting::Interface(_)) {
            work.run.obscures.push(Obscures::Family(RuntimeZone::FAMILY));
        }
        work.show("now", setting, zone, self.wanted());
        let after = setting.applied(zone, self.wanted());
        for key in self.keys(&runtime.name, runtime.is_default) {
            match &after {
                Some(zone) => {
                    let value = Runtime {
                        zone: Some(zone.clone()),
                        ..runtime.clone()
                    };
                    work.run = work.run.clone().predict(RuntimeZone(key), Known::Is(value));
                }
                None => work.run.obscures.push(Obscures::Fact(RuntimeZone::FAMILY, key)),
            }
        }
        Ok(())
    }

    /// The keys under which a zone is asked for.
    fn keys(&self, name: &str, is_default: bool) -> Vec<String> {
        let mut keys = vec![name.to_owned(), self.zone_key()];
        if is_default {
            keys.push(String::new());
        }
        keys.sort();
        keys.dedup();
        keys
    }

    /// Creates or removes a zone, permanently.
    fn whole_zone(&self, runtime: &Runtime, permanent: Option<&Permanent>) -> Result<Plan> {
        let name = self.zone_key();
        let exists = permanent.is_some_and(|permanent| permanent.zone.is_some());
        if exists == self.wanted() {
            let is = if exists { "exists" } else { "does not exist" };
            return Ok(Plan::unchanged(format!("zone {name} {is}")));
        }
        let verb = if self.wanted() { "create" } else { "remove" };
        let mut work = Work::new(format!("{verb} zone {name}"));
        if runtime.running {
            work.call_zone(&name, self.wanted());
        } else {
            let option = if self.wanted() { "new" } else { "delete" };
            work.script += &format!(
                "firewall-offline-cmd {}\n",
                quote(&format!("--{option}-zone={name}"))
            );
        }
        let zone = self.wanted().then(|| Zone {
            forward: runtime.running,
            ..Zone::default()
        });
        let value = Permanent {
            name: name.clone(),
            is_default: false,
            zone,
        };
        work.run = work
            .run
            .clone()
            .predict(PermanentZone(name.clone()), Known::Is(value));
        let line = format!("zone {name}\n");
        (work.before, work.after) = if self.wanted() {
            (String::new(), line)
        } else {
            (line, String::new())
        };
        Ok(work.into_plan(&name, String::new))
    }
}

impl Work {
    fn new(summary: String) -> Work {
        let run = Run::new(summary, Command::shell(""));
        Work {
            run,
            script: String::new(),
            before: String::new(),
            after: String::new(),
        }
    }

    fn call_permanent(&mut self, zone: &str, setting: &Setting, calls: &[Call], wanted: bool) {
        self.find("z", &quote(zone));
        if let (Setting::Interface(name), true) = (setting, wanted) {
            let name = quote(name);
            self.script += &format!(
                "o=$(busctl --auto-start=no call {BUS} {OBJECT}/config {BUS}.config getZoneOfInterface s {name}) || exit 1\n\
                 o=${{o#s \\\"}}; o=${{o%\\\"}}\nif [ -n \"$o\" ]; then\n"
            );
            self.find("p", "\"$o\"");
            self.script += &format!("call \"$p\" {BUS}.config.zone removeInterface s {name} || exit 1\nfi\n");
        }
        for call in calls {
            let types = if call.types.is_empty() {
                String::new()
            } else {
                format!(" {}", quote(call.types))
            };
            self.script += &format!(
                "call \"$z\" {BUS}.config.zone {}{types}{} || exit 1\n",
                call.method,
                words(&call.arguments)
            );
        }
    }

    /// Finds the object of a permanent zone and puts it into a shell variable.
    fn find(&mut self, variable: &str, zone: &str) {
        self.script += &format!(
            "{variable}=$(busctl --auto-start=no call {BUS} {OBJECT}/config {BUS}.config getZoneByName s {zone}) || exit 1\n\
             {variable}=${{{variable}#o \\\"}}; {variable}=${{{variable}%\\\"}}\n"
        );
    }

    fn call_runtime(&mut self, zone: &str, calls: &[Call]) {
        for call in calls {
            let types = quote(&format!("s{}", call.types)).into_owned();
            let zone = quote(zone);
            self.script += &format!(
                "call {OBJECT} {BUS}.zone {} {types} {zone}{} || exit 1\n",
                call.method,
                words(&call.arguments)
            );
        }
    }

    fn call_zone(&mut self, zone: &str, wanted: bool) {
        let name = quote(zone).into_owned();
        if wanted {
            // What a new zone does by default depends on firewalld's version; so it is said.
            self.script += &format!(
                "call {OBJECT}/config {BUS}.config addZone2 'sa{{sv}}' {name} 1 forward b true || exit 1\n"
            );
        } else {
            self.find("z", &name);
            self.script += &format!("call \"$z\" {BUS}.config.zone remove || exit 1\n");
        }
    }

    fn call_offline(&mut self, zone: &str, options: &[String]) {
        for option in options {
            let zone = quote(&format!("--zone={zone}")).into_owned();
            self.script += &format!("firewall-offline-cmd {zone} {} || exit 1\n", quote(option));
        }
    }

    /// Shows the setting where it comes or goes.
    fn show(&mut self, place: &str, setting: &Setting, zone: &Zone, wanted: bool) {
        if let Setting::Target(_) = setting {
            let after = setting
                .applied(zone, wanted)
                .map(|zone| zone.target)
                .unwrap_or_default();
            self.before += &format!("{place}: target {}\n", zone.target);
            self.after += &format!("{place}: target {after}\n");
            return;
        }
        let side = if wanted { &mut self.after } else { &mut self.before };
        *side += &format!("{place}: {}\n", setting.name());
    }

    fn finished(mut self) -> Change {
        if self.script.contains("call ") {
            self.script.insert_str(
                0,
                &format!("call() {{ busctl --auto-start=no call {BUS} \"$@\" >/dev/null; }}\n"),
            );
        }
        self.run.command = Command::shell(self.script);
        Change::Run(Box::new(self.run))
    }

    fn into_plan(self, zone: &str, unchanged: impl FnOnce() -> String) -> Plan {
        if self.script.is_empty() {
            return Plan::unchanged(unchanged());
        }
        let (before, after) = (self.before.clone(), self.after.clone());
        Plan::changes(vec![self.finished()]).show(format!("firewalld zone {zone}"), before, after)
    }
}

fn words(arguments: &[String]) -> String {
    arguments
        .iter()
        .map(|argument| format!(" {}", quote(argument)))
        .collect()
}
