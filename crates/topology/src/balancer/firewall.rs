//! The variables of the firewall.

use crate::settings::settings;

settings! {
    /// The firewall of a host. It is firewalld, which keeps permanent and running settings apart; roles set both.
    pub struct Firewall {
        /// Whether firewalld is installed, run and told what the host's part in the cluster needs.
        enabled: bool = true, "firewalld_enabled", "";
        /// The zone that gets the host's interface and the rules; without it firewalld's default zone gets the rules.
        zone: Option<String> = None, "firewalld_zone", "";
        /// The interface that is put into the zone; a load balancer puts `keepalived_interface` there.
        interface: Option<String> = None, "firewalld_interface", "";
        /// The port of SSH, which stays open.
        ssh_port: u16 = 22, "ansible_port", "port";
    }
}
