//! `firewalld`: zones and what they let through.

mod protocols;
mod rich_rule;
mod setting;
mod work;

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::Argument;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::firewalld::Permanent;
use crate::facts::firewalld::PermanentZone;
use crate::facts::firewalld::Running;
use crate::facts::firewalld::Runtime;
use crate::facts::firewalld::RuntimeZone;
use crate::facts::want;
use rich_rule::RichRule;
use rich_rule::TRANSPORTS;
use rich_rule::is_port;
use setting::Setting;

words! {
    /// Whether a setting or a zone should be there.
    pub enum State {
        /// The setting should hold.
        Enabled = "enabled",
        /// The setting should not hold.
        Disabled = "disabled",
        /// The zone should exist, or have the target.
        Present = "present",
        /// The zone should not exist, or have the default target.
        Absent = "absent",
    }
}

words! {
    /// What happens to packets that nothing else decides on.
    pub enum Target {
        /// They are refused, but for what always passes.
        Default = "default",
        /// They pass.
        Accept = "ACCEPT",
        /// They are dropped without an answer.
        Drop = "DROP",
        /// They are refused with an answer.
        Reject = "%%REJECT%%",
    }
}

arguments! {
    /// Manages zones of firewalld.
    pub struct Firewalld {
        /// Whether the setting should hold (`enabled`, `disabled`), or the zone exist (`present`, `absent`).
        state: State,
        /// The zone; without it, the default zone.
        zone: Option<Text>,
        /// A rule of the rich language; rules that mean the same are one.
        rich_rule: Option<Text>,
        /// A port or a range with its protocol: `6443/tcp`, `2379-2380/tcp`.
        port: Option<Text>,
        /// The name of a service that firewalld knows.
        service: Option<Text>,
        /// A protocol, by name or number.
        protocol: Option<Text>,
        /// An address, a network, a MAC address or `ipset:NAME` that belongs to the zone.
        source: Option<Text>,
        /// An interface that belongs to the zone; it leaves the zone it is in.
        interface: Option<Text>,
        /// Whether addresses are masked.
        masquerade: Option<bool>,
        /// Whether packets pass between interfaces of the zone.
        forward: Option<bool>,
        /// A list with one mapping of `port`, `proto`, `toport` and perhaps `toaddr`.
        port_forward: Option<Vec<Node>>,
        /// A type of ICMP that is blocked.
        icmp_block: Option<Text>,
        /// Whether all types of ICMP but those named are blocked.
        icmp_block_inversion: Option<bool>,
        /// What happens to packets that nothing else decides on.
        target: Option<Target>,
        /// Whether the setting holds after the next start. Without `permanent` and `immediate` it holds now only.
        permanent: bool = false,
        /// Whether the setting holds now.
        immediate: bool = false,
        /// Seconds after which a setting that holds now ends.
        timeout: i64 = 0,
        /// Where firewalld does not run, changes its files; for permanent settings only.
        offline: bool = false,
    }
}

/// What was seen of a zone.
#[derive(Debug)]
pub struct Seen {
    runtime: Known<Runtime>,
    permanent: Option<Known<Permanent>>,
}

fn wrong(text: &Text, what: &str) -> Problem {
    Problem::error("task::value", format!("`{}` {what}", text.text)).at(&text.place, "here")
}

/// Whether it can be a word of firewalld's: the name of a zone, a service, a type.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

impl Firewalld {
    /// Whether it is to hold now.
    fn is_immediate(&self) -> bool {
        self.immediate || !self.permanent
    }

    fn zone_key(&self) -> String {
        self.zone.as_ref().map_or(String::new(), |zone| zone.text.clone())
    }

    /// Whether the setting should hold, or the zone exist.
    fn wanted(&self) -> bool {
        let on = matches!(self.state, State::Enabled | State::Present);
        // `masquerade: false` with `state: enabled` means that it is off.
        let switch = self.masquerade.or(self.forward).or(self.icmp_block_inversion);
        on == switch.unwrap_or(true)
    }

    /// All settings that are given, read.
    fn settings(&self) -> Vec<std::result::Result<Setting, Problem>> {
        let mut all = Vec::new();
        let word = |text: &Text, what: &str| match is_word(&text.text) {
            true => Ok(text.text.clone()),
            false => Err(wrong(text, what)),
        };
        all.extend(
            self.service
                .iter()
                .map(|text| word(text, "is no name of a service").map(Setting::Service)),
        );
        all.extend(
            self.icmp_block
                .iter()
                .map(|text| word(text, "is no type of ICMP").map(Setting::IcmpBlock)),
        );
        all.extend(
            self.protocol
                .iter()
                .map(|text| word(text, "is no protocol").map(Setting::Protocol)),
        );
        all.extend(self.port.iter().map(port));
        all.extend(self.source.iter().map(source));
        all.extend(self.interface.iter().map(interface));
        all.extend(self.rich_rule.iter().map(rule));
        all.extend(self.port_forward.iter().map(|nodes| forward_port(nodes)));
        all.extend(self.masquerade.map(|_| Ok(Setting::Masquerade)));
        all.extend(self.forward.map(|_| Ok(Setting::Forward)));
        all.extend(self.icmp_block_inversion.map(|_| Ok(Setting::IcmpBlockInversion)));
        all.extend(self.target.map(|target| Ok(Setting::Target(target))));
        all
    }

