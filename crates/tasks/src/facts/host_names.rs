//! What a machine is called.

use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;

/// The names of a machine.
#[derive(Clone, Debug)]
pub struct HostNames;

/// What a machine is called now, and after its next start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// What the kernel says.
    pub now: String,
    /// The first name in /etc/hostname; empty without one.
    pub after_start: String,
    /// With the domain, as far as it is known.
    pub full: Known<String>,
    /// Whether systemd manages it.
    pub systemd: bool,
}

impl Fact for HostNames {
    type Value = Names;
    const FAMILY: &'static str = "host-names";

    fn key(&self) -> String {
        String::new()
    }

    fn script(_keys: &[&str]) -> String {
        "read -r n </proc/sys/kernel/hostname; printf 'now %s\\n' \"$n\"\n\
         [ ! -r /etc/hostname ] || while read -r n || [ -n \"$n\" ]; do case $n in ''|'#'*) ;; *) printf 'after %s\\n' \"$n\"; break ;; esac; done </etc/hostname\n\
         [ ! -d /run/systemd/system ] || echo systemd\n\
         printf 'full %s\\n' \"$(hostname -f 2>/dev/null)\"\nexit 0\n"
            .to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Names, String> {
        let text = output.text();
        let value = |key: &str| {
            let mut lines = text
                .lines()
                .filter_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
            lines.next().unwrap_or("").trim().to_owned()
        };
        let now = value("now");
        if now.is_empty() {
            return Err("the kernel does not say what the machine is called".to_owned());
        }
        Ok(Names {
            now,
            after_start: value("after"),
            full: Known::Is(value("full")),
            systemd: text.lines().any(|line| line == "systemd"),
        })
    }
}
