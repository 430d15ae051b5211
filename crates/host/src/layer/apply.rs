//! Making changes in memory.

use std::sync::Arc;

use super::Layer;
use super::Nature;
use super::answer::Answering;
use super::fresh::fresh;
use super::fresh::unsure;
use super::ground::Ground;
use super::ground::There;
use super::memory::Memo;
use super::memory::Memory;
use super::node::Node;
use super::simulate;
use crate::AbsPath;
use crate::Before;
use crate::Change;
use crate::Commit;
use crate::Committed;
use crate::Effect;
use crate::Failure;
use crate::Kind;
use crate::Known;
use crate::Output;
use crate::Result;
use crate::Run;
use crate::Who;
use crate::Write;

impl Layer {
    /// Makes the changes in order, up to the first that cannot be made.
    pub(super) fn make(&self, commit: &Commit) -> Result<Committed> {
        let mut memory = self.memory();
        self.announce(&memory, &commit.who, &commit.changes)?;
        let simulated = matches!(self.nature, Nature::Simulated(_));
        let mut committed = Committed::default();
        for (index, change) in commit.changes.iter().enumerate() {
            let ground = self.ground(&memory, &commit.who, change)?;
            let fault = simulated
                .then(|| simulate::fault(change, &ground, &commit.changes[..index]))
                .flatten();
            let made = fault.map_or_else(|| self.apply(&mut memory, change, &ground), Err);
            if let Err(failure) = made {
                committed.failed = Some(failure);
                break;
            }
            committed.done.push(Output::default());
            if simulated {
                simulate::note(change, index, &mut committed);
            }
        }
        Ok(committed)
    }

    /// Asks the floor for the ground of all changes together.
    pub(super) fn announce(&self, memory: &Memory, who: &Who, changes: &[Change]) -> Result<()> {
        if self.floor.is_free() {
            return Ok(());
        }
        self.with_floor(|floor| {
            let all = changes
                .iter()
                .map(|change| Answering { memory, floor, who }.ground(change, false).map(drop));
            all.collect::<Vec<_>>().into_iter().collect()
        })
    }

    pub(super) fn ground(&self, memory: &Memory, who: &Who, change: &Change) -> Result<Ground> {
        let simulated = matches!(self.nature, Nature::Simulated(_));
        self.with_floor(|floor| Answering { memory, floor, who }.ground(change, simulated))
    }

    fn apply(&self, memory: &mut Memory, change: &Change, ground: &Ground) -> Result<(), Failure> {
        match (change, &ground.at) {
            (Change::Run(run), _) => self.run(memory, run, ground),
            (change, Some(at)) => {
                let mut memory = Changing {
                    memory,
                    at,
                    ground,
                    clock: self.clock(),
                };
                memory.change(change)?;
            }
            (_, None) => {}
        }
        Ok(())
    }

    fn clock(&self) -> bool {
        matches!(self.nature, Nature::Simulated(_))
    }

    fn run(&self, memory: &mut Memory, run: &Run, ground: &Ground) {
        let why: Arc<str> = doing(&run.summary).into();
        let catalogue = match &self.nature {
            Nature::Simulated(catalogue) => catalogue.as_deref(),
            Nature::Forecast => None,
        };
        let known = simulate::packages(memory, catalogue, run);
        if !known {
            for what in &ground.obscured {
                memory.obscure(what, &why);
            }
        }
        for prediction in &run.predicts {
            let settled = known && prediction.value.why().is_some();
            if !settled {
                let key = prediction.fact.key();
                memory.set_fact(key.family, &key.key, prediction.value.clone());
            }
        }
    }
}

/// What happens while a change is made: `install haproxy` is "installing haproxy".
fn doing(summary: &str) -> String {
    let (verb, rest) = summary.split_once(' ').unwrap_or((summary, ""));
    let stem = match verb {
        "run" | "set" | "stop" | "put" | "get" => format!("{verb}{}", &verb[verb.len() - 1..]),
        _ => verb.strip_suffix('e').unwrap_or(verb).to_owned(),
    };
    format!("{stem}ing {rest}").trim_end().to_owned()
}

