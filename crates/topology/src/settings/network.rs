//! Networks.

use ipnet::IpNet;

use super::Setting;

impl Setting for IpNet {
    const EXPECTED: &'static str = "a network such as `10.233.0.0/18`";

    fn read(value: &serde_json::Value) -> Option<IpNet> {
        let network: IpNet = value.as_str()?.trim().parse().ok()?;
        (network.trunc() == network).then_some(network)
    }

    fn show(&self) -> String {
        self.to_string()
    }
}
