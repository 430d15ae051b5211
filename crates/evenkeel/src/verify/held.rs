//! The virtual address is on exactly one load balancer.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_topology::ProbeAsk;

use super::Checked;
use super::State;
use super::VerifiedHost;
use super::VirtualAddress;

/// Judges over all hosts that were asked; `may_hold` are the load balancers.
pub(super) fn judge(hosts: &[VerifiedHost], may_hold: &[Arc<str>]) -> Option<VirtualAddress> {
    let address = hosts.iter().flat_map(|host| &host.checks).find_map(asked)?;
    let holders: Vec<Arc<str>> = hosts
        .iter()
        .filter(|host| host.has_address == Some(true))
        .map(|host| Arc::clone(&host.host))
        .collect();
    let silent: Vec<&str> = may_hold
        .iter()
        .filter(|name| {
            !hosts
                .iter()
                .any(|host| host.host == **name && host.has_address.is_some())
        })
        .map(|name| &**name)
        .collect();
    let stranger = holders.iter().find(|name| !may_hold.contains(name));
    let (state, why) = match (holders.as_slice(), stranger) {
        (_, Some(stranger)) => (State::Down, format!("{stranger} has it, and is no load balancer")),
        ([one], None) => (State::Up, format!("{one} has it")),
        ([], None) if silent.is_empty() => (State::Down, "no load balancer has it".to_owned()),
        ([], None) => (
            State::Unknown,
            format!(
                "no load balancer that was asked has it; not asked: {}",
                silent.join(", ")
            ),
        ),
        (several, None) => (
            State::Down,
            format!("more than one host has it: {}", several.join(", ")),
        ),
    };
    let help = (state == State::Down).then(|| help(&holders, stranger));
    Some(VirtualAddress {
        address,
        holders,
        state,
        why,
        help,
    })
}

fn help(holders: &[Arc<str>], stranger: Option<&Arc<str>>) -> String {
    match (stranger, holders) {
        (Some(stranger), _) => {
            format!("take the address off {stranger}, or choose another one for the cluster")
        }
        (None, []) => {
            "look at `journalctl -u keepalived` and `systemctl status haproxy` on the load balancers: \
                       keepalived gives the address away where HAProxy is dead"
                .to_owned()
        }
        (None, _) => {
            "look at `journalctl -u keepalived` on these hosts: VRRP does not come through between them, or \
                      somebody added the address by hand (`ip addr`)"
                .to_owned()
        }
    }
}

/// The address that is asked about.
fn asked(check: &Checked) -> Option<IpAddr> {
    match &check.probe.ask {
        ProbeAsk::Holds { address } => Some(*address),
        ProbeAsk::Listens { .. } | ProbeAsk::Ready(_) | ProbeAsk::Health(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_topology::Probe;

    use super::*;

    fn host(name: &str, has_address: Option<bool>) -> VerifiedHost {
        let address = "192.0.2.100".parse().expect("an address");
        let probe = Probe {
            name: "address".to_owned(),
            about: String::new(),
            look_at: String::new(),
            ask: ProbeAsk::Holds { address },
        };
        let check = Checked {
            probe,
            state: State::Up,
            code: None,
            milliseconds: None,
            verified: None,
            why: String::new(),
            help: None,
        };
        VerifiedHost {
            host: name.into(),
            roles: Vec::new(),
            lost: None,
            has_address,
            checks: vec![check],
        }
    }

    fn judged(hosts: &[(&str, Option<bool>)]) -> String {
        let hosts: Vec<_> = hosts.iter().map(|(name, has)| host(name, *has)).collect();
        let judged = judge(&hosts, &["lb1".into(), "lb2".into()]).expect("an address");
        format!("{:?}: {}", judged.state, judged.why)
    }

    #[test]
    fn exactly_one_load_balancer_has_it() {
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(judged(&[("lb1", no), ("lb2", yes), ("w1", no)]), "Up: lb2 has it");
        assert_eq!(
            judged(&[("lb1", no), ("lb2", no), ("w1", no)]),
            "Down: no load balancer has it"
        );
        assert_eq!(
            judged(&[("lb1", yes), ("lb2", yes)]),
            "Down: more than one host has it: lb1, lb2"
        );
        assert_eq!(
            judged(&[("lb1", yes), ("lb2", no), ("w1", yes)]),
            "Down: w1 has it, and is no load balancer"
        );
    }

    #[test]
    fn who_was_not_asked_may_have_it() {
        assert_eq!(
            judged(&[("lb1", Some(false)), ("lb2", None)]),
            "Unknown: no load balancer that was asked has it; not asked: lb2"
        );
        assert_eq!(
            judged(&[("w1", Some(false))]),
            "Unknown: no load balancer that was asked has it; not asked: lb1, lb2"
        );
        assert_eq!(judged(&[("lb1", Some(true)), ("lb2", None)]), "Up: lb1 has it");
    }
}
