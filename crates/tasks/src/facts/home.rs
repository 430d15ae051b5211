//! Where a login begins, and its home folder, for paths that do not begin with `/`.

use evenkeel_host::Fact;
use evenkeel_host::Output;

/// The home folder of who asks (`~`), or the folder in which a login begins (nothing); `None` when there is none.
#[derive(Clone, Debug)]
pub struct Home(pub String);

impl Fact for Home {
    type Value = Option<String>;
    const FAMILY: &'static str = "home";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(_keys: &[&str]) -> String {
        "printf '~\\t%s\\n\\t%s\\n' \"${HOME-}\" \"$(pwd)\"\n".to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Option<String>, String> {
        let text = output.text();
        let home = text
            .lines()
            .find_map(|line| line.strip_prefix(self.0.as_str())?.strip_prefix('\t'))
            .ok_or("the answer lacks this folder")?;
        Ok(Some(home.to_owned()).filter(|home| home.starts_with('/')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_folder_has_a_line() {
        let output = Output {
            stdout: b"~\t/root\n\t/srv/a b\n".to_vec(),
            ..Output::default()
        };
        let home = |name: &str| Home(name.to_owned()).parse(&output);
        assert_eq!(home("~"), Ok(Some("/root".to_owned())));
        assert_eq!(home(""), Ok(Some("/srv/a b".to_owned())));
        assert!(home("~x").is_err());
    }
}