/// What is there before a change: nothing, something, or it is not known.
enum Base {
    Nothing,
    Something(Box<Node>),
    Unknown(Arc<str>),
}

struct Changing<'a> {
    memory: &'a mut Memory,
    at: &'a AbsPath,
    ground: &'a Ground,
    /// Whether what is made gets an inode and times, as on a real host.
    clock: bool,
}

impl Changing<'_> {
    fn change(&mut self, change: &Change) -> Result<(), Failure> {
        match change {
            Change::Write(write) => self.write(write),
            Change::MakeDirectory { attributes, .. } => {
                let mut node = match self.base(Some(&Before::Absent)) {
                    Base::Nothing => fresh(Kind::Directory, None, self.ground),
                    Base::Something(node) => *node,
                    Base::Unknown(why) => unsure(Kind::Directory, None, &why),
                };
                node.set(attributes, &self.ground.names);
                self.put(node);
            }
            Change::Link {
                target,
                hard: false,
                before,
                ..
            } => {
                let kind = Kind::Link(target.clone());
                let node = match self.base(Some(before)) {
                    Base::Unknown(why) => unsure(kind, None, &why),
                    Base::Nothing | Base::Something(_) => fresh(kind, None, self.ground),
                };
                self.replace(node);
            }
            Change::Link { hard: true, .. } => self.hard_link()?,
            Change::SetAttributes {
                attributes,
                before,
                path,
                ..
            } => match self.base(Some(before)) {
                Base::Something(mut node) => {
                    node.set(attributes, &self.ground.names);
                    self.put(*node);
                }
                Base::Nothing => return Err(absent(path)),
                Base::Unknown(_) => {}
            },
            Change::SetTimes { .. } => self.times(change)?,
            Change::Remove { .. } => self.memory.remove(self.at),
            Change::Run(_) => {}
        }
        Ok(())
    }

    fn base(&self, before: Option<&Before>) -> Base {
        match self.memory.at(self.at) {
            Memo::Absent => Base::Nothing,
            Memo::Unknown(why) => Base::Unknown(Arc::clone(why)),
            Memo::Node(node) => Base::Something(Box::new(node.clone())),
            Memo::Floor => match (before, &self.ground.there) {
                (Some(Before::Absent), _) | (None, Some(Known::Is(None))) => Base::Nothing,
                (Some(Before::Was(entry)), _) | (None, Some(Known::Is(Some(entry)))) => {
                    Base::Something(Box::new(Node::known(Arc::clone(entry), self.at)))
                }
                (None, Some(Known::Unknown(why))) => Base::Unknown(Arc::clone(why)),
                (Some(Before::Unknown), _) | (None, None) => Base::Unknown("what was there".into()),
            },
        }
    }

    fn write(&mut self, write: &Write) {
        let base = self.base(Some(&write.before));
        let content = Some(Arc::clone(&write.content));
        let mut node = match &base {
            Base::Nothing => fresh(Kind::File, content, self.ground),
            Base::Unknown(why) => unsure(Kind::File, content, why),
            Base::Something(old) if old.entry.stat.kind != Kind::File => {
                fresh(Kind::File, content, self.ground)
            }
            Base::Something(old) => {
                let mut node = unsure(Kind::File, content, &"".into());
                (node.owner, node.group, node.mode) =
                    (old.owner.clone(), old.group.clone(), old.mode.clone());
                let (stat, old) = (node.stat_mut(), &old.entry.stat);
                (stat.uid, stat.gid, stat.mode) = (old.uid, old.gid, old.mode);
                (stat.owner, stat.group) = (old.owner.clone(), old.group.clone());
                stat.context = old.context.clone();
                node
            }
        };
        match (&self.ground.other, base) {
            (Some(backup), Base::Something(mut old)) => {
                old.file = None;
                self.memory.put(backup.clone(), *old);
            }
            (Some(backup), Base::Unknown(why)) => self.memory.obscure_path(backup, why),
            (Some(_), Base::Nothing) | (None, _) => {}
        }
        node.set(&write.attributes, &self.ground.names);
        match self.memory.at(self.at) {
            Memo::Node(old) if write.unsafe_write => {
                node.file = old.file;
                self.put(node);
            }
            _ => self.replace(node),
        }
    }

    fn hard_link(&mut self) -> Result<(), Failure> {
        let Some(target) = &self.ground.other else {
            return Ok(());
        };
        let mut node = match (self.memory.at(target), &self.ground.other_there) {
            (Memo::Node(node), _) => node.clone(),
            (Memo::Floor, Some(Known::Is(Some(entry)))) => Node::known(Arc::clone(entry), target),
            (Memo::Absent, _) | (Memo::Floor, Some(Known::Is(None))) => return Err(absent(target)),
            (Memo::Unknown(why), _) | (Memo::Floor, Some(Known::Unknown(why))) => {
                let why = Arc::clone(why);
                self.memory.obscure_path(self.at, why);
                return Ok(());
            }
            (Memo::Floor, None) => return Ok(()),
        };
        self.memory.unlink(self.at);
        node.stat_mut().links += 1;
        node.file = node.file.or(Some(self.memory.tick()));
        self.memory.put(target.clone(), node.clone());
        self.memory.put(self.at.clone(), node);
        Ok(())
    }

    fn times(&mut self, change: &Change) -> Result<(), Failure> {
        let Change::SetTimes {
            path,
            accessed,
            modified,
            keep_accessed,
            keep_modified,
        } = change
        else {
            return Ok(());
        };
        let mut node = match self.base(None) {
            Base::Something(node) => node,
            Base::Nothing => return Err(absent(path)),
            Base::Unknown(_) => return Ok(()),
        };
        let stat = node.stat_mut();
        let is_now = (accessed.is_none() && !keep_accessed) || (modified.is_none() && !keep_modified);
        if !keep_accessed {
            stat.accessed = accessed.unwrap_or_default();
        }
        if !keep_modified {
            stat.modified = modified.unwrap_or_default();
        }
        if is_now {
            stat.inode = 0;
        }
        self.put(*node);
        Ok(())
    }

    /// Puts a node in place of whatever was there.
    fn replace(&mut self, node: Node) {
        if matches!(self.base(None), Base::Something(old) if old.entry.stat.kind == Kind::Directory) {
            self.memory.remove(self.at);
        }
        self.memory.unlink(self.at);
        self.put(node);
    }

    fn put(&mut self, mut node: Node) {
        if self.clock && node.entry.stat.inode == 0 {
            let tick = self.memory.tick();
            let stat = node.stat_mut();
            stat.inode = tick;
            (stat.device, stat.changed) = (1, tick as f64);
            stat.accessed = if stat.accessed == 0.0 {
                tick as f64
            } else {
                stat.accessed
            };
            stat.modified = if stat.modified == 0.0 {
                tick as f64
            } else {
                stat.modified
            };
        }
        self.memory.put(self.at.clone(), node);
    }
}

fn absent(path: &AbsPath) -> Failure {
    refused(format!("{path} does not exist"))
}

/// A file operation that failed, with what it says.
pub(super) fn refused(why: String) -> Failure {
    Failure::Failed(Output {
        code: 1,
        stderr: why.into_bytes(),
        ..Output::default()
    })
}

/// Whether an entry is a folder; what is not known may be one.
pub(super) fn may_be_folder(there: &There) -> bool {
    match there {
        Known::Is(Some(entry)) => entry.stat.kind == Kind::Directory,
        Known::Is(None) => false,
        Known::Unknown(_) => true,
    }
}

/// Whether a program's output is not known because it was not run.
pub(super) fn is_opaque(change: &Change) -> bool {
    matches!(change, Change::Run(run) if run.effect == Effect::Opaque)
}
