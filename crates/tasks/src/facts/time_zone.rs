//! A machine's time zone.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;

/// The time zone.
#[derive(Clone, Debug)]
pub struct TimeZone;

/// The time zone, and what the hardware's clock shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// As in /usr/share/zoneinfo: `Europe/Berlin`; `UTC` where nothing is set, localtime(5).
    pub name: String,
    /// Whether the hardware's clock shows local time, adjtime_config(5).
    pub local_clock: bool,
    /// Whether systemd manages it.
    pub systemd: bool,
}

impl Fact for TimeZone {
    type Value = Zone;
    const FAMILY: &'static str = "time-zone";

    fn key(&self) -> String {
        String::new()
    }

    fn script(_keys: &[&str]) -> String {
        "printf 'zone %s\\n' \"$(readlink /etc/localtime)\"\n\
         [ ! -r /etc/adjtime ] || ! grep -qx LOCAL /etc/adjtime || echo local\n\
         [ ! -d /run/systemd/system ] || echo systemd\nexit 0\n"
            .to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Zone, String> {
        let text = output.text();
        let has = |word: &str| text.lines().any(|line| line == word);
        let link = text
            .lines()
            .find_map(|line| line.strip_prefix("zone "))
            .ok_or("`readlink` does not answer")?;
        let name = link.split_once("zoneinfo/").map_or("UTC", |(_, name)| name);
        Ok(Zone {
            name: name.to_owned(),
            local_clock: has("local"),
            systemd: has("systemd"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_the_zone() {
        let read = |text: &str| {
            let output = Output {
                stdout: text.into(),
                ..Output::default()
            };
            TimeZone.parse(&output).map(|zone| (zone.name, zone.local_clock))
        };
        let berlin = read("zone /usr/share/zoneinfo/Europe/Berlin\nlocal\nsystemd\n");
        assert_eq!(berlin, Ok(("Europe/Berlin".to_owned(), true)));
        assert_eq!(read("zone \n"), Ok(("UTC".to_owned(), false)));
    }
}
