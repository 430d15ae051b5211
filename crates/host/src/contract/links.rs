//! Symbolic and hard links.

use super::Contract;
use crate::Attributes;
use crate::Change;
use crate::Kind;
use crate::Known;
use crate::Want;

impl Contract<'_> {
    pub(super) fn links(&self) {
        self.make(vec![self.make_directory("l"), self.write("l/target", "content")]);
        self.make(vec![
            self.link("l/soft", "target", false),
            self.link("l/broken", "no where", false),
        ]);
        let kind = |name| self.at(name).unwrap().stat.kind.clone();
        assert_eq!(kind("l/soft"), Kind::Link("target".into()));
        let follow = |name| self.view().file(&self.path(name), true).unwrap();
        let Known::Is(Some(followed)) = follow("l/soft") else {
            panic!("the link leads somewhere")
        };
        assert_eq!((&followed.stat.kind, followed.stat.size), (&Kind::File, 7));
        assert_eq!(follow("l/broken"), Known::Is(None));
        self.make(vec![self.link("l/soft", "../l", false)]);
        assert_eq!(kind("l/soft"), Kind::Link("../l".into()));
        assert_eq!(self.text("l/soft/target"), "content");
        assert_eq!(
            self.paths(Want::List(self.path("l/soft"))),
            ["/l/soft/broken", "/l/soft/soft", "/l/soft/target",]
        );
        self.make(vec![self.link("l/hard", "target", true)]);
        assert_eq!(
            (kind("l/hard"), self.text("l/hard").as_str()),
            (Kind::File, "content")
        );
        self.a_link_itself_is_changed();
        self.make(vec![Change::Remove {
            path: self.path("l/soft"),
            before: self.before("l/soft"),
        }]);
        assert_eq!(
            (self.at("l/soft"), self.text("l/target").as_str()),
            (None, "content")
        );
        self.make(vec![self.write("l/broken", "a file now")]);
        assert_eq!(
            (kind("l/broken"), self.at("l/no where")),
            (Kind::File, None),
            "the link is replaced"
        );
    }

    fn link(&self, name: &str, target: &str, hard: bool) -> Change {
        let (path, before) = (self.path(name), self.before(name));
        Change::Link {
            path,
            target: target.to_owned(),
            hard,
            before,
        }
    }

    fn a_link_itself_is_changed(&self) {
        if !self.is_root {
            return;
        }
        let attributes = Attributes {
            owner: Some("1234".into()),
            ..Attributes::default()
        };
        let (path, before) = (self.path("l/broken"), self.before("l/broken"));
        self.make(vec![Change::SetAttributes {
            path,
            attributes,
            follow: false,
            before,
        }]);
        assert_eq!(self.at("l/broken").unwrap().stat.uid, 1234);
        assert_eq!(self.at("l/target").unwrap().stat.uid, 0);
    }
}
