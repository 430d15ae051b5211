//! Every error about a playbook, as a person sees it: what, where, and the mend; and texts that want to hurt.
#![expect(clippy::unwrap_used, reason = "a case that cannot be read is a failed test")]

use std::path::Path;

use evenkeel_playbook::Memory;
use evenkeel_playbook::play::Project;
use shown::all_rendered;

#[path = "support/shown.rs"]
mod shown;

/// What reading a playbook finds, beside a role `web`.
fn found(text: &str) -> String {
    let files = Memory::default()
        .with("site.yml", text)
        .with("roles/web/tasks/main.yml", "- ansible.builtin.meta: noop\n")
        .with(
            "roles/broken/tasks/main.yml",
            "- ansible.builtin.copy: {dest: /etc/a, contnt: b}\n",
        )
        .with("roles/needy/meta/main.yml", "dependencies: [web]\n");
    match Project::new(&files, Vec::new()).read(Path::new("site.yml")) {
        Ok(read) => all_rendered(&read.warnings),
        Err(problems) => all_rendered(&problems),
    }
}

fn tasks(tasks: &str) -> String {
    found(&format!("- hosts: all\n  tasks:\n{tasks}"))
}

macro_rules! snapshots {
    ($($name:ident: $shown:expr;)*) => {
        $(#[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), $shown);
        })*
    };
}

snapshots! {
    nothing: found("");
    a_mapping: found("hosts: all\n");
    a_play_without_hosts: found("- tasks: []\n");
    a_misspelt_play_keyword: found("- hosts: all\n  handelrs: []\n");
    a_task_keyword_on_a_play: found("- hosts: all\n  register: x\n");
    an_unsupported_play_keyword: found("- hosts: all\n  strategy: debug\n");
    a_misspelt_task_keyword: tasks("    - {debug: {}, wehn: true}\n");
    a_play_keyword_on_a_task: tasks("    - {debug: {}, hosts: all}\n");
    an_unsupported_task_keyword: tasks("    - {command: sleep 9, debugger: on_failed}\n");
    a_misspelt_task_type: tasks("    - ansible.builtin.coppy: {}\n");
    a_task_type_of_another_collection: tasks("    - community.general.parted: {device: /dev/sdb}\n");
    a_misspelt_task_type_of_another_collection: tasks("    - ansible.posix.sysctll: {name: a}\n");
    a_task_type_that_is_not_here: tasks("    - ansible.builtin.pip: {name: x}\n    - action: git repo=a dest=b\n");
    a_task_type_that_is_not_here_under_a_condition: tasks("    - yum_repository: name=x\n      when: ansible_facts.os_family == 'RedHat'\n");
    two_task_types: tasks("    - debug: {}\n      command: ls\n");
    a_task_without_a_type: tasks("    - name: nothing\n      when: true\n");
    a_task_that_is_a_word: tasks("    - debug\n");
    tasks_that_are_a_mapping: tasks("      debug: {}\n");
    a_misspelt_argument: tasks("    - copy: {dest: /etc/a, contnt: b}\n");
    a_misspelt_argument_beside_a_template: tasks("    - copy: {dest: \"{{ d }}\", contnt: \"{{ c }}\", mode: 755, force: maybe}\n");
    a_missing_argument: tasks("    - copy: {content: b}\n");
    a_wrong_argument: tasks("    - service: {name: x, state: runing}\n");
    an_argument_of_the_wrong_type: tasks("    - wait_for: {port: many}\n");
    an_unquoted_template: tasks("    - copy: {dest: {{ path }}, content: b}\n");
    a_condition_in_braces: tasks("    - {debug: {}, when: '{{ x }}'}\n");
    a_condition_that_is_a_mapping: tasks("    - {debug: {}, when: {x: y}}\n");
    a_register_that_is_no_name: tasks("    - {debug: {}, register: my-result}\n");
    a_misspelt_part_of_loop_control: tasks("    - {debug: {}, loop: [1], loop_control: {pauze: 3, pause: long}}\n");
    a_misspelt_lookup: tasks("    - {debug: {}, with_itens: [1]}\n");
    two_loops: tasks("    - {debug: {}, with_items: [1], loop: [2]}\n");
    a_loop_over_a_mapping: tasks("    - {debug: {}, loop: {a: 1}}\n");
    a_block_without_a_block: tasks("    - rescue: [{debug: {}}]\n");
    a_loop_on_a_block: tasks("    - {block: [{debug: {}}], loop: [1]}\n");
    a_boolean_that_is_none: tasks("    - {debug: {}, become: maybe}\n");
    a_become_method_of_another_system: tasks("    - {debug: {}, become_method: runas}\n");
    a_misspelt_become_method: tasks("    - {debug: {}, become_method: sud}\n");
    a_misspelt_group_of_defaults: tasks("    - {debug: {}, module_defaults: {group/asw: {a: b}}}\n");
    a_group_of_defaults_of_a_collection: tasks("    - {debug: {}, module_defaults: {group/community.crypto.acme: {a: b}}}\n");
    a_prompt_that_is_a_word: found("- hosts: all\n  vars_prompt: [version]\n");
    a_prompt_without_a_name: found("- hosts: all\n  vars_prompt: [{prompt: Version}]\n");
    a_prompt_with_wrong_parts: found("- hosts: all\n  vars_prompt:\n    - {name: my-version, privat: false}\n    - {name: x, confirm: maybe, encrypt: sha1, salt_size: many}\n");
    a_missing_role: found("- hosts: all\n  roles: [wbe]\n");
    an_error_in_a_role: found("- hosts: all\n  roles: [broken]\n");
    a_notify_without_a_handler: found("- hosts: all\n  tasks:\n    - {debug: {}, notify: relaod}\n  handlers:\n    - {name: reload, debug: {}}\n");
    an_include: tasks("    - include_tasks: more.yml\n");
    an_import: found("- import_playbook: other.yml\n");
    a_missing_vars_file: found("- hosts: all\n  vars_files: [nowhere.yml]\n  tasks: []\n");
    a_vars_list: found("- hosts: all\n  vars: [a, b]\n");
    a_wrong_serial: found("- hosts: all\n  serial: some\n");
    a_tab: found("- hosts: all\n\ttasks: []\n");
    a_cut_line: tasks("    - copy: {dest: '/etc/a\n");
}

