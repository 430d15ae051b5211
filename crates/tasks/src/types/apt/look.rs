//! What is seen of packages, and what follows from it: the calls of apt-get that are needed.

use std::collections::BTreeSet;

use evenkeel_host::Answer;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use super::Apt;
use super::State;
use super::Upgrade;
use super::spec::Spec;
use super::spec::Wanted;
use crate::Error;
use crate::Result;
use crate::facts::package::AptCache;
use crate::facts::package::CacheState;
use crate::facts::package::Candidate;
use crate::facts::package::DebFile;
use crate::facts::package::Package;
use crate::facts::package::PackageNames;
use crate::facts::package::PackageState;
use crate::facts::package::Simulated;
use crate::facts::package::Simulation;
use crate::facts::package::Verb;
use crate::facts::package::Versions;
use crate::facts::want;

/// Where downloaded packages lie.
const ARCHIVES: &str = "/var/cache/apt/archives/*.deb";
/// Where dpkg keeps what it has not finished.
const UNFINISHED: &str = "/var/lib/dpkg/updates/*";

/// What was seen of packages.
#[derive(Debug)]
pub struct Seen {
    pub(super) cache: Known<CacheState>,
    /// Whether the lists are updated first.
    pub(super) due: Known<bool>,
    pub(super) calls: Vec<Call>,
    /// Why nothing is to be done about the packages.
    pub(super) reasons: Vec<String>,
    /// Packages that were asked for and are marked as having come by themselves.
    pub(super) marks: Vec<String>,
}

/// A call of apt-get.
#[derive(Debug, Default)]
pub(super) struct Call {
    /// `install haproxy`, for messages.
    pub(super) summary: String,
    pub(super) words: Vec<String>,
    pub(super) arriving: Vec<Arriving>,
    pub(super) leaving: Vec<Leaving>,
    /// Downloaded files that are deleted.
    pub(super) deleted: Vec<String>,
    /// What decides whether it is needed and is not known.
    pub(super) unsure: Option<String>,
    /// Whether other packages may come and go too.
    pub(super) open: bool,
}

/// A package that comes or changes.
#[derive(Debug)]
pub(super) struct Arriving {
    pub(super) name: String,
    pub(super) before: PackageState,
    pub(super) to: Known<String>,
    /// Whether the task names it.
    pub(super) named: bool,
}

/// A package that goes.
#[derive(Debug)]
pub(super) struct Leaving {
    pub(super) name: String,
    pub(super) before: PackageState,
    pub(super) purge: bool,
}

/// A package that must be dealt with.
struct Needed {
    spec: Spec,
    before: PackageState,
    /// The version in the command.
    version: Option<String>,
}

impl Apt {
    pub(super) fn announced(&self) -> Vec<Want> {
        let mut wants = vec![want(AptCache)];
        let specs = self.specs().unwrap_or_default();
        for spec in &specs {
            if spec.is_pattern() {
                wants.push(want(self.names(spec)));
                continue;
            }
            if self.state != State::BuildDep {
                wants.push(want(Package(spec.name.clone())));
            }
            if self.state == State::Latest {
                wants.push(want(self.candidate(&spec.name)));
            }
        }
        wants.extend(
            self.whole_calls()
                .into_iter()
                .map(|(_, words)| want(Simulation(words))),
        );
        wants.extend(self.debs().into_iter().map(|path| want(DebFile(path))));
        if self.clean {
            wants.push(Want::Glob(ARCHIVES.to_owned()));
        }
        wants
    }

    fn names(&self, spec: &Spec) -> PackageNames {
        PackageNames {
            pattern: spec.name.clone(),
            installed: self.state == State::Absent || self.only_upgrade,
        }
    }

    fn candidate(&self, name: &str) -> Candidate {
        let release = self.default_release.as_ref().map(|release| release.text.clone());
        Candidate {
            name: name.to_owned(),
            release,
        }
    }

