//! Reads the keywords that say how a run is done: in which order, how far, over which connection.

use std::sync::Arc;

use evenkeel_host::Method;
use evenkeel_tasks::Argument;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::Reading;
use crate::play::body::has_template;

/// The orders in which a play takes its hosts.
const ORDERS: [&str; 5] = [
    "inventory",
    "reverse_inventory",
    "sorted",
    "reverse_sorted",
    "shuffle",
];

/// The ways in which hosts go on while others are still at a task.
const STRATEGIES: [&str; 3] = ["linear", "free", "host_pinned"];

/// The connections that are there; `smart` and `paramiko` are SSH too.
const CONNECTIONS: [&str; 5] = ["ssh", "local", "smart", "paramiko", "paramiko_ssh"];

/// A name without the collection that Ansible's own parts belong to.
fn plain(name: &str) -> &str {
    name.strip_prefix("ansible.builtin.")
        .or_else(|| name.strip_prefix("ansible.legacy."))
        .unwrap_or(name)
}

/// What to do about a method of becoming others that is not there.
pub fn no_become_method(name: &str) -> String {
    let known = "`sudo`, `su` and `doas` are there";
    match (name, nearest(name, Method::NAMES)) {
        ("runas" | "ansible.builtin.runas", _) => {
            format!("`runas` is one of Windows, which is no target here; {known}")
        }
        (_, Some(best)) => format!("did you mean `{best}`?"),
        (_, None) => known.to_owned(),
    }
}

impl Reading<'_> {
    /// `order`.
    pub(super) fn order(&mut self, value: &Node) -> Option<Arc<Node>> {
        self.word("order", value, &ORDERS)
    }

    /// `strategy`.
    pub(super) fn strategy(&mut self, value: &Node) -> Option<Arc<Node>> {
        if value.as_str().is_some_and(|name| plain(name) == "debug") {
            let problem = Problem::error("playbook::unsupported", "the strategy `debug` is not supported");
            self.report(
                problem
                    .at(&value.place, "it would stop at a prompt when a task fails")
                    .help("remove it: `evenkeel plan` shows what tasks would do, `-vv` what came of them"),
            );
            return None;
        }
        self.word("strategy", value, &STRATEGIES)
    }

    /// `connection`.
    pub(super) fn connection(&mut self, value: &Node) -> Option<Arc<Node>> {
        self.word("connection", value, &CONNECTIONS)
    }

    /// `become_method`: one that is known, or a template.
    pub(super) fn become_method(&mut self, value: &Node) -> Option<Arc<Node>> {
        let name = value.as_str().unwrap_or_default();
        if has_template(value) || Method::named(name).is_some() {
            return Some(Arc::new(value.clone()));
        }
        let problem = Problem::error("playbook::become", format!("there is no become_method `{name}`"));
        self.report(
            problem
                .at(&value.place, "how tasks become another user")
                .help(no_become_method(name)),
        );
        None
    }

    /// `port`: a number from 1 to 65535.
    pub(super) fn port(&mut self, value: &Node) -> Option<Arc<Node>> {
        let fits = i64::read(value).is_ok_and(|port| (1..=65535).contains(&port));
        if !fits && !has_template(value) {
            let problem = Problem::error("playbook::port", "`port` is a number from 1 to 65535");
            self.report(problem.at(&value.place, "expected a port here"));
            return None;
        }
        Some(Arc::new(value.clone()))
    }

    /// `max_fail_percentage`: a number.
    pub(super) fn percentage(&mut self, value: &Node) -> Option<Arc<Node>> {
        if !has_template(value) && f64::read(value).is_err() {
            let problem = Problem::error(
                "playbook::percentage",
                "`max_fail_percentage` is a number, without `%`",
            );
            self.report(problem.at(&value.place, "expected a number from 0 to 100"));
            return None;
        }
        Some(Arc::new(value.clone()))
    }

    fn word(&mut self, name: &str, value: &Node, known: &[&str]) -> Option<Arc<Node>> {
        let text = value.as_str().map(plain);
        if has_template(value) || text.is_some_and(|text| known.contains(&text)) {
            return Some(Arc::new(value.clone()));
        }
        let shown = text.map_or_else(|| value.kind().to_owned(), |text| format!("`{text}`"));
        let problem = Problem::error("playbook::word", format!("`{name}` cannot be {shown}"))
            .at(&value.place, format!("expected one of {}", known.join(", ")));
        self.report(match text.and_then(|text| nearest(text, known.iter().copied())) {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem,
        });
        None
    }
}
