//! The command line.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

/// Brings Linux machines to a described state and keeps them there.
#[derive(Debug, Parser)]
#[command(name = "evenkeel", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what `apply` would do, and touch nothing
    Plan(PlanArgs),
    /// Bring the hosts to the described state
    Apply(ApplyArgs),
    /// Take a controller (a master, or a member of etcd) out of the cluster
    Eject(EjectArgs),
    /// Show the inventory as it was understood
    Inventory(InventoryArgs),
    /// Check the cluster that the inventory describes, before anything connects
    Lint(LintArgs),
    /// Show each host's API server and etcd endpoint, and why
    Endpoints(EndpointsArgs),
    /// Write the playbooks that the inventory's cluster needs, for Ansible and for reviews
    Generate(GenerateArgs),
    /// Make the certificates of the cluster's etcd on this machine, or keep them
    Certs(CertsArgs),
    /// Draw the cluster: who talks to whom, and through which endpoint (SVG)
    Picture(PictureArgs),
    /// Ask every host whether the cluster's endpoints are up: ports, paths to the API servers, etcd, the virtual address
    Verify(VerifyArgs),
    /// Show a variable's value on a host, and every place that sets it
    Explain(ExplainArgs),
    /// Show the task types, or the documentation of one
    Modules(ModulesArgs),
    /// Show the roles, or the variables of one
    Roles(RolesArgs),
    /// Encrypt, decrypt and edit files as `ansible-vault` does
    #[command(subcommand)]
    Vault(VaultCommand),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Where hosts and variables come from.
#[derive(Args, Clone, Debug)]
pub struct SourceArgs {
    /// Inventory: a file, a folder, or `host1,host2,`
    #[arg(short, long = "inventory", value_name = "INVENTORY")]
    pub inventory: Vec<String>,
    /// Extra variables: `k=v`, YAML, JSON or `@file`
    #[arg(short, long, value_name = "VARS")]
    pub extra_vars: Vec<String>,
    /// Accept an empty inventory, patterns that match nothing and runs without hosts
    #[arg(long)]
    pub allow_empty: bool,
    /// Passwords of `ansible-vault`.
    #[command(flatten)]
    pub vault: VaultArgs,
}

/// Passwords of files and values that `ansible-vault` encrypted.
#[derive(Args, Clone, Debug, Default)]
pub struct VaultArgs {
    /// Password of encrypted files and values, under a label; SOURCE is a file, a program that prints it, or `prompt`
    #[arg(long, value_name = "LABEL@SOURCE")]
    pub vault_id: Vec<String>,
    /// File with the password of encrypted files and values, or a program that prints it
    #[arg(long, alias = "vault-pass-file", value_name = "FILE")]
    pub vault_password_file: Vec<PathBuf>,
    /// Ask for the password of encrypted files and values
    #[arg(short = 'J', long, alias = "ask-vault-password")]
    pub ask_vault_pass: bool,
}

/// What to run, on which hosts, how.
#[derive(Args, Clone, Debug)]
pub struct RunArgs {
    /// Playbook; without one, the playbook that the inventory's cluster needs is generated in memory
    pub playbook: Option<PathBuf>,
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
    /// Become another user through sudo
    #[arg(short = 'b', long = "become")]
    pub becomes: bool,
    /// The user to become
    #[arg(long, value_name = "USER", default_value = "root")]
    pub become_user: String,
    /// Ask for sudo's password
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

/// `inventory`.
#[derive(Args, Debug)]
pub struct InventoryArgs {
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
    /// What to show.
    #[command(flatten)]
    pub what: InventoryView,
    /// Only these hosts
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Vec<String>,
    /// With --graph: show variables too
    #[arg(long)]
    pub vars: bool,
}

/// What `inventory` shows.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct InventoryView {
    /// Everything as JSON, as `ansible-inventory --list` prints it
    #[arg(long)]
    pub list: bool,
    /// The variables of one host as JSON
    #[arg(long, value_name = "HOST")]
    pub host: Option<String>,
    /// Groups and hosts as a tree
    #[arg(long)]
    pub graph: bool,
}

