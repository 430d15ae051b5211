//! Reads `vars_prompt`.

use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use super::Reading;
use super::keywords::is_identifier;
use super::keywords::list_of;
use crate::play::Prompt;
use crate::play::body::has_template;

/// What an entry knows.
const KEYS: [&str; 9] = [
    "confirm",
    "default",
    "encrypt",
    "name",
    "private",
    "prompt",
    "salt",
    "salt_size",
    "unsafe",
];

/// The hashes that are there, by passlib's names.
const HASHES: [&str; 4] = ["bcrypt", "md5_crypt", "sha256_crypt", "sha512_crypt"];

impl Reading<'_> {
    /// `vars_prompt`: a list of mappings with a `name` each.
    pub(super) fn prompts(&mut self, value: &Node) -> Vec<Prompt> {
        let entries = list_of(value);
        entries.iter().filter_map(|entry| self.prompt(entry)).collect()
    }

    fn prompt(&mut self, entry: &Node) -> Option<Prompt> {
        let Some(map) = entry.as_map() else {
            let message = format!("an entry of `vars_prompt` is a mapping, not {}", entry.kind());
            let problem = Problem::error("playbook::prompt", message);
            self.report(problem.at(&entry.place, "expected `name:` and `prompt:` here"));
            return None;
        };
        let unknown = map.iter().filter(|(name, ..)| !KEYS.contains(name));
        let unknown: Vec<(String, Node)> = unknown
            .map(|(name, key, _)| (name.to_owned(), key.clone()))
            .collect();
        for (name, key) in &unknown {
            self.unknown_key(key, name, KEYS);
        }
        let Some(named) = map.get("name") else {
            let problem = Problem::error(
                "playbook::prompt",
                "this entry of `vars_prompt` names no variable",
            );
            self.report(problem.at(&entry.place, "expected `name:` here"));
            return None;
        };
        let Some(name) = named.as_str().filter(|name| is_identifier(name)) else {
            self.no_variable(named);
            return None;
        };
        let of = |name: &str| {
            map.get(name)
                .filter(|node| !node.is_null())
                .map(|node| Arc::new(node.clone()))
        };
        for flag in ["private", "confirm", "unsafe"] {
            let given = of(flag);
            given.and_then(|node| self.literal::<bool>(flag, &node));
        }
        let size = of("salt_size");
        size.and_then(|node| self.literal::<i64>("salt_size", &node));
        self.check_hash(of("encrypt").as_deref());
        Some(Prompt {
            name: name.into(),
            prompt: of("prompt"),
            default: of("default"),
            private: of("private"),
            confirm: of("confirm"),
            encrypt: of("encrypt"),
            salt_size: of("salt_size"),
            salt: of("salt"),
            data: of("unsafe"),
            at: entry.place.clone(),
        })
    }

    fn check_hash(&mut self, hash: Option<&Node>) {
        let Some(hash) = hash.filter(|hash| !has_template(hash)) else {
            return;
        };
        if hash.as_str().is_some_and(|name| HASHES.contains(&name)) {
            return;
        }
        let shown = hash.place.text();
        let problem = Problem::error(
            "playbook::prompt",
            format!("there is no hash `{shown}` to encrypt with"),
        );
        self.report(problem.at(&hash.place, format!("expected one of {}", HASHES.join(", "))));
    }
}
