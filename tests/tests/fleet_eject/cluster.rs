//! A cluster of etcd's members, three of which are masters, and a node with a load balancer and a proxy of etcd.

use std::fs;
use std::path::PathBuf;

use evenkeel_tests::command;
use evenkeel_tests::events::Events;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::reference::eventually;

/// The exit code of a run that could not reach a host.
pub(crate) const UNREACHABLE: i32 = 4;

const ETCDCTL: &str = "ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/ssl/etcd/ssl/ca.pem \
                       --cert=/etc/ssl/etcd/ssl/node-$(hostname).pem --key=/etc/ssl/etcd/ssl/node-$(hostname)-key.pem";

/// The booted cluster; its inventory loses who leaves.
pub(crate) struct Cluster {
    pub(crate) fleet: Fleet,
    hosts: Vec<(&'static str, &'static str)>,
}

impl Cluster {
    pub(crate) fn boot(hosts: &[(&'static str, &'static str)]) -> Option<Cluster> {
        let specs: Vec<_> = hosts
            .iter()
            .map(|(name, address)| HostSpec::stocked(name, address))
            .collect();
        let fleet = Fleet::for_test(&specs)?;
        let hosts = hosts.to_vec();
        Some(Cluster { fleet, hosts })
    }

    fn inventory(&self) -> PathBuf {
        let path = self.fleet.directory().join("hosts.ini");
        let group = |name: &str, first: &[char]| {
            let hosts = self.hosts.iter().filter(|(host, _)| host.starts_with(first));
            let hosts: String = hosts.map(|(host, ip)| format!("{host} ip={ip}\n")).collect();
            format!("[{name}]\n{hosts}")
        };
        let groups = [
            group("kube_control_plane", &['m']),
            group("etcd", &['m', 'e']),
            group("kube_node", &['w']),
        ];
        let settings = "[all:vars]\nansible_host={{ ip }}\nansible_user=root\netcd_cert_dir={{ inventory_dir }}/certificates\n";
        fs::write(&path, groups.concat() + settings).unwrap();
        path
    }

    fn evenkeel(&self, arguments: &[&str], code: i32) -> Events {
        let inventory = self.inventory().display().to_string();
        let arguments = [arguments, &["-i", &inventory]].concat();
        let ran = command::evenkeel(&self.fleet, &arguments).unwrap();
        let told = || format!("{}{:#?}", ran.stderr, ran.events.failures());
        let lost = |defect: &&serde_json::Value| code == UNREACHABLE && defect["type"] == "host_lost";
        let defects: Vec<_> = ran.events.defects.iter().filter(|defect| !lost(defect)).collect();
        assert_eq!(defects, Vec::<&serde_json::Value>::new(), "{}", told());
        assert_eq!(ran.code, code, "{arguments:?}: {}", told());
        ran.events
    }

    pub(crate) fn converge(&self) {
        let inventory = self.inventory().display().to_string();
        command::plain(&self.fleet, &["certs", "-i", &inventory]).unwrap();
        self.evenkeel(&["apply", "--yes"], 0);
    }

    /// Has a controller leave; when it has, the inventory has it no more.
    pub(crate) fn eject(&mut self, node: &str, options: &[&str], code: i32) -> Events {
        let ran = self.evenkeel(&[&["eject", node, "--yes"], options].concat(), code);
        if code == 0 {
            self.hosts.retain(|(host, _)| *host != node);
        }
        ran
    }

    /// A controller that may not leave: nothing changes, and this is why.
    pub(crate) fn refused(&self, node: &str, code: i32) -> String {
        let ran = self.evenkeel(&["eject", node, "--yes"], code);
        assert_eq!(Cluster::changed(&ran), Vec::<&str>::new());
        let failures = ran.failures().into_iter();
        failures
            .map(|task| format!("{:?}", task.outcome.failure))
            .collect()
    }

    /// The tasks that changed a host.
    pub(crate) fn changed(ran: &Events) -> Vec<&str> {
        ran.changed()
            .into_iter()
            .map(|task| task.task.name.as_str())
            .collect()
    }

