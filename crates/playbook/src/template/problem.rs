//! From what went wrong to a message with a place.

mod calls;

use std::ops::Range;
use std::sync::Arc;

use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::nearest;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::Value;

use super::Text;
use super::engine::Engine;
use super::engine::Failure;
use super::engine::range;
use super::engine::split_key;
use super::frame::Poison;
use super::lookups;
use super::marker::Undefined;
use super::mistakes::LookedUp;
use super::python;
use super::syntax;
use super::syntax::Callee;
use crate::vault::VaultError;
use crate::vault::mended;

pub(super) use calls::no_such;
pub(super) use calls::no_such_arguments;
pub(super) use calls::no_such_lookup;
pub(super) use calls::no_such_options;

use calls::missing;

impl Engine {
    /// The problem of a failed evaluation, at its place in the text.
    pub(super) fn problem(&self, text: &Text<'_>, failure: Failure) -> Problem {
        let at = failure.error.as_ref().and_then(|error| place_of(text, error));
        match (failure.poison, failure.error) {
            (Some(Poison::Undefined(undefined)), _) => undefined_problem(text, &undefined, at),
            (Some(Poison::Problem(problem)), _) => inner_problem(*problem, text.place),
            (Some(Poison::Unknown(_)), _) | (None, None) => {
                Problem::error("template::unknown", "the value is known after apply").at(text.place, "here")
            }
            (None, Some(error)) => {
                let place = at.as_ref().unwrap_or(text.place);
                no_holder(&error, place)
                    .unwrap_or_else(|| engine_problem(&error))
                    .at(place, "here")
            }
        }
    }

    /// What a failure inside a variable means for the text that uses the variable.
    pub(super) fn nested(&self, text: &Text<'_>, failure: Failure, path: &Arc<str>) -> Poison {
        match failure.poison {
            Some(Poison::Undefined(undefined)) => {
                let at = failure.error.as_ref().and_then(|error| place_of(text, error));
                let place = undefined.inside.clone().unwrap_or_else(|| {
                    (
                        Arc::clone(path),
                        locate_name(text, &undefined.leaf, at.as_ref()).unwrap_or(text.place.clone()),
                    )
                });
                Poison::Undefined(Arc::new(undefined.inside(place)))
            }
            Some(other) => other,
            None => Poison::Problem(Box::new(self.problem(text, failure))),
        }
    }
}

fn inner_problem(problem: Problem, used: &Place) -> Problem {
    match &problem.at {
        Some((place, _)) if place != used && problem.related.is_empty() && !used.is_nowhere() => {
            problem.related(used, "used here")
        }
        _ => problem.or_at(used, "here"),
    }
}

fn undefined_problem(text: &Text<'_>, undefined: &Undefined, at: Option<Place>) -> Problem {
    let problem = Problem::error("template::undefined", undefined.message()).in_ansible(undefined.words());
    let problem = match &undefined.inside {
        Some((path, place)) if text.place.is_nowhere() => problem.at(place, format!("in `{path}`")),
        Some((path, place)) => problem
            .at(place, format!("in `{path}`"))
            .related(text.place, "used here"),
        None => {
            let place = locate_name(text, &undefined.leaf, at.as_ref()).or(at);
            problem.at(place.as_ref().unwrap_or(text.place), "not defined")
        }
    };
    match undefined.suggestion() {
        Some(name) => problem.help(format!("did you mean `{name}`?")),
        None if undefined.hint.is_some() => problem,
        None => problem.help(format!(
            "define it, or give a default: `{} | default(...)`",
            undefined.name
        )),
    }
}

impl Undefined {
    /// The key that resembles the missing one most.
    fn suggestion(&self) -> Option<String> {
        let keys = python::items(self.holder.as_ref()?).ok()?;
        nearest(&self.leaf, keys.iter().filter_map(Value::as_str)).map(str::to_owned)
    }
}

