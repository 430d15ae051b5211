//! What is listed and explained without a run.

use crate::sandbox::SMALL;
use crate::sandbox::evenkeel;
use crate::sandbox::program;

fn told(words: &[&'static str]) -> String {
    evenkeel(words.iter().copied()).told()
}

#[test]
fn lists_of_hosts_tasks_and_tags() {
    let all = ["plan", "--list-hosts", "--list-tasks", "--list-tags"];
    insta::assert_snapshot!(told(&[&all, &SMALL[..]].concat()));
    let chosen = ["apply", "--list-tasks", "--skip-tags", "greeting"];
    insta::assert_snapshot!(told(&[&chosen, &SMALL[..]].concat()));
}

#[test]
fn a_checked_playbook_is_named() {
    insta::assert_snapshot!(told(&[&["plan", "--syntax-check"], &SMALL[..]].concat()));
}

#[test]
fn the_inventory_as_it_was_understood() {
    insta::assert_snapshot!(told(&["inventory", "-i", "small/hosts.ini", "--list"]));
    insta::assert_snapshot!(told(&["inventory", "-i", "small/hosts.ini", "--host", "web2"]));
    insta::assert_snapshot!(told(&["inventory", "-i", "small/hosts.ini", "--graph", "--vars"]));
}

#[test]
fn endpoints_in_every_format() {
    for format in ["table", "json", "yaml", "markdown"] {
        let text = evenkeel(["endpoints", "-i", "cluster", "--format", format]).told();
        insta::assert_snapshot!(format!("endpoints_as_{format}"), text);
    }
}

#[test]
fn a_variable_with_every_place_that_sets_it() {
    let from_role = [
        "explain",
        "motd_text",
        "--host",
        "db1",
        "-i",
        "small/hosts.ini",
        "small/site.yml",
    ];
    insta::assert_snapshot!(told(&from_role));
    let from_inventory = [
        "explain",
        "app_port",
        "--host",
        "web2",
        "-i",
        "small/hosts.ini",
        "-e",
        "app_port=9000",
    ];
    insta::assert_snapshot!(told(&from_inventory));
}

#[test]
fn task_types_and_the_documentation_of_one() {
    let list = evenkeel(["modules"]);
    assert_eq!(list.code, Some(0));
    assert!(
        list.stdout
            .lines()
            .any(|line| line.starts_with("ansible.builtin.apt ")),
        "{}",
        list.stdout
    );
    insta::assert_snapshot!(told(&["modules", "sysctl"]));
    insta::assert_snapshot!(told(&["modules", "sysctll"]));
}

#[test]
fn every_task_type_has_a_page_with_an_example() {
    for line in evenkeel(["modules"]).stdout.lines() {
        let name = line.split_whitespace().next().unwrap();
        let page = evenkeel(["modules", name]).stdout;
        assert!(page.starts_with(name), "{page}");
        let (_, example) = page.split_once("\nEXAMPLE\n").unwrap();
        assert!(
            example.contains(name.rsplit('.').next().unwrap()),
            "the example of {name}: {example}"
        );
    }
}

#[test]
fn completions_are_scripts_that_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = evenkeel(["completions", shell]);
        assert_eq!(script.code, Some(0));
        assert!(
            script.stdout.contains("endpoints") && script.stdout.contains("simulate"),
            "{shell}"
        );
    }
    let script = evenkeel(["completions", "bash"]).stdout;
    let checked = assert_cmd::Command::new("bash")
        .arg("-n")
        .write_stdin(script)
        .output()
        .unwrap();
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
}

#[test]
fn help_names_the_commands_and_options() {
    insta::assert_snapshot!(told(&["--help"]));
    insta::assert_snapshot!(told(&["apply", "--help"]));
}

#[test]
fn the_default_of_a_roles_variable_is_explained() {
    let explained = |variable| told(&["explain", variable, "--host", "lb1", "-i", "cluster"]);
    insta::assert_snapshot!(explained("haproxy_maxconn"), @r#"
    exit code 0
    ---- standard output
    haproxy_maxconn on lb1: nothing sets it
    * default of the role loadbalancer: 20000 (connections)
      Connections that HAProxy holds at once; each needs two file descriptors.
      `evenkeel roles loadbalancer` documents it
    "#);
    insta::assert_snapshot!(explained("keepalived_interface"), @r#"
    exit code 0
    ---- standard output
    keepalived_interface on lb1: "eth0"
    * cluster/group_vars/loadbalancer.yml:1:1  inventory group_vars, group loadbalancer: "eth0"
      default of the role base: none
      The interface of a load balancer that carries the virtual address. Needed.
      `evenkeel roles base` documents it
    "#);
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(
        evenkeel(["--version"]).stdout,
        format!("evenkeel {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    for words in [
        &["modules"][..],
        &["completions", "bash"],
        &["plan", "--simulate", "-vv", SMALL[0], SMALL[1], SMALL[2]],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = program(words.iter().copied());
        command.stdout(writer).stderr(std::process::Stdio::piped());
        let output = command.spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{words:?}");
        assert!(
            matches!(output.status.code(), Some(0 | 6)),
            "{words:?}: {}",
            output.status
        );
    }
}

#[test]
fn verify_needs_real_hosts_of_a_cluster() {
    insta::assert_snapshot!(told(&["verify", "--simulate", "-i", "cluster"]), @r"
        exit code 5
        ---- standard error
        verify::simulate

          × `verify` opens real connections, and on simulated hosts nothing listens
          help: run it without `--simulate`, on the hosts themselves
        ");
    insta::assert_snapshot!(told(&["verify", "-i", "small/hosts.ini"]), @r"
        exit code 5
        ---- standard error
        cluster::none

          × the inventory describes no cluster
          help: put the API servers into the group `kube_control_plane`
        ");
}

#[test]
fn a_variable_that_is_computed_is_explained() {
    let explained = |variable| told(&["explain", variable, "--host", "lb1", "-i", "cluster"]);
    insta::assert_snapshot!(explained("kube_apiserver_endpoint"), @r#"
    exit code 0
    ---- standard output
    kube_apiserver_endpoint on lb1: "https://lb-apiserver.kubernetes.local:6443"
    * computed from the inventory's cluster: Where this host reaches the API server; `evenkeel endpoints` says why.
      the external load balancer; loadbalancer_apiserver is set (cluster/group_vars/all.yml:1:1)
    "#);
    insta::assert_snapshot!(explained("keepalived"), @r#"
    exit code 0
    ---- standard output
    keepalived on lb1: {"router_id":"lb1","interface":"eth0","virtual_router_id":51,"priority":150,"advert_int":1,"address":"192.0.2.11","unicast":true,"peers":["192.0.2.12"],"balancer":"HAProxy","vip":"192.0.2.100/32","check":{"port":8404,"max_time":1,"interval":2,"timeout":2,"fall":3,"rise":2},"failover":9}
    * computed from the inventory's cluster: For the templates and playbooks that `evenkeel generate` writes.
    "#);
}
