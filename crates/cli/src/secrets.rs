//! The passwords of `ansible-vault`: files, programs that print them, and questions.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use evenkeel::Problem;
use evenkeel::Secret;
use evenkeel::host::Local;
use evenkeel::host::Transport as _;
use evenkeel::host::quote;
use evenkeel::playbook::Vault;
use evenkeel::playbook::vault::DEFAULT_LABEL;

use crate::args::VaultArgs;
use crate::ask;
use crate::draw;
use crate::exit::Outcome;
use crate::settings::Settings;

/// What is asked for, when a password is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asks {
    /// The password of what is encrypted already.
    Known,
    /// A new password, twice.
    New,
}

/// A password: its label, and where it comes from.
struct Source {
    label: String,
    from: From,
}

enum From {
    /// A file or a program.
    File(String),
    /// A question; whether it names the label.
    Question(bool),
}

/// The passwords for reading, from the settings and from the command line.
pub(crate) fn of_run(settings: &Settings, args: &VaultArgs) -> Result<Vault, Outcome> {
    read(settings, sources(settings, args)?, Asks::Known)
}

/// The passwords of a command that works on encrypted files; without any, one is asked for.
pub(crate) fn needed(settings: &Settings, args: &VaultArgs, asks: Asks) -> Result<Vault, Outcome> {
    let mut sources = sources(settings, args)?;
    if sources.is_empty() {
        sources.push(question(settings));
    }
    read(settings, sources, asks)
}

/// The new password of `rekey`: the one that is named, otherwise one that is asked for.
pub(crate) fn renewed(
    settings: &Settings,
    label: Option<&str>,
    file: Option<&Path>,
) -> Result<Vault, Outcome> {
    let source = match (label, file) {
        (Some(text), _) => labelled(settings, text)?,
        (None, Some(file)) => Source {
            label: default_label(settings),
            from: From::File(file.display().to_string()),
        },
        (None, None) => question(settings),
    };
    read(settings, vec![source], Asks::New)
}

fn default_label(settings: &Settings) -> String {
    settings.get("vault_identity").unwrap_or(DEFAULT_LABEL).to_owned()
}

fn question(settings: &Settings) -> Source {
    Source {
        label: default_label(settings),
        from: From::Question(false),
    }
}

/// A password that a file holds, or a program prints; `-` is standard input.
pub(crate) fn of_login(path: &Path) -> Result<Secret<String>, Outcome> {
    let bytes = if path == Path::new("-") {
        return ask::piped();
    } else {
        of_file(path, DEFAULT_LABEL)?
    };
    let text = String::from_utf8(bytes.expose().clone());
    text.map(Secret::new).map_err(|_| {
        let message = format!("the password in {} is no UTF-8", path.display());
        refused(Problem::error("vault::password", message))
    })
}

/// In Ansible's order: `vault_identity_list`, `--vault-id`, `--vault-password-file`, `vault_password_file`, the question.
fn sources(settings: &Settings, args: &VaultArgs) -> Result<Vec<Source>, Outcome> {
    let listed = settings.get("vault_identity_list").unwrap_or_default();
    let listed = listed.split(',').map(str::trim).filter(|text| !text.is_empty());
    let named = listed.chain(args.vault_id.iter().map(String::as_str));
    let mut sources = named
        .map(|text| labelled(settings, text))
        .collect::<Result<Vec<_>, _>>()?;
    let files = args
        .vault_password_file
        .iter()
        .map(|path| path.display().to_string());
    let configured = settings.get("vault_password_file").map(str::to_owned);
    sources.extend(files.chain(configured).map(|file| Source {
        label: default_label(settings),
        from: From::File(file),
    }));
    if args.ask_vault_pass || settings.flag("ask_vault_pass") {
        sources.push(question(settings));
    }
    Ok(sources)
}