/// `endpoints`.
#[derive(Args, Debug)]
pub struct EndpointsArgs {
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
    /// How the table is printed
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub format: TableFormat,
}

/// `picture`.
#[derive(Args, Debug)]
pub struct PictureArgs {
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Write it to this file, instead of standard output
    #[arg(short, long, value_name = "FILE", conflicts_with = "check")]
    pub output: Option<PathBuf>,
    /// Write nothing: exit with 3 when this file is not the picture of the cluster
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,
}

/// `verify`.
#[derive(Args, Debug)]
pub struct VerifyArgs {
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Ask only these hosts: a pattern, or `@file`
    #[arg(short, long, value_name = "PATTERN")]
    pub limit: Vec<String>,
    /// How many hosts are asked at the same time
    #[arg(short, long, value_name = "N")]
    pub forks: Option<usize>,
    /// Ask again every so many seconds, over the same connections, until interrupted
    #[arg(short, long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub watch: Option<u64>,
    /// Print a matrix for people, or a JSON object on a line
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// Refused: in memory nothing listens
    #[arg(long, hide = true)]
    pub simulate: bool,
    /// How hosts are reached and as whom.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

/// How a table is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Columns for a terminal.
    Table,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// A Markdown table.
    Markdown,
}

/// `certs`.
#[derive(Args, Debug)]
pub struct CertsArgs {
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Folder of the certificates [default: the variable `etcd_cert_dir`, else `.credentials/etcd` in the inventory's
    /// folder]
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
    /// Write nothing: show what would be made
    #[arg(long)]
    pub dry_run: bool,
    /// Print a line for each file, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// `generate`.
#[derive(Args, Debug)]
pub struct GenerateArgs {
    /// Inventory: a file or a folder
    #[arg(short, long = "inventory", value_name = "INVENTORY")]
    pub inventory: Vec<String>,
    /// Folder to write to [default: playbooks/ and the name of the inventory's folder]
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// Write nothing: show what would change in the folder, and exit with 3 if anything would
    #[arg(long)]
    pub check: bool,
    /// Passwords of `ansible-vault`.
    #[command(flatten)]
    pub vault: VaultArgs,
}

/// `lint`.
#[derive(Args, Debug)]
pub struct LintArgs {
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
    /// How findings and lints are printed
    #[arg(long, value_enum, default_value_t = LintFormat::Human)]
    pub format: LintFormat,
    /// List all lints, and check nothing
    #[arg(long)]
    pub list: bool,
    /// Tell about one lint, or the id of any other finding, and check nothing
    #[arg(long, value_name = "ID", conflicts_with = "list")]
    pub explain: Option<String>,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// For people.
    Human,
    /// One JSON array.
    Json,
    /// A Markdown table.
    Markdown,
}

/// `explain`.
#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The variable
    pub variable: String,
    /// Playbook whose plays and roles are looked through too
    pub playbook: Option<PathBuf>,
    /// The host
    #[arg(long, value_name = "HOST")]
    pub host: String,
    /// Hosts and variables.
    #[command(flatten)]
    pub source: SourceArgs,
}

/// `roles`.
#[derive(Args, Debug)]
pub struct RolesArgs {
    /// The role
    pub name: Option<String>,
}

/// `modules`.
#[derive(Args, Debug)]
pub struct ModulesArgs {
    /// The task type, by its short or full name
    pub name: Option<String>,
}

/// `vault`.
#[derive(Debug, Subcommand)]
pub enum VaultCommand {
    /// Encrypt files, or standard input
    Encrypt(VaultWriteArgs),
    /// Decrypt files, or standard input
    Decrypt(VaultReadArgs),
    /// Print what files hold
    View(VaultFilesArgs),
    /// Change an encrypted file in an editor ($EDITOR)
    Edit(VaultEditArgs),
    /// Write a new encrypted file in an editor ($EDITOR)
    Create(VaultEditArgs),
    /// Encrypt files with another password
    Rekey(VaultRekeyArgs),
    /// Encrypt texts, to be put into files of variables
    #[command(name = "encrypt-string", alias = "encrypt_string")]
    EncryptString(VaultStringArgs),
}

/// `vault view`.
#[derive(Args, Debug)]
pub struct VaultFilesArgs {
    /// Files; `-` is standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// Passwords.
    #[command(flatten)]
    pub vault: VaultArgs,
}

/// `vault decrypt`.
#[derive(Args, Debug)]
pub struct VaultReadArgs {
    /// Files; `-` or none is standard input
    pub files: Vec<PathBuf>,
    /// Write to this file instead; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Passwords.
    #[command(flatten)]
    pub vault: VaultArgs,
}

/// `vault encrypt`.
#[derive(Args, Debug)]
pub struct VaultWriteArgs {
    /// What is read and written.
    #[command(flatten)]
    pub read: VaultReadArgs,
    /// Encrypt with the password of this label
    #[arg(long, value_name = "LABEL")]
    pub encrypt_vault_id: Option<String>,
}

/// `vault edit` and `vault create`.
#[derive(Args, Debug)]
pub struct VaultEditArgs {
    /// The file
    pub file: PathBuf,
    /// Encrypt with the password of this label
    #[arg(long, value_name = "LABEL")]
    pub encrypt_vault_id: Option<String>,
    /// Passwords.
    #[command(flatten)]
    pub vault: VaultArgs,
}

/// `vault rekey`.
#[derive(Args, Debug)]
pub struct VaultRekeyArgs {
    /// Files
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
    /// The new password, under a label
    #[arg(long, value_name = "LABEL@SOURCE", conflicts_with = "new_vault_password_file")]
    pub new_vault_id: Option<String>,
    /// File with the new password, or a program that prints it
    #[arg(long, value_name = "FILE")]
    pub new_vault_password_file: Option<PathBuf>,
    /// Encrypt with the password of this label
    #[arg(long, value_name = "LABEL")]
    pub encrypt_vault_id: Option<String>,
    /// The passwords until now.
    #[command(flatten)]
    pub vault: VaultArgs,
}

/// `vault encrypt-string`.
#[derive(Args, Debug)]
pub struct VaultStringArgs {
    /// Texts; `-` or none is standard input. What stands here can be seen by others while the command runs
    pub texts: Vec<String>,
    /// Names of variables for the texts
    #[arg(short, long = "name", value_name = "NAME")]
    pub names: Vec<String>,
    /// Name of the variable for standard input
    #[arg(long, value_name = "NAME")]
    pub stdin_name: Option<String>,
    /// Ask for the text, without showing it
    #[arg(short, long, conflicts_with = "stdin_name")]
    pub prompt: bool,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Encrypt with the password of this label
    #[arg(long, value_name = "LABEL")]
    pub encrypt_vault_id: Option<String>,
    /// Passwords.
    #[command(flatten)]
    pub vault: VaultArgs,
}

impl Command {
    /// The passwords of `ansible-vault` that a command over an inventory is given; none for other commands.
    pub fn vault(&self) -> Option<&VaultArgs> {
        match self {
            Command::Plan(args) => Some(&args.run.source.vault),
            Command::Apply(args) => Some(&args.run.source.vault),
            Command::Eject(args) => Some(&args.source.vault),
            Command::Inventory(args) => Some(&args.source.vault),
            Command::Lint(args) => Some(&args.source.vault),
            Command::Endpoints(args) => Some(&args.source.vault),
            Command::Generate(args) => Some(&args.vault),
            Command::Certs(args) => Some(&args.source.vault),
            Command::Picture(args) => Some(&args.source.vault),
            Command::Verify(args) => Some(&args.source.vault),
            Command::Explain(args) => Some(&args.source.vault),
            Command::Modules(_) | Command::Roles(_) | Command::Vault(_) | Command::Completions { .. } => None,
        }
    }
}
