//! `evenkeel vault encrypt-string`: texts for files of variables.

use std::path::Path;

use evenkeel::Problem;
use evenkeel::Secret;
use evenkeel::playbook::Vault;

use super::contradicts;
use super::label;
use super::read;
use super::refused;
use super::told;
use super::write;
use crate::Context;
use crate::args::VaultStringArgs;
use crate::ask;
use crate::exit::Outcome;
use crate::out;
use crate::secrets;
use crate::secrets::Asks;

/// How far the lines of an encrypted text stand in, as Ansible writes them.
const INDENT: usize = 10;

/// A text to encrypt.
struct Text {
    name: Option<String>,
    from: &'static str,
    bytes: Secret<Vec<u8>>,
}

/// Encrypts texts, and writes each as a value marked `!vault`.
pub(super) fn encrypt(context: &Context, args: &VaultStringArgs) -> Result<(), Outcome> {
    let vault = secrets::needed(&context.settings, &args.vault, Asks::New)?;
    let label = label(context, &vault, args.encrypt_vault_id.as_deref())?;
    let texts = texts(args)?;
    let mut all = String::new();
    for (index, text) in texts.iter().enumerate() {
        if texts.len() > 1 {
            out::aside(&heading(text, index + 1));
        }
        all.push_str(&value(&vault, text, label.as_deref())?);
        all.push('\n');
    }
    write(args.output.as_deref().unwrap_or(Path::new("-")), all.as_bytes())?;
    told("Encryption successful");
    Ok(())
}

fn heading(text: &Text, number: usize) -> String {
    let from = text.from;
    match &text.name {
        Some(name) => {
            format!("# The encrypted version of variable (\"{name}\", the string #{number} from {from}).\n")
        }
        None => format!("# The encrypted version of the string #{number} from {from}.)\n"),
    }
}

/// The texts in Ansible's order: the one asked for, standard input, the arguments.
fn texts(args: &VaultStringArgs) -> Result<Vec<Text>, Outcome> {
    let mut texts = Vec::new();
    if args.prompt {
        let asked = if args.asks_name {
            Some(ask::text("Variable name (enter for no name): ")?).filter(|name| !name.is_empty())
        } else {
            args.names.first().cloned().filter(|_| args.texts.is_empty())
        };
        let text = if args.show_input {
            Secret::new(ask::text("String to encrypt:")?)
        } else {
            ask::password("String to encrypt (hidden): ")?
        };
        let bytes = Secret::new(text.expose().as_bytes().to_vec());
        texts.push(Text {
            name: asked,
            from: "the interactive prompt",
            bytes,
        });
    }
    let dash = args.texts.iter().any(|text| text == "-");
    if dash || args.stdin_name.is_some() || (args.texts.is_empty() && !args.prompt) {
        texts.push(Text {
            name: args.stdin_name.clone(),
            from: "stdin",
            bytes: Secret::new(read(Path::new("-"))?),
        });
    }
    let mut names = args.names.iter().cloned();
    for text in args.texts.iter().filter(|text| *text != "-") {
        texts.push(Text {
            name: names.next(),
            from: "the command line args",
            bytes: Secret::new(text.as_bytes().to_vec()),
        });
    }
    match texts.iter().find(|text| text.bytes.expose().is_empty()) {
        Some(text) => {
            let message = format!("the text from {} is empty", text.from);
            Err(contradicts(Problem::error("vault::empty", message)))
        }
        None => Ok(texts),
    }
}

fn value(vault: &Vault, text: &Text, label: Option<&str>) -> Result<String, Outcome> {
    let encrypted = vault.encrypt(text.bytes.expose(), label);
    let encrypted = encrypted.map_err(|why| refused(Problem::error("vault::secret", why.to_string())))?;
    let name = text
        .name
        .as_ref()
        .map(|name| format!("{name}: "))
        .unwrap_or_default();
    let lines = encrypted
        .lines()
        .map(|line| format!("{}{line}", " ".repeat(INDENT)));
    let all: Vec<String> = std::iter::once(format!("{name}!vault |")).chain(lines).collect();
    Ok(all.join("\n"))
}
