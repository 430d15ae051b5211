//! The command lines of apt, and the scripts around them.

use evenkeel_host::Command;
use evenkeel_host::quote;

use super::Apt;
use crate::facts::package::STAMP;

/// What apt and dpkg find in their environment: they must never ask.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("DEBIAN_PRIORITY", "critical"),
    ("APT_LISTCHANGES_FRONTEND", "none"),
    ("LC_ALL", "C"),
    ("LANGUAGE", "C"),
];

/// Puts a policy-rc.d in place that ends with the wanted code, and what was there back at the end.
const POLICY: &str = "\
p=/usr/sbin/policy-rc.d; b=$(mktemp -d) || exit 1
[ ! -e $p ] || mv $p $b/ || exit 1
trap 'rm -f $p; [ ! -e $b/policy-rc.d ] || mv $b/policy-rc.d $p; rm -rf $b' EXIT
trap 'exit 130' INT TERM HUP
";

impl Apt {
    /// What decides which packages come; apt-get's simulation knows it too.
    pub(super) fn deciding_options(&self) -> Vec<String> {
        let mut options = Vec::new();
        let mut put = |is: bool, option: &str| {
            if is {
                options.push(option.to_owned());
            }
        };
        put(self.autoremove, "--auto-remove");
        put(self.fail_on_autoremove, "--no-remove");
        put(self.only_upgrade, "--only-upgrade");
        put(
            self.allow_unauthenticated || self.force,
            "--allow-unauthenticated",
        );
        put(self.allow_downgrade || self.force, "--allow-downgrades");
        put(self.force, "--allow-remove-essential");
        put(
            self.allow_change_held_packages || self.force,
            "--allow-change-held-packages",
        );
        if let Some(release) = self.release() {
            options.extend(["-t".to_owned(), release.text.clone()]);
        }
        if let Some(recommends) = self.install_recommends {
            let word = if recommends { "yes" } else { "no" };
            options.extend(["-o".to_owned(), format!("APT::Install-Recommends={word}")]);
        }
        options
    }

    /// `apt-get` with everything that makes it act without questions.
    pub(super) fn apt_get(&self, words: &[String]) -> String {
        let mut argv: Vec<String> = ["apt-get", "-y", "-q"].map(str::to_owned).to_vec();
        for option in self
            .dpkg_options
            .split(',')
            .map(str::trim)
            .filter(|option| !option.is_empty())
        {
            argv.extend(["-o".to_owned(), format!("Dpkg::Options::=--{option}")]);
        }
        argv.extend([
            "-o".to_owned(),
            format!("DPkg::Lock::Timeout={}", self.lock_timeout),
        ]);
        // Without a terminal dpkg shows no progress.
        argv.extend(["-o", "Dpkg::Use-Pty=0"].map(str::to_owned));
        argv.extend_from_slice(words);
        argv.iter()
            .map(|word| quote(word).into_owned())
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// A command that changes packages.
    pub(super) fn command(&self, script: &str) -> Command {
        let script = match self.policy_rc_d {
            Some(code) => {
                let put = format!("printf '#!/bin/sh\\nexit {code}\\n' >$p && chmod 0755 $p || exit 1\n");
                format!("{POLICY}{put}{script}")
            }
            None => script.to_owned(),
        };
        let mut command = Command::shell(script);
        command.environment = ENVIRONMENT
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .to_vec();
        command
    }

    /// Updates the lists: again after a pause that doubles, when a list or the lock cannot be had. The stamp makes the
    /// age right where nothing new was found.
    pub(super) fn update(&self) -> Command {
        let update = self.apt_get(&["-o", "APT::Update::Error-Mode=any", "update"].map(str::to_owned));
        let (retries, longest) = (
            self.update_cache_retries.max(1),
            self.update_cache_retry_max_delay.max(0),
        );
        self.command(&format!(
            "n=1 d=1\nuntil {update}; do\n\
             [ $n -lt {retries} ] || exit 100\n\
             [ $d -le {longest} ] || d={longest}\n\
             echo \"the package lists could not be updated; again in $d s\" >&2\n\
             sleep $d; n=$((n+1)) d=$((d*2))\ndone\n\
             mkdir -p {} && touch {STAMP}\n",
            STAMP.rsplit_once('/').map_or("/", |(folder, _)| folder)
        ))
    }
}
