//! Options of `ansible-playbook` that cannot be followed, and what to do instead.

use super::args::Args;
use crate::called::Refusal;
use crate::settings::BECOME_METHODS;

/// What `--connection` may say.
const CONNECTIONS: [&str; 6] = [
    "ansible.builtin.local",
    "ansible.builtin.ssh",
    "local",
    "paramiko",
    "smart",
    "ssh",
];

impl Args {
    /// Says which options cannot be followed.
    pub(super) fn refuse(&self) -> Result<(), u8> {
        let (login, others) = (&self.login, &self.others);
        let other = |given: &Option<String>, known: &[&str]| {
            given.as_deref().is_some_and(|word| !known.contains(&word))
        };
        let refusal = |given, option, instead| Refusal {
            given,
            option,
            instead,
        };
        let copies = others.scp_extra_args.is_some() || others.sftp_extra_args.is_some();
        crate::called::refused(&[
            refusal(
                others.step,
                "--step",
                "`--check --diff` shows all that would change; `--tags` and `--limit` choose a part of it",
            ),
            refusal(
                !others.module_path.is_empty(),
                "--module-path",
                "task types are built in: `evenkeel modules` lists them",
            ),
            refusal(
                copies,
                "--scp-extra-args and --sftp-extra-args",
                "leave them out: files travel through the shell, neither scp nor sftp is used",
            ),
            refusal(
                other(&login.connection, &CONNECTIONS),
                "--connection",
                "hosts are reached over `ssh`, or are this machine: `local`",
            ),
            refusal(
                other(&login.become_method, &BECOME_METHODS),
                "--become-method",
                "another user is become with `sudo`, `su` or `doas`",
            ),
        ])
    }
}
