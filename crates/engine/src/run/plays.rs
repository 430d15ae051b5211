//! The plays, one after the other, and the batches of each.

use std::sync::Arc;
use std::sync::Mutex;

use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_tasks::Control;
use evenkeel_yaml::Problem;

use super::Run;
use crate::EventKind;
use crate::Mode;
use crate::batches;
use crate::free;
use crate::free::Apart;
use crate::host_state::HostState;
use crate::order;
use crate::order::Strategy;
use crate::play_run::Pace;
use crate::play_run::PlayRun;
use crate::play_scope::PlayScope;
use crate::records;
use crate::selected::Selected;
use crate::stream::Stream;
use crate::turns::Turns;
use crate::voice::Voice;

/// How a play goes over its hosts.
struct Way {
    /// The sizes of its batches.
    sizes: Vec<usize>,
    /// `max_fail_percentage`.
    percentage: Option<f64>,
    /// Whether its hosts wait for each other.
    strategy: Strategy,
}

/// What a play is called: its name, or its pattern of hosts.
fn name_of(play: &Play) -> String {
    let name = play.name.as_deref();
    name.map_or_else(|| crate::data::source_text(&play.hosts), str::to_owned)
}

impl Run {
    /// One play; `false` when the run is over with it.
    pub(super) fn play(
        &self,
        number: usize,
        selected: &Selected,
        program: &Program,
        scope: &PlayScope,
        stream: &mut Stream<'_>,
    ) -> bool {
        let name = name_of(&program.play);
        if selected.hosts.is_empty() {
            let why = selected.note.clone();
            let why = why.unwrap_or_else(|| "no hosts matched".to_owned());
            stream.send(EventKind::PlaySkipped { name, why });
            return true;
        }
        let states = selected.hosts.iter().filter_map(|name| self.world.host(name));
        let hosts: Vec<Arc<HostState>> = states.collect();
        let mut ordered = hosts.clone();
        let way = self.way(program, scope, &mut ordered);
        stream.send(EventKind::PlayStarted {
            name,
            hosts: ordered.iter().map(|host| Arc::clone(&host.name)).collect(),
        });
        hosts.iter().for_each(|host| host.begin_play());
        let goes_on = match way {
            Ok(way) => {
                if way.strategy != Strategy::Linear {
                    let notes = free::notes(program).into_iter();
                    notes.for_each(|text| stream.send(EventKind::Note { text }));
                }
                self.batches(number, &way, (&hosts, &ordered), program, scope, stream)
            }
            Err(problem) => {
                let text = problem.message;
                stream.send(EventKind::Note { text });
                false
            }
        };
        let gone = hosts.iter().all(|host| host.is_newly_out());
        hosts.iter().for_each(|host| host.end_play());
        goes_on && !gone
    }

    /// How a play goes over its hosts, which are put into its order.
    fn way(
        &self,
        program: &Program,
        scope: &PlayScope,
        hosts: &mut [Arc<HostState>],
    ) -> Result<Way, Problem> {
        let play = &program.play;
        order::sort(&self.world, scope, play, hosts)?;
        let serial = order::serial(&self.world, scope, play)?;
        Ok(Way {
            sizes: batches::of(serial.as_ref(), hosts.len())?,
            percentage: order::percentage(&self.world, scope, play)?,
            strategy: order::strategy(&self.world, scope, play)?,
        })
    }

    /// The batches of a play, one after the other, of its hosts in the inventory's order and in its own; `false` when
    /// all of one failed.
    fn batches(
        &self,
        number: usize,
        way: &Way,
        (hosts, ordered): (&[Arc<HostState>], &[Arc<HostState>]),
        program: &Program,
        scope: &PlayScope,
        stream: &mut Stream<'_>,
    ) -> bool {
        let mut rest = ordered;
        for (begun, size) in way.sizes.iter().enumerate() {
            let (whole, after) = rest.split_at(*size);
            rest = after;
            let batch: Vec<_> = whole.iter().filter(|host| host.is_in_run()).cloned().collect();
            if batch.is_empty() {
                continue;
            }
            if way.sizes.len() > 1 {
                stream.send(EventKind::BatchStarted {
                    name: name_of(&program.play),
                    number: begun,
                    hosts: batch.iter().map(|host| Arc::clone(&host.name)).collect(),
                });
            }
            for host in &batch {
                let handlers = records::recover(&self.world, &program.play, &program.handlers, scope, host);
                if !handlers.is_empty() {
                    let host = Arc::clone(&host.name);
                    stream.send(EventKind::HandlersRecovered { host, handlers });
                }
            }
            let over = self.batch(number, way, (hosts, &batch), program, scope, stream);
            if whole.iter().all(|host| host.is_newly_out()) {
                return false;
            }
            if over == Some(Control::EndPlay) {
                break;
            }
        }
        true
    }

    /// One batch of a play; what ended it for all, if something did.
    fn batch(
        &self,
        number: usize,
        way: &Way,
        (hosts, batch): (&[Arc<HostState>], &[Arc<HostState>]),
        program: &Program,
        scope: &PlayScope,
        stream: &mut Stream<'_>,
    ) -> Option<Control> {
        let (turns, over) = (Turns::default(), Mutex::new(None));
        let pace = Pace {
            strategy: way.strategy,
            turns: &turns,
            over: &over,
        };
        let walk = |own: &[Arc<HostState>], voice: Voice<'_, '_>| {
            let run = PlayRun {
                world: &self.world,
                pool: &self.pool,
                number,
                program,
                scope: scope.clone(),
                hosts,
                batch: batch.to_vec(),
                own: own.to_vec(),
                voice,
                order: program.all_tasks().into_iter().cloned().collect(),
                pace,
                rescues: 0,
                handlers: program.handlers.clone(),
                unfolding: program.unfolding.clone(),
                undecided: None,
                percentage: way.percentage,
            };
            run.walk();
        };
        let apart = |at_once| Apart {
            hosts: batch,
            at_once,
            in_order: self.world.options.mode == Mode::Plan,
        };
        let alone = |host: &Arc<HostState>, voice: Voice<'_, '_>| walk(std::slice::from_ref(host), voice);
        match way.strategy {
            Strategy::Linear => walk(batch, Voice::Near(stream)),
            Strategy::Free => free::walk(stream, &apart(batch.len()), alone),
            Strategy::Pinned => free::walk(stream, &apart(self.world.options.forks), alone),
        }
        pace.over()
    }
}
