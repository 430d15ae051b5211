//! Every lint: id, severity, why in one sentence, the mend, and where that is known from.

use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;

use super::View;
use super::raw::Raw;
use super::{
    accepted, addresses, api, balancer, etcd, firewall, haproxy, hosts, keepalived, names, nginx, ports,
    probe, text,
};

/// A lint.
pub struct Lint {
    /// Its id, in kebab case; a finding's code is `cluster::ID`.
    pub id: &'static str,
    /// How much a finding matters: errors stop a run, warnings are printed, notes are told by `evenkeel lint` alone.
    pub severity: Severity,
    /// What happens to those who leave it so, in one sentence.
    pub sentence: &'static str,
    /// What to do.
    pub mend: &'static str,
    /// Where that is known from.
    pub source: &'static str,
    pub(super) check: Check,
}

/// How a lint is found.
#[derive(Clone, Copy)]
pub(super) enum Check {
    /// While variables are read.
    Reading,
    /// In the model.
    Model(fn(&'static Lint, &View<'_>) -> Vec<Problem>),
    /// In the variables alone.
    Raw(fn(&'static Lint, &Raw<'_>) -> Vec<Problem>),
}

use Check::Model;
use Check::Raw as Vars;
use Check::Reading;

impl Lint {
    /// A finding; explanation and mend are added by [`explained`].
    pub(super) fn finding(&self, text: impl Into<String>) -> Problem {
        let code = format!("cluster::{}", self.id);
        match self.severity {
            Severity::Error => Problem::error(&code, text),
            Severity::Warning => Problem::warning(&code, text),
            Severity::Note => Problem::note(&code, text),
        }
    }

    /// The lint with an id, also written as a finding's code.
    pub fn named(id: &str) -> Option<&'static Lint> {
        let id = id.strip_prefix("cluster::").unwrap_or(id);
        LINTS.iter().find(|lint| lint.id == id)
    }
}

/// A finding with its explanation and, where it brings none of its own, the mend.
pub fn explained(mut problem: Problem) -> Problem {
    let Some(lint) = Lint::named(&problem.code).filter(|_| problem.code.starts_with("cluster::")) else {
        return problem;
    };
    if problem.help.first().is_some_and(|first| first == lint.sentence) {
        return problem;
    }
    if problem.help.is_empty() {
        problem.help.push(lint.mend.to_owned());
    }
    problem.help.insert(0, lint.sentence.to_owned());
    problem
}

macro_rules! lints {
    ($( $id:literal $severity:ident $check:expr, $source:literal: $sentence:literal => $mend:literal; )*) => {
        /// All lints.
        pub static LINTS: &[Lint] = &[ $( Lint {
            id: $id,
            severity: Severity::$severity,
            sentence: $sentence,
            mend: $mend,
            source: $source,
            check: $check,
        } ),* ];
    };
}

