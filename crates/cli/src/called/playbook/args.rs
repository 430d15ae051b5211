//! The options of `ansible-playbook`.

use std::path::PathBuf;

use clap::ArgAction;
use clap::Parser;

use crate::args::SshClient;
use crate::args::VaultArgs;

/// Runs playbooks as Ansible's program does: the same options, output and exit codes. Evenkeel does the work.
#[derive(Debug, Parser)]
#[command(
    name = "ansible-playbook",
    version,
    infer_long_args = true,
    max_term_width = 100
)]
pub(super) struct Args {
    /// Playbooks
    #[arg(required = true, value_name = "PLAYBOOK")]
    pub(super) playbooks: Vec<PathBuf>,
    /// Inventory: a file, a folder, or `host1,host2,`
    #[arg(short, long, alias = "inventory-file")]
    pub(super) inventory: Vec<String>,
    /// Only these hosts: a pattern, or `@file`
    #[arg(short, long, value_name = "SUBSET")]
    pub(super) limit: Vec<String>,
    /// Extra variables: `k=v`, YAML, JSON or `@file`
    #[arg(short, long)]
    pub(super) extra_vars: Vec<String>,
    /// Only tasks with these tags
    #[arg(short, long, value_delimiter = ',')]
    pub(super) tags: Vec<String>,
    /// No tasks with these tags
    #[arg(long, value_delimiter = ',')]
    pub(super) skip_tags: Vec<String>,
    /// How many hosts are worked on at the same time
    #[arg(short, long)]
    pub(super) forks: Option<usize>,
    /// Change nothing: show what would change
    #[arg(short = 'C', long)]
    pub(super) check: bool,
    /// Show the differences
    #[arg(short = 'D', long)]
    pub(super) diff: bool,
    /// Show more; may be given several times
    #[arg(short, long, action = ArgAction::Count)]
    pub(super) verbose: u8,
    /// Only list the hosts
    #[arg(long)]
    pub(super) list_hosts: bool,
    /// Only list the tasks
    #[arg(long)]
    pub(super) list_tasks: bool,
    /// Only list the tags
    #[arg(long)]
    pub(super) list_tags: bool,
    /// Only check the playbook
    #[arg(long)]
    pub(super) syntax_check: bool,
    /// Begin at the first task of this name; patterns like `restart *` are allowed
    #[arg(long, value_name = "NAME")]
    pub(super) start_at_task: Option<String>,
    /// Run the handlers of hosts that failed, too
    #[arg(long)]
    pub(super) force_handlers: bool,
    /// Nothing to do: no facts are kept from one run to the next
    #[arg(long)]
    pub(super) flush_cache: bool,
    /// Evenkeel's: accept an empty inventory, patterns that match nothing and runs without hosts, as Ansible does
    #[arg(long)]
    pub(super) allow_empty: bool,
    /// How hosts are reached and as whom.
    #[command(flatten)]
    pub(super) login: Login,
    /// Passwords of `ansible-vault`.
    #[command(flatten)]
    pub(super) vault: VaultArgs,
    /// What is refused.
    #[command(flatten)]
    pub(super) others: Others,
}

/// How hosts are reached and as whom.
#[derive(clap::Args, Debug)]
pub(super) struct Login {
    /// Log in as this user
    #[arg(short, long = "user", value_name = "REMOTE_USER")]
    pub(super) user: Option<String>,
    /// Private key for the login
    #[arg(long, alias = "key-file", value_name = "PRIVATE_KEY_FILE")]
    pub(super) private_key: Option<PathBuf>,
    /// Seconds until a connection attempt is given up
    #[arg(short = 'T', long)]
    pub(super) timeout: Option<u64>,
    /// File with the login password, or a program that prints it
    #[arg(
        long,
        alias = "conn-pass-file",
        value_name = "FILE",
        conflicts_with = "ask_pass"
    )]
    pub(super) connection_password_file: Option<PathBuf>,
    /// Ask for the login password
    #[arg(short = 'k', long)]
    pub(super) ask_pass: bool,
    /// Become another user through sudo
    #[arg(short = 'b', long = "become")]
    pub(super) becomes: bool,
    /// The method: `sudo`, `su` or `doas`
    #[arg(long, value_name = "METHOD")]
    pub(super) become_method: Option<String>,
    /// The user to become
    #[arg(long, default_value = "root")]
    pub(super) become_user: String,
    /// File with sudo's password, or a program that prints it
    #[arg(
        long,
        alias = "become-pass-file",
        value_name = "FILE",
        conflicts_with = "ask_become_pass"
    )]
    pub(super) become_password_file: Option<PathBuf>,
    /// Ask for sudo's password
    #[arg(short = 'K', long)]
    pub(super) ask_become_pass: bool,
    /// The connection of hosts that name none: `ssh` or `local`
    #[arg(short, long)]
    pub(super) connection: Option<String>,
    /// Arguments of the program `ssh`: jumps work without it, other options need `--ssh openssh`
    #[arg(long, value_name = "ARGUMENTS", allow_hyphen_values = true)]
    pub(super) ssh_common_args: Option<String>,
    /// More of them
    #[arg(long, value_name = "ARGUMENTS", allow_hyphen_values = true)]
    pub(super) ssh_extra_args: Option<String>,
    /// Evenkeel's: which SSH client, the built-in one or the program `ssh`
    #[arg(long, value_enum, default_value_t = SshClient::Builtin)]
    pub(super) ssh: SshClient,
}

/// Options that cannot be followed: each is answered with what to do instead.
#[derive(clap::Args, Debug)]
pub(super) struct Others {
    /// Refused
    #[arg(long, hide = true)]
    pub(super) step: bool,
    /// Refused
    #[arg(short = 'M', long, hide = true)]
    pub(super) module_path: Vec<String>,
    /// Refused
    #[arg(long, hide = true, allow_hyphen_values = true)]
    pub(super) scp_extra_args: Option<String>,
    /// Refused
    #[arg(long, hide = true, allow_hyphen_values = true)]
    pub(super) sftp_extra_args: Option<String>,
}
