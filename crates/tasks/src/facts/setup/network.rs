//! Interfaces, addresses, routes, name servers.

use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::address::netmask;
use super::address::network;
use super::sections::Sections;

/// What `ip -d -j addr` says of an interface.
#[derive(Deserialize)]
struct Link {
    ifname: String,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    mtu: u64,
    #[serde(default)]
    operstate: String,
    #[serde(default)]
    link_type: String,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    addr_info: Vec<Address>,
    #[serde(default)]
    linkinfo: Info,
    /// The bridge or bond that it belongs to.
    master: Option<String>,
}

/// What an interface is where it is no card, ip-link(8).
#[derive(Default, Deserialize)]
struct Info {
    #[serde(default)]
    info_kind: String,
    #[serde(default)]
    info_data: Value,
}

/// An address of an interface.
#[derive(Deserialize)]
struct Address {
    family: String,
    local: Option<String>,
    #[serde(default)]
    prefixlen: u32,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    broadcast: Option<String>,
}

/// What `ip -j route get` says.
#[derive(Deserialize)]
struct Route {
    dev: String,
    #[serde(default)]
    gateway: Option<String>,
    #[serde(default)]
    prefsrc: Option<String>,
}

pub(super) fn add(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let links: Vec<Link> = serde_json::from_str(from.command("addresses")).unwrap_or_default();
    for link in &links {
        let mut described = describe(link);
        if let Some(described) = described.as_object_mut() {
            described.extend(of_members(link, &links));
        }
        facts.insert(link.ifname.replace(['-', ':'], "_"), described);
    }
    facts.insert(
        "interfaces".to_owned(),
        links.iter().map(|link| json!(link.ifname)).collect(),
    );
    facts.insert("all_ipv4_addresses".to_owned(), all(&links, "inet"));
    facts.insert("all_ipv6_addresses".to_owned(), all(&links, "inet6"));
    facts.insert(
        "default_ipv4".to_owned(),
        default(&links, from.command("route4"), "inet"),
    );
    facts.insert(
        "default_ipv6".to_owned(),
        default(&links, from.command("route6"), "inet6"),
    );
    facts.insert("dns".to_owned(), dns(from.file("/etc/resolv.conf").unwrap_or("")));
}

fn of_family<'a>(link: &'a Link, family: &'a str) -> impl Iterator<Item = (&'a Address, &'a str)> {
    let known = link
        .addr_info
        .iter()
        .filter(move |address| address.family == family);
    known.filter_map(|address| Some((address, address.local.as_deref()?)))
}

/// Addresses that others can reach the machine by.
fn all(links: &[Link], family: &str) -> Value {
    let public = |text: &&str| !text.starts_with("127.") && *text != "::1";
    links
        .iter()
        .flat_map(|link| of_family(link, family).map(|(_, text)| text))
        .filter(public)
        .collect()
}

fn kind(link: &Link) -> &str {
    match link.link_type.as_str() {
        "none" => "unknown",
        kind => kind,
    }
}

/// What bridges and bonds have beside other interfaces.
fn of_members(link: &Link, links: &[Link]) -> Map<String, Value> {
    let data = &link.linkinfo.info_data;
    let members = links
        .iter()
        .filter(|other| other.master.as_ref() == Some(&link.ifname));
    let members: Vec<&str> = members.map(|member| member.ifname.as_str()).collect();
    let facts = match link.linkinfo.info_kind.as_str() {
        "bridge" => json!({
            "type": "bridge",
            "interfaces": members,
            "id": data["bridge_id"].as_str().unwrap_or(""),
            "stp": data["stp_state"].as_u64() == Some(1),
        }),
        "bond" => json!({
            "type": "bonding",
            "slaves": members,
            "mode": data["mode"].as_str().unwrap_or(""),
            "miimon": data["miimon"].as_u64().unwrap_or_default().to_string(),
            "lacp_rate": data["ad_lacp_rate"].as_str().unwrap_or(""),
        }),
        _ => json!({}),
    };
    facts.as_object().cloned().unwrap_or_default()
}

