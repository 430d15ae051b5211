//! What is seen of packages, and what follows from it: the calls of apt-get that are needed.

use std::collections::BTreeSet;

use evenkeel_host::Answer;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use super::Apt;
use super::State;
use super::Upgrade;
use super::refusal::refuse_unfinished;
use super::simulate::simulate;
use super::spec::Spec;
use crate::Result;
use crate::facts::deb_url::DebUrl;
use crate::facts::package::AptCache;
use crate::facts::package::CacheState;
use crate::facts::package::Candidate;
use crate::facts::package::DebFile;
use crate::facts::package::Package;
use crate::facts::package::PackageNames;
use crate::facts::package::PackageState;
use crate::facts::package::Simulation;
use crate::facts::want;

/// Where downloaded packages lie.
pub(super) const ARCHIVES: &str = "/var/cache/apt/archives";

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
    pub(super) marks: Vec<(String, PackageState)>,
}

/// A call of apt-get.
#[derive(Debug, Default)]
pub(super) struct Call {
    /// `install haproxy`, for messages.
    pub(super) summary: String,
    pub(super) words: Vec<String>,
    /// URLs of .deb files that are fetched before, for the words `@DEB0@`, `@DEB1@`, ...
    pub(super) fetched: Vec<String>,
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
        wants.extend(self.deb_urls().into_iter().map(|url| want(DebUrl(url))));
        if self.clean {
            wants.push(archives());
        }
        wants
    }

    pub(super) fn names(&self, spec: &Spec) -> PackageNames {
        PackageNames {
            pattern: spec.name.clone(),
            installed: self.state == State::Absent || self.only_upgrade,
        }
    }

    pub(super) fn candidate(&self, name: &str) -> Candidate {
        let release = self.release().map(|release| release.text.clone());
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
        if !self.deb_urls().is_empty() {
            self.look_at_urls(on, &mut seen)?;
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
        let deleted = match on.ask(archives())? {
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

fn archives() -> Want {
    Want::Glob(format!("{ARCHIVES}/*.deb"))
}