/// `LABEL@SOURCE`, or a source alone.
fn labelled(settings: &Settings, text: &str) -> Result<Source, Outcome> {
    let (label, source) = match text.split_once('@') {
        Some((label, source)) if !label.is_empty() => (label.to_owned(), source),
        Some((_, source)) => (default_label(settings), source),
        None => (default_label(settings), text),
    };
    if label.contains(';') {
        let problem = Problem::error(
            "vault::label",
            format!("`{label}` is no label: it must not have a `;`"),
        );
        return Err(refused(problem));
    }
    let from = match source {
        "prompt" => From::Question(true),
        "prompt_ask_vault_pass" => From::Question(false),
        file => From::File(file.to_owned()),
    };
    Ok(Source { label, from })
}

fn refused(problem: Problem) -> Outcome {
    draw::problems(&[problem]);
    Outcome::Missing
}

fn read(settings: &Settings, sources: Vec<Source>, asks: Asks) -> Result<Vault, Outcome> {
    let mut secrets = Vec::new();
    for source in sources {
        let secret = match &source.from {
            From::File(path) => of_file(Path::new(path), &source.label)?,
            From::Question(named) => asked(asks, named.then_some(source.label.as_str()))?,
        };
        secrets.push((source.label, secret));
    }
    let vault = Vault::new(secrets).strict(settings.flag("vault_id_match"));
    Ok(match settings.get("vault_encrypt_salt") {
        Some(salt) => vault.salt(salt.as_bytes()),
        None => vault,
    })
}

fn asked(asks: Asks, label: Option<&str>) -> Result<Secret<Vec<u8>>, Outcome> {
    let ending = label.map(|label| format!(" ({label})")).unwrap_or_default();
    let bytes = |secret: Secret<String>| Secret::new(secret.expose().trim().as_bytes().to_vec());
    if asks == Asks::Known {
        return ask::password(&format!("Vault password{ending}: ")).map(bytes);
    }
    let first = ask::password(&format!("New Vault password{ending}: "))?;
    let second = ask::password(&format!("Confirm New Vault password{ending}: "))?;
    if first != second {
        return Err(refused(Problem::error(
            "vault::password",
            "the two passwords differ",
        )));
    }
    Ok(bytes(first))
}

/// The password in a file, or the one that a program prints; blanks around it do not count.
fn of_file(path: &Path, label: &str) -> Result<Secret<Vec<u8>>, Outcome> {
    let wrong = |why: String| {
        let shown = path.display();
        let problem = Problem::error(
            "vault::password",
            format!("cannot read the vault password in {shown}: {why}"),
        );
        refused(problem.help("the file holds the password and nothing else, or is a program that prints it"))
    };
    let meta = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if meta.is_dir() {
        return Err(wrong("it is a folder".to_owned()));
    }
    let bytes = if meta.permissions().mode() & 0o111 == 0 {
        Secret::new(std::fs::read(path).map_err(|error| wrong(error.to_string()))?)
    } else {
        printed(path, label).map_err(wrong)?
    };
    let password = bytes.expose().trim_ascii().to_vec();
    if password.is_empty() {
        return Err(wrong("it is empty".to_owned()));
    }
    Ok(Secret::new(password))
}

/// What a program prints; one whose name ends with `-client` is told the label.
fn printed(path: &Path, label: &str) -> Result<Secret<Vec<u8>>, String> {
    let absolute = std::path::absolute(path).map_err(|error| error.to_string())?;
    let program = quote(&absolute.display().to_string()).into_owned();
    let is_client = path
        .file_stem()
        .is_some_and(|stem| stem.to_string_lossy().ends_with("-client"));
    let command = if is_client {
        format!("{program} --vault-id {}", quote(label))
    } else {
        program
    };
    let output = Local::new()
        .exec(&command, b"", None)
        .map_err(|error| error.to_string())?;
    if output.code == 0 {
        return Ok(Secret::new(output.stdout));
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(format!("the program ended with code {}: {said}", output.code))
}
