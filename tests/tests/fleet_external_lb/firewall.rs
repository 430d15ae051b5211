//! The firewall of the load balancers lets in what they need, and nothing else.

use evenkeel_tests::fleet::ApiServer;

use crate::cluster::Cluster;

/// A port that nothing in the cluster uses.
const UNRELATED: u16 = 9999;

pub(crate) fn lets_in_what_is_needed(cluster: &Cluster) {
    let [one, two] = cluster.balancers();
    for (balancer, peer) in [(one, two), (two, one)] {
        let ask = |what: &str| {
            let answer = balancer.exec(&format!("firewall-cmd {what}")).unwrap();
            answer.trim().to_owned()
        };
        assert_eq!(ask("--state"), "running");
        let vrrp = format!(
            r#"rule family="ipv4" source address="{}/32" protocol value="vrrp" accept"#,
            peer.address()
        );
        for which in ["", "--permanent "] {
            assert_eq!(ask(&format!("{which}--list-ports")), "6443/tcp");
            assert_eq!(ask(&format!("{which}--list-rich-rules")), vrrp);
        }

        let address = balancer.address();
        let unrelated = ApiServer::start(&cluster.fleet, balancer, UNRELATED).unwrap();
        assert!(cluster.fleet.reaches(&format!("{address}:6443")));
        assert!(!cluster.fleet.reaches(&format!("{address}:{UNRELATED}")));
        unrelated.stop();
    }
}
