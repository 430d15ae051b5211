//! The batches of `serial`.

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

/// The sizes of the batches for `count` hosts: numbers, percentages (rounded down, at least 1), the last one repeated;
/// a number below 1 is all hosts that are left.
///
/// # Errors
/// When `serial` is none of these.
pub(crate) fn of(serial: Option<&Node>, count: usize) -> Result<Vec<usize>, Problem> {
    let Some(serial) = serial else {
        return Ok(vec![count]);
    };
    let single = [serial.clone()];
    let entries = serial.as_seq().unwrap_or(&single);
    let mut sizes = Vec::new();
    let mut left = count;
    let mut index = 0;
    while left > 0 {
        let Some(entry) = entries.get(index).or(entries.last()) else {
            break;
        };
        let size = match size(entry, count)? {
            0 => left,
            size => size.min(left),
        };
        sizes.push(size);
        left -= size;
        index += 1;
    }
    Ok(sizes)
}

fn size(entry: &Node, count: usize) -> Result<usize, Problem> {
    let wrong = || {
        Problem::error(
            "playbook::serial",
            "`serial` is a number, a percentage or a list of these",
        )
        .at(&entry.place, "expected a number here")
    };
    match &entry.value {
        Value::Int(number) => Ok(usize::try_from(*number).unwrap_or(0)),
        Value::Str(text) => match text.trim().strip_suffix('%') {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a share of a host count"
            )]
            Some(percent) => {
                let share = percent.trim().parse::<f64>().map_err(|_| wrong())?;
                Ok(((share / 100.0 * count as f64) as usize).max(1))
            }
            None => text
                .trim()
                .parse::<i64>()
                .map(|number| usize::try_from(number).unwrap_or(0))
                .map_err(|_| wrong()),
        },
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_yaml::Source;

    #[test]
    fn sizes_follow_the_list_and_the_last_repeats() {
        let sizes = |text: &str, count| {
            let loaded = evenkeel_yaml::load(&Source::new("t", text)).unwrap();
            super::of(Some(&loaded.documents[0]), count).unwrap()
        };
        assert_eq!(sizes("2", 5), [2, 2, 1]);
        assert_eq!(sizes("30%", 7), [2, 2, 2, 1]);
        assert_eq!(sizes("1%", 3), [1, 1, 1]);
        assert_eq!(sizes("[1, 50%]", 7), [1, 3, 3]);
        assert_eq!(sizes("[1, '2', 0]", 7), [1, 2, 4]);
    }
}
