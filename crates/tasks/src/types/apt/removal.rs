//! Packages by name that shall not be there.

use evenkeel_host::Known;
use evenkeel_host::View;

use super::Apt;
use super::look::Call;
use super::look::Leaving;
use super::look::Seen;
use super::simulate::simulate;
use crate::Result;
use crate::facts::package::Package;

impl Apt {
    pub(super) fn look_at_removal(&self, on: &View<'_>, seen: &mut Seen) -> Result<()> {
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
        // A package that only the forecast has is none that apt could remove already.
        let simulated = simulate(on, &words, &[])?.filter(|simulated| {
            !simulated
                .error
                .as_ref()
                .is_some_and(|error| error.contains("Unable to locate package"))
        });
        match simulated {
            Some(simulated) => self.take(on, &mut call, simulated, &named, false)?,
            None => call.open = true,
        }
        for name in names {
            if !call.leaving.iter().any(|leaving| leaving.name == name) && !name.contains(':') {
                let before = on.fact(Package(name.clone()))?.ok().unwrap_or_default();
                call.leaving.push(Leaving {
                    name,
                    before,
                    purge: self.purge,
                });
            }
        }
        call.words = words;
        seen.calls.push(call);
        Ok(())
    }
}
