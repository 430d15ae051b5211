//! `get_url`: a file of a server, fetched by the machine.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;
use serde_json::Value;
use serde_json::json;

use crate::Controller;
use crate::Destination;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::files;
use crate::files::Target;
use crate::files::Wanted;

pub(crate) mod request;

pub(crate) use request::Headers;
use request::PLACE;
use request::HttpRequest;

arguments! {
    /// Fetches a file from a server of HTTP, HTTPS or FTP to the machine.
    pub struct GetUrl {
        /// The URL.
        url: Text,
        /// Where to: a file, or a folder, which gets the name at the end of the URL.
        dest: Destination,
        /// Keeps the old file beside the new one, with the time in its name.
        backup: bool = false,
        /// The digest that the file must have, as `sha256:HEX` or `sha256:URL` of a list of digests; a file that has it is
        /// not fetched again.
        checksum: Text = Text::new(""),
        /// Fetches it although the server says that it is not newer than the file.
        force: bool = false,
        /// Headers of the request.
        headers: Option<Headers>,
        /// Seconds without an answer after which it is given up.
        timeout: i64 = 10,
        /// The user's name at the server.
        url_username | "username": Option<String>,
        /// The password at the server.
        url_password | "password": Option<String>,
        /// Sends name and password at once, before the server asks.
        force_basic_auth: bool = false,
        /// Whether the server's certificate is verified.
        validate_certs: bool = true,
        /// The file of the certificate with which the machine proves itself.
        client_cert: Option<AbsPath>,
        /// The file of its key, where it is not beside the certificate.
        client_key: Option<AbsPath>,
        /// The ciphers of TLS, as OpenSSL names them.
        ciphers: Option<Vec<String>>,
        /// How the machine calls itself.
        http_agent: String = "ansible-httpget".to_owned(),
        /// Whether a proxy of the machine's environment is used.
        use_proxy: bool = true,
        /// Authenticates with Kerberos.
        use_gssapi: bool = false,
        /// Takes name and password from `~/.netrc`.
        use_netrc: bool = true,
        /// Whether a compressed answer is decompressed.
        decompress: bool = true,
        /// The folder in which the file is kept until it is whole, by default that of `dest`.
        tmp_dest: Option<AbsPath>,
        /// Headers that are not sent where the server redirects to.
        unredirected_headers: Vec<String> = Vec::new();
        ..file: FileArguments;
        /// What is appended to the name of a backup.
        suffix: Option<String>,
    }
}

/// What was seen of the destination.
#[derive(Debug)]
pub struct Seen {
    target: Target,
    /// Whether it surely has the digest that is wanted.
    is_right: bool,
}

/// The last part of a URL's path, which names a file in a folder.
pub(crate) fn name_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    match path.split_once('/').map(|(_, path)| path.rsplit('/').next().unwrap_or("")) {
        Some(name) if !name.is_empty() => name,
        _ => "index.html",
    }
}

/// `NAME=VALUE` of what a script printed.
pub(crate) fn printed<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

/// The server's status, if it is one of HTTP.
fn status_of(output: &Output) -> Option<u16> {
    let said = String::from_utf8_lossy(&output.stderr);
    let refused = said.split_once("the server answered ").map(|(_, status)| status.trim());
    let text = output.text();
    let status = printed(&text, "status").or(refused)?;
    status.parse().ok().filter(|status| *status > 0)
}

