//! A rule in the words of iptables(8).

use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

use super::Iptables;
use super::Syn;
use super::Version;
use crate::Argument;

/// A word of an enumeration, as it is written.
pub(super) fn word(value: &impl Argument) -> String {
    match value.write() {
        Value::Str(word) => word,
        _ => String::new(),
    }
}

/// The flags that are looked at, and those that are set.
pub(super) fn tcp_flags(node: &Node) -> Option<[Vec<String>; 2]> {
    let map = node.as_map()?;
    let list = |key: &str| Vec::<String>::read(map.get(key)?).ok();
    Some([list("flags")?, list("flags_set")?])
}

#[derive(Default)]
struct Words(Vec<String>);

impl Words {
    /// An option; `!` before the value stands before the option.
    fn option(&mut self, flag: &str, value: Option<&String>) {
        let Some(value) = value else {
            return;
        };
        let value = match value.strip_prefix('!') {
            Some(rest) => {
                self.0.push("!".to_owned());
                rest
            }
            None => value,
        };
        self.0.extend([flag.to_owned(), value.to_owned()]);
    }

    fn list(&mut self, flag: &str, values: &[String]) {
        if !values.is_empty() {
            self.0.extend([flag.to_owned(), values.join(",")]);
        }
    }

    fn load(&mut self, is: bool, name: &str) {
        if is {
            self.0.extend(["-m".to_owned(), name.to_owned()]);
        }
    }

    fn owner(&mut self, flag: &str, value: Option<&String>) {
        self.load(value.is_some_and(|value| !value.is_empty()), "owner");
        self.option(flag, value);
    }
}

impl Iptables {
    /// The words of the rule, in Ansible's order; none where no rule is given.
    pub(super) fn rule(&self) -> Vec<String> {
        let mut words = Words::default();
        let has = |name: &str| self.r#match.iter().any(|found| found == name);
        words.option("-p", self.protocol.as_ref());
        words.option("-s", self.source.as_ref());
        words.option("-d", self.destination.as_ref());
        for name in &self.r#match {
            words.option("-m", Some(name));
        }
        if let Some([flags, set]) = self.tcp_flags.as_ref().and_then(tcp_flags) {
            words.0.extend(["--tcp-flags".to_owned(), flags.join(","), set.join(",")]);
        }
        self.target(&mut words);
        words.load(!self.destination_ports.is_empty(), "multiport");
        words.list("--dports", &self.destination_ports);
        words.option("--to-source", self.to_source.as_ref());
        words.option("-g", self.goto.as_ref());
        words.option("-i", self.in_interface.as_ref());
        words.option("-o", self.out_interface.as_ref());
        words.option("-f", self.fragment.as_ref());
        words.option("-c", self.set_counters.as_ref());
        words.option("--source-port", self.source_port.as_ref());
        words.option("--destination-port", self.destination_port.as_ref());
        words.option("--to-ports", self.to_ports.as_ref());
        self.marks(&mut words);
        match self.syn {
            Syn::Ignore => {}
            Syn::Match => words.0.push("--syn".to_owned()),
            Syn::Negate => words.0.extend(["!", "--syn"].map(str::to_owned)),
        }
        if has("state") && !has("conntrack") {
            words.list("--state", &self.ctstate);
        } else {
            words.load(!self.ctstate.is_empty() && !has("conntrack"), "conntrack");
            words.list("--ctstate", &self.ctstate);
        }
        let ranges = self.src_range.is_some() || self.dst_range.is_some();
        words.load(ranges && !has("iprange"), "iprange");
        words.option("--src-range", self.src_range.as_ref());
        words.option("--dst-range", self.dst_range.as_ref());
        words.load(self.match_set.is_some() && !has("set"), "set");
        words.option("--match-set", self.match_set.as_ref());
        if let (Some(_), Some(flags)) = (&self.match_set, &self.match_set_flags) {
            words.0.push(word(flags));
        }
        words.load(self.limit.is_some() || self.limit_burst.is_some(), "limit");
        words.option("--limit", self.limit.as_ref());
        words.option("--limit-burst", self.limit_burst.as_ref());
        words.owner("--uid-owner", self.uid_owner.as_ref());
        words.owner("--gid-owner", self.gid_owner.as_ref());
        if self.reject_with.is_some() && self.jump.is_none() {
            words.0.extend(["-j", "REJECT"].map(str::to_owned));
        }
        words.option("--reject-with", self.reject_with.as_ref());
        let icmp = if self.ip_version == Version::Ipv6 { "--icmpv6-type" } else { "--icmp-type" };
        words.option(icmp, self.icmp_type.as_ref());
        words.load(self.comment.is_some(), "comment");
        if let Some(comment) = &self.comment {
            words.0.extend(["--comment".to_owned(), comment.clone()]);
        }
        words.0
    }

    fn target(&self, words: &mut Words) {
        let logs = self.log_prefix.is_some() || self.log_level.is_some();
        let log = logs.then(|| "LOG".to_owned());
        let jump = self.jump.clone().or(log);
        words.option("-j", jump.as_ref());
        if jump.as_deref().is_some_and(|jump| jump.eq_ignore_ascii_case("tee")) {
            words.option("--gateway", self.gateway.as_ref());
        }
        if let Some(prefix) = &self.log_prefix {
            words.0.extend(["--log-prefix".to_owned(), prefix.clone()]);
        }
        words.option("--log-level", self.log_level.as_ref().map(word).as_ref());
        words.option("--to-destination", self.to_destination.as_ref());
    }

    fn marks(&self, words: &mut Words) {
        let is_dscp = self.jump.as_deref().is_some_and(|jump| jump.eq_ignore_ascii_case("dscp"));
        for (flag, value) in [
            ("--set-dscp", &self.set_dscp_mark),
            ("--set-dscp-class", &self.set_dscp_mark_class),
        ] {
            words.option(flag, value.as_ref());
            if value.is_some() && !is_dscp {
                words.0.extend(["-j", "DSCP"].map(str::to_owned));
            }
        }
    }
}
