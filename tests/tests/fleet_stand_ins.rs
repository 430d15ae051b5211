//! The stand-ins for kubeadm, k3s and k0s: what they refuse, and that clusters of them form, lose members and end.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "tests")]

use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::Image;
use evenkeel_tests::fleet::Readiness;
use evenkeel_tests::fleet::StandIns;

const PACKAGES: &str = "DEBIAN_FRONTEND=noninteractive apt-get -q -y install kubeadm=1.31.0-1.1 kubelet=1.31.0-1.1 kubectl=1.31.0-1.1 \
                        && sysctl -q -w net.ipv4.ip_forward=1";

const KUBEADM: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 192.0.2.1
  bindPort: 6444
patches:
  directory: /root/patches
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlPlaneEndpoint: api.example.org:6444
apiServer:
  certSANs: [192.0.2.100]
  extraArgs:
    - name: audit-log-maxage
      value: \"7\"
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cpuManagerPolicy: static
reservedSystemCPUs: \"0\"
";

/// Runs a command that must end with a code, and say something.
#[track_caller]
fn refused(host: &Host, command: &str, code: i32, message: &str) {
    let output = host.run(command).unwrap();
    assert_eq!(output.code, code, "{command}: {output:?}");
    assert!(output.stderr.contains(message), "{command}: {output:?}");
}

/// Runs real kubectl with a login.
#[track_caller]
fn kubectl(host: &Host, login: &str, words: &str) -> String {
    host.exec(&format!("KUBECONFIG={login} kubectl {words}")).unwrap()
}

/// Boots hosts with Python, and the stand-ins on each.
fn fleet(count: u8) -> Option<Fleet> {
    let fleet = Fleet::for_test(&HostSpec::many(count, Image::Python))?;
    for host in fleet.hosts() {
        StandIns::install(&fleet, host.name()).unwrap();
        host.exec("echo 192.0.2.1 api.example.org >>/etc/hosts").unwrap();
    }
    Some(fleet)
}

#[test]
fn a_host_with_python_is_fresh_otherwise() {
    let Some(fleet) = Fleet::for_test(&[HostSpec::python("n1", "192.0.2.1")]) else {
        return;
    };
    let host = fleet.host("n1");
    host.exec("python3 -c 'import apt, yaml' && command -v openssl curl")
        .unwrap();
    let services = "haproxy keepalived firewall-cmd nginx etcd kubeadm kubectl";
    let found = host.run(&format!("command -v {services}")).unwrap();
    assert_eq!(found.stdout, "", "{found:?}");
    let all = "haproxy keepalived firewalld nginx libnginx-mod-stream etcd-server etcd-client kubernetes-client ufw conntrack socat ethtool";
    host.exec(&format!(
        "DEBIAN_FRONTEND=noninteractive apt-get -q -y --download-only install {all}"
    ))
    .unwrap();
}

