//! Packages by name that shall be there.

use std::collections::BTreeSet;

use evenkeel_host::Known;
use evenkeel_host::View;

use super::Apt;
use super::State;
use super::look::Arriving;
use super::look::Call;
use super::look::Seen;
use super::refusal::missing;
use super::refusal::no_version;
use super::simulate::simulate;
use super::spec::Spec;
use super::spec::Wanted;
use crate::Error;
use crate::Result;
use crate::facts::package::Package;
use crate::facts::package::PackageState;

/// A package that must be dealt with.
struct Needed {
    spec: Spec,
    before: PackageState,
    /// The version in the command.
    version: Option<String>,
}

impl Apt {
    /// The wanted packages, patterns replaced by the names that fit.
    pub(super) fn expanded(&self, on: &View<'_>, seen: &mut Seen) -> Result<(Vec<Spec>, Option<String>)> {
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

    pub(super) fn look_at_names(&self, on: &View<'_>, seen: &mut Seen) -> Result<()> {
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
                    seen.marks.push((spec.name.clone(), before.clone()));
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
        if call.arriving.iter().any(|arriving| arriving.name == *name) {
            return Ok(());
        }
        if !call.open && needed.before.provider.is_none() && !name.contains(':') {
            let exists = matches!(on.fact(self.candidate(name))?, Known::Is(Some(_)));
            if needed.before.installed || !exists {
                return Ok(());
            }
            // Only the forecast has removed it: apt, which was asked before that, still has it.
            call.open = true;
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
}

fn installed(spec: &Spec, state: &PackageState) -> String {
    match (&state.provider, &state.version) {
        (Some(provider), _) if !state.installed => format!("{} is provided by {provider}", spec.name),
        (_, Known::Is(Some(version))) => format!("{} {version} is installed", spec.name),
        _ => format!("{} is installed", spec.name),
    }
}
