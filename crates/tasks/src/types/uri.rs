//! `uri`: a request to a server, made by the machine.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use serde_json::Value;
use serde_json::json;

use super::get_url::Headers;
use super::get_url::name_of;
use super::get_url::printed;
use super::get_url::request::PLACE;
use super::get_url::request::HttpRequest;
use super::raw::passed_over;
use crate::Controller;
use crate::Destination;
use crate::FileArguments;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::files;
use crate::files::Target;
use crate::files::Wanted;

mod body;

use body::Body;

words! {
    /// How a body becomes bytes.
    pub enum BodyFormat {
        /// `a=1&b=2`.
        FormUrlencoded = "form-urlencoded",
        /// JSON.
        Json = "json",
        /// As it is.
        Raw = "raw",
        /// A form with files.
        FormMultipart = "form-multipart",
    }
}

words! {
    /// Where a server's redirections are followed.
    pub enum Redirects {
        /// Always.
        All = "all" | "yes" | "True",
        /// Never.
        None = "none" | "no" | "False",
        /// For requests that only read.
        Safe = "safe",
        /// Always.
        Urllib2 = "urllib2",
    }
}

arguments! {
    /// Makes a request to a server of HTTP or HTTPS from the machine.
    pub struct Uri {
        /// The URL.
        url: Text,
        /// The method.
        method: String = "GET".to_owned(),
        /// What is sent.
        body: Option<Node>,
        /// How it becomes bytes.
        body_format: BodyFormat = BodyFormat::Raw,
        /// A file that is sent, of the controller or with `remote_src` of the machine.
        src: Option<Text>,
        /// Whether `src` is on the machine.
        remote_src: bool = false,
        /// Headers of the request.
        headers: Headers = Headers::default(),
        /// The answers that are no failure.
        status_code: Vec<i64> = vec![200],
        /// Returns what the server answers, as `content`.
        return_content: bool = false,
        /// A file on the machine into which the answer goes, or a folder.
        dest: Option<Destination>,
        /// A path; when it exists, no request is made.
        creates: Option<AbsPath>,
        /// A path; when it does not exist, no request is made.
        removes: Option<AbsPath>,
        /// Where redirections are followed.
        follow_redirects: Redirects = Redirects::Safe,
        /// Seconds without an answer after which it is given up.
        timeout: i64 = 30,
        /// The user's name at the server.
        url_username | "user": Option<String>,
        /// The password at the server.
        url_password | "password": Option<String>,
        /// Sends name and password at once, before the server asks.
        force_basic_auth: bool = false,
        /// Whether the server's certificate is verified.
        validate_certs: bool = true,
        /// The file of certificates that the server's is verified with.
        ca_path: Option<AbsPath>,
        /// The file of the certificate with which the machine proves itself.
        client_cert: Option<AbsPath>,
        /// The file of its key, where it is not beside the certificate.
        client_key: Option<AbsPath>,
        /// The ciphers of TLS, as OpenSSL names them.
        ciphers: Option<Vec<String>>,
        /// The socket of the server, in place of the network.
        unix_socket: Option<AbsPath>,
        /// How the machine calls itself.
        http_agent: String = "ansible-httpget".to_owned(),
        /// Takes no answer that something on the way has kept.
        force: bool = false,
        /// Whether a proxy of the machine's environment is used.
        use_proxy: bool = true,
        /// Authenticates with Kerberos.
        use_gssapi: bool = false,
        /// Takes name and password from `~/.netrc`.
        use_netrc: bool = true,
        /// Whether a compressed answer is decompressed.
        decompress: bool = true,
        /// Headers that are not sent where the server redirects to.
        unredirected_headers: Vec<String> = Vec::new();
        ..file: FileArguments;
        /// What is sent.
        sent: Option<Sent>,
    }
}

/// What is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    body: Known<Body>,
}

/// What was seen.
#[derive(Debug)]
pub struct Seen {
    need: Need,
    /// What is where the answer goes.
    target: Option<Target>,
}

/// Why no request need be made, or that this is not known.
#[derive(Debug)]
enum Need {
    /// It has to.
    Runs,
    /// It need not; Ansible's words.
    Skipped(String),
    /// It is known only after apply.
    Unsure(String),
}

/// Makes the request, and prints status, URL, headers and body; the input is a configuration for curl(1), and the body.
const REQUEST: &str = r#"cat >"$x/all"; sed '/^== /,$d' "$x/all" >"$x/curl"; sed '1,/^== body$/d' "$x/all" | base64 -d >"$x/body"
command -v curl >/dev/null || { echo "curl is not on this machine: install it" >&2; exit 127; }
: >"$x/answer"; : >"$x/headers"
said=$(curl -q -sS -K "$x/curl" -D "$x/headers" -o "$x/answer" -w '%{http_code} %{url_effective}' "$@"); r=$?
code=${said%% *}; url=${said#* }
[ "$r" = 0 ] || [ "$r" = 47 ] || exit "$r"
ok=; case " $codes " in *" $code "*) ok=1 ;; esac
"#;

