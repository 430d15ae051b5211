//! `cargo run -p evenkeel-tests --example capture`, as root: describes real hosts for those that are only simulated, in
//! `crates/host/fixtures/`.
//!
//! A freshly installed host becomes the floor on which every simulated host stands; what a package brings is the
//! difference that installing it makes on another fresh host.
#![forbid(unsafe_code)]

mod families;
mod packages;
mod slim;

use std::fs;
use std::path::Path;

use evenkeel_host::AbsPath;
use evenkeel_host::Catalogue;
use evenkeel_host::Fixture;
use evenkeel_host::Posix;
use evenkeel_host::Ssh2;
use evenkeel_host::SshSettings;
use evenkeel_host::Who;
use evenkeel_tests::fleet::Error;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::Result;

/// Folders that are described whole: what is not in the description is not there. Of other folders nothing is known.
const ROOTS: [&str; 33] = [
    "/bin",
    "/boot",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/run/systemd/system",
    "/run/systemd/transient",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr/bin",
    "/usr/lib/apt",
    "/usr/lib/binfmt.d",
    "/usr/lib/environment.d",
    "/usr/lib/firewalld",
    "/usr/lib/modules-load.d",
    "/usr/lib/nginx",
    "/usr/lib/os-release",
    "/usr/lib/sysctl.d",
    "/usr/lib/systemd",
    "/usr/lib/sysusers.d",
    "/usr/lib/tmpfiles.d",
    "/usr/local",
    "/usr/sbin",
    "/usr/share/keyrings",
    "/var/lib",
    "/var/log",
    "/var/spool",
    "/var/tmp",
];

/// Folders of which the names are described, and not what is below them.
const LISTED: [&str; 8] = [
    "/",
    "/run",
    "/run/systemd",
    "/usr",
    "/usr/lib",
    "/usr/share",
    "/var",
    "/var/cache",
];

/// What is installed, one package on one host each, and described as what that package brings.
const PACKAGES: [&str; 8] = [
    "haproxy",
    "keepalived",
    "firewalld",
    "nginx",
    "libnginx-mod-stream",
    "etcd-server",
    "etcd-client",
    "curl",
];

fn main() -> Result<()> {
    let hosts: Vec<_> = (1..)
        .zip(PACKAGES)
        .map(|(i, _)| HostSpec::bare("debian", &format!("192.0.2.{i}")))
        .collect();
    let mut catalogue = Catalogue::default();
    let mut fresh = None;
    for (spec, name) in hosts.into_iter().zip(PACKAGES) {
        // One after the other, each alone: what a host says of itself does not depend on its neighbours.
        let fleet = Fleet::up(&[spec])?;
        let host = &fleet.hosts()[0];
        let before = describe(&fleet, host)?;
        host.exec(&format!(
            "DEBIAN_FRONTEND=noninteractive apt-get -q -y install {name}"
        ))?;
        let after = describe(&fleet, host)?;
        catalogue = catalogue.with(packages::brought(name, &before, &after));
        fresh.get_or_insert(before);
    }
    let failed = |error| Error::Failed(error);
    let fresh = fresh.unwrap_or_default();
    write(
        "debian12.json",
        &slim::fixture(&fresh.to_json().map_err(failed)?)?,
    )?;
    write(
        "debian12-packages.json",
        &slim::catalogue(&catalogue.to_json().map_err(failed)?)?,
    )
}

fn write(name: &str, text: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates/host/fixtures")
        .join(name);
    fs::write(&path, text).map_err(|error| Error::Failed(format!("{}: {error}", path.display())))
}

fn describe(fleet: &Fleet, host: &Host) -> Result<Fixture> {
    let settings = SshSettings {
        user: Some("root".to_owned()),
        identity_files: vec![fleet.key()],
        identities_only: true,
        known_hosts: vec![fleet.known_hosts()],
        ..SshSettings::new(host.address().to_string())
    };
    let families = families::all(host)?;
    let roots: Vec<_> = ROOTS.iter().filter_map(|root| AbsPath::new(root)).collect();
    let listed: Vec<_> = LISTED.iter().filter_map(|path| AbsPath::new(path)).collect();
    let look = Posix::new(Ssh2::new(settings));
    let captured = fleet.inside(|| evenkeel_host::capture(&look, &Who::Login, &roots, &listed, &families));
    captured.map_err(|error| Error::Failed(error.to_string()))
}
