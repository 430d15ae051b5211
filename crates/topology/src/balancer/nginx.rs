//! The variables of nginx.

use crate::settings::Time;
use crate::settings::settings;

settings! {
    /// How nginx is set up, where it balances. It notices a failed connection, and does not ask whether a server is ready.
    pub struct Nginx {
        /// Connections of each worker process; a client and its server are two.
        connections: u64 = 16_384, "nginx_worker_connections", "connections";
        /// How long a server may take to accept a connection.
        connect: Time = Time::seconds(2), "nginx_proxy_connect_timeout", "time";
        /// How long both sides of a connection may be silent; dead clients are noticed earlier, by keepalive.
        proxy: Time = Time::seconds(3600), "nginx_proxy_timeout", "time";
        /// Failed connections after which a server is left out.
        max_fails: u64 = 1, "nginx_max_fails", "connections";
        /// How long it is left out, and within which time its failures are counted.
        fail_timeout: Time = Time::seconds(10), "nginx_fail_timeout", "time";
    }
}
