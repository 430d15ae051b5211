//! Whether a cluster's endpoints are up, asked on its hosts.

mod asked;
mod held;
mod judged;

use std::sync::Arc;

use evenkeel_engine::Connect;
use evenkeel_engine::Options;
use evenkeel_engine::Questions;
use evenkeel_engine::Run;
use evenkeel_playbook::play::Playbook;
use evenkeel_topology::HostProbes;
use evenkeel_topology::Probe;
use evenkeel_yaml::Problem;
use serde::Serialize;

use crate::Loaded;

/// Asks every host once. [`Verifier`] asks again and again over the same connections.
///
/// ```no_run
/// use evenkeel::{Disk, Options, Project, Reach, ReachOptions};
/// use std::sync::Arc;
///
/// let loaded = Project::new(Arc::new(Disk)).inventory("hosts.ini").without_playbook().load().unwrap();
/// let connect = Arc::new(Reach::new(ReachOptions::default()));
/// let verified = evenkeel::verify(&loaded, connect, Options::default()).unwrap();
/// assert!(verified.is_up());
/// ```
///
/// # Errors
/// When the inventory describes no cluster, or the limit names no host of it. What is down is no error.
pub fn verify(loaded: &Loaded, connect: Arc<dyn Connect>, options: Options) -> Result<Verified, Problem> {
    Ok(Verifier::new(loaded, connect, options)?.verify())
}

/// Asks the hosts of a cluster whether its endpoints are up. Connections stay open from one time to the next.
pub struct Verifier {
    run: Run,
    probes: Vec<HostProbes>,
    may_hold: Vec<Arc<str>>,
}

impl Verifier {
    /// Lays out the questions. Nothing is connected yet.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn new(loaded: &Loaded, connect: Arc<dyn Connect>, options: Options) -> Result<Verifier, Problem> {
        let cluster = loaded.described_cluster()?;
        let mut probes = cluster.probes();
        if let Some(limit) = &loaded.limit {
            let hosts = loaded.inventory.select(limit)?;
            probes.retain(|host| hosts.contains(&host.host));
        }
        if probes.is_empty() {
            let problem = Problem::error("verify::no-host", "no host of the cluster is to be asked");
            return Err(problem.help("`evenkeel endpoints` lists the hosts of the cluster"));
        }
        let run = loaded.run_of(Arc::new(Playbook::default()), connect, options)?;
        Ok(Verifier {
            run,
            probes,
            may_hold: cluster.may_hold(),
        })
    }

    /// Asks all hosts, all at once, one round trip each.
    pub fn verify(&self) -> Verified {
        let questions = |host: &HostProbes| Questions {
            host: Arc::clone(&host.host),
            wants: host.probes.iter().map(|probe| asked::want(&probe.ask)).collect(),
        };
        let questions: Vec<Questions> = self.probes.iter().map(questions).collect();
        let answers = self.run.ask(&questions);
        let hosts: Vec<VerifiedHost> = self
            .probes
            .iter()
            .zip(answers)
            .map(|(host, answers)| judged::host(host, answers))
            .collect();
        let address = held::judge(&hosts, &self.may_hold);
        Verified { hosts, address }
    }
}

/// What the hosts of a cluster said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verified {
    /// The hosts that were asked, in the inventory's order.
    pub hosts: Vec<VerifiedHost>,
    /// Who has the virtual address, where there is one.
    pub address: Option<VirtualAddress>,
}

/// What a host said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VerifiedHost {
    /// The host.
    pub host: Arc<str>,
    /// What it is: `master`, `node`, `etcd`, `loadbalancer`.
    pub roles: Vec<&'static str>,
    /// Why it could not be asked; then there are no checks.
    pub lost: Option<Lost>,
    /// Whether it has the virtual address, where there is one and the host said so.
    pub has_address: Option<bool>,
    /// What came of each probe, in their order.
    pub checks: Vec<Checked>,
}

/// Why a host could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Why.
    pub message: String,
    /// What to do, where that is known.
    pub help: Option<String>,
    /// Whether the host could not be reached; otherwise it was, and did not let itself be asked.
    pub unreachable: bool,
}

/// What came of a probe on a host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checked {
    /// The probe.
    pub probe: Probe,
    /// What it comes to.
    pub state: State,
    /// The status of HTTP, where a server answered.
    pub code: Option<u16>,
    /// How long the answer took, or how long it was waited for.
    pub milliseconds: Option<u64>,
    /// Whether the server's certificate was verified; none for what is not TLS.
    pub verified: Option<bool>,
    /// What decided the state.
    pub why: String,
    /// What to look at or to do, for what is not up.
    pub help: Option<String>,
}

/// What a probe comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It does its work.
    Up,
    /// It does not.
    Down,
    /// It could not be found out.
    Unknown,
}

/// Who has the virtual address.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VirtualAddress {
    /// The address.
    pub address: std::net::IpAddr,
    /// The asked hosts that have it; one load balancer, if all is well.
    pub holders: Vec<Arc<str>>,
    /// What that comes to; unknown where a load balancer was not asked that may have it.
    pub state: State,
    /// What decided the state.
    pub why: String,
    /// What to look at, where it is down.
    pub help: Option<String>,
}

impl Verified {
    /// Whether everything is up, and every host was reached.
    pub fn is_up(&self) -> bool {
        !self.is_down() && !self.is_unreachable()
    }

    /// Whether something is down, or could not be found out on a host that was reached.
    pub fn is_down(&self) -> bool {
        let address = self.address.as_ref();
        let down = |host: &VerifiedHost| {
            host.lost.as_ref().is_some_and(|lost| !lost.unreachable)
                || host.checks.iter().any(|check| check.state != State::Up)
        };
        self.hosts.iter().any(down) || address.is_some_and(|address| address.state == State::Down)
    }

    /// Whether some host could not be reached.
    pub fn is_unreachable(&self) -> bool {
        let unreachable = |host: &VerifiedHost| host.lost.as_ref().is_some_and(|lost| lost.unreachable);
        self.hosts.iter().any(unreachable)
    }
}
