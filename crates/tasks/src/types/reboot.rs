//! `reboot`: starts a machine again, and waits until it is ready.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Wait;
use crate::plan::Effects;

/// Where `shutdown` is looked for.
const PATHS: [&str; 5] = ["/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin"];

/// What another boot may have changed: what runs, what listens, what is mounted, the kernel's settings and modules.
const FAMILIES: [&str; 18] = [
    "unit",
    "user-unit",
    "unit-files-changed",
    "services",
    "sysctl",
    "kernel-module",
    "mounted",
    "selinux-mode",
    "iptables",
    "firewalld-zone",
    "firewalld-running",
    "listening",
    "reached",
    "fetched",
    "addresses",
    "host-names",
    "setup",
    "local-facts",
];

/// What does not outlive a boot.
const FOLDERS: [&str; 5] = ["/run", "/tmp", "/proc", "/sys", "/dev"];

arguments! {
    /// Starts a machine again, and waits until it is ready.
    pub struct Reboot {
        /// The command that tells one boot from another.
        boot_time_command: String = "cat /proc/sys/kernel/random/boot_id".to_owned(),
        /// Seconds for one attempt to connect; the connection's own time-out holds.
        connect_timeout: Option<f64>,
        /// What users are told.
        msg: String = "Reboot initiated by Ansible".to_owned(),
        /// Seconds after the command before the first look.
        post_reboot_delay: f64 = 0.0,
        /// Seconds before the machine goes down, in whole minutes.
        pre_reboot_delay: f64 = 0.0,
        /// The command, instead of `shutdown -r`.
        reboot_command: Option<String>,
        /// Seconds until the machine has to be there again.
        reboot_timeout: i64 = 600,
        /// Where the command is looked for.
        search_paths: Vec<String> = PATHS.iter().map(|path| (*path).to_owned()).collect(),
        /// The command that succeeds when the machine is ready.
        test_command: String = "whoami".to_owned(),
    }
}

/// Whole seconds; none of what lies before now.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "as Ansible takes them; a negative number becomes 0"
)]
fn whole(seconds: f64) -> u64 {
    seconds as u64
}

impl Reboot {
    fn command(&self) -> Command {
        let minutes = whole(self.pre_reboot_delay) / 60;
        let default = || format!("shutdown -r {minutes} {}", quote(&self.msg));
        let text = self.reboot_command.clone().unwrap_or_else(default);
        let (program, arguments) = text.split_once(' ').unwrap_or((&text, ""));
        if program.starts_with('/') {
            return Command::shell(text);
        }
        let places: Vec<String> = self.search_paths.iter().map(|path| quote(path).into_owned()).collect();
        let places = places.join(" ");
        let name = quote(program);
        Command::shell(format!(
            "for p in {places}; do [ -x \"$p\"/{name} ] && exec \"$p\"/{name} {arguments}; done; echo unable to find command {name} in search paths {places} >&2; exit 127"
        ))
    }
}

impl TaskType for Reboot {
    const NAME: &'static str = "reboot";
    const ABOUT: &'static str = "Starts a machine again, and waits until it can be reached and is ready.";
    const EXAMPLE: &'static str = "- name: Start with the new kernel\n  ansible.builtin.reboot:\n    reboot_timeout: 300\n";
    type Seen = ();

    arguments_of!();

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let mut run = Run::new("start the machine again", self.command());
        run.obscures = FAMILIES.iter().map(|family| Obscures::Family(family)).collect();
        let folders = FOLDERS.iter().filter_map(|folder| AbsPath::new(folder));
        run.obscures.extend(folders.map(Obscures::Path));
        let seconds = |number: i64| u64::try_from(number).unwrap_or(0);
        let wait = Wait::Boot {
            identity: self.boot_time_command.clone(),
            test: self.test_command.clone(),
            delay: whole(self.post_reboot_delay),
            timeout: seconds(self.reboot_timeout),
        };
        let effects = Effects { wait: Some(wait), ..Effects::default() };
        Ok(Plan { effects, ..Plan::changes(vec![Change::Run(Box::new(run))]) })
    }

    fn result(&self, _seen: &(), _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        super::pause::told(outputs, &["rebooted", "elapsed"])
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_host::Fact;

    use super::FAMILIES;
    use crate::facts;

    #[test]
    fn what_another_boot_may_change_is_not_known_after_it() {
        let changing = [
            facts::iptables::Iptables::FAMILY,
            facts::kernel_module::KernelModule::FAMILY,
            facts::mounts::Mounted::FAMILY,
            facts::selinux::SelinuxMode::FAMILY,
            facts::services::Services::FAMILY,
            facts::setup::Setup::FAMILY,
            facts::sysctl::Sysctl::FAMILY,
        ];
        for family in changing {
            assert!(FAMILIES.contains(&family), "{family}");
        }
    }
}
