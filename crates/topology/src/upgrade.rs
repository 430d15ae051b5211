//! How `upgrade.yml` goes through the cluster.

use crate::settings::Batch;
use crate::settings::Time;
use crate::settings::settings;

settings! {
    /// How hosts are upgraded; read from the first master.
    pub struct Upgrade {
        /// How many workers are upgraded at once: a number, or a share of them such as `20%`; always one at least.
        workers: Batch = Batch::of("20%"), "upgrade_serial", "hosts";
        /// How long pods may take to leave a node before the upgrade of the node is given up.
        drain: Time = Time::seconds(360), "drain_timeout", "time";
    }
}
