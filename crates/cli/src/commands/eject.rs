//! `evenkeel eject`.

use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Loaded;
use evenkeel::Mode;
use evenkeel::Problem;
use evenkeel::Simulated;
use evenkeel::roles;
use evenkeel::topology::Cluster;

use super::apply;
use super::certs;
use super::project;
use super::walk;
use crate::Context;
use crate::args::ApplyArgs;
use crate::args::EjectArgs;
use crate::args::Format;
use crate::args::RunArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::interrupt;
use crate::out;

/// Takes a controller out of the cluster.
pub(crate) fn eject(context: &Context, args: &EjectArgs) -> Outcome {
    try_eject(context, args).unwrap_or_else(|outcome| outcome)
}

fn try_eject(context: &Context, args: &EjectArgs) -> Result<Outcome, Outcome> {
    let variables = serde_json::json!({
        "node": args.node,
        "dead": args.dead,
        "allow_quorum_loss": args.allow_quorum_loss,
    });
    let source = project::of_source(context, &args.source).extra(variables.to_string());
    let loaded = project::load(source.clone().without_playbook())?;
    may_leave(&args.node, &loaded).map_err(|problem| {
        draw::problems(&[problem]);
        Outcome::Input
    })?;
    let whole = if args.simulate {
        Some(project::load(source.clone())?)
    } else {
        None
    };
    let loaded = source.book(roles::EJECT).load().map_err(|problems| {
        draw::problems(&problems);
        Outcome::Input
    })?;
    if let Some(whole) = whole {
        return simulate(context, args, whole, &loaded);
    }
    apply::run(context, &as_apply(args), &loaded, None)
}

/// Forecast and run on hosts in memory, which `site.yml` has set up before.
fn simulate(
    context: &Context,
    args: &EjectArgs,
    mut whole: Loaded,
    loaded: &Loaded,
) -> Result<Outcome, Outcome> {
    interrupt::watch();
    let told = as_apply(args);
    let machines: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    certs::drafted(&mut whole)?;
    let mut before = walk::lay_out_over(context, &told.run, &whole, Arc::clone(&machines), Vec::new())?;
    let recap = before.walk(Mode::Apply, &mut |_event| true);
    let failed = match recap {
        Ok(recap) => recap.failed(),
        Err(problem) => {
            draw::problems(&[problem]);
            return Err(Outcome::Input);
        }
    };
    if failed {
        let text = "site.yml does not set this cluster up on simulated hosts, so there is nothing to leave";
        let problem = Problem::error("eject::simulate", text);
        draw::problems(&[problem.help("`evenkeel apply --simulate --yes -i INVENTORY` shows what fails")]);
        return Err(Outcome::Failed);
    }
    let mut run = walk::lay_out_over(context, &told.run, loaded, machines, Vec::new())?;
    let hosts = "on simulated hosts, on which site.yml ran before";
    let outcome = walk::outcome(&apply::told(&told, loaded, &mut run, hosts)?);
    if outcome == Outcome::Failed && args.format == Format::Human {
        out::text(
            "\nSimulated hosts run no kubeadm, k3s or k0s: what these would have written is missing. Without --simulate, \
             `evenkeel eject` shows its forecast for the real hosts, and asks before it changes anything.\n",
        );
    }
    Ok(outcome)
}

/// Says what is wrong with the name before anything connects.
fn may_leave(node: &str, loaded: &Loaded) -> Result<(), Problem> {
    let cluster = loaded.described_cluster()?;
    let controllers = controllers(cluster);
    if !controllers.iter().any(|name| ***name == *node) {
        let text = format!("{node} is no controller: neither a master nor a member of etcd");
        let names: Vec<&str> = controllers.iter().map(|name| &***name).collect();
        let problem = Problem::error("eject::controller", text);
        return Err(problem.help(format!("the inventory's controllers are {}", names.join(", "))));
    }
    if cluster.without(node).is_none() {
        let text = format!("the cluster cannot do without {node}");
        return Err(Problem::error("eject::last", text).help(
            "it is the last master, member of etcd, or load balancer: add another one first, or take the whole cluster away",
        ));
    }
    Ok(())
}

fn controllers(cluster: &Cluster) -> Vec<&Arc<str>> {
    let members = cluster.etcd.members.iter();
    let others = members.filter(|name| !cluster.masters.contains(name));
    cluster.masters.iter().chain(others).collect()
}

/// What `apply` would be told.
fn as_apply(args: &EjectArgs) -> ApplyArgs {
    ApplyArgs {
        run: RunArgs {
            playbook: None,
            further: Vec::new(),
            source: args.source.clone(),
            limit: Vec::new(),
            tags: Vec::new(),
            skip_tags: Vec::new(),
            start_at_task: None,
            forks: args.forks,
            verbose: args.verbose,
            format: args.format,
            simulate: args.simulate,
            list_hosts: false,
            list_tasks: false,
            list_tags: false,
            syntax_check: false,
            force_handlers: false,
            connection: args.connection.clone(),
        },
        yes: args.yes,
        diff: args.diff,
        check: false,
    }
}
