//! `iptables`: rules of the kernel's firewall.

mod rule;

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::group::Presence;
use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::iptables;
use crate::facts::iptables::Said;
use crate::facts::want;

words! {
    /// A table of chains.
    pub enum Table {
        /// What passes.
        Filter = "filter",
        /// Addresses.
        Nat = "nat",
        /// Changes of packets.
        Mangle = "mangle",
        /// Before connections are known.
        Raw = "raw",
        /// Security marks.
        Security = "security",
    }
}

words! {
    /// Where a new rule goes.
    pub enum Action {
        /// To the end.
        Append = "append",
        /// To the beginning, or to `rule_num`.
        Insert = "insert",
    }
}

words! {
    /// Which firewall.
    pub enum Version {
        /// That of IPv4.
        Ipv4 = "ipv4",
        /// That of IPv6.
        Ipv6 = "ipv6",
        /// Both.
        Both = "both",
    }
}

words! {
    /// Whether the first packet of a connection is meant.
    pub enum Syn {
        /// It makes no difference.
        Ignore = "ignore",
        /// It is.
        Match = "match",
        /// All others are.
        Negate = "negate",
    }
}

words! {
    /// What a chain does with packets that no rule takes.
    pub enum Policy {
        /// They pass.
        Accept = "ACCEPT",
        /// They are dropped.
        Drop = "DROP",
        /// They go to a program.
        Queue = "QUEUE",
        /// They go back to the chain before.
        Return = "RETURN",
    }
}

words! {
    /// How loud a packet is logged.
    pub enum LogLevel {
        /// 0.
        L0 = "0",
        /// 1.
        L1 = "1",
        /// 2.
        L2 = "2",
        /// 3.
        L3 = "3",
        /// 4.
        L4 = "4",
        /// 5.
        L5 = "5",
        /// 6.
        L6 = "6",
        /// 7.
        L7 = "7",
        /// The system is unusable.
        Emerg = "emerg",
        /// Somebody must act.
        Alert = "alert",
        /// Critical.
        Crit = "crit",
        /// An error.
        Error = "error",
        /// A warning.
        Warning = "warning",
        /// Noteworthy.
        Notice = "notice",
        /// Information.
        Info = "info",
        /// For those who look for errors.
        Debug = "debug",
    }
}

words! {
    /// What of a packet is looked up in a set.
    pub enum SetFlags {
        /// Where it comes from.
        Src = "src",
        /// Where it goes.
        Dst = "dst",
        /// Both.
        SrcDst = "src,dst",
        /// Both, the other way round.
        DstSrc = "dst,src",
        /// The source twice.
        SrcSrc = "src,src",
        /// The destination twice.
        DstDst = "dst,dst",
    }
}

arguments! {
    /// Adds and removes rules of the kernel's firewall, until its next start.
    pub struct Iptables {
        /// The table.
        table: Table = Table::Filter,
        /// Whether the rule should be there.
        state: Presence = Presence::Present,
        /// Where a new rule goes.
        action: Action = Action::Append,
        /// The place of a rule that is inserted.
        rule_num: Option<String>,
        /// Which firewall.
        ip_version: Version = Version::Ipv4,
        /// The chain; needed but for `flush`.
        chain: Option<Text>,
        /// The protocol: `tcp`; `!` before it means all others, here and in what follows.
        protocol: Option<String>,
        /// Where packets come from.
        source: Option<String>,
        /// Where packets go.
        destination: Option<String>,
        /// Which flags of TCP are looked at, and which of them are set: `flags` and `flags_set`.
        tcp_flags: Option<Node>,
        /// Matches that are loaded: `conntrack`.
        r#match: Vec<String> = Vec::new(),
        /// What happens with a packet: `ACCEPT`, another chain.
        jump: Option<String>,
        /// Where `jump: TEE` sends a copy.
        gateway: Option<String>,
        /// How a line of the log begins.
        log_prefix: Option<String>,
        /// How loud a packet is logged.
        log_level: Option<LogLevel>,
        /// The chain that takes over.
        goto: Option<String>,
        /// The interface by which packets come.
        in_interface: Option<String>,
        /// The interface by which packets go.
        out_interface: Option<String>,
        /// Whether later fragments are meant.
        fragment: Option<String>,
        /// The counters that a new rule begins with.
        set_counters: Option<String>,
        /// The port from which packets come.
        source_port: Option<String>,
        /// The port to which packets go.
        destination_port: Option<String>,
        /// The ports to which packets go.
        destination_ports: Vec<String> = Vec::new(),
        /// The port that a packet gets.
        to_ports: Option<String>,
        /// The destination that a packet gets.
        to_destination: Option<String>,
        /// The source that a packet gets.
        to_source: Option<String>,
        /// Whether the first packet of a connection is meant.
        syn: Syn = Syn::Ignore,
        /// The DSCP mark that a packet gets.
        set_dscp_mark: Option<String>,
        /// The DSCP class that a packet gets.
        set_dscp_mark_class: Option<String>,
        /// A comment.
        comment: Option<String>,
        /// States of connections: `ESTABLISHED`.
        ctstate: Vec<String> = Vec::new(),
        /// A range of sources.
        src_range: Option<String>,
        /// A range of destinations.
        dst_range: Option<String>,
        /// The set that a packet is looked up in.
        match_set: Option<String>,
        /// What of a packet is looked up.
        match_set_flags: Option<SetFlags>,
        /// How many packets at most: `2/second`.
        limit: Option<String>,
        /// How many packets before the limit counts.
        limit_burst: Option<String>,
        /// The user whose packets are meant.
        uid_owner: Option<String>,
        /// The group whose packets are meant.
        gid_owner: Option<String>,
        /// What a refused sender is told.
        reject_with: Option<String>,
        /// The type of ICMP.
        icmp_type: Option<String>,
        /// Removes all rules of the chain, or of the table. That always counts as a change.
        flush: bool = false,
        /// What the chain does with packets that no rule takes.
        policy: Option<Policy>,
        /// Seconds to wait for others who change rules.
        wait: Option<String>,
        /// Makes and removes the chain where no rule is given.
        chain_management: bool = false,
        /// Accepted: nothing is looked up in the DNS.
        numeric: bool = false,
    }
}

