//! Everything that a run could have changed on a host, to be compared with later.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use super::Error;
use super::Host;
use super::Result;

/// A host's files, units, packages, users, kernel settings and network, as lines of text under names.
///
/// Of files: kind, mode, owner, group, time of change and SHA-256. Left out are `/run`, `/var/log`, `/proc`, `/sys` and
/// kernel values that move by themselves, and the kernel's own link-local addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    entries: BTreeMap<String, String>,
    /// The layers that the host began with, uppermost first.
    layers: Vec<PathBuf>,
}

/// What is looked at from within the host; each line is a name, a tab and a value.
const QUESTIONS: &str = r#"
find /tmp /dev/shm ! -name 'systemd-private-*' ! -path '*/systemd-private-*' -printf 'file %p\t%y %m %U %G %s %T@\n'
systemctl list-unit-files --no-legend --plain | awk '{ print "unit file " $1 "\t" $2 " " $3 }' | grep -v '^unit file session-'
systemctl show '*' --property=Id,ActiveState,SubState,InvocationID | awk -F= '
  $1 == "Id" { id = $2 } $1 == "ActiveState" { active = $2 } $1 == "SubState" { sub_ = $2 } $1 == "InvocationID" { run = $2 }
  function flush() { if (id != "" && active != "inactive") print "unit " id "\t" active " " sub_ " " run; id = run = "" }
  $0 == "" { flush() } END { flush() }' | grep -Ev '^unit (session-|user-|user@|user-runtime-dir@|run-user-)'
dpkg-query -W -f 'package ${Package}:${Architecture}\t${Version} ${Status}\n'
getent passwd | awk -F: '{ print "user " $1 "\t" $0 }'
getent group | awk -F: '{ print "group " $1 "\t" $0 }'
sysctl -a 2>/dev/null | sed 's/ = /\t/; s/^/kernel /' | grep -Ev "$MOVING"
ip -o addr | grep -v ' fe80:' | awk '{ n = $2 " " $4; $1 = ""; print "address " n "\t" $0 }'
ip -o route show table all | grep -Ev '(fe80|ff00):' | sed 's/^/route /; s/$/\t/'
if command -v nft >/dev/null; then nft list ruleset
elif command -v firewalld >/dev/null; then
  # firewalld brings the library and not the program.
  python3 -B -c 'import nftables; print(nftables.Nftables().cmd("list ruleset")[1])'
fi | awk '{ print "nftables " NR "\t" $0 }'
"#;

/// Kernel values that change by themselves, or with the machine that the hosts share.
const MOVING: &str = r"^kernel (fs\.(dentry-state|file-nr|inode-nr|inode-state|quota\.|aio-nr|inotify|binfmt_misc)|kernel\.(ns_last_pid|random\.|pty\.nr|sched_domain|hostname|tainted|threads-max|perf_event|max_lock_depth)|vm\.|dev\.|user\.|net\.netfilter\.nf_conntrack_count|net\.ipv[46]\.(conf|neigh)\.[^.]*\.(base_reachable_time|retrans_time|stable_secret)|net\.ipv4\.(tcp_mem|udp_mem)|net\.ipv4\.tcp_fastopen_key)";

impl Snapshot {
    /// Looks at a host.
    ///
    /// # Errors
    /// When it is down or cannot be read.
    pub fn of(host: &Host) -> Result<Snapshot> {
        let mut entries = BTreeMap::new();
        let upper = host.changed_files();
        walk(&upper, &upper, &mut entries).map_err(|error| Error::failed(upper.display(), error))?;
        let answer = host.exec(&format!("MOVING='{MOVING}'\n{QUESTIONS}"))?;
        entries.extend(answer.lines().filter_map(|line| line.split_once('\t')).map(owned));
        Ok(Snapshot {
            entries,
            layers: host.layers(),
        })
    }