    /// The calls that are needed when their simulation says so: those that name no package, or whose packages
    /// nothing but apt can compute. With what they do, and their words.
    fn whole_calls(&self) -> Vec<(&'static str, Vec<String>)> {
        let with_options = |words: &[&str], names: Vec<String>| {
            let words = words.iter().map(|word| (*word).to_owned());
            words
                .chain(names)
                .chain(self.deciding_options())
                .collect::<Vec<_>>()
        };
        let mut calls = Vec::new();
        match self.upgrade {
            Upgrade::No if self.means_all() => {
                calls.push((
                    "upgrade all packages",
                    with_options(&["upgrade", "--with-new-pkgs"], vec![]),
                ));
            }
            Upgrade::No => {}
            Upgrade::Yes | Upgrade::Safe => {
                calls.push((
                    "upgrade all packages",
                    with_options(&["upgrade", "--with-new-pkgs"], vec![]),
                ));
            }
            Upgrade::Full | Upgrade::Dist => {
                calls.push(("upgrade all packages", with_options(&["dist-upgrade"], vec![])));
            }
        }
        let names = || {
            self.specs()
                .unwrap_or_default()
                .into_iter()
                .map(|spec| spec.name)
                .collect::<Vec<_>>()
        };
        match self.state {
            State::BuildDep => calls.push((
                "install what building needs",
                with_options(&["build-dep"], names()),
            )),
            State::Fixed => calls.push((
                "mend broken packages",
                with_options(&["install", "--fix-broken"], names()),
            )),
            State::Present | State::Latest | State::Absent => {}
        }
        if self.name.is_none() && self.deb.is_none() && self.upgrade == Upgrade::No {
            if self.autoremove {
                let mut words = vec!["autoremove".to_owned()];
                words.extend(self.purge.then(|| "--purge".to_owned()));
                calls.push(("remove packages that nothing needs", words));
            }
            if self.autoclean {
                calls.push(("delete outdated package files", vec!["autoclean".to_owned()]));
            }
        }
        calls
    }

    pub(super) fn look(&self, on: &View<'_>) -> Result<Seen> {
        let cache = on.fact(AptCache)?;
        let due = match (&cache, self.updates()) {
            (_, false) => Known::Is(false),
            (Known::Is(cache), true) => cache.is_fresh(self.cache_valid_time).map(|fresh| !fresh),
            (Known::Unknown(why), true) => Known::Unknown(why.clone()),
        };
        let mut seen = Seen {
            cache,
            due,
            calls: Vec::new(),
            reasons: Vec::new(),
            marks: Vec::new(),
        };
        if self.clean {
            self.look_at_archives(on, &mut seen)?;
        }
        for (summary, words) in self.whole_calls() {
            self.look_at_whole(on, &mut seen, summary, words)?;
        }
        if !self.debs().is_empty() {
            self.look_at_debs(on, &mut seen)?;
        }
        match self.state {
            State::Present | State::Latest => self.look_at_names(on, &mut seen)?,
            State::Absent => self.look_at_removal(on, &mut seen)?,
            State::BuildDep | State::Fixed => {}
        }
        if !seen.calls.is_empty() {
            refuse_unfinished(on)?;
        }
        Ok(seen)
    }

    fn look_at_archives(&self, on: &View<'_>, seen: &mut Seen) -> Result<()> {
        let deleted = match on.ask(Want::Glob(ARCHIVES.to_owned()))? {
            Known::Is(Answer::Paths(paths)) => paths.iter().map(|path| path.name().to_owned()).collect(),
            _ => Vec::new(),
        };
        if deleted.is_empty() {
            seen.reasons.push("no package file lies in the cache".to_owned());
        } else {
            let words = vec!["clean".to_owned()];
            seen.calls.push(Call {
                summary: "delete package files".to_owned(),
                words,
                deleted,
                ..Call::default()
            });
        }
        Ok(())
    }

    fn look_at_whole(&self, on: &View<'_>, seen: &mut Seen, summary: &str, words: Vec<String>) -> Result<()> {
        let mut call = Call {
            summary: summary.to_owned(),
            words: words.clone(),
            ..Call::default()
        };
        let lists = words[0] != "autoremove" && words[0] != "autoclean";
        match simulate(on, &words, &[])? {
            Some(simulated) if simulated.error.is_none() || !(lists && seen.lists_unknown()) => {
                self.take(on, &mut call, simulated, &BTreeSet::new(), seen.lists_unknown())?;
            }
            _ => call.open = true,
        }
        if lists && seen.lists_unknown() {
            call.unsure = Some("updating the package lists".to_owned());
        } else if call.open {
            call.unsure = Some("what apt decides".to_owned());
        }
        if call.unsure.is_some() || !call.is_empty() {
            seen.calls.push(call);
        } else {
            seen.reasons.push(format!(
                "there is nothing to {}",
                summary.split(' ').next().unwrap_or(summary)
            ));
        }
        Ok(())
    }

