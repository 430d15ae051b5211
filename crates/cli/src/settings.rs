//! What `ansible.cfg` and `ANSIBLE_*` say, as far as Evenkeel knows the key.

mod keys;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

use evenkeel::Place;
use evenkeel::Problem;
use evenkeel::Source;

use keys::KEYS;
use keys::KEYS_AS_ANSIBLE;
use keys::Key;
use keys::WITHOUT_EFFECT;

/// Settings by key, and what was found on the way.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    values: BTreeMap<&'static str, String>,
    /// What is not read, and where it stands.
    unread: Vec<String>,
    /// Errors about settings that are wrong or refused, and a warning about those that are not read.
    pub(crate) problems: Vec<Problem>,
    /// Whether host keys may go unchecked: the command has the name of one of Ansible's programs.
    pub(crate) lenient: bool,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
}

impl Settings {
    /// Reads the first of `$ANSIBLE_CONFIG`, `ansible.cfg`, `~/.ansible.cfg` and `/etc/ansible/ansible.cfg`, then the
    /// environment.
    pub(crate) fn read(environment: &BTreeMap<String, String>, lenient: bool) -> Settings {
        let mut settings = Settings {
            lenient,
            ..Settings::default()
        };
        let home = environment.get("HOME").map(PathBuf::from);
        let named = environment.get("ANSIBLE_CONFIG").map(PathBuf::from);
        let places = named
            .into_iter()
            .chain([PathBuf::from("ansible.cfg")])
            .chain(home.iter().map(|home| home.join(".ansible.cfg")))
            .chain([PathBuf::from("/etc/ansible/ansible.cfg")]);
        for path in places {
            if let Ok(text) = std::fs::read_to_string(&path) {
                settings.file(&path, &text);
                settings.file = Some(path);
                break;
            }
        }
        settings.environment(environment);
        settings.finish(home.as_deref());
        settings
    }

    /// A setting.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// A setting that is a boolean.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.get(key).and_then(truth).unwrap_or(false)
    }

    /// Whether the keys of hosts that were never seen are accepted, because nobody wants keys to be checked.
    pub(crate) fn accepts_new_keys(&self) -> bool {
        self.lenient && self.get("host_key_checking").and_then(truth) == Some(false)
    }

    fn environment(&mut self, environment: &BTreeMap<String, String>) {
        for (name, value) in environment
            .iter()
            .filter(|(name, _)| name.starts_with("ANSIBLE_"))
        {
            match self.keys().find(|(_, _, variable)| variable == name) {
                Some((_, key, _)) if self.has_effect(key, value) => {
                    let source = Source::new(name.as_str(), value.as_str());
                    self.set(key, value.clone(), value, &Place::new(&source, 0, value.len()));
                }
                Some(_) => self.unread.push(format!("{name}={value}")),
                None if name == "ANSIBLE_CONFIG" || self.passes_over(|key| key.1 == name, name, value) => {}
                None => self.unread.push(name.clone()),
            }
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
                let value = value.split_once(" ;").map_or(value, |(value, _comment)| value);
                self.entry(section, key.trim(), value.trim(), path, &place);
            }
        }
    }

    fn entry(&mut self, section: &str, key: &str, value: &str, file: &Path, place: &Place) {
        match self.keys().find(|(own, name, _)| *own == section && *name == key) {
            Some((_, name, _)) if self.has_effect(name, value) => {
                self.set(name, beside(file, name, value), value, place);
            }
            Some(_) => self.unread.push(format!("{key} = {value} ({place})")),
            None if self.passes_over(|known| known.0 == key, key, value) => {}
            None => self.unread.push(format!("{key} ({place})")),
        }
    }

    /// The keys that are read.
    fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        let own: &[Key] = if self.lenient { KEYS_AS_ANSIBLE } else { &[] };
        KEYS.iter().chain(own)
    }

    /// Whether a value of a key that is read can be followed.
    fn has_effect(&self, key: &str, value: &str) -> bool {
        match key {
            "stdout_callback" => matches!(value, "default" | "ansible.builtin.default"),
            "gathering" => matches!(value, "implicit" | "explicit"),
            "transport" => matches!(value, "smart" | "ssh" | "local" | "paramiko"),
            "become_method" => BECOME_METHODS.contains(&value),
            _ => true,
        }
    }

    /// Whether nothing needs to be said of a key that is not read.
    fn passes_over(&self, is: impl Fn(&(&str, &str)) -> bool, name: &str, value: &str) -> bool {
        let retry = matches!(name, "retry_files_enabled" | "ANSIBLE_RETRY_FILES_ENABLED");
        self.lenient && (WITHOUT_EFFECT.iter().any(is) || retry && truth(value) == Some(false))
    }

    /// Keeps a setting; host keys are always checked, and a number is one.
    fn set(&mut self, key: &'static str, value: String, written: &str, place: &Place) {
        let refused = match key {
            "host_key_checking" if truth(written) != Some(true) && !self.lenient => Some((
                "host keys are always checked; this asks not to".to_owned(),
                "remove it, and run once with `--accept-new-host-keys` to learn the keys of new hosts",
            )),
            "become" | "force_handlers" | "always" | "ask_pass" | "ask_vault_pass" | "become_ask_pass"
                if truth(written).is_none() =>
            {
                Some((
                    format!("`{written}` is neither yes nor no"),
                    "write `True` or `False`",
                ))
            }
            "forks" | "timeout" | "verbosity" if written.parse::<u32>().is_err() => Some((
                format!("`{key}` is `{written}`, not a number"),
                "write a whole number",
            )),
            _ => None,
        };
        match refused {
            Some((message, help)) => self.problems.push(
                Problem::error("settings::refused", message)
                    .at(place, "refused")
                    .help(help),
            ),
            None => drop(self.values.insert(key, value)),
        }
    }

    fn finish(&mut self, home: Option<&Path>) {
        for key in PATHS {
            if let (Some(value), Some(home)) = (self.values.get_mut(key), home) {
                let parts = value
                    .split(separator(key))
                    .map(|part| match part.strip_prefix("~/") {
                        Some(rest) => home.join(rest).display().to_string(),
                        None => part.to_owned(),
                    });
                *value = parts.collect::<Vec<_>>().join(separator(key));
            }
        }
        if !self.unread.is_empty() {
            let text = format!("settings that have no effect: {}", self.unread.join(", "));
            self.problems.push(Problem::warning("settings::not-read", text));
        }
    }
}

