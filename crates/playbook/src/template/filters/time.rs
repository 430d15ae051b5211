//! Dates and times.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::Zoned;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::Offset;
use jiff::tz::TimeZone;
use minijinja::Error;
use minijinja::State;
use minijinja::Value;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::frame;
use crate::template::python;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("strftime", "string_format second utc", strftime),
    Entry::new("to_datetime", "string format", to_datetime),
];

/// The controller's clock: seconds since the epoch, and seconds east of UTC.
fn clock() -> (f64, i32) {
    frame::context().map_or((0.0, 0), |context| (context.templar.settings().clock)())
}

fn zoned(seconds: f64, east: i32) -> Result<Zoned, Error> {
    let wrong = |error: jiff::Error| python::error(format!("{seconds} is no point in time: {error}"));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "microseconds are as exact as Python's own"
    )]
    let timestamp = Timestamp::from_microsecond((seconds * 1e6).round() as i64).map_err(wrong)?;
    Ok(timestamp.to_zoned(TimeZone::fixed(Offset::from_seconds(east).map_err(wrong)?)))
}

/// `time.strftime` in the style of C, without a locale.
fn formatted(time: &Zoned, format: &str) -> Result<String, Error> {
    let format = format
        .replace("%c", "%a %b %e %H:%M:%S %Y")
        .replace("%x", "%m/%d/%y")
        .replace("%X", "%H:%M:%S");
    let wrong = |error: jiff::Error| python::error(format!("the format `{format}` is wrong: {error}"));
    BrokenDownTime::from(time).to_string(&format).map_err(wrong)
}

fn strftime(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    if call.need("string_format")?.as_str().is_none() {
        return Err(call.error("needs a format such as `%Y-%m-%d`"));
    }
    let (now, east) = clock();
    let second = match call.some("second") {
        Some(value) => {
            let number = python::number(value)
                .map(python::Number::float)
                .or_else(|| super::core::parse_float(value.as_str()?));
            number.ok_or_else(|| {
                call.error("Invalid value for epoch value: it is a number of seconds since the epoch")
            })?
        }
        None => now,
    };
    let time = zoned(second, if call.flag("utc", false)? { 0 } else { east })?;
    formatted(&time, &call.text("string_format")?).map(Value::from)
}

/// A point in time from a text, as Python's `datetime.strptime`.
fn to_datetime(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("string")?;
    let format = call.text_or("format", "%Y-%m-%d %H:%M:%S")?;
    let wrong = |error: jiff::Error| {
        call.error(format!(
            "time data '{text}' does not match format '{format}': {error}"
        ))
    };
    let read = BrokenDownTime::parse(&format, &text).map_err(wrong)?;
    let date = jiff::civil::date(
        read.year().unwrap_or(1900),
        read.month().unwrap_or(1),
        read.day().unwrap_or(1),
    );
    let date = read.to_date().unwrap_or(date);
    let time = read.to_time().unwrap_or_default();
    let offset = read.offset();
    let zone = TimeZone::fixed(offset.unwrap_or(Offset::UTC));
    let time = date.to_datetime(time).to_zoned(zone).map_err(wrong)?;
    let aware = offset.is_some();
    Ok(Value::from_object(Moment { time, aware }))
}

/// The time between two points in time: what `a - b` is for dates.
pub(super) fn between(a: &Value, b: &Value) -> Option<Value> {
    let (a, b) = (
        a.downcast_object_ref::<Moment>()?,
        b.downcast_object_ref::<Moment>()?,
    );
    let micros = a.time.timestamp().as_microsecond() - b.time.timestamp().as_microsecond();
    Some(Value::from_object(Span(micros)))
}

