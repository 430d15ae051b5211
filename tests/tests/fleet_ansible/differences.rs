//! What the two sides ended with, compared.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;
use std::time::Instant;

use evenkeel_tests::fleet::Difference;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::Snapshot;

use crate::reasons;
use crate::sides::Sides;
use crate::sides::Snapshots;

/// How long services may take after a run until they have settled.
const PATIENCE: Duration = Duration::from_secs(45);

/// A difference on a host.
type Found = (String, Difference);

/// Whatever differs has a reason.
pub(crate) fn none_but_those_with_a_reason(sides: &Sides, before: &Snapshots) {
    let balancer = sides.reference.model().balancer.as_ref();
    let vip = balancer.map_or("no address".to_owned(), |balancer| {
        balancer.vip.addr().to_string()
    });
    let reasons = reasons::read(&vip);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut used = BTreeSet::new();
        let unexplained: Vec<Found> = found(sides, before)
            .into_iter()
            .filter(|(host, difference)| {
                let reason = reasons
                    .iter()
                    .find(|reason| reason.explains(difference, || texts(sides, host, difference)));
                used.extend(reason.map(|reason| reason.name.as_str()));
                reason.is_none()
            })
            .collect();
        if unexplained.is_empty() {
            println!("differences with a reason: {used:#?}");
            return;
        }
        assert!(
            Instant::now() < deadline,
            "evenkeel (-) and ansible-playbook (+) left these without a reason in docs/ansible-equality.md:\n{}",
            shown(sides, &unexplained)
        );
        std::thread::sleep(Duration::from_secs(2));
    }
}

fn found(sides: &Sides, before: &Snapshots) -> Vec<Found> {
    let after = sides.snapshots();
    let mut found = Vec::new();
    for (index, host) in sides.first.hosts().iter().enumerate() {
        let differences = Snapshot::compare(
            [&before.first[index], &after.first[index]],
            [&before.second[index], &after.second[index]],
        );
        found.extend(
            differences
                .into_iter()
                .map(|difference| (host.name().to_owned(), difference)),
        );
    }
    found
}

/// The differences as people read them; of texts, with the lines.
fn shown(sides: &Sides, found: &[Found]) -> String {
    let mut text = String::new();
    for (name, difference) in found {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not there".to_owned());
        let (first, second) = (value(&difference.first), value(&difference.second));
        writeln!(text, "{name}: {}\n  - {first}\n  + {second}", difference.name).unwrap();
        if let Some((first, second)) = texts(sides, name, difference) {
            let diff = evenkeel::unified_diff("evenkeel", &first, "ansible-playbook", &second);
            let lines = diff.lines().take(40);
            text.extend(lines.map(|line| format!("    {line:.200}\n")));
        }
    }
    text
}

/// What a file contains on both sides, if it is a text on both.
fn texts(sides: &Sides, host: &str, difference: &Difference) -> Option<(String, String)> {
    let path = difference.name.strip_prefix("file ")?;
    let read = |host: &Host| host.read(path).ok();
    Some((read(sides.first.host(host))?, read(sides.second.host(host))?))
}
