//! Packages behind URLs, looked into by the machine itself.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;

use super::apt_key_file::fetching;
use super::package::Deb;
use crate::facts::sections::section;

/// The package behind a URL; the machine fetches it to look into it, and keeps nothing.
#[derive(Clone, Debug)]
pub struct DebUrl(pub String);

/// What is behind a URL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Behind {
    /// A package.
    Package(Deb),
    /// Something else, or nothing: why.
    Failed(String),
}

impl Fact for DebUrl {
    type Value = Behind;
    const FAMILY: &'static str = "deb-url";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        fetching(
            keys,
            "dpkg-deb -f \"$t/file\" Package Version Architecture 2>/dev/null || echo 'failed it is no Debian package'",
        )
    }

    fn parse(&self, output: &Output) -> Result<Behind, String> {
        let text = output.text();
        let field = |name: &str| section(&text, &self.0).find_map(|line| line.strip_prefix(name));
        if let Some(why) = field("failed ") {
            return Ok(Behind::Failed(why.to_owned()));
        }
        match (field("Package: "), field("Version: ")) {
            (Some(package), Some(version)) => Ok(Behind::Package(Deb {
                package: package.to_owned(),
                version: version.to_owned(),
                architecture: field("Architecture: ").unwrap_or("all").to_owned(),
            })),
            _ => Err(format!("{} could not be fetched", self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_or_why_not() {
        let output = Output {
            stdout: b"== http://x/a.deb\nPackage: hello\nVersion: 2.10-3\nArchitecture: amd64\n== http://x/b.deb\nfailed 404\n".to_vec(),
            ..Output::default()
        };
        let ask = |url: &str| DebUrl(url.to_owned()).parse(&output);
        assert!(matches!(ask("http://x/a.deb"), Ok(Behind::Package(deb)) if deb.package == "hello"));
        assert_eq!(ask("http://x/b.deb"), Ok(Behind::Failed("404".to_owned())));
        assert!(ask("http://x/c.deb").is_err());
    }
}
