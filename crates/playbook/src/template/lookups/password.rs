//! `password`: a password kept in a file of the controller, made when it is not there.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use minijinja::Error;
use minijinja::Value;

use super::Request;
use super::inline::Inline;
use crate::template::container::list;
use crate::template::filters;
use crate::template::frame;
use crate::template::marker::Unknown;
use crate::template::python;
use crate::template::python::Shape;

/// Hosts that want the same password at the same time get the same.
static MAKING: Mutex<()> = Mutex::new(());

/// The names of the options.
const OPTIONS: [&str; 5] = ["length", "encrypt", "chars", "ident", "seed"];

/// What a password file holds.
#[derive(Default)]
struct Kept {
    password: String,
    salt: Option<String>,
    ident: Option<String>,
}

/// A password for each path; secrets.
pub(super) fn passwords(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    frame::secret();
    let made = |term: String| password(request, &term);
    request.texts()?.into_iter().map(made).collect()
}

fn password(request: &Request<'_>, term: &str) -> Result<Value, Error> {
    let (path, options) = options(request, term)?;
    let get = |name: &str| {
        options
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    };
    let text = |name: &str| match get(name).filter(|value| !value.is_none()) {
        Some(value) => python::text(value).map(|text| Some(text).filter(|text| !text.is_empty())),
        None => Ok(None),
    };
    let settings = request.templar().settings();
    let kept_nowhere = path == Path::new("/dev/null");
    let _one_at_a_time = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let before = if kept_nowhere { None } else { read(request, &path)? };
    let known = before.is_some();
    let mut kept = match before {
        Some(kept) => kept,
        None => {
            let length = text("length")?.unwrap_or_else(|| "20".to_owned());
            let length: usize = length.parse().map_err(|_| {
                request.error(format!(
                    "`length` has an invalid value: `{length}` is no whole number"
                ))
            })?;
            match filters::Random::of(text("seed")?.map(Value::from).as_ref())? {
                Some(mut random) => Kept {
                    password: random.text(&characters(get("chars"))?, length)?,
                    ..Kept::default()
                },
                None => return Ok(Unknown::value(&filters::DRAWN.into())),
            }
        }
    };
    let encrypt = text("encrypt")?;
    let mut changed = !known;
    if let Some(kind) = encrypt.as_deref().filter(|_| kept.salt.is_none()) {
        let Some(salt) = filters::salt(kind)? else {
            return Ok(Unknown::value(&filters::DRAWN.into()));
        };
        kept.salt = Some(salt);
        changed = true;
    }
    let ident = text("ident")?;
    if let (Some(given), Some(stored)) = (&ident, &kept.ident)
        && given != stored
    {
        return Err(request.error(format!(
            "The ident parameter provided ({given}) does not match the stored one ({stored})."
        )));
    }
    if kept.ident.is_none() {
        kept.ident = ident.or_else(|| filters::implicit_ident(encrypt.as_deref()?));
        changed |= encrypt.is_some() && kept.ident.is_some();
    }
    if changed && !kept_nowhere {
        if !settings.draws {
            return Ok(Unknown::value(&filters::DRAWN.into()));
        }
        write(request, &path, &kept, encrypt.is_some())?;
    }
    match encrypt {
        Some(kind) => filters::encrypted(&kept.password, &kind, kept.salt.as_deref(), kept.ident.as_deref()),
        None => Ok(Value::from(kept.password)),
    }
}

/// The path of a term, and its options over those of the lookup.
fn options(request: &Request<'_>, term: &str) -> Result<(PathBuf, Vec<(String, Value)>), Error> {
    let mut options = request.named.clone();
    for (name, value) in &mut options {
        if let ("chars", Some(text)) = (name.as_str(), value.as_str()) {
            *value = list(text.split(',').map(Value::from).collect());
        }
    }
    let (first, rest) = term.split_once(' ').unwrap_or((term, ""));
    let inline = Inline::read(request, rest)?;
    let name = if inline.rest.is_empty() {
        first.to_owned()
    } else {
        format!("{first} {}", inline.rest)
    };
    if !term.starts_with(&name) {
        return Err(request.error("Unrecognized value after key=value parameters given to password lookup"));
    }
    options.extend(
        inline
            .options
            .into_iter()
            .map(|(name, text)| (name, Value::from(text))),
    );
    if let Some((name, _)) = options.iter().find(|(name, _)| !OPTIONS.contains(&name.as_str())) {
        return Err(request.error(format!(
            "Unrecognized parameter(s) given to password lookup: {name}"
        )));
    }
    let path = match (
        name.strip_prefix("~/"),
        request.templar().settings().environment.get("HOME"),
    ) {
        (Some(rest), Some(home)) => Path::new(home).join(rest),
        _ => PathBuf::from(name),
    };
    let folder = request.context.variable("playbook_dir");
    let folder = folder
        .and_then(|folder| folder.as_str().map(PathBuf::from))
        .unwrap_or_default();
    Ok((folder.join(path), options))
}

