//! Local facts: the `.fact` files that a machine's administrator puts into a folder.

mod ini;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::AbsPath;
use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;

use crate::facts::sections::section;
use serde_json::json;

/// Where local facts lie when nobody says otherwise.
pub const FOLDER: &str = "/etc/ansible/facts.d";

/// The `.fact` files of a folder: programs are run, other files read, as JSON or else as INI.
#[derive(Clone, Debug)]
pub struct LocalFacts(pub AbsPath);

/// What the `.fact` files of a folder say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Local {
    /// The name of each file without `.fact`, and what it says: a text where it says nothing usable.
    pub facts: Map<String, Value>,
    /// What is wrong with some of them.
    pub warnings: Vec<String>,
}

/// A line for each file: its path, whether it is a program, a text or nothing, and, in base64, what it says and
/// complains of.
const FUNCTION: &str = "\
local_facts() {
 for f in \"$1\"/*.fact; do
  [ -e \"$f\" ] || [ -L \"$f\" ] || continue
  n=$(printf %s \"$f\" | base64 -w0)
  if [ ! -e \"$f\" ]; then echo \"$n missing - -\"
  elif [ -x \"$f\" ] && [ ! -d \"$f\" ]; then
   printf '%s program ' \"$n\"
   e=$({ { \"$f\" </dev/null; printf '\\nrc %s' $?; } | base64 -w0 >&3; } 2>&1)
   printf ' '; printf %s \"$e\" | base64 -w0; echo
  else printf '%s text ' \"$n\"; base64 -w0 \"$f\" 2>/dev/null; echo ' -'
  fi
 done
}
exec 3>&1
";

/// The script that tells of the files of some folders.
pub(super) fn script(folders: &[&str]) -> String {
    let each = folders.iter().map(|folder| {
        let folder = quote(folder);
        format!("printf '== local %s\\n' {folder}; local_facts {folder}\n")
    });
    format!("{FUNCTION}{}", each.collect::<String>())
}

/// Reads the lines of a folder.
pub(super) fn read(lines: &str) -> Local {
    let mut local = Local::default();
    for line in lines.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [path, kind, out, err] = words.as_slice() else {
            continue;
        };
        let path = String::from_utf8_lossy(&bytes(path)).into_owned();
        let name = path.rsplit('/').next().unwrap_or("").replace(".fact", "");
        match value(&path, kind, bytes(out), &bytes(err)) {
            Ok(value) => drop(local.facts.insert(name, value)),
            Err(why) => {
                local.facts.insert(name, json!(why));
                local.warnings.push(why);
            }
        }
    }
    local
}

fn bytes(word: &str) -> Vec<u8> {
    STANDARD.decode(word).unwrap_or_default()
}

fn value(path: &str, kind: &str, said: Vec<u8>, complaint: &[u8]) -> Result<Value, String> {
    if kind == "missing" {
        return Err(format!("Could not stat fact ({path}): No such file or directory"));
    }
    let Ok(mut text) = String::from_utf8(said) else {
        return Err(format!(
            "error loading fact - output of running \"{path}\" was not utf-8"
        ));
    };
    if kind == "program" {
        let (said, code) = text.rsplit_once("\nrc ").unwrap_or((text.as_str(), "127"));
        if code != "0" {
            let complaint = String::from_utf8_lossy(complaint);
            return Err(format!(
                "Failure executing fact script ({path}), rc: {code}, err: {complaint}"
            ));
        }
        text = said.to_owned();
    }
    serde_json::from_str(&text).or_else(|_| match ini::read(&text) {
        Ok(sections) => sections
            .values()
            .map_err(|why| format!("error loading facts as ini - please check content: {path} ({why})")),
        Err(_) => Err(format!(
            "error loading facts as JSON or ini - please check content: {path}"
        )),
    })
}

impl Fact for LocalFacts {
    type Value = Local;
    const FAMILY: &'static str = "local-facts";

    fn key(&self) -> String {
        self.0.as_str().to_owned()
    }

    /// Several forks for each file that is there; mostly there is none.
    fn script(keys: &[&str]) -> String {
        script(keys) + "exit 0\n"
    }

    fn parse(&self, output: &Output) -> Result<Local, String> {
        let text = output.text();
        let lines: Vec<&str> = section(&text, &format!("local {}", self.0)).collect();
        Ok(read(&lines.join("\n")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_programs_as_ansible_reads_them() {
        let line = |name: &str, kind: &str, out: &str, err: &str| {
            let word = |text: &str| match text {
                "" => "-".to_owned(),
                text => STANDARD.encode(text),
            };
            format!(
                "{} {kind} {} {}\n",
                STANDARD.encode(format!("/d/{name}.fact")),
                word(out),
                word(err)
            )
        };
        let text = line("json", "text", "{\"a\": [1]}", "")
            + &line("ini", "text", "[general]\nBar=loaded\n", "")
            + &line("good", "program", "{\"ran\": true}\n\nrc 0", "")
            + &line("bad", "program", "\nrc 3", "no\n")
            + &line("percent", "text", "[x]\nvalue = a % b\n", "")
            + &line("plain", "text", "wont=do\n", "")
            + &line("gone", "missing", "", "");
        let local = read(&text);
        let facts = Value::Object(local.facts);
        assert_eq!(facts["json"], json!({"a": [1]}));
        assert_eq!(facts["ini"], json!({"general": {"bar": "loaded"}}));
        assert_eq!(facts["good"], json!({"ran": true}));
        let begins = |name: &str, start: &str| {
            assert!(
                facts[name].as_str().is_some_and(|text| text.starts_with(start)),
                "{}",
                facts[name]
            );
        };
        begins(
            "bad",
            "Failure executing fact script (/d/bad.fact), rc: 3, err: no",
        );
        begins("percent", "error loading facts as ini");
        begins("plain", "error loading facts as JSON or ini");
        begins("gone", "Could not stat fact");
        assert_eq!(local.warnings.len(), 4);
    }
}
