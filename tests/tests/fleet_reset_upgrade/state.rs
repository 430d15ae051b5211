//! What a host holds, and what of that a reset may leave.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use evenkeel_tests::fleet::Host;

/// What hosts hold, by the hosts' names.
pub(crate) type States = BTreeMap<String, State>;
/// What a host holds: names with what is noted of them.
pub(crate) type State = BTreeMap<String, String>;

/// What a reset has to bring back: units, users, and files with their content, but not when they were written.
const STATE: &str = r#"
systemctl list-unit-files --no-legend --plain | grep -v ^session- | awk '{ print "unit file " $1 "\t" $2 }'
systemctl list-units --no-legend --plain --type=service | awk '{ print "service " $1 "\t" $3 " " $4 }' | grep -Ev '^service (user|apt-|dpkg-|systemd-tmpfiles|systemd-hostnamed|systemd-timedated)'
getent passwd | sed 's/^/user /; s/:/\t/'
getent group | sed 's/^/group /; s/:/\t/'
ip -o -4 addr | awk '{ print "address " $2 " " $4 "\t-" }'
cd /; find etc opt root srv usr/local var/lib home -path srv -o -path var/lib/apt -prune -o -path var/lib/dpkg -prune -o ! -type d -printf '%p\t%y %m %U %G %l\n' | sed 's/^/file /'
find etc opt root usr/local var/lib home -path var/lib/apt -prune -o -path var/lib/dpkg -prune -o -type d -printf 'folder %p\t%m %U %G\n'
find etc usr/local -type f -exec sha256sum {} + | awk '{ print "content " $2 "\t" $1 }'
"#;

/// What may differ afterwards, and why; of names that end with a slash, everything below.
const STAYS: &[(&[&str], &str)] = &[
    (
        &["service etcd.service"],
        "etcd may end with an error when its peers end with it, and systemd remembers that until the next start",
    ),
    (
        &[
            "unit file firewalld.service",
            "unit file dbus-org.fedoraproject.FirewallD1.service",
            "service firewalld.service",
            "service polkit.service",
            "file etc/systemd/system/multi-user.target.wants/firewalld.service",
            "file etc/systemd/system/dbus-org.fedoraproject.FirewallD1.service",
            "file etc/firewalld/",
            "content etc/firewalld/",
        ],
        "firewalld goes on, and zones that were changed are files of it",
    ),
    (
        &[
            "file etc/haproxy/haproxy.cfg",
            "content etc/haproxy/haproxy.cfg",
            "file etc/keepalived/keepalived.conf",
            "content etc/keepalived/keepalived.conf",
            "file etc/nginx/nginx.conf",
            "content etc/nginx/nginx.conf",
            "file etc/default/etcd",
            "content etc/default/etcd",
        ],
        "the packages' own were replaced, and what replaced them is gone",
    ),
    (
        &[
            "unit file kubelet.service",
            "service kubelet.service",
            "file etc/systemd/system/multi-user.target.wants/kubelet.service",
        ],
        "its package had enabled it; nothing is left that it could run",
    ),
    (
        &["folder etc/systemd/system/etcd.service.d"],
        "others may have settings there too",
    ),
    (
        &["folder etc/rancher", "folder var/lib/rancher"],
        "Rancher's other programs have theirs there too",
    ),
    (
        &["folder var/lib/kubelet", "folder var/lib/etcd"],
        "kubeadm reset empties them",
    ),
    (
        &[
            "content etc/group-",
            "content etc/gshadow-",
            "content etc/passwd-",
            "content etc/shadow-",
        ],
        "what was before the last change of a user",
    ),
    (
        &[
            "file root/.kube/cache/",
            "folder root/.kube/",
            "folder root/.kube",
        ],
        "kubectl's own notes",
    ),
    (
        &[
            "file var/lib/haproxy/dev/log",
            "file var/lib/systemd/",
            "folder var/lib/systemd/",
        ],
        "the programs' own",
    ),
    (
        &["folder root/.ansible", "folder root/.ansible/"],
        "Ansible's own",
    ),
    (
        &[
            "file etc/apt/",
            "content etc/apt/",
            "file srv/newer/",
            "folder var/lib/stand-ins",
            "folder var/lib/stand-ins/",
            "file usr/local/lib/stand-ins/",
            "content usr/local/lib/stand-ins/",
            "folder usr/local/lib/stand-ins/",
        ],
        "the test's own",
    ),
];

/// What a host holds now.
pub(crate) fn state(host: &Host) -> State {
    let answer = host.exec(STATE).unwrap();
    let lines = answer.lines().filter_map(|line| line.split_once('\t'));
    lines
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// What differs and is not in the list of what stays.
pub(crate) fn differences(before: &State, after: &State) -> Vec<String> {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let stays = |name: &str| {
        STAYS
            .iter()
            .any(|(names, _)| names.iter().any(|known| covers(known, name)))
    };
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name) && !stays(name))
        .map(|name| format!("{name}: {:?} -> {:?}", before.get(name), after.get(name)))
        .collect()
}

fn covers(known: &str, name: &str) -> bool {
    name == known || known.ends_with('/') && name.starts_with(known)
}
