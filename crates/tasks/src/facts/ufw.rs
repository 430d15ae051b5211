//! ufw(8): its settings, and what a rule would change.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;

use crate::facts::asked;

/// The settings of ufw; `None` where it is not installed.
#[derive(Clone, Debug)]
pub struct UfwSettings;

/// What ufw does with what no rule takes, and whether it does anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Whether it is in force, now and after the next start.
    pub enabled: bool,
    /// `off`, `low`, `medium`, `high`, `full`.
    pub logging: String,
    /// `allow`, `deny` or `reject`.
    pub incoming: String,
    /// The same for what the machine sends.
    pub outgoing: String,
    /// The same for what it passes on.
    pub routed: String,
}

impl Fact for UfwSettings {
    type Value = Option<Settings>;
    const FAMILY: &'static str = "ufw-settings";

    fn key(&self) -> String {
        String::new()
    }

    fn script(_keys: &[&str]) -> String {
        "[ -e /etc/ufw/ufw.conf ] || exit 0\ncat /etc/ufw/ufw.conf /etc/default/ufw\n".to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Option<Settings>, String> {
        let text = output.text();
        if text.is_empty() {
            return Ok(None);
        }
        let value = |key: &str| {
            let mut lines = text
                .lines()
                .filter_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='));
            lines.next_back().unwrap_or("").trim_matches('"').to_lowercase()
        };
        let policy = |key: &str| match value(key).as_str() {
            "accept" => "allow".to_owned(),
            "drop" | "" => "deny".to_owned(),
            other => other.to_owned(),
        };
        Ok(Some(Settings {
            enabled: value("ENABLED") == "yes",
            logging: value("LOGLEVEL"),
            incoming: policy("DEFAULT_INPUT_POLICY"),
            outgoing: policy("DEFAULT_OUTPUT_POLICY"),
            routed: policy("DEFAULT_FORWARD_POLICY"),
        }))
    }
}

/// Whether `ufw WORDS` would change a rule, as its own dry run tells.
#[derive(Clone, Debug)]
pub struct UfwRule(pub Vec<String>);

/// What the dry run told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DryRun {
    /// Rules would change.
    Changes,
    /// Everything is so.
    Same,
    /// It would fail, because of this.
    Fails(String),
}

/// How lines begin that say that nothing is to be done.
const SAME: [&str; 5] = [
    "Skipping adding existing rule",
    "Skipping inserting existing rule",
    "Could not delete non-existent rule",
    "Skipping unsupported IPv6",
    "Skipping adding duplicate rule",
];

impl Fact for UfwRule {
    type Value = DryRun;
    const FAMILY: &'static str = "ufw-rule";

    fn key(&self) -> String {
        asked::key(&self.0)
    }

    fn script(keys: &[&str]) -> String {
        let each = asked::script(keys, |key| format!("ufw --dry-run {key}"));
        format!(
            "export LC_ALL=C PATH=\"$PATH:/usr/sbin:/sbin\"\ncommand -v ufw >/dev/null || exit 127\n{each}exit 0\n"
        )
    }

    fn parse(&self, output: &Output) -> Result<DryRun, String> {
        if output.code == 127 {
            return Err("this machine has no ufw: install the package first".to_owned());
        }
        let text = output.text();
        let (said, code) = asked::answer(&text, &self.key()).ok_or("ufw does not answer")?;
        let lines = said.lines().map(str::trim);
        let telling = lines.filter(|line| !line.is_empty() && !line.starts_with("WARN"));
        let said: Vec<&str> = telling.collect();
        let same = |line: &&str| SAME.iter().any(|start| line.starts_with(start));
        Ok(match code {
            0 if said.iter().all(same) => DryRun::Same,
            0 => DryRun::Changes,
            _ => DryRun::Fails(refusal(&said)),
        })
    }
}

/// Why ufw would fail: with wrong words it shows its usage, and says so before.
fn refusal(said: &[&str]) -> String {
    let telling = said.iter().find(|line| line.starts_with("ERROR"));
    let telling = telling.or(said.first());
    telling.map_or_else(|| "it says nothing".to_owned(), |line| (*line).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &str) -> Output {
        Output {
            stdout: text.into(),
            ..Output::default()
        }
    }

    #[test]
    fn settings_are_read_from_its_files() {
        let text = "ENABLED=yes\nLOGLEVEL=low\nIPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\n\
            DEFAULT_OUTPUT_POLICY=\"ACCEPT\"\nDEFAULT_FORWARD_POLICY=\"REJECT\"\n";
        let settings = UfwSettings.parse(&output(text)).expect("settings").expect("ufw");
        assert!(settings.enabled);
        assert_eq!(
            [settings.incoming, settings.outgoing, settings.routed],
            ["deny", "allow", "reject"]
        );
        assert_eq!(UfwSettings.parse(&output("")), Ok(None));
    }

    #[test]
    fn a_dry_run_tells_whether_rules_change() {
        let rule = UfwRule(vec!["allow".to_owned(), "to".to_owned(), "any".to_owned()]);
        let said = |text: &str, code: i32| {
            rule.parse(&output(&format!("== allow to any\n{text}\n== code {code}\n")))
        };
        assert_eq!(
            said(
                "Skipping adding existing rule\nSkipping adding existing rule (v6)",
                0
            ),
            Ok(DryRun::Same)
        );
        assert_eq!(
            said(
                "*filter\n### tuple ### allow any 22 0.0.0.0/0 any 0.0.0.0/0 in\nRules updated",
                0
            ),
            Ok(DryRun::Changes)
        );
        assert_eq!(
            said("ERROR: Bad port", 1),
            Ok(DryRun::Fails("ERROR: Bad port".to_owned()))
        );
    }
}
