//! Booted hosts with an inventory and its playbooks.

use evenkeel_tests::command;
use evenkeel_tests::events::Events;
use evenkeel_tests::fleet::Fleet;

use crate::state;
use crate::state::States;

/// The booted hosts, with an inventory for them.
pub(crate) struct Cluster {
    pub(crate) fleet: Fleet,
    /// The inventory's hosts, and its variables without the version.
    pub(crate) described: (&'static str, &'static str),
}

impl Cluster {
    /// Runs `evenkeel`; it must end with a code, and keep every promise.
    pub(crate) fn evenkeel(&self, arguments: &[&str], code: i32) -> Events {
        let arguments = [&arguments[..1], &["-i", "inventory"], &arguments[1..]].concat();
        let ran = command::evenkeel(&self.fleet, &arguments).unwrap();
        let told = || format!("{arguments:?}: {}{:#?}", ran.stderr, ran.events.failures());
        assert_eq!(ran.events.defects, Vec::<serde_json::Value>::new(), "{}", told());
        assert_eq!(ran.code, code, "{}", told());
        ran.events
    }

    /// Describes the cluster with a version and perhaps more, and writes out its playbooks.
    pub(crate) fn describe(&self, version: &str, more: &str) {
        let folder = self.fleet.directory().join("inventory");
        std::fs::create_dir_all(folder.join("group_vars")).unwrap();
        let (hosts, variables) = self.described;
        std::fs::write(folder.join("hosts.ini"), hosts).unwrap();
        let variables = format!("kube_version: {version}\n{variables}{more}");
        std::fs::write(folder.join("group_vars/all.yml"), variables).unwrap();
        self.alone(&["generate", "-i", "inventory", "-o", "playbooks"]);
    }

    /// Runs a command of `evenkeel` that asks no host.
    pub(crate) fn alone(&self, arguments: &[&str]) {
        let program = command::program().unwrap();
        let mut program = self.fleet.controller(&program.display().to_string());
        let output = program
            .current_dir(self.fleet.directory())
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    pub(crate) fn states(&self) -> States {
        let hosts = self.fleet.hosts().iter();
        hosts
            .map(|host| (host.name().to_owned(), state::state(host)))
            .collect()
    }

    /// The reset brings back what was before, and a second one finds nothing to do.
    pub(crate) fn is_taken_away(&self, before: &States) {
        let confirmed = ["apply", "--yes", "-e", "confirm=yes", "playbooks/reset.yml"];
        self.evenkeel(&confirmed, 0);
        for host in self.fleet.hosts() {
            let runs = host.exec("systemctl is-active etcd || :").unwrap();
            assert_ne!(runs.trim(), "active", "etcd on {}", host.name());
        }
        self.is_as(before);
        self.has_nothing_to_do(&confirmed);
    }

    /// Nothing differs from before but what may.
    pub(crate) fn is_as(&self, before: &States) {
        let after = self.states();
        let different: Vec<String> = before
            .iter()
            .flat_map(|(host, before)| {
                let different = state::differences(before, &after[host]);
                different.into_iter().map(move |line| format!("{host}: {line}"))
            })
            .collect();
        assert!(different.is_empty(), "{}", different.join("\n"));
    }

    /// A run finds everything done.
    pub(crate) fn has_nothing_to_do(&self, arguments: &[&str]) {
        let again = self.evenkeel(arguments, 0);
        assert_eq!(again.changed(), Vec::<&_>::new(), "what is done is left alone");
    }
}