impl Uri {
    fn follows(&self) -> bool {
        match self.follow_redirects {
            Redirects::All | Redirects::Urllib2 => true,
            Redirects::None => false,
            Redirects::Safe => matches!(self.method.to_uppercase().as_str(), "GET" | "HEAD"),
        }
    }

    fn request<'a>(&'a self, headers: &'a [(String, String)]) -> HttpRequest<'a> {
        HttpRequest {
            url: &self.url.text,
            headers,
            user: self.url_username.as_deref(),
            password: self.url_password.as_deref(),
            basic: self.force_basic_auth,
            gssapi: self.use_gssapi,
            timeout: self.timeout,
            verify: self.validate_certs,
            certificate: self.client_cert.as_ref().map(AbsPath::as_str),
            key: self.client_key.as_ref().map(AbsPath::as_str),
            authority: self.ca_path.as_ref().map(AbsPath::as_str),
            ciphers: self.ciphers.as_deref().unwrap_or_default(),
            agent: &self.http_agent,
            proxy: self.use_proxy,
            decompress: self.decompress,
            netrc: self.use_netrc,
            follow: self.follows(),
            socket: self.unix_socket.as_ref().map(AbsPath::as_str),
            fresh: self.force,
        }
    }

    /// Whether the request has to be made.
    fn need(&self, on: &View<'_>) -> Result<Need> {
        for (path, skip_when) in [(&self.creates, true), (&self.removes, false)] {
            let Some(path) = path else { continue };
            match on.entry(path, true)? {
                Known::Is(entry) if entry.is_some() == skip_when => {
                    let is = if skip_when { "exists" } else { "does not exist" };
                    return Ok(Need::Skipped(format!("skipped, since '{path}' {is}")));
                }
                Known::Is(_) => {}
                Known::Unknown(why) => return Ok(Need::Unsure(why.to_string())),
            }
        }
        Ok(Need::Runs)
    }

