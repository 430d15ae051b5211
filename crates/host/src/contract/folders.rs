//! Folders: making, listing, removing.

use super::Contract;
use super::mode;
use crate::Change;
use crate::Failure;
use crate::Kind;
use crate::Want;

impl Contract<'_> {
    pub(super) fn folders(&self) {
        assert_eq!(
            self.paths(Want::List(self.path("d"))),
            Vec::<String>::new(),
            "a missing folder has no names"
        );
        let private = Change::MakeDirectory {
            path: self.path("d/private"),
            attributes: mode(0o1770),
        };
        let later = |name, content: &[u8]| self.write_with(name, content, |_| {});
        self.make(vec![
            self.make_directory("d"),
            private,
            later("d/b", b"b"),
            later("d/private/x.conf", b"x"),
        ]);
        let private = self.at("d/private").unwrap();
        assert_eq!(
            (&private.stat.kind, private.stat.mode),
            (&Kind::Directory, 0o1770)
        );
        assert_eq!(self.paths(Want::List(self.path("d"))), ["/d/b", "/d/private"]);
        assert_eq!(
            self.paths(Want::Tree(self.path("d"))),
            ["/d/b", "/d/private", "/d/private/x.conf"]
        );
        assert_eq!(
            self.paths(Want::Glob(format!("{}/d/*/*.conf", self.folder))),
            ["/d/private/x.conf"]
        );
        self.a_failed_change_stops_the_rest();
        self.trees_are_removed();
    }

    fn a_failed_change_stops_the_rest(&self) {
        let changes = vec![
            self.write("d/first", "1"),
            self.write_with("none/second", b"2", |_| {}),
            self.write("d/third", "3"),
        ];
        let committed = self.commit(changes);
        if !self.refuses_stale && committed.failed.is_none() {
            return;
        }
        assert!(
            matches!(committed.failed, Some(Failure::Failed(_))),
            "{:?}",
            committed.failed
        );
        assert_eq!(committed.done.len(), 1);
        assert_eq!((self.text("d/first").as_str(), self.at("d/third")), ("1", None));
    }

    fn trees_are_removed(&self) {
        let remove = |name| Change::Remove {
            path: self.path(name),
            before: self.before(name),
        };
        self.make(vec![remove("d/b"), remove("d")]);
        assert_eq!((self.at("d"), self.at("d/private/x.conf")), (None, None));
        self.make(vec![self.make_directory("d")]);
        assert_eq!(self.paths(Want::Tree(self.path("d"))), Vec::<String>::new());
    }
}
