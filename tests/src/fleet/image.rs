//! The root filesystem that the hosts share.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::Error;
use super::Image;
use super::Result;
use super::program;

/// The folder that `tests/fleet/rootfs` built.
pub(crate) fn built() -> Result<PathBuf> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/fleet/rootfs");
    let output = program::output(Command::new(script).arg("--path"))?;
    match output.code {
        0 => Ok(PathBuf::from(output.stdout.trim())),
        3 => Err(Error::Skip(
            "the root filesystem is not built: run tests/fleet/rootfs as root".to_owned(),
        )),
        _ => Err(Error::failed(script, output.stderr)),
    }
}

/// Whether this process may and can boot hosts.
pub(crate) fn possible() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Err(Error::Skip("booting hosts needs root".to_owned()));
    }
    let filesystems = std::fs::read_to_string("/proc/filesystems").unwrap_or_default();
    if !filesystems.contains("overlay") && program::succeed(Command::new("modprobe").arg("overlay")).is_err()
    {
        return Err(Error::Skip("the kernel has no overlay filesystem".to_owned()));
    }
    for tool in ["systemd-nspawn", "ip", "nsenter", "unshare", "ssh-keygen"] {
        if program::output(Command::new(tool).arg("--help")).is_err() {
            return Err(Error::Skip(format!(
                "{tool} is not installed: tests/fleet/rootfs installs it"
            )));
        }
    }
    program::succeed(Command::new("unshare").args(["--mount", "--net", "true"]))
        .map(drop)
        .map_err(|why| Error::Skip(format!("namespaces are not allowed: {why}")))
}

/// The read-only layers of an image, uppermost first, as overlayfs takes them.
pub(crate) fn layers(built: &Path, image: Image) -> String {
    let names: &[&str] = match image {
        Image::Bare => &["fresh"],
        Image::Fresh => &["users", "fresh"],
        Image::Python => &["python", "users", "fresh"],
        Image::Suite => &["suite", "python", "users", "fresh"],
        Image::Stocked => &["stocked", "users", "fresh"],
    };
    let paths: Vec<_> = names
        .iter()
        .map(|name| built.join(name).display().to_string())
        .collect();
    paths.join(":")
}