fn describe(link: &Link) -> Value {
    let mut facts = json!({
        "device": link.ifname,
        "active": link.operstate != "DOWN",
        "mtu": link.mtu,
        "promisc": link.flags.iter().any(|flag| flag == "PROMISC"),
        "type": kind(link),
    });
    if let Some(address) = link.address.as_ref().filter(|_| link.link_type != "loopback") {
        facts["macaddress"] = json!(address);
    }
    let mut v4 = of_family(link, "inet").map(|(address, text)| ipv4(address, text));
    if let Some(first) = v4.next() {
        facts["ipv4"] = first;
    }
    let more: Vec<Value> = v4.collect();
    if !more.is_empty() {
        facts["ipv4_secondaries"] = json!(more);
    }
    let v6: Vec<Value> = of_family(link, "inet6")
        .map(|(address, text)| {
            json!({"address": text, "prefix": address.prefixlen.to_string(), "scope": address.scope})
        })
        .collect();
    if !v6.is_empty() {
        facts["ipv6"] = json!(v6);
    }
    facts
}

fn ipv4(address: &Address, text: &str) -> Value {
    let network = text
        .parse()
        .map(|ip| network(ip, address.prefixlen).to_string())
        .unwrap_or_default();
    json!({
        "address": text,
        "broadcast": address.broadcast.as_deref().unwrap_or(""),
        "netmask": netmask(address.prefixlen).to_string(),
        "network": network,
        "prefix": address.prefixlen.to_string(),
    })
}

/// The address and the interface that packets to elsewhere leave by; empty without such a route.
fn default(links: &[Link], route: &str, family: &str) -> Value {
    let routes: Vec<Route> = serde_json::from_str(route).unwrap_or_default();
    let Some(route) = routes.first() else {
        return json!({});
    };
    let mut facts = json!({"interface": route.dev});
    if let Some(gateway) = &route.gateway {
        facts["gateway"] = json!(gateway);
    }
    if let Some(address) = &route.prefsrc {
        facts["address"] = json!(address);
    }
    let Some(link) = links.iter().find(|link| link.ifname == route.dev) else {
        return facts;
    };
    facts["mtu"] = json!(link.mtu);
    facts["type"] = json!(kind(link));
    if let Some(address) = &link.address {
        facts["macaddress"] = json!(address);
    }
    let found = of_family(link, family).find(|(_, text)| route.prefsrc.as_deref() == Some(text));
    let details = match (found, family) {
        (Some((address, text)), "inet") => {
            let mut details = ipv4(address, text);
            details["alias"] = json!(route.dev);
            details
        }
        (Some((address, _)), _) => json!({"prefix": address.prefixlen.to_string(), "scope": address.scope}),
        (None, _) => json!({}),
    };
    if let (Some(facts), Value::Object(details)) = (facts.as_object_mut(), details) {
        facts.extend(details);
    }
    facts
}

fn dns(text: &str) -> Value {
    let mut dns = json!({});
    for line in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
        let mut words = line.split_whitespace();
        let (key, words) = (words.next(), words.collect::<Vec<_>>());
        match (key, words.first()) {
            (Some("nameserver"), Some(server)) => {
                if let Value::Array(servers) = &mut dns["nameservers"] {
                    servers.push(json!(server));
                } else {
                    dns["nameservers"] = json!([server]);
                }
            }
            (Some("domain"), Some(domain)) => dns["domain"] = json!(domain),
            (Some("search"), Some(_)) => dns["search"] = json!(words),
            (Some("options"), Some(_)) => {
                let option = |word: &&str| match word.split_once(':') {
                    Some((key, value)) => (key.to_owned(), json!(value)),
                    None => ((*word).to_owned(), json!(true)),
                };
                dns["options"] = Value::Object(words.iter().map(option).collect());
            }
            _ => {}
        }
    }
    dns
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of iproute2 6.1, shortened.
    #[test]
    fn a_bridge_names_its_interfaces() {
        let text = r#"[{"ifname": "br0", "link_type": "ether", "addr_info": [], "linkinfo": {"info_kind": "bridge",
            "info_data": {"stp_state": 1, "bridge_id": "8000.4a:e4:47:a2:5f:28"}}},
            {"ifname": "veth1", "link_type": "ether", "master": "br0", "addr_info": [], "linkinfo": {"info_kind": "veth"}}]"#;
        let links: Vec<Link> = serde_json::from_str(text).expect("links");
        let facts = |at: usize| Value::Object(of_members(&links[at], &links));
        let bridge =
            json!({"type": "bridge", "interfaces": ["veth1"], "id": "8000.4a:e4:47:a2:5f:28", "stp": true});
        assert_eq!((facts(0), facts(1)), (bridge, json!({})));
    }
}
