//! `upgrade.yml` and `reset.yml` on real hosts: a cluster of kubeadm's stand-in with real etcd behind real load balancers
//! gets newer versions while a client goes on asking, and is taken away again.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests that say what they measured"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use evenkeel_tests::command;
use evenkeel_tests::events::Events;
use evenkeel_tests::fleet::Client;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::StandIns;

const BALANCERS: [&str; 2] = ["lb1", "lb2"];
const NODES: [&str; 4] = ["m1", "m2", "w1", "w2"];
/// Those with a member of etcd; the other one has a proxy.
const MEMBERS: [&str; 3] = ["m1", "m2", "w1"];

const HOSTS: &str = "\
[loadbalancer]
lb1 ansible_host=192.0.2.11
lb2 ansible_host=192.0.2.12
[kube_control_plane]
m1 ansible_host=192.0.2.21
m2 ansible_host=192.0.2.22
[kube_node]
w1 ansible_host=192.0.2.31
w2 ansible_host=192.0.2.32
[etcd]
m1
m2
w1
[k8s_cluster:children]
kube_control_plane
kube_node
";

const VARIABLES: &str = "\
ansible_user: root
kube_distribution: kubeadm
loadbalancer_apiserver:
  address: 192.0.2.100
  port: 6443
loadbalancer_apiserver_prefix: 24
keepalived_interface: eth0
haproxy_maxconn: 2000
etcd_cert_dir: \"{{ inventory_dir }}/../certificates\"
";

/// Debian's packages are offered in a newer version than those that are installed: the same files under another number.
const NEWER: &str = "\
set -e
mkdir -p /srv/newer && cd /srv/newer
for name in NAMES; do
  dpkg-deb -R /srv/apt/${name}_*.deb tree
  sed -i 's/^Version: .*/&+newer1/' tree/DEBIAN/control
  dpkg-deb -Znone -b tree $name.deb >/dev/null
  { cat tree/DEBIAN/control; echo Filename: ./$name.deb; echo Size: $(stat -c %s $name.deb)
    echo SHA256: $(sha256sum <$name.deb | cut -d' ' -f1); echo; } >>Packages
  rm -r tree
done
echo 'deb [trusted=yes] file:/srv/newer ./' >/etc/apt/sources.list.d/newer.list
";

/// What a reset has to bring back: units, users, and files with their content, but not when they were written.
const STATE: &str = r#"
systemctl list-unit-files --no-legend --plain | grep -v ^session- | awk '{ print "unit file " $1 "\t" $2 }'
systemctl list-units --no-legend --plain --type=service | awk '{ print "service " $1 "\t" $3 " " $4 }' | grep -Ev '^service (user|apt-|dpkg-|systemd-tmpfiles|systemd-hostnamed|systemd-timedated)'
getent passwd | sed 's/^/user /; s/:/\t/'
getent group | sed 's/^/group /; s/:/\t/'
ip -o -4 addr | awk '{ print "address " $2 " " $4 "\t-" }'
cd /; find etc opt root srv usr/local var/lib home -path srv -o -path var/lib/apt -prune -o -path var/lib/dpkg -prune -o ! -type d -printf '%p\t%y %m %U %G %l\n' | sed 's/^/file /'
find etc opt root usr/local var/lib home -path var/lib/apt -prune -o -path var/lib/dpkg -prune -o -type d -printf 'folder %p\t%m %U %G\n'
find etc usr/local -type f -exec sha256sum {} + | awk '{ print "content " $2 "\t" $1 }'
"#;

