//! What is not up, each with the hosts that saw it, why, and what to look at.

use std::fmt::Write as _;

use evenkeel::Checked;
use evenkeel::State;
use evenkeel::Verified;
use evenkeel::VerifiedHost;
use evenkeel::VirtualAddress;
use evenkeel::topology::Ca;
use evenkeel::topology::ProbeAsk;

use crate::report::grouped::names;
use crate::report::style;
use crate::report::style::paint;

/// A line for everything that is not up, and one for what to look at.
pub(super) fn all(verified: &Verified) -> String {
    let mut text = String::new();
    for host in &verified.hosts {
        if let Some(lost) = &host.lost {
            let word = if lost.unreachable {
                "unreachable"
            } else {
                "not asked"
            };
            let what = format!("{}: {}", host.host, lost.message);
            line(&mut text, word, &what, lost.help.as_deref());
        }
    }
    for group in grouped(verified) {
        let Some(check) = group.first() else { continue };
        let place = place(check, &group.hosts, verified);
        let what = format!("{}, {place}: {}", group.about(), check.why);
        line(&mut text, word(check.state), &what, check.help.as_deref());
    }
    // Not known is worth a line only where somebody did not answer; otherwise nobody asked.
    let told = |address: &&VirtualAddress| match address.state {
        State::Up => false,
        State::Down => true,
        State::Unknown => verified.hosts.iter().any(|host| host.lost.is_some()),
    };
    if let Some(address) = verified.address.as_ref().filter(told) {
        let what = format!("the virtual address {}: {}", address.address, address.why);
        line(&mut text, word(address.state), &what, address.help.as_deref());
    }
    text
}

fn word(state: State) -> &'static str {
    match state {
        State::Up => "up",
        State::Down => "down",
        State::Unknown => "unknown",
    }
}

fn line(text: &mut String, word: &str, what: &str, help: Option<&str>) {
    let _ = writeln!(text, "{}", paint(style::FAILED, &format!("{word}: {what}")));
    if let Some(help) = help {
        let _ = writeln!(text, "  {help}");
    }
}

/// The same on several hosts, or, where nobody could ask, for several probes.
struct Group<'v> {
    checks: Vec<&'v Checked>,
    hosts: Vec<&'v VerifiedHost>,
}

impl<'v> Group<'v> {
    fn first(&self) -> Option<&'v Checked> {
        self.checks.first().copied()
    }

    fn fits(&self, check: &Checked) -> bool {
        self.first().is_some_and(|first| {
            (first.state, &first.why, &first.help) == (check.state, &check.why, &check.help)
                && (check.state == State::Unknown || first.probe.about == check.probe.about)
        })
    }

    fn add(&mut self, check: &'v Checked, host: &'v VerifiedHost) {
        if !self
            .checks
            .iter()
            .any(|known| known.probe.about == check.probe.about)
        {
            self.checks.push(check);
        }
        if !self.hosts.iter().any(|known| known.host == host.host) {
            self.hosts.push(host);
        }
    }

    /// What it is about; short names where it is about several.
    fn about(&self) -> String {
        match self.checks.as_slice() {
            [one] => one.probe.about.clone(),
            several => {
                let mut short: Vec<String> = Vec::new();
                for check in several {
                    if !short.contains(&check.probe.name) {
                        short.push(check.probe.name.clone());
                    }
                }
                names(&short)
            }
        }
    }
}

/// Checks that are not up, each once, with the hosts on which it came out like this.
fn grouped(verified: &Verified) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for host in &verified.hosts {
        for check in host.checks.iter().filter(|check| check.state != State::Up) {
            let at = groups
                .iter()
                .position(|group| group.fits(check))
                .unwrap_or_else(|| {
                    groups.push(Group {
                        checks: Vec::new(),
                        hosts: Vec::new(),
                    });
                    groups.len() - 1
                });
            groups[at].add(check, host);
        }
    }
    groups.sort_by_key(|group| group.first().map(|check| rank(&check.probe.ask)));
    groups
}

/// What is closest to a cause comes first: programs that do not listen, then paths, then what hosts are told to use.
fn rank(ask: &ProbeAsk) -> u8 {
    match ask {
        ProbeAsk::Listens { .. } => 0,
        ProbeAsk::Ready(ready) if ready.through.is_some() => 1,
        ProbeAsk::Ready(_) | ProbeAsk::Holds { .. } => 2,
        ProbeAsk::Health(_) => 3,
    }
}

/// From where, or on which host.
fn place(check: &Checked, hosts: &[&VerifiedHost], verified: &Verified) -> String {
    let word = match &check.probe.ask {
        ProbeAsk::Listens { .. } | ProbeAsk::Holds { .. } => "on",
        ProbeAsk::Ready(_) | ProbeAsk::Health(_) => "from",
    };
    let asked = verified.hosts.iter().filter(|host| host.lost.is_none()).count();
    if hosts.len() == asked && asked > 1 {
        return format!("{word} every host");
    }
    let hosts: Vec<String> = hosts.iter().map(|host| host.host.to_string()).collect();
    format!("{word} {}", names(&hosts))
}

/// Who has the virtual address, as the end of a sentence.
pub(super) fn holder(address: &VirtualAddress) -> String {
    match address.state {
        State::Up => format!(
            "{} has the virtual address",
            address.holders.first().map_or("", |host| host)
        ),
        State::Down => "the virtual address is not on exactly one load balancer".to_owned(),
        State::Unknown => "who has the virtual address is not known".to_owned(),
    }
}

/// Whether the certificates of API servers were verified, and with what.
pub(super) fn certificates(verified: &Verified) -> Option<String> {
    let mut unverified: Vec<String> = Vec::new();
    let (mut path, mut any) = (None, false);
    for host in &verified.hosts {
        for check in &host.checks {
            let ProbeAsk::Ready(ready) = &check.probe.ask else {
                continue;
            };
            path = Some(match &ready.ca {
                Ca::Set(path) => path.as_str(),
                Ca::Usual(path) => path,
            });
            any |= check.verified == Some(true);
            let name = host.host.to_string();
            if check.verified == Some(false) && !unverified.contains(&name) {
                unverified.push(name);
            }
        }
    }
    let path = path?;
    Some(match (any, unverified.is_empty()) {
        (false, true) => return None,
        (true, true) => format!("certificates were verified with {path}"),
        (true, false) => format!(
            "certificates were verified with {path}; not from {}, where it is not (`kube_apiserver_ca` names another file)",
            names(&unverified)
        ),
        (false, false) => {
            format!(
                "certificates were not verified: {path} is on no host that was asked (`kube_apiserver_ca` names another file)"
            )
        }
    })
}
