//! The hosts of plays: patterns rendered, and limited.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::inventory::Pattern;
use evenkeel_playbook::inventory::Selection;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::vars::Layer;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::Run;
use crate::scope::Tier;
use crate::scope::Tiers;

/// The hosts of a play, and why there are none.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// Names, in the inventory's order.
    pub hosts: Vec<Arc<str>>,
    /// Why there are none, or what is worth knowing.
    pub note: Option<String>,
    /// Whether there are none yet, and tasks of earlier plays may add some.
    pub open: bool,
}

/// Task types after which the inventory of the run may be another one.
const ADDING: [&str; 3] = ["add_host", "group_by", "meta"];

/// Whether a task of a play may add hosts or groups, now or with what it includes.
fn may_add(play: &Arc<Play>) -> bool {
    let program = Program::new(play);
    program.tasks_and_handlers().any(|task| {
        let body = &task.card.body;
        let word = body.raw.get("free_form").and_then(Node::as_str);
        let refreshes = body.module.name != "meta" || word == Some("refresh_inventory");
        ADDING.contains(&body.module.name) && refreshes || body.module.name.starts_with("include_")
    })
}

impl Run {
    /// The hosts of each play, with notes about plays that have none.
    ///
    /// # Errors
    /// A term of a pattern that matches nothing; a run without any host.
    pub fn hosts(&self) -> Result<Vec<Selected>, Problem> {
        let mut all = Vec::new();
        let mut adds = false;
        for (number, play) in self.playbook.plays.iter().enumerate() {
            all.push(match self.selected(number, play) {
                Ok(selected) => Selected {
                    open: adds && selected.hosts.is_empty(),
                    ..selected
                },
                Err(problem) if adds => Selected {
                    note: Some(problem.message),
                    open: true,
                    ..Selected::default()
                },
                Err(problem) => return Err(problem),
            });
            adds = adds || may_add(play);
        }
        let none = |selected: &Selected| selected.hosts.is_empty() && !selected.open;
        if all.iter().all(none) && !self.world.options.allow_empty {
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

    /// The hosts of a play now that the ones before it are over.
    pub(crate) fn hosts_now(&self, number: usize, play: &Arc<Play>) -> Selected {
        let mut selected = self.selected(number, play).unwrap_or_else(|problem| Selected {
            note: Some(problem.message),
            ..Selected::default()
        });
        if let (Some(why), true) = (self.world.crowd.doubted(), selected.hosts.is_empty()) {
            selected.note = Some(format!("its hosts are known after apply: {why}"));
        }
        selected
    }

    fn selected(&self, number: usize, play: &Arc<Play>) -> Result<Selected, Problem> {
        let mut tiers = vec![
            Tier::Values(self.world.magic()),
            Tier::Scope(Arc::clone(&self.world.extra)),
        ];
        tiers.extend(self.answers(number).map(Tier::Written));
        let vars = play.keywords.vars.iter().rev();
        tiers.extend(vars.cloned().map(Tier::Written));
        let scope: Arc<dyn Scope> = Arc::new(Tiers(tiers));
        let inventory = Arc::clone(&self.world.crowd.now().inventory);
        let Some(found) = chosen(play, &inventory, &self.world.templar, &scope)? else {
            return Ok(Selected::default());
        };
        let note = found.notes.first().map(|note| note.message.clone());
        let mut selected = Selected {
            hosts: found.hosts,
            note,
            open: false,
        };
        if let Some(limit) = &self.limit {
            let before = selected.hosts.len();
            selected.hosts = inventory.limited(&selected.hosts, limit)?.hosts;
            if before > 0 && selected.hosts.is_empty() {
                selected.note = Some("--limit leaves none of its hosts".to_owned());
            }
        }
        Ok(selected)
    }
}

/// The hosts that the pattern of a play chooses; nothing where it is known after apply.
fn chosen(
    play: &Play,
    inventory: &Inventory,
    templar: &Templar,
    scope: &Arc<dyn Scope>,
) -> Result<Option<Selection>, Problem> {
    match templar.node(&play.hosts, scope)?.value {
        Known::Is(node) => inventory.selection(&pattern(&node)?).map(Some),
        Known::Unknown(_) => Ok(None),
    }
}

/// Whether a play is for one of these hosts, as far as that shows before a run: the plays whose patterns say so, those
/// behind a play that may add hosts, and those whose patterns need something that only the run knows.
pub fn plays_for(
    hosts: &[Arc<str>],
    plays: &[Arc<Play>],
    inventory: &Inventory,
    templar: &Templar,
    extra: &Arc<Layer>,
) -> Vec<bool> {
    let mut adds = false;
    let is_for = |play: &Arc<Play>| {
        let open = adds;
        adds = adds || may_add(play);
        match chosen(play, inventory, templar, &before_run(play, extra)) {
            Ok(Some(found)) if !open => found.hosts.iter().any(|host| hosts.contains(host)),
            Ok(_) | Err(_) => true,
        }
    };
    plays.iter().map(is_for).collect()
}

/// `-e` and the variables of a play.
fn before_run(play: &Play, extra: &Arc<Layer>) -> Arc<dyn Scope> {
    let mut tiers = vec![Tier::Scope(Arc::clone(extra) as _)];
    tiers.extend(play.keywords.vars.iter().rev().cloned().map(Tier::Written));
    Arc::new(Tiers(tiers))
}

/// The patterns of plays that name hosts or groups which are not there and which no earlier play may add. A pattern that
/// cannot be rendered from `-e` and the variables of its play alone is passed over.
pub fn wrong_patterns(
    plays: &[Arc<Play>],
    inventory: &Inventory,
    templar: &Templar,
    extra: &Arc<Layer>,
) -> Vec<Problem> {
    let mut found = Vec::new();
    for play in plays {
        let wrong = chosen(play, inventory, templar, &before_run(play, extra)).err();
        found.extend(wrong.filter(|problem| !problem.code.starts_with("template::")));
        if may_add(play) {
            break;
        }
    }
    found
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