/// What may differ afterwards, and why; of names that end with a slash, everything below.
const STAYS: &[(&[&str], &str)] = &[
    (
        &[
            "unit file firewalld.service",
            "unit file dbus-org.fedoraproject.FirewallD1.service",
            "service firewalld.service",
            "service polkit.service",
            "file etc/systemd/system/multi-user.target.wants/firewalld.service",
            "file etc/systemd/system/dbus-org.fedoraproject.FirewallD1.service",
            "file etc/firewalld/",
            "content etc/firewalld/",
        ],
        "firewalld goes on, and zones that were changed are files of it",
    ),
    (
        &[
            "file etc/haproxy/haproxy.cfg",
            "content etc/haproxy/haproxy.cfg",
            "file etc/keepalived/keepalived.conf",
            "content etc/keepalived/keepalived.conf",
            "file etc/nginx/nginx.conf",
            "content etc/nginx/nginx.conf",
            "file etc/default/etcd",
            "content etc/default/etcd",
        ],
        "the packages' own were replaced, and what replaced them is gone",
    ),
    (
        &[
            "unit file kubelet.service",
            "service kubelet.service",
            "file etc/systemd/system/multi-user.target.wants/kubelet.service",
        ],
        "its package had enabled it; nothing is left that it could run",
    ),
    (
        &["folder etc/systemd/system/etcd.service.d"],
        "others may have settings there too",
    ),
    (
        &["folder etc/rancher", "folder var/lib/rancher"],
        "Rancher's other programs have theirs there too",
    ),
    (
        &["folder var/lib/kubelet", "folder var/lib/etcd"],
        "kubeadm reset empties them",
    ),
    (
        &[
            "content etc/group-",
            "content etc/gshadow-",
            "content etc/passwd-",
            "content etc/shadow-",
        ],
        "what was before the last change of a user",
    ),
    (
        &[
            "file root/.kube/cache/",
            "folder root/.kube/",
            "folder root/.kube",
        ],
        "kubectl's own notes",
    ),
    (
        &[
            "file var/lib/haproxy/dev/log",
            "file var/lib/systemd/",
            "folder var/lib/systemd/",
        ],
        "the programs' own",
    ),
    (
        &[
            "file etc/apt/",
            "content etc/apt/",
            "file srv/newer/",
            "folder var/lib/stand-ins",
            "folder var/lib/stand-ins/",
            "file usr/local/lib/stand-ins/",
            "content usr/local/lib/stand-ins/",
            "folder usr/local/lib/stand-ins/",
        ],
        "the test's own",
    ),
];

/// The booted hosts, with an inventory for them.
struct Cluster {
    fleet: Fleet,
    /// The inventory's hosts, and its variables without the version.
    described: (&'static str, &'static str),
}

impl Cluster {
    /// Runs `evenkeel`; it must end with a code, and keep every promise.
    fn evenkeel(&self, arguments: &[&str], code: i32) -> Events {
        let arguments = [&arguments[..1], &["-i", "inventory"], &arguments[1..]].concat();
        let ran = command::evenkeel(&self.fleet, &arguments).unwrap();
        let told = || format!("{arguments:?}: {}{:#?}", ran.stderr, ran.events.failures());
        assert_eq!(ran.events.defects, Vec::<serde_json::Value>::new(), "{}", told());
        assert_eq!(ran.code, code, "{}", told());
        ran.events
    }

    /// Describes the cluster with a version and perhaps more, and writes out its playbooks.
    fn describe(&self, version: &str, more: &str) {
        let folder = self.fleet.directory().join("inventory");
        std::fs::create_dir_all(folder.join("group_vars")).unwrap();
        let (hosts, variables) = self.described;
        std::fs::write(folder.join("hosts.ini"), hosts).unwrap();
        let variables = format!("kube_version: {version}\n{variables}{more}");
        std::fs::write(folder.join("group_vars/all.yml"), variables).unwrap();
        self.alone(&["generate", "-i", "inventory", "-o", "playbooks"]);
    }

    /// Runs a command of `evenkeel` that asks no host.
    fn alone(&self, arguments: &[&str]) {
        let program = command::program().unwrap();
        let mut program = self.fleet.controller(&program.display().to_string());
        let output = program
            .current_dir(self.fleet.directory())
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn states(&self) -> BTreeMap<String, BTreeMap<String, String>> {
        let hosts = self.fleet.hosts().iter();
        hosts.map(|host| (host.name().to_owned(), state(host))).collect()
    }
}

fn state(host: &Host) -> BTreeMap<String, String> {
    let answer = host.exec(STATE).unwrap();
    let lines = answer.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// What differs and is not in the list of what stays.
fn differences(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let names: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let stays = |name: &str| {
        STAYS
            .iter()
            .any(|(names, _)| names.iter().any(|known| covers(known, name)))
    };
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name) && !stays(name))
        .map(|name| format!("{name}: {:?} -> {:?}", before.get(name), after.get(name)))
        .collect()
}

