//! Conditions as tests of the target's shell. Ports are tried through bash, which opens TCP connections itself: no
//! other program that can do so is on every machine. What runs and listens says less than a connection that is made.

use std::fmt::Write;
use std::net::IpAddr;

use evenkeel_host::quote;

use super::State;
use super::WaitFor;

/// Connection states by the numbers that /proc/net/tcp shows, with Ansible's names.
pub(super) const STATES: [(&str, &str); 6] = [
    ("ESTABLISHED", "01"),
    ("SYN_SENT", "02"),
    ("SYN_RECV", "03"),
    ("FIN_WAIT1", "04"),
    ("FIN_WAIT2", "05"),
    ("TIME_WAIT", "06"),
];

/// What stands before an IPv4 address in /proc/net/tcp6.
const MAPPED: &str = "0000000000000000FFFF0000";

impl WaitFor {
    /// The test that succeeds once the condition holds; `None` when only time passes.
    pub(super) fn test(&self) -> Option<String> {
        match (&self.path, self.port, self.state) {
            (Some(path), _, State::Absent | State::Stopped) => {
                Some(format!("! [ -e {} ]", quote(path.as_str())))
            }
            (Some(path), _, _) => Some(self.path_test(path.as_str())),
            (None, Some(port), State::Drained) => Some(self.drained_test(port)),
            (None, Some(_), State::Absent | State::Stopped) => Some(format!("! {}", self.connect())),
            (None, Some(_), State::Started | State::Present) => Some(match &self.search_regex {
                Some(regex) => self.socket_test(&regex.text),
                None => self.connect(),
            }),
            (None, None, _) => None,
        }
    }

    fn path_test(&self, path: &str) -> String {
        let path = quote(path);
        match &self.search_regex {
            None => format!("[ -e {path} ]"),
            Some(regex) => format!("[ -e {path} ] && grep -Pzq -e {} -- {path}", pattern(&regex.text)),
        }
    }

    fn address(&self) -> String {
        format!("/dev/tcp/{}/{}", self.host.text, self.port.unwrap_or(0))
    }

    fn connect(&self) -> String {
        let script = format!("exec 3<>{}", self.address());
        format!(
            "timeout {} bash -c {} 2>/dev/null",
            self.connect_timeout.max(1),
            quote(&script)
        )
    }

    /// Reads what the server says until it fits, the server ends, or the time for one try is over.
    fn socket_test(&self, regex: &str) -> String {
        let script = format!(
            "exec 3<>{} || exit 1\nd=\nwhile :; do\nIFS= read -r -t 0.2 -N 4096 c <&3; s=$?\nd+=$c\n\
             printf %s \"$d\" | grep -Pzq -e {} && {{ printf %s \"$d\"; exit 0; }}\n\
             [ $s -eq 0 ] || [ $s -gt 128 ] || exit 1\ndone",
            self.address(),
            pattern(regex)
        );
        format!(
            "timeout {} bash -c {} 2>/dev/null",
            self.connect_timeout.max(1),
            quote(&script)
        )
    }

    /// Counts connections in /proc/net/tcp, where addresses are hexadecimal.
    fn drained_test(&self, port: i64) -> String {
        let states: String = STATES
            .iter()
            .filter(|(name, _)| self.active_connection_states.iter().any(|wanted| wanted == name))
            .map(|(_, number)| format!(" {number} "))
            .collect();
        let excluded: String = self
            .exclude_hosts
            .iter()
            .flatten()
            .map(|host| addresses(host))
            .collect();
        let any = matches!(self.host.text.as_str(), "0.0.0.0" | "::");
        format!(
            "l=\"{}\" r=\"{excluded}\"; cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v p={port:04X} -v s='{states}' \
             -v l=\"$l\" -v r=\"$r\" -v any={} '{{ split($2, a, \":\"); split($3, b, \":\") }} \
             a[2] == p && index(s, \" \" $4 \" \") && !index(r, \" \" b[1] \" \") && (any || index(l, \" \" a[1] \" \")) {{ n++ }} \
             END {{ exit n > 0 }}'",
            addresses(&self.host.text),
            i32::from(any)
        )
    }
}

/// A pattern for grep, where `^` and `$` match at lines.
fn pattern(regex: &str) -> String {
    quote(&format!("(?m){regex}")).into_owned()
}

/// An address as the kernel writes it, with a blank on both sides; a name as a command that looks its IPv4 addresses
/// up.
fn addresses(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            let hex = words(&address.octets());
            format!(" {hex}  {MAPPED}{hex} ")
        }
        Ok(IpAddr::V6(address)) => format!(" {} ", words(&address.octets())),
        Err(_) => format!(
            "$(getent ahostsv4 {} | awk '{{ split($1, a, \".\"); h = sprintf(\"%02X%02X%02X%02X\", a[4], a[3], a[2], a[1]); \
             print \" \" h \"  {MAPPED}\" h \" \" }}' | tr -d '\\n')",
            quote(host)
        ),
    }
}

/// Bytes as hexadecimal words of the machine, least significant byte first.
fn words(bytes: &[u8]) -> String {
    bytes
        .chunks(4)
        .flat_map(|word| word.iter().rev())
        .fold(String::new(), |mut text, byte| {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02X}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_as_the_kernel_writes_them() {
        assert_eq!(
            addresses("127.0.0.1"),
            " 0100007F  0000000000000000FFFF00000100007F "
        );
        assert_eq!(addresses("::1"), " 00000000000000000000000001000000 ");
    }
}
