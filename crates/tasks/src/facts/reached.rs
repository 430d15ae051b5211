//! Whether something that is waited for is so.

use evenkeel_host::Fact;
use evenkeel_host::Output;

use crate::facts::sections::section;

/// Whether a shell test succeeds now. The test is the key, so that any condition can be asked and predicted.
#[derive(Clone, Debug)]
pub struct Reached(pub String);

impl Fact for Reached {
    type Value = bool;
    const FAMILY: &'static str = "reached";

    fn key(&self) -> String {
        self.0.clone()
    }

    /// Each test runs in a subshell of its own; its place among the keys names it in the answer.
    fn script(keys: &[&str]) -> String {
        let each = keys.iter().map(|key| {
            let head = evenkeel_host::quote(&first_line(key)).into_owned();
            format!(
                "printf '== %s\\n' {head}\nif ( {key} ) >/dev/null 2>&1; then echo yes; else echo no; fi\n"
            )
        });
        each.collect()
    }

    fn parse(&self, output: &Output) -> Result<bool, String> {
        let text = output.text();
        match section(&text, &first_line(&self.0)).next() {
            Some("yes") => Ok(true),
            Some("no") => Ok(false),
            _ => Err("the test gave no answer".to_owned()),
        }
    }
}

/// The test on one line, to find its answer by.
fn first_line(test: &str) -> String {
    test.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_has_its_answer() {
        let output = Output {
            stdout: b"== [ -e /a ]\nyes\n== false\nno\n".to_vec(),
            ..Output::default()
        };
        assert_eq!(Reached("[ -e /a ]".into()).parse(&output), Ok(true));
        assert_eq!(Reached("false".into()).parse(&output), Ok(false));
        assert!(Reached("true".into()).parse(&output).is_err());
    }
}
