//! The table that dnf shows before it asks.

use serde::Deserialize;
use serde::Serialize;

/// What dnf would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Packages that come, change or go.
    pub items: Vec<Item>,
    /// Why it would do nothing at all.
    pub error: Option<String>,
}

/// One package that comes, changes or goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What happens to it.
    pub verb: Verb,
    /// Its name.
    pub name: String,
    /// `x86_64`, `noarch`, ...
    pub architecture: String,
    /// The version that comes, or goes.
    pub version: String,
}

/// What happens to a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// It comes.
    Install,
    /// It becomes newer.
    Upgrade,
    /// It becomes older.
    Downgrade,
    /// It comes again.
    Reinstall,
    /// It goes.
    Remove,
}

/// The titles of the table's parts, as dnf 4 and dnf 5 have them, by how they begin.
fn verb(title: &str) -> Option<Verb> {
    let starts = [
        ("Installing", Verb::Install),
        ("Upgrading", Verb::Upgrade),
        ("Downgrading", Verb::Downgrade),
        ("Reinstalling", Verb::Reinstall),
        ("Removing", Verb::Remove),
    ];
    let found = starts.iter().find(|(start, _)| title.starts_with(start));
    found.map(|(_, verb)| *verb)
}

/// What dnf says where it does nothing, because it was told to, or because there is nothing to do.
const DECLINED: [&str; 4] = ["Operation aborted", "Nothing to do", "Is this ok", "Exiting"];

impl Transaction {
    /// Reads dnf's answer to `--assumeno`.
    pub(super) fn read(text: &str, code: i32) -> Transaction {
        let mut found = Transaction::default();
        let (mut part, mut pending): (Option<Verb>, Option<&str>) = (None, None);
        for line in text.lines() {
            if line.starts_with("Transaction Summary") {
                break;
            }
            if !line.starts_with(' ') {
                // A title; a rule of the table or anything else ends the part.
                part = line.trim_end().strip_suffix(':').and_then(verb);
                pending = None;
                continue;
            }
            let Some(verb) = part else {
                continue;
            };
            let words: Vec<&str> = line.split_whitespace().collect();
            // dnf 4 puts what follows a long name into the next line.
            let whole: Vec<&str> = pending.take().into_iter().chain(words).collect();
            match whole.as_slice() {
                ["replacing", ..] => {}
                [name] => pending = Some(name),
                [name, architecture, version, ..] => found.items.push(Item {
                    verb,
                    name: (*name).to_owned(),
                    architecture: (*architecture).to_owned(),
                    version: (*version).to_owned(),
                }),
                _ => {}
            }
        }
        let declined = text
            .lines()
            .any(|line| DECLINED.iter().any(|start| line.starts_with(start)));
        if code != 0 && found.items.is_empty() && !declined {
            found.error = Some(error(text, code));
        }
        found
    }
}

/// The lines that say what is wrong.
fn error(text: &str, code: i32) -> String {
    let telling = |line: &&str| {
        [
            "Error:",
            "No match",
            "No package",
            "Failed to",
            "Problem",
            "Unable to",
            "No packages",
        ]
        .iter()
        .any(|start| line.trim_start().starts_with(start))
    };
    let lines: Vec<&str> = text.lines().filter(telling).map(str::trim).collect();
    match lines.as_slice() {
        [] => format!("dnf ends with code {code}"),
        lines => lines.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<(Verb, String, String)> {
        let transaction = Transaction::read(text, 1);
        assert_eq!(transaction.error, None);
        transaction
            .items
            .into_iter()
            .map(|item| (item.verb, item.name, item.version))
            .collect()
    }

    #[test]
    fn the_table_of_dnf_4() {
        let text = "Last metadata expiration check: 0:02:24 ago on Fri Jan 27 07:57:23 2023.\nDependencies resolved.\n\
            ========================\n Package      Architecture   Version          Repository       Size\n\
            ========================\nInstalling:\n info         x86_64         7.0.2-1.fc38     rawhide         181 k\n\
            Installing dependencies:\n a-package-with-a-very-long-name\n              noarch         1:2.0-1          rawhide         1 k\n\
            Upgrading:\n bash         x86_64         5.2-1            rawhide         1 M\n\
            Removing dependent packages:\n old          x86_64         1.0-1            @System         1 k\n\n\
            Transaction Summary\n========================\nInstall  2 Packages\n\nTotal download size: 181 k\nOperation aborted.\n";
        let item = |verb, name: &str, version: &str| (verb, name.to_owned(), version.to_owned());
        assert_eq!(
            items(text),
            [
                item(Verb::Install, "info", "7.0.2-1.fc38"),
                item(Verb::Install, "a-package-with-a-very-long-name", "1:2.0-1"),
                item(Verb::Upgrade, "bash", "5.2-1"),
                item(Verb::Remove, "old", "1.0-1"),
            ]
        );
    }

    #[test]
    fn the_table_of_dnf_5() {
        let text = "Updating and loading repositories:\nRepositories loaded.\n\
            Package           Arch   Version          Repository      Size\nUpgrading:\n \
            at                x86_64 0:3.2.5-12.fc41  fedora     122.1 KiB\n   \
            replacing at      x86_64 0:3.2.5-11.fc41  <unknown>  122.0 KiB\n\nTransaction Summary:\n \
            Upgrading:         1 package\n Replacing:         1 package\n\nOperation aborted by the user.\n";
        assert_eq!(
            items(text),
            [(Verb::Upgrade, "at".to_owned(), "0:3.2.5-12.fc41".to_owned())]
        );
    }

    #[test]
    fn nothing_to_do_is_no_error_and_a_missing_package_is_one() {
        let nothing = Transaction::read("Dependencies resolved.\nNothing to do.\nComplete!\n", 0);
        assert_eq!(nothing, Transaction::default());
        let missing = Transaction::read(
            "No match for argument: nosuch\nError: Unable to find a match: nosuch\n",
            1,
        );
        assert_eq!(
            missing.error.as_deref(),
            Some("No match for argument: nosuch; Error: Unable to find a match: nosuch")
        );
    }
}