    fn look_at_debs(&self, on: &View<'_>, seen: &mut Seen) -> Result<()> {
        let (mut words, mut named, mut unsure) = (vec!["install".to_owned()], BTreeSet::new(), None);
        let mut call = Call {
            summary: String::new(),
            ..Call::default()
        };
        for path in self.debs() {
            let deb = match on.fact(DebFile(path.clone()))? {
                Known::Is(Some(deb)) => deb,
                Known::Is(None) => match on.entry(&path, true)? {
                    // A file that a task before this one would bring cannot be read yet.
                    Known::Is(Some(entry)) if entry.stat.inode == 0 => {
                        unsure = Some(format!("what is in {path}"));
                        words.push(path.as_str().to_owned());
                        continue;
                    }
                    Known::Is(Some(_)) => return Err(Error::failed(format!("{path} is no Debian package"))),
                    Known::Is(None) => {
                        return Err(Error::failed(format!("there is no file {path}"))
                            .help("bring it to the machine first, with `copy` for example"));
                    }
                    Known::Unknown(why) => {
                        unsure = Some(why.to_string());
                        words.push(path.as_str().to_owned());
                        continue;
                    }
                },
                Known::Unknown(why) => {
                    unsure = Some(why.to_string());
                    words.push(path.as_str().to_owned());
                    continue;
                }
            };
            let before = on.fact(Package(deb.package.clone()))?;
            match &before {
                Known::Is(state)
                    if state.installed && state.version == Known::Is(Some(deb.version.clone())) =>
                {
                    seen.reasons
                        .push(format!("{} {} is installed", deb.package, deb.version));
                    continue;
                }
                Known::Is(_) => {}
                Known::Unknown(why) => unsure = Some(why.to_string()),
            }
            words.push(path.as_str().to_owned());
            named.insert(deb.package.clone());
            call.arriving.push(Arriving {
                name: deb.package,
                before: before.ok().unwrap_or_default(),
                to: Known::Is(deb.version),
                named: true,
            });
        }
        if words.len() > 1 {
            words.extend(self.deciding_options());
            call.summary = format!(
                "install {}",
                words[1..]
                    .iter()
                    .filter(|w| w.starts_with('/'))
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" ")
            );
            match simulate(on, &words, &[])? {
                Some(simulated) if unsure.is_none() => {
                    self.take(on, &mut call, simulated, &named, seen.lists_unknown())?
                }
                _ => call.open = true,
            }
            (call.words, call.unsure) = (words, unsure);
            seen.calls.push(call);
        }
        Ok(())
    }

    /// The wanted packages, patterns replaced by the names that fit.
    fn expanded(&self, on: &View<'_>, seen: &mut Seen) -> Result<(Vec<Spec>, Option<String>)> {
        let (mut specs, mut unsure) = (Vec::new(), None);
        for spec in self.specs().unwrap_or_default() {
            if !spec.is_pattern() {
                specs.push(spec);
                continue;
            }
            match on.fact(self.names(&spec))? {
                Known::Is(names) if names.is_empty() && self.state != State::Absent => {
                    return Err(Error::failed(format!("no package fits `{}`", spec.name))
                        .help("check the pattern, or set `update_cache: true`"));
                }
                Known::Is(names) if names.is_empty() => {
                    seen.reasons
                        .push(format!("no package that fits {} is installed", spec.name));
                }
                Known::Is(names) => {
                    specs.extend(names.into_iter().map(|name| Spec {
                        name,
                        version: Wanted::Any,
                    }));
                }
                Known::Unknown(why) => {
                    unsure = Some(why.to_string());
                    specs.push(spec);
                }
            }
        }
        Ok((specs, unsure))
    }

    fn look_at_names(&self, on: &View<'_>, seen: &mut Seen) -> Result<()> {
        let (specs, mut unsure) = self.expanded(on, seen)?;
        let mut needed = Vec::new();
        for spec in specs {
            let before = match on.fact(Package(spec.name.clone()))? {
                Known::Is(before) => before,
                Known::Unknown(why) => {
                    unsure = Some(why.to_string());
                    PackageState::default()
                }
            };
            if unsure.is_none() && !before.installed && self.only_upgrade {
                seen.reasons.push(format!("{} is not installed", spec.name));
                continue;
            }
            if unsure.is_none()
                && spec.holds(&before) == Known::Is(true)
                && !self.may_be_newer(on, seen, &spec, &before, &mut unsure)?
            {
                seen.reasons.push(installed(&spec, &before));
                if before.automatic == Known::Is(true) {
                    seen.marks.push(spec.name.clone());
                }
                continue;
            }
            let version = self.version(on, seen, &spec)?;
            needed.push(Needed {
                spec,
                before,
                version,
            });
        }
        if needed.is_empty() {
            Ok(())
        } else {
            self.install(on, seen, needed, unsure)
        }
    }

    /// Whether `latest` would change an installed package.
    fn may_be_newer(
        &self,
        on: &View<'_>,
        seen: &Seen,
        spec: &Spec,
        before: &PackageState,
        unsure: &mut Option<String>,
    ) -> Result<bool> {
        if self.state != State::Latest || !before.installed {
            return Ok(false);
        }
        if seen.lists_unknown() {
            *unsure = Some("updating the package lists".to_owned());
            return Ok(true);
        }
        let Known::Is(versions) = on.fact(self.candidate(&spec.name))? else {
            *unsure = Some("the package lists".to_owned());
            return Ok(true);
        };
        let best = versions.as_ref().and_then(|versions| spec.best(versions));
        match (&before.version, best) {
            (_, None) => Ok(false),
            (Known::Is(version), Some(best)) => Ok(version.as_deref() != Some(best)),
            (Known::Unknown(why), Some(_)) => {
                *unsure = Some(why.to_string());
                Ok(true)
            }
        }
    }

    /// The version that the command names, where the wish or `latest` makes one necessary.
    fn version(&self, on: &View<'_>, seen: &Seen, spec: &Spec) -> Result<Option<String>> {
        let pattern = match &spec.version {
            Wanted::Fits(pattern) => Some(pattern.clone()),
            Wanted::AtLeast(_) | Wanted::Any => None,
        };
        if spec.version == Wanted::Any || seen.lists_unknown() {
            return Ok(pattern);
        }
        let versions = match on.fact(self.candidate(&spec.name))? {
            Known::Is(Some(versions)) => versions,
            Known::Is(None) => return Err(missing(&spec.name)),
            Known::Unknown(_) => return Ok(pattern),
        };
        match spec.best(&versions) {
            Some(best) => Ok(Some(best.to_owned())),
            None => Err(no_version(spec, &versions)),
        }
    }

    fn install(
        &self,
        on: &View<'_>,
        seen: &mut Seen,
        needed: Vec<Needed>,
        unsure: Option<String>,
    ) -> Result<()> {
        let word = |needed: &Needed| match &needed.version {
            Some(version) => format!("{}={version}", needed.spec.name),
            None => needed.spec.name.clone(),
        };
        let words: Vec<String> = needed.iter().map(word).collect();
        let named: BTreeSet<String> = needed.iter().map(|needed| needed.spec.name.clone()).collect();
        let mut call = Call {
            summary: format!("install {}", words.join(" ")),
            unsure,
            ..Call::default()
        };
        let lists_unknown = seen.lists_unknown();
        match simulate(
            on,
            &["install".to_owned()],
            &[words, self.deciding_options()].concat(),
        )? {
            Some(simulated) if simulated.error.is_none() || !lists_unknown => {
                self.take(on, &mut call, simulated, &named, lists_unknown)?;
            }
            _ => call.open = true,
        }
        for needed in &needed {
            self.add_named(on, &mut call, needed, lists_unknown)?;
        }
        // What the simulation has chosen is what shall come, unless the lists change before.
        let chosen = |needed: &Needed| {
            let arriving = call
                .arriving
                .iter()
                .find(|arriving| arriving.name == needed.spec.name);
            match (arriving.map(|arriving| &arriving.to), &needed.version) {
                (Some(Known::Is(version)), None) => format!("{}={version}", needed.spec.name),
                _ => word(needed),
            }
        };
        call.words = std::iter::once("install".to_owned())
            .chain(needed.iter().map(chosen))
            .collect();
        call.words.extend(self.deciding_options());
        seen.calls.push(call);
        Ok(())
    }

    /// Adds a named package that no simulation has shown.
    fn add_named(&self, on: &View<'_>, call: &mut Call, needed: &Needed, lists_unknown: bool) -> Result<()> {
        let name = &needed.spec.name;
        if call.arriving.iter().any(|arriving| arriving.name == *name)
            || (!call.open && needed.before.provider.is_none() && !name.contains(':'))
        {
            return Ok(());
        }
        let versions = if lists_unknown {
            Known::unknown("updating the package lists")
        } else {
            on.fact(self.candidate(name))?
        };
        let to = match versions {
            Known::Is(None) => return Err(missing(name)),
            Known::Is(Some(versions)) => match needed.spec.best(&versions) {
                Some(best) => Known::Is(best.to_owned()),
                None => Known::unknown("what apt decides"),
            },
            Known::Unknown(why) => Known::Unknown(why),
        };
        call.arriving.push(Arriving {
            name: name.clone(),
            before: needed.before.clone(),
            to,
            named: true,
        });
        Ok(())
    }

    fn look_at_removal(&self, on: &View<'_>, seen: &mut Seen) -> Result<()> {
        let (specs, mut unsure) = self.expanded(on, seen)?;
        let mut names = Vec::new();
        for spec in specs {
            let before = match on.fact(Package(spec.name.clone()))? {
                Known::Is(before) => before,
                Known::Unknown(why) => {
                    unsure = Some(why.to_string());
                    names.push(spec.name);
                    continue;
                }
            };
            let fits = match &before.version {
                Known::Is(version) => version.as_deref().is_none_or(|version| spec.fits(version)),
                Known::Unknown(_) => true,
            };
            let leftover = self.purge && before.leftover != Known::Is(false);
            if (before.installed && fits) || leftover {
                names.push(spec.name);
            } else {
                seen.reasons.push(format!("{} is not installed", spec.name));
            }
        }
        if names.is_empty() {
            return Ok(());
        }
        let mut words = vec![if self.purge { "purge" } else { "remove" }.to_owned()];
        let named = names.iter().cloned().collect();
        let mut call = Call {
            summary: format!("{} {}", words[0], names.join(" ")),
            unsure,
            ..Call::default()
        };
        words.extend(names.iter().cloned());
        words.extend(self.deciding_options());
        match simulate(on, &words, &[])? {
            Some(simulated) => self.take(on, &mut call, simulated, &named, false)?,
            None => {
                call.open = true;
                for name in names {
                    let before = on.fact(Package(name.clone()))?.ok().unwrap_or_default();
                    call.leaving.push(Leaving {
                        name,
                        before,
                        purge: self.purge,
                    });
                }
            }
        }
        call.words = words;
        seen.calls.push(call);
        Ok(())
    }

    /// Takes what a simulation says into a call, without what the forecast has already.
    fn take(
        &self,
        on: &View<'_>,
        call: &mut Call,
        simulated: Simulated,
        named: &BTreeSet<String>,
        lists_unknown: bool,
    ) -> Result<()> {
        if let Some(error) = simulated.error {
            return Err(refusal(&error));
        }
        let wants = simulated
            .steps
            .iter()
            .map(|step| want(Package(step.name.clone())));
        let answers = on.ask_all(wants.collect())?;
        for (step, answer) in simulated.steps.into_iter().zip(answers) {
            let before: PackageState = match &answer {
                Known::Is(Answer::Fact(value)) => {
                    serde_json::from_value(value.as_ref().clone()).unwrap_or_default()
                }
                _ => PackageState::default(),
            };
            let is_named = named.contains(&step.name);
            match step.verb {
                Verb::Delete => call.deleted.push(step.name),
                Verb::Remove | Verb::Purge if before.installed || step.verb == Verb::Purge => {
                    call.leaving.push(Leaving {
                        name: step.name,
                        before,
                        purge: step.verb == Verb::Purge,
                    });
                }
                Verb::Remove | Verb::Purge => {}
                Verb::Install
                    if before.installed
                        && before.version.as_ref().map(Option::as_deref) == Known::Is(step.to.as_deref()) => {
                }
                // With old lists only the names are sure: what came in this run may be as new as what would come.
                Verb::Install if lists_unknown && before.installed && before.version.why().is_some() => {}
                Verb::Install => {
                    call.arriving.retain(|arriving| arriving.name != step.name);
                    let to = match step.to {
                        Some(to) if !lists_unknown => Known::Is(to),
                        _ => Known::unknown("updating the package lists"),
                    };
                    call.arriving.push(Arriving {
                        name: step.name,
                        before,
                        to,
                        named: is_named,
                    });
                }
            }
        }
        Ok(())
    }
}

