//! `unarchive`: an archive, unpacked on the machine.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::get_url::printed;
use super::get_url::request::GET_ARCHIVE;
use super::raw::passed_over;
use crate::Controller;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Origin;

arguments! {
    /// Unpacks an archive on the machine: tar, in whatever way it is compressed, or zip.
    pub struct Unarchive {
        /// The archive, looked for as by `copy`; with `remote_src` a path on the machine, or a URL.
        src: Origin,
        /// The folder, which is there already.
        dest: AbsPath,
        /// Whether `src` is on the machine.
        remote_src: bool = false,
        /// The same the other way round.
        copy: bool = true,
        /// A path; when it exists, nothing is unpacked.
        creates: Option<AbsPath>,
        /// Names what is in the archive.
        list_files: bool = false,
        /// What is not unpacked: names and shell patterns.
        exclude: Vec<String> = Vec::new(),
        /// What alone is unpacked.
        include: Vec<String> = Vec::new(),
        /// Keeps files that are newer than those in the archive.
        keep_newer: bool = false,
        /// More words for tar(1) or unzip(1).
        extra_opts: Vec<String> = Vec::new(),
        /// Bytes that are read at once; tar(1) and unzip(1) decide that themselves.
        io_buffer_size: i64 = 65536,
        /// Whether the certificate of a URL's server is verified.
        validate_certs: bool = true,
        /// Whether a source that is encrypted is decrypted.
        decrypt: bool = true;
        ..file: FileArguments;
        /// The archive's bytes, where it is the controller's.
        bytes: Option<Known<Vec<u8>>>,
    }
}

/// What was seen.
#[derive(Debug)]
pub enum Seen {
    /// It has to be looked at.
    Runs,
    /// It need not; why, in Ansible's words.
    Skipped(String),
    /// It is known only after apply.
    Unsure(String),
}

/// Prints what `tar --diff` finds that counts: times, contents, sizes, what is missing; owners and permissions where
/// the task does not set them.
const TAR: &str = r#"kind=TarArchive
list=$(tar --list --show-transformed-names --quoting-style=literal "$@" -f "$s" 2>"$e") || { printf 'Unable to list files in the archive: ' >&2; cat "$e" >&2; exit 1; }
list=$(printf '%s\n' "$list" | sed '/^$/d')
seen=$(tar --diff -C "$d" "$@" -f "$s" 2>&1 | grep -E "$counts")
if [ -n "$seen" ]; then
  tar --extract -C "$d" $keep "$@" -f "$s" || { echo "failed to unpack $s to $d" >&2; exit 1; }
  changed=1
fi
"#;

const ZIP: &str = r#"kind=ZipArchive
command -v unzip >/dev/null || { echo "Unable to find required 'unzip' or 'zipinfo' binary in the path: install unzip" >&2; exit 1; }
w=$(mktemp -d) || exit 1
unzip -qq -o "$@" -d "$w" >"$e" 2>&1; r=$?
[ "$r" -le 1 ] || { printf 'failed to unpack: ' >&2; cat "$e" >&2; exit 1; }
list=$(cd "$w" && find . -mindepth 1 -printf '%P\n' | LC_ALL=C sort)
differs=$(cd "$w" && find . -mindepth 1 | while IFS= read -r n; do
  o=$d/$n
  if [ -d "$n" ]; then [ -d "$o" ] || echo "$n"
  elif ! cmp -s -- "$n" "$o"; then [ -n "$keep" ] && [ "$o" -nt "$n" ] || echo "$n"; fi
done)
if [ -n "$differs" ]; then
  unzip -qq -o ${keep:+-u} "$@" -d "$d" >"$e" 2>&1; r=$?
  [ "$r" -le 1 ] || { echo "failed to unpack $s to $d" >&2; cat "$e" >&2; exit 1; }
  changed=1
fi
"#;

impl Unarchive {
    fn is_remote(&self) -> bool {
        self.remote_src || !self.copy
    }

    fn is_url(&self) -> bool {
        self.is_remote() && self.src.text.text.contains("://")
    }

    fn words(words: impl Iterator<Item = String>) -> String {
        words.map(|word| format!(" {}", quote(&word))).collect()
    }

