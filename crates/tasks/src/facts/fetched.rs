//! What a host gets when it opens a URL: a question that costs no program of ours on the host, only curl.

use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

/// How many seconds an answer may take.
pub const PATIENCE: u32 = 5;

/// A URL that a host opens with curl(1). All that are asked in one round trip are opened at the same time, so that
/// those which do not answer cost [`PATIENCE`] together and not each; that is a fork for each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// The URL.
    pub url: String,
    /// `HOST:PORT` to connect to instead of the URL's; an IPv6 address stands in brackets.
    pub through: Option<String>,
    /// How the server's certificate is verified.
    pub trust: Trust,
    /// The files of certificate and key with which the host proves itself.
    pub client: Option<(String, String)>,
}

/// How a server's certificate is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trust {
    /// With the CA in this file, which must be there.
    Ca(String),
    /// With the CA in this file where it can be read, else not at all.
    CaIfThere(String),
    /// It speaks plain HTTP.
    Nothing,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fetch {
    /// The host has no curl.
    NoCurl,
    /// A server answered.
    Answered {
        /// The status of HTTP.
        code: u16,
        /// Seconds to the end of the answer.
        seconds: f64,
        /// Whether the certificate was verified.
        verified: bool,
        /// What the answer said where it is neither success nor a refusal of the asker; the first 1000 characters.
        body: String,
    },
    /// No answer.
    Failed {
        /// The exit code of curl(1).
        exit: u16,
        /// Seconds until it was given up.
        seconds: f64,
        /// Whether the certificate was to be verified.
        verified: bool,
        /// Why, in the kernel's or curl's words.
        why: String,
    },
}

/// Opens one URL: `get KEY VERIFIED CURL'S ARGUMENTS`, and prints one line, written at once. HTTP/1.1, which all of them
/// speak: etcd's grpc-proxy offers HTTP/2 for gRPC alone, and answers a GET with a protocol error.
const GET: &str = r#"get() {
k=$1 v=$2; shift 2
o=$(curl -q --http1.1 -gsSv -o /dev/null --noproxy '*' -w '\n@@%{http_code} %{time_total}' "$@" 2>&1); r=$?
s=${o##*"$n@@"}; s=${s%%"$n"*}; t=; b=
if [ "$r" != 0 ]; then
  t=${o##*"curl: ("}; t=${t#*) }; t=${t%%"$n"*}
  [ "$r" != 7 ] || case $o in
    *"Connection refused"*) t="connection refused" ;;
    *"No route to host"*) t="no route to host" ;;
    *"Network is unreachable"*) t="network is unreachable" ;;
  esac
fi
case $s in
  000*|2*|401*|403*) ;;
  *) b=$(curl -q --http1.1 -gs --noproxy '*' "$@" 2>/dev/null | head -c 1000 | tr -c '[:print:]' ' ') ;;
esac
printf '%s\t%s %s %s\t%s\t%s\n' "$k" "$r" "$v" "$s" "$t" "$b"
}
n='
'
"#;

impl Fetched {
    /// The command that opens it.
    fn command(&self, key: &str) -> String {
        let mut arguments = format!("-m {PATIENCE}");
        if let Some(through) = &self.through {
            arguments.push_str(&format!(" --connect-to {}", quote(&format!("::{through}"))));
        }
        if let Some((certificate, secret)) = &self.client {
            arguments.push_str(&format!(" --cert {} --key {}", quote(certificate), quote(secret)));
        }
        let url = quote(&self.url);
        let key = quote(key);
        match &self.trust {
            Trust::Nothing => format!("get {key} n {arguments} {url} &\n"),
            Trust::Ca(path) => format!("get {key} y {arguments} --cacert {} {url} &\n", quote(path)),
            Trust::CaIfThere(path) => {
                let path = quote(path);
                format!(
                    "if [ -r {path} ]; then get {key} y {arguments} --cacert {path} {url} & else get {key} n {arguments} -k {url} & fi\n"
                )
            }
        }
    }
}

impl Fact for Fetched {
    type Value = Fetch;
    const FAMILY: &'static str = "fetched";

    /// All of it, as JSON on one line: what `script` is given back.
    fn key(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    fn script(keys: &[&str]) -> String {
        let command = |key: &&str| Some(serde_json::from_str::<Fetched>(key).ok()?.command(key));
        let commands: String = keys.iter().filter_map(command).collect();
        format!("if command -v curl >/dev/null; then\n{GET}{commands}wait\nelse echo no curl; fi\n")
    }

    fn parse(&self, output: &Output) -> Result<Fetch, String> {
        let text = output.text();
        if text.trim() == "no curl" {
            return Ok(Fetch::NoCurl);
        }
        let key = self.key();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(key.as_str())?.strip_prefix('\t'));
        line.and_then(read)
            .ok_or_else(|| "curl gave no answer".to_owned())
    }
}

