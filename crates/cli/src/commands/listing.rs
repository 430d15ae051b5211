//! `--list-hosts`, `--list-tasks`, `--list-tags`, `--syntax-check`: nothing is connected.

use std::collections::BTreeSet;

use evenkeel::Loaded;
use evenkeel::Run;
use evenkeel::Selected;
use evenkeel::playbook::play::Program;
use evenkeel::tags_select;

use super::project;
use crate::args::RunArgs;
use crate::draw;
use crate::exit::Outcome;

/// Lists what was asked for; `None` when nothing was.
pub(super) fn listed(args: &RunArgs, loaded: &Loaded, run: &Run) -> Option<Outcome> {
    if !(args.list_hosts || args.list_tasks || args.list_tags || args.syntax_check) {
        return None;
    }
    anstream::println!("\nplaybook: {}", project::title(args));
    if args.syntax_check && !(args.list_hosts || args.list_tasks || args.list_tags) {
        return Some(Outcome::Done);
    }
    let selected = match run.hosts() {
        Ok(selected) => selected,
        Err(problem) => {
            draw::problems(&[problem]);
            return Some(Outcome::Input);
        }
    };
    let plays = loaded.playbook.iter().flat_map(|playbook| &playbook.plays);
    for (number, (play, selected)) in plays.zip(&selected).enumerate() {
        let program = Program::new(play);
        let name = play.name.as_deref().unwrap_or("unnamed");
        anstream::println!(
            "\n  play #{} ({name})\tTAGS: [{}]",
            number + 1,
            play.keywords.tags.join(",")
        );
        if args.list_hosts {
            hosts(selected);
        }
        if args.list_tasks {
            tasks(args, &program);
        }
        if args.list_tags {
            let all = program.all_tasks();
            let tags: BTreeSet<&str> = all
                .iter()
                .flat_map(|task| &task.keywords.tags)
                .map(|tag| &**tag)
                .collect();
            anstream::println!(
                "    TASK TAGS: [{}]",
                tags.into_iter().collect::<Vec<_>>().join(", ")
            );
        }
    }
    Some(Outcome::Done)
}

fn hosts(selected: &Selected) {
    anstream::println!("    hosts ({}):", selected.hosts.len());
    for host in &selected.hosts {
        anstream::println!("      {host}");
    }
}

fn tasks(args: &RunArgs, program: &Program) {
    let words = |words: &[String]| {
        words
            .iter()
            .map(|word| word.trim().into())
            .collect::<Vec<std::sync::Arc<str>>>()
    };
    let (only, skip) = (words(&args.tags), words(&args.skip_tags));
    anstream::println!("    tasks:");
    for task in program.all_tasks() {
        if tags_select(&task.keywords.tags, &only, &skip) {
            anstream::println!(
                "      {}\tTAGS: [{}]",
                task.title(),
                task.keywords.tags.join(", ")
            );
        }
    }
}
