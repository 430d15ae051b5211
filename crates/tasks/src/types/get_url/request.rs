//! A request of HTTP as curl(1) and wget(1) are told of it: in a file, so that no password is an argument.

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Argument;
use crate::arguments::scalar_text;

/// Names with values, in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<(String, String)>);

impl Argument for Headers {
    fn kind() -> String {
        "mapping of strings".to_owned()
    }

    fn read(node: &Node) -> Result<Headers, Problem> {
        let wrong = |node: &Node, what: &str| {
            Problem::error("task::value", format!("expected {what}, not {}", node.kind()))
                .at(&node.place, format!("expected {what}"))
        };
        let map = node.as_map().ok_or_else(|| wrong(node, "a mapping"))?;
        let mut headers = Vec::new();
        for (key, value) in &map.entries {
            let name = scalar_text(key).ok_or_else(|| wrong(key, "a name"))?;
            let text = scalar_text(value).ok_or_else(|| wrong(value, "a string"))?;
            if name.contains(['\r', '\n', ':']) || text.contains(['\r', '\n']) {
                return Err(Problem::error("task::value", "a header is one line").at(&value.place, "in this header"));
            }
            headers.push((name, text));
        }
        Ok(Headers(headers))
    }

    fn write(&self) -> Value {
        let nowhere = || evenkeel_yaml::Place::nowhere("");
        let node = |text: &String| Node::new(Value::Str(text.clone()), nowhere());
        let entries = self.0.iter().map(|(name, text)| (node(name), node(text))).collect();
        Value::Map(evenkeel_yaml::Map { entries })
    }
}

/// What is asked of a server, and how.
#[derive(Clone, Debug, Default)]
pub struct HttpRequest<'a> {
    /// Where.
    pub url: &'a str,
    /// Headers: name and value.
    pub headers: &'a [(String, String)],
    /// Who logs in.
    pub user: Option<&'a str>,
    /// With which password.
    pub password: Option<&'a str>,
    /// Sends them at once, without being asked.
    pub basic: bool,
    /// Logs in with Kerberos.
    pub gssapi: bool,
    /// Seconds without an answer.
    pub timeout: i64,
    /// Whether the server's certificate must be trusted.
    pub verify: bool,
    /// The file of the client's certificate.
    pub certificate: Option<&'a str>,
    /// The file of its key.
    pub key: Option<&'a str>,
    /// The file of the authorities that are trusted.
    pub authority: Option<&'a str>,
    /// The ciphers that may be used, as OpenSSL names them.
    pub ciphers: &'a [String],
    /// What the client calls itself.
    pub agent: &'a str,
    /// Whether proxies of the environment are used.
    pub proxy: bool,
    /// Whether a compressed answer is asked for.
    pub decompress: bool,
    /// Whether a login may come from ~/.netrc.
    pub netrc: bool,
    /// Whether redirections are followed.
    pub follow: bool,
    /// A socket of the machine to speak through.
    pub socket: Option<&'a str>,
    /// Whether caches are passed by.
    pub fresh: bool,
}

/// What stands between the parts of a script's input.
pub(crate) const WGET: &str = "== wget";

/// `fetch URL FILE [insecure]`: a file of a server, with what the machine has.
pub(crate) const GET_ARCHIVE: &str = r#"fetch() {
if command -v curl >/dev/null; then curl -q -g -fsSL ${3:+-k} -o "$2" -- "$1"
elif command -v wget >/dev/null; then wget -q ${3:+--no-check-certificate} -O "$2" -- "$1"
else echo "neither curl nor wget is on this machine: install one of them" >&2; return 127; fi
}
"#;

/// `place FILE DEST`: a finished file beside the destination becomes it, with the old one's owner and permissions, or
/// with what the umask `$umask` leaves. A device (`/dev/null`) stays what it is.
pub(crate) const PLACE: &str = r#"place() {
if [ -e "$2" ] && [ ! -f "$2" ]; then cat -- "$1" >"$2" && rm -f -- "$1"; return; fi
if [ -e "$2" ]; then chown --reference="$2" -- "$1" 2>/dev/null; chmod --reference="$2" -- "$1"
else chmod "$(printf %o $((0666 & ~$umask)))" -- "$1"; fi || return
sync -- "$1" 2>/dev/null || sync
mv -fT -- "$1" "$2"
}
"#;