#[test]
fn kubeadm_refuses_what_the_real_one_refuses() {
    let Some(fleet) = fleet(1) else { return };
    let host = fleet.host("n1");
    refused(
        host,
        "/usr/local/lib/stand-ins/kubeadm init",
        2,
        "[ERROR FileExisting-conntrack]: conntrack not found",
    );
    host.exec(PACKAGES).unwrap();
    host.write("/root/good", KUBEADM).unwrap();
    let with = |from: &str, to: &str| {
        assert!(KUBEADM.contains(from), "{from}");
        host.write("/root/bad", &KUBEADM.replace(from, to)).unwrap();
    };
    let init = "kubeadm init --config /root/bad";

    refused(
        host,
        "kubeadm frob",
        1,
        "unknown command \"frob\" for \"kubeadm\"",
    );
    refused(host, "kubeadm init --frob", 1, "unknown flag: --frob");
    refused(
        host,
        "kubeadm init --config",
        1,
        "flag needs an argument: --config",
    );
    refused(
        host,
        "kubeadm init --apiserver-bind-port many",
        1,
        "invalid argument \"many\"",
    );
    refused(
        host,
        "kubeadm init --config /root/good --control-plane-endpoint a",
        1,
        "can not mix '--config' with arguments [control-plane-endpoint]",
    );
    refused(
        host,
        "kubeadm init --skip-phases frob",
        1,
        "invalid phase name: frob",
    );
    with("certSANs", "certSans");
    refused(host, init, 1, "unknown field \"apiServer.certSans\"");
    with("\"7\"", "7");
    refused(host, init, 1, "cannot unmarshal number");
    with("v1beta4\nkind: Init", "v1beta2\nkind: Init");
    refused(host, init, 1, "your configuration file uses an old API spec");
    with("kind: ClusterConfiguration", "kind: Cluster");
    refused(host, init, 1, "no kind \"Cluster\" is registered for version");
    with("advertiseAddress: 192.0.2.1", "advertiseAddress: n1");
    refused(
        host,
        init,
        3,
        "localAPIEndpoint.advertiseAddress: Invalid value: \"n1\": ip address is not valid",
    );
    with("cpuManagerPolicy:", "cpuManager:");
    refused(host, init, 1, "unknown field \"cpuManager\"");
    refused(
        host,
        "kubeadm join 192.0.2.1:6443 --token abcdef.0123456789abcdef",
        3,
        "using token-based discovery without caCertHashes can be unsafe",
    );
    refused(
        host,
        "kubeadm join 192.0.2.1:6443 --token abc --discovery-token-unsafe-skip-ca-verification",
        1,
        "was not of the form",
    );
    refused(
        host,
        "kubeadm join 192.0.2.1:6443 --token abcdef.0123456789abcdef --discovery-token-unsafe-skip-ca-verification --control-plane \
         --certificate-key abcd",
        3,
        "the size of the certificate key must be 32 bytes",
    );
    host.exec("sysctl -q -w net.ipv4.ip_forward=0").unwrap();
    refused(
        host,
        "kubeadm init --config /root/good",
        2,
        "ip_forward contents are not set to 1",
    );
    host.exec("sysctl -q -w net.ipv4.ip_forward=1; (python3 -m http.server 6444 >/dev/null 2>&1 & sleep 1)")
        .unwrap();
    refused(
        host,
        "kubeadm init --config /root/good",
        2,
        "[ERROR Port-6444]: Port 6444 is in use",
    );
    assert!(
        host.run("ls /etc/kubernetes").unwrap().code != 0,
        "nothing was changed"
    );
    // From here on kubeadm has begun: it must be reset each time, as the real one.
    let late = |from: &str, to: &str, message: &str| {
        with(from, to);
        host.exec("kubeadm reset -f").unwrap();
        refused(host, init, 1, message);
    };
    host.exec("mkdir -p /root/patches; kill $(ss -Hltnp 'sport = 6444' | sed 's/.*pid=//; s/,.*//')")
        .unwrap();
    late(
        "audit-log-maxage",
        "insecure-port",
        "kube-apiserver ends: Error: unknown flag: --insecure-port",
    );
    late(
        "reservedSystemCPUs",
        "nodeLeaseDurationSeconds: 40\n#",
        "[cpumanager] unable to determine reserved CPU resources for static policy",
    );
    let unreachable = KUBEADM.replace("api.example.org", "192.0.2.9").replace(
        "patches:",
        "timeouts: {controlPlaneComponentHealthCheck: 1s}\npatches:",
    );
    host.write("/root/bad", &unreachable).unwrap();
    host.exec("kubeadm reset -f").unwrap();
    refused(host, init, 1, "The API server is not healthy after 1.0s");
    host.exec("kubeadm reset -f").unwrap();
    let arguments = "- name: audit-log-maxage\n      value: \"7\"";
    let older = KUBEADM
        .replace("v1beta4", "v1beta3")
        .replace(arguments, "audit-log-maxage: \"7\"");
    host.write("/root/older", &older).unwrap();
    host.exec("kubeadm config validate --config /root/good").unwrap();
    host.exec("kubeadm config validate --config /root/older").unwrap();
    let newer = older.replace("kind: Init", "dryRun: true\nkind: Init");
    host.write("/root/older", &newer).unwrap();
    refused(
        host,
        "kubeadm config validate --config /root/older",
        1,
        "unknown field \"dryRun\"",
    );
}

