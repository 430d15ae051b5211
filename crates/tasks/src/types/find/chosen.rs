//! What has to hold of a file that is looked for.

use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Stat;
use evenkeel_yaml::Problem;

use super::FileType;
use super::Find;
use super::Stamp;
use crate::Mode;
use crate::Text;
use crate::facts::package::version;
use crate::regex::Pattern;

/// The arguments of a search, compiled.
#[derive(Debug)]
pub(super) struct Chosen {
    patterns: Names,
    excludes: Names,
    file_type: FileType,
    /// Seconds, and the time of the run.
    age: Option<(i64, i64)>,
    stamp: Stamp,
    size: Option<i64>,
    mode: Option<(u32, bool)>,
}

#[derive(Debug)]
enum Names {
    Globs(Vec<String>),
    Expressions(Vec<Pattern>),
}

impl Names {
    fn new(texts: &[String], regex: bool) -> Result<Names, Problem> {
        if !regex {
            return Ok(Names::Globs(texts.to_vec()));
        }
        let read = |text: &String| {
            let wrong = |why| Problem::error("task::regex", format!("`{text}` is no regular expression: {why}"));
            Pattern::new(text).map_err(wrong)
        };
        texts.iter().map(read).collect::<Result<_, _>>().map(Names::Expressions)
    }

    /// Whether one fits; a regular expression has to match from the name's beginning on.
    fn fit(&self, name: &str) -> bool {
        match self {
            Names::Globs(globs) => globs.iter().any(|glob| version::matches(glob, name)),
            Names::Expressions(expressions) => expressions
                .iter()
                .any(|expression| matches!(expression.search(name), Ok(Some(found)) if found.start() == 0)),
        }
    }
}

const SECONDS: [(char, i64); 5] = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400), ('w', 604_800)];
const BYTES: [(char, i64); 5] = [('b', 1), ('k', 1 << 10), ('m', 1 << 20), ('g', 1 << 30), ('t', 1 << 40)];

/// A number with a unit behind it.
fn measured(text: &Text, what: &str, units: &[(char, i64)]) -> Result<i64, Problem> {
    let lower = text.text.to_lowercase();
    let unit = units.iter().find(|(letter, _)| lower.ends_with(*letter));
    let number = unit.map_or(lower.as_str(), |(letter, _)| lower.trim_end_matches(*letter));
    let number = number.parse::<i64>().ok().and_then(|number| number.checked_mul(unit.map_or(1, |(_, by)| *by)));
    number.ok_or_else(|| {
        let letters: Vec<String> = units.iter().map(|(letter, _)| letter.to_string()).collect();
        Problem::error("task::find", format!("failed to process {what}"))
            .at(&text.place, "expected a number")
            .help(format!("write a number, and behind it one of {}", letters.join(", ")))
    })
}

impl Chosen {
    pub(super) fn new(find: &Find) -> Result<Chosen, Vec<Problem>> {
        let mut problems = Vec::new();
        let all = if find.use_regex { ".*" } else { "*" };
        let given = if find.patterns.is_empty() { vec![all.to_owned()] } else { find.patterns.clone() };
        let patterns = Names::new(&given, find.use_regex).map_err(|problem| problems.push(problem)).ok();
        let excludes = find.excludes.clone().unwrap_or_default();
        let excludes = Names::new(&excludes, find.use_regex).map_err(|problem| problems.push(problem)).ok();
        let mut read = |text: &Option<Text>, what, units| {
            let read = text.as_ref().map(|text| measured(text, what, units));
            read.transpose().map_err(|problem| problems.push(problem)).ok().flatten()
        };
        let age = read(&find.age, "age", &SECONDS);
        let size = read(&find.size, "size", &BYTES);
        if find.limit.is_some_and(|limit| limit <= 0) {
            let message = format!("limit cannot be {} (use None for unlimited)", find.limit.unwrap_or(0));
            problems.push(Problem::error("task::find", message));
        }
        if find.mode == Some(Mode::Preserve) {
            problems.push(Problem::error("task::find", "`mode: preserve` is for `copy`: here is no source"));
        }
        match (patterns, excludes) {
            (Some(patterns), Some(excludes)) if problems.is_empty() => Ok(Chosen {
                patterns,
                excludes,
                file_type: find.file_type,
                age: age.map(|age| (age, find.now.unwrap_or(0))),
                stamp: find.age_stamp,
                size,
                mode: find.mode.as_ref().map(|mode| (mode.apply(0, false), find.exact_mode)),
            }),
            _ => Err(problems),
        }
    }

    /// Whether something is what is looked for, as far as its name and what `stat` says decide; the error says what of it
    /// is known only after apply.
    pub(super) fn fits(&self, name: &str, entry: &Entry) -> Result<bool, &'static str> {
        let stat = &entry.stat;
        let is_type = match self.file_type {
            FileType::Any => true,
            FileType::Directory => stat.kind == Kind::Directory,
            FileType::File => stat.kind == Kind::File,
            FileType::Link => matches!(stat.kind, Kind::Link(_)),
        };
        if !is_type || !self.patterns.fit(name) || self.excludes.fit(name) || !self.mode_fits(stat) {
            return Ok(false);
        }
        if self.age.is_some() && stat.is_forecast() {
            return Err("changing the file");
        }
        let sized = stat.kind != Kind::File || at_least(self.size, stat.size.try_into().unwrap_or(i64::MAX));
        Ok(sized && self.age_fits(stat))
    }

    fn mode_fits(&self, stat: &Stat) -> bool {
        match self.mode {
            None => true,
            Some((mode, true)) => stat.mode == mode,
            Some((mode, false)) => stat.mode & mode != 0,
        }
    }

    fn age_fits(&self, stat: &Stat) -> bool {
        let Some((age, now)) = self.age else { return true };
        let time = match self.stamp {
            Stamp::Access => stat.accessed,
            Stamp::Change => stat.changed,
            Stamp::Modification => stat.modified,
        };
        #[expect(clippy::cast_possible_truncation, reason = "seconds since the epoch")]
        let old = now - time.floor() as i64;
        at_least(Some(age), old)
    }
}

/// At least a number, or at most where it has a minus.
fn at_least(wanted: Option<i64>, found: i64) -> bool {
    match wanted {
        None => true,
        Some(wanted) if wanted >= 0 => found >= wanted,
        Some(wanted) => found <= wanted.saturating_abs(),
    }
}