impl Iptables {
    fn programs(&self) -> &'static [&'static str] {
        match self.ip_version {
            Version::Ipv4 => &["iptables"],
            Version::Ipv6 => &["ip6tables"],
            Version::Both => &["iptables", "ip6tables"],
        }
    }

    /// `PROGRAM -t TABLE ACTION CHAIN`, and what comes after.
    fn words(&self, program: &str, action: &str, rest: &[String]) -> Vec<String> {
        let mut words = vec![program.to_owned(), "-t".to_owned(), rule::word(&self.table), action.to_owned()];
        words.extend(self.chain.as_ref().map(|chain| chain.text.clone()));
        words.extend(self.rule_num.clone().filter(|_| action == "-I"));
        if let Some(wait) = &self.wait {
            words.extend(["-w".to_owned(), wait.clone()]);
        }
        words.extend_from_slice(rest);
        words
    }

    /// What decides whether something is to be done.
    fn question(&self, program: &str) -> Option<iptables::Iptables> {
        if self.flush {
            return None;
        }
        let rule = self.rule();
        Some(iptables::Iptables(if self.policy.is_some() || rule.is_empty() {
            self.words(program, "-S", &[])
        } else {
            self.words(program, "-C", &rule)
        }))
    }

    /// The change for one program, where one is needed.
    fn needed(&self, program: &str, said: &Said) -> Result<Option<Vec<String>>> {
        let rule = self.rule();
        if let Some(policy) = &self.policy {
            let policy = rule::word(policy);
            return match &said.policy {
                Some(found) if *found == policy => Ok(None),
                Some(_) => Ok(Some(self.words(program, "-P", &[policy]))),
                None => Err(Error::failed("Can't detect current policy")
                    .help("only built-in chains have one, as INPUT and FORWARD")),
            };
        }
        let present = self.state == Presence::Present;
        if said.there == present {
            return Ok(None);
        }
        let action = match (rule.is_empty(), present, self.action) {
            (true, true, _) => "-N",
            (true, false, _) => "-X",
            (false, true, Action::Append) => "-A",
            (false, true, Action::Insert) => "-I",
            (false, false, _) => "-D",
        };
        Ok(Some(self.words(program, action, &rule)))
    }

    fn run(&self, program: &str, words: Vec<String>) -> Run {
        let shown = words.join(" ");
        let run = Run::new(format!("run {shown}"), Command::argv(words));
        let Some(question) = self.question(program) else {
            let mut run = run;
            run.obscures = vec![Obscures::Family(iptables::Iptables::FAMILY)];
            return run;
        };
        let after = Said {
            there: self.policy.is_some() || self.state == Presence::Present,
            policy: self.policy.as_ref().map(rule::word),
        };
        run.predict(question, Known::Is(after))
    }
}