#[test]
fn kubeadm_hands_out_the_certificates_of_another_etcd_when_it_is_told_of_it() {
    let Some(fleet) = fleet(2) else { return };
    let [first, second] = ["n1", "n2"].map(|name| fleet.host(name));
    for host in fleet.hosts() {
        host.exec(PACKAGES).unwrap();
        host.exec("mkdir -p /etc/kubernetes/pki").unwrap();
    }
    let etcd = "etcd:\n  external:\n    endpoints: [https://127.0.0.1:2379]\n    caFile: /etc/kubernetes/pki/etcd-ca\n    certFile: /etc/kubernetes/pki/client.crt\n    keyFile: /etc/kubernetes/pki/client.key\n";
    let config = format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n{etcd}");
    first.write("/root/config", &config).unwrap();
    refused(
        first,
        "kubeadm init --config /root/config",
        2,
        "ExternalEtcdClientCertificates",
    );
    let without = "--ignore-preflight-errors=ExternalEtcdVersion";
    for (file, text) in [
        ("etcd-ca", "ca of n1"),
        ("client.crt", "n1"),
        ("client.key", "key of n1"),
    ] {
        first.write(&format!("/etc/kubernetes/pki/{file}"), text).unwrap();
    }
    first
        .exec(&format!("kubeadm init --config /root/config {without}"))
        .unwrap();
    let join = first.exec("kubeadm token create --print-join-command").unwrap();
    let upload = |more: &str| {
        let upload = format!("kubeadm init phase upload-certs --upload-certs {more}");
        let said = first.exec(&upload).unwrap();
        said.lines().last().unwrap_or_default().to_owned()
    };
    let joins = |key: &str| format!("{} --control-plane --certificate-key {key}", join.trim());
    // Of itself kubeadm takes etcd for its own.
    refused(
        second,
        &joins(&upload("")),
        1,
        "the Secret does not include the required certificate or key - name: external-etcd-ca.crt",
    );
    // Told of the other etcd, it hands out the pair of the one that was asked; nobody is there to be asked with it.
    second.write("/etc/kubernetes/pki/client.crt", "n2").unwrap();
    refused(
        second,
        &joins(&upload("--config /root/config")),
        1,
        "wait-control-plane",
    );
    assert_eq!(second.read("/etc/kubernetes/pki/client.crt").unwrap(), "n1");
}

