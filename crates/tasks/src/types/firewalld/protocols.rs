//! IP protocols by number and name, <https://www.iana.org/assignments/protocol-numbers>, with the names that
//! Debian's /etc/protocols has.

const PROTOCOLS: &[(u16, &[&str])] = &[
    (0, &["hopopt"]),
    (1, &["icmp"]),
    (2, &["igmp"]),
    (3, &["ggp"]),
    (4, &["ipencap", "ip-encap"]),
    (5, &["st"]),
    (6, &["tcp"]),
    (8, &["egp"]),
    (9, &["igp"]),
    (12, &["pup"]),
    (17, &["udp"]),
    (20, &["hmp"]),
    (22, &["xns-idp"]),
    (27, &["rdp"]),
    (29, &["iso-tp4"]),
    (33, &["dccp"]),
    (36, &["xtp"]),
    (37, &["ddp"]),
    (38, &["idpr-cmtp"]),
    (41, &["ipv6"]),
    (43, &["ipv6-route"]),
    (44, &["ipv6-frag"]),
    (45, &["idrp"]),
    (46, &["rsvp"]),
    (47, &["gre"]),
    (50, &["esp", "ipsec-esp"]),
    (51, &["ah", "ipsec-ah"]),
    (57, &["skip"]),
    (58, &["ipv6-icmp"]),
    (59, &["ipv6-nonxt"]),
    (60, &["ipv6-opts"]),
    (73, &["rspf", "cphb"]),
    (81, &["vmtp"]),
    (88, &["eigrp"]),
    (89, &["ospf", "ospfigp"]),
    (93, &["ax.25"]),
    (94, &["ipip"]),
    (97, &["etherip"]),
    (98, &["encap"]),
    (103, &["pim"]),
    (108, &["ipcomp"]),
    (112, &["vrrp"]),
    (115, &["l2tp"]),
    (124, &["isis"]),
    (132, &["sctp"]),
    (133, &["fc"]),
    (135, &["mobility-header"]),
    (136, &["udplite"]),
    (137, &["mpls-in-ip"]),
    (138, &["manet"]),
    (139, &["hip"]),
    (140, &["shim6"]),
    (141, &["wesp"]),
    (142, &["rohc"]),
    (143, &["ethernet"]),
    (262, &["mptcp"]),
];

/// The name of a protocol that is given by name or number, in one form; what is not known stays.
pub(super) fn canonical(protocol: &str) -> String {
    let text = protocol.to_lowercase();
    let number: Option<u16> = text.parse().ok();
    let known = PROTOCOLS
        .iter()
        .find(|(id, names)| Some(*id) == number || names.contains(&text.as_str()));
    match (known, number) {
        (Some((_, names)), _) => names.first().map_or(text.clone(), |name| (*name).to_owned()),
        (None, Some(number)) => number.to_string(),
        (None, None) => text,
    }
}
