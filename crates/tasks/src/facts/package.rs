//! Packages of Debian and Ubuntu: what dpkg has, and what apt could have.

mod simulation;
pub mod version;

use evenkeel_host::AbsPath;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

use super::account;
use super::debconf::Answers;
use super::dpkg_selection::DpkgSelection;
use super::package_list::PackageList;
use super::services::Services;
use crate::facts::sections::section;

pub use simulation::Simulated;
pub use simulation::Simulation;
pub use simulation::Step;
pub use simulation::Verb;

/// What dpkg has under a name, with or without an architecture (`libc6:i386`).
#[derive(Clone, Debug)]
pub struct Package(pub String);

/// The state of a package; the default is one that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageState {
    /// Whether it is installed and configured.
    pub installed: bool,
    /// Its version, also where only its configuration is left.
    pub version: Known<Option<String>>,
    /// Whether configuration is left of it although it is not installed.
    pub leftover: Known<bool>,
    /// Whether its version is held (`apt-mark hold`).
    pub held: bool,
    /// Whether it came only because another package needs it.
    pub automatic: Known<bool>,
    /// An installed package that provides the name, where no installed package has it.
    pub provider: Option<String>,
}

impl Default for PackageState {
    fn default() -> PackageState {
        PackageState {
            installed: false,
            version: Known::Is(None),
            leftover: Known::Is(false),
            held: false,
            automatic: Known::Is(false),
            provider: None,
        }
    }
}

/// Endings of packages whose unit, configuration and account have the name without them (`etcd-server`).
const ENDINGS: [&str; 4] = ["-server", "-daemon", "-core", "-common"];

/// What is not known after a package has come or gone: the unit, the configuration and the account of its name.
pub fn obscured(name: &str) -> Vec<Obscures> {
    let name = name.split(':').next().unwrap_or(name);
    let mut obscures = obscured_name(name);
    let short = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
    obscures.extend(short.into_iter().flat_map(obscured_name));
    obscures
}

fn obscured_name(name: &str) -> Vec<Obscures> {
    let mut obscures = account::obscured(name);
    obscures.extend([Services::FAMILY, PackageList::FAMILY].map(Obscures::Family));
    obscures.push(Obscures::Fact(DpkgSelection::FAMILY, name.to_owned()));
    obscures.push(Obscures::Fact(Answers::FAMILY, name.to_owned()));
    obscures.push(Obscures::Fact("unit", format!("{name}.service")));
    obscures.extend(AbsPath::new(&format!("/etc/{name}")).map(Obscures::Path));
    if name == "firewalld" {
        obscures.extend(super::firewalld::FAMILIES.map(Obscures::Family));
    }
    obscures
}

const FORMAT: &str = r"${db:Status-Abbrev}\t${Package}\t${Architecture}\t${Version}\n";
const PROVIDES: &str = r"${db:Status-Abbrev}\t${Package}\t${Provides}\n";

impl Fact for Package {
    type Value = PackageState;
    const FAMILY: &'static str = "package";

    fn key(&self) -> String {
        self.0.clone()
    }

    /// Who provides a name is asked only where a name is no package, or one that dpkg only knows from others (`un`).
    fn script(keys: &[&str]) -> String {
        let names: Vec<_> = keys.iter().map(|key| quote(key)).collect();
        let bare: Vec<_> = keys
            .iter()
            .map(|key| key.split(':').next().unwrap_or(key))
            .collect();
        let patterns: Vec<_> = bare.iter().map(|name| format!("-e {}", quote(name))).collect();
        let stanzas: Vec<_> = bare
            .iter()
            .map(|name| format!("-e {}", quote(&format!("Package: {name}"))))
            .collect();
        format!(
            "command -v dpkg-query >/dev/null || exit 127\n\
             o=$(dpkg-query -W -f '{FORMAT}' -- {} 2>/dev/null) && c=0 || c=1\n\
             echo \"$o\"\ncase \"\n$o\" in *'\nun'*) c=1 ;; esac\n\
             [ $c -eq 0 ] || {{ echo '== provides'; dpkg-query -W -f '{PROVIDES}' | grep -F {}; }}\n\
             echo '== marks'\n\
             grep -sx -A2 {} /var/lib/apt/extended_states\n\
             exit 0\n",
            names.join(" "),
            patterns.join(" "),
            stanzas.join(" ")
        )
    }

