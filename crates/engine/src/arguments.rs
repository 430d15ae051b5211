//! A task's arguments: rendered for a host, and read.

use std::cell::Cell;
use std::cell::RefCell;
use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_tasks::Returned;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Failure;
use crate::controller::TaskController;
use crate::failure;
use crate::settings;
use crate::task_run::TaskRun;

/// Why an attempt ended early.
pub(crate) enum Stop {
    /// The task failed.
    Failed(Box<Failure>, Returned),
    /// The machine was lost.
    Lost(evenkeel_host::Error),
    /// The arguments are known only after apply.
    Unknown(Box<Unrendered>),
}

/// Arguments that are known only after apply.
pub(crate) struct Unrendered {
    /// What they depend on.
    pub(crate) why: Arc<str>,
    /// Those that are known.
    pub(crate) known: Map,
    /// The names of the others.
    pub(crate) unknown: Vec<String>,
    /// Whether there are others whose names are not known either.
    pub(crate) unnamed: bool,
}

impl Unrendered {
    /// The paths that the known arguments name.
    pub(crate) fn paths(&self) -> Vec<AbsPath> {
        let named = ["path", "dest", "name"]
            .into_iter()
            .filter_map(|key| self.known.get(key)?.as_str());
        named.filter_map(AbsPath::new).collect()
    }
}

impl From<evenkeel_tasks::Error> for Stop {
    fn from(error: evenkeel_tasks::Error) -> Stop {
        match error {
            evenkeel_tasks::Error::Host(error) => error.into(),
            evenkeel_tasks::Error::Problem(problem) => (*problem).into(),
            evenkeel_tasks::Error::Failed {
                message,
                returned,
                help,
            } => {
                let help = help.into_iter().collect();
                Stop::failed(
                    Failure {
                        message,
                        help,
                        ..Failure::default()
                    },
                    *returned,
                )
            }
        }
    }
}

impl From<evenkeel_host::Error> for Stop {
    fn from(error: evenkeel_host::Error) -> Stop {
        match error {
            evenkeel_host::Error::Unanswered { .. } | evenkeel_host::Error::Become(_) => {
                let message = error.to_string();
                let help = error.help().into_iter().collect();
                Stop::failed(
                    Failure {
                        message,
                        help,
                        ..Failure::default()
                    },
                    Returned::new(),
                )
            }
            error => Stop::Lost(error),
        }
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::failed(failure::of_problem(&problem), Returned::new())
    }
}

impl Stop {
    fn failed(failure: Failure, returned: Returned) -> Stop {
        Stop::Failed(Box::new(failure), returned)
    }
}

/// What went into a task's arguments, also where they are wrong.
#[derive(Default)]
pub(crate) struct Given {
    /// A secret.
    pub(crate) secret: bool,
    /// A file of the controller.
    pub(crate) file: bool,
}

/// Renders and reads a task's arguments.
pub(crate) fn prepare(
    run: &TaskRun<'_>,
    scope: &Arc<dyn Scope>,
    given: &mut Given,
) -> Result<Box<dyn evenkeel_tasks::Task>, Stop> {
    let body = &run.task.card.body;
    *given = Given::default();
    let mut task = match &body.typed {
        Some(typed) => typed.boxed(),
        None => {
            let arguments = rendered(run, scope, &mut given.secret)?;
            (body.module.parse)(&arguments, &body.at)
                .map_err(|problems| Stop::failed(all_of(&problems), Returned::new()))?
        }
    };
    let mut controller = TaskController {
        files: run.world.files.as_ref(),
        sources: &run.world.sources,
        templar: &run.world.templar,
        options: &run.world.options,
        role: run.task.role().map(AsRef::as_ref),
        folder: run.world.folder(run.play),
        file: &run.task.card.at.source.name,
        scope: Arc::clone(scope),
        diff: settings::flag(&run.world.templar, run.task.keywords.diff.as_ref(), scope)
            .map_err(|failure| Stop::failed(failure, Returned::new()))?
            .unwrap_or(run.world.options.diff),
        unsealed: Cell::new(false),
        leans: Cell::default(),
        later: RefCell::default(),
    };
    let prepared = task.prepare(&mut controller);
    given.secret |= controller.unsealed.get();
    given.file = controller.leans.get();
    if let (Err(_), Some(why)) = (&prepared, controller.later.take()) {
        let known = rendered(run, scope, &mut given.secret)?;
        return Err(Stop::Unknown(Box::new(Unrendered {
            why,
            known,
            unknown: Vec::new(),
            unnamed: true,
        })));
    }
    prepared.map_err(|error| match error {
        evenkeel_tasks::Error::Problem(problem) if body.module.name == "assert" => {
            Stop::failed(failure::of_condition(&problem), Returned::new())
        }
        error => error.into(),
    })?;
    Ok(task)
}

/// Several findings as one failure.
fn all_of(problems: &[Problem]) -> Failure {
    let mut failure = problems.first().map(failure::of_problem).unwrap_or_default();
    failure
        .help
        .extend(problems.iter().skip(1).map(|problem| format!("also: {problem}")));
    failure
}

/// Adds what `args` gives, once it is rendered; what the task type's own arguments say wins.
fn add(args: &Node, known: &mut Map) -> Result<(), Problem> {
    let Value::Map(map) = &args.value else {
        let message = format!("`args` is a mapping, not {}", args.kind());
        return Err(Problem::error("playbook::args", message).at(&args.place, "this is none"));
    };
    let missing = |(key, _): &&(Node, Node)| key.as_str().is_none_or(|name| known.get(name).is_none());
    let more: Vec<_> = map.entries.iter().filter(missing).cloned().collect();
    known.entries.extend(more);
    Ok(())
}

fn rendered(run: &TaskRun<'_>, scope: &Arc<dyn Scope>, secret: &mut bool) -> Result<Map, Stop> {
    let body = &run.task.card.body;
    let mut known = Map::default();
    let (mut unknown, mut unnamed, mut why) = (Vec::new(), false, None);
    for (key, value) in &body.raw.entries {
        if key.as_str().is_some_and(body.module.is_raw) {
            known.entries.push((key.clone(), value.clone()));
            continue;
        }
        let entry = Map {
            entries: vec![(key.clone(), value.clone())],
        };
        let item = Node::new(Value::Map(entry), value.place.clone());
        let rendered = run.world.templar.node(&item, scope).map_err(|problem| {
            let (module, name) = (body.module.full_name(), key.as_str().unwrap_or_default());
            Stop::failed(failure::of_argument(&module, name, &problem), Returned::new())
        })?;
        *secret |= rendered.secret;
        match rendered.value {
            Known::Is(Node {
                value: Value::Map(map),
                ..
            }) => known.entries.extend(map.entries),
            Known::Is(_) => {}
            Known::Unknown(reason) => {
                why = why.or(Some(reason));
                match run.world.templar.node(key, scope)?.value {
                    Known::Is(name) => unknown.extend(name.as_str().map(str::to_owned)),
                    Known::Unknown(_) => unnamed = true,
                }
            }
        }
    }
    for more in &body.more {
        let rendered = run.world.templar.node(more, scope)?;
        *secret |= rendered.secret;
        match rendered.value {
            Known::Is(node) => add(&node, &mut known)?,
            Known::Unknown(reason) => {
                unnamed = true;
                why = why.or(Some(reason));
            }
        }
    }
    match why {
        None => Ok(known),
        Some(why) => Err(Stop::Unknown(Box::new(Unrendered {
            why,
            known,
            unknown,
            unnamed,
        }))),
    }
}
