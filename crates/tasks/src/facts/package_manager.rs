//! What manages a machine's packages.

use evenkeel_host::Fact;
use evenkeel_host::Output;

/// `apt`, `dnf5`, `dnf`, `yum`, `zypper`, ..., as the fact `ansible_pkg_mgr` names it; `None` when none is known.
#[derive(Clone, Debug)]
pub struct PackageManager;

/// Program and name. On Debian's family apt is taken, whatever else is installed.
const KNOWN: [(&str, &str); 7] = [
    ("/usr/bin/apt-get", "apt"),
    ("/usr/bin/dnf5", "dnf5"),
    ("/usr/bin/dnf", "dnf"),
    ("/usr/bin/yum", "yum"),
    ("/usr/bin/zypper", "zypper"),
    ("/usr/bin/pacman", "pacman"),
    ("/sbin/apk", "apk"),
];

impl Fact for PackageManager {
    type Value = Option<String>;
    const FAMILY: &'static str = "package-manager";

    fn key(&self) -> String {
        String::new()
    }

    fn script(_keys: &[&str]) -> String {
        let paths: Vec<&str> = KNOWN.iter().map(|(path, _)| *path).collect();
        // Fedora may have apt too, and manages its packages with dnf all the same.
        format!(
            "[ ! -e /etc/redhat-release ] || echo redhat\n\
             for p in {}; do [ ! -e $p ] || echo $p; done\nexit 0\n",
            paths.join(" ")
        )
    }

    fn parse(&self, output: &Output) -> Result<Option<String>, String> {
        let text = output.text();
        let has = |path: &str| text.lines().any(|line| line == path);
        let usable = KNOWN
            .iter()
            .filter(|(_, name)| !(*name == "apt" && has("redhat")));
        Ok(usable
            .clone()
            .find(|(path, _)| has(path))
            .map(|(_, name)| (*name).to_owned()))
    }
}