    fn wanted(&self) -> Wanted<'_> {
        Wanted { follow: false, content: false, file: &self.file }
    }

    /// What is where the answer goes: in a folder, a file with the name at the end of the URL.
    fn target(&self, on: &View<'_>) -> Result<Option<Target>> {
        let Some(dest) = &self.dest else { return Ok(None) };
        let target = self.wanted().look(on, &dest.path)?;
        if !target.is_folder() {
            return Ok(Some(target));
        }
        self.wanted().look(on, &dest.path.join(name_of(&self.url.text))).map(Some)
    }

    fn body(&self) -> Option<&Body> {
        match &self.sent.as_ref()?.body {
            Known::Is(body) => Some(body),
            Known::Unknown(_) => None,
        }
    }

    fn remote(&self) -> Option<&str> {
        self.src.as_ref().filter(|_| self.remote_src).map(|src| src.text.as_str())
    }

    /// The headers of the task, and the type of the body where they do not name one.
    fn headers(&self) -> Vec<(String, String)> {
        let mut headers = self.headers.0.clone();
        let named = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let kind = self.body().and_then(|body| body.kind.clone());
        let multipart = self.body_format == BodyFormat::FormMultipart;
        if let Some(kind) = kind.filter(|_| multipart || !named) {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
            headers.push(("Content-Type".to_owned(), kind));
        } else if !named && (self.body().is_some() || self.remote().is_some()) {
            // curl would call it a form.
            headers.push(("Content-Type".to_owned(), String::new()));
        }
        headers
    }

    fn script(&self) -> String {
        let method = self.method.to_uppercase();
        let mut words = match method.as_str() {
            "HEAD" => "-I".to_owned(),
            method => format!("-X {}", quote(method)),
        };
        match (self.remote(), self.body()) {
            (Some(path), _) => words.push_str(&format!(" --data-binary {}", quote(&format!("@{path}")))),
            (None, Some(_)) => words.push_str(" --data-binary @\"$x/body\""),
            (None, None) => {}
        }
        let codes: Vec<String> = self.status_code.iter().map(i64::to_string).collect();
        let keep = match &self.dest {
            None => String::new(),
            Some(dest) => {
                let slash = if dest.is_folder { "/." } else { "" };
                let path = quote(&format!("{}{slash}", dest.path)).into_owned();
                format!(
                    "{PLACE}f={path}; [ ! -d \"$f\" ] || f=$f/{name}\n\
                     if [ -n \"$ok\" ] && [ \"$code\" != 304 ]; then\n\
                     if ! cmp -s -- \"$x/answer\" \"$f\"; then\n\
                     t=$(mktemp \"${{f%/*}}/.ansible_tmpXXXXXXXX\") && cat <\"$x/answer\" >\"$t\" && place \"$t\" \"$f\" || exit 1\n\
                     fi\n{set}fi\nprintf 'path=%s\\n' \"$f\"\n",
                    name = quote(name_of(&self.url.text)),
                    set = self.file.commands()
                )
            }
        };
        let always = if self.return_content { "1" } else { "" };
        // Of redirected requests only the last answer's headers count.
        format!(
            "t= umask=$(umask); x=$(mktemp -d) || exit 1; trap 'rm -rf \"$x\" ${{t:+\"$t\"}}' EXIT; trap 'exit 143' HUP INT TERM\ncodes={} always={always}\nset -- {words}\n{REQUEST}{keep}\
             printf 'status=%s\\nurl=%s\\nheaders=%s\\n' \"$code\" \"$url\" \
             \"$(awk '/^HTTP\\//{{h=\"\"}} {{h=h $0 \"\\n\"}} END {{printf \"%s\", h}}' \"$x/headers\" | base64 -w 0)\"\n\
             if [ -n \"$always\" ] || [ -z \"$ok\" ] || [ \"$code\" -ge 300 ] || grep -qi '^content-type:.*json' \"$x/headers\"; then\n\
             printf 'body=%s\\n' \"$(base64 -w 0 <\"$x/answer\")\"; fi\n\
             [ -n \"$ok\" ] || {{ echo \"Status code was $code and not [{}]: HTTP Error $code: $(sed -n 's/^HTTP[^ ]* [0-9]* *//p' \"$x/headers\" | tail -n 1 | tr -d '\\r')\" >&2; exit 22; }}\n",
            quote(&codes.join(" ")),
            codes.join(", "),
        )
    }

    fn run(&self) -> Change {
        let body = self.body().map(|body| STANDARD.encode(&body.bytes)).unwrap_or_default();
        let input = format!("{}== body\n{body}\n", self.request(&self.headers()).configuration());
        let command = Command { stdin: Some(Secret::new(input.into_bytes())), ..Command::shell(self.script()) };
        let mut run = Run::new(format!("ask {} {}", self.method.to_uppercase(), self.url), command);
        run.obscures = self.dest.iter().map(|dest| Obscures::Path(dest.path.clone())).collect();
        Change::Run(Box::new(run))
    }

    fn answered(&self, returned: &mut Returned, output: &Output) {
        let text = output.text();
        let mut put = |key: &str, value: Value| drop(returned.insert(key.to_owned(), Known::Is(value)));
        let decoded = |name: &str| {
            let bytes = STANDARD.decode(printed(&text, name)?).ok()?;
            Some(String::from_utf8_lossy(&bytes).into_owned())
        };
        let headers = decoded("headers").unwrap_or_default();
        for (name, value) in headers.lines().filter_map(|line| line.split_once(':')) {
            put(&name.trim().to_lowercase().replace('-', "_"), json!(value.trim()));
        }
        let code = printed(&text, "status").and_then(|code| code.parse::<i64>().ok()).unwrap_or(-1);
        let url = printed(&text, "url").unwrap_or(&self.url.text);
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a request")]
        put("elapsed", json!(output.seconds as i64));
        put("redirected", json!(url.trim_end_matches('/') != self.url.text.trim_end_matches('/')));
        put("url", json!(url));
        put("status", json!(code));
        let refused = !(200..300).contains(&code);
        if !refused {
            put("cookies", json!({}));
            put("cookies_string", json!(""));
        }
        if let Some(path) = printed(&text, "path") {
            put("path", json!(path));
        }
        let length = headers.lines().filter_map(|line| line.split_once(':'));
        let mut length = length.filter(|(name, _)| name.trim().eq_ignore_ascii_case("content-length"));
        let size = length.next_back().map_or("unknown", |(_, value)| value.trim());
        let reason = headers.lines().next().and_then(|line| line.splitn(3, ' ').nth(2)).unwrap_or_default().trim();
        let content = decoded("body");
        if let Some(found) = content.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok())
            && headers.to_lowercase().lines().any(|line| line.starts_with("content-type:") && line.contains("json"))
        {
            put("json", found);
        }
        if self.return_content {
            put("content", json!(content));
        } else if refused && output.code == 0 && !matches!(self.method.to_uppercase().as_str(), "HEAD") {
            put("body", json!(content));
        }
        put("msg", json!(match (output.code, code) {
            (0, _) if refused => format!("HTTP Error {code}: {reason}"),
            (0, _) => format!("OK ({size} bytes)"),
            (22, 1..) => format!("Status code was {code} and not {:?}: HTTP Error {code}: {reason}", self.status_code),
            _ => {
                let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                format!("Status code was -1 and not {:?}: Request failed: {why}", self.status_code)
            }
        }));
    }
}

