//! The controller's side of a run: a folder with playbook, inventory and settings, the same for both programs.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::Result;

/// The name of the one host, as the targets know it.
pub(crate) const HOST: &str = "testhost";

/// How to write the settings: the folder of the targets as roles.
fn settings(targets: &Path) -> String {
    format!("[defaults]\nroles_path = {}\n", targets.display())
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

/// All that both programs are told about a target, apart from where it lies.
pub(crate) fn told(target: &str) -> String {
    let [settings, inventory] = [settings(Path::new("TARGETS")), inventory("ADDRESS", "OUTPUT")];
    [settings, inventory, playbook(target)].concat()
}

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
    fs::create_dir_all(&output).map_err(failed)?;
    let address = fleet.host(HOST).address().to_string();
    let files = [
        ("ansible.cfg", settings(targets)),
        ("inventory", inventory(&address, &output.display().to_string())),
        ("play.yml", playbook(target)),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    Ok(folder)
}