fn covers(known: &str, name: &str) -> bool {
    name == known || known.ends_with('/') && name.starts_with(known)
}

/// Boots the hosts, with the old packages of kubeadm on the nodes.
fn boot() -> Option<Cluster> {
    let hosts = [
        HostSpec::stocked("lb1", "192.0.2.11"),
        HostSpec::stocked("lb2", "192.0.2.12"),
        HostSpec::stocked("m1", "192.0.2.21"),
        HostSpec::stocked("m2", "192.0.2.22"),
        HostSpec::stocked("w1", "192.0.2.31"),
        HostSpec::stocked("w2", "192.0.2.32"),
    ];
    let fleet = Fleet::for_test(&hosts)?;
    let packages = "DEBIAN_FRONTEND=noninteractive apt-get -q -y install kubeadm=1.31.0-1.1 kubelet=1.31.0-1.1 \
                    kubectl=1.31.0-1.1 >/dev/null";
    for name in NODES {
        StandIns::install(&fleet, name).unwrap();
        fleet.host(name).exec(packages).unwrap();
    }
    Some(Cluster {
        fleet,
        described: (HOSTS, VARIABLES),
    })
}

/// A newer version of packages is offered from now on.
fn offer(host: &Host, names: &str) {
    host.exec(&NEWER.replace("NAMES", names)).unwrap();
}

#[test]
#[ignore = "long"]
fn a_cluster_is_upgraded_without_an_outage_and_taken_away() {
    let Some(cluster) = boot() else { return };
    cluster.describe("1.31.0", "");
    cluster.alone(&["certs", "-i", "inventory"]);
    let before = cluster.states();
    cluster.evenkeel(&["apply", "--yes", "playbooks/site.yml"], 0);

    upgraded(&cluster);
    taken_away(&cluster, &before);
}

fn upgraded(cluster: &Cluster) {
    let fleet = &cluster.fleet;
    for name in BALANCERS {
        offer(fleet.host(name), "haproxy");
    }
    for name in NODES {
        offer(fleet.host(name), "etcd-server");
    }
    let authority = fleet.directory().join("authority");
    std::fs::write(
        &authority,
        fleet.host("m1").read("/etc/kubernetes/pki/ca.crt").unwrap(),
    )
    .unwrap();
    let (every, timeout) = (Duration::from_millis(100), Duration::from_secs(8));
    let url = "https://192.0.2.100:6443/readyz";
    let client = Client::trusting(fleet, &authority, url, every, timeout).unwrap();

    cluster.describe("1.31.1", "");
    let started = |name: &str, unit: &str| {
        let ask = format!("systemctl show --property=ExecMainStartTimestampMonotonic --value {unit}");
        fleet.host(name).exec(&ask).unwrap()
    };
    let etcd = MEMBERS.map(|name| started(name, "etcd"));
    let proxy = started("w2", "etcd-proxy");
    let upgraded = cluster.evenkeel(&["apply", "--yes", "playbooks/upgrade.yml"], 0);

    let requests = client.finish().unwrap();
    let failed: Vec<_> = requests.failed().into_iter().collect();
    println!(
        "{} requests, {} failed; answered by {:?}",
        requests.all.len(),
        failed.len(),
        requests.answered_by()
    );
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(requests.answered_by().len(), 2, "both masters have answered");

    for name in BALANCERS {
        let version = fleet
            .host(name)
            .exec("dpkg-query -W -f '${Version}' haproxy")
            .unwrap();
        assert!(version.ends_with("+newer1"), "{version}");
    }
    let nodes =
        "KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes --no-headers | awk '{ print $1, $2, $5 }'";
    assert_eq!(
        fleet.host("m2").exec(nodes).unwrap(),
        "m1 Ready v1.31.1\nm2 Ready v1.31.1\nw1 Ready v1.31.1\nw2 Ready v1.31.1\n"
    );
    for (name, before) in MEMBERS.iter().zip(etcd) {
        assert_ne!(started(name, "etcd"), before, "etcd was restarted on {name}");
        let host = fleet.host(name);
        host.exec("test -s /var/lib/etcd/before-upgrade.db").unwrap();
    }
    assert_ne!(started("w2", "etcd-proxy"), proxy, "the proxy is the new program");
    for name in NODES {
        let host = fleet.host(name);
        host.exec("test ! -e /etc/kubernetes/drained-for-upgrade")
            .unwrap();
        let versions = host
            .exec("dpkg-query -W -f '${Version} ' etcd-server kubeadm kubectl kubelet")
            .unwrap();
        assert!(
            versions.ends_with("+newer1 1.31.1-1.1 1.31.1-1.1 1.31.1-1.1 "),
            "{versions}"
        );
    }
    let emptied = ["Let the pods go elsewhere", "Let pods onto the node again"];
    let one_by_one = NODES.iter().flat_map(|name| emptied.map(|task| (task, *name)));
    assert_eq!(did(&upgraded, &emptied), one_by_one.collect::<Vec<_>>());

    let calls = |name: &str| {
        let calls = StandIns::install(fleet, name).unwrap().calls("kubeadm").unwrap();
        let upgrades = calls.into_iter().map(|call| call.argv.join(" "));
        upgrades
            .filter(|call| call.starts_with("upgrade"))
            .collect::<Vec<_>>()
    };
    assert_eq!(calls("m1"), ["upgrade apply v1.31.1 --yes"]);
    assert_eq!(calls("m2"), ["upgrade node"]);
    assert_eq!(calls("w1"), ["upgrade node"]);
    assert_eq!(calls("w2"), ["upgrade node"]);

    let again = cluster.evenkeel(&["apply", "--yes", "playbooks/upgrade.yml"], 0);
    assert_eq!(
        again.changed(),
        Vec::<&_>::new(),
        "what is new already is left alone"
    );
}

