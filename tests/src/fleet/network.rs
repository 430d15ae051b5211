//! Network namespaces: one with a bridge for the controller, one per host.

use std::fs;
use std::net::Ipv4Addr;
use std::os::fd::AsFd;
use std::process::Command;

use rustix::thread::LinkNameSpaceType;
use rustix::thread::move_into_link_name_space;

use super::Result;
use super::program;
use super::program::ip;

const FOLDER: &str = "/run/netns";

/// Makes the controller's namespace with the bridge, at `.254` of the hosts' network.
pub(crate) fn make_controller(id: &str, any_host: Ipv4Addr) -> Result<()> {
    let [a, b, c, _] = any_host.octets();
    ip(&format!("netns add {id}"))?;
    ip(&format!("-n {id} link set lo up"))?;
    ip(&format!("-n {id} link add br0 type bridge"))?;
    ip(&format!("-n {id} addr add {a}.{b}.{c}.254/24 dev br0"))?;
    ip(&format!("-n {id} link set br0 up"))?;
    // It is the hosts' router, and says at once that there is nothing behind it.
    ip(&format!("-n {id} route add unreachable default"))?;
    program::succeed(command(id, "sysctl").args(["-q", "-w", "net.ipv4.ip_forward=1"])).map(drop)
}

/// Makes a host's namespace and plugs its `eth0` into the bridge's `port`.
pub(crate) fn make_host(id: &str, name: &str, port: &str, address: Ipv4Addr) -> Result<()> {
    ip(&format!("netns add {name}"))?;
    ip(&format!(
        "link add {port} netns {id} type veth peer name eth0 netns {name}"
    ))?;
    ip(&format!("-n {id} link set {port} master br0 up"))?;
    ip(&format!("-n {name} addr add {address}/24 dev eth0"))?;
    ip(&format!("-n {name} link set eth0 up"))?;
    let [a, b, c, _] = address.octets();
    ip(&format!("-n {name} route add default via {a}.{b}.{c}.254"))?;
    ip(&format!("-n {name} link set lo up")).map(drop)
}

/// Pulls the plug of a bridge's port, or puts it in again.
pub(crate) fn set_port(id: &str, port: &str, up: bool) -> Result<()> {
    ip(&format!(
        "-n {id} link set {port} {}",
        if up { "up" } else { "down" }
    ))
    .map(drop)
}

/// Removes a namespace; its interfaces go with it once no process is left in it.
pub(crate) fn remove(name: &str) {
    if fs::exists(path(name)).unwrap_or(false) {
        // The sweep tries again when something still holds it.
        let _gone = ip(&format!("netns del {name}"));
    }
}

/// The file that stands for a namespace.
pub(crate) fn path(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

/// A program that will start in a namespace.
pub(crate) fn command(namespace: &str, program: &str) -> Command {
    let mut command = Command::new("nsenter");
    command
        .arg(format!("--net={}", path(namespace)))
        .arg("--")
        .arg(program);
    command
}

/// Runs `work` on a thread of its own in a namespace.
pub(crate) fn inside<T: Send>(namespace: &str, work: impl FnOnce() -> T + Send) -> T {
    let entered = || {
        if let Err(error) = enter(namespace) {
            panic!("the namespace {namespace} could not be entered: {error}");
        }
        work()
    };
    match std::thread::scope(|scope| scope.spawn(entered).join()) {
        Ok(value) => value,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn enter(namespace: &str) -> std::io::Result<()> {
    let file = rustix::fs::open(
        path(namespace),
        rustix::fs::OFlags::RDONLY,
        rustix::fs::Mode::empty(),
    )?;
    Ok(move_into_link_name_space(
        file.as_fd(),
        Some(LinkNameSpaceType::Network),
    )?)
}
