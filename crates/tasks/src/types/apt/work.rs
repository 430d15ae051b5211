//! The changes that follow from what was seen of packages.

use evenkeel_host::AbsPath;
use evenkeel_host::Certainty;
use evenkeel_host::Change;
use evenkeel_host::Effect;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Program;
use evenkeel_host::Run;
use evenkeel_host::quote;

use super::Apt;
use super::debs::placeholder;
use super::look::ARCHIVES;
use super::look::Arriving;
use super::look::Call;
use super::look::Leaving;
use super::look::Seen;
use crate::Plan;
use crate::Result;
use crate::facts::dpkg_selection::DpkgSelection;
use crate::facts::package;
use crate::facts::package::AptCache;
use crate::facts::package::CacheState;
use crate::facts::package::Package;
use crate::facts::package::PackageState;

impl Apt {
    pub(super) fn work(&self, seen: &Seen) -> Result<Plan> {
        let mut changes = Vec::new();
        if seen.due != Known::Is(false) {
            changes.push(Change::Run(Box::new(self.update_run())));
        }
        changes.extend(
            seen.calls
                .iter()
                .map(|call| Change::Run(Box::new(self.run(call)))),
        );
        let marks = (!seen.marks.is_empty()).then(|| mark(&seen.marks));
        changes.extend(marks.map(|run| Change::Run(Box::new(run))));
        if changes.is_empty() {
            return Ok(Plan::unchanged(self.reason(seen)));
        }
        let unsure = seen
            .calls
            .iter()
            .find_map(|call| call.unsure.clone())
            .or(seen.due.why().map(str::to_owned));
        let mut plan = Plan {
            certainty: unsure.map_or(Certainty::Sure, Certainty::Unknown),
            ..Plan::changes(changes)
        };
        // As with Ansible: with packages, only what happens to them counts; alone, the update does.
        let concerns_packages =
            self.name.is_some() || self.deb.is_some() || self.upgrade != super::Upgrade::No;
        if seen.calls.is_empty() && (concerns_packages || seen.due == Known::Is(false)) {
            plan.changed = Some(false);
        }
        Ok(show(plan, seen))
    }

    fn reason(&self, seen: &Seen) -> String {
        if seen.reasons.is_empty() && self.updates() {
            return "the package lists are fresh".to_owned();
        }
        seen.reasons.join(", ")
    }

    /// Updates the package lists; `around` puts more around the script.
    pub(in crate::types) fn update_lists(retries: i64, longest: i64, around: &dyn Fn(&str) -> String) -> Run {
        let mut apt = Apt::updating();
        (apt.update_cache_retries, apt.update_cache_retry_max_delay) = (retries, longest);
        let mut run = apt.update_run();
        if let Program::Shell { script, .. } = &mut run.command.program {
            *script = around(script);
        }
        run
    }

    /// A task that only updates the package lists.
    fn updating() -> Apt {
        Apt {
            name: None,
            state: super::State::Present,
            deb: None,
            update_cache: Some(true),
            cache_valid_time: 0,
            update_cache_retries: 5,
            update_cache_retry_max_delay: 12,
            upgrade: super::Upgrade::No,
            autoremove: false,
            purge: false,
            autoclean: false,
            clean: false,
            default_release: None,
            install_recommends: None,
            only_upgrade: false,
            allow_change_held_packages: false,
            allow_downgrade: false,
            allow_unauthenticated: false,
            force: false,
            fail_on_autoremove: false,
            dpkg_options: "force-confdef,force-confold".to_owned(),
            lock_timeout: 60,
            policy_rc_d: None,
            force_apt_get: false,
            auto_install_module_deps: true,
        }
    }

    fn update_run(&self) -> Run {
        let mut run = Run::new("update the package lists", self.update())
            .predict(AptCache, Known::Is(CacheState::just_updated()));
        // The simulation stays: on old lists it still tells which packages come together.
        run.obscures = vec![Obscures::Family("candidate"), Obscures::Family("package-names")];
        run
    }

