//! The captured machines that come with the library.

use std::sync::Arc;
use std::sync::OnceLock;

use crate::Catalogue;
use crate::Fixture;

impl Fixture {
    /// A freshly installed Debian 12: packages, units, users, kernel settings, files of `/etc` and what services use.
    ///
    /// ```
    /// assert!(evenkeel_host::Fixture::debian12().families().contains_key("package"));
    /// ```
    pub fn debian12() -> Arc<Fixture> {
        static CAPTURED: OnceLock<Arc<Fixture>> = OnceLock::new();
        let text = include_str!("../fixtures/debian12.json");
        let read = || {
            Arc::new(Fixture::from_json(text).unwrap_or_else(|error| unreachable!("debian12.json: {error}")))
        };
        Arc::clone(CAPTURED.get_or_init(read))
    }
}

impl Catalogue {
    /// What haproxy, keepalived, firewalld, nginx and etcd bring to a Debian 12 when they are installed.
    ///
    /// ```
    /// assert!(evenkeel_host::Catalogue::debian12().knows("haproxy"));
    /// ```
    pub fn debian12() -> Arc<Catalogue> {
        static CAPTURED: OnceLock<Arc<Catalogue>> = OnceLock::new();
        let text = include_str!("../fixtures/debian12-packages.json");
        let bad = |error| unreachable!("debian12-packages.json: {error}");
        let read = || Arc::new(Catalogue::from_json(text).unwrap_or_else(bad));
        Arc::clone(CAPTURED.get_or_init(read))
    }
}