impl GetUrl {
    fn request(&self) -> HttpRequest<'_> {
        HttpRequest {
            url: &self.url.text,
            headers: self.headers.as_ref().map_or(&[], |headers| &headers.0),
            user: self.url_username.as_deref(),
            password: self.url_password.as_deref(),
            basic: self.force_basic_auth,
            gssapi: self.use_gssapi,
            timeout: self.timeout,
            verify: self.validate_certs,
            certificate: self.client_cert.as_ref().map(AbsPath::as_str),
            key: self.client_key.as_ref().map(AbsPath::as_str),
            authority: None,
            ciphers: self.ciphers.as_deref().unwrap_or_default(),
            agent: &self.http_agent,
            proxy: self.use_proxy,
            decompress: self.decompress,
            netrc: self.use_netrc,
            follow: true,
            socket: None,
            fresh: self.force,
        }
    }

    /// The algorithm and the digest, or the URL of a list of digests.
    fn digest(&self) -> std::result::Result<Option<(&str, &str)>, Problem> {
        if self.checksum.text.is_empty() {
            return Ok(None);
        }
        let wrong = |message: &str| {
            let problem = Problem::error("task::checksum", message).at(&self.checksum.place, "this checksum");
            problem.help("write it as `sha256:HEX`, or `sha256:URL`")
        };
        let (algorithm, value) = self
            .checksum
            .text
            .split_once(':')
            .ok_or_else(|| wrong("The checksum parameter has to be in format <algorithm>:<checksum>"))?;
        if !["md5", "sha1", "sha224", "sha256", "sha384", "sha512"].contains(&algorithm) {
            return Err(wrong("the algorithm is none of md5, sha1, sha224, sha256, sha384, sha512"));
        }
        let is_url = value.contains("://");
        if !is_url && (value.trim().is_empty() || !value.trim().chars().all(|c| c.is_ascii_hexdigit())) {
            return Err(wrong("The checksum format is invalid"));
        }
        Ok(Some((algorithm, value.trim())))
    }

    fn path(&self) -> AbsPath {
        if self.dest.is_folder { self.dest.path.join(name_of(&self.url.text)) } else { self.dest.path.clone() }
    }

    fn wanted(&self) -> Wanted<'_> {
        let by_digest = self.digest().is_ok_and(|digest| digest.is_some_and(|(_, value)| !value.contains("://")));
        Wanted { follow: false, content: by_digest && !self.force, file: &self.file }
    }

    /// Looks whether what is there has the digest.
    fn is_right(&self, on: &View<'_>, target: &Target) -> Result<bool> {
        let Some(entry) = target.present().filter(|entry| entry.stat.kind == Kind::File && !self.force) else {
            return Ok(false);
        };
        match self.digest()? {
            Some((algorithm, hex)) if !hex.contains("://") => Ok(match files::contents(on, &target.path, entry) {
                Ok(Known::Is(bytes)) => files::digest(algorithm, &bytes).eq_ignore_ascii_case(hex),
                // One that is too large to be brought here; the script compares it on the machine.
                Ok(Known::Unknown(_)) | Err(_) => {
                    algorithm == "sha256" && entry.content.as_ref().is_some_and(|content| content.sha256() == hex)
                }
            }),
            Some(_) | None => Ok(false),
        }
    }

    /// The script: fetches beside the destination, compares, puts in place; prints what came of it.
    fn script(&self, path: &AbsPath) -> Result<String> {
        let dest = quote(path.as_str()).into_owned();
        let folder = self.tmp_dest.clone().or_else(|| path.parent()).unwrap_or_else(AbsPath::root);
        let folder = quote(folder.as_str()).into_owned();
        // For a file of its own curl would write nothing where that is not newer, and say nothing of it.
        let asks = ["http://", "https://"].iter().any(|scheme| self.url.text.to_lowercase().starts_with(scheme));
        let newer = if self.force || !asks { "" } else { "[ ! -f \"$f\" ] || set -- -z \"$f\"\n" };
        let (check, already) = match self.digest()? {
            None => (String::new(), String::new()),
            Some((algorithm, value)) => {
                let name = quote(name_of(&self.url.text)).into_owned();
                let wanted = if value.contains("://") {
                    format!(
                        "get \"$c/sums\" \"$c/list\" || exit\nk=$(awk -v n={name} '{LIST}' \"$c/list\")\n\
                         [ -n \"$k\" ] || {{ echo \"Unable to find a checksum for file '\"{name}\"' in '\"{}\"'\" >&2; exit 4; }}\n",
                        quote(value)
                    )
                } else {
                    format!("k={}\n", value.to_lowercase())
                };
                let already = if self.force {
                    wanted
                } else {
                    format!(
                        "{wanted}if [ -f \"$f\" ] && [ \"$({algorithm}sum <\"$f\" | cut -d' ' -f1)\" = \"$k\" ]; then here=1; \
                         else newer= ; fi\n"
                    )
                };
                let check = format!(
                    "s=$({algorithm}sum <\"$t\" | cut -d' ' -f1)\n[ \"$s\" = \"$k\" ] || {{ echo \"The checksum for $t did not match $k; it was $s.\" >&2; exit 4; }}\n"
                );
                (check, already)
            }
        };
        let backup = match &self.suffix {
            Some(suffix) => format!(
                "[ ! -f \"$f\" ] || {{ cp -p -- \"$f\" \"$f\"{suffix} && printf 'backup=%s\\n' \"$f\"{suffix}; }} || exit 1\n",
                suffix = quote(suffix)
            ),
            None => String::new(),
        };
        Ok(format!(
            "f={dest} here= changed=0 status= t= umask=$(umask)\numask 077; c=$(mktemp -d) || exit 1\n\
             trap 'rm -rf \"$c\" ${{t:+\"$t\"}}' EXIT\ntrap 'exit 143' HUP INT TERM\n\
             t=$(mktemp {folder}/.ansible_tmpXXXXXXXX) || exit 1\ncat >\"$c/all\"\n\
             awk -v c=\"$c/file\" -v sums=\"$c/sums\" '/^== sums$/ {{ c = sums; next }} {{ print >c }}' \"$c/all\"\n{GET}{PLACE}\
             {newer}newer=1\n{already}\
             if [ -z \"$here\" ]; then\n[ -n \"$newer\" ] || set --\nget \"$c/file\" \"$t\" \"$@\" || exit\n\
             if [ \"$status\" != 304 ]; then\n{check}\
             new=$(sha1sum <\"$t\" | cut -d' ' -f1); old=\n[ ! -f \"$f\" ] || old=$(sha1sum <\"$f\" | cut -d' ' -f1)\n\
             printf 'checksum_src=%s\\nchecksum_dest=%s\\nsize=%s\\n' \"$new\" \"$old\" \"$(wc -c <\"$t\")\"\n\
             if [ \"$new\" != \"$old\" ]; then\n{backup}\
             place \"$t\" \"$f\" || exit 1\nchanged=1\nfi\nfi\nfi\n\
             before=$(stat -c '%a %u %g' -- \"$f\")\n{set}\
             [ \"$before\" = \"$(stat -c '%a %u %g' -- \"$f\")\" ] || changed=1\n\
             printf 'status=%s\\nchanged=%s\\nmd5=%s\\nsha1=%s\\n' \"$status\" \"$changed\" \"$(md5sum <\"$f\" | cut -d' ' -f1)\" \"$(sha1sum <\"$f\" | cut -d' ' -f1)\"\n",
            set = self.file.commands(),
        ))
    }

    /// What is known of the server's answer.
    fn answered(&self, put: &mut dyn FnMut(&str, Known<Value>), output: &Known<Output>) {
        let of = |name: &'static str| {
            let value = |output: &Output| {
                let text = output.text();
                let found = printed(&text, name).filter(|value| !value.is_empty());
                found.map_or(Value::Null, Value::from)
            };
            output.as_ref().map(value)
        };
        let status = output.as_ref().map(status_of);
        let failed = matches!(output, Known::Is(output) if output.code != 0);
        if !failed && status != Known::Is(Some(304)) {
            put("checksum_src", of("checksum_src"));
            put("checksum_dest", of("checksum_dest"));
            put("md5sum", of("md5"));
        }
        if !failed || status != Known::Is(None) {
            put("status_code", status.as_ref().map(|status| json!(status)));
        }
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a download")]
        put("elapsed", output.as_ref().map(|output| json!(output.seconds as i64)));
        let Known::Is(output) = output else { return };
        let (text, status) = (output.text(), status_of(output));
        let message = match (output.code, status) {
            (0, Some(304)) => "HTTP Error 304: Not Modified".to_owned(),
            (0, _) => format!("OK ({} bytes)", printed(&text, "size").unwrap_or("unknown").trim()),
            (_, Some(_)) => "Request failed".to_owned(),
            (_, None) => {
                let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                let by_program = ["curl:", "wget:"].iter().any(|name| said.starts_with(name));
                if by_program { format!("Request failed: {said}") } else { said }
            }
        };
        put("msg", Known::Is(json!(message)));
        if let Some(status) = status.filter(|_| output.code != 0) {
            put("response", Known::Is(json!(format!("HTTP Error {status}"))));
        }
        if let Some(backup) = printed(&text, "backup") {
            put("backup_file", Known::Is(json!(backup)));
        }
    }

    fn run(&self, path: &AbsPath) -> Result<Change> {
        let mut input = self.request().configuration();
        if let Some((_, url)) = self.digest()?.filter(|(_, value)| value.contains("://")) {
            input.push_str(&format!("== sums\n{}", HttpRequest { url, ..self.request() }.configuration()));
        }
        let command = Command { stdin: Some(Secret::new(input.into_bytes())), ..Command::shell(self.script(path)?) };
        let mut run = Run::new(format!("fetch {} to {path}", self.url), command);
        run.obscures = vec![Obscures::Path(path.clone())];
        Ok(Change::Run(Box::new(run)))
    }
}