/// Which of some tasks changed which host, in order.
fn did<'e>(events: &'e Events, names: &[&str]) -> Vec<(&'e str, &'e str)> {
    let changed = events.changed().into_iter();
    let changed = changed.map(|task| (task.task.name.as_str(), task.host.as_str()));
    changed.filter(|(name, _)| names.contains(name)).collect()
}

fn taken_away(cluster: &Cluster, before: &BTreeMap<String, BTreeMap<String, String>>) {
    let unconfirmed = cluster.evenkeel(&["apply", "--yes", "playbooks/reset.yml"], 2);
    assert_eq!(unconfirmed.changed(), Vec::<&_>::new());
    assert!(cluster.fleet.reaches("192.0.2.100:6443"));
    gone(cluster, before);
    assert!(!cluster.fleet.reaches("192.0.2.11:6443"));
}

/// The reset brings back what was before, and a second one finds nothing to do.
fn gone(cluster: &Cluster, before: &BTreeMap<String, BTreeMap<String, String>>) {
    let confirmed = ["apply", "--yes", "-e", "confirm=yes", "playbooks/reset.yml"];
    cluster.evenkeel(&confirmed, 0);
    let after = cluster.states();
    let different: Vec<String> = before
        .iter()
        .flat_map(|(host, before)| {
            let different = differences(before, &after[host]);
            different.into_iter().map(move |line| format!("{host}: {line}"))
        })
        .collect();
    assert!(different.is_empty(), "{}", different.join("\n"));

    let again = cluster.evenkeel(&confirmed, 0);
    assert_eq!(
        again.changed(),
        Vec::<&_>::new(),
        "what is gone already is left alone"
    );
}

const TWO: &str = "\
[kube_control_plane]
m1 ansible_host=192.0.2.21
[kube_node]
w1 ansible_host=192.0.2.31
[k8s_cluster:children]
kube_control_plane
kube_node
";

