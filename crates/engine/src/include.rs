//! Includes: reading what is included, and where it is put.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use evenkeel_playbook::play::Around;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Keywords;
use evenkeel_playbook::play::LATER;
use evenkeel_playbook::play::Layer;
use evenkeel_playbook::play::Names;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Project;
use evenkeel_playbook::play::Role;
use evenkeel_playbook::play::RoleUse;
use evenkeel_playbook::play::Step;
use evenkeel_playbook::play::Surroundings;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::play::Unfolding;
use evenkeel_tasks::Include;
use evenkeel_tasks::Included;
use evenkeel_yaml::Problem;

use crate::Failure;
use crate::failure;
use crate::scope::Values;
use crate::world::World;

/// What an include brings.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What it is called: the path of a file, the name of a role.
    pub(crate) title: Arc<str>,
    body: Body,
    apply: Keywords,
}

#[derive(Debug)]
enum Body {
    Tasks(Vec<Item>),
    Role {
        role: Arc<Role>,
        public: bool,
        again: bool,
    },
}

/// What an include brings to a host, with the item of the include's loop.
#[derive(Clone, Debug)]
pub(crate) struct Inclusion {
    pub(crate) loaded: Arc<Loaded>,
    /// The variables of the loop.
    pub(crate) item: Option<Arc<Values>>,
    /// Why it is not certain that it is included at all.
    pub(crate) undecided: Option<String>,
}

/// Why nothing is included.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It cannot be read.
    Failed(Box<Failure>),
    /// A forecast cannot read it yet, because of this.
    Later(Arc<str>),
}

/// What was included during a run, read once for all hosts.
#[derive(Default)]
pub(crate) struct Library(Mutex<HashMap<String, Arc<Loaded>>>);

impl Library {
    /// Forgets what was read: another walk reads it as it is then.
    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Reads what is included here; what cannot be read is tried again the next time.
    ///
    /// # Errors
    /// The first finding, with the others as help; or what it depends on in a forecast.
    pub(crate) fn load(
        &self,
        world: &World,
        play: &Play,
        task: &Task,
        include: &Include,
    ) -> Result<Arc<Loaded>, Unread> {
        let role = task.role().map(|role| role.folder.display().to_string());
        let from = Path::new(&task.card.at.source.name).parent();
        let key = format!("{role:?} {from:?} {:?} {include:?}", play.at);
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let read = read(world, play, task, include).map_err(|problems| unread(&problems))?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(key).or_insert_with(|| Arc::new(read))))
    }
}

fn unread(problems: &[Problem]) -> Unread {
    match problems.iter().find(|problem| problem.code == LATER) {
        Some(later) => Unread::Later(later.message.as_str().into()),
        None => Unread::Failed(Box::new(first_of(problems))),
    }
}

fn first_of(problems: &[Problem]) -> Failure {
    let mut failure = problems.first().map(failure::of_problem).unwrap_or_default();
    let also = |problem: &Problem| match &problem.at {
        Some((place, _)) => format!("also: {place}: {}", problem.message),
        None => format!("also: {}", problem.message),
    };
    failure.help.extend(problems.iter().skip(1).map(also));
    failure
}

fn read(world: &World, play: &Play, task: &Task, include: &Include) -> Result<Loaded, Vec<Problem>> {
    let names = Names {
        templar: world.templar.clone(),
        extra: Arc::clone(&world.extra),
    };
    let project = Project::new(world.files.as_ref(), world.options.role_paths.clone()).names(names);
    let around = Around {
        play,
        folder: world.folder(play),
        role: task.role().map(AsRef::as_ref),
    };
    let apply = include.apply.as_ref().map(|map| project.apply(map)).transpose()?;
    let (title, body) = match &include.what {
        Included::Tasks { file } => {
            let (path, items) = project.include_tasks(file, &around)?;
            (path.display().to_string(), Body::Tasks(items))
        }
        Included::Role(wanted) => {
            let role = project.include_role(wanted, &around)?;
            let body = Body::Role {
                role,
                public: wanted.public,
                again: wanted.allow_duplicates,
            };
            (wanted.name.text.clone(), body)
        }
    };
    Ok(Loaded {
        title: title.into(),
        body,
        apply: apply.unwrap_or_default(),
    })
}

impl Loaded {
    /// The role, and whether the rest of the play sees its variables.
    pub(crate) fn role(&self) -> Option<(&Arc<Role>, bool)> {
        match &self.body {
            Body::Role { role, public, .. } => Some((role, *public)),
            Body::Tasks(_) => None,
        }
    }

    /// The steps of what is included by a task, numbered on.
    pub(crate) fn steps(
        &self,
        by: &Task,
        item: Option<&Arc<Values>>,
        unfolding: &mut Unfolding,
    ) -> Vec<Step> {
        let mut around = by.around.with(&self.apply);
        let own = by.card.keywords.vars.iter();
        around
            .parameters
            .extend(own.map(|vars| Layer::Written(Arc::clone(vars))));
        around
            .parameters
            .extend(item.map(|values| Layer::Values(Arc::clone(values))));
        let around: Arc<Surroundings> = Arc::new(around);
        match &self.body {
            Body::Tasks(items) => unfolding.items(items, &around),
            Body::Role { role, again, .. } => {
                let role = Arc::new(RoleUse {
                    role: Arc::clone(role),
                    again: *again,
                    parameters: Arc::default(),
                    keywords: Keywords {
                        vars: by.card.keywords.vars.clone(),
                        ..Keywords::default()
                    },
                    at: by.card.at.clone(),
                });
                vec![unfolding.role(&role, &around)]
            }
        }
    }
}

impl Inclusion {
    /// Whether two hosts include the same.
    pub(crate) fn is_same(&self, other: &Inclusion) -> bool {
        let values = |one: &Values, other: &Values| {
            one.len() == other.len()
                && one.iter().zip(other).all(|((a, one), (b, other))| {
                    a == b
                        && match (&one.stored, &other.stored) {
                            (
                                evenkeel_playbook::Stored::Data(one),
                                evenkeel_playbook::Stored::Data(other),
                            ) => one == other,
                            _ => false,
                        }
                })
        };
        Arc::ptr_eq(&self.loaded, &other.loaded)
            && self.undecided == other.undecided
            && match (&self.item, &other.item) {
                (None, None) => true,
                (Some(one), Some(other)) => values(one, other),
                _ => false,
            }
    }
}
