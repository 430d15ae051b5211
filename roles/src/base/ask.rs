//! Questions: of a URL until it answers, of a command until it succeeds.

use evenkeel_playbook::play::Card;
use evenkeel_tasks::types::Command;
use serde_json::json;

use crate::card;
use crate::card::task;

/// Asks a URL until it answers well, for three minutes at most.
pub(crate) fn wait(name: &str, url: &str, more: &[&str]) -> Card {
    let mut argv = vec!["timeout", "180", "curl", "--silent", "--show-error", "--fail"];
    argv.extend(["--output", "/dev/null", "--max-time", "5"]);
    argv.extend(["--retry", "90", "--retry-delay", "2"]);
    argv.extend(["--retry-all-errors", "--retry-connrefused"]);
    argv.extend(more);
    argv.push(url);
    task::<Command>(name, json!({ "argv": argv })).changed_when("false")
}

/// The same of a server that perhaps tells nobody without a login: who refuses is alive, who fails is not.
pub(crate) fn wait_refused(name: &str, url: &str, more: &[&str]) -> Card {
    let again = "until curl --silent --show-error --output /dev/null --max-time 5 --write-out '%{http_code}' \"$@\" \
                 | grep -Eqx '200|401|403'; do sleep 2; done";
    let mut argv = vec!["timeout", "180", "sh", "-c", again, "sh"];
    argv.extend(more);
    argv.push(url);
    task::<Command>(name, json!({ "argv": argv })).changed_when("false")
}

/// A command again and again for a minute, until it succeeds.
pub(crate) fn patient(name: &str, words: Vec<String>) -> Card {
    let again = "until \"$@\"; do sleep 2; done";
    let mut argv = ["timeout", "60", "sh", "-c", again, "sh"]
        .map(str::to_owned)
        .to_vec();
    argv.extend(words);
    task::<Command>(name, json!({ "argv": argv }))
}

/// A command that only reads, in forecasts too.
pub(crate) fn read(mut question: Card) -> Card {
    question.keywords.check_mode = Some(card::value(false.into()));
    question.changed_when("false")
}

/// The same where no answer is an answer.
pub(crate) fn probe(question: Card) -> Card {
    let mut question = read(question);
    question.failed_when.push(card::value(false.into()));
    question
}
