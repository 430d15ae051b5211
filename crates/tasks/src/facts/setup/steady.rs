//! Facts that no task of a run changes.

/// What belongs to the machine and to what was installed on it first, without `ansible_`.
const STEADY: [&str; 26] = [
    "architecture",
    "bios_date",
    "bios_vendor",
    "bios_version",
    "cmdline",
    "distribution",
    "gather_subset",
    "kernel",
    "machine",
    "machine_id",
    "memtotal_mb",
    "module_setup",
    "os_family",
    "pkg_mgr",
    "proc_cmdline",
    "processor",
    "product_name",
    "product_serial",
    "product_uuid",
    "product_version",
    "service_mgr",
    "system",
    "system_vendor",
    "userspace",
    "virtualization_role",
    "virtualization_type",
];

/// Those of which parts have facts of their own.
const WITH_PARTS: [&str; 4] = ["distribution_", "kernel_", "processor_", "userspace_"];

/// Whether a fact, by the name of its variable, is the same whatever commands and packages do short of a new system.
pub fn is_steady(variable: &str) -> bool {
    let name = variable.strip_prefix("ansible_").unwrap_or(variable);
    STEADY.contains(&name) || WITH_PARTS.iter().any(|prefix| name.starts_with(prefix))
}
