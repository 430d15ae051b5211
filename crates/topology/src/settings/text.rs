//! Texts with a form of their own: lists of names, paths, CPU sets, labels and taints.

use indexmap::IndexMap;

use super::Setting;
use super::is_name;
use crate::reader;

/// Names, in the order in which they are given; none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Names {
    pub(crate) fn of(names: &[&str]) -> Names {
        Names(names.iter().map(|name| (*name).to_owned()).collect())
    }
}

impl Setting for Names {
    const EXPECTED: &'static str = "a list of names of letters, digits and `._:-`";

    fn read(value: &serde_json::Value) -> Option<Names> {
        let mut names = Vec::new();
        for value in value.as_array()? {
            let name = reader::text(value).filter(|name| is_name(name))?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Some(Names(names))
    }

    fn show(&self) -> String {
        format!("[{}]", self.0.join(", "))
    }
}

/// How many hosts are dealt with at once: a number, or a percentage. Source: Ansible's `serial`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch(pub String);

impl Batch {
    pub(crate) fn of(text: &str) -> Batch {
        Batch(text.to_owned())
    }
}

impl Setting for Batch {
    const EXPECTED: &'static str = "a number of hosts above 0, or a share of them from `1%` to `100%`";

    fn read(value: &serde_json::Value) -> Option<Batch> {
        let text = reader::text(value)?;
        let (number, most) = match text.strip_suffix('%') {
            Some(percent) => (percent, 100),
            None => (&*text, u32::MAX),
        };
        let number = number.parse::<u32>().ok()?;
        (1..=most).contains(&number).then_some(Batch(text))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// A path on a machine: absolute, of letters, digits and `/._-`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePath(pub String);

impl Setting for FilePath {
    const EXPECTED: &'static str = "an absolute path of letters, digits and `/._-`";

    fn read(value: &serde_json::Value) -> Option<FilePath> {
        let text = value.as_str()?;
        let known = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        let climbs = text.split('/').any(|part| part == "..");
        (text.starts_with('/') && text.len() > 1 && text.chars().all(known) && !climbs)
            .then(|| FilePath(text.trim_end_matches('/').to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// A version such as `1.31.2` or `1.33.6+k3s1`, without `v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

impl Version {
    /// Major and minor number.
    pub fn release(&self) -> (u32, u32) {
        let mut numbers = self.0.split('.').map(|number| number.parse().unwrap_or(0));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
    }
}

impl Setting for Version {
    const EXPECTED: &'static str = "a version such as `1.31.2` or `1.33.6+k3s1`";

    fn read(value: &serde_json::Value) -> Option<Version> {
        let text = value.as_str()?;
        let (numbers, rest) = text.find(['+', '-']).map_or((text, ""), |at| text.split_at(at));
        let parts: Vec<&str> = numbers.split('.').collect();
        let number = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        let known = |c: char| c.is_ascii_alphanumeric() || "+.-".contains(c);
        (parts.len() == 3 && parts.iter().all(number) && rest.chars().all(known))
            .then(|| Version(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// A set of CPUs as Linux writes it: `0-3,8`. Source: cpuset(7), "List format".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuSet(pub String);

impl Setting for CpuSet {
    const EXPECTED: &'static str = "a set of CPUs such as `0,1` or `0-3,8`";

    fn read(value: &serde_json::Value) -> Option<CpuSet> {
        let text = reader::text(value)?;
        let number = |text: &str| text.parse::<u16>().ok();
        let range = |part: &str| match part.split_once('-') {
            Some((from, to)) => number(from).zip(number(to)).is_some_and(|(from, to)| from <= to),
            None => number(part).is_some(),
        };
        text.split(',').all(range).then_some(CpuSet(text))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// An amount of memory as Kubernetes writes it: `512Mi`, `2Gi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory(pub String);

impl Setting for Memory {
    const EXPECTED: &'static str = "an amount of memory such as `512Mi` or `2Gi`";

    fn read(value: &serde_json::Value) -> Option<Memory> {
        let text = value.as_str()?;
        let number = ["Ki", "Mi", "Gi", "Ti"]
            .iter()
            .find_map(|unit| text.strip_suffix(unit))?;
        let whole = number.parse::<u64>().is_ok_and(|number| number > 0);
        whole.then(|| Memory(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Labels of a node: names and values. Source: Kubernetes' "Labels and Selectors", "Syntax and character set".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(pub IndexMap<String, String>);

impl Setting for Labels {
    const EXPECTED: &'static str = "a mapping of label names to values of letters, digits and `._-`";

    fn read(value: &serde_json::Value) -> Option<Labels> {
        let label = |(name, value): (&String, &serde_json::Value)| {
            let value = match value {
                serde_json::Value::Bool(value) => value.to_string(),
                other => reader::text(other)?,
            };
            (is_label_name(name) && is_label_value(&value)).then(|| (name.clone(), value))
        };
        value
            .as_object()?
            .iter()
            .map(label)
            .collect::<Option<_>>()
            .map(Labels)
    }

    fn show(&self) -> String {
        let labels = self.0.iter().map(|(name, value)| format!("{name}: {value}"));
        format!("{{{}}}", labels.collect::<Vec<_>>().join(", "))
    }
}

/// Taints of a node: `NAME=VALUE:EFFECT` or `NAME:EFFECT`. Source: Kubernetes' "Taints and Tolerations".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taints(pub Vec<String>);

impl Setting for Taints {
    const EXPECTED: &'static str =
        "a list of taints such as `dedicated=postgresql:NoSchedule` (or `PreferNoSchedule`, `NoExecute`)";

    fn read(value: &serde_json::Value) -> Option<Taints> {
        let taint = |value: &serde_json::Value| {
            let text = value.as_str()?;
            let (key, effect) = text.rsplit_once(':')?;
            let (name, value) = key.split_once('=').unwrap_or((key, ""));
            let known = matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute");
            (known && is_label_name(name) && is_label_value(value)).then(|| text.to_owned())
        };
        value
            .as_array()?
            .iter()
            .map(taint)
            .collect::<Option<_>>()
            .map(Taints)
    }

    fn show(&self) -> String {
        format!("[{}]", self.0.join(", "))
    }
}

fn is_label_name(name: &str) -> bool {
    let (prefix, name) = match name.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, name),
    };
    let prefixed = prefix.is_none_or(|prefix| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        !prefix.is_empty() && prefix.len() < 254 && prefix.chars().all(known)
    });
    prefixed && !name.is_empty() && is_label_value(name)
}

fn is_label_value(value: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let ends = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    value.len() < 64
        && value.chars().all(known)
        && ends(value.chars().next())
        && ends(value.chars().next_back())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_have_their_form() {
        let set = |text: &str| CpuSet::read(&json!(text)).is_some();
        assert!(set("0,1") && set("0-3,8") && set("7"));
        assert!(!set("") && !set("3-1") && !set("0,") && !set("all"));
        assert!(CpuSet::read(&json!(0)).is_some(), "one CPU is a number in YAML");

        let path = |text: &str| FilePath::read(&json!(text)).map(|path| path.0);
        assert_eq!(path("/var/lib/etcd/").as_deref(), Some("/var/lib/etcd"));
        for wrong in ["", "/", "var", "/a b", "/a/../b", "/a;b"] {
            assert_eq!(path(wrong), None, "{wrong}");
        }

        let memory = |text: &str| Memory::read(&json!(text)).is_some();
        assert!(memory("512Mi") && !memory("512") && !memory("0Gi") && !memory("1.5Gi"));
    }

    #[test]
    fn batches_are_numbers_or_shares() {
        let batch = |value| Batch::read(&value).map(|batch| batch.0);
        assert_eq!(batch(json!("20%")).as_deref(), Some("20%"));
        assert_eq!(batch(json!(3)).as_deref(), Some("3"));
        for wrong in ["", "0", "0%", "101%", "-1", "20 %", "x%"] {
            assert_eq!(batch(json!(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn versions_have_three_numbers() {
        let release = |text: &str| Version::read(&json!(text)).map(|version| version.release());
        assert_eq!(release("1.33.6+k3s1"), Some((1, 33)));
        assert_eq!(release("1.31.2+k0s.0"), Some((1, 31)));
        for wrong in ["", "v1.31.0", "1.31", "1.31.x", "1.31.0 x", "1.31.0;x"] {
            assert_eq!(release(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn labels_and_taints_are_those_of_kubernetes() {
        let labels = |value| Labels::read(&value).is_some();
        assert!(labels(
            json!({"workload": "postgresql", "example.org/rack": 7, "ssd": true})
        ));
        assert!(!labels(json!({"-x": "y"})) && !labels(json!({"x": "a b"})) && !labels(json!(["x=y"])));
        let taint = |text: &str| Taints::read(&json!([text])).is_some();
        assert!(taint("dedicated=postgresql:NoSchedule") && taint("gpu:NoExecute"));
        assert!(!taint("dedicated=postgresql") && !taint("a=b:Never") && !taint("=b:NoSchedule"));
    }
}