#[test]
fn kubeadm_forms_a_cluster_upgrades_and_resets_it() {
    let Some(fleet) = fleet(3) else { return };
    let [first, second, worker] = ["n1", "n2", "n3"].map(|name| fleet.host(name));
    for host in fleet.hosts() {
        host.exec(PACKAGES).unwrap();
    }
    let admin = "/etc/kubernetes/admin.conf";
    first.exec("mkdir /root/patches").unwrap();
    let patch = "spec:\n  containers:\n    - name: kube-apiserver\n      resources:\n        limits: {cpu: 2, memory: 1Gi}\n";
    first
        .write("/root/patches/kube-apiserver0+strategic.yaml", patch)
        .unwrap();
    first.write("/root/config", KUBEADM).unwrap();
    first
        .exec("kubeadm init --config /root/config --upload-certs")
        .unwrap();
    refused(
        first,
        "kubeadm init --config /root/config",
        2,
        "kube-apiserver.yaml already exists",
    );
    let manifest = first
        .read("/etc/kubernetes/manifests/kube-apiserver.yaml")
        .unwrap();
    for line in [
        "- --audit-log-maxage=7",
        "- --secure-port=6444",
        "memory: 1Gi",
        "cpu: 250m",
    ] {
        assert!(manifest.contains(line), "{line} is missing in\n{manifest}");
    }
    let names = first
        .exec("openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName")
        .unwrap();
    for name in [
        "DNS:api.example.org",
        "DNS:n1",
        "IP Address:192.0.2.1",
        "IP Address:192.0.2.100",
        "IP Address:10.96.0.1",
    ] {
        assert!(names.contains(name), "{name} is missing in {names}");
    }

    let key = first.exec("kubeadm certs certificate-key").unwrap();
    let key = key.trim();
    first
        .exec(&format!(
            "kubeadm init phase upload-certs --upload-certs --certificate-key {key}"
        ))
        .unwrap();
    let join = first.exec("kubeadm token create --print-join-command").unwrap();
    let join = join.trim();
    refused(
        second,
        &join.replace("--token ", "--token x"),
        1,
        "was not of the form",
    );
    refused(
        second,
        &join.replace("sha256:", "sha256:00"),
        1,
        "none of the public keys",
    );
    refused(
        second,
        &format!("{join} --control-plane"),
        1,
        "failure loading certificate for CA",
    );
    second
        .exec("echo 192.0.2.1 other.example.org >>/etc/hosts")
        .unwrap();
    refused(
        second,
        &join.replace("api.example.org", "other.example.org"),
        1,
        "tls: failed to verify certificate",
    );
    let wrong = "0".repeat(64);
    refused(
        second,
        &format!("{join} --control-plane --certificate-key {wrong}"),
        1,
        "message authentication failed",
    );
    second
        .exec(&format!(
            "{join} --control-plane --certificate-key {key} --apiserver-bind-port 6444"
        ))
        .unwrap();
    worker.exec(join).unwrap();
    refused(worker, join, 2, "/etc/kubernetes/kubelet.conf already exists");

    let nodes = |host: &Host| kubectl(host, admin, "get nodes --no-headers");
    let seen: Vec<_> = nodes(second)
        .lines()
        .map(|line| line.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        seen,
        [
            "n1 Ready control-plane",
            "n2 Ready control-plane",
            "n3 Ready <none>"
        ]
    );
    kubectl(first, admin, "cordon n3");
    kubectl(
        first,
        admin,
        "drain n3 --ignore-daemonsets --delete-emptydir-data",
    );
    assert!(nodes(first).contains("Ready,SchedulingDisabled"));
    kubectl(first, admin, "uncordon n3");
    assert!(!nodes(first).contains("SchedulingDisabled"));

    // The API server of the second is its own: it goes on, and the first catches up when it is back.
    first.exec("systemctl stop kube-apiserver-stand-in").unwrap();
    let login = "/root/second.conf";
    second
        .exec(&format!("sed s/api.example.org/192.0.2.2/ {admin} >{login}"))
        .unwrap();
    kubectl(second, login, "delete node n3");
    first.exec("systemctl start kube-apiserver-stand-in").unwrap();
    wait_until(|| !nodes(first).contains("n3"));

    refused(
        first,
        "kubeadm upgrade apply v1.31.1 -y",
        1,
        "is higher than the kubeadm version \"v1.31.0\"",
    );
    for host in [first, second] {
        host.exec(
            "DEBIAN_FRONTEND=noninteractive apt-get -q -y install kubeadm=1.31.1-1.1 kubelet=1.31.1-1.1",
        )
        .unwrap();
    }
    first.exec("kubeadm upgrade apply v1.31.1 -y").unwrap();
    second.exec("kubeadm upgrade node").unwrap();
    for host in [first, second] {
        host.exec("systemctl daemon-reload; systemctl restart kubelet")
            .unwrap();
    }
    wait_until(|| nodes(first).matches("v1.31.1").count() == 2);

    refused(second, "kubeadm reset </dev/null", 1, "aborted reset operation");
    second.exec("kubeadm reset -f").unwrap();
    assert_eq!(
        second
            .exec("find /etc/kubernetes /var/lib/kubelet -type f")
            .unwrap(),
        ""
    );
    assert!(!fleet.reaches("192.0.2.2:6444"));

    let stand_ins = StandIns::install(&fleet, "n1").unwrap();
    let calls = stand_ins.calls("kubeadm").unwrap();
    assert_eq!(
        calls[0].argv,
        ["init", "--config", "/root/config", "--upload-certs"]
    );
    assert_eq!(calls[0].files["/root/config"], KUBEADM);
    stand_ins.answer(Readiness::Failing).unwrap();
    let status = first
        .exec("curl -sko /dev/null -w '%{http_code}' https://192.0.2.1:6444/readyz")
        .unwrap();
    assert_eq!(status, "500");
}

