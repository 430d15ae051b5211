//! Rules, chains and policies of the kernel's firewall, as iptables(8) tells.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

use crate::facts::asked;
use crate::facts::sections::section;

/// A question to iptables(8), in its own words, which must only ask: `-C` whether a rule is there, `-S` a chain.
#[derive(Clone, Debug)]
pub struct Iptables(pub Vec<String>);

/// What was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Whether it is there.
    pub there: bool,
    /// The chain's policy; only built-in chains have one.
    pub policy: Option<String>,
}

impl Fact for Iptables {
    type Value = Said;
    const FAMILY: &'static str = "iptables";

    fn key(&self) -> String {
        asked::key(&self.0)
    }

    /// A fork for each question: iptables takes one at a time.
    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| {
            format!(
                "o=$({key} 2>&1); printf '== %s\\n%s %s\\n' {} $? \"$(printf '%s\\n' \"$o\" | head -n 1)\"\n",
                quote(key)
            )
        });
        format!(
            "export LC_ALL=C PATH=\"$PATH:/usr/sbin:/sbin\"\n{}exit 0\n",
            each.collect::<String>()
        )
    }

    fn parse(&self, output: &Output) -> Result<Said, String> {
        let text = output.text();
        let line = section(&text, &self.key()).next().unwrap_or("");
        let (code, said) = line.split_once(' ').unwrap_or((line, ""));
        let program = self.0.first().map_or("iptables", String::as_str);
        match code {
            "" => Err(format!("{program} does not answer")),
            "127" => Err(format!(
                "{program} is missing: install the package iptables first"
            )),
            "3" | "4" => Err(format!("{program} cannot ask the kernel: {said}")),
            code => Ok(Said {
                there: code == "0",
                policy: said
                    .strip_prefix("-P ")
                    .and_then(|rest| rest.split(' ').nth(1))
                    .map(str::to_owned),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_chains_and_their_policies() {
        let question = |words: &[&str]| Iptables(words.iter().map(|word| (*word).to_owned()).collect());
        let chain = question(&["iptables", "-t", "filter", "-S", "INPUT"]);
        let rule = question(&["iptables", "-C", "INPUT", "--comment", "it's"]);
        let stdout = format!(
            "== {}\n0 -P INPUT DROP\n== {}\n1 iptables: Bad rule\n",
            chain.key(),
            rule.key()
        );
        let output = Output {
            stdout: stdout.into_bytes(),
            ..Output::default()
        };
        let policy = Some("DROP".to_owned());
        assert_eq!(chain.parse(&output), Ok(Said { there: true, policy }));
        assert_eq!(
            rule.parse(&output),
            Ok(Said {
                there: false,
                policy: None
            })
        );
    }
}
