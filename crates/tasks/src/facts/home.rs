//! Home folders, for paths that begin with `~`.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;

/// The home folder that a shell puts in the place of `~`, or of `~NAME`; `None` when there is no such user.
#[derive(Clone, Debug)]
pub struct Home(pub String);

impl Fact for Home {
    type Value = Option<String>;
    const FAMILY: &'static str = "home";

    /// `~`, or `~NAME`.
    fn key(&self) -> String {
        format!("~{}", self.0)
    }

    /// The user's own is `HOME`; others' are asked of the name service.
    fn script(keys: &[&str]) -> String {
        let each = keys.iter().filter_map(|key| {
            let name = key.strip_prefix('~')?;
            let home = if name.is_empty() {
                "${HOME-}".to_owned()
            } else {
                format!("$(getent passwd {} | cut -d: -f6)", quote(name))
            };
            Some(format!("printf '%s\\t%s\\n' {} \"{home}\"\n", quote(key)))
        });
        each.collect()
    }

    fn parse(&self, output: &Output) -> Result<Option<String>, String> {
        let (text, key) = (output.text(), self.key());
        let home = text
            .lines()
            .find_map(|line| line.strip_prefix(key.as_str())?.strip_prefix('\t'))
            .ok_or("the answer lacks this user")?;
        Ok(Some(home.to_owned()).filter(|home| home.starts_with('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_has_a_line() {
        let output = Output {
            stdout: b"~\t/root\n~etcd\t/var/lib/etcd\n~gone\t\n".to_vec(),
            ..Output::default()
        };
        let home = |name: &str| Home(name.to_owned()).parse(&output);
        assert_eq!(home(""), Ok(Some("/root".to_owned())));
        assert_eq!(home("etcd"), Ok(Some("/var/lib/etcd".to_owned())));
        assert_eq!(home("gone"), Ok(None));
        assert!(home("other").is_err());
        insta::assert_snapshot!(Home::script(&["~", "~a b"]), @r#"
        printf '%s\t%s\n' '~' "${HOME-}"
        printf '%s\t%s\n' '~a b' "$(getent passwd 'a b' | cut -d: -f6)"
        "#);
    }
}
