//! Why a variable has its value.

use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::Definition;
use super::ExtraVars;
use super::Level;
use crate::inventory::Inventory;
use crate::inventory::is_secret;

/// The value of a variable for a host, and every place that sets it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The variable.
    pub name: Arc<str>,
    /// The host.
    pub host: Arc<str>,
    /// Whether the value must not be shown.
    pub secret: bool,
    /// Every place, the winner first.
    pub definitions: Vec<Definition>,
    /// What may surprise about the order.
    pub notes: Vec<Problem>,
}

impl Explanation {
    /// The value that counts, templates not rendered.
    pub fn value(&self) -> Option<&Arc<Node>> {
        self.definitions.first().map(|winner| &winner.node)
    }
}

impl Inventory {
    /// Explains a variable of a host.
    ///
    /// `more` are definitions that plays and roles add, the lowest first where a level has several.
    ///
    /// # Errors
    /// An unknown host, or a name that nothing sets, with what resembles it.
    pub fn explain(
        &self,
        host: &str,
        name: &str,
        extra: &ExtraVars,
        more: Vec<Definition>,
    ) -> Result<Explanation, Problem> {
        let Some(vars) = self.variables(host) else {
            let problem = Problem::error("explain::host", format!("there is no host `{host}`"));
            return Err(match nearest(host, self.hosts.keys().map(|name| &**name)) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("evenkeel inventory --graph shows what there is"),
            });
        };
        let mut definitions: Vec<Definition> = self.definitions(host, name);
        definitions.reverse();
        definitions.extend(
            more.into_iter()
                .filter(|definition| definition.level != Level::ExtraVars),
        );
        definitions.extend(extra.definitions(name).into_iter().rev());
        // A stable order: the later of one level still wins.
        definitions.sort_by_key(|definition| definition.level);
        definitions.reverse();
        if definitions.is_empty() {
            return Err(self.nothing_sets(name, &vars, extra));
        }
        let notes = surprise(name, &definitions).into_iter().collect();
        let (name, host) = (Arc::from(name), Arc::clone(vars.host()));
        let secret = is_secret(&name) || definitions[0].node.tag.as_deref() == Some("!vault");
        Ok(Explanation {
            name,
            host,
            secret,
            definitions,
            notes,
        })
    }

    fn nothing_sets(&self, name: &str, vars: &super::HostVariables, extra: &ExtraVars) -> Problem {
        let host = vars.host();
        if vars.var(name).is_some() {
            return Problem::error("explain::magic", format!("`{name}` is set by no file"))
                .help("it is a magic variable: its value follows from the inventory");
        }
        let problem = Problem::error(
            "explain::unset",
            format!("nothing sets `{name}` for host `{host}`"),
        );
        let elsewhere = self
            .hosts
            .keys()
            .find(|other| !self.definitions(other, name).is_empty());
        let mut known: Vec<Arc<str>> = crate::Scope::names(vars);
        known.extend(crate::Scope::names(&**extra.layer()));
        match (elsewhere, nearest(name, known.iter().map(|name| &**name))) {
            (Some(other), _) => problem.help(format!("it is set for other hosts, such as `{other}`")),
            (None, Some(near)) => problem.help(format!("did you mean `{near}`?")),
            (None, None) => problem,
        }
    }
}

/// A group's variable in the inventory's own text loses to `group_vars/all`, which nobody expects.
fn surprise(name: &str, definitions: &[Definition]) -> Option<Problem> {
    let winner = &definitions[0];
    let general = matches!(
        winner.level,
        Level::InventoryGroupVarsAll | Level::PlaybookGroupVarsAll
    );
    let special = |level| level == Level::InventoryGroup;
    let loser = definitions
        .iter()
        .find(|loser| special(loser.level) && &*loser.owner != "group all")?;
    general.then(|| {
        Problem::note(
            "explain::general-wins",
            format!("`{name}` of all hosts wins over that of {}", loser.owner),
        )
        .at(&winner.place, "this one counts")
        .related(&loser.place, "although this is more specific")
        .help("files of variables count more than the inventory's own text: move it to group_vars")
    })
}
