//! Which questions the coming tasks will ask, so that one round trip answers them all.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use evenkeel_host::Ask;
use evenkeel_host::Known;
use evenkeel_host::Look;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::Who;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::play::Unfolding;
use evenkeel_tasks::Control;

use crate::arguments;
use crate::host_state::HostState;
use crate::host_state::facts_ask;
use crate::judge;
use crate::looped;
use crate::looped::Items;
use crate::play_scope::PlayScope;
use crate::scope::Source;
use crate::scope::Tiers;
use crate::task_run::TaskRun;
use crate::world::World;

/// Questions, and whether facts are needed.
#[derive(Default)]
struct Announced {
    asks: Vec<Ask>,
    facts: bool,
    /// How many includes there are around.
    depth: usize,
}

/// How deep includes are followed before the run: files may include themselves.
const DEPTH: usize = 8;

/// Asks a host everything that the tasks of these programs will want to know, as far as it can be known before: one
/// round trip, and one more when an argument needs the host's facts.
pub(crate) fn fetch(
    world: &World,
    host: &Arc<HostState>,
    programs: &[(&Program, &PlayScope)],
) -> evenkeel_host::Result<()> {
    let machine = world.machine(host)?;
    if machine.is_free() {
        return Ok(());
    }
    let mut first = all(world, host, programs);
    first.asks.push(recorded(world));
    if first.facts {
        first.asks.push(facts_ask(&Who::Login));
    }
    machine.fetch(first.asks)?;
    if first.facts {
        host.gather(machine.as_ref(), &Who::Login)?;
        machine.fetch(all(world, host, programs).asks)?;
    }
    Ok(())
}

/// The question for handlers that an earlier run recorded.
pub(crate) fn recorded(world: &World) -> Ask {
    Ask {
        who: Who::Login,
        want: Want::List(world.options.pending.clone()),
    }
}

fn all(world: &World, host: &Arc<HostState>, programs: &[(&Program, &PlayScope)]) -> Announced {
    let mut announced = Announced::default();
    for (program, scope) in programs {
        for task in program.all_tasks() {
            let run = TaskRun {
                world,
                play: &program.play,
                handlers: &program.handlers,
                scope,
                task,
                later: &[],
                undecided: None,
                teller: None,
            };
            of_task(&run, host, &mut announced);
        }
    }
    announced
}

/// The questions of the tasks that come later, for a round trip that is made anyway.
pub(crate) fn rest(run: &TaskRun<'_>, host: &Arc<HostState>) -> Vec<Ask> {
    let mut announced = Announced::default();
    for task in run.later {
        of_task(
            &TaskRun {
                task,
                later: &[],
                undecided: None,
                teller: None,
                ..*run
            },
            host,
            &mut announced,
        );
    }
    announced.asks
}

/// What one task will ask; a task that cannot be rendered yet announces nothing.
fn of_task(run: &TaskRun<'_>, host: &Arc<HostState>, into: &mut Announced) {
    if !chosen(run.world, run.task) || run.task.keywords.delegate_to.is_some() || run.is_lazy() {
        return;
    }
    let flag = Arc::new(AtomicBool::new(false));
    let tiers = run
        .scope
        .tiers(run.world, host, run.task, Source::Announce(Arc::clone(&flag)));
    for tiers in items(run, tiers) {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        if let Ok(Known::Is(Some(_))) = judge::all(&run.world.templar, &run.task.keywords.when, &scope) {
            continue;
        }
        if let (Ok(who), Ok((task, _))) = (run.who(None, &tiers), arguments::prepare(run, &scope)) {
            into.asks.extend(task.wants().into_iter().map(|want| Ask {
                who: who.clone(),
                want,
            }));
            if run.task.card.body.module.name.starts_with("include_") {
                of_included(run, host, task.as_ref(), &tiers, into);
            }
        }
    }
    into.facts |= flag.load(Ordering::Relaxed);
}

/// What is included is asked for with the rest, as far as its name is known already.
fn of_included(
    run: &TaskRun<'_>,
    host: &Arc<HostState>,
    task: &dyn evenkeel_tasks::Task,
    tiers: &Tiers,
    into: &mut Announced,
) {
    let planned = task.plan(&View::new(&Nothing, Who::Login));
    let Ok(Some(Control::Include(include))) = planned.map(|planned| planned.plan.effects.control) else {
        return;
    };
    if into.depth >= DEPTH {
        return;
    }
    let Ok(loaded) = run.world.library.load(run.world, run.play, run.task, &include) else {
        return;
    };
    into.depth += 1;
    let steps = loaded.steps(run.task, tiers.item().as_ref(), &mut Unfolding::default());
    for task in play::all_tasks(&steps) {
        let run = TaskRun {
            task,
            later: &[],
            undecided: None,
            ..*run
        };
        of_task(&run, host, into);
    }
    into.depth -= 1;
}

fn items(run: &TaskRun<'_>, tiers: Tiers) -> Vec<Tiers> {
    match looped::items(run, &tiers) {
        Ok(Items::Each(each)) => (0..each.items.len())
            .map(|index| each.tiers(&tiers, index, None))
            .collect(),
        Ok(Items::Once) => vec![tiers],
        Ok(Items::Unknown(_)) | Err(_) => Vec::new(),
    }
}

/// A machine that is not asked: includes look at none.
struct Nothing;

impl Look for Nothing {
    fn look(&self, asks: &[Ask]) -> evenkeel_host::Result<Vec<Known<evenkeel_host::Answer>>> {
        Ok(asks.iter().map(|_| Known::unknown("not asked")).collect())
    }
}

/// Whether the tags choose a task.
pub(crate) fn chosen(world: &World, task: &Task) -> bool {
    crate::tags::selected(&task.keywords.tags, &world.options.tags, &world.options.skip_tags)
}
