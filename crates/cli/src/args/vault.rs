//! Encrypted files and values, and their passwords.

use std::path::PathBuf;

use clap::Args;
use clap::Subcommand;

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
    /// Show the text while it is typed
    #[arg(long, requires = "prompt")]
    pub show_input: bool,
    /// Whether the variable's name is asked for, too, as `ansible-vault` does.
    #[arg(skip)]
    pub asks_name: bool,
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