    fn parse(&self, output: &Output) -> Result<PackageState, String> {
        match output.code {
            0 => {}
            127 => return Err("this machine has no dpkg: it is neither Debian nor Ubuntu".to_owned()),
            code => return Err(format!("dpkg-query ended with code {code}")),
        }
        let text = output.text();
        let (known, marks) = text.split_once("== marks\n").unwrap_or((&text, ""));
        let (packages, provides) = known.split_once("== provides\n").unwrap_or((known, ""));
        let (name, architecture) = match self.0.split_once(':') {
            Some((name, architecture)) => (
                name,
                Some(architecture).filter(|architecture| *architecture != "any"),
            ),
            None => (self.0.as_str(), None),
        };
        let mut found = PackageState::default();
        let fits = |line: &&Line| line.name == name && architecture.is_none_or(|wanted| line.is_of(wanted));
        let lines: Vec<Line> = packages.lines().filter_map(Line::read).collect();
        // Of several architectures the installed one counts.
        let line = lines.iter().filter(fits).max_by_key(|line| line.is_installed());
        if let Some(line) = line.filter(|line| !line.version.is_empty()) {
            found.installed = line.is_installed();
            found.version = Known::Is(Some(line.version.to_owned()));
            found.leftover = Known::Is(line.status.get(1..2) == Some("c"));
            found.held = line.status.starts_with('h');
            found.automatic = Known::Is(found.installed && is_automatic(marks, name));
        }
        if !found.installed {
            found.provider = provides.lines().find_map(|line| provider(line, name));
        }
        Ok(found)
    }
}

struct Line<'a> {
    status: &'a str,
    name: &'a str,
    architecture: &'a str,
    version: &'a str,
}

impl Line<'_> {
    fn read(line: &str) -> Option<Line<'_>> {
        let mut parts = line.split('\t');
        let (status, name) = (parts.next()?, parts.next()?);
        Some(Line {
            status,
            name,
            architecture: parts.next()?,
            version: parts.next()?,
        })
    }

    fn is_installed(&self) -> bool {
        self.status.get(1..2) == Some("i")
    }

    fn is_of(&self, architecture: &str) -> bool {
        architecture == "native" || self.architecture == architecture || self.architecture == "all"
    }
}

/// The installed package of a line, where it provides the name.
fn provider(line: &str, name: &str) -> Option<String> {
    let mut parts = line.split('\t');
    let (status, package, provides) = (parts.next()?, parts.next()?, parts.next()?);
    let provided = |part: &str| part.split(['(', ' ', ':']).next() == Some(name);
    let is_installed = status.get(1..2) == Some("i");
    (is_installed && provides.split(", ").any(provided)).then(|| package.to_owned())
}

/// Whether apt's extended states say that a package came by itself.
fn is_automatic(marks: &str, name: &str) -> bool {
    let head = format!("Package: {name}");
    let mut lines = marks.lines().skip_while(|line| *line != head).skip(1);
    lines.by_ref().take(2).any(|line| line == "Auto-Installed: 1")
}

/// What apt knows of a name; `None` when no list has it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The package.
    pub name: String,
    /// The release that is preferred (`apt-get -t`).
    pub release: Option<String>,
}

/// What apt could install.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// What it would install; `None` for a name that is only provided by others.
    pub candidate: Option<String>,
    /// All versions that it knows, the newest first.
    pub versions: Vec<String>,
}

impl Fact for Candidate {
    type Value = Option<Versions>;
    const FAMILY: &'static str = "candidate";

    fn key(&self) -> String {
        match &self.release {
            Some(release) => format!("{} {release}", self.name),
            None => self.name.clone(),
        }
    }

    /// One call of apt-cache for each release that is preferred.
    fn script(keys: &[&str]) -> String {
        let mut releases: Vec<&str> = keys
            .iter()
            .map(|key| key.split_once(' ').map_or("", |(_, r)| r))
            .collect();
        releases.sort_unstable();
        releases.dedup();
        let calls = releases.iter().map(|release| {
            let of = |key: &&&str| key.split_once(' ').map_or("", |(_, r)| r) == *release;
            let names = keys
                .iter()
                .filter(of)
                .map(|key| quote(key.split(' ').next().unwrap_or(key)).into_owned());
            let prefer = match *release {
                "" => String::new(),
                release => format!("-o {} ", quote(&format!("APT::Default-Release={release}"))),
            };
            let names = names.collect::<Vec<_>>().join(" ");
            format!(
                "echo {}\nLC_ALL=C apt-cache {prefer}policy {names} 2>/dev/null\n",
                quote(&format!("== {release}"))
            )
        });
        calls.collect::<String>() + "exit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        let text = output.text();
        let name = format!("{}:", self.name);
        let mut lines = section(&text, self.release.as_deref().unwrap_or(""))
            .skip_while(|line| *line != name)
            .skip(1)
            .take_while(|line| line.starts_with(' '))
            .peekable();
        if lines.peek().is_none() {
            return Ok(None);
        }
        let mut found = Versions {
            candidate: None,
            versions: Vec::new(),
        };
        let mut in_table = false;
        for line in lines {
            if let Some(candidate) = line.strip_prefix("  Candidate: ") {
                found.candidate = (candidate != "(none)").then(|| candidate.to_owned());
            } else if line.starts_with("  Version table:") {
                in_table = true;
            } else if let (true, Some(version)) = (
                in_table,
                line.strip_prefix("     ").or_else(|| line.strip_prefix(" *** ")),
            ) {
                // Lines about sources are indented deeper.
                if !version.starts_with(' ') {
                    found
                        .versions
                        .extend(version.split(' ').next().map(str::to_owned));
                }
            }
        }
        Ok(Some(found))
    }
}

