//! Walks a run and draws it.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Counts;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Loaded;
use evenkeel::Options;
use evenkeel::Recap;
use evenkeel::Run;
use evenkeel::Secret;
use evenkeel::Simulated;

use super::project;
use crate::Context;
use crate::args::ConnectionArgs;
use crate::args::Format;
use crate::args::RunArgs;
use crate::ask;
use crate::draw;
use crate::exit::Outcome;
use crate::interrupt;
use crate::reach;
use crate::report::DefaultCallback;
use crate::report::Human;
use crate::report::Json;
use crate::report::Look;
use crate::report::Reporter;

/// How a run ended.
pub(super) struct Walked {
    pub(super) recap: Recap,
    /// Whether something will or may change.
    pub(super) pending: bool,
    /// How many changes there were, on all hosts together.
    pub(super) changed: usize,
    /// Of these, how many are known only after apply.
    pub(super) uncertain: usize,
    /// Whether a forecast or prediction turned out wrong.
    pub(super) missed: bool,
    /// Whether the run was given up because nobody read what it told.
    pub(super) unheard: bool,
}

/// Lays out the run that the arguments describe.
pub(super) fn lay_out(context: &Context, args: &RunArgs, loaded: &Loaded) -> Result<Run, Outcome> {
    interrupt::watch();
    if args.simulate {
        return lay_out_over(context, args, loaded, Arc::new(Simulated::debian12()), Vec::new());
    }
    let (reach, asked) = reach::of(context, &args.connection)?;
    lay_out_over(context, args, loaded, Arc::new(reach), asked)
}

/// Lays out the run over machines that other runs may work on, too; interruptions are watched for already.
pub(super) fn lay_out_over(
    context: &Context,
    args: &RunArgs,
    loaded: &Loaded,
    connect: Arc<dyn Connect>,
    secrets: Vec<Secret<String>>,
) -> Result<Run, Outcome> {
    let words =
        |words: &[String]| -> Vec<Arc<str>> { words.iter().map(|word| Arc::from(word.trim())).collect() };
    let (tags, skip_tags) = (words(&args.tags), words(&args.skip_tags));
    let unknown = loaded.unknown_tags(&[tags.as_slice(), &skip_tags].concat());
    draw::problems(&unknown);
    let noted = unknown.iter().filter(|_| args.format == Format::Json);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let options = Options {
        notes: noted.map(ToString::to_string).collect(),
        tags,
        skip_tags,
        start_at: args.start_at_task.as_deref().map(Arc::from),
        verbosity: args.verbose,
        results: matches!(args.format, Format::Json | Format::Ansible),
        gathers: args.format == Format::Ansible && context.settings.get("gathering") != Some("explicit"),
        force_handlers: args.force_handlers,
        allow_empty: args.source.allow_empty,
        now: since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0)),
        process: std::process::id(),
        secrets,
        ..options(context, args.forks, &args.connection)
    };
    let run = loaded
        .run(connect, options.clone())
        .map_err(|problem| project::refused(problem, args.format))?;
    let (selected, unmatched) = match run.hosts() {
        Ok(selected) => (selected, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let hosts: BTreeSet<Arc<str>> = selected.into_iter().flat_map(|play| play.hosts).collect();
    let hosts: Vec<_> = hosts.into_iter().collect();
    project::checked(loaded, &hosts, &options, unmatched, args.format)?;
    interrupt::stops(&run.stop());
    Ok(run.asking(Arc::new(ask::Terminal {
        tells_on_output: args.format == Format::Ansible,
    })))
}

/// How many hosts at the same time, and as whom, by arguments and settings.
pub(super) fn options(context: &Context, forks: Option<usize>, connection: &ConnectionArgs) -> Options {
    let settings = &context.settings;
    let forks = forks.or_else(|| settings.get("forks").and_then(|text| text.parse().ok()));
    let become_user = match settings.get("become_user") {
        Some(user) if connection.become_user == "root" => user,
        _ => &connection.become_user,
    };
    let method = connection.become_method.as_deref();
    let method = method.or_else(|| settings.get("become_method"));
    Options {
        forks: forks.unwrap_or(32),
        become_: connection.becomes || settings.flag("become"),
        become_user: Arc::from(become_user),
        become_method: method.and_then(|method| method.rsplit('.').next()).map(Arc::from),
        connection: connection.ansible.connection.as_deref().map(Arc::from),
        ..Options::default()
    }
}

/// Walks the run once and draws its events.
pub(super) fn walk(run: &mut Run, loaded: &Loaded, format: Format, look: Look) -> Result<Walked, Outcome> {
    let mut reporter: Box<dyn Reporter> = match format {
        Format::Human => Box::new(Human::new(look, Arc::clone(&loaded.files))),
        Format::Json => Box::new(Json),
        Format::Ansible => Box::new(DefaultCallback::new(look, Arc::clone(&loaded.files))),
    };
    let mode = look.mode;
    let (mut missed, mut unheard) = (false, false);
    let mut each = |event: &Event| {
        missed |= matches!(event.kind, EventKind::ForecastMissed { .. });
        let heard = reporter.event(event);
        unheard |= !heard && !matches!(event.kind, EventKind::RunFinished { .. });
        heard
    };
    let recap = interrupt::while_walking(|| run.walk(mode, &mut each))
        .map_err(|problem| project::refused(problem, format))?;
    let pending = recap.changed();
    let sum = |count: fn(&Counts) -> usize| recap.hosts.values().map(count).sum();
    Ok(Walked {
        changed: sum(|counts| counts.changed),
        uncertain: sum(|counts| counts.unknown),
        recap,
        pending,
        missed,
        unheard,
    })
}

/// The exit code of a run.
pub(super) fn outcome(walked: &Walked) -> Outcome {
    let all = [
        (walked.missed, Outcome::Internal),
        (interrupt::happened() || walked.unheard, Outcome::Interrupted),
        (walked.recap.unreachable(), Outcome::Unreachable),
        (walked.recap.failed(), Outcome::Failed),
    ];
    all.iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, outcome)| *outcome)
        .min()
        .unwrap_or(Outcome::Done)
}
