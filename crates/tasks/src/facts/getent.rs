//! Entries of the machine's databases, getent(1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

use crate::facts::sections::section;

/// What `getent` says of a database, or of one key in it.
#[derive(Clone, Debug)]
pub struct Getent {
    /// `passwd`, `hosts`, ...
    pub database: String,
    /// The key; without it everything is listed.
    pub key: Option<String>,
    /// The one source that is asked (`files`), nsswitch.conf(5).
    pub service: Option<String>,
}

/// An answer of `getent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// 0, or why there is none: 1 no such database, 2 no such key, 3 no listing.
    pub code: i32,
    /// The entries, a line each.
    pub lines: Vec<String>,
}

impl Fact for Getent {
    type Value = Entries;
    const FAMILY: &'static str = "getent";

    /// The words that stand after `getent`, quoted.
    fn key(&self) -> String {
        let service = self.service.iter().flat_map(|service| ["-s", service.as_str()]);
        let words = service
            .chain(["--", self.database.as_str()])
            .chain(self.key.as_deref());
        words.map(quote).collect::<Vec<_>>().join(" ")
    }

    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| {
            format!(
                "printf '== %s\\n' {}; {{ getent {key} 2>/dev/null; printf 'code %s' $?; }} | base64 -w0; echo\n",
                quote(key)
            )
        });
        format!(
            "command -v getent >/dev/null || exit 127\n{}exit 0\n",
            each.collect::<String>()
        )
    }

    fn parse(&self, output: &Output) -> Result<Entries, String> {
        if output.code == 127 {
            return Err("this machine has no `getent`".to_owned());
        }
        let text = output.text();
        let line = section(&text, &self.key()).next();
        let said = STANDARD.decode(line.unwrap_or("")).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let (lines, code) = said.rsplit_once("code ").ok_or("`getent` does not answer")?;
        Ok(Entries {
            code: code.parse().unwrap_or(1),
            lines: lines.lines().map(str::to_owned).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_words_of_a_command_line() {
        let ask = |key: &str| Getent {
            database: "passwd".to_owned(),
            key: Some(key.to_owned()),
            service: Some("files".to_owned()),
        };
        assert_eq!(ask("it's; rm").key(), r"-s files -- passwd 'it'\''s; rm'");
        let said = STANDARD.encode("root:x:0:0:root:/root:/bin/bash\ncode 0");
        let stdout = format!("== {}\n{said}\n", ask("root").key());
        let output = Output {
            stdout: stdout.into_bytes(),
            ..Output::default()
        };
        let entries = ask("root").parse(&output).expect("entries");
        assert_eq!(
            (entries.code, entries.lines),
            (0, vec!["root:x:0:0:root:/root:/bin/bash".to_owned()])
        );
        assert!(ask("other").parse(&output).is_err());
    }
}