impl HttpRequest<'_> {
    /// The configuration for curl(1), then the one for wget(1).
    pub(crate) fn configuration(&self) -> String {
        format!("{}{WGET}\n{}", self.curl(), self.wget())
    }

    /// The configuration for curl(1), which it reads from a file (`-K`).
    pub fn curl(&self) -> String {
        let mut text = String::new();
        let mut option = |name: &str, value: Option<&str>| {
            let value = value.map(|value| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
            text.push_str(&value.map_or_else(|| format!("{name}\n"), |value| format!("{name} = \"{value}\"\n")));
        };
        option("url", Some(self.url));
        // Braces and brackets of a URL are themselves, no list of URLs.
        option("globoff", None);
        for (name, value) in self.headers {
            // A header without a value is sent only with a semicolon.
            let line = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            option("header", Some(&line));
        }
        if self.fresh {
            option("header", Some("cache-control: no-cache"));
        }
        if let Some(user) = self.user {
            option("user", Some(&format!("{user}:{}", self.password.unwrap_or_default())));
            option(if self.basic { "basic" } else { "anyauth" }, None);
        } else if self.gssapi {
            option("user", Some(":"));
            option("negotiate", None);
        }
        let seconds = self.timeout.to_string();
        for name in ["connect-timeout", "speed-time"] {
            option(name, Some(&seconds));
        }
        option("user-agent", Some(self.agent));
        let files = [("cert", self.certificate), ("key", self.key), ("cacert", self.authority), ("unix-socket", self.socket)];
        for (name, file) in files {
            if file.is_some() {
                option(name, file);
            }
        }
        if !self.ciphers.is_empty() {
            option("ciphers", Some(&self.ciphers.join(":")));
        }
        let flags = [
            (!self.verify, "insecure"),
            (self.decompress, "compressed"),
            (self.netrc, "netrc-optional"),
            (self.follow, "location"),
        ];
        flags.iter().filter(|(is, _)| *is).for_each(|(_, name)| option(name, None));
        if !self.proxy {
            option("noproxy", Some("*"));
        }
        text
    }

    /// As a wgetrc file; the URL is the first line, which is taken out before.
    fn wget(&self) -> String {
        let mut text = format!("{}\n", self.url);
        let mut option = |name: &str, value: &str| text.push_str(&format!("{name} = {value}\n"));
        for (name, value) in self.headers {
            option("header", &format!("{name}: {value}"));
        }
        if let Some(user) = self.user {
            option("user", user);
            option("password", self.password.unwrap_or_default());
            option("auth_no_challenge", if self.basic { "on" } else { "off" });
        }
        option("timeout", &self.timeout.to_string());
        option("tries", "1");
        option("user_agent", self.agent);
        let files = [("certificate", self.certificate), ("private_key", self.key), ("ca_certificate", self.authority)];
        for (name, file) in files.iter().filter_map(|(name, file)| Some((name, (*file)?))) {
            option(name, file);
        }
        option("check_certificate", if self.verify { "on" } else { "off" });
        option("use_proxy", if self.proxy { "on" } else { "off" });
        option("netrc", if self.netrc { "on" } else { "off" });
        if !self.follow {
            option("max_redirect", "0");
        }
        if self.fresh {
            option("cache", "off");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_quotes() {
        let headers = vec![("X-A".to_owned(), "a \"b\" \\".to_owned())];
        let request = HttpRequest {
            url: "https://example.org/x",
            headers: &headers,
            user: Some("me"),
            password: Some("p\"w"),
            timeout: 10,
            verify: true,
            agent: "ansible-httpget",
            proxy: true,
            follow: true,
            ..HttpRequest::default()
        };
        insta::assert_snapshot!(request.configuration(), @r#"
        url = "https://example.org/x"
        globoff
        header = "X-A: a \"b\" \\"
        user = "me:p\"w"
        anyauth
        connect-timeout = "10"
        speed-time = "10"
        user-agent = "ansible-httpget"
        location
        == wget
        https://example.org/x
        header = X-A: a "b" \
        user = me
        password = p"w
        auth_no_challenge = off
        timeout = 10
        tries = 1
        user_agent = ansible-httpget
        check_certificate = on
        use_proxy = on
        netrc = off
        "#);
    }
}
