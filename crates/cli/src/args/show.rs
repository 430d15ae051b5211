//! Commands that show something, or write files of the controller.

use std::path::PathBuf;

use clap::Args;
use clap::ValueEnum;

use super::ConnectionArgs;
use super::Format;
use super::SourceArgs;
use super::VaultArgs;

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
    /// Playbook to check too, with what it imports and the roles it uses
    pub playbook: Option<PathBuf>,
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