/// How old the package lists are.
#[derive(Clone, Debug)]
pub struct AptCache;

/// The age of the package lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheState {
    /// Whether they were updated in the last [`RECENT`] seconds: known in a forecast too.
    pub recent: bool,
    /// Seconds since they were updated.
    pub age: Known<i64>,
    /// When they were updated, in seconds since the epoch; 0: never.
    pub updated: Known<i64>,
}

/// The seconds for which an update of the lists counts as recent.
pub const RECENT: i64 = 3600;

/// What tells that lists were updated even when nothing new was in them; Ansible looks at it too.
pub const STAMP: &str = "/var/lib/apt/periodic/update-success-stamp";

impl CacheState {
    /// Lists that were just updated.
    pub fn just_updated() -> CacheState {
        let why = "updating the package lists";
        CacheState {
            recent: true,
            age: Known::unknown(why),
            updated: Known::unknown(why),
        }
    }

    /// Whether the lists are at most this old; with 0 they never are.
    pub fn is_fresh(&self, seconds: i64) -> Known<bool> {
        match &self.age {
            _ if seconds <= 0 => Known::Is(false),
            Known::Is(age) => Known::Is(*age <= seconds),
            Known::Unknown(_) if self.recent && seconds >= RECENT => Known::Is(true),
            Known::Unknown(why) => Known::Unknown(why.clone()),
        }
    }
}

impl Fact for AptCache {
    type Value = CacheState;
    const FAMILY: &'static str = "apt-cache";

    fn key(&self) -> String {
        String::new()
    }

    /// The stamp, else the folder of the lists, which also changes when apt does something else; without any list
    /// they were never updated.
    fn script(_keys: &[&str]) -> String {
        format!(
            "set -- /var/lib/apt/lists/*Packages*\n\
             f=/var/lib/apt/lists; [ -e \"$1\" ] || f=\n\
             [ ! -e {STAMP} ] || f={STAMP}\n\
             date +%s\n[ -z \"$f\" ] || stat -c %Y \"$f\"\nexit 0\n"
        )
    }

    fn parse(&self, output: &Output) -> Result<CacheState, String> {
        let text = output.text();
        let mut numbers = text.lines().filter_map(|line| line.trim().parse::<i64>().ok());
        let now = numbers.next().ok_or("`date` does not answer")?;
        let updated = numbers.next().unwrap_or(0);
        let age = now.saturating_sub(updated).max(0);
        Ok(CacheState {
            recent: updated > 0 && age <= RECENT,
            age: Known::Is(age),
            updated: Known::Is(updated),
        })
    }
}

/// The packages whose name fits a pattern.
#[derive(Clone, Debug)]
pub struct PackageNames {
    /// `*`, `?` and `[...]` as in a shell.
    pub pattern: String,
    /// Whether only installed ones are meant.
    pub installed: bool,
}

impl Fact for PackageNames {
    type Value = Vec<String>;
    const FAMILY: &'static str = "package-names";

    fn key(&self) -> String {
        format!(
            "{} {}",
            if self.installed { "installed" } else { "available" },
            self.pattern
        )
    }

    fn script(keys: &[&str]) -> String {
        let calls = keys.iter().map(|key| {
            let (which, pattern) = key.split_once(' ').unwrap_or(("", key));
            let start = pattern.split(['*', '?', '[']).next().unwrap_or("");
            let list = match which {
                "installed" => "dpkg-query -W -f '${Package}\\n' 2>/dev/null".to_owned(),
                _ => format!("apt-cache pkgnames {}", quote(start)),
            };
            format!("echo {}\n{list}\n", quote(&format!("== {key}")))
        });
        calls.collect::<String>() + "exit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<Vec<String>, String> {
        let text = output.text();
        let mut names: Vec<String> = section(&text, &self.key())
            .filter(|name| version::matches(&self.pattern, name))
            .map(str::to_owned)
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// What a .deb file on the machine holds; `None` when it is not there or no package.
#[derive(Clone, Debug)]
pub struct DebFile(pub AbsPath);

/// The package in a .deb file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deb {
    /// Name.
    pub package: String,
    /// Version.
    pub version: String,
    /// `amd64`, `all`, ...
    pub architecture: String,
}

impl Fact for DebFile {
    type Value = Option<Deb>;
    const FAMILY: &'static str = "deb-file";

    fn key(&self) -> String {
        self.0.as_str().to_owned()
    }

    /// A fork per file: dpkg-deb reads one at a time.
    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| {
            let path = quote(key);
            format!("echo '== '{path}\ndpkg-deb -f {path} Package Version Architecture 2>/dev/null\n")
        });
        each.collect::<String>() + "exit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        let text = output.text();
        let field = |name: &str| {
            section(&text, self.0.as_str()).find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        Ok(field("Package")
            .zip(field("Version"))
            .map(|(package, version)| Deb {
                package: package.to_owned(),
                version: version.to_owned(),
                architecture: field("Architecture").unwrap_or("all").to_owned(),
            }))
    }
}
