//! The changes that follow from what dnf would do.

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Effect;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use serde_json::Value;
use serde_json::json;

use super::Dnf;
use super::Seen;
use crate::Error;
use crate::Plan;
use crate::Result;
use crate::facts::package;
use crate::facts::rpm::DnfSimulation;
use crate::facts::rpm::Installed;
use crate::facts::rpm::Item;
use crate::facts::rpm::RpmPackage;
use crate::facts::rpm::Transaction;
use crate::facts::rpm::Verb;

fn is_newer(item: &Item) -> bool {
    item.verb != Verb::Remove
}

impl Dnf {
    pub(super) fn work(&self, seen: &Seen) -> Result<Plan> {
        let (mut changes, mut unsure) = (Vec::new(), None);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        if self.update_cache && self.name.is_empty() {
            let words = [self.program(), "makecache", "--refresh"].map(str::to_owned);
            let run = Run::new("update the package lists", Command::argv(words));
            let mut plan = Plan::changes(vec![Change::Run(Box::new(run))]);
            plan.changed = Some(false);
            return Ok(plan);
        }
        for (words, transaction) in &seen.calls {
            match transaction {
                Known::Is(transaction) => {
                    self.refuse(transaction)?;
                    if transaction.items.is_empty() {
                        continue;
                    }
                    for item in &transaction.items {
                        let line = format!("{}.{} {}\n", item.name, item.architecture, item.version);
                        if is_newer(item) { &mut after } else { &mut before }.push(line);
                    }
                    changes.push(self.change(words, Some(transaction), seen));
                }
                Known::Unknown(why) => {
                    unsure = Some(why.to_string());
                    changes.push(self.change(words, None, seen));
                }
            }
        }
        let unknown = seen.installed.values().find_map(Known::why);
        if unsure.is_none() && !changes.is_empty() {
            unsure = unknown.map(str::to_owned);
        }
        Ok(match unsure {
            Some(why) => Plan::unknown(changes, why),
            None if changes.is_empty() => Plan::unchanged("dnf has nothing to do"),
            None => Plan::changes(changes).show("packages", before.concat(), after.concat()),
        })
    }

    fn refuse(&self, transaction: &Transaction) -> Result<()> {
        if let Some(error) = &transaction.error {
            return Err(Error::failed(format!("dnf refuses: {error}")).returning("rc", json!(1)));
        }
        match transaction.items.iter().find(|item| item.verb == Verb::Downgrade) {
            Some(item) if !self.allow_downgrade => Err(Error::failed(format!(
                "{} would become older, {}",
                item.name, item.version
            ))
            .help("set `allow_downgrade: true` if that is meant")),
            _ => Ok(()),
        }
    }

    fn change(&self, words: &[String], transaction: Option<&Transaction>, seen: &Seen) -> Change {
        let verb = words.get(1).map_or("", String::as_str);
        let items = transaction.map(|transaction| transaction.items.as_slice()).unwrap_or_default();
        let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        let summary = match names.as_slice() {
            [] => format!("{verb} what dnf decides"),
            names => format!("{verb} {}", names.join(" ")),
        };
        let argv = words.iter().cloned().chain(["--assumeyes".to_owned()]);
        let mut run = Run::new(summary, Command::argv(argv));
        if transaction.is_none() || self.download_only || self.installroot != "/" {
            run.obscures.push(Obscures::Family(RpmPackage::FAMILY));
        }
        // What dnf would do after this is another question.
        run.obscures.push(Obscures::Family(DnfSimulation::FAMILY));
        if self.download_only || self.installroot != "/" {
            return Change::Run(Box::new(run));
        }
        if transaction.is_none() || items.iter().any(is_newer) {
            run.effect = Effect::Brings;
        }
        for item in items {
            run.obscures.extend(package::obscured(&item.name));
            match item.verb {
                Verb::Remove => run.takes.push(item.name.clone()),
                Verb::Install | Verb::Upgrade | Verb::Downgrade | Verb::Reinstall => {
                    run.brings.push(item.name.clone());
                }
            }
        }
        run = run.predict(DnfSimulation(words.to_vec()), Known::Is(Transaction::default()));
        run = seen.installed.keys().fold(run, |run, name| match items.iter().find(|item| item.name == *name) {
            Some(item) => run.predict(RpmPackage(name.clone()), Known::Is(found_after(item))),
            None => run,
        });
        Change::Run(Box::new(run))
    }

    /// `Installed: haproxy-2.4.22-3.el9.x86_64`, as Ansible's module tells.
    pub(super) fn results(&self, seen: &Seen) -> Known<Value> {
        let mut results = Vec::new();
        for (_, transaction) in &seen.calls {
            let transaction = match transaction {
                Known::Is(transaction) => transaction,
                Known::Unknown(why) => return Known::Unknown(why.clone()),
            };
            for item in &transaction.items {
                let what = if is_newer(item) { "Installed" } else { "Removed" };
                results.push(format!("{what}: {}-{}.{}", item.name, item.version, item.architecture));
            }
        }
        Known::Is(json!(results))
    }
}

/// What rpm finds under a name once dnf has done this.
fn found_after(item: &Item) -> Vec<Installed> {
    match item.verb {
        Verb::Remove => Vec::new(),
        Verb::Install | Verb::Upgrade | Verb::Downgrade | Verb::Reinstall => vec![Installed {
            name: item.name.clone(),
            version: item.version.strip_prefix("0:").unwrap_or(&item.version).to_owned(),
            architecture: item.architecture.clone(),
        }],
    }
}
