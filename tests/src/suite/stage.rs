//! The controller's side of a run: a folder with playbook, inventory and settings, the same for both programs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;

use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::Result;

/// The name of the one host, as the targets know it.
pub(crate) const HOST: &str = "testhost";

/// How to write the settings: the folder of the targets as roles, and the password of vaults that a target brings.
fn settings(targets: &Path, target: &str) -> String {
    let roles = format!("[defaults]\nroles_path = {}\n", targets.display());
    let password = targets.join(target).join("vault-password");
    match password.exists() {
        true => format!("{roles}vault_password_file = {}\n", password.display()),
        false => roles,
    }
}

/// The inventory, with the variables that ansible-core's own runner gives the host.
fn inventory(address: &str, output: &str) -> String {
    format!(
        "[testgroup]\n{HOST} ansible_connection=ssh ansible_host={address} ansible_user=root \
         ansible_python_interpreter=/usr/bin/python3 output_dir={output}\n"
    )
}

fn playbook(target: &str) -> String {
    format!("- hosts: {HOST}\n  gather_facts: true\n  roles: [{target}]\n")
}

/// The variables of the target's own host: those targets are roles that their script runs on `localhost`.
fn host_variables(targets: &Path, target: &str) -> Option<String> {
    let folder = targets.join(target).join("host_vars");
    ["localhost", "localhost.yml"]
        .iter()
        .find_map(|name| fs::read_to_string(folder.join(name)).ok())
}

/// All that both programs are told about a target, apart from where it lies.
pub(crate) fn told(targets: &Path, target: &str) -> String {
    let [settings, inventory] = [settings(targets, target), inventory("ADDRESS", "OUTPUT")];
    let settings = settings.replace(&targets.display().to_string(), "TARGETS");
    let variables = host_variables(targets, target).unwrap_or_default();
    [
        settings,
        inventory,
        playbook(target),
        variables,
        SHARED.to_owned(),
    ]
    .concat()
}

/// The environment variable that names the folder, as ansible-core's own runner sets it.
pub(crate) const OUTPUT: &str = "OUTPUT_DIR";

/// How the folder `output_dir` is given.
const SHARED: &str = "shared\n";

/// Makes the folder for one run in a fleet's own; the program starts there, with `home` as its home.
pub(crate) fn set(fleet: &Fleet, targets: &Path, target: &str, program: &str) -> Result<PathBuf> {
    // A short name: OpenSSH's socket lies in it, and such a path has no more than 108 bytes (unix(7)).
    let folder = fleet.directory().join(program);
    let failed = |error| Error::failed(folder.display(), error);
    let output = folder.join("output");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::create_dir_all(folder.join("home")).map_err(failed)?;
    share(fleet, &output)?;
    let address = fleet.host(HOST).address().to_string();
    let files = [
        ("ansible.cfg", settings(targets, target)),
        ("inventory", inventory(&address, &output.display().to_string())),
        ("play.yml", playbook(target)),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    if let Some(variables) = host_variables(targets, target) {
        fs::create_dir_all(folder.join("host_vars")).map_err(failed)?;
        fs::write(folder.join("host_vars").join(HOST), variables).map_err(failed)?;
    }
    Ok(folder)
}

/// Makes the folder `output_dir` on the host, and a link to it on the controller: the targets expect to find in it on one of
/// them what the other has written, because ansible-core's own runner has one machine for both.
fn share(fleet: &Fleet, output: &Path) -> Result<()> {
    let host = fleet.host(HOST);
    host.exec(&format!("mkdir -p {}", output.display()))?;
    let there = host.in_root(&output.display().to_string(), Ok)?;
    symlink(there, output).map_err(|error| Error::failed(output.display(), error))
}