    /// Brings the archive to `$s`.
    fn source(&self) -> String {
        if self.is_url() {
            let insecure = if self.validate_certs { "" } else { " insecure" };
            return format!("s=$x/archive\n{GET_ARCHIVE}fetch {} \"$s\"{insecure} || exit\n", quote(&self.src.text.text));
        }
        match self.is_remote() {
            true => {
                let path = self.src.path.as_ref().map_or(self.src.text.text.as_str(), AbsPath::as_str);
                let path = quote(path);
                format!(
                    "s={path}\n[ -r \"$s\" ] || {{ echo \"Source '$s' does not exist\" >&2; exit 1; }}\n\
                     [ -s \"$s\" ] || {{ echo \"Invalid archive '$s', the file is 0 bytes\" >&2; exit 1; }}\n"
                )
            }
            false => "s=$x/archive\ncat >\"$s\" || exit 1\n".to_owned(),
        }
    }

    fn script(&self) -> String {
        let excluded = self.exclude.iter().map(|name| format!("--exclude={name}"));
        let tar = Unarchive::words(self.extra_opts.iter().cloned().chain(excluded));
        let own = |option: &str, value: &Option<String>| {
            value.as_ref().map(|value| format!("--{option}={value}"))
        };
        let own = [own("owner", &self.file.owner), own("group", &self.file.group)].into_iter().flatten();
        let counts = [
            (true, "Mod time differs|No such file or directory|Contents differ|Size differs|Symlink differs|File type differs|Not linked to"),
            (self.file.owner.is_none(), "Uid differs"),
            (self.file.group.is_none(), "Gid differs"),
            (self.file.mode.is_none(), "Mode differs"),
        ];
        let counts: Vec<&str> = counts.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
        let zip_excluded = if self.exclude.is_empty() {
            String::new()
        } else {
            format!(" -x{}", Unarchive::words(self.exclude.iter().cloned()))
        };
        let included = Unarchive::words(self.include.iter().cloned());
        let zip = format!("set --{} \"$s\"{included}{zip_excluded}\n", Unarchive::words(self.extra_opts.iter().cloned()));
        let keep = if self.keep_newer { "--keep-newer-files" } else { "" };
        let set = self.file.commands();
        let set = if set.is_empty() {
            String::new()
        } else {
            format!(
                "look() {{ printf '%s\\n' \"$list\" | while IFS= read -r n; do stat -c '%a %u %g' -- \"$d/$n\"; done; }}\n\
                 before=$(look)\nprintf '%s\\n' \"$list\" | while IFS= read -r n; do\nf=$d/$n\n\
                 [ -e \"$f\" ] || [ -L \"$f\" ] || continue\n{set}done || exit 1\n\
                 printf '%s\\n' \"$list\" | sed -n 's|/.*||p' | sort -u | while IFS= read -r n; do\nf=$d/$n\n\
                 [ -d \"$f\" ] || continue\n{set}done || exit 1\n[ \"$before\" = \"$(look)\" ] || changed=1\n"
            )
        };
        // What is to be unpacked of a tar archive stands behind its name.
        let tar_body = TAR.replace("-f \"$s\"", &format!("-f \"$s\"{included}"));
        let tar_body = tar_body.replace(" $keep", &format!(" $keep{}", Unarchive::words(own)));
        format!(
            "d={dest} changed=0 keep={keep} counts={counts} w=\nx=$(mktemp -d) || exit 1\ne=$x/said\n\
             trap 'rm -rf \"$x\" ${{w:+\"$w\"}}' EXIT\ntrap 'exit 143' HUP INT TERM\n{source}\
             case $(head -c 2 \"$s\") in\nPK)\n{zip}{ZIP};;\n*)\nset --{tar}\n{tar_body};;\nesac\n{set}\
             printf 'handler=%s\\nchanged=%s\\nsrc=%s\\n== files\\n%s\\n' \"$kind\" \"$changed\" \"$s\" \"$list\"\n",
            dest = quote(self.dest.as_str()),
            counts = quote(&counts.join("|")),
            source = self.source(),
        )
    }

    fn run(&self) -> Change {
        let stdin = match &self.bytes {
            Some(Known::Is(bytes)) => Some(Secret::new(bytes.clone())),
            Some(Known::Unknown(_)) | None => None,
        };
        let command = Command { stdin, ..Command::shell(self.script()) };
        let mut run = Run::new(format!("unpack {} in {}", self.src.text, self.dest), command);
        run.obscures = vec![Obscures::Path(self.dest.clone())];
        Change::Run(Box::new(run))
    }
}