const K3S_UNIT: &str = "\
[Service]
Type=notify
ExecStart=/usr/local/bin/k3s COMMAND
TimeoutStartSec=60
";

#[test]
fn k3s_servers_and_an_agent_form_a_cluster() {
    let Some(fleet) = fleet(3) else { return };
    let [first, second, agent] = ["n1", "n2", "n3"].map(|name| fleet.host(name));
    for host in fleet.hosts() {
        host.exec("mkdir -p /etc/rancher/k3s").unwrap();
        let command = if host.name() == "n3" { "agent" } else { "server" };
        host.write(
            "/etc/systemd/system/k3s.service",
            &K3S_UNIT.replace("COMMAND", command),
        )
        .unwrap();
        host.exec("systemctl daemon-reload").unwrap();
    }
    let configure = |host: &Host, text: &str| host.write("/etc/rancher/k3s/config.yaml", text).unwrap();
    refused(
        first,
        "k3s server --frob",
        1,
        "flag provided but not defined: -frob",
    );
    refused(first, "k3s frob", 1, "No help topic for 'frob'");
    refused(agent, "k3s agent", 1, "--token is required");
    refused(agent, "k3s agent --token secret", 1, "--server is required");
    configure(first, "node-labels: [a=b]\n");
    refused(
        first,
        "k3s server",
        1,
        "Unknown flag --node-labels found in config.yaml",
    );

    let shared = "https-listen-port: 6444\ntls-san: [api.example.org]\ndisable: [traefik]\n";
    configure(
        first,
        &format!(
            "{shared}token: secret\ncluster-init: true\nnode-taint:\n  - CriticalAddonsOnly=true:NoExecute\n"
        ),
    );
    first.exec("systemctl start k3s").unwrap();
    let endpoint = "server: https://api.example.org:6444\n";
    configure(second, &format!("{shared}{endpoint}token: wrong\n"));
    refused(second, "k3s server", 1, "encrypted with different token");
    configure(second, &format!("{shared}{endpoint}token: secret\n"));
    refused(
        second,
        "k3s server --flannel-backend none",
        1,
        "critical configuration value mismatch",
    );
    second.exec("systemctl start k3s").unwrap();

    let token = first.read("/var/lib/rancher/k3s/server/node-token").unwrap();
    refused(
        agent,
        &format!(
            "k3s agent {} --token K10aa::server:secret",
            "--server https://api.example.org:6444"
        ),
        1,
        "token CA hash does not match the Cluster CA certificate hash",
    );
    configure(
        agent,
        &format!(
            "{endpoint}token: {token}node-label: [workload=postgres]\nnode-taint: [\"dedicated=postgres:NoSchedule\"]\n"
        ),
    );
    agent.exec("systemctl start k3s").unwrap();

    let taints =
        "get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.taints[*].key}{\"\\n\"}{end}'";
    let seen = second.exec(&format!("k3s kubectl {taints}")).unwrap();
    assert_eq!(seen, "n1 CriticalAddonsOnly\nn2 \nn3 dedicated\n");
    let listening = first.exec("ss -Hltn | awk '{print $4}'").unwrap();
    for place in ["0.0.0.0:6444", "127.0.0.1:6445"] {
        assert!(listening.contains(place), "{place} is missing in {listening}");
    }
    let asked = "curl -sko /dev/null -w '%{http_code}' https://192.0.2.1:6444/readyz";
    assert_eq!(
        first.exec(asked).unwrap(),
        "401",
        "k3s answers nobody without a login"
    );
}