    /// The setting; `None` when the zone itself is meant.
    fn setting(&self) -> Option<Setting> {
        self.settings().into_iter().find_map(std::result::Result::ok)
    }

    /// The running zone where this run will have started or stopped firewalld: what its files say.
    fn just_started(&self, on: &View<'_>, permanent: Option<&Known<Permanent>>) -> Result<Option<Runtime>> {
        let Ok(Known::Is(running)) = on.fact(Running) else {
            return Ok(None);
        };
        let permanent = match permanent {
            Some(permanent) => permanent.clone(),
            None => on.fact(PermanentZone(self.zone_key()))?,
        };
        let Known::Is(Permanent {
            name,
            is_default,
            zone,
        }) = permanent
        else {
            return Ok(None);
        };
        Ok(Some(Runtime {
            running,
            name,
            is_default,
            zone: zone.filter(|_| running),
        }))
    }

    fn check_state(&self, problems: &mut Vec<Problem>) {
        let of_zone = matches!(self.state, State::Present | State::Absent);
        let setting = self.setting();
        match &setting {
            None if !of_zone => problems.push(
                Problem::error("task::missing", "the task sets nothing")
                    .help("give one setting, as `service` or `rich_rule`; `state: present` creates a zone"),
            ),
            Some(setting) if of_zone && !matches!(setting, Setting::Target(_)) => problems.push(
                Problem::error("task::value", "`present` and `absent` are for zones and targets")
                    .help("write `enabled` or `disabled`"),
            ),
            _ => {}
        }
        let needs_zone = match &setting {
            None => of_zone,
            Some(Setting::Target(_) | Setting::Interface(_)) => true,
            Some(_) => false,
        };
        if needs_zone && self.zone.is_none() {
            problems.push(
                Problem::error("task::missing", "`zone` is missing").help("name the zone that is meant"),
            );
        }
        let of_files = matches!(setting, Some(Setting::Target(_))) || (setting.is_none() && of_zone);
        if of_files && (!self.permanent || self.immediate) {
            problems.push(
                Problem::error("task::value", "zones and targets can only be changed permanently")
                    .help("write `permanent: true` without `immediate`, and reload firewalld afterwards"),
            );
        }
        if self.offline && !self.permanent {
            problems.push(Problem::error("task::value", "`offline` needs `permanent: true`"));
        }
        if self.timeout != 0 && !self.is_immediate() {
            problems.push(
                Problem::error(
                    "task::value",
                    "`timeout` is for settings that hold now, and this one is permanent only",
                )
                .help("drop `timeout`, or `permanent`"),
            );
        }
        if self.timeout < 0 || (self.timeout > 0 && setting.is_some_and(|setting| !setting.may_end())) {
            problems.push(Problem::error(
                "task::value",
                "`timeout` cannot be used here: this setting does not end by itself",
            ));
        }
    }
}

fn port(text: &Text) -> std::result::Result<Setting, Problem> {
    match text.text.trim().split_once('/') {
        Some((port, protocol)) if is_port(port) && TRANSPORTS.contains(&protocol) => {
            Ok(Setting::Port(port.to_owned(), protocol.to_owned()))
        }
        Some((port, _)) if is_port(port) => Err(wrong(text, "has no known protocol")
            .help(format!("write one of {} after `/`", TRANSPORTS.join(", ")))),
        _ => Err(wrong(text, "is no port with its protocol").help("write `6443/tcp` or `2379-2380/tcp`")),
    }
}

fn source(text: &Text) -> std::result::Result<Setting, Problem> {
    let source = text.text.trim();
    let address = source.split('/').next().unwrap_or("");
    let is_address = address.parse::<std::net::IpAddr>().is_ok();
    let is_mac = source.split(':').count() == 6 && source.len() == 17;
    if is_address || is_mac || source.strip_prefix("ipset:").is_some_and(is_word) {
        return Ok(Setting::Source(source.to_owned()));
    }
    Err(wrong(text, "is no source").help("write an address, a network, a MAC address or `ipset:NAME`"))
}

fn interface(text: &Text) -> std::result::Result<Setting, Problem> {
    let name = text.text.trim();
    let known = |c: char| !c.is_whitespace() && c != '/' && !c.is_control();
    if !name.is_empty() && name.len() <= 16 && !name.starts_with('-') && name.chars().all(known) {
        return Ok(Setting::Interface(name.to_owned()));
    }
    Err(wrong(text, "is no name of an interface"))
}

