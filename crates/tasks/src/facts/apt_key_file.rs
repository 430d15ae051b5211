//! Keys of package sources, fetched by the machine itself.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

/// What a machine gets from a URL, with apt's own means; nothing is kept on it.
#[derive(Clone, Debug)]
pub struct FetchedKey(pub String);

/// A key, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Key {
    /// Its bytes, in base64.
    Is(String),
    /// What the program said.
    Failed(String),
}

impl Key {
    /// The bytes.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match self {
            Key::Is(text) => STANDARD.decode(text).ok(),
            Key::Failed(_) => None,
        }
    }
}

/// A script that fetches each URL into `$t/file` and then tells of it, or why it could not be had. apt's helper is on
/// every Debian, curl and wget are not.
pub(super) fn fetching(urls: &[&str], tell: &str) -> String {
    let each = urls.iter().map(|url| {
        let url = quote(url);
        format!(
            "printf '== %s\\n' {url}\n\
             if [ -x /usr/lib/apt/apt-helper ]; then e=$(/usr/lib/apt/apt-helper download-file {url} \"$t/file\" 2>&1)\n\
             elif command -v curl >/dev/null; then e=$(curl -gfsSL -o \"$t/file\" {url} 2>&1)\n\
             else e=$(wget -q -O \"$t/file\" {url} 2>&1); fi\n\
             if [ $? -eq 0 ] && [ -s \"$t/file\" ]; then {tell}\n\
             else printf 'failed %s\\n' \"$(printf %s \"$e\" | grep -v '^[WN]: ' | tail -n 1)\"; fi\nrm -f \"$t/file\"\n"
        )
    });
    format!(
        "t=$(mktemp -d) || exit 1\ntrap 'rm -rf \"$t\"' EXIT\nexport LC_ALL=C\n{}exit 0\n",
        each.collect::<String>()
    )
}

impl Fact for FetchedKey {
    type Value = Key;
    const FAMILY: &'static str = "fetched-key";

    fn key(&self) -> String {
        self.0.clone()
    }

    fn script(keys: &[&str]) -> String {
        fetching(keys, "printf 'key '; base64 -w0 \"$t/file\"; echo")
    }

    fn parse(&self, output: &Output) -> Result<Key, String> {
        let text = output.text();
        let head = format!("== {}", self.0);
        let line = text.lines().skip_while(|line| *line != head).nth(1).unwrap_or("");
        match line.split_once(' ') {
            Some(("key", key)) => Ok(Key::Is(key.to_owned())),
            Some(("failed", why)) => Ok(Key::Failed(why.to_owned())),
            _ => Err(format!("{} could not be fetched", self.0)),
        }
    }
}
