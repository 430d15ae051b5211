//! What may not stand where it stands: roles and some of `meta` among handlers, `end_role` outside of roles.

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use super::Reading;
use crate::play::Card;
use crate::play::keyword::keyword_named;

/// The keywords of includes.
const INCLUDE: [&str; 15] = [
    "args",
    "collections",
    "debugger",
    "ignore_errors",
    "listen",
    "loop",
    "loop_control",
    "name",
    "no_log",
    "register",
    "run_once",
    "tags",
    "timeout",
    "vars",
    "when",
];

impl Reading<'_> {
    /// Reports a task that cannot be done here.
    pub(super) fn check_place(&mut self, card: &Card) {
        let role = self.within.last().is_some();
        let wrong = match (card.body.module.name, card.meta()) {
            ("include_role", _) if self.handlers => Some((
                "`include_role` cannot be a handler",
                "use `include_tasks` with a file of tasks",
            )),
            (_, Some("flush_handlers")) if self.handlers => {
                Some(("handlers cannot be flushed by a handler", "flush them in a task"))
            }
            (_, Some("end_role")) if self.handlers => Some((
                "a handler cannot end a role",
                "use `meta: end_host`, or a condition",
            )),
            (_, Some("end_role")) if !role => Some((
                "there is no role to end here",
                "use `meta: end_host` or `meta: end_play`",
            )),
            _ => None,
        };
        if let Some((message, help)) = wrong {
            let problem = Problem::error("playbook::place", message);
            self.report(problem.at(&card.body.at, "cannot stand here").help(help));
        }
    }

    /// Reports keywords that includes do not have: what is included gets them below `apply`. Task types that include nothing
    /// have them all, but `listen`, which handlers have.
    pub(super) fn check_keywords_of(&mut self, card: &Card, rest: &[(&str, &Node, &Node)]) {
        let include = card.body.module.name;
        // What no task has was told already.
        let of_tasks = |name: &str| keyword_named(name).is_none_or(|keyword| keyword.on.task);
        for (name, key, _) in rest.iter().filter(|(name, _, _)| of_tasks(name)) {
            let on_handler = self.handlers || self.included;
            let problem = if *name == "listen" && !on_handler {
                let problem = Problem::error("playbook::keyword", "`listen` cannot stand on a task");
                problem
                    .at(&key.place, "handlers listen")
                    .help("move the task below `handlers:`")
            } else if include.starts_with("include_")
                && include != "include_vars"
                && !INCLUDE.contains(name)
                && !name.starts_with("with_")
            {
                let message = format!("`{name}` cannot stand on `{include}`");
                let problem = Problem::error("playbook::keyword", message);
                let problem = problem.at(&key.place, "an include is not done on a machine");
                match keyword_named(name).is_some_and(|keyword| keyword.on.block) {
                    true => problem.help(format!(
                        "write it below `apply:` of `{include}`, for what is included"
                    )),
                    false => problem.help("write it on the tasks that are included"),
                }
            } else {
                continue;
            };
            self.report(problem);
        }
    }

    /// Takes the conditions from a task whose conditions Ansible does not look at, either.
    pub(super) fn drop_conditions(&mut self, card: &mut Card) {
        let (Some(word), Some(condition)) = (card.meta(), card.keywords.when.first()) else {
            return;
        };
        if card.is_unconditional() {
            let message = format!("`when` has no effect on `meta: {word}`, as with Ansible");
            let problem = Problem::warning("playbook::condition", message);
            self.report(problem.at(&condition.place, "is not looked at").help("remove it"));
            card.keywords.when.clear();
        }
    }
}
