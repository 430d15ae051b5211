//! The hosts of plays: patterns rendered, and limited.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::inventory::Pattern;
use evenkeel_playbook::play::Play;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::Run;

/// The hosts of a play, and why there are none.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// Names, in the inventory's order.
    pub hosts: Vec<Arc<str>>,
    /// Why there are none, or what is worth knowing.
    pub note: Option<String>,
}

impl Run {
    /// The hosts of each play, with notes about plays that have none.
    ///
    /// # Errors
    /// A term of a pattern that matches nothing; a run without any host.
    pub fn hosts(&self) -> Result<Vec<Selected>, Problem> {
        let mut all = Vec::new();
        for play in &self.playbook.plays {
            all.push(self.selected(play)?);
        }
        if all.iter().all(|selected| selected.hosts.is_empty()) && !self.world.options.allow_empty {
            let problem = Problem::error("run::no-hosts", "no play has a host");
            let problem = match self.playbook.plays.first() {
                Some(play) => problem.at(&play.hosts.place, "this matches no host"),
                None => problem,
            };
            return Err(
                problem.help("check `hosts:` and `--limit`; `--allow-empty` accepts a run without hosts")
            );
        }
        Ok(all)
    }

    fn selected(&self, play: &Arc<Play>) -> Result<Selected, Problem> {
        let scope: Arc<dyn Scope> = Arc::new(crate::scope::Tiers(vec![
            crate::scope::Tier::Values(Arc::clone(&self.world.magic)),
            crate::scope::Tier::Scope(Arc::clone(&self.world.extra)),
        ]));
        let rendered = self.world.templar.node(&play.hosts, &scope)?;
        let Known::Is(node) = rendered.value else {
            return Ok(Selected::default());
        };
        let pattern = pattern(&node)?;
        let found = self.world.inventory.selection(&pattern)?;
        let note = found.notes.first().map(|note| note.message.clone());
        let mut selected = Selected {
            hosts: found.hosts,
            note,
        };
        if let Some(limit) = &self.limit {
            let before = selected.hosts.len();
            selected.hosts = self.world.inventory.limited(&selected.hosts, limit)?.hosts;
            if before > 0 && selected.hosts.is_empty() {
                selected.note = Some("--limit leaves none of its hosts".to_owned());
            }
        }
        Ok(selected)
    }
}

/// `hosts`: a pattern, or a list of patterns.
fn pattern(node: &Node) -> Result<Pattern, Problem> {
    let single = std::slice::from_ref(node);
    let entries = node.as_seq().unwrap_or(single);
    let mut items = Vec::new();
    for entry in entries {
        let text = entry.as_str().ok_or_else(|| {
            Problem::error(
                "playbook::hosts",
                format!("`hosts` is a pattern, not {}", entry.kind()),
            )
            .at(&entry.place, "expected a host, a group or a pattern")
        })?;
        items.push((text, &entry.place));
    }
    Pattern::list(&items)
}
