//! The playbook of `inventories/external-lb`, its files, and what other inventories make of them.

use crate::support::Changed;
use crate::support::ipv6;
use crate::support::plays;
use crate::support::render;
use evenkeel_playbook::play::Item;
use serde_json::json;

fn external_lb() -> Changed {
    Changed::inventory("external-lb")
}

#[test]
fn the_playbook_reads_as_people_talk() {
    insta::assert_snapshot!(plays(&external_lb().generated()), @r##"
    ---
    - name: Every host knows the others by name
      hosts: kube_control_plane,kube_node,loadbalancer
      gather_facts: false
      tags:
        - hosts
      tasks:
        - name: Write the addresses of the cluster to /etc/hosts
          ansible.builtin.blockinfile:
            path: /etc/hosts
            marker: "# {mark} evenkeel: the hosts of this cluster"
            block: |
              192.0.2.100 lb-apiserver.kubernetes.local
              192.0.2.11 lb1
              192.0.2.12 lb2
              192.0.2.21 m1
              192.0.2.22 m2
              192.0.2.23 m3
              192.0.2.31 w1
              192.0.2.32 w2

        - name: Install curl, which checks endpoints
          ansible.builtin.apt:
            name:
              - curl
            update_cache: true
            cache_valid_time: 86400

    # What is let in stands in `firewall` of each host's variables, computed from its part in the cluster.
    - name: The firewall lets in what each host serves
      hosts: loadbalancer
      gather_facts: false
      tags:
        - firewall
      tasks:
        - name: Look for ufw
          ansible.builtin.stat:
            path: /usr/sbin/ufw
          register: ufw

        - name: Switch ufw off, as two firewalls undo each other's rules
          ansible.builtin.systemd_service:
            name: ufw
            state: stopped
            enabled: false
          when: ufw.stat.exists

        - name: Install the firewall
          ansible.builtin.apt:
            name:
              - firewalld
            update_cache: true
            cache_valid_time: 86400

        - name: Start the firewall, now and with the machine
          ansible.builtin.service:
            name: firewalld
            enabled: true
            state: started

        - name: Let everybody reach these ports
          ansible.posix.firewalld:
            port: "{{ item.port }}"
            permanent: true
            immediate: true
            state: enabled
          loop: "{{ firewall.ports }}"
          loop_control:
            label: "{{ item.for }}"

        - name: Let in only who needs it
          ansible.posix.firewalld:
            rich_rule: "{{ item.rule }}"
            permanent: true
            immediate: true
            state: enabled
          loop: "{{ firewall.rules }}"
          loop_control:
            label: "{{ item.for }}"

    - name: HAProxy balances the API servers
      hosts: loadbalancer
      gather_facts: false
      tags:
        - haproxy
      tasks:
        - name: Install HAProxy
          ansible.builtin.apt:
            name:
              - haproxy
            update_cache: true
            cache_valid_time: 86400

        - name: Configure HAProxy
          ansible.builtin.template:
            src: haproxy.cfg.j2
            dest: /etc/haproxy/haproxy.cfg
            owner: root
            group: root
            mode: "0644"
            validate: /usr/sbin/haproxy -c -f %s
          notify: Reload HAProxy

        - name: Start HAProxy, now and with the machine
          ansible.builtin.service:
            name: haproxy
            enabled: true
            state: started
      handlers:
        - name: Reload HAProxy
          ansible.builtin.service:
            name: haproxy
            state: reloaded

    - name: The virtual address stays where its load balancer lives
      hosts: loadbalancer
      gather_facts: false
      tags:
        - keepalived
      tasks:
        - name: Install keepalived, and curl for its check
          ansible.builtin.apt:
            name:
              - keepalived
              - curl
            update_cache: true
            cache_valid_time: 86400

        - name: Add the user that runs keepalived's check
          ansible.builtin.user:
            name: keepalived_script
            comment: keepalived's checks
            system: true
            shell: /usr/sbin/nologin
            home: /nonexistent
            create_home: false

        - name: Configure keepalived
          ansible.builtin.template:
            src: keepalived.conf.j2
            dest: /etc/keepalived/keepalived.conf
            owner: root
            group: root
            mode: "0640"
            validate: /usr/bin/unshare --pid --fork /usr/sbin/keepalived -t -f %s
          notify: Reload keepalived

        - name: Start keepalived, now and with the machine
          ansible.builtin.service:
            name: keepalived
            enabled: true
            state: started
      handlers:
        - name: Reload keepalived
          ansible.builtin.service:
            name: keepalived
            state: reloaded
    "##);
}

#[test]
fn haproxy_balances_the_masters() {
    insta::assert_snapshot!(render(&external_lb().generated(), "haproxy.cfg.j2", "lb1"), @r"
    # Written by Evenkeel; changes made here are overwritten.
    global
        log /dev/log local0
        user haproxy
        group haproxy
        maxconn 20000
        stats socket /run/haproxy/admin.sock mode 660 level admin

    defaults
        log global
        mode tcp
        option tcplog
        option dontlognull
        option clitcpka
        option srvtcpka
        # A connection that a server refuses goes to another one at once.
        option redispatch 1
        timeout connect 5s
        timeout check 5s
        timeout client 1h
        timeout server 1h
        timeout tunnel 4h
        timeout client-fin 30s

    # Answers as long as this HAProxy lives, whatever the API servers do: what keepalived looks at.
    frontend lb_alive
        mode http
        option httplog
        bind 127.0.0.1:8404
        monitor-uri /healthz

    # 503 when no API server is usable: for people and monitoring, not for the virtual address.
    frontend lb_ready
        mode http
        option httplog
        bind 127.0.0.1:8405
        monitor-uri /readyz
        acl no_api nbsrv(kube_api) lt 1
        monitor fail if no_api

    frontend kube_api
        bind *:6443
        default_backend kube_api

    backend kube_api
        balance leastconn
        option httpchk
        http-check connect ssl
        http-check send meth GET uri /readyz
        http-check expect status 200
        default-server inter 2s downinter 5s rise 2 fall 3 verify none on-marked-down shutdown-sessions
        server m1 192.0.2.21:6443 check
        server m2 192.0.2.22:6443 check
        server m3 192.0.2.23:6443 check
    ");
}

#[test]
fn keepalived_of_the_first_and_the_second_host() {
    let generated = external_lb().generated();
    insta::assert_snapshot!(render(&generated, "keepalived.conf.j2", "lb1"), @r#"
    # Written by Evenkeel; changes made here are overwritten.
    global_defs {
        router_id lb1
        enable_script_security
        script_user keepalived_script
    }

    # Looks only at the HAProxy of this host: a check of the API servers would leave no host with the address while none of
    # them answers. Without a weight a failure gives the address away, within 9 s after HAProxy dies.
    vrrp_script balancer_lives {
        script "/usr/bin/curl -sf --max-time 1 -o /dev/null http://127.0.0.1:8404/healthz"
        interval 2
        timeout 2
        fall 3
        rise 2
    }

    vrrp_instance kube_api {
        state BACKUP
        nopreempt
        interface eth0
        virtual_router_id 51
        priority 150
        advert_int 1
        unicast_src_ip 192.0.2.11
        unicast_peer {
            192.0.2.12
        }
        virtual_ipaddress {
            192.0.2.100/24 dev eth0
        }
        track_script {
            balancer_lives
        }
    }
    "#);
    let second = render(&generated, "keepalived.conf.j2", "lb2");
    let differs = |line: &&str| {
        !render(&generated, "keepalived.conf.j2", "lb1")
            .lines()
            .any(|other| other == *line)
    };
    insta::assert_snapshot!(second.lines().filter(differs).collect::<Vec<_>>().join("\n"), @r"
    router_id lb2
    priority 149
    unicast_src_ip 192.0.2.12
        192.0.2.11
    ");
}

/// Everything with a static argument was read by its task type when the playbook was made, so that nothing in it can
/// be wrong for `evenkeel` and right here.
#[test]
fn every_card_is_right() {
    let inventories = [
        external_lb(),
        external_lb().all(
            json!({"firewalld_zone": "internal", "ansible_port": 2222, "loadbalancer_bind_vip_only": true}),
        ),
    ];
    for inventory in inventories {
        for play in &inventory.generated().playbook.plays {
            for item in play.tasks.iter().chain(&play.handlers) {
                let Item::Card(card) = item else {
                    panic!("no blocks")
                };
                let template = card
                    .body
                    .raw
                    .iter()
                    .any(|(_, _, value)| value.as_str().is_some_and(|text| text.contains("{{")));
                assert!(
                    card.body.typed.is_some() || template,
                    "{} has wrong arguments",
                    card.title()
                );
            }
        }
    }
}

/// The directives of a file that are not in another, comments aside.
fn new_lines(new: &str, old: &str) -> String {
    let lines = new.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .filter(|line| !old.lines().any(|other| other == *line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn haproxy(inventory: &Changed) -> String {
    render(&inventory.generated(), "haproxy.cfg.j2", "lb1")
}

fn keepalived(inventory: &Changed) -> String {
    render(&inventory.generated(), "keepalived.conf.j2", "lb1")
}

#[test]
fn a_cluster_that_answers_401_is_alive() {
    let changed = external_lb().all(json!({"loadbalancer_apiserver_check": "readyz-or-401"}));
    insta::assert_snapshot!(new_lines(&haproxy(&changed), &haproxy(&external_lb())), @"    http-check expect rstatus ^(200|401|403)$");
}

#[test]
fn tls_and_tcp_checks_and_further_frontends() {
    let changed = external_lb().all(json!({
        "loadbalancer_extra_frontends": [
            {"name": "rke2", "port": 9345, "check": "tls"},
            {"name": "konnectivity", "port": 8132, "backend_port": 8133},
        ],
    }));
    insta::assert_snapshot!(new_lines(&haproxy(&changed), &haproxy(&external_lb())), @r"
    frontend rke2
        bind *:9345
        default_backend rke2
    backend rke2
        default-server inter 2s downinter 5s rise 2 fall 3 verify none check-ssl on-marked-down shutdown-sessions
        server m1 192.0.2.21:9345 check
        server m2 192.0.2.22:9345 check
        server m3 192.0.2.23:9345 check
    frontend konnectivity
        bind *:8132
        default_backend konnectivity
    backend konnectivity
        default-server inter 2s downinter 5s rise 2 fall 3 on-marked-down shutdown-sessions
        server m1 192.0.2.21:8133 check
        server m2 192.0.2.22:8133 check
        server m3 192.0.2.23:8133 check
    ");
    let ports = &changed.generated().variables["lb1"]["firewall"]["ports"];
    assert_eq!(ports.as_array().map(Vec::len), Some(3), "{ports}");
}

#[test]
fn on_the_virtual_address_alone_the_kernel_lets_haproxy_listen() {
    let changed = external_lb().all(json!({"loadbalancer_bind_vip_only": true}));
    insta::assert_snapshot!(new_lines(&haproxy(&changed), &haproxy(&external_lb())), @"    bind 192.0.2.100:6443");
    insta::assert_snapshot!(new_lines(&plays(&changed.generated()), &plays(&external_lb().generated())), @r#"
    - name: Let the load balancer listen on the virtual address where it is not (yet)
      ansible.posix.sysctl:
        name: net.ipv4.ip_nonlocal_bind
        value: "1"
        sysctl_file: /etc/sysctl.d/60-evenkeel.conf
        sysctl_set: true
    "#);
}

#[test]
fn ipv6_has_its_brackets_its_setting_and_its_rule() {
    insta::assert_snapshot!(new_lines(&haproxy(&ipv6()), &haproxy(&external_lb())), @r"
    bind [::]:6443 v6only
    server m1 [2001:db8::3]:6443 check
    server m2 [2001:db8::4]:6443 check
    server m3 [2001:db8::5]:6443 check
    ");
    insta::assert_snapshot!(new_lines(&keepalived(&ipv6()), &keepalived(&external_lb())), @r"
    unicast_src_ip 2001:db8::1
        2001:db8::2
        2001:db8::100/64 dev eth0
    ");
    let only = ipv6().all(json!({"loadbalancer_bind_vip_only": true}));
    insta::assert_snapshot!(new_lines(&plays(&only.generated()), &plays(&external_lb().generated())), @r#"
          2001:db8::100 lb-apiserver.kubernetes.local
          2001:db8::1 lb1
          2001:db8::2 lb2
          2001:db8::3 m1
          2001:db8::4 m2
          2001:db8::5 m3
          2001:db8::6 w1
          2001:db8::7 w2
    - name: Let the load balancer listen on the virtual address where it is not (yet)
      ansible.posix.sysctl:
        name: net.ipv6.ip_nonlocal_bind
        value: "1"
        sysctl_file: /etc/sysctl.d/60-evenkeel.conf
        sysctl_set: true
    "#);
}

#[test]
fn one_load_balancer_has_no_peers() {
    let one = external_lb().members("loadbalancer", &["lb1"]);
    let generated = one.generated();
    insta::assert_snapshot!(render(&generated, "keepalived.conf.j2", "lb1"), @r#"
    # Written by Evenkeel; changes made here are overwritten.
    global_defs {
        router_id lb1
        enable_script_security
        script_user keepalived_script
    }

    # Looks only at the HAProxy of this host: a check of the API servers would leave no host with the address while none of
    # them answers. Without a weight a failure gives the address away, within 9 s after HAProxy dies.
    vrrp_script balancer_lives {
        script "/usr/bin/curl -sf --max-time 1 -o /dev/null http://127.0.0.1:8404/healthz"
        interval 2
        timeout 2
        fall 3
        rise 2
    }

    vrrp_instance kube_api {
        state BACKUP
        interface eth0
        virtual_router_id 51
        priority 150
        advert_int 1
        virtual_ipaddress {
            192.0.2.100/24 dev eth0
        }
        track_script {
            balancer_lives
        }
    }
    "#);
    assert!(!plays(&generated).contains("vrrp"));
}

#[test]
fn three_load_balancers_know_each_other() {
    let three = external_lb().host("lb3", json!({"ip": "192.0.2.13", "keepalived_interface": "ens3"}));
    let three = three.all(json!({
        "loadbalancer_apiserver": {"address": "192.0.2.100", "port": 6443},
        "loadbalancer_apiserver_prefix": 24,
        "keepalived_virtual_router_id": 51,
        "loadbalancer_apiserver_check": "readyz",
    }));
    let generated = three.members("loadbalancer", &["lb1", "lb2", "lb3"]).generated();
    let per_host = ["lb1", "lb2", "lb3"].map(|host| {
        let keepalived = &generated.variables[host]["keepalived"];
        format!(
            "{host} {} {} {}",
            keepalived["interface"], keepalived["priority"], keepalived["peers"]
        )
    });
    insta::assert_snapshot!(per_host.join("\n"), @r#"
    lb1 "eth0" 150 ["192.0.2.12","192.0.2.13"]
    lb2 "eth0" 149 ["192.0.2.11","192.0.2.13"]
    lb3 "ens3" 148 ["192.0.2.11","192.0.2.12"]
    "#);
}

#[test]
fn a_firewall_of_its_own_is_left_alone_and_ssh_stays_reachable() {
    let none = external_lb().all(json!({"firewalld_enabled": false}));
    assert!(!plays(&none.generated()).contains("firewall"));
    let one = external_lb().host("lb2", json!({"firewalld_enabled": false}));
    assert!(plays(&one.generated()).contains("hosts: lb1\n"));
    let moved = external_lb().all(json!({"ansible_port": 2222, "firewalld_zone": "internal"}));
    insta::assert_snapshot!(new_lines(&plays(&moved.generated()), &plays(&external_lb().generated())), @r#"
    - name: Install the firewall without starting it
        policy_rc_d: 101
    - name: Keep SSH reachable
        port: 2222/tcp
        zone: internal
        offline: true
    - name: Put the interface into the zone internal
        interface: eth0
        zone: internal
        zone: internal
        zone: internal
    "#);
}

#[test]
fn a_balancer_elsewhere_and_none_need_names_only() {
    let elsewhere = external_lb().members("loadbalancer", &[]);
    insta::assert_snapshot!(plays(&elsewhere.generated()), @r##"
    ---
    - name: Every host knows the others by name
      hosts: k8s_cluster
      gather_facts: false
      tags:
        - hosts
      tasks:
        - name: Write the addresses of the cluster to /etc/hosts
          ansible.builtin.blockinfile:
            path: /etc/hosts
            marker: "# {mark} evenkeel: the hosts of this cluster"
            block: |
              192.0.2.100 lb-apiserver.kubernetes.local
              192.0.2.21 m1
              192.0.2.22 m2
              192.0.2.23 m3
              192.0.2.31 w1
              192.0.2.32 w2

        - name: Install curl, which checks endpoints
          ansible.builtin.apt:
            name:
              - curl
            update_cache: true
            cache_valid_time: 86400
    "##);
    let local = elsewhere.all(json!({"loadbalancer_apiserver": null}));
    assert!(!plays(&local.generated()).contains("lb-apiserver"));
}

#[test]
fn computed_variables_are_all_named() {
    let generated = external_lb().generated();
    for variables in generated.variables.values() {
        for name in variables.keys() {
            assert!(evenkeel_roles::COMPUTED.contains(&&**name), "{name}");
        }
    }
}