/// `get CONFIGURATION FILE [OPTIONS OF CURL]` fetches with what the machine has, and sets `status`.
pub(crate) const GET: &str = r#"get() {
cf=$1 to=$2; shift 2
if command -v curl >/dev/null; then
  sed '/^== wget$/,$d' "$cf" >"$c/curl"
  status=$(curl -q -sS -K "$c/curl" -o "$to" -w '%{http_code}' "$@") || return
elif command -v wget >/dev/null; then
  sed '1,/^== wget$/d' "$cf" | sed 1d >"$c/wget"
  wget --config="$c/wget" -S -O "$to" -- "$(sed '1,/^== wget$/d' "$cf" | sed -n 1p)" 2>"$c/said"; r=$?
  status=$(sed -n 's/^ *HTTP\/[0-9.]* \([0-9]*\).*/\1/p' "$c/said" | tail -n 1)
  case $r:$status in
    0:*|*:304|8:[345]*) ;;
    *) cat "$c/said" >&2; return "$r" ;;
  esac
else
  echo "neither curl nor wget is on this machine: install one of them" >&2; return 127
fi
case $status in
  200|304|000|226|"") ;;
  *) echo "Request failed: the server answered $status" >&2; return 22 ;;
esac
}
"#;

/// Finds the digest of the file `n` in a list as `sha256sum` prints it, in BSD's form, or in a list of one word.
const LIST: &str = r#"{ lines++; if (NF == 1) one = $1; f = $2; sub(/^[*]/, "", f); sub(/^[.]\//, "", f) } k == "" && NF > 1 && f == n { k = $1 } k == "" && $2 == "(" n ")" { k = $NF } END { if (k == "" && lines == 1) k = one; print tolower(k) }"#;

