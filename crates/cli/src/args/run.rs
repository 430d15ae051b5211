//! What is run, on which hosts, how: `plan`, `apply`, `eject`.

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use super::SourceArgs;

/// What to run, on which hosts, how.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// Playbook; without one, the playbook that the inventory's cluster needs is generated in memory
    pub playbook: Option<PathBuf>,
    /// Playbooks that follow in the same run, under the names of Ansible's programs.
    #[arg(skip)]
    pub further: Vec<PathBuf>,
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Only these hosts: a pattern, or `@file`
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Vec<String>,
    /// Only tasks with these tags
    #[arg(short, long, value_name = "TAGS", value_delimiter = ',')]
    pub tags: Vec<String>,
    /// No tasks with these tags
    #[arg(long, value_name = "TAGS", value_delimiter = ',')]
    pub skip_tags: Vec<String>,
    /// Begin at the first task of this name; patterns like `restart *` are allowed
    #[arg(long, value_name = "NAME")]
    pub start_at_task: Option<String>,
    /// How many hosts are worked on at the same time
    #[arg(short, long, value_name = "N")]
    pub forks: Option<usize>,
    /// Show more: -v also what is unchanged, with reasons and results; -vv also what is skipped, and where tasks stand
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Print events as people read them, or as JSON lines
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Hold the hosts in memory: fresh Debian 12 machines, nothing is connected
    #[arg(long)]
    pub simulate: bool,
    /// Only list the hosts
    #[arg(long)]
    pub list_hosts: bool,
    /// Only list the tasks
    #[arg(long)]
    pub list_tasks: bool,
    /// Only list the tags
    #[arg(long)]
    pub list_tags: bool,
    /// Only check the playbook
    #[arg(long)]
    pub syntax_check: bool,
    /// Run the handlers of hosts that failed, too
    #[arg(long)]
    pub force_handlers: bool,
    /// How hosts are reached and as whom.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// How hosts are reached and as whom.
#[derive(Args, Clone, Debug)]
pub struct ConnectionArgs {
    /// Log in as this user
    #[arg(short, long, value_name = "USER")]
    pub user: Option<String>,
    /// Private key for the login
    #[arg(long, alias = "key-file", value_name = "FILE")]
    pub private_key: Option<PathBuf>,
    /// Ask for the login password
    #[arg(short = 'k', long)]
    pub ask_pass: bool,
    /// Become another user
    #[arg(short = 'b', long = "become")]
    pub becomes: bool,
    /// How to become another user [default: sudo]
    #[arg(long, value_name = "METHOD", value_parser = ["sudo", "su", "doas"])]
    pub become_method: Option<String>,
    /// The user to become
    #[arg(long, value_name = "USER", default_value = "root")]
    pub become_user: String,
    /// Ask for the password that becoming takes
    #[arg(short = 'K', long)]
    pub ask_become_pass: bool,
    /// Which SSH client: the built-in one, or the program `ssh`
    #[arg(long, value_enum, default_value_t = SshClient::Builtin)]
    pub ssh: SshClient,
    /// File of known host keys, instead of ~/.ssh/known_hosts
    #[arg(long, value_name = "FILE")]
    pub known_hosts: Vec<PathBuf>,
    /// Accept and remember the keys of hosts that were never seen
    #[arg(long)]
    pub accept_new_host_keys: bool,
    /// Seconds until a connection attempt is given up
    #[arg(short = 'T', long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// What only Ansible's programs take.
    #[arg(skip)]
    pub ansible: AnsibleLogin,
}

/// How hosts are reached, as far as only the names of Ansible's programs take it.
#[derive(Clone, Debug, Default)]
pub struct AnsibleLogin {
    /// The connection of hosts whose variables and plays name none: `ssh` or `local`.
    pub connection: Option<String>,
    /// File with the login password, or a program that prints it.
    pub password_file: Option<PathBuf>,
    /// File with sudo's password, or a program that prints it.
    pub become_password_file: Option<PathBuf>,
    /// Arguments of the program `ssh` where hosts have no `ansible_ssh_common_args`.
    pub ssh_common_args: Option<String>,
    /// Arguments of the program `ssh` where hosts have no `ansible_ssh_extra_args`.
    pub ssh_extra_args: Option<String>,
}

/// Which SSH client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SshClient {
    /// The one inside.
    Builtin,
    /// The program `ssh`.
    Openssh,
}

/// How events are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
    /// As Ansible's default callback prints them, under the names of its programs.
    #[value(skip)]
    Ansible,
}

/// `plan`.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// What to run.
    #[command(flatten)]
    pub run: RunArgs,
    /// Exit with 3 when changes are pending
    #[arg(long)]
    pub exit_code: bool,
    /// Show no diffs, only what would change
    #[arg(long, conflicts_with = "diff")]
    pub no_diff: bool,
    /// Show the diff of each change, which is what plan does anyway
    #[arg(short = 'D', long, hide = true)]
    pub diff: bool,
    /// Change nothing, which is what plan does anyway
    #[arg(short = 'C', long, hide = true)]
    pub check: bool,
}

/// `apply`.
#[derive(Args, Debug)]
pub struct ApplyArgs {
    /// What to run.
    #[command(flatten)]
    pub run: RunArgs,
    /// Do not ask; required where there is no terminal
    #[arg(short, long)]
    pub yes: bool,
    /// Show the diff of each change
    #[arg(short = 'D', long)]
    pub diff: bool,
    /// Ansible's word for what is `evenkeel plan` here; refused, because it must never apply anything
    #[arg(short = 'C', long, hide = true)]
    pub check: bool,
}

/// `eject`.
#[derive(Args, Debug)]
pub struct EjectArgs {
    /// The controller, as the inventory calls it
    pub node: String,
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
    /// It is gone: nothing is asked of it or done on it
    #[arg(long)]
    pub dead: bool,
    /// Hold the hosts in memory: fresh Debian 12 machines, nothing is connected
    #[arg(long)]
    pub simulate: bool,
    /// Go on even if etcd is left without its quorum, and stands still
    #[arg(long)]
    pub allow_quorum_loss: bool,
    /// Do not ask; required where there is no terminal
    #[arg(short, long)]
    pub yes: bool,
    /// Show the diff of each change
    #[arg(short = 'D', long)]
    pub diff: bool,
    /// How many hosts are worked on at the same time
    #[arg(short, long, value_name = "N")]
    pub forks: Option<usize>,
    /// Show more, as `apply` does
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Print events as people read them, or as JSON lines
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// How hosts are reached and as whom.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}
