//! `find`: files of the machine by name, age, size and content.

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::Value;
use serde_json::json;

use super::stat::Algorithm;
use crate::Controller;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::regex::Pattern;

mod chosen;
mod walk;

use chosen::Chosen;
use walk::Walk;

words! {
    /// What is looked for.
    pub enum FileType {
        /// Everything.
        Any = "any",
        /// Folders.
        Directory = "directory",
        /// Files.
        File = "file",
        /// Symbolic links.
        Link = "link",
    }
}

words! {
    /// Which time an age is measured by.
    pub enum Stamp {
        /// Last access.
        Access = "atime",
        /// Last change of owner, permissions or content.
        Change = "ctime",
        /// Last change of the content.
        Modification = "mtime",
    }
}

arguments! {
    /// Finds files of the machine by name, age, size and content.
    pub struct Find {
        /// The folders to look in.
        paths | "name" | "path": Vec<AbsPath>,
        /// Names that fit one of these, shell patterns or, with `use_regex`, regular expressions; none: all.
        patterns | "pattern": Vec<String> = Vec::new(),
        /// Of these, names that fit none of those.
        excludes | "exclude": Option<Vec<String>>,
        /// Files with a line that begins with a match of this regular expression.
        contains: Option<Pattern>,
        /// Looks for `contains` anywhere in the file at once.
        read_whole_file: bool = false,
        /// What is looked for.
        file_type: FileType = FileType::File,
        /// At least this old, with a minus at most; `s`, `m`, `h`, `d`, `w` behind the number.
        age: Option<Text>,
        /// Which time an age is measured by.
        age_stamp: Stamp = Stamp::Modification,
        /// At least this large, with a minus at most; `b`, `k`, `m`, `g`, `t` behind the number.
        size: Option<Text>,
        /// Looks in folders of folders too.
        recurse: bool = false,
        /// Finds names that begin with `.` too.
        hidden: bool = false,
        /// Looks in folders that links lead to.
        follow: bool = false,
        /// Tells the checksums of files.
        get_checksum: bool = false,
        /// Which checksum.
        checksum_algorithm | "checksum" | "checksum_algo": Algorithm = Algorithm::Sha1,
        /// Takes `patterns` and `excludes` as regular expressions that begin with the name.
        use_regex: bool = false,
        /// How many levels of folders are looked in, with `recurse`.
        depth: Option<i64>,
        /// Permissions, as `"0644"` or `u=rw,g=r,o=r`.
        mode: Option<Mode>,
        /// Whether the permissions have to be the same; else one of them in common is enough.
        exact_mode: bool = true,
        /// How bytes become characters for `contains`.
        encoding: Option<String>,
        /// How many are found at most.
        limit: Option<i64>;
        /// The time of the run, for ages.
        now: Option<i64>,
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    files: Vec<Value>,
    /// How many files and folders were looked at.
    examined: usize,
    /// What could not be looked at, with the reason.
    skipped: Vec<(String, String)>,
    /// Whether there are no more because of the limit.
    limited: bool,
    /// Something that is known only after apply.
    unknown: Option<std::sync::Arc<str>>,
}

impl Find {
    /// What has to be fulfilled.
    fn chosen(&self) -> std::result::Result<Chosen, Vec<Problem>> {
        Chosen::new(self)
    }
}

impl TaskType for Find {
    const NAME: &'static str = "find";
    const ABOUT: &'static str = "Finds files of the machine by name, age, size and content.";
    const EXAMPLE: &'static str = "- name: Find old snapshots\n  ansible.builtin.find:\n    paths: /var/backups/etcd\n    patterns: \"*.db\"\n    age: 4w\n  register: snapshots\n";
    const CHANGES: bool = false;
    type Seen = Found;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        self.chosen().map(drop)
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.now = Some(controller.now().0);
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        let of_folder = |path: &AbsPath| {
            let inside = match (self.recurse, self.follow) {
                (true, false) => Want::Tree(path.clone()),
                _ => Want::List(path.clone()),
            };
            [Want::Entry { path: path.clone(), follow: true, content: false }, inside]
        };
        self.paths.iter().flat_map(of_folder).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Found> {
        let chosen = self.chosen().map_err(|mut problems| problems.remove(0))?;
        let mut walk = Walk::new(self, &chosen, on);
        for path in &self.paths {
            walk.begin(path)?;
        }
        Ok(walk.found)
    }

    fn plan(&self, seen: &Found) -> Result<Plan> {
        let mut plan = Plan::unchanged("it only looks");
        plan.warnings =
            seen.skipped.iter().map(|(path, why)| format!("{path} was not looked in: {why}")).collect();
        Ok(plan)
    }

    fn result(&self, seen: &Found, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let message = match (seen.skipped.is_empty(), seen.limited) {
            (false, _) => "Not all paths examined, check warnings for details",
            (true, true) => "Limit of matches reached",
            (true, false) => "All paths examined",
        };
        let skipped: serde_json::Map<String, Value> =
            seen.skipped.iter().map(|(path, why)| (path.clone(), json!(why))).collect();
        let known = |value: Value| match &seen.unknown {
            Some(why) => Known::Unknown(std::sync::Arc::clone(why)),
            None => Known::Is(value),
        };
        Returned::from_iter([
            ("files".to_owned(), known(json!(seen.files))),
            ("matched".to_owned(), known(json!(seen.files.len()))),
            ("examined".to_owned(), known(json!(seen.examined))),
            ("skipped_paths".to_owned(), known(Value::Object(skipped))),
            ("msg".to_owned(), known(json!(message))),
        ])
    }
}