#[test]
fn k0s_controllers_and_a_worker_form_a_cluster() {
    let Some(fleet) = fleet(3) else { return };
    let [first, second, worker] = ["n1", "n2", "n3"].map(|name| fleet.host(name));
    let config = "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\nspec:\n  api:\n    externalAddress: api.example.org\n";
    for host in fleet.hosts() {
        host.exec("mkdir /etc/k0s").unwrap();
        host.write("/etc/k0s/k0s.yaml", config).unwrap();
    }
    first
        .write("/root/bad", &config.replace("externalAddress", "externalAdress"))
        .unwrap();
    refused(
        first,
        "k0s config validate --config /root/bad",
        1,
        "unknown field \"spec.api.externalAdress\"",
    );
    refused(first, "k0s install controller --frob", 1, "unknown flag: --frob");
    refused(first, "k0s start", 1, "k0s has not been installed as a service");
    refused(
        first,
        "k0s token create --role=worker",
        1,
        "failed to get k0s status",
    );
    first
        .exec("k0s install controller --config /etc/k0s/k0s.yaml --enable-worker --no-taints && k0s start")
        .unwrap();
    refused(first, "k0s install controller", 1, "Init already exists");
    wait_until(|| fleet.reaches("192.0.2.1:8132"));
    refused(first, "k0s reset", 1, "please stop k0s before reset");

    let give = |host: &Host, role: &str| {
        let token = first
            .exec(&format!("k0s token create --role={role} --expiry=1h"))
            .unwrap();
        host.write("/root/token", &token).unwrap();
    };
    give(worker, "controller");
    refused(
        worker,
        "k0s worker --token-file /root/token",
        1,
        "wrong token type controller-bootstrap",
    );
    give(second, "controller");
    second
        .exec("k0s install controller --config /etc/k0s/k0s.yaml --token-file /root/token && k0s start")
        .unwrap();
    give(worker, "worker");
    worker
        .exec("k0s install worker --token-file /root/token --labels=workload=postgres --taints=dedicated=postgres:NoSchedule && k0s start")
        .unwrap();
    wait_until(|| fleet.reaches("192.0.2.2:8132") && worker.run("k0s status").unwrap().code == 0);

    let members = "{\"members\":{\"n1\":\"https://192.0.2.1:2380\",\"n2\":\"https://192.0.2.2:2380\"}}\n";
    assert_eq!(first.exec("k0s etcd member-list").unwrap(), members);
    let nodes = second
        .exec("k0s kubectl get nodes -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.taints[*].key}{\"\\n\"}{end}'")
        .unwrap();
    assert_eq!(nodes, "n1 \nn3 dedicated\n");

    first.exec("k0s etcd leave --peer-address 192.0.2.2").unwrap();
    assert!(!first.exec("k0s etcd member-list").unwrap().contains("n2"));
    second.exec("k0s stop && k0s reset").unwrap();
    assert!(!fleet.reaches("192.0.2.2:6443"));
    assert_ne!(second.run("ls /var/lib/k0s").unwrap().code, 0);
}

fn wait_until(mut condition: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !condition() {
        assert!(
            std::time::Instant::now() < deadline,
            "this did not happen within 30 s"
        );
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
