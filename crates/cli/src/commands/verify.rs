//! `evenkeel verify`.

use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use evenkeel::Problem;
use evenkeel::Verified;
use evenkeel::Verifier;

use super::project;
use super::walk;
use crate::Context;
use crate::args::Format;
use crate::args::VerifyArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::interrupt;
use crate::out;
use crate::reach;
use crate::report;

/// How often a wait looks whether it was interrupted.
const STEP: Duration = Duration::from_millis(100);

/// Asks every host whether the endpoints are up.
pub(crate) fn verify(context: &Context, args: &VerifyArgs) -> Outcome {
    try_verify(context, args).unwrap_or_else(|outcome| outcome)
}

fn try_verify(context: &Context, args: &VerifyArgs) -> Result<Outcome, Outcome> {
    if args.simulate {
        let problem = Problem::error(
            "verify::simulate",
            "`verify` opens real connections, and on simulated hosts nothing listens",
        );
        return Err(wrong(
            problem.help("run it without `--simulate`, on the hosts themselves"),
        ));
    }
    let mut wanted = project::of_source(context, &args.source).without_playbook();
    for limit in &args.limit {
        wanted = wanted.limit(limit);
    }
    let loaded = project::load(wanted)?;
    let hosts: Vec<Arc<str>> = loaded
        .cluster
        .iter()
        .flat_map(|cluster| cluster.nodes.keys().cloned())
        .collect();
    let options = walk::options(context, args.forks, &args.connection);
    project::checked(&loaded, &hosts, &options, None, args.format)?;
    interrupt::watch();
    let (reach, _asked) = reach::of(context, &args.connection)?;
    let verifier = Verifier::new(&loaded, Arc::new(reach), options).map_err(wrong)?;
    loop {
        let began = Instant::now();
        let verified = interrupt::while_walking(|| verifier.verify());
        let heard = out::text(&shown(&verified, args.format));
        if interrupt::happened() || !heard {
            return Ok(Outcome::Interrupted);
        }
        let Some(seconds) = args.watch else {
            return Ok(outcome(&verified));
        };
        let until = began + Duration::from_secs(seconds);
        while Instant::now() < until && !interrupt::happened() {
            std::thread::sleep(STEP);
        }
        if interrupt::happened() {
            return Ok(Outcome::Interrupted);
        }
    }
}

fn shown(verified: &Verified, format: Format) -> String {
    match format {
        Format::Human | Format::Ansible => report::matrix(verified),
        Format::Json => serde_json::to_string(verified).unwrap_or_default() + "\n",
    }
}

/// What is down was asked for, and wins over a host that could not be reached.
fn outcome(verified: &Verified) -> Outcome {
    match (verified.is_down(), verified.is_unreachable()) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Unreachable,
        (false, false) => Outcome::Done,
    }
}

fn wrong(problem: Problem) -> Outcome {
    draw::problems(&[problem]);
    Outcome::Input
}