/// The problem of looking into a value that holds nothing, as a number does; minijinja does not name the value.
fn no_holder(error: &Error, place: &Place) -> Option<Problem> {
    let error = innermost(error);
    if error.kind() != ErrorKind::UndefinedError || error.detail().is_some() {
        return None;
    }
    // The engine's place may begin at the first dot.
    let before = place.source.text.get(..place.start as usize)?;
    let part = |c: char| c.is_alphanumeric() || "_.[]'".contains(c);
    let start = before.trim_end_matches(part).len();
    let whole = place.source.text.get(start..place.end as usize)?;
    let holder = whole.rsplit_once(['.', '['])?.0;
    let message = format!("`{whole}` is undefined: `{holder}` is neither a mapping nor a list");
    let help = format!("define it, or give a default: `{whole} | default(...)`");
    let leaf = whole[holder.len()..].trim_matches(['.', '[', ']', '\'']);
    let words = format!("object has no attribute '{leaf}'");
    let problem = Problem::error("template::undefined", message).help(help);
    Some(problem.in_ansible(words))
}

/// The problem of an error that minijinja or one of our filters gave.
fn engine_problem(error: &Error) -> Problem {
    let error = innermost(error);
    let detail = error
        .detail()
        .map_or_else(|| error.kind().to_string(), str::to_owned);
    let name = || detail.split_whitespace().nth(1).unwrap_or_default();
    match error.kind() {
        ErrorKind::SyntaxError | ErrorKind::BadEscape => unreadable(detail),
        ErrorKind::UnknownFilter => missing(Callee::Filter, name()),
        ErrorKind::UnknownTest => missing(Callee::Test, name()),
        ErrorKind::OutOfFuel => Problem::error("template::endless", "the template does not come to an end")
            .help("it was stopped after 5 million steps: look for a loop over too many items"),
        ErrorKind::TemplateNotFound | ErrorKind::BadInclude => Problem::error("template::include", detail)
            .help("it is looked for beside the template, then in `templates/` of the role and of the play"),
        _ if detail.contains("% operator on unsupported types string") => {
            Problem::error("template::operator", "`%` does not format strings here")
                .help("use the filter: `'%s:%d' | format(host, port)`")
        }
        ErrorKind::UndefinedError => Problem::error("template::undefined", detail),
        _ => Problem::error("template::value", detail),
    }
}

/// The problem of a text that is no Jinja.
fn unreadable(detail: String) -> Problem {
    let mends = [
        (
            "expected end of block",
            "a block is open to the end: close it with `{% endif %}`, `{% endfor %}`, ...",
        ),
        (
            "end of variable block, expected identifier",
            "the name of a filter is missing behind `|`",
        ),
        ("unexpected `=`", "use `==` to compare"),
    ];
    let mend = mends.iter().find(|(what, _)| detail.contains(what));
    let problem = Problem::error("template::syntax", detail.clone());
    match mend {
        Some((_, mend)) => problem.help(*mend),
        None => problem,
    }
}

/// The files that the lookups of a text name and whose absence they do not take.
pub(super) fn files_looked_up(text: &Text<'_>, found: &mut Vec<LookedUp>) {
    for looked in syntax::looked(text.text, &text.form.marks(), text.form.is_code()) {
        let folder = match lookups::plain(looked.name) {
            "file" | "unvault" => "files",
            "template" => "templates",
            _ => continue,
        };
        if looked.errors {
            continue;
        }
        found.extend(looked.terms.iter().map(|(at, name)| LookedUp {
            name: (*name).to_owned(),
            folder,
            place: locate(text, *at..at + name.len()).unwrap_or_else(|| text.place.clone()),
            decided: looked.decided,
        }));
    }
}

fn innermost(error: &Error) -> &Error {
    let mut found = error;
    while let Some(inner) = std::error::Error::source(found).and_then(|source| source.downcast_ref::<Error>())
    {
        found = inner;
    }
    found
}

