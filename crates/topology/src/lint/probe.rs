//! Scripts with which keepalived looks whether its host may hold the address.

use evenkeel_yaml::Problem;

use super::View;
use super::catalogue::Lint;
use super::raw;
use super::raw::Raw;
use super::raw::Set;

/// Variables with the command or the text of a check.
const SCRIPTS: [&str; 7] = [
    "keepalived_check_script",
    "keepalived_check_command",
    "keepalived_script",
    "keepalived_vrrp_script",
    "keepalived_track_script",
    "keepalived_scripts",
    "keepalived_vrrp_scripts",
];

/// The text of a script; of structured ones, all texts together.
fn script(set: &Set) -> Option<String> {
    let mut text = String::new();
    raw::each_text(&set.value, &mut |part| {
        text.push_str(part);
        text.push('\n');
    });
    (!text.is_empty()).then_some(text)
}

/// The words of each line that calls curl.
fn curls(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().map(|line| line.split_whitespace().collect());
    lines
        .filter(|words: &Vec<&str>| {
            words
                .iter()
                .any(|word| *word == "curl" || word.ends_with("/curl"))
        })
        .collect()
}

/// Whether a short option stands alone or in a cluster such as `-sfk`.
fn has(words: &[&str], short: char, long: &[&str]) -> bool {
    words.iter().any(|word| {
        let cluster = word.starts_with('-') && !word.starts_with("--") && word.contains(short);
        cluster
            || long
                .iter()
                .any(|long| word == long || word.starts_with(&format!("{long}=")))
    })
}

pub(super) fn probe_no_fail(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &SCRIPTS, |set| {
        let text = script(set)?;
        let accepts = |words: &Vec<&str>| {
            !has(words, 'f', &["--fail", "--fail-with-body"]) && !has(words, 'w', &["--write-out"])
        };
        curls(&text)
            .iter()
            .any(accepts)
            .then(|| format!("`{}` calls curl without `--fail`", set.name))
    })
}

pub(super) fn probe_no_timeout(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &SCRIPTS, |set| {
        let text = script(set)?;
        let waits = |words: &Vec<&str>| !has(words, 'm', &["--max-time"]) && !words.contains(&"timeout");
        curls(&text)
            .iter()
            .any(waits)
            .then(|| format!("`{}` calls curl without `--max-time`", set.name))
    })
}

/// keepalived takes an absolute path; a script of several lines brings its own shell.
pub(super) fn probe_relative(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &SCRIPTS[..5], |set| {
        let text = set.value.as_str()?;
        let first = text.split_whitespace().next()?;
        let program = !first.starts_with(['/', '#', '{', '"', '<']) && !text.trim().contains('\n');
        program.then(|| format!("`{}` begins with `{first}`", set.name))
    })
}

pub(super) fn probe_grep(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &SCRIPTS, |set| {
        let text = script(set)?;
        let searches = |line: &str| line.contains("grep") && (line.contains("ip a") || line.contains("ip -"));
        text.lines()
            .any(searches)
            .then(|| format!("`{}` looks for an address with grep", set.name))
    })
}

/// Every node is in FAULT as long as no API server answers: then nobody holds the address, and none can be set up.
pub(super) fn probe_wrong_target(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let api = &view.cluster.api;
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let alive = balancer.haproxy.alive_port;
    let ports = [api.balancer_port, api.secure_port];
    view.raw.find(lint, &SCRIPTS, |set| {
        let text = script(set)?;
        let asks = |port: u16| port != alive && text.contains(&format!(":{port}"));
        let port = ports.into_iter().find(|port| asks(*port))?;
        Some(format!("`{}` asks port {port}, the API servers' way", set.name))
    })
}
