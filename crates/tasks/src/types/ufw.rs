//! `ufw`: Ubuntu's firewall.

mod rule;

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::facts::ufw::DryRun;
use crate::facts::ufw::Settings;
use crate::facts::ufw::UfwRule;
use crate::facts::ufw::UfwSettings;
use crate::facts::want;
use rule::word;

words! {
    /// Whether ufw is in force.
    pub enum State {
        /// It is, now and after the next start.
        Enabled = "enabled",
        /// It is not.
        Disabled = "disabled",
        /// It reads its rules again.
        Reloaded = "reloaded",
        /// It is not, and forgets all rules.
        Reset = "reset",
    }
}

words! {
    /// What happens with packets.
    pub enum Verdict {
        /// They pass.
        Allow = "allow",
        /// They are dropped.
        Deny = "deny",
        /// Their sender is told.
        Reject = "reject",
    }
}

words! {
    /// What a rule does with packets.
    pub enum Kind {
        /// They pass.
        Allow = "allow",
        /// They are dropped.
        Deny = "deny",
        /// They pass, but for a sender that begins too many connections.
        Limit = "limit",
        /// Their sender is told.
        Reject = "reject",
    }
}

words! {
    /// Which way packets go.
    pub enum Direction {
        /// To the machine.
        In = "in",
        /// To the machine.
        Incoming = "incoming",
        /// From the machine.
        Out = "out",
        /// From the machine.
        Outgoing = "outgoing",
        /// Through the machine.
        Routed = "routed",
    }
}

words! {
    /// How much is logged.
    pub enum Logging {
        /// As `low`.
        On = "on",
        /// Nothing.
        Off = "off",
        /// What is refused.
        Low = "low",
        /// More.
        Medium = "medium",
        /// Still more.
        High = "high",
        /// Everything.
        Full = "full",
    }
}

words! {
    /// What `insert` counts from.
    pub enum Relative {
        /// The first rule.
        Zero = "zero",
        /// Refused: the first rule for IPv4.
        FirstIpv4 = "first-ipv4",
        /// Refused: the last rule for IPv4.
        LastIpv4 = "last-ipv4",
        /// Refused: the first rule for IPv6.
        FirstIpv6 = "first-ipv6",
        /// Refused: the last rule for IPv6.
        LastIpv6 = "last-ipv6",
    }
}

words! {
    /// A protocol.
    pub enum Protocol {
        /// All of them.
        Any = "any",
        /// TCP.
        Tcp = "tcp",
        /// UDP.
        Udp = "udp",
        /// IPv6 in IPv4.
        Ipv6 = "ipv6",
        /// IPsec.
        Esp = "esp",
        /// IPsec.
        Ah = "ah",
        /// Tunnels.
        Gre = "gre",
        /// Multicast.
        Igmp = "igmp",
        /// keepalived.
        Vrrp = "vrrp",
    }
}

arguments! {
    /// Manages ufw.
    pub struct Ufw {
        /// Whether it is in force. `reloaded` and `reset` always count as a change.
        state: Option<State>,
        /// What happens with packets that no rule takes; `direction` says which.
        default | "policy": Option<Verdict>,
        /// Which way packets go.
        direction: Option<Direction>,
        /// How much is logged.
        logging: Option<Logging>,
        /// The number that a new rule gets.
        insert: Option<i64>,
        /// What `insert` counts from; only the first rule.
        insert_relative_to: Relative = Relative::Zero,
        /// What the rule does.
        rule: Option<Kind>,
        /// Whether new connections of the rule are logged.
        log: bool = false,
        /// Where packets come from.
        from_ip | "from" | "src": String = "any".to_owned(),
        /// The port from which they come.
        from_port: Option<String>,
        /// Where packets go.
        to_ip | "dest" | "to": String = "any".to_owned(),
        /// The port to which they go: `6443`, `30000:32767`.
        to_port | "port": Option<String>,
        /// The protocol.
        proto | "protocol": Option<Protocol>,
        /// The application, as `ufw app list` names it.
        name | "app": Option<String>,
        /// Removes the rule.
        delete: bool = false,
        /// The interface; `direction` says which way.
        interface | "if": Option<String>,
        /// The interface by which packets come.
        interface_in | "if_in": Option<String>,
        /// The interface by which packets go.
        interface_out | "if_out": Option<String>,
        /// Whether the rule is for packets that pass through.
        route: bool = false,
        /// A comment.
        comment: Option<String>,
    }
}

