//! Questions to hosts outside of any task: all hosts at once, one round trip each.

use std::sync::Arc;

use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Error;
use evenkeel_host::Known;
use evenkeel_host::Look;
use evenkeel_host::Want;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Keywords;

use crate::Run;
use crate::round;
use crate::scope::Source;
use crate::settings;

/// What a host is to be asked.
#[derive(Clone, Debug)]
pub struct Questions {
    /// The host.
    pub host: Arc<str>,
    /// The questions.
    pub wants: Vec<Want>,
}

impl Run {
    /// Asks hosts, all at once, over the connections of the run; nothing is remembered from before. As whom, the
    /// options and the host's `ansible_become` say.
    ///
    /// The answers come in the order of the hosts, each in the order of its questions; an error is why a host could not
    /// be asked.
    pub fn ask(&self, all: &[Questions]) -> Vec<evenkeel_host::Result<Vec<Known<Answer>>>> {
        let mut answers = Vec::with_capacity(all.len());
        round::ordered(
            &self.pool,
            all,
            |questions| self.ask_host(questions),
            |message| Err(Error::Protocol(format!("a defect of Evenkeel: {message}"))),
            |_, answer| answers.push(answer),
        );
        answers
    }

    fn ask_host(&self, questions: &Questions) -> evenkeel_host::Result<Vec<Known<Answer>>> {
        let world = &self.world;
        let host = world.host_or_stranger(&questions.host);
        let machine = world.machine(&host)?;
        machine.forget();
        let scope: Arc<dyn Scope> = Arc::new(world.base_tiers(&host, Source::Never));
        let none = Keywords::default();
        let who = settings::who(&world.templar, &world.options, &none, &scope, &scope)
            .map_err(|failure| Error::Unreachable(failure.message))?;
        let ask = |want: &Want| Ask {
            who: who.clone(),
            want: want.clone(),
        };
        let asks: Vec<Ask> = questions.wants.iter().map(ask).collect();
        machine.look(&asks)
    }
}
