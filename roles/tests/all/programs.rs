//! What the roles write is accepted by HAProxy and keepalived themselves, where they are installed.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::support::Changed;
use crate::support::render;
use evenkeel_playbook::play::Item;
use serde_json::Value;
use serde_json::json;

/// Inventories that differ in what reaches the files.
fn variants() -> Vec<(&'static str, Changed)> {
    let with = |variables: Value| Changed::inventory("external-lb").all(variables);
    vec![
        ("as it is", with(json!({}))),
        (
            "401",
            with(json!({"loadbalancer_apiserver_check": "readyz-or-401"})),
        ),
        ("tls", with(json!({"loadbalancer_apiserver_check": "tls"}))),
        ("vip only", with(json!({"loadbalancer_bind_vip_only": true}))),
        ("ipv6", crate::support::ipv6()),
        ("one", with(json!({})).members("loadbalancer", &["lb1"])),
        (
            "frontends",
            with(
                json!({"loadbalancer_extra_frontends": [{"name": "rke2", "port": 9345, "check": "tls"}, {"name": "k0s", "port": 9443}]}),
            ),
        ),
    ]
}

fn installed(program: &str) -> bool {
    let is = Path::new(program).exists();
    if !is {
        println!("skipped: {program} is not installed");
    }
    is
}

fn written(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.replace(' ', "-"));
    std::fs::write(&path, text).expect("the file is written");
    path
}

/// Runs a command; everything it says is in the message.
fn accepts(command: &mut Command, what: &str) {
    let output = command.output().expect("it starts");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(
        output.status.success(),
        "{what}: {}: {}",
        output.status,
        said.concat()
    );
    let warned = said[1].contains("WARNING") || said[1].contains("ALERT");
    assert!(!warned, "{what}: {}", said[1]);
}

/// The command with which the role lets a target check a file.
fn validation(inventory: &Changed, dest: &str, path: &Path) -> String {
    let generated = inventory.generated();
    let tasks = generated.playbook.plays.iter().flat_map(|play| &play.tasks);
    let mut commands = tasks.filter_map(|item| {
        let Item::Card(card) = item else { return None };
        let text = |name: &str| card.body.raw.get(name)?.as_str();
        (text("dest") == Some(dest)).then(|| text("validate").expect("it is validated").to_owned())
    });
    let command = commands.next().expect("a task that writes the file");
    command.replace("%s", &path.to_string_lossy())
}

#[test]
fn haproxy_accepts_what_is_written() {
    if !installed("/usr/sbin/haproxy") {
        return;
    }
    for (name, inventory) in variants() {
        let path = written(
            &format!("{name}.cfg"),
            &render(&inventory.generated(), "haproxy.cfg.j2", "lb1"),
        );
        let command = validation(&inventory, "/etc/haproxy/haproxy.cfg", &path);
        accepts(Command::new("sh").arg("-c").arg(command), name);
    }
}

/// Gives a network namespace the interface that keepalived looks for.
const INTERFACE: &str = "ip link add eth0 type veth && ip addr add 192.0.2.11/24 dev eth0 \
     && ip -6 addr add 2001:db8::1/64 dev eth0 nodad && ip link set eth0 up";

/// keepalived looks for the interface and the script user: a network namespace of the test's own has the interface,
/// and a user that is always there stands in for the one that the role adds.
#[test]
fn keepalived_accepts_what_is_written() {
    if !installed("/usr/sbin/keepalived") {
        return;
    }
    let prepared = Command::new("unshare")
        .args(["--net", "--pid", "--fork", "sh", "-c", INTERFACE])
        .output();
    if !prepared.is_ok_and(|output| output.status.success()) {
        println!("skipped: no network namespace of its own (needs root, iproute2 and util-linux)");
        return;
    }
    for (name, inventory) in variants() {
        let text = render(&inventory.generated(), "keepalived.conf.j2", "lb1");
        let path = written(
            &format!("{name}.conf"),
            &text.replace("script_user keepalived_script", "script_user nobody"),
        );
        let command = validation(&inventory, "/etc/keepalived/keepalived.conf", &path);
        accepts(
            Command::new("unshare").args(["--net", "sh", "-c", &format!("{INTERFACE} && {command}")]),
            name,
        );
    }
}
