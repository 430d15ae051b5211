//! `ansible-vault`.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::ArgAction;
use clap::Parser;
use clap::Subcommand;
use evenkeel::Problem;

use crate::args::VaultArgs;
use crate::args::VaultCommand;
use crate::args::VaultEditArgs;
use crate::args::VaultFilesArgs;
use crate::args::VaultReadArgs;
use crate::args::VaultRekeyArgs;
use crate::args::VaultStringArgs;
use crate::args::VaultWriteArgs;
use crate::commands;
use crate::draw;
use crate::exit;
use crate::exit::Outcome;

/// Encrypts and decrypts as Ansible's program does: the same options, output and exit codes.
#[derive(Debug, Parser)]
#[command(name = "ansible-vault", version, infer_long_args = true, max_term_width = 100)]
struct Args {
    /// Nothing more is shown
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// What to do.
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a new encrypted file in an editor ($EDITOR)
    Create(Create),
    /// Decrypt files, or standard input
    Decrypt(VaultReadArgs),
    /// Change encrypted files in an editor ($EDITOR)
    Edit(Edit),
    /// Print what files hold
    View(Files),
    /// Encrypt files, or standard input
    Encrypt(VaultWriteArgs),
    /// Encrypt texts, to be put into files of variables
    #[command(name = "encrypt_string")]
    EncryptString(VaultStringArgs),
    /// Encrypt files with another password
    Rekey(Rekey),
}

#[derive(clap::Args, Debug)]
struct Create {
    /// Open the editor where there is no terminal, too
    #[arg(long)]
    skip_tty_check: bool,
    #[command(flatten)]
    edit: Edit,
}

#[derive(clap::Args, Debug)]
struct Edit {
    /// Files
    #[arg(value_name = "FILE_NAME")]
    files: Vec<PathBuf>,
    /// Encrypt with the password of this label
    #[arg(long, value_name = "LABEL")]
    encrypt_vault_id: Option<String>,
    #[command(flatten)]
    vault: VaultArgs,
}

#[derive(clap::Args, Debug)]
struct Files {
    /// Files
    #[arg(value_name = "FILE_NAME")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    vault: VaultArgs,
}

#[derive(clap::Args, Debug)]
struct Rekey {
    /// The new password, under a label
    #[arg(long, value_name = "LABEL@SOURCE", conflicts_with = "new_vault_password_file")]
    new_vault_id: Option<String>,
    /// File with the new password, or a program that prints it
    #[arg(long, value_name = "FILE")]
    new_vault_password_file: Option<PathBuf>,
    #[command(flatten)]
    edit: Edit,
}

impl Action {
    fn vault(&self) -> &VaultArgs {
        match self {
            Action::Create(args) => &args.edit.vault,
            Action::Decrypt(args) => &args.vault,
            Action::Edit(args) => &args.vault,
            Action::View(args) => &args.vault,
            Action::Encrypt(args) => &args.read.vault,
            Action::EncryptString(args) => &args.vault,
            Action::Rekey(args) => &args.edit.vault,
        }
    }

    /// What is wrong with the options as such, which Ansible says before anything is read.
    fn contradiction(&self) -> Option<&'static str> {
        let terminal = || std::io::stdout().is_terminal();
        match self {
            _ if self.vault().vault_id.iter().any(|id| id.contains(';')) => {
                Some("a label of --vault-id must not have a `;`")
            }
            Action::Create(args) if args.edit.files.len() != 1 => Some("`create` takes one file"),
            Action::Create(args) if !args.skip_tty_check && !terminal() => {
                Some("there is no terminal for an editor; --skip-tty-check opens it nevertheless")
            }
            Action::EncryptString(args) if args.prompt && args.texts.iter().any(|text| text == "-") => {
                Some("--prompt and standard input exclude each other")
            }
            _ => None,
        }
    }

    /// The same in Evenkeel's words; one command for each file where a command takes one only.
    fn commands(self) -> Vec<VaultCommand> {
        let one = |edit: Edit| -> Vec<VaultEditArgs> {
            let each = edit.files.iter().map(|file| VaultEditArgs {
                file: file.clone(),
                encrypt_vault_id: edit.encrypt_vault_id.clone(),
                vault: edit.vault.clone(),
            });
            each.collect()
        };
        match self {
            Action::Create(args) => one(args.edit).into_iter().map(VaultCommand::Create).collect(),
            Action::Edit(args) => one(args).into_iter().map(VaultCommand::Edit).collect(),
            Action::Decrypt(args) => vec![VaultCommand::Decrypt(args)],
            Action::View(args) if args.files.is_empty() => Vec::new(),
            Action::View(Files { files, vault }) => vec![VaultCommand::View(VaultFilesArgs { files, vault })],
            Action::Encrypt(args) => vec![VaultCommand::Encrypt(args)],
            Action::EncryptString(args) => vec![VaultCommand::EncryptString(VaultStringArgs {
                asks_name: true,
                ..args
            })],
            Action::Rekey(args) => vec![VaultCommand::Rekey(VaultRekeyArgs {
                files: args.edit.files,
                new_vault_id: args.new_vault_id,
                new_vault_password_file: args.new_vault_password_file,
                encrypt_vault_id: args.edit.encrypt_vault_id,
                vault: args.edit.vault,
            })],
        }
    }
}

/// Encrypts, decrypts, edits.
pub(super) fn run(words: &[OsString]) -> u8 {
    let args: Args = match super::read(words) {
        Ok(args) => args,
        Err(code) => return code,
    };
    if let Some(text) = args.action.contradiction() {
        draw::problems(&[Problem::error("called::option", text)]);
        return exit::ANSIBLE_OPTION;
    }
    let context = match crate::context(true, None) {
        Ok(context) => context,
        Err(outcome) => return outcome.ansible_code(),
    };
    let commands = args.action.commands();
    let mut ends = commands.iter().map(|command| commands::vault(&context, command));
    ends.find(|outcome| *outcome != Outcome::Done)
        .map_or(0, Outcome::ansible_code)
}
