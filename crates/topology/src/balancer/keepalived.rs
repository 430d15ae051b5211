//! The variables of keepalived.

use std::time::Duration;

use crate::settings::settings;

settings! {
    /// How keepalived is set up.
    pub struct Keepalived {
        /// VRRP's virtual router id, unique on the network segment.
        virtual_router_id: u8 = 51, "keepalived_virtual_router_id", "";
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
