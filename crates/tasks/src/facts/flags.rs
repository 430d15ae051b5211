//! The flags of files that `lsattr` shows.

use evenkeel_host::AbsPath;
use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;

/// The flags of what is at a path, as letters; empty where the file system has none or nothing is there.
#[derive(Clone, Debug)]
pub struct Flags(pub AbsPath);

impl Fact for Flags {
    type Value = String;
    const FAMILY: &'static str = "lsattr";

    fn key(&self) -> String {
        self.0.as_str().to_owned()
    }

    fn script(keys: &[&str]) -> String {
        let paths: Vec<_> = keys.iter().map(|key| quote(key)).collect();
        format!("lsattr -d -- {} 2>/dev/null; :", paths.join(" "))
    }

    fn parse(&self, output: &Output) -> Result<String, String> {
        let text = output.text();
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let flags = lines
            .find(|(_, path)| *path == self.0.as_str())
            .map_or("", |(flags, _)| flags);
        Ok(flags.replace('-', ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_its_line() {
        let stdout = b"----i---------e------- /etc/a b\n--------------e------- /etc/c\n".to_vec();
        let output = Output {
            stdout,
            ..Output::default()
        };
        let flags = |path| Flags(AbsPath::new(path).expect("a path")).parse(&output);
        assert_eq!(flags("/etc/a b"), Ok("ie".to_owned()));
        assert_eq!(flags("/etc/c"), Ok("e".to_owned()));
        assert_eq!(flags("/etc/missing"), Ok(String::new()));
    }
}