impl TaskType for Unarchive {
    const NAME: &'static str = "unarchive";
    const ABOUT: &'static str = "Unpacks an archive on the machine.";
    const EXAMPLE: &'static str = "- name: Unpack etcd\n  ansible.builtin.unarchive:\n    src: /var/cache/etcd.tar.gz\n    dest: /opt\n    remote_src: true\n    creates: /opt/etcd-v3.5.9-linux-amd64/etcd\n    owner: root\n    group: root\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |message: String, mend: &str| {
            problems.push(Problem::error("task::unarchive", message).at(&self.src.text.place, "this archive").help(mend));
        };
        if self.remote_src && !self.copy {
            wrong("parameters are mutually exclusive: ('copy', 'remote_src')".to_owned(), "leave `copy` out");
        }
        if !self.include.is_empty() && !self.exclude.is_empty() {
            wrong("parameters are mutually exclusive: include|exclude".to_owned(), "leave one of them out");
        }
        if !self.is_remote() && self.src.text.text.contains("://") {
            let message = format!("Unsupported option, an URI src ({}) is only supported when remote_src is True", self.src.text);
            wrong(message, "set `remote_src: true`");
        }
        if !self.decrypt {
            let message = "`decrypt: false` is not supported: encrypted files are always decrypted";
            wrong(message.to_owned(), "leave `decrypt` out");
        }
        if self.file.mode == Some(Mode::Preserve) {
            wrong("`mode: preserve` is for `copy` and `template`".to_owned(), "leave it out: the archive has modes");
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        if self.is_remote() && !self.is_url() {
            self.src.is_on_machine();
        } else if !self.is_remote() {
            self.bytes = Some(controller.file(&self.src.text)?.value);
        }
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        let want = |path: &AbsPath| Want::Entry { path: path.clone(), follow: true, content: false };
        self.creates.iter().chain([&self.dest]).map(want).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        if let Some(creates) = &self.creates {
            match on.entry(creates, true)? {
                Known::Is(Some(_)) => return Ok(Seen::Skipped(format!("skipped, since {creates} exists"))),
                Known::Is(None) => {}
                Known::Unknown(why) => return Ok(Seen::Unsure(why.to_string())),
            }
        }
        match on.entry(&self.dest, true)? {
            Known::Is(Some(entry)) if entry.stat.kind == Kind::Directory => Ok(Seen::Runs),
            Known::Is(_) => {
                let mend = format!("make it with a `file` task: `path: {}`, `state: directory`", self.dest);
                Err(Error::failed(format!("dest '{}' must be an existing dir", self.dest)).help(mend))
            }
            Known::Unknown(why) => Ok(Seen::Unsure(why.to_string())),
        }
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        Ok(match seen {
            Seen::Skipped(why) => Plan::unchanged(why.as_str()),
            Seen::Unsure(why) => Plan::unknown(vec![self.run()], why.as_str()),
            Seen::Runs => Plan::unknown(vec![self.run()], "whether the folder has what the archive holds"),
        })
    }

    fn checked(&self, seen: &Seen, _plan: &Plan) -> Option<Returned> {
        match seen {
            Seen::Skipped(why) => Some(passed_over(Some(why))),
            Seen::Runs | Seen::Unsure(_) => None,
        }
    }

    fn changed(&self, _seen: &Seen, outputs: &Outputs<'_>) -> Option<bool> {
        match outputs.get(0) {
            Known::Is(output) => Some(printed(&output.text(), "changed")? == "1"),
            Known::Unknown(_) => None,
        }
    }

    fn result(&self, seen: &Seen, _plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        if let Seen::Skipped(why) = seen {
            return passed_over(Some(why));
        }
        let output = outputs.get(0);
        let mut returned = Returned::new();
        let mut put = |key: &str, value| drop(returned.insert(key.to_owned(), value));
        put("dest", Known::Is(json!(self.dest.as_str())));
        for key in ["handler", "src"] {
            put(key, output.as_ref().map(|output| json!(printed(&output.text(), key))));
        }
        if self.list_files {
            put("files", output.as_ref().map(|output| {
                let text = output.text();
                let list = text.split_once("== files\n").map_or("", |(_, list)| list);
                json!(list.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>())
            }));
        }
        if let Known::Is(output) = &output
            && output.code != 0
        {
            put("msg", Known::Is(json!(String::from_utf8_lossy(&output.stderr).trim())));
        }
        put("state", Known::Is(json!("directory")));
        returned
    }
}