lints! {
    // Variables and groups.
    "value" Error Reading, "roles/README.md":
        "A value of another kind would go into a configuration file as it is."
        => "give the variable a value of the kind that the message names";
    "lint-accepted" Warning Vars(accepted::without_effect), "docs/lints.md":
        "Who believes that a finding is accepted does not look for it any more."
        => "name ids of warnings, as `evenkeel lint --list` shows them";
    "group-alias" Error Reading, "Kubespray's group names, old and new":
        "Old and new names mean one group, and two groups with different hosts leave open which of them is meant."
        => "keep one of the two groups, or make one the only child of the other";
    "group-misspelt" Warning Vars(names::group_misspelt), "roles/README.md":
        "Hosts of a group whose name means nothing are no part of the cluster."
        => "name the group as `roles/README.md` has it";
    "no-masters" Error Reading, "the model":
        "Load balancers and nodes without API servers have nothing to reach."
        => "put the API servers into the group `kube_control_plane`";
    "no-address" Error Reading, "kubespray#833, kubespray#1330":
        "Every file is computed from addresses, and no host is asked for them."
        => "set `ip` (or `access_ip`, or `ansible_host`) of the host to its address";
    "no-vip" Error Reading, "the model":
        "Load balancers without an address of their own leave clients on one of the hosts."
        => "set `loadbalancer_apiserver: {address: ADDRESS, port: PORT}` for all hosts";
    "balancer" Error Reading, "keepalived.conf(5)":
        "keepalived has to know which interface carries the virtual address."
        => "set `keepalived_interface` for the group of the load balancers";
    "priority" Error Reading, "RFC 5798, 5.2.4":
        "Each load balancer has a priority of its own, and there are only 254."
        => "use fewer load balancers";
    "computed" Error Reading, "the model":
        "Two sources for one value drift apart, and files would be written from both."
        => "remove it; `evenkeel endpoints` shows what is computed, and why";
    "version-number" Error Vars(api::version_number), "YAML 1.1, floating point":
        "Without quotes 1.20 is the number 1.2, which is another version."
        => "write the whole version, in quotes";
    "misspelt" Warning Vars(names::misspelt), "evenkeel explain":
        "A name that nobody reads is ignored by every program, and the default holds instead."
        => "write the name as `roles/README.md` has it";
    "not-read" Note Vars(names::not_read), "roles/README.md":
        "A setting of another role has no effect on the files that Evenkeel writes."
        => "remove it, or read it in a playbook of your own; `roles/README.md` lists what is read";
    "typo-quotes" Warning Vars(text::typo_quotes), "YAML 1.1, scalars":
        "Quotes made by a word processor are part of the value, for YAML and for shells."
        => "write straight quotes, or none";

    // Hosts and names.
    "name" Error Model(names::name), "haproxy configuration manual, 2.1":
        "A host's name stands in configuration files as it is, where blanks and quotes begin something else."
        => "name the host with letters, digits and `._:-`";
    "node-name" Error Model(names::node_name), "kubernetes.io, Object Names and IDs; RFC 1123, 2.1":
        "kubeadm refuses a node whose name is no domain name in small letters, and k3s gives it another one."
        => "name the host with small letters, digits and `-`, with dots between; a letter or digit begins and ends each part";
    "domain" Error Model(names::domain), "RFC 1123, 2.1":
        "/etc/hosts and certificates take domain names only, and each for one address."
        => "set `apiserver_loadbalancer_domain_name` to a domain name of its own";
    "workers-overlap" Note Model(hosts::workers_overlap), "kubernetes.io, Considerations for large clusters":
        "Pods on a master compete with the API server and etcd for memory and disk."
        => "keep masters out of `kube_node`, or reserve memory and CPUs for the control plane";
    "cpu-static" Error Model(hosts::cpu_static), "kubernetes.io, CPU management policies":
        "The kubelet does not start with the static policy and no CPUs reserved."
        => "set `kube_reserved_cpus`, such as `0,1`";
    "balancer-worker" Warning Model(balancer::balancer_worker), "kubernetes.io, Ports and Protocols":
        "Node ports, host ports and memory of pods come into the way of the load balancer on the same host."
        => "put load balancers on masters or on hosts of their own";
    "unit-case" Error Vars(hosts::unit_case), "systemd.unit(5)":
        "systemd tells capital letters from small ones, so that such a unit does not exist."
        => "write the unit's name in small letters";
    "selinux-off" Warning Vars(hosts::selinux_off), "haproxy_selinux(8)":
        "Without SELinux a break-in into the load balancer is one into the host."
        => "leave it enforcing; `haproxy_connect_any` lets HAProxy reach any port";
    "no-checksum" Warning Vars(hosts::no_checksum), "ansible.builtin.get_url":
        "Whatever comes from that URL is installed and run as root."
        => "set the checksum beside it";
    "apt-repo" Error Vars(text::apt_repo), "kubernetes.io blog, 2023-08-31":
        "The old package repositories of Kubernetes are shut down."
        => "use https://pkgs.k8s.io with the minor version in the path";
    "apt-key" Error Vars(text::apt_key), "apt-key(8)":
        "apt-key trusts a key for every repository, and Debian 13 does not have it any more."
        => "put the key into a file and name it in `signed-by` (deb822)";
    "drain-flags" Warning Vars(text::drain_flags), "kubectl drain --help":
        "kubectl stops at the first pod of a daemon set, or one with local data, and the node is not drained."
        => "add `--ignore-daemonsets --delete-emptydir-data`";

    // Addresses.
    "same-address" Error Model(addresses::same_address), "RFC 5227":
        "With one address for two hosts, connections end on whichever answered last."
        => "give each host its own address";
    "vip-owned" Error Model(addresses::vip_owned), "RFC 5798, 6.4":
        "The virtual address moves between the load balancers; a host that has it for itself answers beside them."
        => "take an address for `loadbalancer_apiserver` that no host has";
    "vip-network" Error Model(addresses::vip_network), "RFC 5798, 1.1":
        "VRRP moves an address within one network, and neighbours ask for it only there."
        => "set `ip` of the load balancer, or `loadbalancer_apiserver` and `loadbalancer_apiserver_prefix`";
    "vip-unusable" Error Model(addresses::vip_unusable), "RFC 6890":
        "No host can hold such an address for others."
        => "take a free address of the load balancers' network";
    "address-unusable" Error Model(addresses::address_unusable), "RFC 6890":
        "Other hosts cannot reach this one there."
        => "set `ip`, or `access_ip`, to an address that the other hosts reach";
    "typo-ip" Warning Model(addresses::address_typo), "a load balancer's configuration with 100.0.0.101 for 10.0.0.101":
        "One digit too many makes an address of somebody else."
        => "compare the address with those of the other hosts";
    "families-mixed" Warning Model(addresses::families_mixed), "kubernetes.io, IPv4/IPv6 dual-stack":
        "A host of one address family does not reach one of the other."
        => "set `access_ip` of all hosts to addresses of one family";
    "subnet-family" Error Model(addresses::subnet_family), "kube-apiserver, --service-cluster-ip-range and --advertise-address":
        "An API server does not start where its services are of another address family than its own address."
        => "set `kube_service_addresses` and `kube_pods_subnet` to networks of the hosts' family, such as `fd00:10:233::/112` and `fd00:10:234::/56`";
    "addr-mismatch" Error Model(addresses::backend_no_host), "a list of servers with 10.10.2.2 for 10.10.3.2":
        "A server that is no host of the inventory gets a part of all connections, and they die."
        => "remove the list: servers and peers are computed from the inventory; or correct the address";
    "external-addr" Warning Model(addresses::endpoint_elsewhere), "docs.k0sproject.io, spec.api.externalAddress":
        "The endpoint goes into certificates and kubeconfigs and cannot be changed later."
        => "set it to the load balancer's name or virtual address";
    "subnet-overlap" Error Model(addresses::subnet_overlap), "kubernetes.io, Cluster Networking":
        "Packets for that host go to the pods' or services' network, and never arrive."
        => "take a network for pods and services that no host is in";
    "subnets-clash" Error Model(addresses::subnets_clash), "kubernetes.io, Cluster Networking":
        "Pods and services with the same addresses cannot be told apart."
        => "give pods and services networks that do not overlap";

    // The load balancers.
    "differs" Error Model(balancer::differs), "the model":
        "Load balancers that are set up differently behave differently as soon as the address moves."
        => "set it for the group of the load balancers";
    "lb-spof" Warning Model(balancer::lb_spof), "kubeadm, ha-considerations.md":
        "When the only load balancer stops, nobody reaches the API servers."
        => "add a second host to the group `loadbalancer`";
    "vip-no-balancer" Warning Model(balancer::no_balancer_hosts), "the model":
        "Settings for load balancers without hosts have no effect, and nobody brings the virtual address."
        => "put the load balancers into the group `loadbalancer`, or remove the setting";
    "vip-unmanaged" Note Model(balancer::vip_unmanaged), "Kubespray, ha-mode.md":
        "The endpoint is as reliable as a load balancer that Evenkeel neither sets up nor checks."
        => "nothing, where somebody else runs it; otherwise add the group `loadbalancer`";
    "both-balancers" Warning Model(balancer::both_balancers), "kubespray set_facts.yml since 84052ff0b":
        "`loadbalancer_apiserver` wins, and no local load balancer is set up."
        => "remove one of the two";
    "lb-port-default" Note Model(balancer::lb_port_default), "Kargo's code fell back to the first master here":
        "Other tools took the first master when the port was missing, so readers may expect another endpoint."
        => "name the port";
    "bind-vip-only" Note Model(balancer::bind_vip_only), "ip-sysctl.rst, ip_nonlocal_bind":
        "Bound to the virtual address alone, a load balancer cannot be asked at its own address, and needs a kernel setting."
        => "remove `loadbalancer_bind_vip_only`";
    "health-401" Warning Model(balancer::health_401), "k3s#3576, rke2#7374":
        "A server that answers 401 says nothing about its readiness, so clients are sent to one that is not ready."
        => "allow anonymous requests for /readyz (`kube_apiserver_anonymous_auth: true`) and take `loadbalancer_apiserver_check: readyz`";
    "tls-check-only" Warning Model(balancer::tls_check_only), "kube-hetzner#2176":
        "A handshake succeeds on an API server that hangs or is not ready."
        => "set `loadbalancer_apiserver_check: readyz`";
    "l4-check" Warning Model(balancer::l4_check), "kube-hetzner#2176":
        "The kernel accepts connections for a process that hangs, so a hung API server stays in use."
        => "set `loadbalancer_apiserver_check: readyz`";
    "anonymous-off" Error Model(api::anonymous_off), "k3s#3576, k0s#7961, canonical/cluster-api-k8s#11":
        "Without anonymous requests /readyz answers 401, and the check takes every server out."
        => "allow anonymous requests for /readyz (`kube_apiserver_anonymous_auth: true`), or set `loadbalancer_apiserver_check: readyz-or-401`";
    "check-unused" Warning Model(balancer::check_unused), "nginx.org, max_fails":
        "nginx notices failed connections and asks no server whether it is ready."
        => "take `loadbalancer_program: haproxy`, or remove the variable";
    "healthz" Warning Vars(text::healthz), "kubernetes.io, Kubernetes API health endpoints":
        "/healthz is deprecated since Kubernetes 1.16 and does not tell ready from alive."
        => "ask /readyz";

    // HAProxy.
    "timeout-20s" Error Vars(haproxy::timeout_short), "kubeadm#2227, kubernetes#95981":
        "Idle watches send a ping every 30 s, and `exec` and `logs -f` stay silent longer, so such connections are cut."
        => "set at least 35s; hours are right";
    "timeout-day" Warning Vars(haproxy::timeout_day), "haproxy configuration manual, option clitcpka":
        "Connections whose far end died without a word stay for a day or more and use up `haproxy_maxconn`."
        => "set an hour; `haproxy_timeout_tunnel` holds for connections that are in use";
    "timeouts-differ" Warning Model(haproxy::timeouts_differ), "haproxy configuration manual, timeout client":
        "The shorter of the two cuts a connection, and it looks as if the other side had done it."
        => "set both to the same time";
    "maxconn-high" Error Model(haproxy::maxconn_high), "systemd-system.conf(5), DefaultLimitNOFILE":
        "systemd lets a service open 524288 files, two for each connection, and HAProxy refuses to start with more."
        => "set at most 250000";
    "maxconn-low" Warning Model(haproxy::maxconn_low), "kubespray#655":
        "Each node holds about five connections of its kubelet, and those of its pods; the next one waits in the queue."
        => "set at least 20 for each host";
    "removal-slow" Warning Model(haproxy::removal_slow), "haproxy configuration manual, inter and fall":
        "Until the last of these checks has failed, clients are sent to the dead server; no `timeout` shortens that."
        => "lower `haproxy_check_inter` or `haproxy_check_fall`";
    "roundrobin" Warning Vars(haproxy::roundrobin), "haproxy configuration manual, balance leastconn":
        "API connections live for hours, so that after a restart of one server all stay with the others."
        => "take leastconn, which Evenkeel writes";
    "stats-open" Error Vars(haproxy::stats_open), "haproxy configuration manual, stats enable":
        "Everybody who reaches the host sees all servers, and with `stats admin` takes them out."
        => "bind it to 127.0.0.1 or to a socket";
    "stats-port" Error Model(ports::stats_port), "bind(2), EADDRINUSE":
        "Two programs cannot listen on one port, and the one that starts second fails."
        => "give the page of statistics another port";
    "http-opts-in-tcp" Warning Vars(haproxy::http_opts_in_tcp), "haproxy configuration manual, mode":
        "Connections to the API servers are TLS from end to end; in HTTP mode HAProxy reads no request and closes them."
        => "remove it: Evenkeel's sections are `mode tcp`";
    "retries-1" Warning Vars(haproxy::retries_1), "haproxy configuration manual, retries":
        "One refused connection is passed on to the client although another server would have answered."
        => "leave the default of 3";
    "path-haproxy" Error Vars(haproxy::path_haproxy), "Debian's and Fedora's package haproxy":
        "The packages read haproxy.cfg, and nobody reads this file."
        => "write /etc/haproxy/haproxy.cfg";
    "check-override" Error Vars(haproxy::check_override), "haproxy configuration manual, option ssl-hello-chk; kubernetes#70411":
        "The last check option wins, so `ssl-hello-chk` replaces the HTTP check, and servers that answer 500 stay in use."
        => "remove `ssl-hello-chk`: `httpchk` with `http-check connect ssl` asks over TLS";
    "no-check" Error Vars(haproxy::no_check), "haproxy configuration manual, check":
        "A server without `check` is never taken out, whatever options its backend has."
        => "add `check` to every `server`, or leave the servers to Evenkeel";
    "tcplog-backend" Warning Vars(haproxy::log_option), "haproxy 2.6 -c":
        "HAProxy ignores the option there, with a warning at each start."
        => "move it to `defaults` or to the frontend";
    "profile-system" Warning Vars(haproxy::profile_system), "update-crypto-policies(8)":
        "PROFILE=SYSTEM exists in the RHEL family's OpenSSL alone; elsewhere HAProxy does not start."
        => "remove it, or set it for hosts of that family";
    "useradd-name" Warning Vars(haproxy::user_name), "haproxy configuration manual, user":
        "The packages make the user and group `haproxy`; with another name HAProxy does not start until somebody adds it."
        => "leave it at `haproxy`";

    // nginx.
    "nginx-timeout" Error Vars(nginx::nginx_timeout), "kubespray#655":
        "nginx closes connections that are silent for so long, and idle watches send a ping every 30 s only."
        => "set 10m";
    "nginx-timeout-long" Warning Vars(nginx::nginx_timeout_long), "kubespray#2150":
        "After a master died, nodes keep a hung connection for so long and turn NotReady."
        => "set 10m, with `proxy_socket_keepalive on`";
    "nginx-connect-slow" Warning Vars(nginx::nginx_connect_slow), "nginx.org, proxy_connect_timeout":
        "nginx has no active checks: each new connection waits for a dead server before it tries the next."
        => "set 1s or 2s";
    "nginx-events-dup" Error Vars(nginx::nginx_events_dup), "nginx -t":
        "The packaged nginx.conf has an `events` section already, and nginx refuses a second one."
        => "keep to the `stream` section, in a file of its own";
    "nginx-open" Warning Vars(nginx::nginx_open), "kubespray nginx.conf.j2 before 127.0.0.1":
        "A load balancer for the host itself that listens on every address serves the network, too."
        => "listen on 127.0.0.1";
    "nginx-connections" Warning Model(nginx::nginx_connections), "nginx.org, worker_connections":
        "Both sides of a connection count, so only half as many clients are served."
        => "set 16384";

    // keepalived.
    "vrid-clash" Error Model(keepalived::vrid_clash), "RFC 5798, 5.2.3; openshift/enhancements#230":
        "Two groups with one id on a network take each other's advertisements for their own, and addresses flap."
        => "give each group of load balancers its own `keepalived_virtual_router_id`";
    "failover-30s" Warning Model(keepalived::failover_slow), "keepalived.conf(5), interval and fall":
        "Until the last check has failed, the address stays with a load balancer that is dead."
        => "lower `keepalived_check_fall` or `keepalived_check_interval`: 2 s and 3 checks are the default";
    "timeout-gt-interval" Error Model(keepalived::timeout_gt_interval), "keepalived.conf(5), vrrp_script":
        "A check must end before the next begins."
        => "set `keepalived_check_timeout` to at most `keepalived_check_interval`";
    "interface-loopback" Error Model(keepalived::interface_loopback), "keepalived 2.2.7 -t":
        "The loopback interface reaches no other host, and keepalived does not start there."
        => "name the interface that is in the virtual address' network";
    "nopreempt-master" Error Vars(keepalived::nopreempt_master), "keepalived.conf(5), nopreempt":
        "keepalived clears `nopreempt` where the initial state is MASTER, so the address moves back."
        => "set `state BACKUP` on every host; the priority decides";
    "state-masters" Warning Vars(keepalived::state_masters), "keepalived.conf(5), state":
        "Two that start as MASTER hold the address both until they have heard each other."
        => "set `state BACKUP` on every host; the priority decides";
    "prio-tie" Error Vars(keepalived::prio_tie), "RFC 5798, 6.4.3; keepalived#2108":
        "A tie is broken by the higher address, not by the order that was meant."
        => "give each host its own priority, or leave it to Evenkeel: the group's order";
    "priority-owner" Error Vars(keepalived::priority_owner), "RFC 5798, 5.2.4":
        "255 is for the owner of the address alone, which nobody is, and 0 gives it away."
        => "take a priority from 1 to 254";
    "weight-gap" Error Vars(keepalived::weight_gap), "keepalived#2599":
        "A failing check lowers the priority by less than the gap, and the address stays where the service is dead."
        => "remove the weight, so that a failing check gives the address away, or make it larger than the gap";
    "weight-nopreempt" Error Vars(keepalived::weight_nopreempt), "keepalived#2599":
        "A backup with `nopreempt` does not take over from a lower priority, so a failing check moves nothing."
        => "remove the weight, so that a failing check is a fault";
    "authpass-len" Error Vars(keepalived::authpass_len), "keepalived.conf(5), auth_pass":
        "keepalived uses the first 8 characters only, and the rest protects nothing."
        => "take 8 characters, or no password: unicast and the firewall keep strangers out";
    "auth-plain" Warning Vars(keepalived::auth_plain), "RFC 3768, 10":
        "VRRP's password travels in the clear, and here everybody who reads the inventory has it."
        => "read it from a safe place (`{{ lookup('env', 'NAME') }}`), or remove it";
    "auth-v3" Error Model(keepalived::auth_v3), "keepalived.conf(5), authentication; RFC 5798, 9":
        "VRRP version 3, which IPv6 needs, has no authentication, and keepalived reports the password as a mistake."
        => "remove it: unicast and the firewall keep strangers out";
    "auth-ah" Warning Vars(keepalived::auth_ah), "keepalived#821":
        "AH is IP protocol 51, which a rule for VRRP does not let in, and then two hosts hold the address."
        => "remove it: unicast and the firewall keep strangers out";
    "mcast-src-unicast" Warning Vars(keepalived::mcast_src_unicast), "keepalived.conf(5), unicast_src_ip":
        "Both set the same field, and the last one wins."
        => "keep `unicast_src_ip` alone";
    "unicast-self" Error Model(keepalived::unicast_self), "keepalived.conf(5), unicast_peer":
        "A host that is its own peer hears its own advertisements."
        => "leave the host's own address out, or leave the list to Evenkeel";
    "unicast-empty" Error Vars(keepalived::unicast_empty), "openshift/machine-config-operator#2576":
        "keepalived up to 2.2.4 goes back to multicast without a word where the list is empty."
        => "list the other load balancers, or remove the variable";
    "router-id" Warning Vars(keepalived::router_id), "keepalived.conf(5), router_id":
        "The router id names the host in messages, and one name for all of them names none."
        => "set it to `{{ inventory_hostname }}`";
    "vrrp-strict" Warning Vars(keepalived::vrrp_strict), "keepalived.conf(5), vrrp_strict":
        "Strict mode forbids unicast and passwords, and blocks the virtual address in the firewall."
        => "remove it";
    "script-security" Error Vars(keepalived::script_security), "keepalived.conf(5), enable_script_security":
        "Whoever can change the script, or a folder above it, is root on the load balancer."
        => "leave it to Evenkeel: the user `keepalived_script`";
    "track-disabled" Error Vars(keepalived::track_disabled), "keepalived.conf(5), track_script":
        "Without a check the address stays on a host whose load balancer is dead."
        => "remove the variable: Evenkeel's check looks at the HAProxy on the same host";
    "mode-0644" Warning Vars(keepalived::mode_0644), "keepalived.conf(5), auth_pass":
        "Every user of the host can read the VRRP password there."
        => "set 0640";

    // keepalived's checks.
    "probe-no-fail" Error Vars(probe::probe_no_fail), "curl(1), --fail":
        "Without `--fail` curl succeeds with any answer, also with 401 and 500."
        => "call `/usr/bin/curl -sf --max-time 1 -o /dev/null URL`";
    "probe-no-timeout" Warning Vars(probe::probe_no_timeout), "curl(1), --max-time":
        "A service that hangs is not seen before keepalived kills the script."
        => "add `--max-time 1`";
    "probe-relative" Error Vars(probe::probe_relative), "keepalived.conf(5), vrrp_script":
        "keepalived starts programs by their absolute path, without a shell."
        => "write the whole path";
    "probe-grep" Error Vars(probe::probe_grep), "ip-address(8)":
        "A dot matches any character and 192.0.2.10 is part of 192.0.2.100, so the branch is taken on the wrong host, or on none."
        => "compare the whole address, or do not ask for it at all";
    "probe-wrong-target" Error Model(probe::probe_wrong_target), "kubeadm init --control-plane-endpoint":
        "While no API server answers, every host gives the address away, and the first API server cannot be set up behind it."
        => "look at the HAProxy on the same host (`http://127.0.0.1:8404/healthz`); HAProxy looks at the API servers";

    // The firewall and the kernel.
    "no-firewall" Warning Model(firewall::no_firewall), "kubernetes.io, Ports and Protocols":
        "Everybody may send VRRP advertisements to the load balancers and take the address."
        => "set `firewalld_enabled: true`; the rules are computed from the inventory";
    "firewall-differs" Warning Model(firewall::firewall_differs), "the model":
        "What is let in depends on which load balancer has the address."
        => "set `firewalld_enabled` for the group of the load balancers";
    "vrrp-mcast-only" Error Model(firewall::vrrp_mcast_only), "firewalld.richlanguage(5)":
        "A rule for the multicast address does not match unicast advertisements, and then two hosts hold the address."
        => "remove it: the rules for the peers are computed from the inventory";
    "vrrp-number" Warning Vars(firewall::vrrp_number), "ansible.posix.firewalld":
        "firewalld works with the number, but compares text, so the rule is added again beside `vrrp`."
        => "write `protocol value=\"vrrp\"`";
    "nonlocal-unneeded" Warning Model(firewall::nonlocal_unneeded), "ip-sysctl.rst, ip_nonlocal_bind":
        "keepalived does not bind TCP ports, and a program that listens on every address needs no such setting."
        => "remove it; Evenkeel sets it where a load balancer is bound to the virtual address";
    "vip-bind" Error Model(firewall::vip_bind), "ip-sysctl.rst, ip_nonlocal_bind":
        "Where the virtual address is not, HAProxy cannot bind to it and does not start."
        => "remove it: Evenkeel sets it to 1";
    "sysctl-append" Error Vars(text::sysctl_append), "systemd-sysctl(8); Debian 13":
        "systemd-sysctl does not read that file on Debian 13, and a line that is appended stands there twice after the second run."
        => "use a file of your own, /etc/sysctl.d/NN-NAME.conf";
    "sysctl-symlink" Error Vars(text::sysctl_symlink), "Ubuntu's package procps":
        "That file is a link to /etc/sysctl.conf."
        => "use a file of your own, /etc/sysctl.d/NN-NAME.conf";

    // Ports.
    "port-shift" Error Model(ports::port_shift), "docs.k3s.io, --lb-server-port":
        "k3s' agents listen on 127.0.0.1:6444 themselves, and the one that starts second fails."
        => "set `loadbalancer_apiserver_port` to another port";
    "frontend" Error Model(ports::frontend), "haproxy configuration manual, frontend":
        "Frontends with one name or one port cannot be told apart."
        => "names and ports of frontends are unique";
    "port-clash" Error Model(ports::port_clash), "kubernetes.io, Ports and Protocols":
        "Two programs cannot listen on one port, and the one that starts second fails."
        => "give one of them another port";
    "k0s-frontends" Error Model(ports::k0s_frontends), "docs.k0sproject.io, Control Plane High Availability":
        "k0s sends its controllers and workers to the load balancer's address for these ports too, where nothing listens."
        => "set `loadbalancer_extra_frontends` to `[{name: konnectivity, port: 8132, check: tls}, {name: controller_join, port: 9443, check: tls}]`";
    "local-port-clash" Error Model(ports::local_port_clash), "etcd.io, Configuration options":
        "The local load balancer, and etcd or its proxy, cannot both listen on one port of a host's localhost."
        => "leave `loadbalancer_apiserver_port` at the API servers' port";
    "k3s-token" Error Model(api::k3s_token), "docs.k3s.io, token":
        "Servers and agents without a common secret form no cluster."
        => "set `k3s_token` for all hosts to a long random word, and keep it out of the repository";
    "node-port-range" Error Model(ports::node_port_range), "kubernetes.io, Service, type NodePort":
        "kube-proxy may give this port to a service, on every node."
        => "take a port outside of 30000 to 32767";
    "ephemeral-port" Warning Model(ports::ephemeral_port), "ip-sysctl.rst, ip_local_port_range":
        "An outgoing connection may have the port when the program starts, which then fails."
        => "take a port below 32768";

    // The API servers.
    "insecure-port" Error Model(api::insecure_port), "Kubernetes 1.20 changelog; kubespray 24c8ba832":
        "API servers have no insecure port since Kubernetes 1.20, so that masters reach nothing there."
        => "remove `kube_api_access: kargo` and `kube_apiserver_insecure_port`";
    "insecure-bind" Error Vars(api::insecure_bind), "kube-apiserver --insecure-bind-address":
        "Whoever reaches the insecure port is cluster administrator, without a password."
        => "leave it at 127.0.0.1";
    "bind-loopback" Warning Model(api::bind_loopback), "kube-apiserver --bind-address":
        "On a loopback address only the host itself reaches its API server; load balancers and nodes do not."
        => "set `kube_apiserver_bind_address` to the host's own address, or remove it";
    "bind-foreign" Error Model(api::bind_foreign), "bind(2), EADDRNOTAVAIL":
        "A program cannot listen on an address that its host does not have."
        => "set `kube_apiserver_bind_address` to the host's own address, or remove it";
    "master-single" Note Model(api::master_single), "kubeadm, ha-considerations.md":
        "Two load balancers do not help when the only API server stops."
        => "use three masters";

    // etcd.
    "etcd-even" Warning Model(etcd::etcd_even), "etcd.io, FAQ":
        "An even number of members survives no more losses than one less, and has one more that can fail."
        => "use 3 or 5 members";
    "masters-even" Warning Model(etcd::masters_even), "etcd.io, FAQ":
        "etcd runs on the masters, and an even number survives no more losses than one less."
        => "use 3 or 5 masters, or a group `etcd` with 3 or 5 of the hosts";
    "quorum-2" Warning Model(etcd::quorum_2), "etcd.io, FAQ":
        "Two members stop when either is lost: that is twice as likely as with one."
        => "use 3 members";
    "etcd-single" Warning Model(etcd::etcd_single), "etcd.io, FAQ":
        "All API servers stop when the only member stops."
        => "use 3 members";
    "etcd-many" Warning Model(etcd::etcd_many), "etcd.io, FAQ":
        "Each write waits for a majority, so more than 7 members are slower and hardly safer."
        => "use 5 members";
    "etcd-http" Warning Model(etcd::etcd_http), "etcd.io, Transport security model":
        "Whoever reaches the port reads every secret of the cluster and can change everything."
        => "set `kube_api_access: tls`";
    "etcd-insecure" Error Vars(text::etcd_insecure), "etcdctl(1)":
        "Whoever answers on the member's address gets the client's requests, and its certificate is not compared."
        => "name the CA with `--cacert`: it lies beside etcd's other certificates";
    "etcd-auth-off" Warning Vars(etcd::etcd_auth_off), "etcd.io, Transport security model":
        "Without client certificates everybody who reaches the port is let in."
        => "set it to true; certificates are made for every host that needs one";
    "etcd-election" Error Model(etcd::etcd_election), "etcd.io, Tuning":
        "etcd refuses to start with less than five heartbeats, or more than 50 s."
        => "set ten heartbeats: 100 and 1000, or 500 and 5000";
    "proxy-unused" Warning Model(etcd::proxy_unused), "Kubespray 95b460ae9":
        "With `etcd_multiaccess` clients know all members, and no proxy is set up."
        => "remove one of the two";
    "flannel-single" Warning Model(etcd::flannel_single), "Kargo, ha-mode.md":
        "flannel uses the first etcd endpoint alone, and pods lose their network with that member."
        => "set `etcd_multiaccess: false`, so that flannel asks the proxy on its host";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_texts_are_whole() {
        for (index, lint) in LINTS.iter().enumerate() {
            let id = lint.id;
            assert!(LINTS[..index].iter().all(|other| other.id != id), "{id} twice");
            let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(id.chars().all(word), "{id}");
            assert!(lint.sentence.ends_with('.'), "{id}: {}", lint.sentence);
            assert!(!lint.mend.ends_with('.'), "{id}: {}", lint.mend);
            assert!(!lint.source.is_empty(), "{id}");
        }
    }
}
