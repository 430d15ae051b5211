//! `evenkeel plan`.

use evenkeel::Mode;

use super::certs;
use super::listing;
use super::project;
use super::walk;
use crate::Context;
use crate::args::PlanArgs;
use crate::exit::Outcome;
use crate::report::Look;

/// Shows what `apply` would do.
pub(crate) fn plan(context: &Context, args: &PlanArgs) -> Outcome {
    try_plan(context, args).unwrap_or_else(|outcome| outcome)
}

fn try_plan(context: &Context, args: &PlanArgs) -> Result<Outcome, Outcome> {
    let mut loaded = project::load(project::of_run(context, &args.run))?;
    certs::drafted(&mut loaded)?;
    let mut run = walk::lay_out(context, &args.run, &loaded)?;
    if let Some(outcome) = listing::listed(&args.run, &loaded, &run) {
        return Ok(outcome);
    }
    let look = Look {
        mode: Mode::Plan,
        verbosity: args.run.verbose,
        diffs: !args.no_diff,
        times: true,
    };
    let walked = walk::walk(&mut run, &loaded, args.run.format, look)?;
    let outcome = walk::outcome(&walked);
    let pending = args.exit_code && walked.pending;
    Ok(if pending {
        outcome.min(Outcome::Pending)
    } else {
        outcome
    })
}
