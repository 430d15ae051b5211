//! The variables of HAProxy.

use crate::settings::Time;
use crate::settings::settings;

settings! {
    /// How HAProxy is set up. The defaults suit watches, `exec` and `logs -f`, which stay open for hours.
    pub struct Haproxy {
        /// Connections that HAProxy holds at once; each needs two file descriptors.
        maxconn: u64 = 20_000, "haproxy_maxconn", "connections";
        /// How long a server may take to accept a connection.
        connect: Time = Time::seconds(5), "haproxy_timeout_connect", "time";
        /// How long a check may take after it is connected.
        check: Time = Time::seconds(5), "haproxy_timeout_check", "time";
        /// How long a client may be silent.
        client: Time = Time::seconds(3600), "haproxy_timeout_client", "time";
        /// How long a server may be silent.
        server: Time = Time::seconds(3600), "haproxy_timeout_server", "time";
        /// How long both sides of an established connection may be silent; supersedes the two above.
        tunnel: Time = Time::seconds(4 * 3600), "haproxy_timeout_tunnel", "time";
        /// How long a client that has closed its side may keep the rest open.
        client_fin: Time = Time::seconds(30), "haproxy_timeout_client_fin", "time";
        /// The time between two checks of a server.
        inter: Time = Time::seconds(2), "haproxy_check_inter", "time";
        /// The time between two checks of a server that is down.
        downinter: Time = Time::seconds(5), "haproxy_check_downinter", "time";
        /// Successful checks after which a server is up again.
        rise: u64 = 2, "haproxy_check_rise", "checks";
        /// Failed checks after which a server is down.
        fall: u64 = 3, "haproxy_check_fall", "checks";
        /// The port on localhost that answers `/healthz` as long as HAProxy lives: what keepalived looks at.
        alive_port: u16 = 8404, "haproxy_alive_port", "port";
        /// The port on localhost that answers `/readyz` as long as an API server is usable: for people and monitoring.
        ready_port: u16 = 8405, "haproxy_ready_port", "port";
    }
}

/// The most connections that fit into the file descriptors which systemd gives a service (524288), two for each and a
/// reserve for listeners and checks.
pub(crate) const MOST_CONNECTIONS: u64 = 250_000;

/// The shortest silence that clients of a Kubernetes API need: watches are kept alive by a ping every 30 s.
pub(crate) const SHORTEST_SILENCE: Time = Time::seconds(35);
