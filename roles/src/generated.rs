//! What the roles hand over.

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Playbook;
use indexmap::IndexMap;
use serde_json::Value;

/// The names of the variables that the generated playbook's templates use. They are computed from the inventory; one
/// that sets them contradicts the model.
pub const COMPUTED: &[&str] = &[
    "eject_paths",
    "eject_services",
    "eject_units",
    "etcd_endpoints",
    "etcd_endpoints_without",
    "etcd_member",
    "etcd_peer_urls",
    "firewall",
    "firewall_leaving",
    "haproxy",
    "haproxy_without",
    "hosts_without",
    "k0s",
    "k0s_without",
    "k3s",
    "k3s_without",
    "keepalived",
    "keepalived_without",
    "kube_apiserver_endpoint_without",
    "kubeadm",
    "kubeadm_without",
    "nginx",
    "nginx_without",
    "upgrade",
];

/// A playbook with everything it needs.
#[derive(Clone, Debug, Default)]
pub struct Generated {
    /// `site.yml`: the plays, one per phase.
    pub playbook: Playbook,
    /// The playbooks beside it, such as `reset.yml`, by file name.
    pub books: Vec<(&'static str, Playbook)>,
    /// The files beside the playbook: paths relative to its folder, and contents.
    pub files: Vec<(PathBuf, Cow<'static, str>)>,
    /// Computed variables of each host; see [`COMPUTED`].
    pub variables: IndexMap<Arc<str>, IndexMap<Arc<str>, Value>>,
}

impl Generated {
    pub(crate) fn play(&mut self, play: Play) {
        self.playbook.plays.push(Arc::new(play));
    }

    /// Adds a playbook beside `site.yml`; `about` says in a comment at its head what it is for and what it is given.
    pub fn book(&mut self, name: &'static str, about: &str, plays: impl IntoIterator<Item = Play>) {
        let book = Playbook {
            about: Some(about.into()),
            plays: plays.into_iter().map(Arc::new).collect(),
            ..Playbook::default()
        };
        self.books.push((name, book));
    }

    pub(crate) fn template(&mut self, name: &str, text: impl Into<Cow<'static, str>>) {
        let path = PathBuf::from("templates").join(name);
        if !self.files.iter().any(|(known, _)| *known == path) {
            self.files.push((path, text.into()));
        }
    }

    /// A file beside the playbook that no host gets.
    pub(crate) fn file(&mut self, name: &str, text: String) {
        self.files.push((PathBuf::from(name), text.into()));
    }

    pub(crate) fn variable(&mut self, host: &Arc<str>, name: &str, value: Value) {
        self.variables
            .entry(Arc::clone(host))
            .or_default()
            .insert(name.into(), value);
    }
}
