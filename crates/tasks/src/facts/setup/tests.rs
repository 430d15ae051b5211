//! What was captured from real machines.

use super::*;

/// A Debian 12; what would tell where it stood is replaced (kernel, command line, name servers, container manager).
const DEBIAN: &str = include_str!("debian-12.txt");

fn facts(subset: &str) -> Value {
    let output = Output {
        stdout: DEBIAN.into(),
        ..Output::default()
    };
    Setup(subset.to_owned()).parse(&output).expect("facts")
}

/// Expected values: `ansible -m setup` of ansible-core 2.19 on the same machine, apart from what is replaced.
#[test]
fn a_debian_as_ansible_sees_it() {
    let facts = facts("all");
    for (key, expected) in [
        ("distribution", json!("Debian")),
        ("distribution_version", json!("12.11")),
        ("distribution_major_version", json!("12")),
        ("distribution_minor_version", json!("11")),
        ("distribution_release", json!("bookworm")),
        ("os_family", json!("Debian")),
        ("architecture", json!("x86_64")),
        ("userspace_bits", json!("64")),
        ("hostname", json!("vm")),
        ("nodename", json!("vm")),
        ("pkg_mgr", json!("apt")),
        (
            "processor",
            json!([
                "0",
                "GenuineIntel",
                "Intel(R) Xeon(R) Processor",
                "1",
                "GenuineIntel",
                "Intel(R) Xeon(R) Processor"
            ]),
        ),
        ("processor_count", json!(1)),
        ("processor_cores", json!(2)),
        ("processor_threads_per_core", json!(1)),
        ("processor_vcpus", json!(2)),
        ("processor_nproc", json!(2)),
        ("memtotal_mb", json!(24103)),
        ("swaptotal_mb", json!(0)),
        ("interfaces", json!(["lo", "ifb0", "eth0"])),
        ("all_ipv4_addresses", json!(["192.0.2.2"])),
        ("all_ipv6_addresses", json!(["fd00::2", "fe80::fc:ff:fe00:1"])),
        (
            "default_ipv4",
            json!({"address": "192.0.2.2", "alias": "eth0", "broadcast": "192.0.2.255", "gateway": "192.0.2.1", "interface": "eth0", "macaddress": "02:fc:00:00:00:01", "mtu": 1400, "netmask": "255.255.255.0", "network": "192.0.2.0", "prefix": "24", "type": "ether"}),
        ),
        (
            "default_ipv6",
            json!({"address": "fd00::2", "gateway": "fd00::1", "interface": "eth0", "macaddress": "02:fc:00:00:00:01", "mtu": 1400, "prefix": "64", "scope": "global", "type": "ether"}),
        ),
        (
            "eth0",
            json!({"active": true, "device": "eth0", "ipv4": {"address": "192.0.2.2", "broadcast": "192.0.2.255", "netmask": "255.255.255.0", "network": "192.0.2.0", "prefix": "24"}, "ipv6": [{"address": "fd00::2", "prefix": "64", "scope": "global"}, {"address": "fe80::fc:ff:fe00:1", "prefix": "64", "scope": "link"}], "macaddress": "02:fc:00:00:00:01", "mtu": 1400, "promisc": false, "type": "ether"}),
        ),
        (
            "lo",
            json!({"active": true, "device": "lo", "ipv4": {"address": "127.0.0.1", "broadcast": "", "netmask": "255.0.0.0", "network": "127.0.0.0", "prefix": "8"}, "ipv6": [{"address": "::1", "prefix": "128", "scope": "host"}], "mtu": 65536, "promisc": false, "type": "loopback"}),
        ),
        (
            "ifb0",
            json!({"active": false, "device": "ifb0", "macaddress": "6e:06:10:0c:e6:86", "mtu": 1500, "promisc": false, "type": "ether"}),
        ),
        ("dns", json!({"nameservers": ["192.0.2.53"]})),
        (
            "lsb",
            json!({"codename": "bookworm", "description": "Debian GNU/Linux 12 (bookworm)", "id": "Debian", "major_release": "12", "release": "12"}),
        ),
        ("selinux", json!({"status": "disabled"})),
        ("service_mgr", json!("systemd")),
        ("virtualization_type", json!("container")),
        ("virtualization_role", json!("guest")),
        ("kernel", json!("6.1.0-37-amd64")),
        ("machine_id", json!("0123456789abcdef0123456789abcdef")),
        ("apparmor", json!({"status": "disabled"})),
        ("user_id", json!("root")),
        ("user_dir", json!("/root")),
        ("user_shell", json!("/bin/bash")),
        (
            "env",
            json!({"HOME": "/root", "LANG": "C.UTF-8", "LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}),
        ),
        ("cmdline", json!({"console": "ttyS0", "quiet": true})),
        ("product_name", json!("NA")),
    ] {
        assert_eq!(facts[key], expected, "{key}");
    }
    let root = &facts["mounts"][0];
    assert_eq!(
        (&root["mount"], &root["fstype"], &root["device"]),
        (&json!("/"), &json!("ext4"), &json!("/dev/vda"))
    );
    assert!(root["size_total"].as_u64() > root["size_available"].as_u64());
    assert_eq!(facts["date_time"]["tz_offset"], json!("+0000"));
    assert_eq!(facts["memory_mb"]["real"]["total"], json!(24103));
}

#[test]
fn subsets_as_gather_subset_names_them() {
    let has = |subset: &str| {
        let facts = facts(subset);
        [
            "distribution",
            "default_ipv4",
            "eth0",
            "memtotal_mb",
            "virtualization_type",
        ]
        .map(|key| facts.get(key).is_some())
    };
    assert_eq!(has("all"), [true; 5]);
    assert_eq!(has("min"), [true, false, false, false, false]);
    assert_eq!(has("network"), [true, true, true, false, false]);
    assert_eq!(has("!all"), [true, false, false, false, false]);
    assert_eq!(has("!hardware"), [true, false, false, false, false]);
    assert_eq!(has("all,!hardware"), [true, true, true, false, true]);
    assert_eq!(has("!all,!min,default_ipv4"), [true, true, true, false, false]);
    assert_eq!(has("!all,!min,hardware"), [false, false, false, true, false]);
}

#[test]
fn variables_have_the_prefix() {
    let facts = json!({"eth0.5": 1, "br-lan": 2, "gather_subset": ["all"], "os_family": "Debian"});
    let names: Vec<String> = ansible_variables(&facts).into_keys().collect();
    assert_eq!(
        names,
        [
            "ansible_eth0_5",
            "ansible_br_lan",
            "gather_subset",
            "ansible_os_family"
        ]
    );
}

#[test]
fn other_distributions_by_their_release_files() {
    let facts = |release: &str| {
        let stdout = format!("== machine\naarch64\n== files\n==> /etc/os-release <==\n{release}");
        Setup::default()
            .parse(&Output {
                stdout: stdout.into(),
                ..Output::default()
            })
            .expect("facts")
    };
    for (release, name, version, major, family) in [
        (
            "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"22.04\"\n",
            "Ubuntu",
            "22.04",
            "22",
            "Debian",
        ),
        (
            "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\n",
            "Rocky",
            "9.3",
            "9",
            "RedHat",
        ),
        (
            "ID=\"rhel\"\nVERSION_ID=\"8.10\"\n",
            "RedHat",
            "8.10",
            "8",
            "RedHat",
        ),
        (
            "NAME=Pop\nID=pop\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=22\n",
            "Pop",
            "22",
            "22",
            "Debian",
        ),
    ] {
        let facts = facts(release);
        assert_eq!(facts["distribution"], json!(name));
        assert_eq!(facts["distribution_version"], json!(version));
        assert_eq!(facts["distribution_major_version"], json!(major));
        assert_eq!(facts["os_family"], json!(family));
    }
}

#[test]
fn whatever_is_said_is_no_panic() {
    for text in [
        "",
        "== machine\nx\n== date\n1 2\n== files\n==> /proc/cpuinfo <==",
        "== files\n==> ",
        "==> x <==\n",
    ] {
        let _ = Setup::default().parse(&Output {
            stdout: text.into(),
            ..Output::default()
        });
    }
}
