//! What is found, and what is not.

use std::sync::Arc;

use crate::Memory;
use crate::Project;

/// What is found with these tasks and a template `t.j2`.
fn found(tasks: &str) -> Vec<String> {
    let site = format!("- hosts: web1\n  vars: {{greeting: hello}}\n  tasks:\n{tasks}");
    let files = Memory::default()
        .with("hosts.ini", "web1 port=80\n")
        .with(
            "templates/t.j2",
            "{{ greeting }}\n{% for x in [1] %}{{ x }} {{ prot }}{% endfor %}\n",
        )
        .with("vars/known.yml", "from_file: 1\n")
        .with(
            "more.yml",
            "- ansible.builtin.set_fact: {from_more: 1}\n- ansible.builtin.command: uptime\n  register: ran\n- ansible.builtin.include_tasks: most.yml\n",
        )
        .with("most.yml", "- ansible.builtin.set_fact: {from_most: 1}\n")
        .with("roles/r/defaults/main.yml", "of_role: 1\n")
        .with("roles/r/tasks/main.yml", "- ansible.builtin.include_vars: of_vars.yml\n")
        .with("roles/r/vars/of_vars.yml", "from_vars: 1\n")
        .with("site.yml", site);
    let project = Project::new(Arc::new(files))
        .inventory("hosts.ini")
        .playbook("site.yml");
    let loaded = project.load().unwrap_or_else(|problems| panic!("{problems:#?}"));
    let shown = |problem: evenkeel_yaml::Problem| {
        format!("{:?} {problem} {}", problem.severity, problem.help.join(" "))
    };
    loaded
        .undefined(&loaded.programs(), &loaded.beforehand(&|_| true, None), true)
        .into_iter()
        .map(shown)
        .collect()
}

#[test]
fn what_nothing_defines_is_found_in_tasks_conditions_loops_and_template_files() {
    let all = "    - ansible.builtin.debug: {msg: \"{{ greetin }}\"}\n    - ansible.builtin.debug: {msg: \"{{ item }}\"}\n      loop: \"{{ portz }}\"\n    - ansible.builtin.debug: {var: greeting}\n      when: prt == 1\n    - ansible.builtin.template: {src: t.j2, dest: /etc/t}\n";
    insta::assert_debug_snapshot!(found(all));
}

#[test]
fn what_is_included_by_name_defines_what_stands_there() {
    let use_of = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!("{{{{ {name} }}}}")).collect();
        format!("    - ansible.builtin.debug: {{msg: \"{}\"}}\n", names.join(" "))
    };
    let all = [
        ("include_tasks: more.yml", vec!["from_more", "ran", "from_most"]),
        (
            "include_tasks: {file: more.yml, apply: {vars: {applied: 1}}}",
            vec!["applied"],
        ),
        ("include_role: {name: r}", vec!["of_role", "from_vars"]),
        ("include_vars: known.yml", vec!["from_file"]),
        ("include_vars: {file: known.yml, name: under}", vec!["under"]),
        ("package_facts:", vec!["packages"]),
    ];
    for (include, names) in &all {
        let task = format!("    - ansible.builtin.{include}\n");
        assert_eq!(found(&format!("{task}{}", use_of(names))), [""; 0], "{include}");
        let told = found(&format!("{task}{}", use_of(&["of_nobody"])));
        assert_eq!(told.len(), 1, "{include}: {told:?}");
        assert!(told[0].contains("`of_nobody` is undefined"), "{told:?}");
    }
    for elsewhere in [
        "include_tasks: \"{{ greeting }}.yml\"",
        "include_vars: \"{{ greeting }}.yml\"",
        "include_vars: {dir: vars}",
        "include_role: {name: \"{{ greeting }}\"}",
        "add_host: {name: x, more: 1}",
        "group_by: {key: x}",
    ] {
        let task = format!("    - ansible.builtin.{elsewhere}\n{}", use_of(&["of_nobody"]));
        assert_eq!(found(&task), [""; 0], "{elsewhere}");
    }
}

/// One task, with these lines below its arguments.
fn with(lines: &str) -> String {
    format!("    - ansible.builtin.command: uptime\n      register: done\n{lines}")
}

#[test]
fn keywords_use_names_too() {
    let all = [
        "      changed_when: nobody.rc == 0\n",
        "      failed_when: nobody.rc == 0\n",
        "      until: nobody is succeeded\n",
        "      environment: {A: \"{{ nobody }}\"}\n",
        "      delegate_to: \"{{ nobody }}\"\n",
        "      become: true\n      become_user: \"{{ nobody }}\"\n",
        "      loop: [1]\n      loop_control: {label: \"{{ nobody }}\"}\n",
        "      when: nobody is changed\n",
        "      when: \"nobody == 1 and greeting == 1\"\n",
        "    - ansible.builtin.assert: {that: [\"nobody == 1\"]}\n",
        "    - ansible.builtin.debug: {msg: \"{{ a }}\"}\n      vars: {a: \"{{ b }}\", b: \"{{ nobody }}\"}\n",
        "    - ansible.builtin.command: \"echo {{ nobody }}\"\n      failed_when: false\n",
    ];
    for lines in all {
        let told = found(&with(lines));
        assert_eq!(told.len(), 1, "{lines}: {told:?}");
        assert!(
            told[0].starts_with("Error ") && told[0].contains("`nobody` is undefined"),
            "{lines}: {told:?}"
        );
    }
}

