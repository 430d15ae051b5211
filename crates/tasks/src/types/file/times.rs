//! Access and modification times.

use evenkeel_host::Change;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;

use crate::Result;
use crate::Text;
use crate::facts;
use crate::facts::epoch::Epoch;
use crate::files::Target;

/// A time as an argument gives it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Moment {
    /// Not given.
    Default,
    /// The one that is there.
    Preserve,
    /// That of the change.
    Now,
    /// This one, in the machine's time zone.
    At(String),
}

/// The times to set; `None`: the one of the change.
#[derive(Clone, Debug)]
pub(super) struct Times {
    moments: [Moment; 2],
    /// Access and modification time; `None` where it is no fixed one.
    seconds: [Option<Known<f64>>; 2],
    is_touch: bool,
}

impl Moment {
    pub(super) fn read(text: Option<&Text>, format: &str) -> std::result::Result<Moment, Problem> {
        let Some(text) = text else { return Ok(Moment::Default) };
        match text.text.as_str() {
            "preserve" => return Ok(Moment::Preserve),
            "now" => return Ok(Moment::Now),
            _ => {}
        }
        let time = jiff::fmt::strtime::parse(format, &text.text).and_then(|parts| {
            let date = parts.to_date()?;
            let time = parts.to_time().unwrap_or(jiff::civil::Time::midnight());
            Ok(date.to_datetime(time))
        });
        time.map(|time| Moment::At(time.strftime("%Y-%m-%d %H:%M:%S").to_string())).map_err(|error| {
            Problem::error("task::time", format!("`{text}` is no time in the format `{format}`: {error}"))
                .at(&text.place, "expected a time")
                .help("write `now`, `preserve`, or a time such as `202401311200.00`")
        })
    }

    /// What will be asked.
    pub(super) fn want(&self) -> Option<Want> {
        match self {
            Moment::At(time) => Some(facts::want(Epoch(time.clone()))),
            Moment::Default | Moment::Preserve | Moment::Now => None,
        }
    }

    fn seconds(&self, on: &View<'_>) -> Result<Option<Known<f64>>> {
        match self {
            Moment::At(time) => Ok(Some(on.fact(Epoch(time.clone()))?)),
            Moment::Default | Moment::Preserve | Moment::Now => Ok(None),
        }
    }
}

impl Times {
    pub(super) fn observe(on: &View<'_>, moments: [Moment; 2], is_touch: bool) -> Result<Times> {
        let seconds = [moments[0].seconds(on)?, moments[1].seconds(on)?];
        Ok(Times { moments, seconds, is_touch })
    }

    /// Whether a new file has the right times without more ado.
    pub(super) fn is_default_of_touch(&self) -> bool {
        self.moments.iter().all(|moment| !matches!(moment, Moment::At(_)))
    }

    /// What has to be set on what is there.
    pub(super) fn change(&self, target: &Target) -> Option<Change> {
        let there = target.present().map(|entry| [entry.stat.accessed, entry.stat.modified]);
        let keep = |which: usize| match (&self.moments[which], &self.seconds[which]) {
            (Moment::Preserve, _) => true,
            (Moment::Default, _) => !self.is_touch,
            (Moment::Now, _) => false,
            (Moment::At(_), Some(Known::Is(wanted))) => there.is_some_and(|there| there[which] == *wanted),
            (Moment::At(_), _) => false,
        };
        let (keep_accessed, keep_modified) = (keep(0), keep(1));
        let fixed = |which: usize| self.seconds[which].as_ref().and_then(|known| known.as_ref().ok().copied());
        (!(keep_accessed && keep_modified)).then(|| Change::SetTimes {
            path: target.path.clone(),
            accessed: fixed(0),
            modified: fixed(1),
            keep_accessed,
            keep_modified,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_format() {
        let read = |text: &str, format: &str| Moment::read(Some(&Text::new(text)), format);
        assert_eq!(read("202401311205.30", "%Y%m%d%H%M.%S"), Ok(Moment::At("2024-01-31 12:05:30".to_owned())));
        assert_eq!(read("31.01.2024", "%d.%m.%Y"), Ok(Moment::At("2024-01-31 00:00:00".to_owned())));
        assert_eq!(read("now", "%Y"), Ok(Moment::Now));
        assert_eq!(read("preserve", "%Y"), Ok(Moment::Preserve));
        assert_eq!(Moment::read(None, "%Y"), Ok(Moment::Default));
        assert!(read("soon", "%Y%m%d%H%M.%S").is_err());
    }
}
