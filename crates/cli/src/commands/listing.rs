//! `--list-hosts`, `--list-tasks`, `--list-tags`, `--syntax-check`: nothing is connected.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use evenkeel::Loaded;
use evenkeel::Problem;
use evenkeel::Run;
use evenkeel::Selected;
use evenkeel::playbook::play::Play;
use evenkeel::playbook::play::Program;
use evenkeel::playbook::play::Step;
use evenkeel::playbook::play::Task;
use evenkeel::tags_select;
use evenkeel::yaml::Node;
use evenkeel::yaml::Value;

use super::project;
use crate::args::Format;
use crate::args::RunArgs;
use crate::exit::Outcome;
use crate::out;

/// Lists what was asked for; `None` when nothing was.
pub(super) fn listed(args: &RunArgs, loaded: &Loaded, run: &Run) -> Option<Outcome> {
    if !(args.list_hosts || args.list_tasks || args.list_tags || args.syntax_check) {
        return None;
    }
    match listing(args, loaded, run) {
        Ok(text) => {
            out::text(&text);
            Some(Outcome::Done)
        }
        Err(problem) => Some(project::refused(problem, args.format)),
    }
}

fn listing(args: &RunArgs, loaded: &Loaded, run: &Run) -> Result<String, Problem> {
    let further = args.further.iter().map(|path| path.display().to_string());
    let titles = [project::title(args)].into_iter().chain(further);
    let lists = args.list_hosts || args.list_tasks || args.list_tags;
    let hosts = if lists { run.hosts()? } else { Vec::new() };
    let mut text = String::new();
    for (title, book) in titles.zip(loaded.playbook.iter().flat_map(|playbook| playbook.books())) {
        let _ = writeln!(text, "\nplaybook: {title}");
        let plays = loaded.playbook.iter().flat_map(|playbook| &playbook.plays);
        let plays = plays.zip(&hosts).skip(book.start).take(book.len());
        for (number, (play, selected)) in plays.enumerate() {
            one(args, number + 1, play, selected, &mut text);
        }
    }
    Ok(text)
}

fn one(args: &RunArgs, number: usize, play: &Arc<Play>, selected: &Selected, text: &mut String) {
    let hosts = match play.hosts.as_str() {
        Some(pattern) => pattern.to_owned(),
        None => serde_json::to_string(&play.hosts).unwrap_or_default(),
    };
    let as_ansible = args.format == Format::Ansible;
    let unnamed = if as_ansible { hosts.as_str() } else { "" };
    let name = play.name.as_deref().unwrap_or(unnamed);
    let tags = play.keywords.tags.join(",");
    let _ = writeln!(text, "\n  play #{number} ({hosts}): {name}\tTAGS: [{tags}]");
    if args.list_hosts {
        if as_ansible {
            let _ = writeln!(text, "    pattern: {}", python_list(&play.hosts, &hosts));
        }
        let _ = writeln!(text, "    hosts ({}):", selected.hosts.len());
        for host in &selected.hosts {
            let _ = writeln!(text, "      {host}");
        }
    }
    if args.list_tasks || args.list_tags {
        tasks(args, &Program::new(play), text);
    }
}

/// The patterns as Python writes a list of them.
fn python_list(hosts: &Node, pattern: &str) -> String {
    let quoted = |text: &str| format!("'{text}'");
    let items = match &hosts.value {
        Value::Seq(items) => items.iter().filter_map(Node::as_str).map(quoted).collect(),
        _ => vec![quoted(pattern)],
    };
    format!("[{}]", items.join(", "))
}

/// The tasks without those of `rescue` and `always`, which Ansible does not list.
fn bodies(steps: &[Step]) -> Vec<&Arc<Task>> {
    let each = steps.iter().flat_map(|step| match step {
        Step::Task(task) => vec![task],
        Step::Block { block: steps, .. } | Step::Role { steps, .. } => bodies(steps),
        Step::FlushHandlers => Vec::new(),
    });
    each.collect()
}

fn tasks(args: &RunArgs, program: &Program, text: &mut String) {
    let words = |words: &[String]| {
        words
            .iter()
            .map(|word| word.trim().into())
            .collect::<Vec<Arc<str>>>()
    };
    let (only, skip) = (words(&args.tags), words(&args.skip_tags));
    let tasks = match args.format {
        Format::Ansible => bodies(&program.steps),
        Format::Human | Format::Json => program.all_tasks(),
    };
    let chosen = || {
        tasks
            .iter()
            .filter(|task| tags_select(&task.keywords.tags, &only, &skip))
    };
    if args.list_tasks {
        text.push_str("    tasks:\n");
        for task in chosen() {
            let mut tags = task.keywords.tags.clone();
            if args.format == Format::Ansible {
                tags.sort();
                tags.dedup();
            }
            let title = match args.format {
                // Of a task without a name, Ansible lists what it does without the role.
                Format::Ansible if task.card.name.is_none() => task.card.body.written.to_string(),
                Format::Ansible | Format::Human | Format::Json => task.title(),
            };
            let _ = writeln!(text, "      {title}\tTAGS: [{}]", tags.join(", "));
        }
    }
    if args.list_tags {
        let tags: BTreeSet<&str> = chosen()
            .flat_map(|task| &task.keywords.tags)
            .map(|tag| &**tag)
            .collect();
        let tags: Vec<&str> = tags.into_iter().collect();
        let _ = writeln!(text, "      TASK TAGS: [{}]", tags.join(", "));
    }
}
