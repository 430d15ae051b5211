//! A reference cluster's hosts, as its inventory has them.

use std::path::PathBuf;
use std::time::Instant;

use evenkeel::topology;
use evenkeel_tests::command;
use evenkeel_tests::events::Events;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::reference;
use evenkeel_tests::reference::Reference;

/// The booted cluster.
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) fleet: Fleet,
    pub(crate) model: topology::Cluster,
    inventory: PathBuf,
    options: Vec<String>,
}

impl Cluster {
    /// Boots the hosts of `inventories/NAME` with the stand-ins; nothing, with a message, where that is not possible.
    pub(crate) fn boot(name: &str, options: &[&str]) -> Option<Cluster> {
        let extra: Vec<&str> = options.iter().copied().filter(|option| *option != "-e").collect();
        let reference = Reference::of(name, &extra).unwrap();
        let fleet = reference.boot().unwrap()?;
        let mut options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let mut set = |variable: String| options.extend(["-e".to_owned(), variable]);
        set(format!(
            "etcd_cert_dir={}",
            fleet.directory().join("credentials").display()
        ));
        if let Some((name, value)) = reference::connections() {
            set(format!("{name}={value}"));
        }
        Some(Cluster {
            name: name.to_owned(),
            fleet,
            model: reference.model().clone(),
            inventory: reference.inventory().to_owned(),
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
        let inventory = self.inventory.to_string_lossy();
        let mut arguments = vec![subcommand, "-i", &inventory, "-u", "root"];
        arguments.extend(options);
        arguments.extend(self.options.iter().map(String::as_str));
        let ran = command::evenkeel(&self.fleet, &arguments).unwrap();
        let told = || format!("{}{:#?}", ran.stderr, ran.events.failures());
        assert_eq!(ran.events.defects, Vec::<serde_json::Value>::new(), "{}", told());
        assert_eq!(ran.code, code, "{subcommand} {options:?}: {}", told());
        ran.events
    }

    /// Runs `evenkeel verify`: its exit code, and what it shows to people.
    pub(crate) fn verified(&self) -> (i32, String) {
        let inventory = self.inventory.to_string_lossy();
        let mut arguments = vec!["verify", "-i", &inventory, "-u", "root"];
        arguments.extend(self.options.iter().map(String::as_str));
        let (code, shown, aside) = command::as_people(&self.fleet, &arguments).unwrap();
        (code, shown + &aside)
    }

    /// A host by its name.
    pub(crate) fn host(&self, name: &str) -> &Host {
        self.fleet.host(name)
    }
}
