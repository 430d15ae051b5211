//! Kubernetes that is one program: k3s and k0s.

use std::collections::BTreeSet;

use evenkeel_tests::ansible;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::StandIns;

use crate::cluster::Cluster;

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

/// The same playbooks by `ansible-playbook`, which leaves nothing to do.
#[test]
#[ignore = "long"]
fn ansible_replaces_k3s_and_takes_it_away() {
    let Some(programs) = ansible::programs(&["ansible-playbook"]) else {
        return;
    };
    let program = &K3S;
    let Some(cluster) = boot(program) else { return };
    let ansible = |playbook: &str| {
        let folder = cluster.fleet.directory();
        let (inventory, playbook) = (folder.join("inventory"), folder.join("playbooks").join(playbook));
        let played = ansible::play(&cluster.fleet, &programs, &inventory, &playbook).unwrap();
        assert_eq!(played.code, 0, "{}", played.said);
        played.changes()
    };
    let describe = |version: &str| {
        let binary = program.binary(&cluster, version, "");
        cluster.describe(version, &format!("confirm: true\n{binary}"));
    };
    describe(program.version);
    let before = cluster.states();
    cluster.evenkeel(&["apply", "--yes", "playbooks/site.yml"], 0);

    describe(program.later);
    assert_ne!(ansible("upgrade.yml"), Vec::<String>::new());
    let nodes = cluster.fleet.host("m1").exec(program.nodes).unwrap();
    assert_eq!(nodes, program.seen);
    assert_eq!(ansible("upgrade.yml"), Vec::<String>::new());
    cluster.has_nothing_to_do(&["apply", "--yes", "playbooks/upgrade.yml"]);

    assert_ne!(ansible("reset.yml"), Vec::<String>::new());
    cluster.is_as(&before);
    assert_eq!(ansible("reset.yml"), Vec::<String>::new());
    cluster.has_nothing_to_do(&["apply", "--yes", "playbooks/reset.yml"]);
}

fn replaced_and_taken_away(program: &Program) {
    let Some(cluster) = boot(program) else { return };
    let fleet = &cluster.fleet;
    let describe =
        |version: &str, broken: &str| cluster.describe(version, &program.binary(&cluster, version, broken));
    describe(program.version, "");
    let before = cluster.states();
    cluster.evenkeel(&["apply", "--yes", "playbooks/site.yml"], 0);
    let nodes = || fleet.host("m1").exec(program.nodes).unwrap();

    let upgrade = ["apply", "--yes", "playbooks/upgrade.yml"];
    describe(program.later, BROKEN);
    let old = nodes();
    let forecast = cluster.evenkeel(&["plan", "playbooks/upgrade.yml"], 0);
    assert_ne!(forecast.changed(), Vec::<&_>::new());
    assert_eq!(nodes(), old, "a forecast empties no node");
    cluster.evenkeel(&upgrade, 2);
    let closed = format!("w1 Ready,SchedulingDisabled v{}\n", program.kubelet);
    let nodes_now = nodes();
    assert!(
        nodes_now.ends_with(&closed),
        "the node that does not come back stays closed: {nodes_now}"
    );

    describe(program.later, "");
    let mended = cluster.evenkeel(&upgrade, 0);
    let touched = mended.changed().into_iter().map(|task| task.host.as_str());
    assert_eq!(
        touched.collect::<BTreeSet<_>>(),
        ["w1"].into(),
        "it goes on where it ended"
    );
    assert_eq!(nodes(), program.seen);
    for (host, unit) in fleet.hosts().iter().zip(program.units) {
        host.exec(&format!("systemctl is-active {unit}")).unwrap();
    }
    cluster.has_nothing_to_do(&upgrade);
    cluster.is_taken_away(&before);
}

/// A master and a worker without a program of Kubernetes.
fn boot(program: &Program) -> Option<Cluster> {
    let hosts = [
        HostSpec::stocked("m1", "192.0.2.21"),
        HostSpec::stocked("w1", "192.0.2.31"),
    ];
    let fleet = Fleet::for_test(&hosts)?;
    for host in fleet.hosts() {
        StandIns::install(&fleet, host.name()).unwrap();
        host.exec("rm /usr/local/bin/k3s /usr/local/bin/k0s").unwrap();
    }
    Some(Cluster {
        fleet,
        described: (TWO, program.variables),
    })
}

impl Program {
    /// The variable that names it in a version, perhaps broken, on the controller.
    fn binary(&self, cluster: &Cluster, version: &str, broken: &str) -> String {
        let stand_in = concat!(env!("CARGO_MANIFEST_DIR"), "/stand-ins/");
        let text = std::fs::read_to_string(format!("{stand_in}{}", self.name)).unwrap();
        let file = format!("{}-{version}", self.name).replace('+', "-");
        let path = cluster.fleet.directory().join(file);
        assert!(text.contains(self.version));
        let text = text.replace(self.version, version);
        let text = text.replace("\nVERSION = ", &format!("\n{broken}VERSION = "));
        std::fs::write(&path, text).unwrap();
        format!("kube_binary: {}\n", path.display())
    }
}
