//! What makes each host its own: name, identity, keys, addresses.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Command;

use sha2::Digest;
use sha2::Sha256;

use super::Error;
use super::Host;
use super::Result;
use super::network;
use super::program;

/// The kinds of host keys a host has, in the order in which sshd's own set lists them.
const KEYS: [&str; 2] = ["ecdsa", "ed25519"];

/// Makes a host's namespace and its own files, and returns its lines for a known_hosts file.
pub(crate) fn prepare(host: &Host) -> Result<String> {
    network::make_host(&host.fleet(), &host.machine(), &host.port(), host.address())?;
    let upper = host.directory().join("upper");
    write_files(host, &upper).map_err(|error| Error::failed(upper.display(), error))?;
    KEYS.iter().map(|kind| make_key(host, &upper, kind)).collect()
}

pub(crate) fn write_files(host: &Host, upper: &Path) -> std::io::Result<()> {
    let name = host.name();
    // The folders' modes show through: they must be those of the layers below.
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(upper.join("etc/ssh"))?;
    fs::create_dir(host.directory().join("root"))?;
    fs::write(upper.join("etc/hostname"), format!("{name}\n"))?;
    let hosts =
        format!("127.0.0.1\tlocalhost\n127.0.1.1\t{name}\n\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    fs::write(upper.join("etc/hosts"), hosts)?;
    // Without an identity systemd takes this for a first boot and enables what is installed.
    fs::write(
        upper.join("etc/machine-id"),
        format!("{}\n", machine_id(&host.machine())),
    )
}

fn machine_id(machine: &str) -> String {
    Sha256::digest(machine)
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn make_key(host: &Host, upper: &Path, kind: &str) -> Result<String> {
    let path = upper.join(format!("etc/ssh/ssh_host_{kind}_key"));
    let comment = format!("root@{}", host.name());
    program::succeed(
        Command::new("ssh-keygen")
            .args(["-q", "-N", "", "-t", kind, "-C", &comment, "-f"])
            .arg(&path),
    )?;
    let public = path.with_extension("pub");
    let line = fs::read_to_string(&public).map_err(|error| Error::failed(public.display(), error))?;
    let key: Vec<_> = line.split_whitespace().take(2).collect();
    Ok(format!("{},{} {}\n", host.address(), host.name(), key.join(" ")))
}