/// What was seen of ufw.
#[derive(Debug)]
pub struct Seen {
    settings: Known<Option<Settings>>,
    rule: Known<DryRun>,
}

/// Where it keeps its rules.
const RULES: &str = "/etc/ufw";

impl Ufw {
    fn changes_settings(&self) -> bool {
        self.state.is_some() || self.default.is_some() || self.logging.is_some()
    }

    fn run(words: Vec<String>) -> Run {
        let shown = words.join(" ");
        let argv = std::iter::once("ufw".to_owned()).chain(words);
        let mut run = Run::new(format!("run ufw {shown}"), Command::argv(argv));
        run.obscures = AbsPath::new(RULES).map(Obscures::Path).into_iter().collect();
        // Any of them may change what another rule would do.
        run.obscures.push(Obscures::Family(UfwRule::FAMILY));
        run
    }

    /// The commands for what is in force, in Ansible's order, each with the settings after it; without settings
    /// everything that may be needed.
    fn settings(&self, before: Option<&Settings>) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut now = before.cloned();
        let mut put = |words: &[&str], change: &dyn Fn(&mut Settings), always: bool| {
            let mut after = now.clone();
            if let Some(after) = &mut after {
                change(after);
            }
            if after.is_some() && after == now && !always {
                return;
            }
            let mut run = Ufw::run(words.iter().map(|word| (*word).to_owned()).collect());
            run = match &after {
                Some(after) => run.predict(UfwSettings, Known::Is(Some(after.clone()))),
                None => {
                    run.obscures.push(Obscures::Family(UfwSettings::FAMILY));
                    run
                }
            };
            runs.push(run);
            now = after;
        };
        match self.state {
            None => {}
            Some(State::Enabled) => put(&["--force", "enable"], &|s| s.enabled = true, false),
            Some(State::Disabled) => put(&["--force", "disable"], &|s| s.enabled = false, false),
            Some(State::Reloaded) => put(&["--force", "reload"], &|_| {}, true),
            Some(State::Reset) => put(&["--force", "reset"], &|s| s.enabled = false, true),
        }
        if let Some(verdict) = &self.default {
            let verdict = word(verdict);
            let (way, which) = self.way();
            let set = |settings: &mut Settings| *which(settings) = verdict.clone();
            put(&["default", &verdict, way], &set, false);
        }
        if let Some(logging) = &self.logging {
            let written = word(logging);
            let level = if *logging == Logging::On { "low".to_owned() } else { written.clone() };
            put(&["logging", &written], &|settings| settings.logging = level.clone(), false);
        }
        runs
    }

    fn way(&self) -> (&'static str, fn(&mut Settings) -> &mut String) {
        match self.direction {
            None | Some(Direction::In | Direction::Incoming) => ("incoming", |settings| &mut settings.incoming),
            Some(Direction::Out | Direction::Outgoing) => ("outgoing", |settings| &mut settings.outgoing),
            Some(Direction::Routed) => ("routed", |settings| &mut settings.routed),
        }
    }
}

