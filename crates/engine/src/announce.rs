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

use crate::Memory;
use crate::arguments;
use crate::arguments::Given;
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

/// Questions over one connection, and whether facts are needed.
struct Announced {
    over: Arc<Memory>,
    asks: Vec<Ask>,
    facts: bool,
}

/// How deep includes are followed before the run: files may include themselves.
const DEPTH: usize = 8;
/// Questions over each of a host's connections, that of its first play before all others.
#[derive(Default)]
struct Ways {
    all: Vec<Announced>,
    /// How many includes there are around.
    depth: usize,
}

impl Ways {
    fn over(&mut self, over: &Arc<Memory>) -> &mut Announced {
        let known = self.all.iter().position(|way| Arc::ptr_eq(&way.over, over));
        let at = known.unwrap_or_else(|| {
            self.all.push(Announced {
                over: Arc::clone(over),
                asks: Vec::new(),
                facts: false,
            });
            self.all.len() - 1
        });
        &mut self.all[at]
    }
}

/// Asks a host everything that the tasks of these programs will want to know, as far as it can be known before: one
/// round trip, and one more when an argument needs the host's facts.
pub(crate) fn fetch(
    world: &World,
    host: &Arc<HostState>,
    programs: &[(&Program, &PlayScope)],
) -> evenkeel_host::Result<()> {
    let (first, who) = first_way(world, host, programs)?;
    host.links.take(&first);
    if first.is_free() {
        return Ok(());
    }
    let mut ways = Ways::default();
    all(world, host, programs, &mut ways);
    let machine = ways.all.first().map_or(first, |way| Arc::clone(&way.over));
    host.links.take(&machine);
    ways.over(&machine).asks.push(recorded(world));
    let mut facts = false;
    for (number, way) in ways.all.into_iter().enumerate() {
        facts |= way.facts;
        match ask(host, way) {
            // Whoever logs in there later finds out why it does not work.
            Err(_) if number > 0 => {}
            asked => asked?,
        }
    }
    // Only the first task's user has to be there: others may come to be in the run.
    if let Some(why) = machine.refusal(&who) {
        return Err(evenkeel_host::Error::Become(why.to_string()));
    }
    if facts {
        let mut ways = Ways::default();
        all(world, host, programs, &mut ways);
        let first = ways.over(&machine);
        machine.fetch(std::mem::take(&mut first.asks))?;
    }
    Ok(())
}

/// The connection of a host's first task, and as whom it is done.
fn first_way(
    world: &World,
    host: &Arc<HostState>,
    programs: &[(&Program, &PlayScope)],
) -> evenkeel_host::Result<(Arc<Memory>, Who)> {
    let Some((program, scope)) = programs.first() else {
        return Ok((world.machine(host)?, Who::Login));
    };
    let tasks = program.all_tasks();
    let Some(task) = tasks.iter().find(|task| task.keywords.delegate_to.is_none()) else {
        return Ok((world.way_of_play(program, scope, host)?, Who::Login));
    };
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
    let tiers = scope.tiers(world, host, task, Source::Never);
    let way = run.reach(host, false, &tiers)?;
    Ok((way, run.who(None, &tiers).unwrap_or(Who::Login)))
}

/// Asks everything over one connection.
fn ask(host: &Arc<HostState>, mut way: Announced) -> evenkeel_host::Result<()> {
    if way.facts {
        way.asks.push(facts_ask(&Who::Login));
    }
    way.over.fetch(way.asks)?;
    if way.facts {
        host.gather(way.over.as_ref(), &Who::Login)?;
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

fn all(world: &World, host: &Arc<HostState>, programs: &[(&Program, &PlayScope)], into: &mut Ways) {
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
            of_task(&run, host, into);
        }
    }
}

/// The questions of the tasks that come later over the same connection, for a round trip that is made anyway.
pub(crate) fn rest(run: &TaskRun<'_>, host: &Arc<HostState>, over: &Arc<Memory>) -> Vec<Ask> {
    let mut ways = Ways::default();
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
            &mut ways,
        );
    }
    std::mem::take(&mut ways.over(over).asks)
}

/// What one task will ask; a task that cannot be rendered yet announces nothing.
fn of_task(run: &TaskRun<'_>, host: &Arc<HostState>, ways: &mut Ways) {
    if !chosen(run.world, run.task) || run.task.keywords.delegate_to.is_some() || run.is_lazy() {
        return;
    }
    let flag = Arc::new(AtomicBool::new(false));
    let tiers = run
        .scope
        .tiers(run.world, host, run.task, Source::Announce(Arc::clone(&flag)));
    let Ok(over) = run.reach(host, false, &tiers) else {
        return;
    };
    for tiers in items(run, tiers) {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        if let Ok(Known::Is(Some(_))) = judge::all(&run.world.templar, &run.task.keywords.when, &scope) {
            continue;
        }
        let prepared = arguments::prepare(run, &scope, &mut Given::default());
        if let (Ok(who), Ok(task)) = (run.who(None, &tiers), prepared) {
            ways.over(&over)
                .asks
                .extend(task.wants().into_iter().map(|want| Ask {
                    who: who.clone(),
                    want,
                }));
            if run.task.card.body.module.name.starts_with("include_") {
                of_included(run, host, task.as_ref(), &tiers, ways);
            }
        }
    }
    if flag.load(Ordering::Relaxed) {
        ways.over(&over).facts = true;
    }
}

/// What is included is asked for with the rest, as far as its name is known already.
fn of_included(
    run: &TaskRun<'_>,
    host: &Arc<HostState>,
    task: &dyn evenkeel_tasks::Task,
    tiers: &Tiers,
    into: &mut Ways,
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
