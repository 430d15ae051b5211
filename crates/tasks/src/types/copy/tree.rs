//! A folder with everything in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use super::Copy;
use super::Inside;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Plan;
use crate::Result;
use crate::files;
use crate::files::Steps;
use crate::files::Target;
use crate::files::Wanted;

/// Something that shall be below the destination.
#[derive(Clone, Debug)]
pub(super) struct Item {
    path: AbsPath,
    what: What,
    /// The permissions of the source, where it is on the machine or keeps them.
    mode: Option<u32>,
}

#[derive(Clone, Debug)]
enum What {
    Folder,
    File(Arc<[u8]>),
    Link(String),
}

/// What was seen of a folder's copy.
#[derive(Debug)]
pub struct Tree {
    dest: Target,
    items: Vec<(Item, Target)>,
}

/// The files of a folder of the controller under their new paths, folders before what is in them.
pub(super) fn local(files: &[Inside], root: &AbsPath, dest: &AbsPath) -> Vec<Item> {
    let mut items = BTreeMap::new();
    let folder = |path: AbsPath| (path.clone(), Item { path, what: What::Folder, mode: None });
    if root != dest {
        items.extend([folder(root.clone())]);
    }
    for inside in files {
        let path = root.join(inside.path.trim_end_matches('/'));
        let mut above = path.parent();
        while let Some(parent) = above.filter(|parent| parent != root && parent.is_within(root)) {
            above = parent.parent();
            items.extend([folder(parent)]);
        }
        if inside.path.ends_with('/') {
            items.extend([folder(path)]);
        } else {
            let what = What::File(Arc::clone(&inside.bytes));
            items.insert(path.clone(), Item { path, what, mode: inside.mode });
        }
    }
    items.into_values().collect()
}

/// The same for a folder on the machine.
pub(super) fn on_machine(
    on: &View<'_>,
    src: &AbsPath,
    root: &AbsPath,
    copy: &Copy,
) -> Result<Known<Vec<Item>>> {
    let entries = match on.ask(Want::Tree(src.clone()))? {
        Known::Is(Answer::Tree(entries)) => entries,
        Known::Is(_) => return Err(Error::failed(format!("{src} cannot be listed"))),
        Known::Unknown(why) => return Ok(Known::Unknown(why)),
    };
    let mut items = Vec::new();
    if *root != copy.dest.path {
        items.push(Item { path: root.clone(), what: What::Folder, mode: None });
    }
    for (path, entry) in entries {
        let Some(below) = path.as_str().strip_prefix(src.as_str()) else { continue };
        let what = match &entry.stat.kind {
            Kind::Directory => What::Folder,
            Kind::Link(target) if copy.local_follow != Some(true) => What::Link(target.clone()),
            Kind::File | Kind::Link(_) => match read(on, &path)? {
                Known::Is(what) => what,
                Known::Unknown(why) => return Ok(Known::Unknown(why)),
            },
            Kind::Special(_) => return Err(Error::failed(format!("{path} is a device, socket or pipe"))),
        };
        let path = root.join(below.trim_start_matches('/'));
        items.push(Item { path, what, mode: Some(entry.stat.mode) });
    }
    Ok(Known::Is(items))
}

fn read(on: &View<'_>, path: &AbsPath) -> Result<Known<What>> {
    match on.file(path, true)? {
        Known::Is(Some(entry)) if entry.stat.kind == Kind::File => {
            Ok(files::contents(on, path, &entry)?.map(What::File))
        }
        Known::Is(Some(_)) => Err(Error::failed(format!("{path} leads to a folder"))
            .help("copy links as links: `local_follow: false`")),
        Known::Is(None) => Err(Error::failed(format!("{path} leads nowhere"))),
        Known::Unknown(why) => Ok(Known::Unknown(why)),
    }
}

impl Tree {
    pub(super) fn wants(dest: &AbsPath, file: &FileArguments, items: &[Item]) -> Vec<Want> {
        let mut wants = Wanted { follow: true, content: false, file }.wants(dest);
        for item in items {
            wants.extend(item.wanted(file).wants(&item.path));
        }
        wants.dedup();
        wants
    }

    pub(super) fn observe(on: &View<'_>, dest: &AbsPath, file: &FileArguments, items: Vec<Item>) -> Result<Tree> {
        let dest = Wanted { follow: true, content: false, file }.look(on, dest)?;
        let look = |item: Item| {
            let target = item.wanted(file).look(on, &item.path)?;
            Ok((item, target))
        };
        Ok(Tree { dest, items: items.into_iter().map(look).collect::<Result<_>>()? })
    }

    pub(super) fn plan(&self, copy: &Copy) -> Result<Plan> {
        let folders = FileArguments { mode: copy.directory_mode.clone(), ..copy.file.clone() };
        let mut steps = Steps { changes: files::make_missing(&self.dest, &folders)?, ..Steps::default() };
        if !self.dest.is_folder() {
            steps.extend(files::make_folder(&self.dest, &folders)?);
        }
        for (item, target) in &self.items {
            steps.extend(item.steps(copy, target, &folders)?);
        }
        let count = self.items.len();
        let plan = steps.into_plan(|| format!("{} holds these {count} files and folders", self.dest.path));
        Ok(Plan { whole: copy.force, ..plan })
    }
}

impl Item {
    fn wanted<'a>(&self, file: &'a FileArguments) -> Wanted<'a> {
        // The destination itself may be a link to a folder; below it, links are not followed.
        Wanted { follow: matches!(self.what, What::Folder), content: matches!(self.what, What::File(_)), file }
    }

    fn steps(&self, copy: &Copy, target: &Target, folders: &FileArguments) -> Result<Steps> {
        match &self.what {
            What::Folder => files::make_folder(target, &self.keep_mode(folders, target.present().is_some())),
            What::Link(to) => files::make_link(target, to),
            What::File(_) if target.present().is_some() && !copy.force => Ok(Steps::default()),
            What::File(bytes) => {
                let same = target.present().is_some_and(|entry| files::same_content(entry, bytes));
                let file = match copy.remote_src {
                    true => self.keep_mode(&copy.file, same),
                    false => copy.file.with_source_mode(self.mode),
                };
                copy.new_file(&file, bytes, false).steps(target)
            }
        }
    }

    /// What is made new from a source on the machine has the source's permissions; what is there keeps its own.
    fn keep_mode(&self, file: &FileArguments, is_there: bool) -> FileArguments {
        match self.mode {
            Some(_) if is_there => FileArguments { mode: None, ..file.clone() },
            Some(bits) => FileArguments { mode: Some(Mode::Bits(bits)), ..file.clone() },
            None => file.clone(),
        }
    }
}
