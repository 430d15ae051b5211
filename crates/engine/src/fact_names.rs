//! Which variables are facts: a reference to one is what makes a host tell its facts.

/// The variables that fact gathering brings, without those that depend on the host's interfaces and devices.
const NAMES: &[&str] = &[
    "ansible_all_ipv4_addresses",
    "ansible_all_ipv6_addresses",
    "ansible_apparmor",
    "ansible_architecture",
    "ansible_bios_date",
    "ansible_bios_vendor",
    "ansible_bios_version",
    "ansible_cmdline",
    "ansible_date_time",
    "ansible_default_ipv4",
    "ansible_default_ipv6",
    "ansible_distribution",
    "ansible_distribution_file_parsed",
    "ansible_distribution_file_path",
    "ansible_distribution_file_variety",
    "ansible_distribution_major_version",
    "ansible_distribution_minor_version",
    "ansible_distribution_release",
    "ansible_distribution_version",
    "ansible_dns",
    "ansible_domain",
    "ansible_effective_group_id",
    "ansible_effective_user_id",
    "ansible_env",
    "ansible_facts",
    "ansible_fips",
    "ansible_fqdn",
    "ansible_hostname",
    "ansible_interfaces",
    "ansible_kernel",
    "ansible_kernel_version",
    "ansible_loadavg",
    "ansible_local",
    "ansible_lsb",
    "ansible_machine",
    "ansible_machine_id",
    "ansible_memfree_mb",
    "ansible_memory_mb",
    "ansible_memtotal_mb",
    "ansible_mounts",
    "ansible_nodename",
    "ansible_os_family",
    "ansible_pkg_mgr",
    "ansible_proc_cmdline",
    "ansible_processor",
    "ansible_processor_cores",
    "ansible_processor_count",
    "ansible_processor_nproc",
    "ansible_processor_threads_per_core",
    "ansible_processor_vcpus",
    "ansible_product_name",
    "ansible_product_serial",
    "ansible_product_uuid",
    "ansible_product_version",
    "ansible_python",
    "ansible_python_version",
    "ansible_real_group_id",
    "ansible_real_user_id",
    "ansible_selinux",
    "ansible_selinux_python_present",
    "ansible_service_mgr",
    "ansible_ssh_host_key_ecdsa_public",
    "ansible_ssh_host_key_ed25519_public",
    "ansible_ssh_host_key_rsa_public",
    "ansible_swapfree_mb",
    "ansible_swaptotal_mb",
    "ansible_system",
    "ansible_system_vendor",
    "ansible_systemd",
    "ansible_uptime_seconds",
    "ansible_user_dir",
    "ansible_user_gecos",
    "ansible_user_gid",
    "ansible_user_id",
    "ansible_user_shell",
    "ansible_user_uid",
    "ansible_userspace_architecture",
    "ansible_userspace_bits",
    "ansible_virtualization_role",
    "ansible_virtualization_tech_guest",
    "ansible_virtualization_tech_host",
    "ansible_virtualization_type",
    "gather_subset",
    "module_setup",
];

/// Whether a variable is a fact: one of the known ones, or `ansible_` with the name of an interface.
pub(crate) fn is_fact(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok() || name.strip_prefix("ansible_").is_some_and(is_interface)
}

/// Whether a name is one that Linux gives to network interfaces (`eth0`, `enp3s0`, `bond0`, `lo`, ...).
fn is_interface(name: &str) -> bool {
    const KINDS: [&str; 10] = [
        "eth", "ens", "enp", "eno", "bond", "br", "team", "vlan", "wlan", "veth",
    ];
    let numbered = |kind: &str| {
        name.strip_prefix(kind)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    name == "lo" || name.starts_with("enx") || KINDS.iter().any(|kind| numbered(kind))
}

#[cfg(test)]
mod tests {
    use super::NAMES;
    use super::is_fact;

    #[test]
    fn facts_are_known_by_name_and_settings_are_not_facts() {
        assert!(NAMES.is_sorted());
        for name in [
            "ansible_facts",
            "ansible_default_ipv4",
            "ansible_eth0",
            "ansible_lo",
            "ansible_enp3s0",
        ] {
            assert!(is_fact(name), "{name}");
        }
        for name in [
            "ansible_host",
            "ansible_user",
            "ansible_become",
            "ansible_version",
            "eth0",
            "ansible_brand",
        ] {
            assert!(!is_fact(name), "{name}");
        }
    }
}
