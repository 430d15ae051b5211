//! What `ansible_facts` holds of a machine: one script, no interpreter.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use indexmap::IndexMap;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

mod address;
mod distribution;
mod hardware;
mod local;
mod network;
mod python;
mod sections;
mod steady;
mod subset;
mod system;
mod user;

pub use local::FOLDER;
pub use local::Local;
pub use local::LocalFacts;
use sections::Sections;
pub use steady::is_steady;
pub use subset::keep;
pub use subset::unknown_word;

/// The facts of a machine under the names that they have in `ansible_facts`.
///
/// The text says which: `all`, `min`, `network`, `hardware`, `virtual`, several with commas, `!` before what is left
/// out, as `gather_subset` does. Everything is gathered in any case, in a dozen forks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup(pub String);

impl Default for Setup {
    fn default() -> Setup {
        Setup("all".to_owned())
    }
}

/// Files that are read by one `head`; what is missing is missing in the facts.
const FILES: &str = "/etc/os-release /usr/lib/os-release /etc/debian_version /etc/lsb-release /etc/redhat-release \
    /proc/cpuinfo /proc/meminfo /proc/uptime /proc/loadavg /proc/mounts /proc/cmdline /proc/1/comm \
    /proc/sys/kernel/hostname /proc/sys/kernel/osrelease /proc/sys/kernel/version /proc/sys/crypto/fips_enabled \
    /etc/resolv.conf /etc/machine-id /etc/passwd /etc/selinux/config /sys/fs/selinux/enforce \
    /sys/fs/selinux/policyvers /sys/class/dmi/id/product_name /sys/class/dmi/id/product_serial \
    /sys/class/dmi/id/product_uuid /sys/class/dmi/id/product_version /sys/class/dmi/id/sys_vendor \
    /sys/class/dmi/id/bios_version /sys/class/dmi/id/bios_date /sys/class/dmi/id/bios_vendor \
    /etc/ssh/ssh_host_rsa_key.pub /etc/ssh/ssh_host_ecdsa_key.pub /etc/ssh/ssh_host_ed25519_key.pub \
    /proc/self/environ";

/// Commands, each under a title of its own. The two addresses are only looked up in the routing table.
const COMMANDS: [(&str, &str); 11] = [
    ("machine", "uname -m"),
    ("fqdn", "hostname -f"),
    ("id", "id"),
    ("date", "date '+%Y %m %d %H %M %S %s %N %z %Z %A %w %W'"),
    ("addresses", "ip -d -j addr"),
    ("route4", "ip -j -4 route get 8.8.8.8"),
    ("route6", "ip -j -6 route get 2404:6800:400a:800::1012"),
    ("virtualization", "systemd-detect-virt"),
    ("systemd", "systemctl --version"),
    ("python", "python3 -V && command -v python3"),
    ("disks", "df -l -B1 --output=target,size,avail,itotal,iavail"),
];

/// Files and folders whose being there is a fact.
const PRESENT: &str = "/usr/bin/apt-get /usr/bin/dnf5 /usr/bin/dnf /usr/bin/yum /usr/bin/zypper /usr/bin/pacman \
    /sbin/apk /run/systemd/system /sbin/openrc /sys/kernel/security/apparmor /sys/fs/selinux /dev/kvm";

impl Fact for Setup {
    type Value = Value;
    const FAMILY: &'static str = "setup";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(_keys: &[&str]) -> String {
        let commands: String = COMMANDS
            .iter()
            .map(|(title, command)| format!("echo '== {title}'; {command} 2>/dev/null\n"))
            .collect();
        format!(
            "export LC_ALL=C PATH=\"$PATH:/usr/sbin:/sbin\"\n{commands}{}echo '== present'\n\
             for p in {PRESENT}; do [ -e $p ] && echo $p; done\n\
             echo '== files'; head -v -c 1048576 -- {FILES} 2>/dev/null\n:\n",
            local::script(&[FOLDER])
        )
    }

    fn parse(&self, output: &Output) -> Result<Value, String> {
        let text = output.text();
        let sections = Sections::of(&text);
        if sections.command("machine").is_empty() {
            return Err("the facts could not be gathered: `uname -m` said nothing".to_owned());
        }
        let mut facts = Map::new();
        system::add(&mut facts, &sections);
        distribution::add(&mut facts, &sections);
        hardware::add(&mut facts, &sections);
        network::add(&mut facts, &sections);
        user::add(&mut facts, &sections);
        python::add(&mut facts, &sections);
        let folder = format!("local {FOLDER}");
        let local = local::read(sections.command(&folder)).facts;
        facts.insert("local".to_owned(), Value::Object(local));
        let words: Vec<&str> = self.0.split(',').collect();
        keep(&mut facts, &words);
        facts.insert("gather_subset".to_owned(), json!(words));
        facts.insert("module_setup".to_owned(), json!(true));
        Ok(Value::Object(facts))
    }
}

/// The facts as variables: each with `ansible_` before its name, and `_` in place of what names cannot have.
pub fn ansible_variables(facts: &Value) -> IndexMap<String, Value> {
    let name = |key: &str| match key {
        // As Ansible has it: these have no prefix.
        "gather_subset" | "module_setup" => key.to_owned(),
        _ => format!("ansible_{}", key.replace(['-', ':', '.'], "_")),
    };
    facts
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (name(key), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests;
