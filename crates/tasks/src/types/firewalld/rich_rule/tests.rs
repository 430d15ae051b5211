use super::RichRule;

/// What firewalld 1.3.3 prints for each text, captured from `getZoneSettings2` after `addRichRule`.
const PRINTED: &[(&str, &str)] = &[
    (
        "rule protocol value=\"112\" accept",
        "rule protocol value=\"112\" accept",
    ),
    (
        "rule family=ipv4 source address=10.0.0.0/24 port port=80 protocol=tcp log prefix=\"x y\" level=info limit value=1/minute accept limit value=\"3/s\"",
        "rule family=\"ipv4\" source address=\"10.0.0.0/24\" port port=\"80\" protocol=\"tcp\" log prefix=\"x y\" level=\"info\" limit value=\"1/m\" accept limit value=\"3/s\"",
    ),
    (
        "rule priority=-5 family=ipv4 source NOT address=10.0.0.1/32 reject type=icmp-host-prohibited",
        "rule priority=\"-5\" family=\"ipv4\" source NOT address=\"10.0.0.1/32\" reject type=\"icmp-host-prohibited\"",
    ),
    (
        "rule family=\"ipv4\" destination address=\"224.0.0.18\" protocol value=\"vrrp\" mark set=0x10/0xff",
        "rule family=\"ipv4\" destination address=\"224.0.0.18\" protocol value=\"vrrp\" mark set=0x10/0xff",
    ),
    (
        "rule family=\"ipv4\" forward-port port=80 protocol=tcp to-port=8080 to-addr=10.1.1.1",
        "rule family=\"ipv4\" forward-port port=\"80\" protocol=\"tcp\" to-port=\"8080\" to-addr=\"10.1.1.1\"",
    ),
    (
        "rule family=\"ipv4\" source mac=00:11:22:33:44:55 drop",
        "rule family=\"ipv4\" source mac=\"00:11:22:33:44:55\" drop",
    ),
    (
        "rule nflog group=1 prefix=abc queue-size=3 service name=http accept",
        "rule service name=\"http\" nflog group=\"1\" prefix=\"abc\" queue-size=\"3\" accept",
    ),
];

/// Texts that mean the same, on one line each.
const SAME: &[&[&str]] = &[
    &[
        "rule protocol value=112 accept",
        "rule protocol value=\"vrrp\" accept",
        "rule accept protocol value='VRRP'",
    ],
    &[
        "rule family=ipv4 source address=192.0.2.1/32 protocol value=vrrp accept",
        "rule family=\"ipv4\" source address=\"192.0.2.1\" protocol value=\"112\" accept",
        "rule family=ipv4 source address=192.0.2.1/255.255.255.255 protocol value=112 accept",
        "rule protocol value=112 accept source address=192.0.2.1 family=ipv4",
    ],
    &[
        "rule family=ipv4 source address=10.1.2.3/8 drop",
        "rule family=ipv4 source address=10.0.0.0/8 drop",
        "rule family=ipv4 source address=10.0.0.0/255.0.0.0 drop priority=0",
    ],
    &[
        "rule family=ipv6 destination address=2001:DB8:0:0::1/128 port port=0443 protocol=tcp accept",
        "rule family=ipv6 destination address=2001:db8::1 port port=443-443 protocol=tcp accept",
    ],
    &[
        "rule family=ipv6 source address=2001:db8::5/32 drop",
        "rule family=ipv6 source address=2001:db8::/32 drop",
    ],
    &[
        "rule family=ipv4 source not address=10.0.0.1 reject type=host-prohib",
        "rule family=ipv4 source NOT address=10.0.0.1/32 reject type=icmp-host-prohibited",
        "rule family=ipv4 source address=10.0.0.1 invert=yes reject type=icmp-host-prohibited",
    ],
    &[
        "rule family=ipv6 source address=::1 reject type=port-unreach",
        "rule family=ipv6 source address=::1 reject type=icmp6-port-unreachable",
    ],
    &[
        "rule family=ipv4 source address=10.0.0.1 reject type=port-unreach",
        "rule family=ipv4 source address=10.0.0.1 reject type=icmp-port-unreachable",
    ],
    &[
        "rule service name=ssh log prefix=a level=info limit value=3/m accept",
        "rule service name=\"ssh\" accept log limit value=3/minute level=info prefix=a",
    ],
    &[
        "rule service name=ssh audit limit value=1/h drop",
        "rule drop audit limit value=\"1/hour\" service name=ssh",
    ],
    &[
        "rule service name=http mark set=16",
        "rule service name=http mark set=0x10/0xffffffff",
    ],
    &[
        "rule family=ipv4 source mac=00:aa:BB:cc:dd:EE drop",
        "rule family=ipv4 source mac=00:AA:bb:CC:DD:ee drop",
    ],
    &["rule tcp-mss-clamp", "rule tcp-mss-clamp value=pmtu"],
    &[
        "rule port port=90-80 protocol=udp accept",
        "rule port port=80-90 protocol=udp accept",
    ],
    &[
        "rule service name=ssh accept limit value=5/m burst=0",
        "rule service name=ssh accept limit value=5/m",
    ],
    &[
        "rule nflog group=0 queue-size=0 service name=ssh",
        "rule service name=ssh nflog",
    ],
];

