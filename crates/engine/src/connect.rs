//! How the engine comes to a machine.

use std::sync::Arc;

use evenkeel_host::Host;
use indexmap::IndexMap;

/// What is known about reaching a host: its name and its connection variables, rendered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The name in the inventory, or what `delegate_to` says.
    pub name: Arc<str>,
    /// Connection variables (`ansible_host`, `ansible_user`, ...) by name.
    pub variables: IndexMap<&'static str, String>,
}

/// The variables that say how a host is reached.
pub const CONNECTION_VARIABLES: &[&str] = &[
    "ansible_become_exe",
    "ansible_become_flags",
    "ansible_become_method",
    "ansible_become_pass",
    "ansible_become_password",
    "ansible_connection",
    "ansible_doas_exe",
    "ansible_doas_flags",
    "ansible_doas_pass",
    "ansible_host",
    "ansible_password",
    "ansible_port",
    "ansible_private_key_file",
    "ansible_remote_user",
    "ansible_ssh_common_args",
    "ansible_ssh_extra_args",
    "ansible_ssh_host",
    "ansible_ssh_pass",
    "ansible_ssh_password",
    "ansible_ssh_port",
    "ansible_ssh_private_key_file",
    "ansible_ssh_private_key_passphrase",
    "ansible_ssh_user",
    "ansible_su_exe",
    "ansible_su_flags",
    "ansible_su_pass",
    "ansible_sudo_exe",
    "ansible_sudo_flags",
    "ansible_sudo_pass",
    "ansible_user",
];

/// Comes to machines: over SSH, locally, or in memory.
pub trait Connect: Send + Sync {
    /// The machine of a target. Nothing needs to be sent yet; a machine that cannot be reached says so when it is
    /// asked.
    ///
    /// # Errors
    /// When the connection variables make no sense.
    fn connect(&self, target: &Target) -> evenkeel_host::Result<Arc<dyn Host>>;

    /// To which machine a target leads: where two names lead to the same one, what is done under one of them is seen
    /// under the other. Unless an implementer knows better, every name is a machine of its own.
    fn location(&self, target: &Target) -> Location {
        Location::At(format!("{} {}", target.name, target.place().join(" ")))
    }
}

/// Which machine a target leads to, whatever its name is and whoever logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// The machine on which the run itself goes on, and whose files it reads.
    Controller,
    /// Another one; equal texts are the same machine.
    At(String),
}
