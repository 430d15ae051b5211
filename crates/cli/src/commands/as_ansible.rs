//! A run as `ansible-playbook` does it: without a question, with the default callback's output.

use evenkeel::Mode;

use super::listing;
use super::project;
use super::walk;
use crate::Context;
use crate::args::RunArgs;
use crate::exit::Outcome;
use crate::out;
use crate::report::Look;
use crate::report::playbook_heading;

/// Runs a playbook, or forecasts it.
pub(crate) fn as_ansible(context: &Context, args: &RunArgs, mode: Mode, diffs: bool) -> Outcome {
    run(context, args, mode, diffs).unwrap_or_else(|outcome| outcome)
}

fn run(context: &Context, args: &RunArgs, mode: Mode, diffs: bool) -> Result<Outcome, Outcome> {
    let loaded = project::load(project::of_run(context, args))?;
    let mut run = walk::lay_out(context, args, &loaded)?.diffing(diffs);
    if let Some(outcome) = listing::listed(args, &loaded, &run) {
        return Ok(outcome);
    }
    let look = Look {
        mode,
        verbosity: args.verbose,
        diffs,
        times: false,
    };
    if args.verbose > 1 {
        let books = loaded.playbook.as_ref().map(|playbook| playbook.books());
        let plays = books.iter().flatten().next().map_or(0, |book| book.len());
        out::text(&playbook_heading(&project::title(args), plays));
    }
    let walked = walk::walk(&mut run, &loaded, args.format, look)?;
    Ok(walk::outcome(&walked))
}