/// The order of two points in time, or of two spans.
pub(in crate::template) fn order(a: &Value, b: &Value) -> Option<Ordering> {
    let moments = || {
        let (a, b) = (
            a.downcast_object_ref::<Moment>()?,
            b.downcast_object_ref::<Moment>()?,
        );
        Some(a.time.timestamp().cmp(&b.time.timestamp()))
    };
    let spans = || {
        let (a, b) = (a.downcast_object_ref::<Span>()?, b.downcast_object_ref::<Span>()?);
        Some(a.0.cmp(&b.0))
    };
    moments().or_else(spans)
}

/// The function `now`.
pub(in crate::template) fn now(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (seconds, east) = clock();
    let time = zoned(seconds, if call.flag("utc", false)? { 0 } else { east })?;
    match call.text_or("fmt", "")?.as_str() {
        "" => Ok(Value::from_object(Moment { time, aware: false })),
        format => formatted(&time, format).map(Value::from),
    }
}

/// A point in time of the controller, that many seconds after the epoch and east of UTC.
pub(in crate::template) fn local(seconds: f64, east: i32) -> Option<Value> {
    let time = zoned(seconds, east).ok()?;
    Some(Value::from_object(Moment { time, aware: false }))
}

/// A point in time, as Python's `datetime`.
#[derive(Debug)]
struct Moment {
    time: Zoned,
    /// Whether it knows its distance from UTC.
    aware: bool,
}

impl Moment {
    /// As `isoformat` writes it: microseconds and the distance from UTC only where there are any.
    fn text(&self, between: char) -> Result<String, Error> {
        let micros = if self.time.subsec_nanosecond() / 1000 == 0 {
            ""
        } else {
            ".%6f"
        };
        let offset = if self.aware { "%:z" } else { "" };
        formatted(&self.time, &format!("%Y-%m-%d{between}%H:%M:%S{micros}{offset}"))
    }
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "year" => Value::from(self.time.year()),
            "month" => Value::from(self.time.month()),
            "day" => Value::from(self.time.day()),
            "hour" => Value::from(self.time.hour()),
            "minute" => Value::from(self.time.minute()),
            "second" => Value::from(self.time.second()),
            "microsecond" => Value::from(self.time.subsec_nanosecond() / 1000),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let text = |format: &str| formatted(&self.time, format).map(Value::from);
        match method {
            "strftime" => text(
                args.first()
                    .and_then(Value::as_str)
                    .unwrap_or("%Y-%m-%d %H:%M:%S"),
            ),
            "isoformat" => self.text('T').map(Value::from),
            "date" => text("%Y-%m-%d"),
            "time" => text("%H:%M:%S.%6f"),
            "weekday" => Ok(Value::from(self.time.weekday().to_monday_zero_offset())),
            "isoweekday" => Ok(Value::from(self.time.weekday().to_monday_one_offset())),
            #[expect(clippy::cast_precision_loss, reason = "a timestamp is a float in Python")]
            "timestamp" => Ok(Value::from(self.time.timestamp().as_microsecond() as f64 / 1e6)),
            _ => Err(python::error(format!("a time has no method `{method}`"))),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(' ').unwrap_or_default())
    }
}

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

/// The time between two points in time, in microseconds: Python's `timedelta`.
#[derive(Debug)]
struct Span(i64);

impl Object for Span {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let within = self.0.rem_euclid(DAY);
        Some(match key.as_str()? {
            "days" => Value::from(self.0.div_euclid(DAY)),
            "seconds" => Value::from(within / 1_000_000),
            "microseconds" => Value::from(within % 1_000_000),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            #[expect(clippy::cast_precision_loss, reason = "seconds are a float in Python")]
            "total_seconds" => Ok(Value::from(self.0 as f64 / 1e6)),
            _ => Err(python::error(format!("a span of time has no method `{method}`"))),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, within) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        if days != 0 {
            write!(f, "{days} day{}, ", if days.abs() == 1 { "" } else { "s" })?;
        }
        let seconds = within / 1_000_000;
        write!(
            f,
            "{}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )?;
        match within % 1_000_000 {
            0 => Ok(()),
            micros => write!(f, ".{micros:06}"),
        }
    }
}
