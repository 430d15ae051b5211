//! A change is refused when what it was planned on has moved.

use super::Contract;
use super::mode;
use crate::Before;
use crate::Change;
use crate::Failure;

impl Contract<'_> {
    pub(super) fn refusals(&self) {
        self.make(vec![self.write("moved", "1")]);
        let old = self.before("moved");
        let planned = |before: &Before| {
            let before = before.clone();
            self.write_with("moved", b"3", |write| write.before = before)
        };
        self.refused(planned(&Before::Absent), "exists now");
        self.refused(planned(&Before::Unknown), "not known");
        self.make(vec![self.write("moved", "2")]);
        self.refused(planned(&old), "content");
        let two = self.before("moved");
        let (path, before) = (self.path("moved"), two.clone());
        self.make(vec![Change::SetAttributes {
            path,
            attributes: mode(0o600),
            follow: true,
            before,
        }]);
        self.refused(planned(&two), "has changed");
        let now = self.before("moved");
        self.make(vec![Change::Remove {
            path: self.path("moved"),
            before: now.clone(),
        }]);
        self.refused(planned(&now), "is gone");
        self.refused(self.make_directory("l"), "exists now");
        assert_eq!(self.at("moved"), None);
        self.changes_of_one_commit_build_on_each_other();
    }

    fn refused(&self, change: Change, says: &str) {
        let committed = self.commit(vec![change]);
        match committed.failed {
            Some(Failure::Stale(why)) => assert!(why.contains(says), "{why:?} does not say {says:?}"),
            other => panic!("not refused: {other:?}"),
        }
        assert_eq!(committed.done.len(), 0);
    }

    fn changes_of_one_commit_build_on_each_other(&self) {
        let path = self.path("built");
        let set = Change::SetAttributes {
            path,
            attributes: mode(0o611),
            follow: true,
            before: Before::Absent,
        };
        self.make(vec![self.write("built", "x"), set]);
        assert_eq!(self.at("built").unwrap().stat.mode, 0o611);
    }
}