    fn run(&self, call: &Call) -> Run {
        let script = fetching(&call.fetched, self.apt_get(&call.words));
        let mut run = Run::new(call.summary.clone(), self.command(&script));
        if call.open || !call.arriving.is_empty() {
            run.effect = Effect::Brings;
        }
        if call.open {
            run.obscures.push(Obscures::Family("package"));
        }
        if !call.deleted.is_empty() {
            run.obscures.extend(AbsPath::new(ARCHIVES).map(Obscures::Path));
        }
        for arriving in &call.arriving {
            run.obscures.extend(
                package::obscured(&arriving.name)
                    .into_iter()
                    .filter(|_| !arriving.before.installed),
            );
            run.brings.push(arriving.name.clone());
            run = predict(run, &arriving.name, arriving.after());
            if arriving.named || arriving.before.held {
                let selection = DpkgSelection(arriving.name.clone());
                run = run.predict(selection, Known::Is(Some("install".to_owned())));
            }
        }
        for leaving in &call.leaving {
            run.obscures.extend(package::obscured(&leaving.name));
            run.takes.push(leaving.name.clone());
            run = predict(run, &leaving.name, leaving.after());
        }
        run
    }
}

/// Fetches files before a command that names them; they are gone afterwards.
fn fetching(urls: &[String], command: String) -> String {
    if urls.is_empty() {
        return command;
    }
    let mut script = "t=$(mktemp -d) || exit 1\nchmod 0755 \"$t\"\n".to_owned();
    let mut command = command;
    for (index, url) in urls.iter().enumerate() {
        let url = quote(url);
        script += &format!(
            "/usr/lib/apt/apt-helper download-file {url} \"$t/{index}.deb\" >&2 || {{ c=$?; rm -rf \"$t\"; exit $c; }}\n"
        );
        command = command.replace(&placeholder(index), &format!("\"$t/{index}.deb\""));
    }
    format!("{script}{command}\nc=$?; rm -rf \"$t\"; exit $c\n")
}

fn predict(run: Run, name: &str, after: PackageState) -> Run {
    run.predict(Package(name.to_owned()), Known::Is(after))
}

/// Marks installed packages as asked for, so that they stay when what had brought them goes.
fn mark(marks: &[(String, PackageState)]) -> Run {
    let names: Vec<&str> = marks.iter().map(|(name, _)| name.as_str()).collect();
    let words: Vec<_> = names.iter().map(|name| quote(name)).collect();
    let command = evenkeel_host::Command::shell(format!("apt-mark manual {}", words.join(" ")));
    let run = Run::new(format!("mark {} as asked for", names.join(" ")), command);
    marks.iter().fold(run, |run, (name, before)| {
        let after = PackageState {
            automatic: Known::Is(false),
            ..before.clone()
        };
        predict(run, name, after)
    })
}

impl Arriving {
    /// The state once it has come.
    fn after(&self) -> PackageState {
        PackageState {
            installed: true,
            version: self.to.clone().map(Some),
            leftover: Known::Is(false),
            // dpkg forgets a hold when another version comes.
            held: false,
            automatic: if self.named {
                Known::Is(false)
            } else if self.before.installed {
                self.before.automatic.clone()
            } else {
                Known::Is(true)
            },
            provider: None,
        }
    }
}

impl Leaving {
    /// The state once it has gone. Whether configuration is left is for the package to say.
    fn after(&self) -> PackageState {
        if self.purge {
            return PackageState {
                held: false,
                ..PackageState::default()
            };
        }
        let why = format!("removing {}", self.name);
        PackageState {
            version: Known::unknown(why.as_str()),
            leftover: Known::unknown(why),
            held: false,
            ..PackageState::default()
        }
    }
}

/// The packages before and after, one per line.
fn show(plan: Plan, seen: &Seen) -> Plan {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    let line = |name: &str, version: &Known<Option<String>>| match version {
        Known::Is(Some(version)) => format!("{name} {version}\n"),
        Known::Is(None) => format!("{name}\n"),
        Known::Unknown(_) => format!("{name} (version known after apply)\n"),
    };
    for call in &seen.calls {
        for arriving in &call.arriving {
            if arriving.before.installed {
                before.push(line(&arriving.name, &arriving.before.version));
            }
            after.push(line(&arriving.name, &arriving.to.clone().map(Some)));
        }
        before.extend(
            call.leaving
                .iter()
                .map(|leaving| line(&leaving.name, &leaving.before.version)),
        );
        before.extend(call.deleted.iter().map(|file| format!("{file}\n")));
        after.extend(
            call.open
                .then(|| "(and what apt decides, known after apply)\n".to_owned()),
        );
    }
    before.sort();
    after.sort();
    if before.is_empty() && after.is_empty() {
        plan
    } else {
        plan.show("packages", before.concat(), after.concat())
    }
}
