//! The order of precedence.

use std::fmt;

/// Where a variable comes from; a later level wins over an earlier one.
///
/// The 22 levels are Ansible's
/// (<https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html>), in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 1: values of the command line such as `-u`, and defaults such as `ansible_host`.
    CommandLine,
    /// 2: `defaults/` of a role.
    RoleDefaults,
    /// 3: group variables in the inventory's own text; `all`, then parents, then children.
    InventoryGroup,
    /// 4: `group_vars/all` beside the inventory.
    InventoryGroupVarsAll,
    /// 5: `group_vars/all` beside the playbook.
    PlaybookGroupVarsAll,
    /// 6: `group_vars/*` beside the inventory.
    InventoryGroupVars,
    /// 7: `group_vars/*` beside the playbook.
    PlaybookGroupVars,
    /// 8: host variables in the inventory's own text.
    InventoryHost,
    /// 9: `host_vars/*` beside the inventory.
    InventoryHostVars,
    /// 10: `host_vars/*` beside the playbook.
    PlaybookHostVars,
    /// 11: facts of the host.
    Facts,
    /// 12: `vars:` of a play.
    PlayVars,
    /// 13: `vars_prompt:` of a play.
    PlayPrompt,
    /// 14: `vars_files:` of a play.
    PlayVarsFiles,
    /// 15: `vars/` of a role.
    RoleVars,
    /// 16: `vars:` of a block.
    BlockVars,
    /// 17: `vars:` of a task.
    TaskVars,
    /// 18: `include_vars`.
    IncludeVars,
    /// 19: `set_fact` and `register`.
    SetFact,
    /// 20: parameters of a role, written beside its name.
    RoleParams,
    /// 21: parameters of an include.
    IncludeParams,
    /// 22: `-e`.
    ExtraVars,
    /// Above all: what a run knows itself, such as `groups` and `ansible_play_hosts`.
    Magic,
}

/// The one table: a level stands at its number, with what a listing calls it.
const TABLE: [(Level, &str); 23] = [
    (Level::CommandLine, "command line"),
    (Level::RoleDefaults, "role defaults"),
    (Level::InventoryGroup, "inventory group"),
    (Level::InventoryGroupVarsAll, "inventory group_vars/all"),
    (Level::PlaybookGroupVarsAll, "playbook group_vars/all"),
    (Level::InventoryGroupVars, "inventory group_vars"),
    (Level::PlaybookGroupVars, "playbook group_vars"),
    (Level::InventoryHost, "inventory host"),
    (Level::InventoryHostVars, "inventory host_vars"),
    (Level::PlaybookHostVars, "playbook host_vars"),
    (Level::Facts, "facts"),
    (Level::PlayVars, "play vars"),
    (Level::PlayPrompt, "play vars_prompt"),
    (Level::PlayVarsFiles, "play vars_files"),
    (Level::RoleVars, "role vars"),
    (Level::BlockVars, "block vars"),
    (Level::TaskVars, "task vars"),
    (Level::IncludeVars, "include_vars"),
    (Level::SetFact, "set_fact or register"),
    (Level::RoleParams, "role parameters"),
    (Level::IncludeParams, "include parameters"),
    (Level::ExtraVars, "extra vars"),
    (Level::Magic, "the run itself"),
];

impl Level {
    /// All levels, the lowest first.
    pub fn all() -> impl Iterator<Item = Level> {
        TABLE.iter().map(|(level, _)| *level)
    }

    /// The number in Ansible's list, from 1; magic variables stand above it with 23.
    pub fn number(self) -> usize {
        self as usize + 1
    }

    /// What a listing calls it: `inventory group_vars/all`.
    pub fn label(self) -> &'static str {
        TABLE[self as usize].1
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        let levels: Vec<Level> = Level::all().collect();
        assert!(levels.is_sorted());
        for (at, level) in levels.iter().enumerate() {
            assert_eq!(level.number(), at + 1);
        }
        assert_eq!(Level::ExtraVars.number(), 22);
    }
}
