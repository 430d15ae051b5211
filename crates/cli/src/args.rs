//! The command line.

mod run;
mod show;
mod vault;

use clap::Args;
use clap::Parser;
use clap::Subcommand;

pub use run::AnsibleLogin;
pub use run::ApplyArgs;
pub use run::ConnectionArgs;
pub use run::EjectArgs;
pub use run::Format;
pub use run::PlanArgs;
pub use run::RunArgs;
pub use run::SshClient;
pub use show::CertsArgs;
pub use show::EndpointsArgs;
pub use show::ExplainArgs;
pub use show::GenerateArgs;
pub use show::InventoryArgs;
pub use show::InventoryView;
pub use show::LintArgs;
pub use show::LintFormat;
pub use show::ModulesArgs;
pub use show::PictureArgs;
pub use show::RolesArgs;
pub use show::TableFormat;
pub use show::VerifyArgs;
pub use vault::VaultArgs;
pub use vault::VaultCommand;
pub use vault::VaultEditArgs;
pub use vault::VaultFilesArgs;
pub use vault::VaultReadArgs;
pub use vault::VaultRekeyArgs;
pub use vault::VaultStringArgs;
pub use vault::VaultWriteArgs;

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
    /// Check the cluster that the inventory describes, and a playbook, before anything connects
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
