//! Answers to the questions of Debian's packages, debconf(7).

use std::collections::BTreeMap;

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;

use crate::facts::sections::section;

/// Question to answer, of one package, as `debconf-show` says; passwords are not told.
#[derive(Clone, Debug)]
pub struct Answers(pub String);

impl Fact for Answers {
    type Value = BTreeMap<String, String>;
    const FAMILY: &'static str = "debconf";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| {
            let key = quote(key);
            format!("printf '== %s\\n' {key}; LC_ALL=C debconf-show {key} 2>&1 || {{ echo '== failed'; exit 1; }}\n")
        });
        format!(
            "command -v debconf-show >/dev/null || exit 127\n{}exit 0\n",
            each.collect::<String>()
        )
    }

    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        let text = output.text();
        if output.code == 127 {
            return Err("this machine has no debconf: it is neither Debian nor Ubuntu".to_owned());
        }
        if output.code != 0 {
            let line = text.lines().find(|line| !line.starts_with("== ")).unwrap_or("");
            return Err(format!("debconf-show does not answer (it needs root): {line}"));
        }
        Ok(section(&text, &self.0)
            .filter_map(|line| line.split_once(':'))
            .map(|(question, answer)| {
                let question = question.trim_matches('*').trim();
                (question.to_owned(), answer.trim().to_owned())
            })
            .collect())
    }
}

/// The SHA-256 of a password that debconf keeps, so that it travels nowhere; `None` when there is none.
#[derive(Clone, Debug)]
pub struct Password {
    /// The package.
    pub package: String,
    /// The question.
    pub question: String,
}

impl Fact for Password {
    type Value = Option<String>;
    const FAMILY: &'static str = "debconf-password";

    fn key(&self) -> String {
        format!("{} {}", self.package, self.question)
    }

    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| {
            let (package, question) = key.split_once(' ').unwrap_or((key, ""));
            format!(
                "v=$(printf '%s\\n' \"$a\" | P={} Q={} awk -F'\\t' '$1 == ENVIRON[\"P\"] && $2 == ENVIRON[\"Q\"] && \
                 $3 == \"password\" {{ print \"=\" $4; exit }}')\n\
                 printf '%s\\t' {}\n[ -z \"$v\" ] && echo - || printf %s \"${{v#=}}\" | sha256sum\n",
                quote(package),
                quote(question),
                quote(key)
            )
        });
        format!(
            "command -v debconf-get-selections >/dev/null || exit 127\n\
             a=$(debconf-get-selections 2>/dev/null)\n{}exit 0\n",
            each.collect::<String>()
        )
    }

    fn parse(&self, output: &Output) -> Result<Option<String>, String> {
        if output.code == 127 {
            return Err(
                "`debconf-get-selections` is missing, which alone can tell a password: install debconf-utils first"
                    .to_owned(),
            );
        }
        let (text, key) = (output.text(), self.key());
        let mut lines = text.lines().filter_map(|line| line.split_once('\t'));
        let (_, digest) = lines
            .find(|(found, _)| *found == key)
            .ok_or("debconf-get-selections does not answer")?;
        let digest = digest.split(' ').next().unwrap_or("-");
        Ok(Some(digest.to_owned()).filter(|digest| digest != "-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_a_package() {
        let stdout = b"== tzdata\n* tzdata/Zones/Etc: UTC\n  tzdata/Areas: Etc\n  ddclient/password: (password omitted)\n";
        let output = Output {
            stdout: stdout.to_vec(),
            ..Output::default()
        };
        let answers = Answers("tzdata".to_owned()).parse(&output).expect("answers");
        assert_eq!(answers.get("tzdata/Zones/Etc").map(String::as_str), Some("UTC"));
        assert_eq!(answers.len(), 3);
    }
}
