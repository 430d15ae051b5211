//! What is written reads back as the same playbook: compared through what the second reading writes.

use std::path::Path;

use evenkeel_playbook::Memory;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Playbook;
use evenkeel_playbook::play::Project;
use proptest::prelude::*;

fn read(text: &str) -> Playbook {
    let files = Memory::default()
        .with("site.yml", text)
        .with("roles/web/tasks/main.yml", "- ansible.builtin.meta: noop\n");
    let read = Project::new(&files, Vec::new()).read(Path::new("site.yml"));
    read.unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

const SITE: &str = include_str!("play_problems/seed.yml");

#[test]
fn every_keyword_survives() {
    let written = read(SITE).to_yaml();
    let again = read(&written);
    assert_eq!(again.to_yaml(), written);
    for word in [
        "serial",
        "force_handlers",
        "rescue",
        "always",
        "loop_control",
        "listen",
        "delegate_to",
        "vars_files",
        "until",
        "retries",
        "delay",
        "with_nested",
        "pause",
        "extended",
        "extended_allitems",
        "break_when",
        "async",
        "poll",
        "collections",
        "environment",
        "gather_subset",
        "gather_timeout",
        "fact_path",
        "module_defaults",
        "timeout",
        "throttle",
        "ignore_unreachable",
        "diff",
        "delegate_facts",
        "args",
    ] {
        assert!(
            written.contains(&format!("{word}:")),
            "{word} is missing in\n{written}"
        );
    }
    let (first, second) = (&read(SITE).plays[0], &again.plays[0]);
    assert_eq!(
        first.hosts.as_seq().map(<[_]>::len),
        second.hosts.as_seq().map(<[_]>::len)
    );
    assert_eq!(format!("{:?}", values(first)), format!("{:?}", values(second)));
}

/// The values of a play's variables, without their places.
fn values(play: &evenkeel_playbook::play::Play) -> Vec<(String, evenkeel_yaml::Data)> {
    let vars = play.keywords.vars.iter().flat_map(|vars| vars.iter());
    vars.map(|(name, node)| (name.to_string(), evenkeel_yaml::Data::from(&**node)))
        .collect()
}

/// Text of any kind: what YAML would take for something else, templates, quotes, newlines.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,24}",
        "[ -~\n]{0,40}",
        prop::sample::select(vec![
            "yes", "0644", "22:30", "~", "null", "{{ x }}", "1e3", "- a", "a: b", "#x", "é€", "'", "\""
        ])
        .prop_map(str::to_owned),
    ]
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_survives(name in text(), content in text(), value in text(), tag in "[a-z]{1,8}", when in prop::bool::ANY) {
        let condition = if when { "      when: x == 1\n" } else { "" };
        let site = format!(
            "- hosts: all\n  vars: {{x: {}}}\n  tasks:\n    - name: {}\n      ansible.builtin.copy: {{content: {}, dest: /etc/a}}\n      tags: [{tag}]\n{condition}",
            quoted(&value), quoted(&name), quoted(&content),
        );
        let first = read(&site);
        let written = first.to_yaml();
        let second = read(&written);
        prop_assert_eq!(second.to_yaml(), written.clone());
        prop_assert_eq!(format!("{:?}", values(&first.plays[0])), format!("{:?}", values(&second.plays[0])), "{}", written);
        let arguments = |playbook: &Playbook| match &playbook.plays[0].tasks[0] {
            Item::Card(card) => {
                let content = card.body.raw.get("content").map(evenkeel_yaml::Data::from);
                format!("{:?} {:?}", card.name, content)
            }
            Item::Block(_) | Item::Role(_) => String::new(),
        };
        prop_assert_eq!(arguments(&first), arguments(&second));
    }
}

#[test]
fn comments_stand_above_what_they_are_about_and_are_no_part_of_it() {
    let mut book = read(
        "- hosts: all\n  tasks:\n    - ansible.builtin.meta: noop\n    - block: [{ansible.builtin.meta: noop}]\n",
    );
    let plain = book.to_yaml();
    book.about = Some("Generated.".into());
    let play = std::sync::Arc::make_mut(&mut book.plays[0]);
    play.about = Some("One play per phase.\n\n    a command".into());
    for item in &mut play.tasks {
        match item {
            Item::Card(card) => {
                let long = "A comment that is long is broken between words, so that no line of it is longer than others.";
                *card = std::sync::Arc::new((**card).clone().about(&format!("{long} {long}")));
            }
            Item::Block(block) => std::sync::Arc::make_mut(block).about = Some("Together.".into()),
            Item::Role(role) => panic!("no role was written: {}", role.role.name),
        }
    }
    insta::assert_snapshot!(book.to_yaml(), @r"
    ---
    # Generated.

    # One play per phase.
    #
    #     a command
    - hosts: all
      tasks:
        # A comment that is long is broken between words, so that no line of it is longer than others. A comment that is
        # long is broken between words, so that no line of it is longer than others.
        - ansible.builtin.meta: noop

        # Together.
        - block:
            - ansible.builtin.meta: noop
    ");
    assert_eq!(read(&book.to_yaml()).to_yaml(), plain);
}