/// Rules that mean different things although they look alike.
const DIFFERENT: &[(&str, &str)] = &[
    ("rule service name=ssh accept", "rule service name=ssh drop"),
    (
        "rule service name=ssh accept",
        "rule family=ipv4 service name=ssh accept",
    ),
    (
        "rule priority=1 service name=ssh accept",
        "rule priority=-1 service name=ssh accept",
    ),
    (
        "rule family=ipv4 source address=10.0.0.0/8 drop",
        "rule family=ipv4 destination address=10.0.0.0/8 drop",
    ),
    (
        "rule family=ipv4 source address=10.0.0.1 drop",
        "rule family=ipv4 source NOT address=10.0.0.1 drop",
    ),
    (
        "rule port port=80 protocol=tcp accept",
        "rule port port=80 protocol=udp accept",
    ),
    (
        "rule port port=80 protocol=tcp accept",
        "rule source-port port=80 protocol=tcp accept",
    ),
    ("rule protocol value=112 accept", "rule protocol value=113 accept"),
    (
        "rule service name=ssh accept",
        "rule service name=ssh accept limit value=5/m",
    ),
    (
        "rule service name=ssh accept limit value=5/m",
        "rule service name=ssh accept limit value=5/s",
    ),
    (
        "rule service name=ssh accept limit value=5/m",
        "rule service name=ssh accept limit value=5/m burst=9",
    ),
    (
        "rule service name=ssh log accept",
        "rule service name=ssh audit accept",
    ),
    (
        "rule service name=ssh log prefix=a accept",
        "rule service name=ssh log prefix=b accept",
    ),
    (
        "rule icmp-block name=redirect",
        "rule icmp-type name=redirect accept",
    ),
    (
        "rule service name=ssh mark set=1",
        "rule service name=ssh mark set=1/0xf",
    ),
    (
        "rule family=ipv4 source ipset=a drop",
        "rule family=ipv4 source ipset=b drop",
    ),
];

/// What is no rule, and a part of what is said about it.
const WRONG: &[(&str, &str)] = &[
    ("", "begins with `rule`"),
    ("accept", "begins with `rule`"),
    ("family=ipv4 rule accept", "outside of the rule"),
    ("rule", "does nothing"),
    ("rule accept", "needs a `priority`"),
    ("rule service name=ssh", "does nothing"),
    (
        "rule service name=ssh port port=1 protocol=tcp accept",
        "more than one element",
    ),
    ("rule service name=ssh accept drop", "more than one action"),
    ("rule service name=ssh log nflog accept", "more than one log"),
    (
        "rule family=ipv4 source address=10.0.0.1 source address=10.0.0.2 drop",
        "more than one source",
    ),
    ("rule source address=10.0.0.1 drop", "needs `family`"),
    (
        "rule family=ipv6 source address=10.0.0.1 drop",
        "no address of ipv6",
    ),
    (
        "rule family=ipv4 source address=10.0.0.1/33 drop",
        "no address of ipv4",
    ),
    (
        "rule family=ipv4 source address=10.0.0.256 drop",
        "no address of ipv4",
    ),
    ("rule family=ipv5 service name=ssh drop", "neither ipv4 nor ipv6"),
    (
        "rule family=ipv4 source mac=00:11:22:33:44 drop",
        "no MAC address",
    ),
    (
        "rule family=ipv4 source address=1.1.1.1 mac=00:11:22:33:44:55 drop",
        "takes one of",
    ),
    ("rule family=ipv4 source drop", "needs an `address`"),
    ("rule service accept", "needs `name`"),
    ("rule service name=ssh colour=red accept", "has no `colour`"),
    ("rule port port=80 accept", "needs `protocol`"),
    ("rule port port=70000 protocol=tcp accept", "is no port"),
    ("rule port port=80 protocol=icmp accept", "has no ports"),
    ("rule protocol=tcp accept", "protocol value"),
    ("rule protocol value=300 accept", "is no protocol"),
    ("rule priority=40000 service name=ssh accept", "-32768"),
    ("rule service name=ssh log level=loud accept", "none of emerg"),
    ("rule service name=ssh accept limit", "needs `value`"),
    ("rule service name=ssh accept limit value=5", "RATE/DURATION"),
    ("rule service name=ssh accept limit value=0/m", "cannot limit"),
    ("rule service name=ssh accept limit value=1/d", "cannot limit"),
    ("rule service name=ssh accept limit value=5/w", "RATE/DURATION"),
    ("rule limit value=5/m service name=ssh accept", "misplaced"),
    ("rule service name=ssh reject type=host-prohib", "needs `family`"),
    (
        "rule family=ipv4 service name=ssh reject type=no-route",
        "is none of",
    ),
    ("rule service name=ssh mark set=x", "no number"),
    ("rule service name=ssh mark", "needs `set`"),
    ("rule masquerade accept", "takes no action"),
    ("rule icmp-block name=redirect drop", "takes no action"),
    (
        "rule forward-port port=1 protocol=tcp to-port=2",
        "needs `family`",
    ),
    (
        "rule family=ipv4 forward-port port=1 protocol=tcp",
        "`to-port` or `to-addr`",
    ),
    (
        "rule family=ipv4 forward-port port=1 protocol=tcp to-addr=10.0.0.0/8",
        "no address of ipv4",
    ),
    ("rule tcp-mss-clamp value=100", "536"),
    ("rule service name=ssh audit mark set=1", "`audit` needs"),
    ("rule service name=\"ssh accept", "quote"),
    ("rule service name= accept", "no `name=value`"),
    ("rule service name=a=b accept", "no `name=value`"),
    ("rule frobnicate accept", "no element"),
];

