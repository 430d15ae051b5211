//! Processors, memory, file systems, and what the machine is.

use std::collections::BTreeSet;
use std::collections::HashMap;

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::sections::Sections;

pub(super) fn add(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    processors(facts, from.file("/proc/cpuinfo").unwrap_or(""));
    memory(facts, from.file("/proc/meminfo").unwrap_or(""));
    facts.insert("mounts".to_owned(), mounts(from));
    let first = |path: &str| {
        from.line(path)
            .and_then(|line| line.split_whitespace().next()?.split('.').next())
    };
    if let Some(uptime) = first("/proc/uptime").and_then(|text| text.parse::<u64>().ok()) {
        facts.insert("uptime_seconds".to_owned(), json!(uptime));
    }
    let load: Vec<f64> = from
        .line("/proc/loadavg")
        .unwrap_or("")
        .split(' ')
        .filter_map(|text| text.parse().ok())
        .collect();
    if let [one, five, fifteen, ..] = load.as_slice() {
        facts.insert(
            "loadavg".to_owned(),
            json!({"1m": one, "5m": five, "15m": fifteen}),
        );
    }
    for (key, file) in [
        ("product_name", "product_name"),
        ("product_serial", "product_serial"),
        ("product_uuid", "product_uuid"),
        ("product_version", "product_version"),
        ("system_vendor", "sys_vendor"),
        ("bios_version", "bios_version"),
        ("bios_date", "bios_date"),
        ("bios_vendor", "bios_vendor"),
    ] {
        facts.insert(
            key.to_owned(),
            json!(from.line(&format!("/sys/class/dmi/id/{file}")).unwrap_or("NA")),
        );
    }
    virtualization(facts, from);
}

fn processors(facts: &mut Map<String, Value>, info: &str) {
    let (mut list, mut sockets, mut flags) = (Vec::new(), BTreeSet::new(), Vec::new());
    let (mut count, mut cores, mut siblings) = (0_usize, 1_usize, 1_usize);
    for (key, value) in info.lines().filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        match key.trim() {
            "processor" => {
                count += 1;
                list.push(value);
            }
            "vendor_id" | "model name" | "Processor" | "cpu" => list.push(value),
            "physical id" => drop(sockets.insert(value)),
            "cpu cores" => cores = value.parse().unwrap_or(1),
            "siblings" => siblings = value.parse().unwrap_or(1),
            "flags" | "Features" if flags.is_empty() => flags = value.split(' ').collect(),
            _ => {}
        }
    }
    // Where no sockets are told (ARM), each processor is one.
    let (sockets, threads) = match sockets.len() {
        0 => (count, 1),
        sockets => (sockets, (siblings / cores.max(1)).max(1)),
    };
    facts.insert("processor".to_owned(), json!(list));
    facts.insert("processor_count".to_owned(), json!(sockets));
    facts.insert("processor_cores".to_owned(), json!(cores));
    facts.insert("processor_threads_per_core".to_owned(), json!(threads));
    facts.insert("processor_vcpus".to_owned(), json!(sockets * cores * threads));
    facts.insert("processor_nproc".to_owned(), json!(count));
    facts.insert("flags".to_owned(), json!(flags));
}

fn memory(facts: &mut Map<String, Value>, info: &str) {
    let line = |line: &'_ str| -> Option<(String, u64)> {
        let (key, value) = line.split_once(':')?;
        Some((
            key.to_owned(),
            value.split_whitespace().next()?.parse::<u64>().ok()? / 1024,
        ))
    };
    let values: HashMap<String, u64> = info.lines().filter_map(line).collect();
    let get = |key: &str| values.get(key).copied().unwrap_or(0);
    let (total, free) = (get("MemTotal"), get("MemFree"));
    let (swap, swap_free) = (get("SwapTotal"), get("SwapFree"));
    let idle = free + get("Cached") + get("Buffers");
    facts.insert("memtotal_mb".to_owned(), json!(total));
    facts.insert("memfree_mb".to_owned(), json!(free));
    facts.insert("swaptotal_mb".to_owned(), json!(swap));
    facts.insert("swapfree_mb".to_owned(), json!(swap_free));
    facts.insert(
        "memory_mb".to_owned(),
        json!({
            "real": {"total": total, "free": free, "used": total.saturating_sub(free)},
            "nocache": {"free": idle, "used": total.saturating_sub(idle)},
            "swap": {
                "total": swap, "free": swap_free, "used": swap.saturating_sub(swap_free), "cached": get("SwapCached"),
            },
        }),
    );
}

/// File systems on devices, as /proc/mounts has them, with the sizes of those that are local.
fn mounts(from: &Sections<'_>) -> Value {
    let disks: HashMap<&str, Vec<u64>> = from
        .command("disks")
        .lines()
        .filter_map(|line| {
            let mut numbers: Vec<u64> = Vec::new();
            let mut rest = line.trim_end();
            for _ in 0..4 {
                let (before, number) = rest.rsplit_once(' ')?;
                numbers.insert(0, number.parse().ok()?);
                rest = before.trim_end();
            }
            Some((rest, numbers))
        })
        .collect();
    let mount = |line: &str| {
        let mut words = line.split(' ');
        let (device, path, kind, options) = (words.next()?, words.next()?, words.next()?, words.next()?);
        if !device.starts_with('/') && !device.contains(":/") || kind == "none" {
            return None;
        }
        let path = path.replace("\\040", " ");
        let mut mount = json!({
            "device": device, "mount": path, "fstype": kind, "options": options, "dump": 0, "passno": 0,
        });
        if let Some([size, available, inodes, free_inodes]) = disks.get(path.as_str()).map(Vec::as_slice) {
            mount["size_total"] = json!(size);
            mount["size_available"] = json!(available);
            mount["inode_total"] = json!(inodes);
            mount["inode_available"] = json!(free_inodes);
            mount["inode_used"] = json!(inodes.saturating_sub(*free_inodes));
        }
        Some(mount)
    };
    from.file("/proc/mounts")
        .unwrap_or("")
        .lines()
        .filter_map(mount)
        .collect()
}

/// What systemd calls it, in Ansible's words.
fn virtualization(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let kind = match from.command("virtualization") {
        "oracle" => "virtualbox",
        "microsoft" => "VirtualPC",
        "amazon" => "kvm",
        "qemu" => "kvm",
        "vmware" => "VMware",
        "systemd-nspawn" => "container",
        "lxc" | "lxc-libvirt" => "lxc",
        "" | "none" => "",
        other => other,
    };
    let is_host = from.has("/dev/kvm");
    let (kind, role) = match (kind, is_host) {
        ("", true) => ("kvm", "host"),
        ("", false) => ("NA", "NA"),
        (kind, _) => (kind, "guest"),
    };
    facts.insert("virtualization_type".to_owned(), json!(kind));
    facts.insert("virtualization_role".to_owned(), json!(role));
    let guest: Vec<&str> = Some(kind).filter(|_| role == "guest").into_iter().collect();
    facts.insert("virtualization_tech_guest".to_owned(), json!(guest));
    let host: Vec<&str> = Some("kvm").filter(|_| is_host).into_iter().collect();
    facts.insert("virtualization_tech_host".to_owned(), json!(host));
}