#[test]
fn what_may_not_be_rendered_is_a_warning() {
    let all = [
        "      changed_when: nobody.rc == 0\n      when: greeting == 'hello'\n",
        "      loop: \"{{ [] }}\"\n      environment: {A: \"{{ nobody }}\"}\n",
        "      notify: \"{{ nobody }}\"\n",
        "    - ansible.builtin.debug: {msg: \"{% for x in [] %}{{ nobody }}{% endfor %}\"}\n",
        "    - block:\n        - ansible.builtin.debug: {msg: hi}\n      rescue:\n        - ansible.builtin.debug: {msg: \"{{ nobody }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ a }}\"}\n      vars: {a: \"{{ nobody }}\"}\n      when: greeting == 'hello'\n",
    ];
    for lines in all {
        let told = found(&with(lines));
        assert_eq!(told.len(), 1, "{lines}: {told:?}");
        assert!(told[0].starts_with("Warning "), "{lines}: {told:?}");
    }
}

#[test]
fn groups_hosts_and_circles() {
    let tasks = "    - ansible.builtin.debug: {msg: \"{{ groups['wbe'] }} {{ groups.web }} {{ hostvars['web2'].port }} {{ hostvars.localhost }}\"}\n    - ansible.builtin.debug: {msg: \"{{ one }} {{ two }}\"}\n      vars: {one: \"{{ two }}\", two: \"{{ three }}\", three: \"{{ one }}\"}\n    - ansible.builtin.debug: {msg: \"{{ port }}\"}\n      vars: {port: \"{{ port }}\"}\n";
    insta::assert_debug_snapshot!(found(tasks));
}

#[test]
fn what_is_asked_for_or_left_alone_is_no_finding() {
    for lines in [
        "      changed_when: done.rc == 0\n      failed_when: [done.rc != 0, done.stdout is search('x')]\n      until: done is succeeded\n",
        "      environment: {A: \"{{ greeting }}\", B: \"{{ nobody | default(omit) }}\"}\n",
        "      become_user: \"{{ nobody }}\"\n",
        "      become: false\n      become_user: \"{{ nobody }}\"\n",
        "      loop: [1]\n      loop_control: {label: \"{{ item }} {{ ansible_loop.index }}\"}\n",
        "      vars: {unused: \"{{ nobody }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ a | default(1) }}\"}\n      vars: {a: \"{{ nobody }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ a.y }}\"}\n      vars: {a: {x: \"{{ nobody }}\", y: 1}}\n",
        "    - ansible.builtin.debug: {msg: \"{{ a.y }}\"}\n      vars: {a: \"{{ {'x': nobody, 'y': 1} }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ a }}\"}\n      vars: {a: \"{{ greeting if true else nobody }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{% if false %}{{ nobody }}{% endif %}{% set x = nobody %}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ item }}\"}\n      with_first_found: [\"{{ nobody }}\"]\n",
        "    - ansible.builtin.set_fact: {port: 1}\n    - ansible.builtin.debug: {msg: \"{{ port }}\"}\n      vars: {port: \"{{ port }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ groups['wbe'] | default([]) }} {{ groups.get('x') }} {{ groups[greeting] }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ groups['wbe'] }}\"}\n      when: \"'wbe' in groups\"\n",
        "    - ansible.builtin.debug: {msg: \"{{ groups['wbe'] }}\"}\n    - ansible.builtin.group_by: {key: wbe}\n",
        "    - ansible.builtin.debug: {msg: \"{{ a.groups['wbe'] }}\"}\n      vars: {a: 1}\n",
    ] {
        assert_eq!(found(&with(lines)), [""; 0], "{lines}");
    }
}

#[test]
fn what_may_be_defined_is_no_finding() {
    for tasks in [
        "    - ansible.builtin.debug: {msg: \"{{ greeting }} {{ port }} {{ inventory_hostname }} {{ ansible_facts.x }}\"}\n",
        "    - ansible.builtin.set_fact: {later: 1}\n    - ansible.builtin.debug: {msg: \"{{ later }}\"}\n",
        "    - ansible.builtin.command: uptime\n      register: done\n    - ansible.builtin.debug: {msg: \"{{ done.stdout }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ maybe | default(1) }}\"}\n",
        "    - ansible.builtin.debug: {msg: !unsafe \"{{ nobody }}\"}\n",
        "    - ansible.builtin.debug: {msg: \"{{ maybe }}\"}\n      when: maybe is defined\n",
        "    - ansible.builtin.debug: {msg: \"{{ one.two }}\"}\n      loop: [{two: 1}]\n      loop_control: {loop_var: one, index_var: nth}\n",
        "    - ansible.builtin.debug: {msg: \"{{ nobody }}\"}\n      ignore_errors: true\n",
        "    - block:\n        - ansible.builtin.debug: {msg: \"{{ nobody }}\"}\n      rescue:\n        - ansible.builtin.debug: {msg: no}\n",
        "    - ansible.builtin.include_tasks: {file: more.yml, apply: {tags: [always, nobody]}}\n",
        "    - ansible.builtin.assert: {that: [nobody | map('upper') is undefined, \"lookup('vars', '{{ nobody }}')\"]}\n",
        "    - ansible.builtin.debug: {msg: \"{{ true | ternary(1, nobody) }}\"}\n",
        "    - ansible.builtin.include_vars: vars.yml\n    - ansible.builtin.debug: {msg: \"{{ nobody }}\"}\n",
    ] {
        assert_eq!(found(tasks), [""; 0], "{tasks}");
    }
}
