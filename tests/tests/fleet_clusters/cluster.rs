//! A reference cluster's hosts, as its inventory has them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use evenkeel::topology;
use evenkeel_tests::command;
use evenkeel_tests::events::Events;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::Image;
use evenkeel_tests::fleet::StandIns;
use rustix::process::Resource;
use rustix::process::getrlimit;

/// How long anything may take that happens eventually.
const PATIENCE: Duration = Duration::from_secs(120);

/// What HAProxy opens for the role's 20,000 connections: two files each, and some for itself.
const OPEN_FILES: u64 = 40_100;

/// The booted cluster.
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) fleet: Fleet,
    pub(crate) model: topology::Cluster,
    options: Vec<String>,
}

impl Cluster {
    /// Boots the hosts of `inventories/NAME` with the stand-ins; nothing, with a message, where that is not possible.
    pub(crate) fn boot(name: &str, options: &[&str]) -> Option<Cluster> {
        let model = model(name, options);
        let host = |node: &topology::Node| HostSpec::python(&node.name, &node.access.to_string());
        let hosts: Vec<HostSpec> = model.nodes.values().map(host).collect();
        assert!(hosts.iter().all(|host| host.image == Image::Python));
        let fleet = Fleet::for_test(&hosts)?;
        for host in fleet.hosts() {
            StandIns::install(&fleet, host.name()).unwrap();
        }
        let mut options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let mut set = |variable: String| options.extend(["-e".to_owned(), variable]);
        set(format!(
            "etcd_cert_dir={}",
            fleet.directory().join("credentials").display()
        ));
        // Hosts get no more open files than this machine has.
        if getrlimit(Resource::Nofile)
            .maximum
            .is_some_and(|limit| limit < OPEN_FILES)
        {
            set("haproxy_maxconn=4000".to_owned());
        }
        Some(Cluster {
            name: name.to_owned(),
            fleet,
            model,
            options,
        })
    }

    /// Forecast, run, second run: nothing unforeseen, and nothing left to do.
    pub(crate) fn converge(&self) {
        let began = Instant::now();
        self.evenkeel("plan", &[], 0);
        let applied = self.evenkeel("apply", &["--yes"], 0);
        println!(
            "{}: {} changes in {} s",
            self.name,
            applied.changed().len(),
            began.elapsed().as_secs()
        );
        let again = self.evenkeel("apply", &["--yes"], 0);
        assert_eq!(
            again.changed(),
            Vec::<&_>::new(),
            "the second run changes nothing"
        );
        self.evenkeel("plan", &["--exit-code"], 0);
    }

    /// Runs `evenkeel SUBCOMMAND` on the inventory; it must end with a code, and keep every promise.
    pub(crate) fn evenkeel(&self, subcommand: &str, options: &[&str], code: i32) -> Events {
        let inventory = folder(&self.name);
        let inventory = inventory.to_string_lossy();
        let mut arguments = vec![subcommand, "-i", &inventory, "-u", "root"];
        arguments.extend(options);
        arguments.extend(self.options.iter().map(String::as_str));
        let ran = command::evenkeel(&self.fleet, &arguments).unwrap();
        let told = || format!("{}{:#?}", ran.stderr, ran.events.failures());
        assert_eq!(ran.events.defects, Vec::<serde_json::Value>::new(), "{}", told());
        assert_eq!(ran.code, code, "{subcommand} {options:?}: {}", told());
        ran.events
    }

    /// A host by its name.
    pub(crate) fn host(&self, name: &str) -> &Host {
        self.fleet.host(name)
    }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../inventories")
        .join(name)
}

fn model(name: &str, options: &[&str]) -> topology::Cluster {
    let project = evenkeel::Project::new(Arc::new(evenkeel::Disk)).inventory(folder(name).to_string_lossy());
    let extra = options.iter().filter(|option| **option != "-e");
    let project = extra.fold(project, |project, vars| project.extra(*vars));
    project.without_playbook().load().unwrap().cluster.unwrap()
}

/// Waits for something that must happen, with generous patience.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "not within {} s: {what}",
            PATIENCE.as_secs()
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}