impl TaskType for Uri {
    const NAME: &'static str = "uri";
    const ABOUT: &'static str = "Makes a request to a server from the machine.";
    const EXAMPLE: &'static str = "- name: Ask whether the API server is ready\n  ansible.builtin.uri:\n    url: https://localhost:6443/readyz\n    ca_path: /etc/kubernetes/pki/ca.crt\n    return_content: true\n  register: ready\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |message: String, mend: &str| {
            problems.push(Problem::error("task::uri", message).at(&self.url.place, "in this task").help(mend));
        };
        if self.url.text.contains(char::is_whitespace) || !self.url.text.contains("://") {
            wrong(format!("`{}` is no URL", self.url), "write it as `https://HOST/PATH`");
        }
        if self.method.is_empty() || !self.method.chars().all(|c| c.is_ascii_alphabetic()) {
            let message = "Parameter 'method' needs to be a single word in uppercase, like GET or POST.";
            wrong(message.to_owned(), "write one word");
        }
        if self.body.is_some() && self.src.is_some() {
            wrong("parameters are mutually exclusive: body|src".to_owned(), "leave one of them out");
        }
        if self.remote().is_some_and(|path| !path.starts_with('/')) {
            wrong("`src` is no absolute path".to_owned(), "write the path on the machine from `/` on");
        }
        if !self.unredirected_headers.is_empty() && self.follows() {
            let message = "`unredirected_headers` is not supported: curl sends headers wherever they are sent to";
            wrong(message.to_owned(), "set `follow_redirects: none`, or name the URL that is meant in the end");
        }
        if self.body.is_none() && self.body_format == BodyFormat::FormMultipart {
            wrong("failed to parse body as form-multipart: there is no body".to_owned(), "give `body` a mapping");
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        if let Some(node) = &self.body {
            let body = body::encode(node, self.body_format, controller)?;
            self.sent = Some(Sent { body: Known::Is(body) });
        } else if let Some(src) = self.src.as_ref().filter(|_| !self.remote_src) {
            let body = controller.file(src)?.value.map(|bytes| Body { bytes, kind: None });
            self.sent = Some(Sent { body });
        }
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        let want = |path: &AbsPath| Want::Entry { path: path.clone(), follow: true, content: false };
        let mut wants: Vec<Want> = self.creates.iter().chain(&self.removes).map(want).collect();
        wants.extend(self.dest.iter().flat_map(|dest| self.wanted().wants(&dest.path)));
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let need = self.need(on)?;
        let target = match need {
            Need::Runs => self.target(on)?,
            Need::Skipped(_) | Need::Unsure(_) => None,
        };
        Ok(Seen { need, target })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let unknown = match self.sent.as_ref().map(|sent| &sent.body) {
            Some(Known::Unknown(why)) => Some(why.as_ref()),
            Some(Known::Is(_)) | None => None,
        };
        Ok(match (&seen.need, unknown) {
            (Need::Skipped(why), _) => Plan::unchanged(why.as_str()),
            (Need::Unsure(why), _) => Plan::unknown(vec![self.run()], why.as_str()),
            (Need::Runs, Some(why)) => Plan::unknown(vec![self.run()], why),
            (Need::Runs, None) => Plan { changed: Some(self.dest.is_some()), ..Plan::changes(vec![self.run()]) },
        })
    }

    fn checked(&self, seen: &Seen, _plan: &Plan) -> Option<Returned> {
        match seen.need {
            Need::Runs => Some(passed_over(Some("remote module (ansible.builtin.uri) does not support check mode"))),
            Need::Skipped(_) | Need::Unsure(_) => None,
        }
    }

    fn then(&self, seen: &Seen, plan: &Plan) -> Vec<Want> {
        let target = seen.target.as_ref().filter(|_| !plan.changes.is_empty());
        target.map_or_else(Vec::new, Target::then)
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        match (&seen.need, outputs.get(0)) {
            (Need::Skipped(why), _) => drop(returned.insert("stdout".to_owned(), Known::Is(json!(why)))),
            (_, Known::Is(output)) => self.answered(&mut returned, &output),
            (_, Known::Unknown(_)) => {
                for key in ["status", "url", "msg", "content", "json", "redirected", "elapsed"] {
                    returned.insert(key.to_owned(), Known::unknown("what the server answers"));
                }
            }
        }
        if let Some(target) = &seen.target
            && !matches!(outputs.get(0), Known::Is(output) if output.code != 0)
        {
            files::entry_keys(&mut returned, target, plan, outputs.answer(0));
        }
        returned
    }
}
