//! `timezone`: a machine's time zone.

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

use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::setup::Setup;
use crate::facts::time_zone::TimeZone;
use crate::facts::time_zone::Zone;
use crate::facts::want;

words! {
    /// What the hardware's clock shows.
    pub enum Clock {
        /// The machine's local time.
        Local = "local",
        /// Universal time.
        Utc = "UTC",
    }
}

arguments! {
    /// Sets the time zone.
    pub struct Timezone {
        /// The zone, as in /usr/share/zoneinfo: `Europe/Berlin`.
        name: Option<Text>,
        /// What the hardware's clock shows.
        hwclock | "rtc": Option<Clock>,
    }
}

/// What was seen of the time zone.
#[derive(Debug)]
pub struct Seen {
    zone: Known<Zone>,
    /// Whether the wanted one is known to the machine.
    exists: Known<bool>,
}

impl Timezone {
    fn file(&self) -> Option<AbsPath> {
        AbsPath::new(&format!("/usr/share/zoneinfo/{}", self.name.as_ref()?))
    }

    fn want_file(&self) -> Option<Want> {
        let path = self.file()?;
        Some(Want::Entry {
            path,
            follow: true,
            content: false,
        })
    }

    fn run(&self, zone: Option<&Zone>) -> Run {
        let systemd = zone.is_none_or(|zone| zone.systemd);
        let (mut script, mut what) = (Vec::new(), Vec::new());
        let name = self.name.as_ref().filter(|name| zone.is_none_or(|zone| zone.name != name.text));
        if let Some(name) = name {
            let quoted = quote(&name.text);
            what.push(name.text.clone());
            script.push(if systemd {
                format!("timedatectl set-timezone {quoted}")
            } else {
                format!("ln -sfn {} /etc/localtime && printf '%s\\n' {quoted} >/etc/timezone", quote(&format!("/usr/share/zoneinfo/{name}")))
            });
        }
        let clock = self.local_clock().filter(|local| zone.is_none_or(|zone| zone.local_clock != *local));
        if let Some(local) = clock {
            what.push(format!("hardware clock in {}", if local { "local time" } else { "UTC" }));
            script.push(match (systemd, local) {
                (true, local) => format!("timedatectl set-local-rtc {local}"),
                (false, true) => "hwclock --systohc --localtime".to_owned(),
                (false, false) => "hwclock --systohc --utc".to_owned(),
            });
        }
        let command = Command::shell(format!("{}\n", script.join(" && ")));
        let mut run = Run::new(format!("set the time zone: {}", what.join(", ")), command);
        let paths = ["/etc/localtime", "/etc/timezone", "/etc/adjtime"];
        run.obscures = paths.iter().filter_map(|path| AbsPath::new(path).map(Obscures::Path)).collect();
        run.obscures.push(Obscures::Family(Setup::FAMILY));
        match zone {
            Some(zone) => run.predict(TimeZone, Known::Is(self.after(zone))),
            None => {
                run.obscures.push(Obscures::Family(TimeZone::FAMILY));
                run
            }
        }
    }

    fn local_clock(&self) -> Option<bool> {
        self.hwclock.map(|clock| clock == Clock::Local)
    }

    fn after(&self, zone: &Zone) -> Zone {
        Zone {
            name: self.name.as_ref().map_or_else(|| zone.name.clone(), |name| name.text.clone()),
            local_clock: self.local_clock().unwrap_or(zone.local_clock),
            systemd: zone.systemd,
        }
    }
}

fn describe(zone: &Zone) -> String {
    let clock = if zone.local_clock { "local" } else { "UTC" };
    format!("name: {}\nhwclock: {clock}\n", zone.name)
}

impl TaskType for Timezone {
    const NAME: &'static str = "timezone";
    const COLLECTION: &'static str = "community.general";
    const ABOUT: &'static str = "Sets a machine's time zone, and what its hardware's clock shows.";
    const EXAMPLE: &'static str = "- name: Logs are in universal time\n  community.general.timezone:\n    name: Etc/UTC\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        if self.name.is_none() && self.hwclock.is_none() {
            problems.push(
                Problem::error("task::missing", "one of the following is required: hwclock, name")
                    .help("the task does nothing; give `name` or `hwclock`"),
            );
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
        for name in self.name.iter().filter(|name| {
            let text = name.text.as_str();
            text.is_empty() || text.starts_with(['/', '-']) || !text.chars().all(fits)
        }) {
            problems.push(
                Problem::error("task::value", format!("`{name}` cannot be a time zone"))
                    .at(&name.place, "expected a name as `Europe/Berlin`"),
            );
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        std::iter::once(want(TimeZone)).chain(self.want_file()).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let zone = on.fact(TimeZone)?;
        let is_so = matches!(&zone, Known::Is(zone) if self.after(zone).name == zone.name);
        let exists = match self.file().filter(|_| !is_so) {
            Some(path) => on.entry(&path, true)?.map(|entry| entry.is_some()),
            None => Known::Is(true),
        };
        Ok(Seen { zone, exists })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let zone = match &seen.zone {
            Known::Is(zone) => zone,
            Known::Unknown(why) => {
                return Ok(Plan::unknown(vec![Change::Run(Box::new(self.run(None)))], why.to_string()));
            }
        };
        let after = self.after(zone);
        if after == *zone {
            return Ok(Plan::unchanged(format!("the time zone is {}", zone.name)));
        }
        if let (Known::Is(false), Some(name)) = (&seen.exists, &self.name) {
            return Err(Error::failed(format!("the machine does not know the time zone {name}"))
                .help("is the name right, and is the package tzdata installed?"));
        }
        let changes = vec![Change::Run(Box::new(self.run(Some(zone))))];
        let plan = match &seen.exists {
            Known::Unknown(why) => Plan::unknown(changes, why.to_string()),
            Known::Is(_) => Plan::changes(changes),
        };
        Ok(plan.show("the time zone", describe(zone), describe(&after)))
    }

    fn result(&self, _seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        Returned::new()
    }
}
