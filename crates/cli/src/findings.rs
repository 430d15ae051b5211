//! What findings that are no lints are about, by the id that is printed above them.

/// What is told about an id: itself, or what all of its family have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum About {
    /// This id.
    Id(&'static str),
    /// Every id that begins like it.
    Family(&'static str),
}

/// What an id means; `None` where no finding begins like it.
pub(crate) fn about(id: &str) -> Option<About> {
    let known = IDS.iter().find(|(known, _)| *known == id);
    if let Some((_, text)) = known {
        return Some(About::Id(text));
    }
    let (family, _) = id.split_once("::")?;
    let known = FAMILIES.iter().find(|(known, _)| *known == family);
    known.map(|(_, text)| About::Family(text))
}

/// What ids begin with, and what all of these are about.
pub(crate) const FAMILIES: &[(&str, &str)] = &[
    ("apply", "How `evenkeel apply` was called."),
    ("arguments", "The command line."),
    (
        "called",
        "How the command was called under the name of one of Ansible's programs.",
    ),
    (
        "certs",
        "The certificates of the cluster's etcd, which `evenkeel certs` makes and `apply` makes first.",
    ),
    (
        "cluster",
        "The cluster that the inventory describes; `evenkeel lint --list` lists the lints.",
    ),
    (
        "eject",
        "The controller that `evenkeel eject` is to take out of the cluster.",
    ),
    ("explain", "What `evenkeel explain` was asked for."),
    ("fact", "What a host told about itself."),
    ("file", "A file of the controller that cannot be found or read."),
    (
        "generate",
        "The folder of generated playbooks, or a run of one of these.",
    ),
    (
        "inventory",
        "A file of the inventory: what stands at the place that the finding names cannot be read, or not as it was meant.",
    ),
    ("lint", "How `evenkeel lint` was called."),
    ("modules", "How `evenkeel modules` was called."),
    ("pattern", "A pattern of hosts: `hosts:` of a play, or `--limit`."),
    ("picture", "The file that `evenkeel picture` writes or compares."),
    ("play", "How a play goes over its hosts."),
    (
        "playbook",
        "A playbook or a role: what stands at the place that the finding names is no play, task or keyword as Ansible has them.",
    ),
    ("project", "Inventory and playbook together."),
    ("roles", "How `evenkeel roles` was called."),
    ("run", "A run that cannot begin."),
    (
        "settings",
        "`ansible.cfg`, or a variable ANSIBLE_* of the environment.",
    ),
    ("tags", "`--tags` or `--skip-tags`."),
    (
        "task",
        "The arguments of a task; `evenkeel modules NAME` documents its task type.",
    ),
    (
        "template",
        "A template or an expression, in the place that the finding names.",
    ),
    ("vars", "A file of variables, or `-e`."),
    (
        "vault",
        "What `ansible-vault` encrypted, and the passwords for it.",
    ),
    ("verify", "How `evenkeel verify` was called."),
    (
        "yaml",
        "A text that is no YAML, or none that Ansible reads as it was meant.",
    ),
];

const IDS: &[(&str, &str)] = &[
    (
        "cluster::none",
        "The command needs a cluster, and no host is in a group with a meaning: put the API servers into `kube_control_plane`.",
    ),
    (
        "generate::extra-vars",
        "Values of -e were computed into the playbook when it was generated, from the inventory alone: set them there and generate again, or name no playbook, so that the run composes one.",
    ),
    (
        "generate::folder",
        "The playbooks' folder is called as the inventory's, and this inventory is in none: name one with `-o`.",
    ),
    (
        "generate::foreign",
        "The folder holds files that Evenkeel did not write, and overwrites or removes none of these: move them away.",
    ),
    (
        "generate::outdated",
        "The playbook is not what the inventory needs now: `evenkeel generate` writes it anew.",
    ),
    (
        "inventory::comment-in-word",
        "A `#` within a word begins no comment, as in Ansible: put a space before it, or quote the value.",
    ),
    (
        "inventory::comment-kept",
        "In a `:vars` section the whole right side is the value, comment included: put the comment on a line of its own.",
    ),
    (
        "inventory::contradiction",
        "One variable is set twice on the same level with different values, and the later one wins: keep one.",
    ),
    (
        "inventory::cycle",
        "A group is its own child, by way of others: leave out one of the children.",
    ),
    (
        "inventory::empty",
        "The inventory has no host; `--allow-empty` accepts that.",
    ),
    (
        "inventory::empty-file",
        "A file of the inventory is empty: remove it, or fill it.",
    ),
    (
        "inventory::expected-group",
        "Below `[NAME:children]` stand names of groups, one on each line.",
    ),
    (
        "inventory::expected-variable",
        "After a host's name stand words `name=value`; a value with spaces is quoted.",
    ),
    (
        "inventory::group-name",
        "The name of a group cannot be used as a variable's: letters, digits and underscores.",
    ),
    (
        "inventory::host-and-group",
        "A name means a host and a group, and in a pattern it means the host: rename one of the two.",
    ),
    (
        "inventory::host-name",
        "This cannot be the name of a host: letters, digits, dots and dashes, or an address.",
    ),
    (
        "inventory::missing",
        "There is no such file or folder; a list of hosts ends with a comma.",
    ),
    (
        "inventory::name",
        "No template can use a variable of this name: letters, digits and underscores, no digit first.",
    ),
    (
        "inventory::plugin",
        "Inventories from plugins need Python: write out what the plugin gives, `ansible-inventory --list --yaml`.",
    ),
    ("inventory::port", "A port is a number from 1 to 65535."),
    (
        "inventory::quote",
        "The quotes are part of the value: quote all of it, or nothing.",
    ),
    (
        "inventory::range",
        "A range is `[1:9]`, `[01:20]`, `[1:9:2]` or `[a:f]`.",
    ),
    (
        "inventory::section",
        "A section is `[NAME]`, `[NAME:vars]` or `[NAME:children]`.",
    ),
    (
        "inventory::unclosed-quote",
        "A quote is opened and never closed on this line.",
    ),
    (
        "inventory::unknown-group",
        "A group is named and never declared: one of the two names is misspelt, or a section `[NAME]` is missing.",
    ),
    (
        "inventory::unknown-host",
        "The inventory has no host of this name.",
    ),
    (
        "inventory::vars-file-ignored",
        "A file beside another one of the same name, which counts instead: keep one.",
    ),
    (
        "inventory::vars-file-unused",
        "A file of variables is called as no host and no group, so nobody reads it: rename it.",
    ),
    (
        "pattern::empty-group",
        "The group has no hosts, so that the play is left out.",
    ),
    (
        "pattern::unknown",
        "A term of the pattern is no group and no host, and matches none.",
    ),
    (
        "playbook::handler",
        "A task notifies a handler that nobody defines: `notify` takes its name, or what it listens to.",
    ),
    (
        "playbook::keyword",
        "No keyword of a play, block or task is called like this.",
    ),
    (
        "playbook::role-missing",
        "The role is in none of the folders that the finding names.",
    ),
    ("playbook::two-actions", "A task does one thing: make two tasks."),
    (
        "playbook::unsupported",
        "Ansible has it, and Evenkeel does not: an error, so that nothing is ignored.",
    ),
    (
        "project::no-playbook",
        "There is nothing to run: name a playbook, or describe a cluster in the inventory, for which one is composed.",
    ),
    (
        "run::no-hosts",
        "No play has a host: look at `hosts:` and `--limit`; `--allow-empty` accepts that.",
    ),
    (
        "settings::not-read",
        "This setting of Ansible has no meaning here.",
    ),
    (
        "settings::refused",
        "This setting of Ansible would be dangerous here; the finding names the mend.",
    ),
    (
        "tags::unknown",
        "No task has the tag, so it chooses nothing: it is perhaps misspelt.",
    ),
    ("task::missing", "An argument is required, and not there."),
    ("task::parameter", "The task type has no argument of this name."),
    (
        "task::value",
        "An argument has a value of another kind than it takes.",
    ),
    (
        "template::argument",
        "A filter, test or lookup is given an argument that it does not take: it is perhaps misspelt.",
    ),
    (
        "template::cycle",
        "A variable needs its own value, by way of others: it can never be rendered.",
    ),
    (
        "template::group",
        "A template asks `groups` for a group that the inventory does not have, and that no task adds.",
    ),
    (
        "template::host",
        "A template asks `hostvars` for a host that the inventory does not have, and that no task adds.",
    ),
    ("template::syntax", "The template cannot be read as Jinja."),
    (
        "template::undefined",
        "A template uses a name that nothing defines for this host: set it, correct it, or give a default, `NAME | default(VALUE)`.",
    ),
    (
        "vars::extra",
        "`-e` takes `name=value`, YAML or JSON in braces, or `@FILE`.",
    ),
    (
        "vars::invalid-name",
        "No template can use a variable of this name: letters, digits and underscores, no digit first.",
    ),
    (
        "vars::reserved-name",
        "A word of the language as the name of a variable is not what it seems: rename it.",
    ),
    (
        "yaml::duplicate-key",
        "A key stands twice in one mapping, and the last one counts: keep one.",
    ),
];

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::path::PathBuf;

    use super::FAMILIES;
    use super::IDS;

    /// Every text in the sources of all crates that looks like the id of a finding.
    fn printed() -> Vec<(String, PathBuf)> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let crates = std::fs::read_dir(root.join("crates")).unwrap();
        let mut folders: Vec<PathBuf> = crates.map(|entry| entry.unwrap().path().join("src")).collect();
        folders.push(root.join("roles/src"));
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name != "findings.rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let ids = text.split('"').filter(|word| is_id(word)).map(str::to_owned);
                    found.extend(ids.map(|id| (id, path.clone())));
                }
            }
        }
        found
    }

    fn is_id(word: &str) -> bool {
        let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        word.split_once("::")
            .is_some_and(|(family, name)| part(family) && part(name))
    }

    #[test]
    fn every_id_that_is_printed_can_be_explained() {
        let printed = printed();
        assert!(printed.len() > 100, "{}", printed.len());
        let known = |id: &str| {
            FAMILIES
                .iter()
                .any(|(family, _)| id.starts_with(&format!("{family}::")))
        };
        let missing: Vec<_> = printed.iter().filter(|(id, _)| !known(id)).collect();
        assert!(missing.is_empty(), "no family in findings.rs: {missing:?}");
        let gone: Vec<&str> = IDS
            .iter()
            .map(|(id, _)| *id)
            .filter(|id| printed.iter().all(|(known, _)| known != id))
            .collect();
        assert!(gone.is_empty(), "nobody prints {gone:?}");
    }
}