/// The place of an error: in the text itself, or in the file that it includes.
fn place_of(text: &Text<'_>, error: &Error) -> Option<Place> {
    let error = innermost(error);
    let range = range(error)?;
    let included = split_key(error.name()?).filter(|(name, _)| *name != text.place.source.name);
    if let Some((name, included)) = included {
        let prepared = text.form.prepare(included);
        let source = Source::new(name, included);
        return Some(Place::new(
            &source,
            prepared.original(range.start),
            prepared.original(range.end),
        ));
    }
    let prepared = text.form.prepare(text.text);
    let (start, end) = (prepared.original(range.start), prepared.original(range.end));
    locate(text, start..end.max(start))
}

/// The place of some bytes of a text, whatever quotes or block indentation stand around it in its file.
pub(super) fn locate(text: &Text<'_>, range: Range<usize>) -> Option<Place> {
    let (place, raw) = (text.place, text.place.text());
    let part = text.text.get(range.clone()).filter(|part| !part.is_empty())?;
    if raw == text.text {
        let start = place.start as usize + range.start;
        return Some(Place::new(&place.source, start, start + part.len()));
    }
    let part = part.lines().next()?.trim_end();
    let before = text.text.get(..range.start + part.len())?.matches(part).count();
    let (at, _) = raw.match_indices(part).nth(before.saturating_sub(1))?;
    let start = place.start as usize + at;
    Some(Place::new(&place.source, start, start + part.len()))
}

/// The place of a name in the code of a text, inside `within` if that is known.
fn locate_name(text: &Text<'_>, name: &str, within: Option<&Place>) -> Option<Place> {
    let names = syntax::names(text.text, &text.form.marks(), text.form.is_code());
    let places = names.iter().filter(|(_, found)| *found == name);
    let mut places = places.filter_map(|(at, found)| locate(text, *at..at + found.len()));
    match within {
        Some(within) if within.source == text.place.source => {
            places.find(|place| place.start >= within.start && place.end <= within.end)
        }
        Some(_) => None,
        None => {
            let code = |place: &Place| {
                let rest = place
                    .source
                    .text
                    .get(place.end as usize..)
                    .unwrap_or("")
                    .trim_start();
                !rest.starts_with("is ") && !rest.starts_with("| default") && !rest.starts_with("|default")
            };
            let all: Vec<Place> = places.collect();
            all.iter().find(|place| code(place)).or(all.first()).cloned()
        }
    }
}

/// A variable that needs itself.
pub fn cycle(chain: &[Arc<str>], path: &str, place: &Place) -> Problem {
    let names: Vec<String> = chain
        .iter()
        .map(AsRef::as_ref)
        .chain([path])
        .map(|name| format!("`{name}`"))
        .collect();
    Problem::error(
        "template::cycle",
        format!("a variable needs its own value: {}", names.join(" -> ")),
    )
    .at(place, "defined here")
}

/// Variables that refer to variables without end.
pub(super) fn too_deep(path: &str, place: &Place) -> Problem {
    Problem::error(
        "template::depth",
        format!("too many variables refer to each other on the way to `{path}`"),
    )
    .at(place, "this is the last one")
}

/// A condition that is neither text nor boolean.
pub(super) fn no_condition(kind: &str, place: &Place) -> Problem {
    Problem::error(
        "template::condition",
        format!("a condition must be an expression, not {kind}"),
    )
    .at(place, "here")
}

/// A text of `ansible-vault` that cannot be decrypted.
pub(super) fn encrypted(path: Option<&str>, place: &Place, why: &VaultError) -> Problem {
    let what = path.map_or_else(
        || "this value".to_owned(),
        |path| format!("the variable `{path}`"),
    );
    let problem = Problem::error("template::vault", format!("cannot read {what}: {why}"));
    mended(problem.at(place, "encrypted here"), why)
}

