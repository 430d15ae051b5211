//! The table.

use std::fmt::Write as _;

use super::catalogue::Catalogue;
use super::catalogue::Class;
use super::verdict::Measured;
use super::verdict::Verdict;

/// What stands above the document's tables.
const HEAD: &str = "\
# Ansible's own tests

ansible-core's source distribution (2.19.14) holds integration targets, roles that test Ansible itself. `tests/ansible-suite/run`
fetches it and runs them unmodified, once with real `ansible-playbook` and once with `evenkeel apply`, each on a fresh host:

```yaml
- hosts: testhost
  gather_facts: true
  roles: [TARGET]
```

A target counts when Evenkeel ends with exit code 0 and with the same numbers of tasks that were ok, changed, skipped, rescued and
ignored. This file is what `tests/ansible-suite/run --all --write` wrote.
";

/// The document: all targets by class.
pub fn document(catalogue: &Catalogue, measured: &[Measured]) -> String {
    let mut text = HEAD.to_owned();
    let _infallible = writeln!(text, "\n{}", summary(measured));
    for (class, title) in [(Class::Required, "Required"), (Class::Welcome, "Welcome")] {
        let _infallible = write!(text, "\n## {title}\n\n{COLUMNS}");
        let rows = measured.iter().filter(|one| one.target.class == class);
        rows.for_each(|one| text += &row(one));
    }
    text += "\n## Not run\n\nWhat is no role, needs Python code of its own in the program that runs it, or needs what the hosts do not have.\n\n";
    text += "| target | why |\n|---|---|\n";
    for target in catalogue.of(Class::Never) {
        let _infallible = writeln!(text, "| {} | {} |", target.name, target.reason);
    }
    text
}

const COLUMNS: &str = "\
| target | Ansible: tasks | asserts | ok/changed/skipped/rescued/ignored | Evenkeel: tasks | asserts | ok/changed/skipped/rescued/ignored | verdict |
|---|---|---|---|---|---|---|---|
";

fn row(one: &Measured) -> String {
    let [ansible, evenkeel] = [&one.ansible, &one.evenkeel].map(|record| {
        let counts = record.counts;
        format!("{} | {} | {}", counts.tasks(), record.asserts(), counts.shown())
    });
    format!(
        "| {} | {ansible} | {evenkeel} | {} |\n",
        one.target.name,
        said(&one.verdict()).replace('|', "\\|")
    )
}

/// A target as a line of a terminal.
pub fn terminal(one: &Measured) -> String {
    let [ansible, evenkeel] = [&one.ansible, &one.evenkeel].map(|record| {
        let counts = record.counts;
        format!(
            "{:>4} {:>4}  {:<17}",
            counts.tasks(),
            record.asserts(),
            counts.shown()
        )
    });
    format!(
        "{:<28} {ansible} {evenkeel} {}",
        one.target.name,
        said(&one.verdict())
    )
}

/// How many count.
pub fn summary(measured: &[Measured]) -> String {
    let of = |class| {
        let all = measured.iter().filter(move |one| one.target.class == class);
        let count = all.clone().filter(|one| one.verdict() == Verdict::Counts).count();
        (count, all.count())
    };
    let (required, of_required) = of(Class::Required);
    let (welcome, of_welcome) = of(Class::Welcome);
    format!("Of {of_required} required targets {required} count, of {of_welcome} others {welcome}.")
}

fn said(verdict: &Verdict) -> String {
    let (word, why) = match verdict {
        Verdict::Counts => return "counts".to_owned(),
        // Its text has paths and times of that run; `target/ansible-suite/TARGET.ansible` has all of it.
        Verdict::AnsibleFails(_) => return "Ansible does not pass it on these hosts".to_owned(),
        Verdict::Fails(why) => ("exit code", why),
        Verdict::Differs(why) => ("other counts", why),
    };
    let line: String = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(240).collect();
    format!("{word}: {short}")
}
