//! How components reach etcd.

use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use crate::Contract;
use crate::Described;
use crate::reader::Reader;

/// The port on which etcd serves its clients.
pub(crate) const CLIENT_PORT: u16 = 2379;

/// How components reach etcd.
#[derive(Clone, Debug, PartialEq)]
pub struct EtcdAccess {
    /// `etcd_multiaccess`: clients get the addresses of all members; otherwise each goes through the proxy on its own
    /// localhost.
    pub multiaccess: bool,
    /// Why.
    pub why: String,
    /// Where `etcd_multiaccess` is set.
    pub place: Option<Place>,
    /// `http` in the kargo contract, `https` otherwise.
    pub scheme: &'static str,
    /// The members, in the order of the group.
    pub members: Vec<Arc<str>>,
}

impl EtcdAccess {
    pub(crate) fn read(
        described: &dyn Described,
        host: &Arc<str>,
        contract: Contract,
        members: Vec<Arc<str>>,
    ) -> Result<EtcdAccess, Problem> {
        let set = Reader::new(described, host).flag("etcd_multiaccess")?;
        let multiaccess = set.as_ref().is_some_and(|set| set.value);
        let why = match &set {
            Some(set) => format!("etcd_multiaccess is {}", set.value),
            None => "the default, as etcd_multiaccess is not set".to_owned(),
        };
        let scheme = if contract == Contract::Kargo {
            "http"
        } else {
            "https"
        };
        Ok(EtcdAccess {
            multiaccess,
            why,
            place: set.and_then(|set| set.place),
            scheme,
            members,
        })
    }
}
