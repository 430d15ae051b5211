//! Which groups and computed variables the generated playbooks use.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Playbook;
use evenkeel_roles::Generated;
use evenkeel_roles::template_tags;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

use super::Source;
use super::books;

/// What playbooks and templates use.
pub(super) struct Used {
    /// Variables, those that variables of the inventory refer to included.
    pub(super) names: BTreeSet<String>,
    /// Groups that plays name.
    pub(super) groups: BTreeSet<String>,
    files: Vec<(PathBuf, BTreeSet<String>)>,
}

impl Used {
    /// The files that name a variable.
    pub(super) fn by<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a PathBuf> {
        let naming = |(_, words): &&(PathBuf, BTreeSet<String>)| words.contains(name);
        self.files.iter().filter(naming).map(|(path, _)| path)
    }
}

/// Every word of a template or condition counts: `hostvars[host]['NAME']` is a use too, and names no variable.
pub(super) fn used(source: &Source<'_>, generated: &Generated) -> Used {
    let mut files: Vec<(PathBuf, BTreeSet<String>)> = books(generated)
        .map(|(name, book)| (name.into(), of_book(book)))
        .collect();
    files.extend(
        generated
            .files
            .iter()
            .map(|(path, text)| (path.clone(), template_tags(text).flat_map(words).collect())),
    );
    let direct: Vec<String> = files.iter().flat_map(|(_, words)| words).cloned().collect();
    let mut names = BTreeSet::new();
    for host in source.cluster.nodes.keys() {
        if let Some(scope) = source.inventory.variables(host) {
            let scope: Arc<dyn Scope> = scope;
            names.extend(source.templar.reach(direct.clone(), &scope));
        }
    }
    let mut groups = BTreeSet::new();
    for play in books(generated).flat_map(|(_, book)| &book.plays) {
        strings(&play.hosts, false, &mut |pattern, _| {
            let terms = pattern.split([',', ':', '&', '!']);
            groups.extend(terms.map(|term| term.trim().to_owned()));
        });
    }
    Used { names, groups, files }
}

fn of_book(book: &Playbook) -> BTreeSet<String> {
    let written = evenkeel_yaml::Source::new("generated", book.to_yaml());
    let mut found = BTreeSet::new();
    if let Ok(loaded) = evenkeel_yaml::load(&written) {
        for document in &loaded.documents {
            strings(document, false, &mut |text, code| {
                if code {
                    found.extend(words(text));
                }
                found.extend(template_tags(text).flat_map(words));
            });
        }
    }
    found
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
}

/// Keys whose values are expressions without braces.
const CODE: [&str; 7] = [
    "break_when",
    "changed_when",
    "failed_when",
    "that",
    "until",
    "var",
    "when",
];

/// The strings of a tree, and whether they are expressions.
fn strings(node: &Node, code: bool, each: &mut dyn FnMut(&str, bool)) {
    match &node.value {
        Value::Str(text) => each(text, code),
        Value::Seq(items) => items.iter().for_each(|item| strings(item, code, each)),
        Value::Map(map) => map.entries.iter().for_each(|(key, value)| {
            strings(key, false, each);
            strings(value, key.as_str().is_some_and(|key| CODE.contains(&key)), each);
        }),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_playbook::play::Card;
    use evenkeel_playbook::play::Play;
    use evenkeel_tasks::types::Debug;
    use serde_json::json;

    use super::*;
    use crate::Memory;
    use crate::Project;

    const HOSTS: &str =
        "[kube_control_plane]\nm1 ip=192.0.2.1\n[all:vars]\nmine={{ etcd_access_endpoint }}/x\n";

    /// What a play with this message, and perhaps a template, use.
    fn used_by(message: &str, template: Option<&'static str>) -> Used {
        let files = Memory::default().with("hosts.ini", HOSTS);
        let project = Project::new(Arc::new(files))
            .inventory("hosts.ini")
            .without_playbook();
        let loaded = project.load().unwrap_or_else(|problems| panic!("{problems:#?}"));
        let card = Card::of::<Debug>("Say it: kube_apiserver_address", &json!({"msg": message})).unwrap();
        let play = Play::new("Talk", "kube_control_plane,!w1:&x")
            .about("{{ kube_apiserver_endpoint }} is what this is about.")
            .task(card.when("kube_apiserver_access_address is defined"));
        let mut generated = Generated {
            playbook: Playbook::new([play]),
            ..Generated::default()
        };
        generated
            .files
            .extend(template.map(|text| ("templates/a.j2".into(), text.into())));
        let source = Source {
            name: None,
            cluster: loaded.cluster.as_ref().unwrap(),
            inventory: &loaded.inventory,
            templar: &loaded.templar,
        };
        used(&source, &generated)
    }

    fn computed(used: &Used) -> Vec<&str> {
        let computed = evenkeel_topology::COMPUTED.iter().copied();
        computed.filter(|name| used.names.contains(*name)).collect()
    }

    #[test]
    fn expressions_conditions_and_lookups_of_other_hosts_are_uses_and_words_are_none() {
        let used = used_by("etcd_client_url", None);
        assert_eq!(computed(&used), ["kube_apiserver_access_address"]);
        let used = used_by("a {{ hostvars['m1']['etcd_client_url'] }} b", None);
        assert_eq!(
            computed(&used),
            ["etcd_client_url", "kube_apiserver_access_address"]
        );
    }

    #[test]
    fn what_variables_of_the_inventory_name_is_used_with_them() {
        let used = used_by("{{ mine }}", None);
        assert_eq!(
            computed(&used),
            ["etcd_access_endpoint", "kube_apiserver_access_address"]
        );
        assert_eq!(used.by("etcd_access_endpoint").count(), 0);
    }

    #[test]
    fn files_and_groups_are_known() {
        let used = used_by(
            "x",
            Some("etcd_client_url {% for a in etcd_access_addresses %}{{ a }}{% endfor %}"),
        );
        assert_eq!(
            computed(&used),
            ["etcd_access_addresses", "kube_apiserver_access_address"]
        );
        let by: Vec<&PathBuf> = used.by("etcd_access_addresses").collect();
        assert_eq!(by, [&PathBuf::from("templates/a.j2")]);
        let groups: Vec<&str> = used.groups.iter().map(|group| &**group).collect();
        assert_eq!(groups, ["", "kube_control_plane", "w1", "x"]);
    }
}
