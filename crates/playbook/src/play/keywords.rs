//! The keywords that plays, roles, blocks and tasks share, and how they are inherited.

use std::sync::Arc;

use evenkeel_yaml::Node;
use indexmap::IndexMap;

/// Variables as they stand in a file: name to value.
pub type Vars = IndexMap<Arc<str>, Arc<Node>>;

/// Keywords that plays, roles, blocks and tasks share. Values may be templates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keywords {
    /// `tags`.
    pub tags: Vec<Arc<str>>,
    /// `when`: all of them must hold.
    pub when: Vec<Arc<Node>>,
    /// `vars`, the innermost last.
    pub vars: Vec<Arc<Vars>>,
    /// `notify`.
    pub notify: Vec<Arc<Node>>,
    /// `become`.
    pub become_: Option<Arc<Node>>,
    /// `become_user`.
    pub become_user: Option<Arc<Node>>,
    /// `become_method`.
    pub become_method: Option<Arc<Node>>,
    /// `become_flags`.
    pub become_flags: Option<Arc<Node>>,
    /// `become_exe`.
    pub become_exe: Option<Arc<Node>>,
    /// `ignore_errors`.
    pub ignore_errors: Option<Arc<Node>>,
    /// `run_once`.
    pub run_once: Option<Arc<Node>>,
    /// `delegate_to`.
    pub delegate_to: Option<Arc<Node>>,
    /// `any_errors_fatal`.
    pub any_errors_fatal: Option<Arc<Node>>,
    /// `check_mode`.
    pub check_mode: Option<Arc<Node>>,
    /// `no_log`.
    pub no_log: Option<Arc<Node>>,
    /// `environment` of the programs that are run, the innermost last.
    pub environment: Vec<Arc<Node>>,
    /// `module_defaults`: arguments by task type, the innermost last.
    pub module_defaults: Vec<Arc<Node>>,
    /// `timeout` in seconds; 0 is none.
    pub timeout: Option<Arc<Node>>,
    /// `diff`: whether differences are shown.
    pub diff: Option<Arc<Node>>,
    /// `throttle`: on how many hosts at the same time; 0 is as many as there are forks.
    pub throttle: Option<Arc<Node>>,
    /// `ignore_unreachable`.
    pub ignore_unreachable: Option<Arc<Node>>,
    /// `delegate_facts`: whether facts belong to the host to which the task is delegated.
    pub delegate_facts: Option<Arc<Node>>,
    /// `connection`.
    pub connection: Option<Arc<Node>>,
    /// `port`.
    pub port: Option<Arc<Node>>,
    /// `remote_user`.
    pub remote_user: Option<Arc<Node>>,
    /// `collections`: short names of task types are found in all that are known, whatever is listed.
    pub collections: Vec<Arc<str>>,
}

impl Keywords {
    /// What holds for something with these keywords inside of `outer`: tags, conditions and variables add up, of the
    /// others the inner one wins.
    #[must_use]
    pub fn inside(&self, outer: &Keywords) -> Keywords {
        let inner =
            |own: &Option<Arc<Node>>, outer: &Option<Arc<Node>>| own.clone().or_else(|| outer.clone());
        let Keywords {
            tags,
            when,
            vars,
            notify,
            become_,
            become_user,
            become_method,
            become_flags,
            become_exe,
            ignore_errors,
            run_once,
            delegate_to,
            any_errors_fatal,
            check_mode,
            no_log,
            environment,
            module_defaults,
            timeout,
            diff,
            throttle,
            ignore_unreachable,
            delegate_facts,
            connection,
            port,
            remote_user,
            collections,
        } = self;
        Keywords {
            tags: chain(&outer.tags, tags),
            when: chain(&outer.when, when),
            vars: chain(&outer.vars, vars),
            notify: chain(&outer.notify, notify),
            become_: inner(become_, &outer.become_),
            become_user: inner(become_user, &outer.become_user),
            become_method: inner(become_method, &outer.become_method),
            become_flags: inner(become_flags, &outer.become_flags),
            become_exe: inner(become_exe, &outer.become_exe),
            ignore_errors: inner(ignore_errors, &outer.ignore_errors),
            run_once: inner(run_once, &outer.run_once),
            delegate_to: inner(delegate_to, &outer.delegate_to),
            any_errors_fatal: inner(any_errors_fatal, &outer.any_errors_fatal),
            check_mode: inner(check_mode, &outer.check_mode),
            no_log: inner(no_log, &outer.no_log),
            environment: chain(&outer.environment, environment),
            module_defaults: chain(&outer.module_defaults, module_defaults),
            timeout: inner(timeout, &outer.timeout),
            diff: inner(diff, &outer.diff),
            throttle: inner(throttle, &outer.throttle),
            ignore_unreachable: inner(ignore_unreachable, &outer.ignore_unreachable),
            delegate_facts: inner(delegate_facts, &outer.delegate_facts),
            connection: inner(connection, &outer.connection),
            port: inner(port, &outer.port),
            remote_user: inner(remote_user, &outer.remote_user),
            collections: match collections.is_empty() {
                true => outer.collections.clone(),
                false => collections.clone(),
            },
        }
    }
}

fn chain<T: Clone + PartialEq>(outer: &[T], inner: &[T]) -> Vec<T> {
    let mut all = outer.to_vec();
    all.extend(inner.iter().filter(|item| !outer.contains(item)).cloned());
    all
}
