//! Local times of the machine as seconds since the epoch.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;

/// The seconds since the epoch of a date and time as the machine's time zone has it (`2024-01-31 12:00:00`).
#[derive(Clone, Debug)]
pub struct Epoch(pub String);

impl Fact for Epoch {
    type Value = f64;
    const FAMILY: &'static str = "epoch";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        let ask = |key: &&str| format!("date -d {0} \"+%s {1}\"\n", quote(key), key.replace('%', "%%"));
        keys.iter().map(ask).collect()
    }

    fn parse(&self, output: &Output) -> Result<f64, String> {
        let text = output.text();
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let seconds = lines
            .find(|(_, key)| *key == self.0)
            .and_then(|(seconds, _)| seconds.parse().ok());
        seconds.ok_or_else(|| format!("`date` does not know the time {}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_has_its_line() {
        let stdout = b"1706698800 2024-01-31 12:00:00\n0 1970-01-01 01:00:00\n".to_vec();
        let output = Output {
            stdout,
            ..Output::default()
        };
        let ask = |time: &str| Epoch(time.to_owned()).parse(&output);
        assert_eq!(ask("2024-01-31 12:00:00"), Ok(1_706_698_800.0));
        assert_eq!(ask("1970-01-01 01:00:00"), Ok(0.0));
        assert!(ask("2025-01-01 00:00:00").is_err());
    }
}
