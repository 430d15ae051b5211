//! Questions that are commands: how their words become a key, and how answers in one output are told apart.

use evenkeel_host::quote;

/// The words of a command as a shell takes them.
pub(super) fn key(words: &[String]) -> String {
    let quoted = words.iter().map(|word| quote(word).into_owned());
    quoted.collect::<Vec<_>>().join(" ")
}

/// Runs a command for each key, and frames what each says.
pub(super) fn script(keys: &[&str], command: impl Fn(&str) -> String) -> String {
    let each = keys.iter().map(|key| {
        let (head, command) = (quote(key), command(key));
        format!("printf '== %s\\n' {head}\n{command} 2>&1 </dev/null\nprintf '== code %s\\n' $?\n")
    });
    each.collect()
}

/// What the command of a key has said, and the code it ended with.
pub(super) fn answer<'o>(text: &'o str, key: &str) -> Option<(&'o str, i32)> {
    let head = format!("== {key}\n");
    let start = text.find(&head)? + head.len();
    let (said, rest) = text.get(start..)?.split_once("== code ")?;
    let code = rest.lines().next()?.trim().parse().unwrap_or(1);
    Some((said, code))
}
