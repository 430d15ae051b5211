//! Packages from files on the machine.

use std::collections::BTreeSet;

use evenkeel_host::Known;
use evenkeel_host::View;

use super::Apt;
use super::look::Arriving;
use super::look::Call;
use super::look::Seen;
use super::simulate::simulate;
use crate::Error;
use crate::Result;
use crate::facts::deb_url::Behind;
use crate::facts::deb_url::DebUrl;
use crate::facts::package::DebFile;
use crate::facts::package::Package;

impl Apt {
    pub(super) fn look_at_debs(&self, on: &View<'_>, seen: &mut Seen) -> Result<()> {
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

    /// Packages behind URLs: which others come with them is known only once they are there.
    pub(super) fn look_at_urls(&self, on: &View<'_>, seen: &mut Seen) -> Result<()> {
        let mut call = Call {
            words: vec!["install".to_owned()],
            open: true,
            ..Call::default()
        };
        for url in self.deb_urls() {
            let deb = match on.fact(DebUrl(url.clone()))? {
                Known::Is(Behind::Package(deb)) => deb,
                Known::Is(Behind::Failed(why)) => {
                    return Err(Error::failed(format!("{url} could not be fetched: {why}"))
                        .help("the machine itself fetches it: can it reach it?"));
                }
                Known::Unknown(why) => {
                    call.unsure = Some(why.to_string());
                    call.fetch(&url);
                    continue;
                }
            };
            let before = on.fact(Package(deb.package.clone()))?;
            match &before {
                Known::Is(state) if state.installed && state.version == Known::Is(Some(deb.version.clone())) => {
                    seen.reasons.push(format!("{} {} is installed", deb.package, deb.version));
                    continue;
                }
                Known::Is(_) => {}
                Known::Unknown(why) => call.unsure = Some(why.to_string()),
            }
            call.fetch(&url);
            call.arriving.push(Arriving {
                name: deb.package,
                before: before.ok().unwrap_or_default(),
                to: Known::Is(deb.version),
                named: true,
            });
        }
        if !call.fetched.is_empty() {
            call.words.extend(self.deciding_options());
            call.summary = format!("install {}", call.fetched.join(" "));
            seen.calls.push(call);
        }
        Ok(())
    }
}

impl Call {
    /// Has a file fetched, and installed with the others.
    fn fetch(&mut self, url: &str) {
        self.words.push(placeholder(self.fetched.len()));
        self.fetched.push(url.to_owned());
    }
}

/// The word that stands for a file that is fetched.
pub(super) fn placeholder(index: usize) -> String {
    format!("@DEB{index}@")
}
