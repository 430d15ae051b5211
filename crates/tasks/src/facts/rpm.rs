//! Packages of the RHEL family: what rpm has, and what dnf would do.

mod transaction;

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

use crate::facts::asked;
use crate::facts::sections::section;

pub use transaction::Item;
pub use transaction::Transaction;
pub use transaction::Verb;

/// The installed packages that a word of a task means: by name, by name and version, or by what they provide.
#[derive(Clone, Debug)]
pub struct RpmPackage(pub String);

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// `EPOCH:VERSION-RELEASE`; the epoch only where there is one.
    pub version: String,
    /// `x86_64`, `noarch`, ...
    pub architecture: String,
}

const FORMAT: &str = r"%{NAME}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\t%{ARCH}\n";

impl Fact for RpmPackage {
    type Value = Vec<Installed>;
    const FAMILY: &'static str = "rpm-package";

    fn key(&self) -> String {
        self.0.clone()
    }

    /// A fork for each, and one more for what is no package's name.
    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| {
            let key = quote(key);
            format!(
                "printf '== %s\\n' {key}\n\
                 o=$(rpm -q --qf '{FORMAT}' -- {key} 2>/dev/null) || o=$(rpm -q --whatprovides --qf '{FORMAT}' -- {key} 2>/dev/null) || o=\n\
                 printf '%s\\n' \"$o\"\n"
            )
        });
        format!(
            "command -v rpm >/dev/null || exit 127\nexport LC_ALL=C\n{}exit 0\n",
            each.collect::<String>()
        )
    }

    fn parse(&self, output: &Output) -> Result<Vec<Installed>, String> {
        if output.code == 127 {
            return Err("this machine has no rpm: it is not of the RHEL family".to_owned());
        }
        let text = output.text();
        let installed = |line: &str| {
            let mut parts = line.split('\t').map(str::to_owned);
            Some(Installed {
                name: parts.next()?,
                version: parts.next()?,
                architecture: parts.next()?,
            })
        };
        Ok(section(&text, &self.0).filter_map(installed).collect())
    }
}

/// What `dnf WORDS` would do, as `dnf --assumeno` tells.
#[derive(Clone, Debug)]
pub struct DnfSimulation(pub Vec<String>);

impl Fact for DnfSimulation {
    type Value = Transaction;
    const FAMILY: &'static str = "dnf-simulation";

    fn key(&self) -> String {
        asked::key(&self.0)
    }

    /// A call of dnf for each key: it plans for one wish at a time.
    fn script(keys: &[&str]) -> String {
        let each = asked::script(keys, |key| format!("{key} --assumeno"));
        format!("export LC_ALL=C COLUMNS=500\n{each}exit 0\n")
    }

    fn parse(&self, output: &Output) -> Result<Transaction, String> {
        let text = output.text();
        let (said, code) = asked::answer(&text, &self.key()).ok_or("dnf does not answer")?;
        Ok(Transaction::read(said, code))
    }
}