    /// What was warned of.
    pub(crate) fn warnings(ran: &Events) -> Vec<String> {
        let told = ran
            .tasks
            .iter()
            .filter(|task| task.task.name.starts_with("Warn") && task.outcome.status != "skipped");
        told.filter_map(|task| task.outcome.message.clone()).collect()
    }

    /// The names of the members, as one of them tells.
    pub(crate) fn members(&self, asked: &str) -> Vec<String> {
        let list = self
            .fleet
            .host(asked)
            .exec(&format!("{ETCDCTL} member list --write-out=simple"))
            .unwrap();
        let name = |line: &str| line.split(", ").nth(2).unwrap().to_owned();
        let mut names: Vec<String> = list.lines().map(name).collect();
        names.sort();
        names
    }

    /// Makes a member the leader.
    pub(crate) fn have_lead(&self, name: &str) {
        let list = format!("{ETCDCTL} member list --write-out=simple");
        let id = format!("$({list} | grep ', {name}, ' | cut -d, -f1)");
        let all = format!("$({list} | awk -F ', ' '{{ print $5 }}' | paste -s -d,)");
        let host = self.fleet.host(name);
        host.exec(&format!("{ETCDCTL} --endpoints={all} move-leader {id}"))
            .unwrap();
    }

    pub(crate) fn stop_etcd(&self, host: &str) {
        self.fleet.host(host).exec("systemctl stop etcd").unwrap();
    }

    /// Starts it, and waits until all members have a leader again.
    pub(crate) fn start_etcd(&self, name: &str) {
        let host = self.fleet.host(name);
        host.exec("systemctl start --no-block etcd").unwrap();
        if !self.members_down() {
            self.is_healthy(name);
        }
    }

    /// Waits until a member has a leader.
    pub(crate) fn is_healthy(&self, name: &str) {
        let host = self.fleet.host(name);
        eventually(&format!("etcd of {name} is healthy"), || {
            host.run(&format!("{ETCDCTL} endpoint health")).unwrap().code == 0
        });
    }

    /// Whether so many members are still stopped that none can be healthy.
    fn members_down(&self) -> bool {
        let masters = ["m1", "m2", "m3"].map(|name| self.fleet.host(name));
        let runs = |host: &&evenkeel_tests::fleet::Host| {
            host.run("systemctl is-active etcd").unwrap().stdout.trim() != "inactive"
        };
        masters.iter().filter(|host| runs(host)).count() < 2
    }

    /// The main process of w1's load balancer.
    pub(crate) fn balancer_started(&self) -> String {
        let ask = "systemctl show --property=MainPID nginx";
        self.fleet.host("w1").exec(ask).unwrap()
    }

    /// No other host knows it by name, lets it in, or sends clients to it.
    pub(crate) fn is_forgotten(&self, name: &str, address: &str) {
        for (other, _) in &self.hosts {
            let host = self.fleet.host(other);
            let names = host.read("/etc/hosts").unwrap();
            assert!(
                !names.contains(&format!("{address} {name}\n")),
                "{other}: {names}"
            );
            // What the others serve is not all known without a Kubernetes, so that they have no firewall of the role's.
            if other.starts_with('e') {
                let ask = "firewall-cmd --list-rich-rules && firewall-cmd --permanent --list-rich-rules";
                let rules = host.exec(ask).unwrap();
                assert!(rules.contains("\"192.0.2.21/32\""), "{other}: {rules}");
                assert!(!rules.contains(&format!("\"{address}/32\"")), "{other}: {rules}");
            }
        }
        let proxy = self
            .fleet
            .host("w1")
            .read("/etc/systemd/system/etcd-proxy.service")
            .unwrap();
        assert!(!proxy.contains(&format!("{address}:")), "{proxy}");
        let health = format!("{ETCDCTL} endpoint health");
        self.fleet.host("w1").exec(&health).unwrap();
    }

    /// The inventory without those who left describes what is there.
    pub(crate) fn nothing_is_left_to_change(&self) {
        let again = self.evenkeel(&["apply", "--yes"], 0);
        assert_eq!(Cluster::changed(&again), Vec::<&str>::new());
    }
}
