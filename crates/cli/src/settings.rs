//! What `ansible.cfg` and `ANSIBLE_*` say, as far as Evenkeel knows the key.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use evenkeel::Place;
use evenkeel::Problem;
use evenkeel::Source;

/// The keys that are read: section and key of `ansible.cfg`, and the variable that beats it.
pub(crate) const KEYS: &[(&str, &str, &str)] = &[
    ("defaults", "inventory", "ANSIBLE_INVENTORY"),
    ("defaults", "forks", "ANSIBLE_FORKS"),
    ("defaults", "remote_user", "ANSIBLE_REMOTE_USER"),
    ("defaults", "private_key_file", "ANSIBLE_PRIVATE_KEY_FILE"),
    ("defaults", "roles_path", "ANSIBLE_ROLES_PATH"),
    ("defaults", "timeout", "ANSIBLE_TIMEOUT"),
    ("defaults", "host_key_checking", "ANSIBLE_HOST_KEY_CHECKING"),
    ("privilege_escalation", "become", "ANSIBLE_BECOME"),
    ("privilege_escalation", "become_user", "ANSIBLE_BECOME_USER"),
];

/// Settings by key, and what was found on the way.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, String>,
    /// Warnings about keys that are not read, errors about those that are refused.
    pub(crate) problems: Vec<Problem>,
}

impl Settings {
    /// Reads the first of `$ANSIBLE_CONFIG`, `ansible.cfg`, `~/.ansible.cfg` and `/etc/ansible/ansible.cfg`, then the
    /// environment.
    pub(crate) fn read(environment: &BTreeMap<String, String>) -> Settings {
        let mut settings = Settings::default();
        let home = environment.get("HOME").map(PathBuf::from);
        let named = environment.get("ANSIBLE_CONFIG").map(PathBuf::from);
        let places = named
            .into_iter()
            .chain([PathBuf::from("ansible.cfg")])
            .chain(home.map(|home| home.join(".ansible.cfg")))
            .chain([PathBuf::from("/etc/ansible/ansible.cfg")]);
        for path in places {
            if let Ok(text) = std::fs::read_to_string(&path) {
                settings.file(&path, &text);
                break;
            }
        }
        settings.environment(environment);
        settings
    }

    /// A setting.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// A setting that is a boolean.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(truthy)
    }

    fn environment(&mut self, environment: &BTreeMap<String, String>) {
        for (_, key, variable) in KEYS {
            if let Some(value) = environment.get(*variable) {
                self.values.insert(key, value.clone());
                self.check(key, value, &Place::nowhere(variable));
            }
        }
        let known =
            |name: &str| KEYS.iter().any(|(_, _, variable)| *variable == name) || name == "ANSIBLE_CONFIG";
        for name in environment
            .keys()
            .filter(|name| name.starts_with("ANSIBLE_") && !known(name))
        {
            self.problems.push(Problem::warning(
                "settings::unknown",
                format!("{name} is not read"),
            ));
        }
    }

    fn file(&mut self, path: &Path, text: &str) {
        let source = Source::new(path.display().to_string(), text);
        let mut section = "";
        let mut offset = 0;
        for line in text.split_inclusive('\n') {
            let place = Place::new(&source, offset, offset + line.trim_end().len());
            offset += line.len();
            let line = line.trim();
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                section = name;
            } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with(['#', ';']))
            {
                self.entry(section, key.trim(), value.trim(), &place);
            }
        }
    }

    fn entry(&mut self, section: &str, key: &str, value: &str, place: &Place) {
        match KEYS.iter().find(|(own, name, _)| *own == section && *name == key) {
            Some((_, name, _)) => {
                self.values.insert(name, value.to_owned());
                self.check(name, value, place);
            }
            None => self.problems.push(
                Problem::warning("settings::unknown", format!("`{key}` in [{section}] is not read"))
                    .at(place, "this has no effect"),
            ),
        }
    }

    /// Host keys are always checked.
    fn check(&mut self, key: &str, value: &str, place: &Place) {
        if key == "host_key_checking" && !truthy(value) {
            self.problems.push(
                Problem::error(
                    "settings::host-keys",
                    "host keys are always checked; this asks not to",
                )
                .at(place, "refused")
                .help("remove it, and run once with `--accept-new-host-keys` to learn the keys of new hosts"),
            );
        }
    }
}

fn truthy(value: &str) -> bool {
    matches!(
        value.to_lowercase().as_str(),
        "1" | "yes" | "true" | "on" | "y" | "t"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_unknown_ones_warned_about_and_unchecked_host_keys_refused() {
        let mut settings = Settings::default();
        let text = "[defaults]\nforks = 7\ncallback_whitelist = timer\n# x = 1\nhost_key_checking = False\n";
        settings.file(Path::new("ansible.cfg"), text);
        assert_eq!(settings.get("forks"), Some("7"));
        let found: Vec<String> = settings.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "ansible.cfg:3:1: `callback_whitelist` in [defaults] is not read",
                "ansible.cfg:5:1: host keys are always checked; this asks not to"
            ]
        );
        settings.environment(&BTreeMap::from([("ANSIBLE_FORKS".to_owned(), "9".to_owned())]));
        assert_eq!(settings.get("forks"), Some("9"));
    }
}
