//! What contradicts the model as a whole.

mod balancer;
mod names;
mod ports;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use crate::Cluster;
use crate::Described;

/// Everything that is wrong with a cluster whose parts could be read.
pub(crate) fn problems(cluster: &Cluster, described: &dyn Described) -> Vec<Problem> {
    let mut problems = names::problems(cluster, described);
    if let Some(balancer) = &cluster.balancer {
        problems.extend(balancer::problems(cluster, balancer, described));
        problems.extend(ports::problems(cluster, balancer, described));
    }
    problems
}

fn at(problem: Problem, place: Option<&Place>, label: &str) -> Problem {
    match place {
        Some(place) => problem.at(place, label),
        None => problem,
    }
}
