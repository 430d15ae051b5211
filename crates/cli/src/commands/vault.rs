//! `evenkeel vault`: files and texts of `ansible-vault`, encrypted and decrypted.

mod edit;
mod strings;

use std::io::IsTerminal as _;
use std::io::Read as _;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use evenkeel::Disk;
use evenkeel::Files as _;
use evenkeel::Problem;
use evenkeel::playbook::Vault;
use evenkeel::playbook::vault::Decrypted;
use evenkeel::playbook::vault::VaultError;
use evenkeel::playbook::vault::is_encrypted;

use crate::Context;
use crate::args::VaultCommand;
use crate::args::VaultFilesArgs;
use crate::args::VaultReadArgs;
use crate::args::VaultRekeyArgs;
use crate::args::VaultWriteArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;
use crate::secrets;
use crate::secrets::Asks;

/// What an encrypted file, and a decrypted one, may be done with: its owner reads and writes it.
const MODE: u32 = 0o600;

/// Runs one of the commands.
pub(crate) fn vault(context: &Context, command: &VaultCommand) -> Outcome {
    let done = match command {
        VaultCommand::Encrypt(args) => encrypt(context, args),
        VaultCommand::Decrypt(args) => decrypt(context, args),
        VaultCommand::View(args) => view(context, args),
        VaultCommand::Edit(args) => edit::edit(context, args),
        VaultCommand::Create(args) => edit::create(context, args),
        VaultCommand::Rekey(args) => rekey(context, args),
        VaultCommand::EncryptString(args) => strings::encrypt(context, args),
    };
    done.map_or_else(|outcome| outcome, |()| Outcome::Done)
}

fn encrypt(context: &Context, args: &VaultWriteArgs) -> Result<(), Outcome> {
    one_for_output(&args.read)?;
    let vault = secrets::needed(&context.settings, &args.read.vault, Asks::New)?;
    let label = label(context, &vault, args.encrypt_vault_id.as_deref())?;
    for file in inputs(&args.read.files) {
        let bytes = read(&file)?;
        if is_encrypted(&bytes) {
            return Err(wrong(&file, "it is encrypted already"));
        }
        let text = vault
            .encrypt(&bytes, label.as_deref())
            .map_err(|why| unusable(&file, &why))?;
        write(args.read.output.as_deref().unwrap_or(&file), text.as_bytes())?;
    }
    told("Encryption successful");
    Ok(())
}

fn decrypt(context: &Context, args: &VaultReadArgs) -> Result<(), Outcome> {
    one_for_output(args)?;
    let vault = secrets::needed(&context.settings, &args.vault, Asks::Known)?;
    for file in inputs(&args.files) {
        let plain = opened(&vault, &file)?;
        write(args.output.as_deref().unwrap_or(&file), &plain.bytes)?;
    }
    told("Decryption successful");
    Ok(())
}

fn view(context: &Context, args: &VaultFilesArgs) -> Result<(), Outcome> {
    let vault = secrets::needed(&context.settings, &args.vault, Asks::Known)?;
    for file in inputs(&args.files) {
        let mut plain = opened(&vault, &file)?.bytes.to_vec();
        if !plain.ends_with(b"\n") {
            plain.push(b'\n');
        }
        write(Path::new("-"), &plain)?;
    }
    Ok(())
}

fn rekey(context: &Context, args: &VaultRekeyArgs) -> Result<(), Outcome> {
    let settings = &context.settings;
    let vault = secrets::needed(settings, &args.vault, Asks::Known)?;
    let new = secrets::renewed(
        settings,
        args.new_vault_id.as_deref(),
        args.new_vault_password_file.as_deref(),
    )?;
    for file in &args.files {
        let plain = opened(&vault, file)?;
        let text = new
            .encrypt(&plain.bytes, args.encrypt_vault_id.as_deref())
            .map_err(|why| unusable(file, &why))?;
        write(file, text.as_bytes())?;
    }
    out::aside("Rekey successful\n");
    Ok(())
}

/// Where to write is said for one file only.
fn one_for_output(args: &VaultReadArgs) -> Result<(), Outcome> {
    if args.output.is_some() && args.files.len() > 1 {
        return Err(contradicts(Problem::error(
            "vault::output",
            "--output takes one file to read",
        )));
    }
    Ok(())
}

/// The label to encrypt with: the one that is named, or that of the only password.
fn label(context: &Context, vault: &Vault, named: Option<&str>) -> Result<Option<String>, Outcome> {
    if let Some(label) = named.or_else(|| context.settings.get("vault_encrypt_identity")) {
        return Ok(Some(label.to_owned()));
    }
    let labels: Vec<&str> = vault.labels().collect();
    if labels.len() > 1 {
        let text = format!(
            "there are several passwords to encrypt with: {}",
            labels.join(", ")
        );
        let problem = Problem::error("vault::label", text);
        return Err(contradicts(
            problem.help("say which one: --encrypt-vault-id LABEL"),
        ));
    }
    Ok(None)
}

fn inputs(files: &[PathBuf]) -> Vec<PathBuf> {
    if files.is_empty() {
        vec![PathBuf::from("-")]
    } else {
        files.to_vec()
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Outcome> {
    let read = if file == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        Disk.read(file)
    };
    read.map_err(|error| wrong(file, &error.to_string()))
}

fn write(file: &Path, bytes: &[u8]) -> Result<(), Outcome> {
    let written = if file == Path::new("-") {
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush())
    } else {
        Disk.write(file, bytes, MODE)
    };
    written.map_err(|error| wrong(file, &error.to_string()))
}

fn opened(vault: &Vault, file: &Path) -> Result<Decrypted, Outcome> {
    let bytes = read(file)?;
    if !is_encrypted(&bytes) {
        return Err(wrong(file, "it is not encrypted"));
    }
    vault.decrypt(&bytes).map_err(|why| unusable(file, &why))
}

fn unusable(file: &Path, why: &VaultError) -> Outcome {
    wrong(file, &why.to_string())
}

fn wrong(file: &Path, why: &str) -> Outcome {
    let shown = if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    };
    refused(Problem::error("vault::file", format!("{shown}: {why}")))
}

fn refused(problem: Problem) -> Outcome {
    draw::problems(&[problem]);
    Outcome::Missing
}

/// Arguments that do not go together.
fn contradicts(problem: Problem) -> Outcome {
    draw::problems(&[problem]);
    Outcome::Arguments
}

/// Says on a terminal that it is done.
fn told(text: &str) {
    if std::io::stdout().is_terminal() {
        out::aside(&format!("{text}\n"));
    }
}
