//! What dpkg is told to do with packages.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;

/// `install`, `hold`, `deinstall` or `purge`, as `dpkg --get-selections` says of a package; `None` for one that it does
/// not know.
#[derive(Clone, Debug)]
pub struct DpkgSelection(pub String);

impl Fact for DpkgSelection {
    type Value = Option<String>;
    const FAMILY: &'static str = "dpkg-selection";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        let names: Vec<_> = keys.iter().map(|key| quote(key)).collect();
        format!(
            "command -v dpkg >/dev/null || exit 127\n\
             LC_ALL=C dpkg --get-selections -- {} 2>/dev/null\nexit 0\n",
            names.join(" ")
        )
    }

    fn parse(&self, output: &Output) -> Result<Option<String>, String> {
        if output.code == 127 {
            return Err("this machine has no dpkg: it is neither Debian nor Ubuntu".to_owned());
        }
        let text = output.text();
        // A package of the machine's own architecture is told with it where there may be others (`libc6:amd64`).
        let bare = |name: &str| name.split(':').next() == Some(self.0.as_str());
        let lines = || text.lines().filter_map(|line| line.split_once('\t'));
        let exact = lines().find(|(name, _)| *name == self.0);
        let found = exact.or_else(|| lines().find(|(name, _)| bare(name)));
        Ok(found.map(|(_, selection)| selection.trim().to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_each() {
        let output = Output {
            stdout: b"bash\t\t\t\t\t\tinstall\nlibc6:amd64\t\t\t\t\thold\n".to_vec(),
            ..Output::default()
        };
        let ask = |name: &str| DpkgSelection(name.to_owned()).parse(&output);
        assert_eq!(ask("bash"), Ok(Some("install".to_owned())));
        assert_eq!(ask("libc6"), Ok(Some("hold".to_owned())));
        assert_eq!(ask("kernel"), Ok(None));
    }
}
