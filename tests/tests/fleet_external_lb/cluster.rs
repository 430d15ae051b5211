//! The hosts of `inventories/external-lb`, with stand-ins for the API servers.

use std::time::Duration;

use evenkeel_tests::command;
use evenkeel_tests::events::Events;
use evenkeel_tests::fleet::ApiServer;
use evenkeel_tests::fleet::Client;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::Image;
use evenkeel_tests::fleet::Readiness;
use evenkeel_tests::fleet::Requests;
use evenkeel_tests::reference;
use evenkeel_tests::reference::eventually;

const INVENTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../inventories/external-lb");

/// The inventory's hosts.
const HOSTS: [(&str, &str); 7] = [
    ("lb1", "192.0.2.11"),
    ("lb2", "192.0.2.12"),
    ("m1", "192.0.2.21"),
    ("m2", "192.0.2.22"),
    ("m3", "192.0.2.23"),
    ("w1", "192.0.2.31"),
    ("w2", "192.0.2.32"),
];
pub(crate) const MASTERS: [&str; 3] = ["m1", "m2", "m3"];
pub(crate) const VIP: &str = "192.0.2.100";

/// The booted cluster.
pub(crate) struct Cluster {
    pub(crate) fleet: Fleet,
    image: Image,
    servers: std::cell::RefCell<Vec<(String, ApiServer)>>,
}

impl Cluster {
    /// Boots the hosts; nothing, with a message, where that is not possible.
    pub(crate) fn boot(image: Image) -> Option<Cluster> {
        let host = |(name, address): &(&str, &str)| HostSpec {
            name: (*name).to_owned(),
            address: address.parse().unwrap(),
            image,
        };
        let hosts: Vec<_> = HOSTS.iter().map(host).collect();
        let fleet = Fleet::for_test(&hosts)?;
        let start = |name: &&str| {
            (
                (*name).to_owned(),
                ApiServer::start(&fleet, fleet.host(name), 6443).unwrap(),
            )
        };
        let servers = MASTERS.iter().map(start).collect();
        Some(Cluster {
            servers: std::cell::RefCell::new(servers),
            fleet,
            image,
        })
    }

    /// Whether the packages were there before: what takes long and is the same on converged hosts is tested there only.
    pub(crate) fn is_stocked(&self) -> bool {
        self.image == Image::Stocked
    }

    /// What the hosts are, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.image {
            Image::Bare | Image::Fresh | Image::Python | Image::Suite => "fresh hosts",
            Image::Stocked => "hosts with the packages",
        }
    }

    /// Runs `evenkeel SUBCOMMAND` on the inventory; it must end with a code, and keep every promise.
    pub(crate) fn evenkeel(&self, subcommand: &str, options: &[&str], code: i32) -> Events {
        let mut arguments = vec![subcommand, "-i", INVENTORY, "-u", "root"];
        arguments.extend(options);
        let fewer = reference::connections().map(|(name, value)| format!("{name}={value}"));
        if let Some(fewer) = &fewer {
            arguments.extend(["-e", fewer]);
        }
        let ran = command::evenkeel(&self.fleet, &arguments).unwrap();
        let told = || format!("{}{:#?}", ran.stderr, ran.events.failures());
        assert_eq!(ran.events.defects, Vec::<serde_json::Value>::new(), "{}", told());
        assert_eq!(ran.code, code, "{subcommand} {options:?}: {}", told());
        ran.events
    }

    /// Runs `evenkeel verify` as a person would; it must end with a code. What it printed.
    pub(crate) fn verify(&self, options: &[&str], code: i32) -> String {
        let (ended, shown) = self.verified(options);
        assert_eq!(ended, code, "verify {options:?}: {shown}");
        shown
    }

    /// The same, however it ends.
    pub(crate) fn verified(&self, options: &[&str]) -> (i32, String) {
        let mut arguments = vec!["verify", "-i", INVENTORY, "-u", "root"];
        arguments.extend(options);
        let (code, shown, aside) = command::as_people(&self.fleet, &arguments).unwrap();
        (code, shown + &aside)
    }

    /// Runs `evenkeel verify` until it has shown enough, and interrupts it: exit code, and what it printed.
    pub(crate) fn watch(&self, options: &[&str], enough: impl Fn(&str) -> bool) -> (i32, String) {
        let mut arguments = vec!["verify", "-i", INVENTORY, "-u", "root"];
        arguments.extend(options);
        command::until(&self.fleet, &arguments, enough).unwrap()
    }

    pub(crate) fn balancers(&self) -> [&Host; 2] {
        ["lb1", "lb2"].map(|name| self.fleet.host(name))
    }

    /// The load balancers that have the address.
    pub(crate) fn holders(&self) -> Vec<&str> {
        let has_it = |host: &&Host| {
            let addresses = host.exec("ip -o -4 addr show dev eth0").unwrap();
            addresses.contains(&format!(" {VIP}/"))
        };
        let up = self.balancers().into_iter().filter(|host| host.runs());
        up.filter(has_it).map(Host::name).collect()
    }

    /// The one load balancer that has the address, once it is one.
    pub(crate) fn holder(&self) -> &str {
        eventually("one load balancer has the address", || self.holders().len() == 1);
        self.holders()[0]
    }

    /// A client of the address; a request fails after `timeout`.
    pub(crate) fn client(&self, timeout: Duration) -> Client {
        let url = format!("https://{VIP}:6443/readyz");
        Client::start(&self.fleet, &url, Duration::from_millis(50), timeout).unwrap()
    }

    /// The address is on one load balancer, and all masters answer through it.
    pub(crate) fn serves_from_one_address(&self) {
        self.answers_through_it("every master answers", |requests| {
            requests.answered_by().len() == MASTERS.len()
        });
    }

    /// The address is on one load balancer, and requests through it are answered. Not by every master: a connection whose
    /// client has gone without a word counts for `leastconn`, and one client at a time is sent to the others.
    pub(crate) fn still_serves(&self) {
        self.answers_through_it("twenty requests are answered", |requests| {
            requests.answered_by().values().sum::<usize>() >= 20
        });
    }

    fn answers_through_it(&self, what: &str, holds: impl Fn(&Requests) -> bool) {
        self.holder();
        let client = self.client(Duration::from_secs(5));
        eventually(&format!("{what} through the address"), || {
            holds(&client.requests().unwrap())
        });
        assert_eq!(self.holders().len(), 1);
    }

    /// No file of a run is left on any host.
    pub(crate) fn keeps_nothing_of_ours(&self) {
        for host in self.fleet.hosts() {
            let left = host
                .exec("ls -d /run/evenkeel /var/lib/evenkeel 2>/dev/null || :")
                .unwrap();
            assert_eq!(left, "", "left on {}", host.name());
        }
    }

    /// Begins a master's stand-in again.
    pub(crate) fn start_master(&self, name: &str) {
        let server = ApiServer::start(&self.fleet, self.fleet.host(name), 6443).unwrap();
        self.servers.borrow_mut().push((name.to_owned(), server));
    }

    /// Changes what a master's stand-in answers to `/readyz`.
    pub(crate) fn master_answers(&self, name: &str, readiness: Readiness) {
        let servers = self.servers.borrow();
        let server = servers.iter().find(|(server, _)| server == name).unwrap();
        server.1.answer(readiness).unwrap();
    }

    /// Ends a master's stand-in, as a crash would.
    pub(crate) fn stop_master(&self, name: &str) {
        let mut servers = self.servers.borrow_mut();
        let index = servers.iter().position(|(server, _)| server == name).unwrap();
        servers.remove(index).1.stop();
    }
}
