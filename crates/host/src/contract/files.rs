//! Writing files, and their attributes.

use super::Contract;
use super::mode;
use crate::Attributes;
use crate::Before;
use crate::Change;
use crate::Commit;
use crate::Content;
use crate::Kind;
use crate::Known;
use crate::Want;

/// Names that break careless scripts.
const ODD: [&str; 7] = [
    "it's a file",
    "-rf",
    "two\nlines",
    "$(touch x) `y` %s",
    "\\n \"z\" *",
    "\u{e4}\u{1f600}",
    "==> x <==",
];

impl Contract<'_> {
    pub(super) fn files(&self) {
        self.a_file_is_written();
        self.old_attributes_are_kept();
        self.odd_names_and_bytes_survive();
        self.large_files_are_identified();
        self.old_files_are_backed_up();
        self.attributes_and_times_are_set();
        self.answers_come_with_the_commit();
    }

    fn a_file_is_written(&self) {
        assert_eq!(self.at("new"), None);
        self.make(vec![
            self.write_with("new", b"one\n", |write| write.attributes = mode(0o640)),
        ]);
        let entry = self.at("new").unwrap();
        assert_eq!(
            (&entry.stat.kind, entry.stat.mode, entry.stat.size),
            (&Kind::File, 0o640, 4)
        );
        assert_eq!(self.text("new"), "one\n");
        self.make(vec![self.write("plain", "")]);
        let plain = self.at("plain").unwrap();
        assert_eq!(
            plain.stat.mode & 0o7133,
            0,
            "{:o}: as the umask leaves it, never executable",
            plain.stat.mode
        );
        assert_eq!(self.text("plain"), "");
        assert_eq!(
            self.paths(Want::Glob(format!("{}/*", self.folder))),
            ["/new", "/plain"],
            "nothing else is left"
        );
    }

    fn old_attributes_are_kept(&self) {
        self.make(vec![
            self.write_with("kept", b"1", |write| write.attributes = mode(0o4755)),
        ]);
        self.make(vec![self.write("kept", "2")]);
        assert_eq!(
            (self.at("kept").unwrap().stat.mode, self.text("kept").as_str()),
            (0o4755, "2")
        );
        self.make(vec![
            self.write_with("kept", b"3", |write| write.attributes = mode(0o600)),
        ]);
        assert_eq!(
            (self.at("kept").unwrap().stat.mode, self.text("kept").as_str()),
            (0o600, "3")
        );
        self.make(vec![
            self.write_with("kept", b"in place", |write| write.unsafe_write = true),
        ]);
        assert_eq!(
            (self.at("kept").unwrap().stat.mode, self.text("kept").as_str()),
            (0o600, "in place")
        );
        let numbers = |id: u32| Some(id.to_string());
        if self.is_root {
            let owned = Attributes {
                owner: numbers(1234),
                group: numbers(2345),
                ..mode(0o600)
            };
            self.make(vec![
                self.write_with("owned", b"1", |write| write.attributes = owned),
            ]);
            self.make(vec![self.write("owned", "2")]);
            let stat = &self.at("owned").unwrap().stat;
            assert_eq!((stat.uid, stat.gid, stat.mode), (1234, 2345, 0o600));
        }
    }

    fn odd_names_and_bytes_survive(&self) {
        let bytes: Vec<u8> = (0..=255).chain([0, 0, b'\n', b'\r', 0]).collect();
        let changes = ODD
            .iter()
            .map(|name| self.write_with(name, &bytes, |_| {}))
            .collect();
        self.make(changes);
        for name in ODD {
            let content = self.at(name).unwrap().content.clone();
            assert_eq!(content, Some(Content::Bytes(bytes.as_slice().into())), "{name:?}");
        }
    }

    fn large_files_are_identified(&self) {
        let bytes: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        self.make(vec![self.write_with("large", &bytes, |_| {})]);
        let entry = self.at("large").unwrap();
        assert_eq!(entry.stat.size, 4_000_000);
        let found = entry.content.as_ref().unwrap().sha256();
        assert_eq!(found, Content::Bytes(bytes.into()).sha256());
    }

    fn old_files_are_backed_up(&self) {
        self.make(vec![
            self.write_with("config", b"old", |write| write.attributes = mode(0o600)),
        ]);
        let backup = Some(self.path("config.1~"));
        self.make(vec![
            self.write_with("config", b"new", |write| write.backup = backup),
        ]);
        assert_eq!(
            (self.text("config.1~").as_str(), self.text("config").as_str()),
            ("old", "new")
        );
        assert_eq!(self.at("config.1~").unwrap().stat.mode, 0o600);
    }

    fn attributes_and_times_are_set(&self) {
        let set = |attributes: Attributes| Change::SetAttributes {
            path: self.path("plain"),
            attributes,
            follow: true,
            before: self.before("plain"),
        };
        self.make(vec![set(mode(0o2711))]);
        assert_eq!(self.at("plain").unwrap().stat.mode, 0o2711);
        if self.is_root {
            let owner = Some("1234".to_owned());
            self.make(vec![set(Attributes {
                owner: owner.clone(),
                group: owner,
                ..mode(0o4755)
            })]);
            let entry = self.at("plain").unwrap();
            assert_eq!(
                (entry.stat.uid, entry.stat.gid, entry.stat.mode),
                (1234, 1234, 0o4755)
            );
            self.make(vec![set(Attributes {
                owner: Some("root".to_owned()),
                ..Attributes::default()
            })]);
            let entry = self.at("plain").unwrap();
            assert_eq!(
                (entry.stat.owner.as_str(), entry.stat.mode),
                ("root", 0o4755),
                "set-id bits stay"
            );
        }
        let (accessed, modified) = (Some(1_000_000_000.5), Some(1_100_000_000.25));
        let times = |keep_accessed, keep_modified| Change::SetTimes {
            path: self.path("plain"),
            accessed,
            modified,
            keep_accessed,
            keep_modified,
        };
        self.make(vec![times(false, false)]);
        let stat = self.at("plain").unwrap().stat.clone();
        assert_eq!((Some(stat.accessed), Some(stat.modified)), (accessed, modified));
    }

    fn answers_come_with_the_commit(&self) {
        let path = self.path("then");
        let then = vec![self.ask(Want::Entry {
            path,
            follow: true,
            content: true,
        })];
        let changes = vec![self.write_with("then", b"now", |write| write.before = Before::Absent)];
        let commit = Commit {
            who: self.who.clone(),
            changes,
            then,
            ..Commit::default()
        };
        let committed = self.host.commit(&commit).unwrap();
        assert_eq!(committed.answers.len(), 1);
        assert!(matches!(
            &committed.answers[0],
            Known::Is(crate::Answer::Entry(Some(_)))
        ));
    }
}