impl TaskType for Iptables {
    const NAME: &'static str = "iptables";
    const ABOUT: &'static str = "Adds and removes rules of the kernel's firewall, until its next start.";
    const EXAMPLE: &'static str = "\
- name: The API server can be reached
  ansible.builtin.iptables:
    chain: INPUT
    protocol: tcp
    destination_port: \"6443\"
    jump: ACCEPT
";
    type Seen = Vec<(&'static str, Known<Said>)>;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut put = |is: bool, code: &str, message: &str| {
            if is {
                problems.push(Problem::error(code, message.to_owned()));
            }
        };
        put(self.chain.is_none() && !self.flush, "task::missing", "`chain` is missing");
        put(
            self.flush && self.policy.is_some(),
            "task::exclusive",
            "`flush` and `policy` exclude each other",
        );
        let marks = [&self.set_dscp_mark, &self.set_dscp_mark_class];
        put(
            marks.iter().all(|mark| mark.is_some()),
            "task::exclusive",
            "`set_dscp_mark` and `set_dscp_mark_class` exclude each other",
        );
        put(
            marks.iter().any(|mark| mark.is_some()) && self.jump.is_none(),
            "task::missing",
            "`set_dscp_mark` needs `jump`",
        );
        let tee = self.jump.as_deref().is_some_and(|jump| jump.eq_ignore_ascii_case("tee"));
        put(tee && self.gateway.is_none(), "task::missing", "`jump: TEE` needs `gateway`");
        let logs = self.log_prefix.is_some() || self.log_level.is_some();
        put(
            logs && self.jump.as_deref().is_some_and(|jump| jump != "LOG"),
            "task::exclusive",
            "`log_prefix` and `log_level` need `jump: LOG`",
        );
        put(
            self.icmp_type.is_some() && self.ip_version == Version::Both,
            "task::exclusive",
            "types of ICMP are others in IPv6: write a task for each `ip_version`",
        );
        let manages = self.rule().is_empty() && !self.flush && self.policy.is_none();
        put(
            manages && !self.chain_management,
            "task::missing",
            "the task names no rule: say what it matches, or `chain_management: true` for the chain itself",
        );
        if let Some(node) = &self.tcp_flags
            && rule::tcp_flags(node).is_none()
        {
            problems.push(
                Problem::error("task::value", "`tcp_flags` has the lists `flags` and `flags_set`")
                    .at(&node.place, "expected both"),
            );
        }
        if let Some(chain) = self.chain.as_ref().filter(|chain| chain.text.starts_with('-') || chain.text.is_empty()) {
            problems.push(
                Problem::error("task::value", format!("`{chain}` cannot be a chain")).at(&chain.place, "no chain"),
            );
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let questions = self.programs().iter().filter_map(|program| self.question(program));
        questions.map(want).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Self::Seen> {
        self.programs()
            .iter()
            .filter_map(|program| Some((*program, self.question(program)?)))
            .map(|(program, question)| Ok((program, on.fact(question)?)))
            .collect()
    }

    fn plan(&self, seen: &Self::Seen) -> Result<Plan> {
        let change = |program: &str, words| Change::Run(Box::new(self.run(program, words)));
        if self.flush {
            let flush = self.programs().iter().map(|program| change(program, self.words(program, "-F", &[])));
            return Ok(Plan::changes(flush.collect()));
        }
        let (mut changes, mut unsure) = (Vec::new(), None);
        for (program, said) in seen {
            let said = match said {
                Known::Is(said) => said.clone(),
                Known::Unknown(why) => {
                    unsure = Some(why.to_string());
                    Said {
                        there: self.state == Presence::Absent,
                        policy: Some(String::new()),
                    }
                }
            };
            changes.extend(self.needed(program, &said)?.map(|words| change(program, words)));
        }
        Ok(match unsure {
            Some(why) => Plan::unknown(changes, why),
            None if changes.is_empty() => Plan::unchanged(match (&self.policy, self.state) {
                (Some(_), _) => "the chain has the policy",
                (None, Presence::Present) => "it is there",
                (None, Presence::Absent) => "it is not there",
            }),
            None => Plan::changes(changes),
        })
    }

    fn result(&self, _seen: &Self::Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let values = [
            ("ip_version", json!(rule::word(&self.ip_version))),
            ("table", json!(rule::word(&self.table))),
            ("chain", json!(self.chain.as_ref().map(|chain| &chain.text))),
            ("flush", json!(self.flush)),
            ("rule", json!(self.rule().join(" "))),
            ("state", json!(rule::word(&self.state))),
            ("chain_management", json!(self.chain_management)),
            ("wait", json!(self.wait)),
        ];
        values.map(|(key, value)| (key.to_owned(), Known::Is(value))).into_iter().collect()
    }
}
