//! What surrounds a task: keywords, roles, parameters.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::Var;
use crate::play::Keywords;
use crate::play::Play;
use crate::play::Role;
use crate::play::RoleUse;
use crate::play::Vars;

/// What surrounds a task, and with it everything that the task includes.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The keywords of the blocks, the role and the play.
    pub keywords: Keywords,
    /// The role.
    pub role: Option<Arc<Role>>,
    /// The number of the role's use within the play, the same for the same use; 0 outside of roles.
    pub role_use: usize,
    /// The roles that depend on the role, or include it, the nearest last.
    pub parents: Vec<Arc<Role>>,
    /// Those of them that include or import the role, or one that depends on it, the nearest last.
    pub including: Vec<Arc<Role>>,
    /// Variables above `set_fact`, the highest last: parameters of roles, `vars` of includes, the items of their loops.
    pub parameters: Vec<Layer>,
}

/// Variables above `set_fact`.
#[derive(Clone, Debug)]
pub enum Layer {
    /// As they stand in a file.
    Written(Arc<Vars>),
    /// Values that the run made.
    Values(Arc<IndexMap<Arc<str>, Var>>),
}

impl Surroundings {
    /// What surrounds the tasks of a play.
    pub(super) fn of_play(play: &Play) -> Surroundings {
        Surroundings {
            keywords: play.keywords.clone(),
            ..Surroundings::default()
        }
    }

    /// What surrounds the tasks of a role that is used here; `depended` says whether the role around depends on it.
    pub(super) fn of_role(&self, role: &RoleUse, number: usize, depended: bool) -> Surroundings {
        let mut parents = self.parents.clone();
        parents.extend(self.role.clone());
        let mut including = self.including.clone();
        including.extend(self.role.clone().filter(|_| !depended));
        let mut inner = Surroundings {
            keywords: role.keywords.inside(&self.keywords),
            role: Some(Arc::clone(&role.role)),
            role_use: number,
            parents,
            including,
            parameters: self.parameters.clone(),
        };
        if !role.parameters.is_empty() {
            inner
                .parameters
                .push(Layer::Written(Arc::clone(&role.parameters)));
        }
        inner
    }

    /// What surrounds the tasks of a block, or of what is included with these keywords.
    #[must_use]
    pub fn with(&self, keywords: &Keywords) -> Surroundings {
        Surroundings {
            keywords: keywords.inside(&self.keywords),
            ..self.clone()
        }
    }
}
