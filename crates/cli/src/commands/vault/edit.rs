//! `evenkeel vault edit` and `create`: an editor on a decrypted copy.
#![expect(
    clippy::disallowed_types,
    reason = "an editor needs the terminal itself, which no transport passes on"
)]

use std::io::IsTerminal as _;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use evenkeel::Disk;
use evenkeel::Files as _;

use super::MODE;
use super::label;
use super::opened;
use super::unusable;
use super::write;
use super::wrong;
use crate::Context;
use crate::args::VaultEditArgs;
use crate::exit::Outcome;
use crate::secrets;
use crate::secrets::Asks;

/// A folder of the owner alone, whose file is overwritten and removed with it.
struct Copy {
    folder: PathBuf,
    file: PathBuf,
}

impl Copy {
    /// A copy named like the file, so that an editor knows its kind.
    fn of(file: &Path, bytes: &[u8]) -> std::io::Result<Copy> {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.to_path_buf()
        } else {
            std::env::temp_dir()
        };
        let folder = base.join(format!("evenkeel-vault-{}", std::process::id()));
        std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(&folder)?;
        let copy = Copy {
            file: folder.join(file.file_name().unwrap_or("vault".as_ref())),
            folder,
        };
        Disk.write(&copy.file, bytes, MODE)?;
        Ok(copy)
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Ok(meta) = std::fs::metadata(&self.file) {
            let zeros = vec![0; usize::try_from(meta.len()).unwrap_or(0)];
            let _overwritten = std::fs::write(&self.file, zeros);
        }
        let _removed = std::fs::remove_dir_all(&self.folder);
    }
}

/// Changes an encrypted file; it is written only when it was changed.
pub(super) fn edit(context: &Context, args: &VaultEditArgs) -> Result<(), Outcome> {
    let vault = secrets::needed(&context.settings, &args.vault, Asks::Known)?;
    let before = opened(&vault, &args.file)?;
    let after = edited(context, &args.file, &before.bytes)?;
    let label = args.encrypt_vault_id.as_deref().unwrap_or(&before.label);
    if after == **before.bytes && label == before.label {
        return Ok(());
    }
    let text = vault
        .encrypt(&after, Some(label))
        .map_err(|why| unusable(&args.file, &why))?;
    write(&args.file, text.as_bytes())
}

/// Writes a new encrypted file.
pub(super) fn create(context: &Context, args: &VaultEditArgs) -> Result<(), Outcome> {
    if Disk.is_folder(&args.file).is_some() {
        return Err(wrong(
            &args.file,
            "it is there already: `evenkeel vault edit` changes it",
        ));
    }
    let vault = secrets::needed(&context.settings, &args.vault, Asks::New)?;
    let label = label(context, &vault, args.encrypt_vault_id.as_deref())?;
    let bytes = edited(context, &args.file, b"")?;
    let text = vault
        .encrypt(&bytes, label.as_deref())
        .map_err(|why| unusable(&args.file, &why))?;
    write(&args.file, text.as_bytes())
}

/// What an editor leaves of a text.
fn edited(context: &Context, file: &Path, bytes: &[u8]) -> Result<Vec<u8>, Outcome> {
    let editor = context
        .environment
        .get("EDITOR")
        .filter(|editor| !editor.trim().is_empty());
    if editor.is_none() && !std::io::stdout().is_terminal() {
        return Err(wrong(file, "there is no terminal for an editor"));
    }
    let failed = |error: std::io::Error| wrong(file, &format!("cannot be edited: {error}"));
    let copy = Copy::of(file, bytes).map_err(failed)?;
    let editor = editor.map_or("vi", String::as_str);
    let command = format!("{editor} \"$1\"");
    let status = Command::new("/bin/sh")
        .args(["-c", &command, "sh"])
        .arg(&copy.file)
        .status()
        .map_err(failed)?;
    if !status.success() {
        return Err(wrong(
            file,
            &format!("the editor `{editor}` ended with {status}; nothing was written"),
        ));
    }
    Disk.read(&copy.file).map_err(failed)
}
