//! `evenkeel apply`.

use std::io::IsTerminal as _;

use evenkeel::Loaded;
use evenkeel::Mode;
use evenkeel::Problem;
use evenkeel::Run;

use super::certs;
use super::listing;
use super::project;
use super::walk;
use super::walk::Walked;
use crate::Context;
use crate::args::ApplyArgs;
use crate::args::Format;
use crate::args::TableFormat;
use crate::ask;
use crate::draw;
use crate::exit::Outcome;
use crate::out;
use crate::report::Look;
use crate::table;

/// Brings the hosts to the described state.
pub(crate) fn apply(context: &Context, args: &ApplyArgs) -> Outcome {
    try_apply(context, args).unwrap_or_else(|outcome| outcome)
}

fn try_apply(context: &Context, args: &ApplyArgs) -> Result<Outcome, Outcome> {
    if args.check {
        let problem = Problem::error("apply::check", "`apply` has no `--check`: it changes hosts");
        draw::problems(&[
            problem.help("`evenkeel plan` shows what would change, with diffs, and touches nothing")
        ]);
        return Err(Outcome::Input);
    }
    let mut loaded = project::load(project::of_run(context, &args.run))?;
    let certificates = certs::drafted(&mut loaded)?;
    run(context, args, &loaded, certificates)
}

/// Forecast, question, and run of what was read, with the certificates that it needs.
pub(super) fn run(
    context: &Context,
    args: &ApplyArgs,
    loaded: &Loaded,
    certificates: Option<certs::Drafted>,
) -> Result<Outcome, Outcome> {
    let mut run = walk::lay_out(context, &args.run, loaded)?.diffing(args.diff);
    if let Some(outcome) = listing::listed(&args.run, loaded, &run) {
        return Ok(outcome);
    }
    if args.run.simulate {
        return simulate(args, loaded, &mut run);
    }
    if !args.yes && !confirmed(args, loaded, &mut run)? {
        out::text("nothing was changed\n");
        return Ok(Outcome::Interrupted);
    }
    certificates.map_or(Ok(()), |certificates| certificates.write())?;
    let walked = walk::walk(&mut run, loaded, args.run.format, look(args, Mode::Apply))?;
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
fn confirmed(args: &ApplyArgs, loaded: &Loaded, run: &mut Run) -> Result<bool, Outcome> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        let problem = Problem::error(
            "apply::no-terminal",
            "apply shows its forecast and asks, and here is no terminal to ask on",
        );
        draw::problems(&[
            problem.help("`--yes` applies without asking; `evenkeel plan` only shows the forecast")
        ]);
        return Err(Outcome::Input);
    }
    let walked = walk::walk(run, loaded, Format::Human, look(args, Mode::Plan))?;
    let outcome = walk::outcome(&walked);
    if outcome <= Outcome::Input || !walked.pending {
        return Err(outcome);
    }
    let confirmed = ask::yes("\nApply this?")?;
    run.forget_answers();
    Ok(confirmed)
}

/// The whole story on hosts in memory: endpoints, forecast, run, and a second run that finds nothing to do.
fn simulate(args: &ApplyArgs, loaded: &Loaded, run: &mut Run) -> Result<Outcome, Outcome> {
    let first = told(
        args,
        loaded,
        run,
        "on simulated hosts, each a fresh Debian 12 in memory",
    )?;
    if walk::outcome(&first) != Outcome::Done {
        return Ok(walk::outcome(&first));
    }
    // Where commands were not run, applying again would only claim the same changes again.
    let mode = if first.uncertain == 0 {
        Mode::Apply
    } else {
        Mode::Plan
    };
    say(args, "SECOND RUN: the same again");
    let second = walk::walk(run, loaded, args.run.format, simulated(args, mode))?;
    if mode == Mode::Plan {
        say(args, &unsettled(&second));
    }
    Ok(walk::outcome(&second))
}

/// Endpoints, forecast and run.
pub(super) fn told(args: &ApplyArgs, loaded: &Loaded, run: &mut Run, hosts: &str) -> Result<Walked, Outcome> {
    let people = args.run.format == Format::Human;
    if let Some(cluster) = loaded.cluster.as_ref().filter(|_| people) {
        say(args, "ENDPOINTS: how each host reaches the API server and etcd");
        out::text(&format!(
            "\n{}",
            table::endpoints(&cluster.endpoints(), TableFormat::Table)
        ));
    }
    say(args, "FORECAST: what apply would do");
    let forecast = walk::walk(run, loaded, args.run.format, simulated(args, Mode::Plan))?;
    let planned = walk::outcome(&forecast);
    if planned <= Outcome::Input {
        return Err(planned);
    }
    say(args, &format!("RUN: {hosts}"));
    walk::walk(run, loaded, args.run.format, simulated(args, Mode::Apply))
}

/// What a second look comes to after commands that were not run.
fn unsettled(second: &Walked) -> String {
    let counted = |count: usize| format!("{count} {}", if count == 1 { "change" } else { "changes" });
    let open = format!(
        "{} stay known after apply: they hang on commands and packages that simulated hosts do not have.",
        counted(second.uncertain)
    );
    match second.changed - second.uncertain {
        0 => format!("Nothing else to change. {open}"),
        sure => format!("{} to come. {open}", counted(sure)),
    }
}

/// A heading, for people.
fn say(args: &ApplyArgs, text: &str) {
    if args.run.format == Format::Human {
        out::text(&format!("\n{text}\n"));
    }
}

fn simulated(args: &ApplyArgs, mode: Mode) -> Look {
    Look {
        times: false,
        ..look(args, mode)
    }
}