/// Reads `EXIT VERIFIED CODE SECONDS <tab> WHY <tab> BODY`.
fn read(line: &str) -> Option<Fetch> {
    let mut fields = line.splitn(3, '\t');
    let numbers: Vec<&str> = fields.next()?.split(' ').collect();
    let (why, body) = (fields.next()?, fields.next()?);
    let [exit, verified, rest @ ..] = numbers.as_slice() else {
        return None;
    };
    let exit: u16 = exit.parse().ok()?;
    let code = rest.first().and_then(|code| code.parse().ok()).unwrap_or(0);
    let seconds = rest
        .get(1)
        .and_then(|seconds| seconds.parse().ok())
        .unwrap_or(0.0);
    let verified = *verified == "y";
    Some(match (exit, code) {
        (0, 1..) => Fetch::Answered {
            code,
            seconds,
            verified,
            body: body.split_whitespace().collect::<Vec<_>>().join(" "),
        },
        _ => Fetch::Failed {
            exit,
            seconds,
            verified,
            why: why.trim().to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetched(through: Option<&str>, trust: Trust) -> Fetched {
        Fetched {
            url: "https://kubernetes:6443/readyz".into(),
            through: through.map(str::to_owned),
            trust,
            client: None,
        }
    }

    /// What curl 7.88 on Debian 12 came to, with a server that was ready, refused, failed, hung, was gone, had another
    /// name and another CA.
    const LINES: [&str; 7] = [
        "0 n 200 0.050639\t\t",
        "0 y 401 0.051617\t\t",
        "0 n 500 0.050956\t\t[+]ping ok [-]etcd failed: reason withheld readyz check failed ",
        "28 n 000 5.001166\tOperation timed out after 5001 milliseconds with 0 bytes received\t",
        "7 n 000 0.005294\tconnection refused\t",
        "6 n 000 0.003100\tCould not resolve host: nosuch.invalid\t",
        "60 y 000 0.007890\tSSL: no alternative certificate subject name matches target host name 'other'\t",
    ];

    #[test]
    fn each_line_is_an_answer_or_a_reason() {
        let asked = fetched(None, Trust::CaIfThere("/ca".into()));
        let other = fetched(Some("192.0.2.1:1"), Trust::CaIfThere("/ca".into()));
        let mut told = String::new();
        for line in LINES {
            let stdout = format!("{}\t9 n\tnot this\t\n{}\t{line}\n", other.key(), asked.key());
            let output = Output {
                stdout: stdout.into(),
                ..Output::default()
            };
            let line = match asked.parse(&output).expect("an answer") {
                Fetch::NoCurl => panic!("there is one"),
                Fetch::Answered {
                    code, verified, body, ..
                } => format!("{code} {verified} {body}\n"),
                Fetch::Failed {
                    exit, verified, why, ..
                } => format!("failed {exit} {verified} {why}\n"),
            };
            told.push_str(&line);
        }
        insta::assert_snapshot!(told, @r"
        200 false 
        401 true 
        500 false [+]ping ok [-]etcd failed: reason withheld readyz check failed
        failed 28 false Operation timed out after 5001 milliseconds with 0 bytes received
        failed 7 false connection refused
        failed 6 false Could not resolve host: nosuch.invalid
        failed 60 true SSL: no alternative certificate subject name matches target host name 'other'
        ");
    }

    #[test]
    fn a_host_without_curl_says_so_and_silence_is_an_error() {
        let asked = fetched(None, Trust::Ca("/ca".into()));
        let said = |text: &str| {
            let stdout = text.as_bytes().to_vec();
            asked.parse(&Output {
                stdout,
                ..Output::default()
            })
        };
        assert_eq!(said("no curl\n"), Ok(Fetch::NoCurl));
        assert_eq!(said(""), Err("curl gave no answer".to_owned()));
    }

    #[test]
    fn what_stands_in_an_inventory_is_quoted() {
        let asked = Fetched {
            client: Some(("/c ert".into(), "/k".into())),
            ..fetched(
                Some("[2001:db8::1]:6443"),
                Trust::CaIfThere("/ca'; rm -rf /".into()),
            )
        };
        let script = Fetched::script(&[&asked.key(), "no request"]);
        let commands = script.split_once("n='\n'\n").expect("the function's end").1;
        insta::assert_snapshot!(commands, @r#"
        if [ -r '/ca'\''; rm -rf /' ]; then get '{"url":"https://kubernetes:6443/readyz","through":"[2001:db8::1]:6443","trust":{"CaIfThere":"/ca'\''; rm -rf /"},"client":["/c ert","/k"]}' y -m 5 --connect-to '::[2001:db8::1]:6443' --cert '/c ert' --key /k --cacert '/ca'\''; rm -rf /' https://kubernetes:6443/readyz & else get '{"url":"https://kubernetes:6443/readyz","through":"[2001:db8::1]:6443","trust":{"CaIfThere":"/ca'\''; rm -rf /"},"client":["/c ert","/k"]}' n -m 5 --connect-to '::[2001:db8::1]:6443' --cert '/c ert' --key /k -k https://kubernetes:6443/readyz & fi
        wait
        else echo no curl; fi
        "#);
    }
}