impl TaskType for Ufw {
    const NAME: &'static str = "ufw";
    const COLLECTION: &'static str = "community.general";
    const ABOUT: &'static str = "Manages ufw, Ubuntu's firewall.";
    const EXAMPLE: &'static str = "\
- name: The API server can be reached
  community.general.ufw:
    rule: allow
    port: \"6443\"
    proto: tcp
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut put = |is: bool, code: &str, message: &str, help: &str| {
            if is {
                problems.push(Problem::error(code, message.to_owned()).help(help.to_owned()));
            }
        };
        put(
            !self.changes_settings() && self.rule.is_none(),
            "task::missing",
            "one of the following is required: state, default, rule, logging",
            "the task does nothing; give one of `state`, `default`, `logging`, `rule`",
        );
        put(
            self.insert_relative_to != Relative::Zero,
            "task::unsupported",
            "`insert_relative_to` is not supported",
            "count from the first rule: `ufw status numbered` shows the numbers",
        );
        let long_way = matches!(self.direction, Some(Direction::Incoming | Direction::Outgoing | Direction::Routed));
        put(
            self.rule.is_some() && long_way,
            "task::value",
            "the `direction` of a rule is `in` or `out`",
            "write `route: true` for packets that pass through",
        );
        put(
            self.interface.is_some() && self.direction.is_none(),
            "task::missing",
            "`interface` needs `direction`",
            "write `in` or `out`",
        );
        put(
            self.interface.is_some() && (self.interface_in.is_some() || self.interface_out.is_some()),
            "task::exclusive",
            "`interface` excludes `interface_in` and `interface_out`",
            "name each interface once",
        );
        put(
            self.name.is_some() && (self.to_port.is_some() || self.proto.is_some()),
            "task::exclusive",
            "`name` excludes `to_port` and `proto`: the application has its own",
            "name the application, or its ports",
        );
        put(
            self.insert.is_some_and(|number| number < 0),
            "task::value",
            "`insert` is the number of a rule",
            "the first is 1",
        );
        let texts = [&self.from_port, &self.to_port, &self.name, &self.interface, &self.interface_in, &self.interface_out];
        let bad = |text: &&String| text.is_empty() || text.starts_with('-') || text.contains('\n');
        let all = texts.into_iter().flatten().chain([&self.from_ip, &self.to_ip]);
        problems.extend(
            all.filter(bad)
                .map(|text| Problem::error("task::value", format!("`{text}` is no part of a rule"))),
        );
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let settings = self.changes_settings().then(|| want(UfwSettings));
        let rule = self.words().map(|words| want(UfwRule(words)));
        settings.into_iter().chain(rule).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        Ok(Seen {
            settings: match self.changes_settings() {
                true => on.fact(UfwSettings)?,
                false => Known::Is(None),
            },
            rule: match self.words() {
                Some(words) => on.fact(UfwRule(words))?,
                None => Known::Is(DryRun::Same),
            },
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let (mut runs, mut unsure) = (Vec::new(), None);
        if self.changes_settings() {
            match &seen.settings {
                Known::Is(Some(settings)) => runs.extend(self.settings(Some(settings))),
                Known::Is(None) => {
                    return Err(Error::failed("this machine has no ufw").help("install the package first"));
                }
                Known::Unknown(why) => {
                    unsure = Some(why.to_string());
                    runs.extend(self.settings(None));
                }
            }
        }
        if let Some(words) = self.words() {
            let run = Ufw::run(words.clone()).predict(UfwRule(words), Known::Is(DryRun::Same));
            match &seen.rule {
                // What was there goes with the reset before it.
                Known::Is(DryRun::Same) if self.state != Some(State::Reset) => {}
                Known::Is(DryRun::Same | DryRun::Changes) => runs.push(run),
                Known::Is(DryRun::Fails(why)) => return Err(Error::failed(format!("ufw refuses the rule: {why}"))),
                Known::Unknown(why) => {
                    unsure = Some(why.to_string());
                    runs.push(run);
                }
            }
        }
        let changes: Vec<Change> = runs.into_iter().map(|run| Change::Run(Box::new(run))).collect();
        Ok(match unsure {
            Some(why) => Plan::unknown(changes, why),
            None if changes.is_empty() => Plan::unchanged("ufw is so"),
            None => Plan::changes(changes),
        })
    }

    fn result(&self, _seen: &Seen, plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let commands: Vec<String> = plan
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Run(run) => run.summary.strip_prefix("run ").map(str::to_owned),
                _ => None,
            })
            .collect();
        Returned::from_iter([("commands".to_owned(), Known::Is(json!(commands)))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_leaves_no_rule_known() {
        for words in [vec!["--force", "reset"], vec!["delete", "allow", "22"], vec!["allow", "22"]] {
            let run = Ufw::run(words.into_iter().map(str::to_owned).collect());
            assert!(run.obscures.contains(&Obscures::Family("ufw-rule")), "{}", run.summary);
        }
    }
}
