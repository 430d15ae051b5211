//! A client whose requests show when a service was away.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use serde::Deserialize;

use super::Error;
use super::Fleet;
use super::Result;
use super::running::Running;

/// A running client in the controller's network; ends when dropped.
#[derive(Debug)]
pub struct Client {
    log: PathBuf,
    timeout: Duration,
    running: Running,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Request {
    /// When it began, in seconds since the epoch.
    pub at: f64,
    /// How many seconds it took.
    pub took: f64,
    /// The HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// Which stand-in answered.
    pub who: Option<String>,
    /// What went wrong, when there was no answer.
    pub error: Option<String>,
}

/// Requests in the order in which they began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    /// Each.
    pub all: Vec<Request>,
}

impl Client {
    /// Starts one that asks for `url` every `every` over a new connection, trusting the stand-ins' certificate; a request
    /// without an answer fails after `timeout`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(fleet: &Fleet, url: &str, every: Duration, timeout: Duration) -> Result<Client> {
        Client::trusting(fleet, &fleet.certificate(), url, every, timeout)
    }

    /// The same, trusting another certificate.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn trusting(
        fleet: &Fleet,
        certificate: &Path,
        url: &str,
        every: Duration,
        timeout: Duration,
    ) -> Result<Client> {
        let log = fleet.directory().join(format!("client-{}", now()));
        let file = fs::File::create(&log).map_err(|error| Error::failed(log.display(), error))?;
        let mut command = fleet.controller(concat!(env!("CARGO_MANIFEST_DIR"), "/fleet/client"));
        command.arg(url).arg(certificate);
        command
            .args([every.as_millis().to_string(), timeout.as_millis().to_string()])
            .stdout(file);
        Ok(Client {
            log,
            timeout,
            running: fleet.launch(&mut command)?,
        })
    }

    /// The requests so far that have ended.
    ///
    /// # Errors
    /// When the client's record cannot be read.
    pub fn requests(&self) -> Result<Requests> {
        let failed = |error: String| Error::failed(self.log.display(), error);
        let text = fs::read_to_string(&self.log).map_err(|error| failed(error.to_string()))?;
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let read = |line| {
            serde_json::from_str::<Request>(line).map_err(|error| failed(format!("{error} in {line}")))
        };
        let mut all = whole.lines().map(read).collect::<Result<Vec<_>>>()?;
        all.sort_by(|a, b| a.at.total_cmp(&b.at));
        Ok(Requests { all })
    }

    /// Waits until the requests that are under way have ended, ends the client, and returns all requests.
    ///
    /// # Errors
    /// When the client has ended by itself or its record cannot be read.
    pub fn finish(self) -> Result<Requests> {
        let end = now();
        std::thread::sleep(self.timeout + Duration::from_millis(200));
        let lives = self.running.lives();
        let requests = self.requests()?;
        if !lives {
            return Err(Error::failed("the client", "it ended by itself"));
        }
        Ok(requests.between(0.0, end))
    }
}

impl Requests {
    /// Those that began in a span of time, in seconds since the epoch.
    #[must_use]
    pub fn between(&self, from: f64, until: f64) -> Requests {
        Requests {
            all: self
                .all
                .iter()
                .filter(|request| (from..until).contains(&request.at))
                .cloned()
                .collect(),
        }
    }

    /// Those without an answer, or with one that is a server's error (500 and above).
    pub fn failed(&self) -> Vec<&Request> {
        self.all.iter().filter(|request| !request.succeeded()).collect()
    }

    /// How many each stand-in answered.
    pub fn answered_by(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for who in self.all.iter().filter_map(|request| request.who.as_deref()) {
            *counts.entry(who).or_default() += 1;
        }
        counts
    }

    /// The outages: from the beginning of a failed request to that of the next one that succeeded, or to the last one's.
    pub fn outages(&self) -> Vec<Duration> {
        let mut outages = Vec::new();
        let mut since = None;
        for request in &self.all {
            match (since, request.succeeded()) {
                (None, false) => since = Some(request.at),
                (Some(start), true) => {
                    outages.push(Duration::from_secs_f64(request.at - start));
                    since = None;
                }
                (None, true) | (Some(_), false) => {}
            }
        }
        let last = self.all.last().map_or(0.0, |request| request.at);
        outages.extend(since.map(|start| Duration::from_secs_f64(last - start)));
        outages
    }
}

impl Request {
    /// Whether there was an answer that is no server's error.
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| status < 500)
    }
}

/// Now, in seconds since the epoch, to be used with [`Requests::between`].
pub fn now() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}