/// A condition is an expression already; a template in one of its strings would be a text here.
pub(super) fn template_in_condition(word: &str, place: &Place) -> Problem {
    let name = word.trim().trim_start_matches("{{").trim_end_matches("}}").trim();
    let help = if name.contains(['{', '}']) {
        "join texts with `~`: 'a-' ~ name".to_owned()
    } else {
        format!("write the name without quotes and braces: {name}")
    };
    Problem::error("template::condition", "a condition holds a template in a string")
        .at(place, format!("'{word}' would be compared as it stands"))
        .help(help)
}

/// An expression with a template in it.
pub(super) fn braces(text: &str, place: &Place) -> Problem {
    let bare = text.replace("{{", " ").replace("}}", " ");
    let bare: Vec<&str> = bare.split_whitespace().collect();
    Problem::error(
        "template::condition",
        "an expression holds no templates: it is one",
    )
    .at(place, "braces cannot stand here")
    .help(format!("write it without braces: {}", bare.join(" ")))
}

/// A condition without text.
pub(super) fn empty_condition(place: &Place) -> Problem {
    Problem::error("template::condition", "the condition is empty").at(place, "expected an expression")
}

/// A condition whose result is no boolean.
pub(super) fn not_boolean(value: &Value, place: &Place) -> Problem {
    let kind = match python::shape(value) {
        python::Shape::None => "null",
        python::Shape::Int(_) | python::Shape::Float(_) => "a number",
        python::Shape::Str(_) => "a string",
        python::Shape::Seq(_) => "a list",
        python::Shape::Map(_) => "a mapping",
        python::Shape::Bool(_) | python::Shape::Other => "no data",
    };
    let truth = if value.is_true() { "true" } else { "false" };
    let hint = match python::shape(value) {
        python::Shape::Str(_) => "write `... | bool`, or compare it: `... | length > 0`",
        _ => "write `... | length > 0`, `... is truthy` or a comparison",
    };
    Problem::error(
        "template::condition",
        format!("the condition is {kind} ({truth}), conditions must be boolean"),
    )
    .at(place, "expected a boolean")
    .help(hint)
}

/// Reads `#jinja2: key: value, ...` in the first line of a template file; gives the offset of the text after it.
pub(super) fn header(
    source: &Arc<Source>,
    options: &TemplateOptions,
) -> Result<(TemplateOptions, usize), Problem> {
    let mut options = options.clone();
    let Some(rest) = source.text.strip_prefix("#jinja2:") else {
        return Ok((options, 0));
    };
    let line = rest.split('\n').next().unwrap_or_default();
    let end = ("#jinja2:".len() + line.len() + 1).min(source.text.len());
    for pair in line.split(',') {
        let wrong = |message: String| {
            let start = pair.as_ptr() as usize - source.text.as_ptr() as usize;
            let place = Place::new(source, start, start + pair.len());
            Problem::error("template::header", message).at(&place, "here")
        };
        let (key, value) = pair
            .split_once(':')
            .ok_or_else(|| wrong("expected `key: value`".to_owned()))?;
        let (key, value) = (key.trim(), value.trim());
        let text = || {
            value
                .trim_matches(['\'', '"'])
                .replace("\\r", "\r")
                .replace("\\n", "\n")
        };
        let truth = || match value {
            "True" => Ok(true),
            "False" => Ok(false),
            _ => Err(wrong(format!("`{key}` takes True or False, not {value}"))),
        };
        let marks = [
            "block_start_string",
            "block_end_string",
            "variable_start_string",
            "variable_end_string",
            "comment_start_string",
            "comment_end_string",
        ];
        match key {
            "trim_blocks" => options.trim_blocks = truth()?,
            "lstrip_blocks" => options.lstrip_blocks = truth()?,
            "newline_sequence" => options.newline_sequence = text(),
            _ => match marks.iter().position(|mark| *mark == key) {
                Some(index) => options.marks[index] = text(),
                None => return Err(wrong(format!("the option `{key}` is not known here"))),
            },
        }
    }
    Ok((options, end))
}
