//! `order`, `serial`, `max_fail_percentage` and `strategy` of a play: which hosts, when, and how far.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::Argument;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::host_state::HostState;
use crate::play_scope::PlayScope;
use crate::world::World;

/// A keyword of a play, rendered without a host.
fn rendered(world: &World, scope: &PlayScope, node: Option<&Arc<Node>>) -> Result<Option<Node>, Problem> {
    let Some(node) = node else { return Ok(None) };
    let scope: Arc<dyn Scope> = Arc::new(scope.of_play(world));
    match world.templar.node(node, &scope)?.value {
        Known::Is(value) => Ok(Some(value).filter(|value| !value.is_null())),
        Known::Unknown(why) => {
            let text = format!("a keyword of a play cannot depend on what is known after apply ({why})");
            Err(Problem::error("playbook::unknown", text).at(&node.place, "known too late"))
        }
    }
}

/// `serial` of a play.
pub(crate) fn serial(world: &World, scope: &PlayScope, play: &Play) -> Result<Option<Node>, Problem> {
    rendered(world, scope, play.serial.as_ref())
}

/// `max_fail_percentage` of a play.
pub(crate) fn percentage(world: &World, scope: &PlayScope, play: &Play) -> Result<Option<f64>, Problem> {
    let value = rendered(world, scope, play.max_fail_percentage.as_ref())?;
    value.map(|value| f64::read(&value)).transpose()
}

/// How hosts go on while others are still at a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Each task on all hosts, then the next.
    Linear,
    /// Each host at its own speed.
    Free,
    /// The same, but no more hosts are under way than there are forks.
    Pinned,
}

/// `strategy` of a play.
pub(crate) fn strategy(world: &World, scope: &PlayScope, play: &Play) -> Result<Strategy, Problem> {
    let Some(value) = rendered(world, scope, play.strategy.as_ref())? else {
        return Ok(Strategy::Linear);
    };
    match value.as_str().and_then(|name| name.rsplit('.').next()) {
        Some("linear") => Ok(Strategy::Linear),
        Some("free") => Ok(Strategy::Free),
        Some("host_pinned") => Ok(Strategy::Pinned),
        _ => Err(Problem::error(
            "playbook::word",
            "`strategy` is none of linear, free, host_pinned",
        )
        .at(&value.place, "this became of it")),
    }
}

/// Puts the hosts of a play into the order that it wants.
pub(crate) fn sort(
    world: &World,
    scope: &PlayScope,
    play: &Play,
    hosts: &mut [Arc<HostState>],
) -> Result<(), Problem> {
    let Some(value) = rendered(world, scope, play.order.as_ref())? else {
        return Ok(());
    };
    match value.as_str() {
        Some("inventory" | "") => {}
        Some("reverse_inventory") => hosts.reverse(),
        Some("sorted") => hosts.sort_by(|one, other| one.name.cmp(&other.name)),
        Some("reverse_sorted") => hosts.sort_by(|one, other| other.name.cmp(&one.name)),
        Some("shuffle") => shuffle(
            hosts,
            world.options.now.unsigned_abs() ^ u64::from(world.options.process),
        ),
        _ => {
            let text = "`order` is none of inventory, reverse_inventory, sorted, reverse_sorted, shuffle";
            return Err(Problem::error("playbook::word", text).at(&value.place, "this became of it"));
        }
    }
    Ok(())
}

/// Shuffles as Fisher and Yates do; the same seed gives the same order, so that a run takes the order of its forecast.
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        // SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let other = usize::try_from(mixed % (last as u64 + 1)).unwrap_or(0);
        items.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn shuffled_hosts_are_the_same_hosts_in_an_order_that_the_seed_gives() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..20).collect();
            super::shuffle(&mut items, seed);
            items
        };
        assert_eq!(shuffled(7), shuffled(7));
        assert_ne!(shuffled(7), shuffled(8));
        let mut sorted = shuffled(7);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..20).collect::<Vec<u32>>());
    }
}