fn rule(text: &str) -> RichRule {
    text.parse().unwrap_or_else(|why| panic!("{text}: {why}"))
}

#[test]
fn rules_are_written_as_firewalld_prints_them() {
    for (text, printed) in PRINTED {
        assert_eq!(rule(text).to_string(), *printed);
        assert_eq!(rule(printed), rule(text));
    }
}

#[test]
fn texts_that_mean_the_same_are_one_rule() {
    for texts in SAME {
        for text in *texts {
            assert_eq!(rule(text).canonical(), rule(texts[0]).canonical(), "{text}");
            let canonical = rule(text).canonical();
            assert_eq!(rule(&canonical.to_string()).canonical(), canonical, "{text}");
        }
    }
}

#[test]
fn rules_that_differ_are_kept_apart() {
    for (one, other) in DIFFERENT {
        assert_ne!(rule(one).canonical(), rule(other).canonical());
    }
}

#[test]
fn what_is_no_rule_is_refused_with_the_reason() {
    for (text, reason) in WRONG {
        match text.parse::<RichRule>() {
            Ok(rule) => panic!("{text} is read as {rule}"),
            Err(why) => assert!(why.contains(reason), "{text}: {why}"),
        }
    }
}

/// 100,000 mutations of rules: none panics, and what is read reads back as itself.
#[test]
fn no_text_makes_the_reader_panic() {
    let pieces = [
        "rule ",
        "\"",
        "'",
        "\\",
        "=",
        " ",
        "limit value=1/m ",
        "family=ipv6 ",
        "NOT ",
        "/",
        "::",
        "é",
        "\0",
        "-1",
        "0x",
        "accept ",
    ];
    let seeds: Vec<&str> = PRINTED
        .iter()
        .map(|(text, _)| *text)
        .chain(SAME.iter().flat_map(|texts| texts.iter().copied()))
        .collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    let mut read = 0;
    for _ in 0..100_000 {
        let mut text: Vec<char> = seeds[random(seeds.len())].chars().collect();
        for _ in 0..=random(4) {
            let at = random(text.len() + 1);
            match random(4) {
                0 => drop(text.splice(at..at, pieces[random(pieces.len())].chars())),
                1 => drop(text.drain(at..(at + random(6)).min(text.len()))),
                2 if at < text.len() => text[at] = char::from(u8::try_from(random(128)).unwrap()),
                _ => {
                    let from = random(text.len() + 1).min(at);
                    let part: Vec<char> = text[from..at].to_vec();
                    text.splice(at..at, part);
                }
            }
        }
        let text: String = text.into_iter().collect();
        if let Ok(rule) = text.parse::<RichRule>() {
            read += 1;
            let canonical = rule.canonical();
            assert_eq!(canonical.canonical(), canonical, "{text}");
        }
    }
    assert!(
        read > 5_000,
        "only {read} of the mutations are rules: the test mutates too much"
    );
}
