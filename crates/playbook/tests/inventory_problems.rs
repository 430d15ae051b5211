//! Every error, warning and note about an inventory, as a person sees it: what, where, and the mend.
#![expect(clippy::unwrap_used, reason = "a case that cannot be read is a failed test")]

use evenkeel_playbook::Memory;
use evenkeel_playbook::inventory::Pattern;
use evenkeel_playbook::inventory::Reading;
use evenkeel_playbook::vars::ExtraVars;
use evenkeel_yaml::Place;
use shown::all_rendered;
use shown::rendered;

#[path = "support/shown.rs"]
mod shown;

/// What reading some files finds; the first is the inventory.
fn found(files: &[(&str, &str)]) -> String {
    let memory = files.iter().fold(Memory::default(), |memory, (path, text)| {
        memory.with(*path, *text)
    });
    match Reading::new(&memory).sources(&[files[0].0]) {
        Ok(inventory) => all_rendered(inventory.problems()),
        Err(problems) => all_rendered(&problems),
    }
}

fn ini(text: &str) -> String {
    found(&[("hosts.ini", text)])
}

fn yaml(text: &str) -> String {
    found(&[("hosts.yml", text)])
}

/// What choosing hosts of a small inventory finds.
fn chosen(pattern: &str) -> String {
    let files = Memory::default()
        .with(
            "hosts.ini",
            "[web]\nweb[1:3]\n[db]\ndb1\n[empty]\n[kube_node]\nweb1\n",
        )
        .with("limits", "web1\nwbe2\n")
        .with("commented", "# the first\nweb1\n")
        .with("listed", "web1,web2\n")
        .with("nothing", "\n");
    let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
    let parsed = Pattern::limit(pattern, &Place::nowhere("--limit"), &files);
    match parsed.and_then(|pattern| inventory.selection(&pattern)) {
        Ok(selection) => format!("{:?}\n{}", selection.hosts, all_rendered(&selection.notes)),
        Err(problem) => rendered(&problem),
    }
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
    nothing_before_equals: ini("[web]\nw1 =80\n");
    unknown_group_in_children: ini("[web]\nw1\n[site:children]\nwbe\n");
    host_in_children: ini("[web]\nw1\n[site:children]\nw1\n");
    vars_of_unknown_group: ini("[web]\nw1\n[wbe:vars]\nx=1\n");
    contradicting_host_variable: ini("[web]\nw1 port=80\n[db]\nw1 port=81\n");
    contradicting_group_variable: ini("[web]\nw1\n[web:vars]\nx=1\nx=2\n");
    repeated_host_is_fine: ini("[web]\nw1 port=80\n[db]\nw1 port=80 disk=1\n");
    duplicate_key: yaml("web:\n  hosts:\n    w1: {port: 80, port: 81}\n");
    cycle: ini("[a:children]\nb\n[b:children]\nc\n[c:children]\na\n[x]\nh\n");
    cycle_of_one: ini("[a]\nh\n[a:children]\na\n");
    cycle_in_yaml: yaml("a:\n  hosts: {h: }\n  children:\n    b:\n      children:\n        a:\n");
    too_deep: {
        let chain: String = (0..300).map(|at| format!("[g{at}:children]\ng{}\n", at + 1)).collect();
        ini(&format!("{chain}[g300]\nh\n"))
    };
    all_below_a_group: ini("[a:children]\nall\n[a]\nh\n");
    range_without_end: ini("[web]\nweb[1:] x=1\n");
    range_lengths: ini("[web]\nweb[01:100]\n");
    range_backwards: ini("[web]\nweb[3:1]\n");
    range_of_letters_backwards: ini("[web]\nweb[c:a]\n");
    range_of_words: ini("[web]\nweb[aa:ac]\n");
    range_not_closed: ini("[web]\nweb[1:3\n");
    range_step: ini("[web]\nweb[1:9:0]\n");
    range_single: ini("[web]\nweb[7]\n");
    range_in_yaml: yaml("web:\n  hosts:\n    \"w[3:1]\":\n");
    tab_in_yaml: yaml("web:\n  hosts:\n\tw1:\n");
    unclosed_quote: ini("[web]\nw1 motto=\"be calm port=80\n");
    unclosed_quote_in_vars: ini("[web]\nw1\n[web:vars]\nmotto=\"be calm\n");
    backslash_at_end: ini("[web]\nw1 a=b\\\n");
    list_of_hosts: yaml("web:\n  hosts:\n    - w1\n    - w2\n");
    list_as_group: yaml("web:\n  - w1\n");
    text_as_group: yaml("all:\n  children:\n    web: w1\n");
    host_outside_hosts: yaml("web:\n  w1:\n    port: 80\n");
    group_outside_children: yaml("all:\n  web:\n    hosts: {w1: }\n");
    variable_outside_vars: yaml("web:\n  hosts: {w1: }\n  port: 80\n");
    misspelt_section: yaml("web:\n  host:\n    w1:\n");
    address_as_host_variables: yaml("web:\n  hosts:\n    w1: 10.0.0.1\n");
    number_as_host: yaml("web:\n  hosts:\n    12:\n");
    list_at_top: yaml("- web\n");
    empty_inventory: ini("# nothing yet\n");
    empty_yaml: yaml("# nothing yet\n");
    groups_without_hosts: ini("[web]\n[db]\n");
    yaml_in_ini: ini("---\nall:\n  hosts:\n");
    ini_in_yaml: yaml("[web]\nw1 a=b\n");
    colon_after_host: ini("[web]\nw1:\n");
    port_too_large: ini("[web]\nw1:99999\n");
    port_of_known_host: ini("[web]\nw1:22\n[db]\nw1:23\n");
    hash_in_word: ini("[web]\nw1 pw=a#b user=x\n");
    comment_in_vars: ini("[web]\nw1\n[web:vars]\npath=/srv # of the site\n");
    word_without_equals: ini("[web]\nw1 port 80\n");
    semicolon_comment: ini("[web]\nw1 ; the first\n");
    spaces_around_equals: ini("[web]\nw1 port = 80\n");
    colon_in_vars: ini("[web]\nw1\n[web:vars]\nport: 80\n");
    unknown_section: ini("[web:child]\nw1\n[db]\nd1\n");
    section_with_space: ini("[web servers]\nw1\n[db]\nd1\n");
    section_not_closed: ini("[web\nw1\n[db]\nd1\n");
    section_with_comment: ini("[web] ; all of them\nw1\n[db]\nd1\n");
    section_without_name: ini("[]\nw1\n[db]\nd1\n");
    address_as_section: ini("[2001:db8::1]\n[db]\nd1\n");
    invalid_variable_name: ini("[web]\nw1 http-port=80\n");
    reserved_variable_name: ini("[web]\nw1 name=first\n");
    language_variable_name: ini("[web]\nw1 not=1\n");
    group_priority: ini("[web]\nw1\n[web:vars]\nansible_group_priority=high\n");
    host_and_group: ini("[web]\nweb\n");
    two_localhosts: ini("localhost\n127.0.0.1\n");
    awkward_group: yaml("web servers:\n  hosts: {w1: }\n");
    plugin: yaml("plugin: amazon.aws.aws_ec2\nregions: [eu-west-1]\n");
    script: found(&[("hosts.sh", "#!/bin/sh\necho '{}'\n")]);
    vault: found(&[("hosts", "$ANSIBLE_VAULT;1.1;AES256\n6161\n")]);
    toml: found(&[("hosts.toml", "[web]\n")]);
    vault_of_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "$ANSIBLE_VAULT;1.1;AES256\n6161\n")]);
    list_of_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "- a\n")]);
    contradicting_files: found(&[
        ("hosts.ini", "w1\n"),
        ("group_vars/all/a.yml", "x: 1\n"),
        ("group_vars/all/b.yml", "y: 1\nx: 2\n"),
    ]);
    ignored_file_of_variables: found(&[
        ("hosts.ini", "w1\n"),
        ("group_vars/all/a.yml", "x: 1\n"),
        ("group_vars/all.yml", "y: 1\n"),
    ]);
    unused_file_of_variables: found(&[("hosts.ini", "[web]\nw1\n"), ("group_vars/wbe.yml", "x: 1\n")]);
    unused_file_of_a_host: found(&[("hosts.ini", "[web]\nweb1\n"), ("host_vars/web2.yml", "x: 1\n")]);
    priority_in_file: found(&[("hosts.ini", "[web]\nw1\n"), ("group_vars/web.yml", "ansible_group_priority: 3\n")]);
    duplicate_key_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x: 1\ny: 2\nx: 3\n")]);
    number_as_name_in_variables: found(&[("hosts.ini", "w1\n"), ("host_vars/w1.yml", "x: 1\n80: open\n")]);
    unknown_anchor_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x:\n  <<: *base\n")]);
    list_merged_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "b: &b [1]\nx:\n  <<: *b\n")]);
    unknown_tag_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x: !secret abc\n")]);
    bare_template_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x: {{ y }}\n")]);
    tab_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x:\n\ty: 1\n")]);
    unclosed_quote_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x: \"abc\ny: 1\n")]);
    colon_in_value_of_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x: a: b\n")]);
    indented_too_far_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x: 1\n  y: 2\n")]);
    two_documents_in_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "x: 1\n---\ny: 2\n")]);
    file_instead_of_folder: found(&[("hosts.ini", "w1\n"), ("group_vars", "x: 1\n")]);
    too_deep_in_variables: {
        let deep = format!("x: {}1{}\n", "[".repeat(2000), "]".repeat(2000));
        // The line itself is too long for a snapshot.
        found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", &deep)]).lines().take(2).collect::<Vec<_>>().join("\n")
    };
    broken_file_of_variables: found(&[("hosts.ini", "w1\n"), ("group_vars/all.yml", "a: [1\nb: 2\n")]);
    missing_inventory: {
        let files = Memory::default();
        all_rendered(&Reading::new(&files).sources(&["web1"]).unwrap_err())
    };
    several_errors_at_once: ini("[web]\nw1 a\nweb[1:]\n[db:childs]\n[site:children]\nnone\n");
    not_utf8: {
        let files = Memory::default().with("hosts.ini", b"# caf\xe9 is fine here\n[web]\nw1 a=caf\xe9\n".to_vec());
        all_rendered(&Reading::new(&files).sources(&["hosts.ini"]).unwrap_err())
    };

    pattern_unknown: chosen("wbe");
    pattern_unknown_host: chosen("web1,web9,web2");
    pattern_unknown_glob: chosen("cache*");
    pattern_unknown_regex: chosen("~cache\\d");
    pattern_unknown_exclusion: chosen("web:!bd1");
    pattern_old_slice: chosen("web[:3]");
    pattern_dash_slice: chosen("web[0-1]");
    pattern_backward_slice: chosen("web[1:0]");
    pattern_far_slice: chosen("web[7]");
    pattern_bad_regex: chosen("~web(");
    pattern_comma_in_regex: chosen("~web\\d{1,2}");
    pattern_operator_alone: chosen("web:!");
    pattern_empty: chosen(" , ");
    pattern_empty_group: chosen("empty");
    pattern_nothing_left_by_exclusion: chosen("web:!web*");
    pattern_nothing_left_by_intersection: chosen("web:&db");
    pattern_unknown_in_file: chosen("@limits");
    pattern_comment_in_file: chosen("@commented");
    pattern_list_in_file: chosen("@listed");
    pattern_file_excluded: chosen("web,!@limits");
    pattern_colon_beside_comma: chosen("web:!web1,db");
    pattern_empty_file: chosen("@nothing");
    pattern_missing_file: chosen("@retry");

    extra_without_equals: extra("port");
    extra_yaml_without_braces: extra("port: 80");
    extra_file_without_at: extra("./vars.yml");
    extra_unclosed: extra("motto='be calm");
    extra_list: extra("[1, 2]");
    extra_missing_file: extra("@vars.yml");
}

fn extra(argument: &str) -> String {
    rendered(&ExtraVars::read(&[argument], &Memory::default()).unwrap_err())
}

#[test]
fn limit_says_when_it_leaves_nothing() {
    let files = Memory::default().with("hosts.ini", "[web]\nweb1\n[db]\ndb1\n");
    let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
    let pattern = |text| Pattern::parse(text, &Place::nowhere("--limit")).unwrap();
    let hosts = inventory.select(&pattern("web")).unwrap();
    let left = inventory.limited(&hosts, &pattern("db")).unwrap();
    assert_eq!(left.hosts.len(), 0);
    insta::assert_snapshot!("limit_leaves_nothing", all_rendered(&left.notes));
}

#[test]
fn empty_is_allowed_on_demand() {
    let files = Memory::default().with("hosts.ini", "[web]\n");
    let inventory = Reading::new(&files)
        .allow_empty(true)
        .sources(&["hosts.ini"])
        .unwrap();
    let pattern = Pattern::parse("db", &Place::nowhere("hosts")).unwrap();
    assert_eq!(inventory.selection(&pattern).unwrap().hosts.len(), 0);
}
