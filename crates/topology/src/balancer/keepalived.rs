//! The variables of keepalived.

use std::time::Duration;

use crate::settings::Password;
use crate::settings::choice;
use crate::settings::settings;

choice! {
    /// How load balancers tell each other who lives (`keepalived_vrrp`).
    pub enum Vrrp {
        /// To each of the others: needs no multicast, and disturbs nobody else.
        Unicast = "unicast",
        /// To everybody on the network segment.
        Multicast = "multicast",
    }
    expected "`unicast` or `multicast`"
}

settings! {
    /// How keepalived is set up.
    pub struct Keepalived {
        /// VRRP's virtual router id, unique on the network segment.
        virtual_router_id: u8 = 51, "keepalived_virtual_router_id", "";
        /// How load balancers tell each other who lives: `unicast` or `multicast`.
        vrrp: Vrrp = Vrrp::Unicast, "keepalived_vrrp", "";
        /// A password of at most 8 characters against mistakes, not against attackers: it travels in clear. Keep it in a vault.
        auth_pass: Option<Password> = None, "keepalived_auth_pass", "";
        /// The time between two VRRP advertisements.
        advert_int: u64 = 1, "keepalived_advert_int", "seconds";
        /// The time between two checks of the HAProxy on the same host.
        interval: u64 = 2, "keepalived_check_interval", "seconds";
        /// How long such a check may take; at most the interval.
        timeout: u64 = 2, "keepalived_check_timeout", "seconds";
        /// Successful checks after which the host may hold the address again.
        rise: u64 = 2, "keepalived_check_rise", "checks";
        /// Failed checks after which the host gives the address away.
        fall: u64 = 3, "keepalived_check_fall", "checks";
    }
}

impl Keepalived {
    /// The longest time until the address has moved after HAProxy died: the checks, then the next host's skew (below
    /// one advertisement, RFC 5798, 6.1).
    pub fn failover(&self) -> Duration {
        Duration::from_secs(self.interval * self.fall + self.timeout + self.advert_int)
    }
}
