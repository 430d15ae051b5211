//! Options that people know from Ansible, where a command has none of that name: what to use instead.

use clap::error::ContextKind;
use clap::error::ContextValue;
use clap::error::ErrorKind;
use evenkeel::Problem;

/// Options of `ansible-playbook` and its kin, and what is there for them.
const HABITS: &[(&[&str], &str)] = &[
    (
        &["-C", "--check"],
        "`evenkeel plan` shows what would change, and touches nothing; `generate --check` and `picture --check FILE` compare files",
    ),
    (
        &["-D", "--diff"],
        "`evenkeel plan` shows diffs by itself, `apply` and `eject` with `--diff`",
    ),
    (
        &["--syntax-check", "--list-hosts", "--list-tasks", "--list-tags"],
        "`evenkeel plan` and `evenkeel apply` take it",
    ),
    (
        &["--step"],
        "`evenkeel apply` shows the whole forecast and asks once; `--tags` and `--limit` choose a part of it",
    ),
    (&["--flush-cache"], "no facts are kept from one run to the next"),
    (
        &["-c", "--connection"],
        "set `ansible_connection` of the hosts, or `-e ansible_connection=local`",
    ),
    (
        &["--ssh-common-args", "--ssh-extra-args"],
        "set `ansible_ssh_common_args` of the hosts, or options in ~/.ssh/config",
    ),
    (
        &["--scp-extra-args", "--sftp-extra-args"],
        "files travel through the shell: neither scp nor sftp is used",
    ),
    (
        &["-M", "--module-path"],
        "task types are built in: `evenkeel modules` lists them",
    ),
    (
        &["--list", "--graph", "--host"],
        "`evenkeel inventory` takes it; `evenkeel explain` takes `--host`",
    ),
    (
        &[
            "-t",
            "--tags",
            "--skip-tags",
            "--start-at-task",
            "--force-handlers",
        ],
        "`evenkeel plan` and `evenkeel apply` take it",
    ),
];

/// What is said instead of clap's error, where the command line holds an Ansible habit.
pub(crate) fn problem(error: &clap::Error) -> Option<Problem> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let given = context(ContextKind::InvalidArg)?;
            let (option, _) = given.split_once([' ', '=']).unwrap_or((given, ""));
            let (_, instead) = HABITS.iter().find(|(names, _)| names.contains(&option))?;
            let text = format!("`{option}` is no option here");
            Some(Problem::error("arguments::ansible", text).help(*instead))
        }
        ErrorKind::InvalidSubcommand => {
            let given = context(ContextKind::InvalidSubcommand)?;
            let playbook = given.ends_with(".yml") || given.ends_with(".yaml");
            let text = format!("`{given}` is no command, but looks like a playbook");
            let help =
                format!("`evenkeel plan {given}` shows what would change, `evenkeel apply {given}` does it");
            playbook.then(|| Problem::error("arguments::command", text).help(help))
        }
        _ => None,
    }
}
