//! What a host's answers mean.

mod fetched;

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_host::Answer;
use evenkeel_host::Error;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_tasks::facts::addresses::Addresses;
use evenkeel_tasks::facts::fetched::Fetched;
use evenkeel_tasks::facts::listening::Listener;
use evenkeel_tasks::facts::listening::Listening;
use evenkeel_topology::HostProbes;
use evenkeel_topology::Probe;
use evenkeel_topology::ProbeAsk;

use super::Checked;
use super::Lost;
use super::State;
use super::VerifiedHost;

/// What a probe comes to, before the host's name is put to it.
struct Verdict {
    state: State,
    code: Option<u16>,
    milliseconds: Option<u64>,
    verified: Option<bool>,
    why: String,
    help: Option<String>,
}

impl Verdict {
    fn new(state: State, why: impl Into<String>) -> Verdict {
        Verdict {
            state,
            code: None,
            milliseconds: None,
            verified: None,
            why: why.into(),
            help: None,
        }
    }

    fn help(self, help: impl Into<String>) -> Verdict {
        let help = Some(help.into());
        Verdict { help, ..self }
    }
}

/// Judges all answers of a host.
pub(super) fn host(asked: &HostProbes, answers: evenkeel_host::Result<Vec<Known<Answer>>>) -> VerifiedHost {
    let mut verified = VerifiedHost {
        host: Arc::clone(&asked.host),
        roles: asked.roles.clone(),
        lost: None,
        has_address: None,
        checks: Vec::new(),
    };
    match answers {
        Err(error) => verified.lost = Some(lost(&error)),
        Ok(answers) => {
            for (probe, answer) in asked.probes.iter().zip(&answers) {
                if let ProbeAsk::Holds { address } = &probe.ask {
                    verified.has_address = has(*address, answer);
                }
                verified.checks.push(check(probe, answer));
            }
        }
    }
    verified
}

fn lost(error: &Error) -> Lost {
    Lost {
        message: error.to_string(),
        help: error.help(),
        unreachable: error.is_unreachable(),
    }
}

fn check(probe: &Probe, answer: &Known<Answer>) -> Checked {
    let verdict = match &probe.ask {
        ProbeAsk::Listens { port, address } => {
            value::<Listening>(answer).map(|listeners| listens(&listeners, *port, *address))
        }
        ProbeAsk::Holds { .. } => {
            value::<Addresses>(answer).map(|_| Verdict::new(State::Up, "the host said so"))
        }
        ProbeAsk::Ready(ready) => value::<Fetched>(answer).map(|fetch| fetched::ready(ready, fetch)),
        ProbeAsk::Health(health) => value::<Fetched>(answer).map(|fetch| fetched::health(health, fetch)),
    };
    let verdict = verdict.unwrap_or_else(cannot_be_asked);
    let look_at = || format!("look at {}", probe.look_at);
    Checked {
        help: (verdict.state != State::Up).then(|| verdict.help.unwrap_or_else(look_at)),
        probe: probe.clone(),
        state: verdict.state,
        code: verdict.code,
        milliseconds: verdict.milliseconds,
        verified: verdict.verified,
        why: verdict.why,
    }
}

/// A fact's value out of an answer.
fn value<F: Fact>(answer: &Known<Answer>) -> Result<F::Value, String> {
    use serde::Deserialize;
    match answer {
        Known::Is(Answer::Fact(value)) => {
            F::Value::deserialize(value.as_ref()).map_err(|error| error.to_string())
        }
        Known::Is(Answer::Failed(why)) => Err(why.to_string()),
        Known::Is(_) => Err("an answer of another kind".to_owned()),
        Known::Unknown(why) => Err(format!("known after {why}")),
    }
}

fn cannot_be_asked(why: String) -> Verdict {
    let missing = why.ends_with("is missing");
    let verdict = Verdict::new(State::Unknown, why);
    if missing {
        verdict.help("install iproute2")
    } else {
        verdict.help("ask again; the questions of a host have 60 s together")
    }
}

fn has(address: IpAddr, answer: &Known<Answer>) -> Option<bool> {
    let held = value::<Addresses>(answer).ok()?;
    Some(held.iter().any(|held| held.address == address))
}

fn listens(listeners: &[Listener], port: u16, address: Option<IpAddr>) -> Verdict {
    let mut on_port = listeners
        .iter()
        .filter(|listener| listener.port == port)
        .peekable();
    if on_port.peek().is_none() {
        return Verdict::new(State::Down, "nothing listens");
    }
    let others: Vec<String> = on_port
        .clone()
        .filter_map(|listener| Some(listener.address?.to_string()))
        .collect();
    if on_port.any(|listener| listener.serves(address)) {
        Verdict::new(State::Up, "listens")
    } else {
        Verdict::new(State::Down, format!("listens on {} only", others.join(", ")))
    }
}

#[cfg(test)]
mod tests;