/// The characters that a password is made of: names of Python's sets, or the characters themselves.
fn characters(given: Option<&Value>) -> Result<Vec<char>, Error> {
    let sets: Vec<String> = match given {
        None => ["ascii_letters", "digits", ".,:-_"].map(str::to_owned).to_vec(),
        Some(value) if matches!(python::shape(value), Shape::Seq(_)) => python::items(value)?
            .iter()
            .map(python::text)
            .collect::<Result<_, _>>()?,
        Some(value) => {
            let text = python::text(value)?;
            let comma = text.contains(",,").then(|| ",".to_owned());
            let parts = text.replace(",,", ",");
            comma
                .into_iter()
                .chain(
                    parts
                        .split(',')
                        .filter(|part| !part.is_empty())
                        .map(str::to_owned),
                )
                .collect()
        }
    };
    let lower = "abcdefghijklmnopqrstuvwxyz";
    let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let digits = "0123456789";
    let signs = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
    let blanks = " \t\n\r\u{b}\u{c}";
    let named = |set: &String| match set.as_str() {
        "ascii_lowercase" => lower.to_owned(),
        "ascii_uppercase" => upper.to_owned(),
        "ascii_letters" => format!("{lower}{upper}"),
        "digits" => digits.to_owned(),
        "hexdigits" => format!("{digits}abcdefABCDEF"),
        "octdigits" => "01234567".to_owned(),
        "punctuation" => signs.to_owned(),
        "whitespace" => blanks.to_owned(),
        "printable" => format!("{digits}{lower}{upper}{signs}{blanks}"),
        own => own.to_owned(),
    };
    let all: String = sets.iter().map(named).collect();
    let all: Vec<char> = all.chars().filter(|c| !matches!(c, '"' | '\'')).collect();
    if all.is_empty() {
        return Err(python::error("lookup `password`: `chars` leaves no character"));
    }
    Ok(all)
}

fn read(request: &Request<'_>, path: &Path) -> Result<Option<Kept>, Error> {
    let bytes = match request.templar().settings().files.read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(request.error(format!("cannot read {}: {error}", path.display()))),
    };
    let text = String::from_utf8(bytes)
        .map_err(|_| request.error(format!("{} is no UTF-8 text", path.display())))?;
    let text = text.trim_end();
    let (password, rest) = text
        .rsplit_once(" salt=")
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let (salt, ident) = match rest.map(|rest| {
        rest.rsplit_once(" ident=")
            .map_or((rest, None), |(a, b)| (a, Some(b)))
    }) {
        Some((salt, ident)) => (Some(salt), ident),
        None => (None, None),
    };
    Ok(Some(Kept {
        password: password.to_owned(),
        salt: salt.map(str::to_owned),
        ident: ident.map(str::to_owned),
    }))
}

fn write(request: &Request<'_>, path: &Path, kept: &Kept, encrypts: bool) -> Result<(), Error> {
    let mut text = kept.password.clone();
    if let Some(salt) = kept.salt.as_deref().filter(|_| encrypts || kept.salt.is_some()) {
        text.push_str(&format!(" salt={salt}"));
        if let Some(ident) = &kept.ident {
            text.push_str(&format!(" ident={ident}"));
        }
    }
    text.push('\n');
    let files = &request.templar().settings().files;
    let folder = path.parent().unwrap_or(Path::new(""));
    let made = if folder.as_os_str().is_empty() {
        Ok(())
    } else {
        files.make_folder(folder, 0o700)
    };
    made.and_then(|()| files.write(path, text.as_bytes(), 0o600))
        .map_err(|error| request.error(format!("cannot write {}: {error}", path.display())))
}
