//! Two fleets with the same hosts, and the same playbook for both.

use std::panic::resume_unwind;
use std::path::PathBuf;
use std::time::Instant;

use evenkeel_tests::ansible;
use evenkeel_tests::command;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Snapshot;
use evenkeel_tests::reference::Reference;

/// The two fleets. Their hosts have the same names and addresses.
pub(crate) struct Sides {
    /// Evenkeel's.
    pub(crate) first: Fleet,
    /// Ansible's.
    pub(crate) second: Fleet,
    pub(crate) reference: Reference,
    programs: PathBuf,
    playbook: PathBuf,
    /// The inventory, the playbook and the certificates.
    _folder: tempfile::TempDir,
}

/// Each host's snapshot, on both sides.
pub(crate) struct Snapshots {
    pub(crate) first: Vec<Snapshot>,
    pub(crate) second: Vec<Snapshot>,
}

impl Sides {
    /// Boots the hosts of `inventories/NAME` twice; nothing, with a message, where that is not possible.
    pub(crate) fn boot(name: &str, programs: PathBuf) -> Option<Sides> {
        let folder = tempfile::tempdir().unwrap();
        let reference = Reference::copied(name, folder.path()).unwrap();
        let playbooks = folder.path().join("playbooks").join(name);
        reference.generate(&playbooks).unwrap();
        reference.certify().unwrap();
        Some(Sides {
            first: reference.boot().unwrap()?,
            second: reference.boot().unwrap()?,
            reference,
            programs,
            playbook: playbooks.join("site.yml"),
            _folder: folder,
        })
    }

    pub(crate) fn snapshots(&self) -> Snapshots {
        let of = |fleet: &Fleet| -> Vec<Snapshot> {
            let hosts = fleet.hosts().iter();
            hosts.map(|host| Snapshot::of(host).unwrap()).collect()
        };
        Snapshots {
            first: of(&self.first),
            second: of(&self.second),
        }
    }

    /// `evenkeel apply` on one fleet and `ansible-playbook` on the other, at the same time: what each changed.
    pub(crate) fn run(&self, [evenkeels, ansibles]: [&Fleet; 2]) -> [Vec<String>; 2] {
        std::thread::scope(|scope| {
            let ansible = scope.spawn(|| self.ansible(ansibles));
            let changed = self.evenkeel(evenkeels);
            let ansible = ansible.join().unwrap_or_else(|panic| resume_unwind(panic));
            [changed, ansible]
        })
    }

    fn evenkeel(&self, fleet: &Fleet) -> Vec<String> {
        let began = Instant::now();
        let inventory = self.reference.inventory().to_string_lossy();
        let playbook = self.playbook.to_string_lossy();
        let ran = command::evenkeel(fleet, &["apply", "--yes", "-i", &inventory, &playbook]).unwrap();
        let told = || format!("{}{:#?}", ran.stderr, ran.events.failures());
        assert_eq!(ran.events.defects, Vec::<serde_json::Value>::new(), "{}", told());
        assert_eq!(ran.code, 0, "{}", told());
        let changed: Vec<String> = ran
            .events
            .changed()
            .iter()
            .map(|change| format!("{change:?}"))
            .collect();
        println!(
            "evenkeel: {} changes, {} s",
            changed.len(),
            began.elapsed().as_secs()
        );
        changed
    }

    fn ansible(&self, fleet: &Fleet) -> Vec<String> {
        let began = Instant::now();
        let played =
            ansible::play(fleet, &self.programs, self.reference.inventory(), &self.playbook).unwrap();
        assert_eq!(played.code, 0, "{}", played.said);
        let changes = played.changes();
        let counted = played.changed();
        assert_eq!(counted.len(), fleet.hosts().len(), "{}", played.said);
        println!(
            "ansible-playbook: {} changes, {} s",
            counted.values().sum::<usize>(),
            began.elapsed().as_secs()
        );
        let any = counted.values().any(|count| *count > 0);
        assert_eq!(any, !changes.is_empty(), "{}", played.said);
        changes
    }
}