impl TaskType for GetUrl {
    const NAME: &'static str = "get_url";
    const ABOUT: &'static str = "Fetches a file from a server to the machine.";
    const EXAMPLE: &'static str = "- name: Fetch etcd\n  ansible.builtin.get_url:\n    url: https://example.org/etcd-v3.5.9-linux-amd64.tar.gz\n    dest: /var/cache/etcd.tar.gz\n    checksum: sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n    mode: \"0644\"\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems: Vec<Problem> = self.digest().err().into_iter().collect();
        if self.url.text.contains(char::is_whitespace) || !self.url.text.contains(':') {
            let problem = Problem::error("task::url", format!("`{}` is no URL", self.url));
            problems.push(problem.at(&self.url.place, "expected `https://…`"));
        }
        if !self.unredirected_headers.is_empty() {
            let message = "`unredirected_headers` is not supported: curl and wget send headers wherever they are sent to";
            problems.push(Problem::error("task::get_url", message).help("name the URL at which the file is in the end"));
        }
        if self.file.mode == Some(Mode::Preserve) {
            let message = "`mode: preserve` is for `copy` and `template`: here is no source";
            problems.push(Problem::error("task::mode", message).help("write the mode: `mode: \"0644\"`"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        self.wanted().wants(&self.path())
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let mut target = self.wanted().look(on, &self.path())?;
        if target.is_folder() {
            target = self.wanted().look(on, &self.dest.path.join(name_of(&self.url.text)))?;
        }
        if let Some(folder) = target.missing.last() {
            let mend = format!("make it with a `file` task: `path: {folder}`, `state: directory`");
            return Err(Error::failed(format!("Destination {folder} does not exist")).help(mend));
        }
        let is_right = self.is_right(on, &target)?;
        Ok(Seen { target, is_right })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        if seen.is_right {
            let steps = files::set_attributes(&seen.target, &self.file)?;
            return Ok(steps.into_plan(|| format!("{} has this checksum{}", seen.target.path, files::describe(&self.file))));
        }
        let run = vec![self.run(&seen.target.path)?];
        Ok(match &seen.target.entry {
            Known::Is(None) => Plan::changes(run),
            Known::Is(Some(_)) => Plan::unknown(run, "what the server has"),
            Known::Unknown(why) => Plan::unknown(run, why.as_ref()),
        })
    }

    fn changed(&self, seen: &Seen, outputs: &Outputs<'_>) -> Option<bool> {
        match outputs.get(0) {
            Known::Is(output) if !seen.is_right => Some(printed(&output.text(), "changed")? == "1"),
            Known::Is(_) | Known::Unknown(_) => None,
        }
    }

    fn then(&self, seen: &Seen, plan: &Plan) -> Vec<Want> {
        if plan.changes.is_empty() { Vec::new() } else { seen.target.then() }
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let mut put = |key: &str, value| drop(returned.insert(key.to_owned(), value));
        put("url", Known::Is(json!(self.url.text)));
        put("dest", Known::Is(json!(seen.target.path.as_str())));
        if seen.is_right {
            let set = if plan.changes.is_empty() { "" } else { " but file attributes changed" };
            put("msg", Known::Is(json!(format!("file already exists{set}"))));
        } else {
            self.answered(&mut put, &outputs.get(0));
        }
        // Of a download that failed nothing new is known, nor has anything changed.
        if !matches!(outputs.get(0), Known::Is(output) if output.code != 0) {
            files::entry_keys(&mut returned, &seen.target, plan, outputs.answer(0));
        }
        returned
    }
}
