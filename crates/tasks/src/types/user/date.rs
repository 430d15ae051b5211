//! Days as dates.

/// `YYYY-MM-DD` of a day since the epoch, in the Gregorian calendar.
pub(super) fn date(days: i64) -> String {
    // Years begin in March here, so that the leap day is the last of them.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The day since the epoch of a second.
pub(super) fn day(seconds: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a day far beyond the calendar is as good as the last one"
    )]
    let day = (seconds / 86_400.0).floor() as i64;
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        for (seconds, expected) in [
            (0.0, "1970-01-01"),
            (951_782_400.0, "2000-02-29"),
            (1_422_403_387.0, "2015-01-28"),
            (4_107_542_400.0, "2100-03-01"),
        ] {
            assert_eq!(date(day(seconds)), expected);
        }
    }
}
