//! `ansible-inventory`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ArgAction;
use clap::Parser;
use evenkeel::Problem;

use super::Refusal;
use crate::args::SourceArgs;
use crate::args::VaultArgs;
use crate::commands;
use crate::commands::Asked;
use crate::commands::Shape;
use crate::draw;
use crate::exit;

/// Shows an inventory as Ansible's program does: the same options, output and exit codes.
#[derive(Debug, Parser)]
#[command(
    name = "ansible-inventory",
    version,
    infer_long_args = true,
    max_term_width = 100
)]
struct Args {
    /// Group that --graph begins at
    #[arg(default_value = "all")]
    group: String,
    /// Inventory: a file, a folder, or `host1,host2,`
    #[arg(short, long, alias = "inventory-file")]
    inventory: Vec<String>,
    /// Only these hosts, with --list: a pattern, or `@file`
    #[arg(short, long, value_name = "SUBSET")]
    limit: Vec<String>,
    /// Extra variables: `k=v`, YAML, JSON or `@file`
    #[arg(short, long)]
    extra_vars: Vec<String>,
    /// Folder of playbooks: the group_vars and host_vars in it are read too
    #[arg(long, value_name = "BASEDIR")]
    playbook_dir: Option<PathBuf>,
    /// All hosts, groups and variables
    #[arg(long)]
    list: bool,
    /// The variables of one host
    #[arg(long)]
    host: Option<String>,
    /// The groups and hosts as a tree
    #[arg(long)]
    graph: bool,
    /// YAML instead of JSON
    #[arg(short, long)]
    yaml: bool,
    /// Refused
    #[arg(long, hide = true)]
    toml: bool,
    /// With --graph: variables too
    #[arg(long)]
    vars: bool,
    /// With --list: each variable where it is defined
    #[arg(long)]
    export: bool,
    /// With --list: write to this file
    #[arg(long, value_name = "OUTPUT_FILE")]
    output: Option<PathBuf>,
    /// Nothing to do: no cache is kept
    #[arg(long)]
    flush_cache: bool,
    /// Nothing more is shown
    #[arg(short, long, action = ArgAction::Count)]
    verbose: u8,
    /// Evenkeel's: accept an empty inventory and patterns that match nothing, as Ansible does
    #[arg(long)]
    allow_empty: bool,
    /// Passwords of `ansible-vault`.
    #[command(flatten)]
    vault: VaultArgs,
}

impl Args {
    /// What is asked for: one of three.
    fn shape(&self) -> Result<Shape, &'static str> {
        match (self.list, &self.host, self.graph) {
            (true, None, false) => Ok(Shape::List),
            (false, Some(host), false) => Ok(Shape::Host(host.clone())),
            (false, None, true) => Ok(Shape::Graph(self.group.clone(), self.vars)),
            (false, None, false) => Err("one of --list, --host and --graph says what to show"),
            _ => Err("--list, --host and --graph exclude each other"),
        }
    }
}

/// Shows the inventory.
pub(super) fn run(words: &[OsString]) -> u8 {
    let args: Args = match super::read(words) {
        Ok(args) => args,
        Err(code) => return code,
    };
    let toml = Refusal {
        given: args.toml,
        option: "--toml",
        instead: "`--yaml` and JSON can be read by everything that reads inventories",
    };
    if let Err(code) = super::refused(&[toml]) {
        return code;
    }
    let shape = match args.shape() {
        Ok(shape) => shape,
        Err(text) => {
            draw::problems(&[Problem::error("called::option", text)]);
            return exit::ANSIBLE_OPTION;
        }
    };
    let context = match crate::context(true, Some(&args.vault)) {
        Ok(context) => context,
        Err(outcome) => return outcome.ansible_code(),
    };
    let asked = Asked {
        shape,
        source: SourceArgs {
            inventory: args.inventory,
            extra_vars: args.extra_vars,
            allow_empty: args.allow_empty,
            vault: args.vault,
        },
        limit: args.limit,
        playbook_dir: args
            .playbook_dir
            .or_else(|| context.settings.get("playbook_dir").map(PathBuf::from)),
        yaml: args.yaml,
        export: args.export,
        output: args.output,
    };
    commands::inventory_as_ansible(&context, &asked).ansible_code()
}
