//! `evenkeel apply`.

use std::io::BufRead as _;
use std::io::IsTerminal as _;
use std::io::Write as _;

use evenkeel::Loaded;
use evenkeel::Mode;
use evenkeel::Run;

use super::listing;
use super::project;
use super::walk;
use crate::Context;
use crate::args::ApplyArgs;
use crate::args::Format;
use crate::args::TableFormat;
use crate::exit::Outcome;
use crate::report::Look;
use crate::table;

/// Brings the hosts to the described state.
pub(crate) fn apply(context: &Context, args: &ApplyArgs) -> Outcome {
    try_apply(context, args).unwrap_or_else(|outcome| outcome)
}

fn try_apply(context: &Context, args: &ApplyArgs) -> Result<Outcome, Outcome> {
    let loaded = project::load(project::of_run(context, &args.run))?;
    let mut run = walk::lay_out(context, &args.run, &loaded)?;
    if let Some(outcome) = listing::listed(&args.run, &loaded, &run) {
        return Ok(outcome);
    }
    if args.run.simulate {
        return simulate(args, &loaded, &mut run);
    }
    if !args.yes && !confirmed(args, &mut run)? {
        return Ok(Outcome::Done);
    }
    let walked = walk::walk(&mut run, Mode::Apply, args.run.format, look(args, Mode::Apply))?;
    Ok(walk::outcome(&walked))
}

fn look(args: &ApplyArgs, mode: Mode) -> Look {
    Look {
        mode,
        verbosity: args.run.verbose,
        diffs: args.diff || mode == Mode::Plan,
        times: true,
    }
}

/// Shows the forecast and asks.
fn confirmed(args: &ApplyArgs, run: &mut Run) -> Result<bool, Outcome> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        anstream::eprintln!(
            "apply asks before it changes anything, and here is no terminal to ask on\n  help: add --yes"
        );
        return Err(Outcome::Input);
    }
    let walked = walk::walk(run, Mode::Plan, Format::Human, look(args, Mode::Plan))?;
    let outcome = walk::outcome(&walked);
    if outcome < Outcome::Failed {
        return Err(outcome);
    }
    if !walked.pending {
        return Err(outcome);
    }
    anstream::print!("\nApply this? [y/N] ");
    drop(std::io::stdout().flush());
    let mut answer = String::new();
    drop(std::io::stdin().lock().read_line(&mut answer));
    run.forget_answers();
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// The whole story on hosts in memory: endpoints, forecast, run, and a second run that finds nothing to do.
fn simulate(args: &ApplyArgs, loaded: &Loaded, run: &mut Run) -> Result<Outcome, Outcome> {
    let people = args.run.format == Format::Human;
    let say = |text: &str| {
        if people {
            anstream::println!("{text}");
        }
    };
    if let Some(cluster) = loaded.cluster.as_ref().filter(|_| people) {
        say("ENDPOINTS\n");
        anstream::print!("{}", table::endpoints(&cluster.endpoints(), TableFormat::Table));
    }
    say("\nFORECAST: what apply would do");
    let mut forecast = look(args, Mode::Plan);
    forecast.times = false;
    walk::walk(run, Mode::Plan, args.run.format, forecast)?;
    say("\nRUN: on simulated hosts, each a fresh Debian 12 in memory");
    let mut real = look(args, Mode::Apply);
    real.times = false;
    let first = walk::walk(run, Mode::Apply, args.run.format, real)?;
    if walk::outcome(&first) != Outcome::Done {
        return Ok(walk::outcome(&first));
    }
    say("\nSECOND RUN: the same again");
    let second = walk::walk(run, Mode::Apply, args.run.format, real)?;
    Ok(walk::outcome(&second))
}