/// A Kubernetes that is one program: where its stand-in lies, and its version there and a later one.
struct Program {
    name: &'static str,
    variables: &'static str,
    version: &'static str,
    /// What the kubelet of that says.
    kubelet: &'static str,
    later: &'static str,
    units: [&'static str; 2],
    /// Asks for the versions of the nodes.
    nodes: &'static str,
    seen: &'static str,
}

/// Has it end at once on workers.
const BROKEN: &str = "if {'agent', 'worker'} & set(sys.argv[1:2]):\n    sys.exit('broken')\n";

const K3S: Program = Program {
    name: "k3s",
    variables: "ansible_user: root\nkube_distribution: k3s\nk3s_token: secret\nloadbalancer_apiserver_check: readyz-or-401\n",
    version: "1.31.0+k3s1",
    kubelet: "1.31.0+k3s1",
    later: "1.31.1+k3s1",
    units: ["k3s", "k3s-agent"],
    nodes: "k3s kubectl get nodes --no-headers | awk '{ print $1, $2, $5 }'",
    seen: "m1 Ready v1.31.1+k3s1\nw1 Ready v1.31.1+k3s1\n",
};

const K0S: Program = Program {
    name: "k0s",
    variables: "ansible_user: root\nkube_distribution: k0s\nkube_network_plugin: kube-router\n",
    version: "1.34.1+k0s.0",
    kubelet: "1.34.1+k0s",
    later: "1.34.2+k0s.0",
    units: ["k0scontroller", "k0sworker"],
    nodes: "k0s kubectl get nodes --no-headers | awk '{ print $1, $2, $5 }'",
    seen: "w1 Ready v1.34.2+k0s\n",
};

#[test]
fn k3s_is_replaced_and_taken_away() {
    replaced_and_taken_away(&K3S);
}

/// k0s' unit counts as started at once: it is the cluster that never hears of the new kubelet, for three minutes.
#[test]
#[ignore = "long"]
fn k0s_is_replaced_and_taken_away() {
    replaced_and_taken_away(&K0S);
}

fn replaced_and_taken_away(program: &Program) {
    let hosts = [
        HostSpec::stocked("m1", "192.0.2.21"),
        HostSpec::stocked("w1", "192.0.2.31"),
    ];
    let Some(fleet) = Fleet::for_test(&hosts) else {
        return;
    };
    let cluster = Cluster {
        fleet,
        described: (TWO, program.variables),
    };
    let fleet = &cluster.fleet;
    for host in fleet.hosts() {
        StandIns::install(fleet, host.name()).unwrap();
        host.exec("rm /usr/local/bin/k3s /usr/local/bin/k0s").unwrap();
    }
    let binary = |version: &str, broken: &str| {
        let stand_in = concat!(env!("CARGO_MANIFEST_DIR"), "/stand-ins/");
        let text = std::fs::read_to_string(format!("{stand_in}{}", program.name)).unwrap();
        let path = fleet
            .directory()
            .join(format!("{}-{version}", program.name).replace('+', "-"));
        assert!(text.contains(program.version));
        let text = text.replace(program.version, version);
        let text = text.replace("\nVERSION = ", &format!("\n{broken}VERSION = "));
        std::fs::write(&path, text).unwrap();
        format!("kube_binary: {}\n", path.display())
    };
    cluster.describe(program.version, &binary(program.version, ""));
    let before = cluster.states();
    cluster.evenkeel(&["apply", "--yes", "playbooks/site.yml"], 0);

    let upgrade = ["apply", "--yes", "playbooks/upgrade.yml"];
    cluster.describe(program.later, &binary(program.later, BROKEN));
    cluster.evenkeel(&upgrade, 2);
    let nodes = fleet.host("m1").exec(program.nodes).unwrap();
    let closed = format!("w1 Ready,SchedulingDisabled v{}\n", program.kubelet);
    assert!(
        nodes.ends_with(&closed),
        "the node that does not come back stays closed: {nodes}"
    );

    cluster.describe(program.later, &binary(program.later, ""));
    let mended = cluster.evenkeel(&upgrade, 0);
    let touched = mended.changed().into_iter().map(|task| task.host.as_str());
    assert_eq!(
        touched.collect::<std::collections::BTreeSet<_>>(),
        ["w1"].into(),
        "it goes on where it ended"
    );
    assert_eq!(fleet.host("m1").exec(program.nodes).unwrap(), program.seen);
    for (host, unit) in fleet.hosts().iter().zip(program.units) {
        host.exec(&format!("systemctl is-active {unit}")).unwrap();
    }
    let again = cluster.evenkeel(&upgrade, 0);
    assert_eq!(
        again.changed(),
        Vec::<&_>::new(),
        "what is new already is left alone"
    );
    gone(&cluster, &before);
}