fn rule(text: &Text) -> std::result::Result<Setting, Problem> {
    match text.text.parse::<RichRule>() {
        Ok(rule) => Ok(Setting::RichRule(Box::new(rule))),
        Err(why) => Err(Problem::error("task::value", format!("not a rich rule: {why}"))
            .at(&text.place, "expected a rule as in firewalld.richlanguage(5)")),
    }
}

fn forward_port(nodes: &[Node]) -> std::result::Result<Setting, Problem> {
    let [node] = nodes else {
        return Err(
            Problem::error("task::value", "`port_forward` holds exactly one mapping")
                .help("write a task for each port; a loop does that"),
        );
    };
    let Some(map) = node.as_map() else {
        return Err(Problem::error("task::value", "`port_forward` holds a mapping")
            .at(&node.place, "expected a mapping"));
    };
    let known = ["port", "proto", "toport", "toaddr"];
    if let Some((name, key, _)) = map.iter().find(|(name, ..)| !known.contains(name)) {
        return Err(Problem::error(
            "task::parameter",
            format!("`{name}` is no part of `port_forward`"),
        )
        .at(&key.place, "unknown")
        .help(format!("known are {}", known.join(", "))));
    }
    let text = |name: &str| match map.get(name) {
        Some(value) if !value.is_null() => String::read(value),
        _ => Ok(String::new()),
    };
    let (port, protocol, to_port, to_addr) =
        (text("port")?, text("proto")?, text("toport")?, text("toaddr")?);
    let bad = |what: String| Err(Problem::error("task::value", what).at(&node.place, "in this mapping"));
    if !is_port(&port) {
        return bad(format!("`port: {port}` is no port"));
    }
    if protocol != "tcp" && protocol != "udp" {
        return bad(format!("`proto: {protocol}` is neither tcp nor udp"));
    }
    if !is_port(&to_port) {
        return bad(format!("`toport: {to_port}` is no port"));
    }
    if !to_addr.is_empty() && to_addr.parse::<std::net::IpAddr>().is_err() {
        return bad(format!("`toaddr: {to_addr}` is no address"));
    }
    Ok(Setting::ForwardPort {
        port,
        protocol,
        to_port,
        to_addr,
    })
}

impl TaskType for Firewalld {
    const NAME: &'static str = "firewalld";
    const COLLECTION: &'static str = "ansible.posix";
    const ABOUT: &'static str = "Opens and closes ports, services and more in zones of firewalld.";
    const EXAMPLE: &'static str = "\
- name: Let the other load balancer announce itself
  ansible.posix.firewalld:
    rich_rule: rule family=\"ipv4\" source address=\"192.0.2.2\" protocol value=\"vrrp\" accept
    permanent: true
    immediate: true
    state: enabled
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let settings = self.settings();
        let count = settings.len();
        let mut problems: Vec<Problem> = settings
            .into_iter()
            .filter_map(std::result::Result::err)
            .collect();
        if count > 1 {
            problems.push(
                Problem::error("task::exclusive", "a task has one setting only")
                    .help("write a task for each setting"),
            );
        }
        if let Some(zone) = self.zone.as_ref().filter(|zone| !is_word(&zone.text)) {
            problems.push(wrong(zone, "is no name of a zone"));
        }
        if problems.is_empty() {
            self.check_state(&mut problems);
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let mut wants = vec![want(RuntimeZone(self.zone_key()))];
        if self.permanent {
            wants.push(want(PermanentZone(self.zone_key())));
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let runtime = on.fact(RuntimeZone(self.zone_key()))?;
        let permanent = if self.permanent {
            Some(on.fact(PermanentZone(self.zone_key()))?)
        } else {
            None
        };
        let runtime = match &runtime {
            Known::Unknown(_) => self
                .just_started(on, permanent.as_ref())?
                .map_or(runtime, Known::Is),
            Known::Is(_) => runtime,
        };
        Ok(Seen { runtime, permanent })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        self.work(seen)
    }

    fn result(&self, seen: &Seen, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut parts = vec![
            match (self.permanent, self.is_immediate()) {
                (true, true) => "Permanent and Non-Permanent(immediate) operation",
                (true, false) => "Permanent operation",
                (false, _) => "Non-permanent operation",
            }
            .to_owned(),
        ];
        if !plan.changes.is_empty() {
            let what = match self.setting() {
                Some(setting) => setting.name(),
                None => format!("zone {}", self.zone_key()),
            };
            let state = self.state.write();
            parts.push(format!(
                "Changed {what} to {}",
                if let evenkeel_yaml::Value::Str(word) = state {
                    word
                } else {
                    String::new()
                }
            ));
        }
        if matches!(&seen.runtime, Known::Is(runtime) if !runtime.running) {
            parts.push("(offline operation: only on-disk configs were altered)".to_owned());
        }
        Returned::from_iter([("msg".to_owned(), Known::Is(parts.join(", ").into()))])
    }
}
