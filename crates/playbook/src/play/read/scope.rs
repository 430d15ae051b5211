//! The variables that are known while a playbook is read: for the names of what is imported.

use std::path::Path;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;

use super::Reading;
use crate::Scope;
use crate::Templar;
use crate::Var;
use crate::play::Role;
use crate::play::Vars;
use crate::play::body::has_template;

/// How names of files and roles are rendered while a playbook is read.
#[derive(Clone, Debug)]
pub struct Names {
    /// The template engine.
    pub templar: Templar,
    /// `-e`.
    pub extra: Arc<dyn Scope>,
}

/// Variables known without a host, the highest level first.
#[derive(Debug)]
struct StaticScope {
    extra: Arc<dyn Scope>,
    values: IndexMap<Arc<str>, Var>,
    written: Vec<Arc<Vars>>,
}

impl Scope for StaticScope {
    fn get(&self, name: &str) -> Option<Var> {
        let written = || self.written.iter().find_map(|vars| vars.get(name));
        self.values
            .get(name)
            .cloned()
            .or_else(|| self.extra.get(name))
            .or_else(|| written().map(|node| Var::template(Arc::clone(node))))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let written = self.written.iter().flat_map(|vars| vars.keys().cloned());
        self.values
            .keys()
            .cloned()
            .chain(self.extra.names())
            .chain(written)
            .collect()
    }
}

impl Reading<'_> {
    /// The text of a name that may be a template over variables that are known without a host.
    pub(super) fn static_text(&mut self, node: &Node) -> Option<String> {
        if !has_template(node) {
            return node.as_str().map(str::to_owned);
        }
        let refused = |problem: Problem| {
            problem.or_at(&node.place, "read before any host is asked").help(
                "what is imported can be named by variables of the play, of the role and of -e; use `include_tasks` or `include_role` for others",
            )
        };
        let Some(names) = self.project.names.clone() else {
            self.report(refused(Problem::error(
                "playbook::import",
                "the name of what is imported is a template",
            )));
            return None;
        };
        let scope: Arc<dyn Scope> = Arc::new(self.known(&names));
        match names.templar.node(node, &scope) {
            Ok(rendered) => match rendered.value {
                Known::Is(value) => value.as_str().map(str::to_owned),
                Known::Unknown(why) => {
                    let text = format!("the name of what is imported depends on {why}");
                    self.report(refused(Problem::error("playbook::import", text)));
                    None
                }
            },
            Err(problem) => {
                self.report(refused(problem));
                None
            }
        }
    }

    fn known(&self, names: &Names) -> StaticScope {
        let mut values = IndexMap::new();
        let mut put = |name: &str, path: &Path| {
            let text = path.display().to_string();
            values.insert(Arc::from(name), Var::data(text.into()));
        };
        put("playbook_dir", &self.folder);
        if let Some((_, folder, _)) = self.within.last() {
            put("role_path", folder);
        }
        if let Some((name, ..)) = self.within.last() {
            values.insert("role_name".into(), Var::data(name.to_string().into()));
        }
        let mut written: Vec<Arc<Vars>> = self.around.iter().rev().cloned().collect();
        for (_, _, vars) in self.within.iter().rev() {
            written.extend(vars.iter().cloned());
        }
        written.extend(self.play_vars.iter().rev().cloned());
        StaticScope {
            extra: Arc::clone(&names.extra),
            values,
            written,
        }
    }
}

/// The role that is being read: its name, its folder, its variables and defaults.
pub(super) type Within = (Arc<str>, std::path::PathBuf, Vec<Arc<Vars>>);

/// What is known of a role that was read.
pub(super) fn within(role: &Role) -> Within {
    (
        Arc::clone(&role.name),
        role.folder.clone(),
        vec![Arc::clone(&role.vars), Arc::clone(&role.defaults)],
    )
}
