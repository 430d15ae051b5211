//! A run as `ansible-playbook` does it: without a question, with the default callback's output.

use evenkeel::Loaded;
use evenkeel::Mode;

use super::listing;
use super::project;
use super::walk;
use crate::Context;
use crate::args::RunArgs;
use crate::exit::Outcome;
use crate::out;
use crate::report::Look;
use crate::report::banner;

/// Runs a playbook, or forecasts it.
pub(crate) fn as_ansible(context: &Context, args: &RunArgs, mode: Mode, diffs: bool) -> Outcome {
    run(context, args, mode, diffs).unwrap_or_else(|outcome| outcome)
}

/// What `-vv` tells of a playbook before its plays.
fn announced(args: &RunArgs, loaded: &Loaded) -> String {
    let title = project::title(args);
    let name = title.rsplit('/').next().unwrap_or(&title);
    let plays = loaded
        .playbook
        .as_ref()
        .map_or(0, |playbook| playbook.plays.len());
    let heading = banner(&format!("PLAYBOOK: {name}"));
    format!("{heading}{plays} plays in {title}\n")
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
        out::text(&announced(args, &loaded));
    }
    let walked = walk::walk(&mut run, &loaded, args.format, look)?;
    Ok(walk::outcome(&walked))
}