impl Seen {
    /// Whether the lists are not those that the calls will see.
    pub(super) fn lists_unknown(&self) -> bool {
        let untouched = matches!(&self.cache, Known::Is(cache) if cache.updated.why().is_none());
        self.due != Known::Is(false) || !untouched
    }
}

impl Call {
    /// Whether nothing would be done.
    pub(super) fn is_empty(&self) -> bool {
        self.arriving.is_empty() && self.leaving.is_empty() && self.deleted.is_empty() && !self.open
    }
}

/// What apt would do; `None` where it cannot be asked. A host in memory may know the parts of a wish only, each alone.
fn simulate(on: &View<'_>, command: &[String], rest: &[String]) -> Result<Option<Simulated>> {
    let ask = |words: Vec<String>| -> Result<Option<Simulated>> {
        Ok(match on.ask_all(vec![want(Simulation(words))])?.pop() {
            Some(Known::Is(Answer::Fact(value))) => serde_json::from_value(value.as_ref().clone()).ok(),
            _ => None,
        })
    };
    let whole = ask([command, rest].concat())?;
    if whole.is_some() || rest.len() < 2 || rest.iter().any(|word| word.starts_with('-')) {
        return Ok(whole);
    }
    let mut all = Simulated::default();
    for word in rest {
        let Some(part) = ask([command, std::slice::from_ref(word)].concat())? else {
            return Ok(None);
        };
        all.error = all.error.or(part.error);
        for step in part.steps {
            if !all.steps.contains(&step) {
                all.steps.push(step);
            }
        }
    }
    Ok(Some(all))
}

