//! Dates and times.

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
pub(super) const FILTERS: &[Entry] = &[Entry::new("strftime", "string_format second utc", strftime)];

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
            number.ok_or_else(|| call.error("needs a number of seconds since the epoch"))?
        }
        None => now,
    };
    let time = zoned(second, if call.flag("utc", false)? { 0 } else { east })?;
    formatted(&time, &call.text("string_format")?).map(Value::from)
}

/// The function `now`.
pub(in crate::template) fn now(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (seconds, east) = clock();
    let time = zoned(seconds, if call.flag("utc", false)? { 0 } else { east })?;
    match call.text_or("fmt", "")?.as_str() {
        "" => Ok(Value::from_object(Moment(time))),
        format => formatted(&time, format).map(Value::from),
    }
}

/// A point in time, as Python's naive `datetime`.
#[derive(Debug)]
struct Moment(Zoned);

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "year" => Value::from(self.0.year()),
            "month" => Value::from(self.0.month()),
            "day" => Value::from(self.0.day()),
            "hour" => Value::from(self.0.hour()),
            "minute" => Value::from(self.0.minute()),
            "second" => Value::from(self.0.second()),
            "microsecond" => Value::from(self.0.subsec_nanosecond() / 1000),
            _ => return None,
        })
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        let text = |format: &str| formatted(&self.0, format).map(Value::from);
        match method {
            "strftime" => text(
                args.first()
                    .and_then(Value::as_str)
                    .unwrap_or("%Y-%m-%d %H:%M:%S"),
            ),
            "isoformat" => text("%Y-%m-%dT%H:%M:%S.%6f"),
            "date" => text("%Y-%m-%d"),
            "time" => text("%H:%M:%S.%6f"),
            #[expect(clippy::cast_precision_loss, reason = "a timestamp is a float in Python")]
            "timestamp" => Ok(Value::from(self.0.timestamp().as_microsecond() as f64 / 1e6)),
            _ => Err(python::error(format!("a time has no method `{method}`"))),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&formatted(&self.0, "%Y-%m-%d %H:%M:%S.%6f").unwrap_or_default())
    }
}