    /// What differs: `-` lines as it was here, `+` lines as it is in `later`; empty when nothing does.
    pub fn diff(&self, later: &Snapshot) -> String {
        let mut text = String::new();
        let names: std::collections::BTreeSet<_> = self.entries.keys().chain(later.entries.keys()).collect();
        for name in names {
            let (before, after) = (self.entries.get(name), later.entries.get(name));
            if before != after {
                for (sign, value) in [('-', before), ('+', after)] {
                    if let Some(value) = value {
                        // Writing to a String cannot fail.
                        let _ok = writeln!(text, "{sign} {name}: {value}");
                    }
                }
            }
        }
        text
    }
}

/// What two runs left different on two hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: its kind, and its name, such as `file /etc/hosts`.
    pub name: String,
    /// How it is on the first host; nothing when it is not there.
    pub first: Option<String>,
    /// How it is on the second host.
    pub second: Option<String>,
}

impl Snapshot {
    /// Compares what two runs made of two hosts that began alike, each with its snapshots before and after: everything
    /// but times of change and the numbers of units' runs. What neither run touched is left out (the hosts' own keys).
    pub fn compare(first: [&Snapshot; 2], second: [&Snapshot; 2]) -> Vec<Difference> {
        let names: std::collections::BTreeSet<_> =
            first[1].entries.keys().chain(second[1].entries.keys()).collect();
        let untouched = |name: &String, [before, after]: [&Snapshot; 2]| {
            before.entries.get(name) == after.entries.get(name)
        };
        names
            .into_iter()
            .filter(|name| !(untouched(name, first) && untouched(name, second)))
            .map(|name| Difference {
                first: first[1].lasting(name),
                second: second[1].lasting(name),
                name: name.clone(),
            })
            .filter(|difference| difference.first != difference.second)
            .collect()
    }

    /// A value without the moment in which it came to be; of a file that is as it was in the beginning, the value of then.
    fn lasting(&self, name: &str) -> Option<String> {
        let value = self.entries.get(name).cloned().or_else(|| self.original(name))?;
        let has_moment =
            name.starts_with("file ") || name.starts_with("unit ") && !name.starts_with("unit file ");
        let lasting = match value.rsplit_once(' ') {
            Some((lasting, _)) if has_moment => lasting,
            _ => &value,
        };
        Some(lasting.to_owned())
    }

    fn original(&self, name: &str) -> Option<String> {
        let path = name.strip_prefix("file /")?;
        let below = |layer: &PathBuf| describe(&layer.join(path)).ok().flatten();
        self.layers.iter().find_map(below)
    }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Records what an overlay's upper folder holds: the layers below it never change, so this is all that can.
fn walk(upper: &Path, folder: &Path, entries: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = format!("/{}", path.strip_prefix(upper).unwrap_or(&path).display());
        if ["/run", "/var/log", "/proc", "/sys", "/tmp", "/dev"].contains(&name.as_str()) {
            continue;
        }
        let Some(description) = describe(&path)? else {
            continue;
        };
        entries.insert(format!("file {name}"), description);
        if path.is_dir() && !path.is_symlink() {
            walk(upper, &path, entries)?;
        }
    }
    Ok(())
}

/// One file in one line; nothing when it went away meanwhile.
fn describe(path: &Path) -> std::io::Result<Option<String>> {
    let stat = match fs::symlink_metadata(path) {
        Ok(stat) => stat,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let kind = stat.file_type();
    let what = if kind.is_char_device() && stat.rdev() == 0 {
        return Ok(Some("removed".to_owned()));
    } else if kind.is_symlink() {
        format!("link to {}", fs::read_link(path)?.display())
    } else if kind.is_dir() {
        "folder".to_owned()
    } else if kind.is_file() {
        Sha256::digest(fs::read(path)?)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    } else {
        "special".to_owned()
    };
    let (mode, uid, gid) = (stat.mode() & 0o7777, stat.uid(), stat.gid());
    Ok(Some(format!(
        "{what} {mode:04o} {uid}:{gid} {}.{:09}",
        stat.mtime(),
        stat.mtime_nsec()
    )))
}
