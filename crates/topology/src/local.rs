//! The local load balancer: on every node that is no master, bound to localhost.

use std::sync::Arc;

use evenkeel_yaml::Problem;

use crate::ApiAccess;
use crate::Check;
use crate::Haproxy;
use crate::Mode;
use crate::Nginx;
use crate::Server;
use crate::balancer::Behind;
use crate::balancer::check_of;
use crate::reader::Reader;
use crate::settings::choice;

choice! {
    /// The program that balances.
    pub enum Program {
        /// HAProxy: asks each API server whether it is ready.
        Haproxy = "haproxy",
        /// nginx (stream): notices only failed connections.
        Nginx = "nginx",
    }
    expected "`haproxy` or `nginx`"
}

/// A load balancer on the localhost of each of some hosts, in front of all API servers.
#[derive(Clone, Debug, PartialEq)]
pub struct Local {
    /// `loadbalancer_apiserver_type`: nginx, or HAProxy.
    pub program: Program,
    /// The port on 127.0.0.1.
    pub port: u16,
    /// Where it runs.
    pub hosts: Vec<Arc<str>>,
    /// The API servers.
    pub servers: Vec<Server>,
    /// How HAProxy checks them.
    pub check: Check,
    /// How HAProxy is set up.
    pub haproxy: Haproxy,
    /// How nginx is set up.
    pub nginx: Nginx,
}

impl Local {
    /// Reads it, where the mode is local and there are hosts for it.
    pub(crate) fn read(
        reader: &Reader<'_>,
        api: &ApiAccess,
        hosts: Vec<Arc<str>>,
        behind: &Behind<'_>,
    ) -> Result<Option<Local>, Vec<Problem>> {
        if api.mode != Mode::Local || hosts.is_empty() {
            return Ok(None);
        }
        let one = |problem: Problem| vec![problem];
        Ok(Some(Local {
            program: reader
                .setting("loadbalancer_apiserver_type")
                .map_err(one)?
                .unwrap_or(Program::Nginx),
            port: api.local_port,
            hosts,
            servers: behind.api_servers(api),
            check: check_of(reader, behind.answer_anybody).map_err(one)?,
            haproxy: Haproxy::read(reader)?,
            nginx: Nginx::read(reader)?,
        }))
    }
}
