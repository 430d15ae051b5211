//! Kernel settings.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;

/// The value of a kernel setting as it is now, `None` when the kernel has no such setting.
///
/// The key is the dotted name in the form of [`dotted`]; blanks between parts of a value count as one.
#[derive(Clone, Debug)]
pub struct Sysctl(pub String);

/// A setting's name in one form: dots between parts, a slash for a dot within a part, as sysctl(8) prints it.
///
/// `net/ipv4/conf/eth0.100/forwarding` becomes `net.ipv4.conf.eth0/100.forwarding` (sysctl.d(5)).
pub fn dotted(name: &str) -> String {
    match name.find(['.', '/']) {
        Some(at) if name.as_bytes()[at] == b'/' => swap(name),
        _ => name.to_owned(),
    }
}

/// Where the kernel shows a setting whose name is in the form of [`dotted`].
pub fn path(dotted: &str) -> String {
    format!("/proc/sys/{}", swap(dotted))
}

/// A value with one blank between its parts.
pub fn normal(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn swap(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '.' => '/',
            '/' => '.',
            other => other,
        })
        .collect()
}

impl Fact for Sysctl {
    type Value = Option<String>;
    const FAMILY: &'static str = "sysctl";

    fn key(&self) -> String {
        self.0.clone()
    }

    /// First the paths that exist, then a blank line, then all lines of all files as `PATH:LINE`; one fork.
    fn script(keys: &[&str]) -> String {
        let paths: Vec<String> = keys.iter().map(|key| quote(&path(key)).into_owned()).collect();
        let paths = paths.join(" ");
        format!(
            "for f in {paths}; do [ -e \"$f\" ] && echo \"$f\"; done\necho\ngrep -sH '' -- {paths}\nexit 0\n"
        )
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        let (text, path) = (output.text(), path(&self.0));
        let mut lines = text.lines();
        let exists = lines
            .by_ref()
            .take_while(|line| !line.is_empty())
            .filter(|line| *line == path)
            .count()
            > 0;
        if !exists {
            return Ok(None);
        }
        let parts = lines.filter_map(|line| line.strip_prefix(path.as_str())?.strip_prefix(':'));
        Ok(Some(normal(&parts.collect::<Vec<_>>().join(" "))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for (given, expected) in [
            ("net.ipv4.ip_forward", "net.ipv4.ip_forward"),
            ("net/ipv4/ip_forward", "net.ipv4.ip_forward"),
            (
                "net.ipv4.conf.eth0/100.forwarding",
                "net.ipv4.conf.eth0/100.forwarding",
            ),
            (
                "net/ipv4/conf/eth0.100/forwarding",
                "net.ipv4.conf.eth0/100.forwarding",
            ),
        ] {
            assert_eq!(dotted(given), expected);
        }
        assert_eq!(
            path("net.ipv4.conf.eth0/100.forwarding"),
            "/proc/sys/net/ipv4/conf/eth0.100/forwarding"
        );
    }
}
