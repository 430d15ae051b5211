//! `evenkeel endpoints`.

use super::project;
use crate::Context;
use crate::args::EndpointsArgs;
use crate::draw;
use crate::exit::Outcome;
use crate::out;
use crate::table;

/// Shows each host's endpoints, and why.
pub(crate) fn endpoints(context: &Context, args: &EndpointsArgs) -> Outcome {
    let loaded = match project::load(project::of_source(context, &args.source).without_playbook()) {
        Ok(loaded) => loaded,
        Err(outcome) => return outcome,
    };
    match loaded.described_cluster() {
        Ok(cluster) => {
            out::text(&table::endpoints(&cluster.endpoints(), args.format));
            Outcome::Done
        }
        Err(problem) => {
            draw::problems(&[problem]);
            Outcome::Input
        }
    }
}