#[test]
fn a_condition_may_skip_what_lacks_arguments_and_no_misspelling() {
    let of = |arguments: &str| tasks(&format!("    - apt: {arguments}\n      when: x is defined\n"));
    let missing = of("{state: present}");
    assert!(missing.starts_with("warning task::missing"), "{missing}");
    let misspelt = of("{nmae: etcd}");
    assert!(misspelt.starts_with("error task::parameter"), "{misspelt}");
}

#[test]
fn user_is_a_task_type_on_a_task() {
    assert_eq!(
        tasks("    - user: name=bob shell=/bin/bash groups=sudo append=yes\n"),
        ""
    );
}

/// Mutations of a playbook that uses most of the language: none panics.
#[test]
fn mutated_playbooks_are_read_or_refused() {
    const SEED: &str = include_str!("play_problems/seed.yml");
    const PIECES: &[&str] = &[
        "\n", " ", "  ", "-", ":", "{", "}", "[", "]", "'", "\"", "{{", "}}", "{%", "null", "~", "1", "é",
        "\0",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit.max(1) as u64) as usize
    };
    let lines: Vec<&str> = SEED.lines().collect();
    for _ in 0..5_000 {
        let mut text: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        for _ in 0..=below(4) {
            let (line, other) = (below(text.len()), below(lines.len()));
            let mut chars: Vec<char> = text[line].chars().collect();
            let at = below(chars.len() + 1);
            match below(4) {
                0 => text[line] = lines[other].to_owned(),
                1 => drop(chars.splice(at..at, PIECES[below(PIECES.len())].chars())),
                2 => drop(chars.drain(at..(at + below(8)).min(chars.len()))),
                _ => chars.truncate(at),
            }
            if !chars.is_empty() {
                text[line] = chars.into_iter().collect();
            }
        }
        found(&text.join("\n"));
    }
}