fn installed(spec: &Spec, state: &PackageState) -> String {
    match (&state.provider, &state.version) {
        (Some(provider), _) if !state.installed => format!("{} is provided by {provider}", spec.name),
        (_, Known::Is(Some(version))) => format!("{} {version} is installed", spec.name),
        _ => format!("{} is installed", spec.name),
    }
}

fn missing(name: &str) -> Error {
    Error::failed(format!("there is no package {name} in the package lists"))
        .help("check the name, or set `update_cache: true`; is its source among apt's sources?")
}

fn no_version(spec: &Spec, versions: &Versions) -> Error {
    let wanted = match &spec.version {
        Wanted::Any => "that can be installed".to_owned(),
        Wanted::Fits(pattern) => format!("that fits {pattern}"),
        Wanted::AtLeast(least) => format!("from {least} on"),
    };
    let known = if versions.versions.is_empty() {
        "none".to_owned()
    } else {
        versions.versions.join(", ")
    };
    Error::failed(format!("there is no version of {} {wanted}", spec.name)).help(format!(
        "apt knows these versions: {known}; `update_cache: true` looks for newer ones"
    ))
}

/// Says what apt-get refuses, with what to do.
fn refusal(error: &str) -> Error {
    let parts: Vec<&str> = error.split("; ").collect();
    let unknown: Vec<&str> = parts
        .iter()
        .filter_map(|part| part.strip_prefix("Unable to locate package "))
        .collect();
    if !unknown.is_empty() {
        return missing(&unknown.join(", "));
    }
    let help = if error.contains("has no installation candidate") {
        "name a package that provides it, or set `update_cache: true`"
    } else if error.contains("Held packages were changed") {
        "set `allow_change_held_packages: true`, or release the packages with `apt-mark unhold`"
    } else if error.contains("downgraded") {
        "set `allow_downgrade: true`"
    } else if error.contains("need to be removed")
        || error.contains("--no-remove")
        || error.contains("remove is disabled")
    {
        "drop `fail_on_autoremove`, or name versions that need no removal"
    } else if error.contains("dpkg was interrupted") {
        return unfinished();
    } else if error.contains("pkgProblemResolver")
        || error.contains("Unmet dependencies")
        || error.contains("broken packages")
    {
        "`apt-get --simulate install` on the machine tells which dependencies cannot be met; `state: fixed` mends broken ones"
    } else {
        "try the same with `apt-get --simulate` on the machine"
    };
    Error::failed(format!("apt-get refuses: {error}")).help(help)
}

fn unfinished() -> Error {
    Error::failed("dpkg was interrupted on this machine and must finish first")
        .help("run `dpkg --configure -a` there")
}

/// Refuses to start where dpkg has not finished; a machine that cannot be asked is not stopped by it.
fn refuse_unfinished(on: &View<'_>) -> Result<()> {
    match on.ask_all(vec![Want::Glob(UNFINISHED.to_owned())])?.pop() {
        Some(Known::Is(Answer::Paths(paths))) if !paths.is_empty() => Err(unfinished()),
        _ => Ok(()),
    }
}
