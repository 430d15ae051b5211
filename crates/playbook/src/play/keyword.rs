//! The keywords of plays, roles, blocks and tasks, in one table.

/// Where a keyword may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct On {
    /// On a play.
    pub play: bool,
    /// On an entry of `roles:`.
    pub role: bool,
    /// On a block.
    pub block: bool,
    /// On a task or handler.
    pub task: bool,
}

/// A keyword of Ansible's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyword {
    /// As it is written.
    pub name: &'static str,
    /// Where it may stand.
    pub on: On,
    /// Whether it works; one that does not yet is an error with its place.
    pub supported: bool,
}

const fn keyword(name: &'static str, letters: &str, supported: bool) -> Keyword {
    let bytes = letters.as_bytes();
    let mut on = On {
        play: false,
        role: false,
        block: false,
        task: false,
    };
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'p' => on.play = true,
            b'r' => on.role = true,
            b'b' => on.block = true,
            _ => on.task = true,
        }
        at += 1;
    }
    Keyword { name, on, supported }
}

/// All keywords of ansible-core 2.19's keyword reference; the letters say where each may stand: **p**lay, **r**ole,
/// **b**lock, **t**ask. Source: <https://docs.ansible.com/ansible/latest/reference_appendices/playbooks_keywords.html>
pub const KEYWORDS: &[Keyword] = &[
    keyword("action", "t", true),
    keyword("always", "b", true),
    keyword("any_errors_fatal", "prbt", true),
    keyword("args", "t", true),
    keyword("async", "t", true),
    keyword("become", "prbt", true),
    keyword("become_exe", "prbt", true),
    keyword("become_flags", "prbt", true),
    keyword("become_method", "prbt", true),
    keyword("become_user", "prbt", true),
    keyword("block", "b", true),
    keyword("changed_when", "t", true),
    keyword("check_mode", "prbt", true),
    keyword("collections", "prbt", true),
    keyword("connection", "prbt", true),
    keyword("debugger", "prbt", false),
    keyword("delay", "t", true),
    keyword("delegate_facts", "rbt", true),
    keyword("delegate_to", "rbt", true),
    keyword("diff", "prbt", true),
    keyword("environment", "prbt", true),
    keyword("fact_path", "p", true),
    keyword("failed_when", "t", true),
    keyword("force_handlers", "p", true),
    keyword("gather_facts", "p", true),
    keyword("gather_subset", "p", true),
    keyword("gather_timeout", "p", true),
    keyword("handlers", "p", true),
    keyword("hosts", "p", true),
    keyword("ignore_errors", "prbt", true),
    keyword("ignore_unreachable", "prbt", true),
    keyword("listen", "t", true),
    keyword("local_action", "t", true),
    keyword("loop", "t", true),
    keyword("loop_control", "t", true),
    keyword("max_fail_percentage", "p", true),
    keyword("module_defaults", "prbt", true),
    keyword("name", "prbt", true),
    keyword("no_log", "prbt", true),
    keyword("notify", "bt", true),
    keyword("order", "p", true),
    keyword("poll", "t", true),
    keyword("port", "prbt", true),
    keyword("post_tasks", "p", true),
    keyword("pre_tasks", "p", true),
    keyword("register", "t", true),
    keyword("remote_user", "prbt", true),
    keyword("rescue", "b", true),
    keyword("retries", "t", true),
    keyword("role", "r", true),
    keyword("roles", "p", true),
    keyword("run_once", "prbt", true),
    keyword("serial", "p", true),
    keyword("strategy", "p", true),
    keyword("tags", "prbt", true),
    keyword("tasks", "p", true),
    keyword("throttle", "prbt", true),
    keyword("timeout", "prbt", true),
    keyword("until", "t", true),
    keyword("user", "p", true),
    keyword("vars", "prbt", true),
    keyword("vars_files", "p", true),
    keyword("vars_prompt", "p", true),
    keyword("when", "rbt", true),
];

/// The keyword under a name.
pub(crate) fn keyword_named(name: &str) -> Option<&'static Keyword> {
    KEYWORDS
        .binary_search_by(|keyword| keyword.name.cmp(name))
        .ok()
        .map(|at| &KEYWORDS[at])
}

#[cfg(test)]
mod tests {
    use super::KEYWORDS;

    #[test]
    fn the_table_is_sorted_for_the_search() {
        assert!(KEYWORDS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