/// What `--become-method` and the setting may say.
pub(crate) const BECOME_METHODS: [&str; 6] = [
    "ansible.builtin.su",
    "ansible.builtin.sudo",
    "community.general.doas",
    "doas",
    "su",
    "sudo",
];

/// The keys whose values are paths, several of them separated.
const PATHS: [&str; 6] = [
    "become_password_file",
    "connection_password_file",
    "inventory",
    "private_key_file",
    "roles_path",
    "vault_password_file",
];

fn separator(key: &str) -> &'static str {
    if key == "inventory" { "," } else { ":" }
}

/// A relative path in a file begins at that file.
fn beside(file: &Path, key: &str, value: &str) -> String {
    let folder = file.parent().unwrap_or(Path::new(""));
    if !PATHS.contains(&key) || folder == Path::new("") {
        return value.to_owned();
    }
    let parts = value.split(separator(key)).map(str::trim).map(|part| match part {
        "" => String::new(),
        part if part.starts_with('~') => part.to_owned(),
        part => folder.join(part).display().to_string(),
    });
    parts.collect::<Vec<_>>().join(separator(key))
}

fn truth(value: &str) -> Option<bool> {
    match value.to_lowercase().as_str() {
        "1" | "yes" | "true" | "on" | "y" | "t" => Some(true),
        "0" | "no" | "false" | "off" | "n" | "f" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_unknown_ones_told_and_unchecked_host_keys_refused() {
        let mut settings = Settings::default();
        let text = "[defaults]\nforks = 7 ; as many\ncallback_whitelist = timer\n# x = 1\nhost_key_checking = False\n";
        settings.file(Path::new("ansible.cfg"), text);
        settings.finish(None);
        assert_eq!(settings.get("forks"), Some("7"));
        let found: Vec<String> = settings.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "ansible.cfg:5:1: host keys are always checked; this asks not to",
                "settings that have no effect: callback_whitelist (ansible.cfg:3:1)"
            ]
        );
        settings.environment(&BTreeMap::from([("ANSIBLE_FORKS".to_owned(), "9".to_owned())]));
        assert_eq!(settings.get("forks"), Some("9"));
    }

    #[test]
    fn under_ansibles_names_hosts_that_were_never_seen_may_be_trusted() {
        let mut settings = Settings {
            lenient: true,
            ..Settings::default()
        };
        assert!(!settings.accepts_new_keys());
        settings.file(
            Path::new("ansible.cfg"),
            "[defaults]\nhost_key_checking = False\n",
        );
        assert!(settings.accepts_new_keys() && settings.problems.is_empty());
    }

    #[test]
    fn under_ansibles_names_more_is_read_and_what_makes_no_difference_is_not_told() {
        let mut settings = Settings {
            lenient: true,
            ..Settings::default()
        };
        let text = "[defaults]\nforce_handlers = yes\nstdout_callback = yaml\nretry_files_enabled = False\n\
                    gathering = smart\nnocows = 1\nretries = 3\n[ssh_connection]\npipelining = True\n";
        settings.file(Path::new("ansible.cfg"), text);
        let variables = [
            ("ANSIBLE_DIFF_ALWAYS", "1"),
            ("ANSIBLE_PIPELINING", "0"),
            ("ANSIBLE_STRATEGY", "free"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        settings.environment(&BTreeMap::from(variables));
        settings.finish(None);
        assert!(settings.flag("force_handlers") && settings.flag("always"));
        let found: Vec<String> = settings.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "settings that have no effect: stdout_callback = yaml (ansible.cfg:3:1), gathering = smart \
              (ansible.cfg:5:1), retries (ansible.cfg:7:1), ANSIBLE_STRATEGY"
            ]
        );
    }

    #[test]
    fn relative_paths_begin_at_the_file_and_the_tilde_is_the_home_folder() {
        let mut settings = Settings::default();
        let text =
            "[defaults]\ninventory = hosts,more\nroles_path = roles:~/roles:/opt/roles\nremote_user = jo\n";
        settings.file(Path::new("/etc/ansible/ansible.cfg"), text);
        settings.finish(Some(Path::new("/home/jo")));
        assert_eq!(
            settings.get("inventory"),
            Some("/etc/ansible/hosts,/etc/ansible/more")
        );
        assert_eq!(
            settings.get("roles_path"),
            Some("/etc/ansible/roles:/home/jo/roles:/opt/roles")
        );
        assert_eq!(settings.get("remote_user"), Some("jo"));
    }

    #[test]
    fn a_number_that_is_none_is_an_error() {
        let mut settings = Settings::default();
        settings.environment(&BTreeMap::from([(
            "ANSIBLE_TIMEOUT".to_owned(),
            "soon".to_owned(),
        )]));
        let found: Vec<String> = settings.problems.iter().map(ToString::to_string).collect();
        assert_eq!(found, ["ANSIBLE_TIMEOUT:1:1: `timeout` is `soon`, not a number"]);
    }
}
