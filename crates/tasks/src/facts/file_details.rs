//! What `stat` reports beyond owner, mode and times.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;

use evenkeel_host::AbsPath;
use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;
use serde::Deserialize;
use serde::Serialize;

/// The details of what is at a path; `None` when nothing is there.
#[derive(Clone, Debug)]
pub struct FileDetails {
    /// Where.
    pub path: AbsPath,
    /// Whether a link is followed.
    pub follow: bool,
    /// The digest that is wanted: `sha1`, `md5`, ...
    pub digest: Option<&'static str>,
    /// Whether the type and encoding are wanted, file(1).
    pub mime: bool,
    /// Whether the flags are wanted, lsattr(1).
    pub flags: bool,
}

/// The details of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Device, inode, bytes and whole seconds of the modification time: of which file and state this speaks.
    pub identity: (u64, u64, u64, i64),
    /// Blocks of 512 bytes.
    pub blocks: u64,
    /// Bytes of a block.
    pub block_size: u64,
    /// Number of the device that it stands for.
    pub device_type: u64,
    /// Whether the user can read it.
    pub readable: bool,
    /// Whether the user can write it.
    pub writeable: bool,
    /// Whether the user can run it, or enter it.
    pub executable: bool,
    /// The path without links.
    pub real_path: String,
    /// The digest.
    pub checksum: Option<String>,
    /// Type and encoding.
    pub mime: Option<(String, String)>,
    /// Version and flags; `None` where the file system has none.
    pub flags: Option<(String, String)>,
}

struct Asked<'a> {
    path: &'a str,
    follow: bool,
    digest: Option<&'a str>,
    mime: bool,
    flags: bool,
}

fn asked(key: &str) -> Option<Asked<'_>> {
    let mut parts = key.splitn(5, ' ');
    let (follow, digest, mime, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    Some(Asked {
        path: parts.next()?,
        follow: follow == "follow",
        digest: Some(digest).filter(|digest| *digest != "-"),
        mime: mime == "mime",
        flags: flags == "flags",
    })
}

const STAT: &str = "-c '%d %i %s %Y %b %o %t %T %n'";

impl Fact for FileDetails {
    type Value = Option<Details>;
    const FAMILY: &'static str = "file-details";

    fn key(&self) -> String {
        let or_dash = |is: bool, word: &'static str| if is { word } else { "-" };
        format!(
            "{} {} {} {} {}",
            or_dash(self.follow, "follow"),
            self.digest.unwrap_or("-"),
            or_dash(self.mime, "mime"),
            or_dash(self.flags, "flags"),
            self.path
        )
    }

    fn script(keys: &[&str]) -> String {
        let asks: Vec<Asked<'_>> = keys.iter().filter_map(|key| asked(key)).collect();
        let paths = |wanted: &dyn Fn(&Asked<'_>) -> bool| {
            let paths: BTreeSet<&str> = asks
                .iter()
                .filter(|ask| wanted(ask))
                .map(|ask| ask.path)
                .collect();
            paths.into_iter().map(quote).collect::<Vec<_>>().join(" ")
        };
        let all = paths(&|_| true);
        let mut script = format!(
            "export LC_ALL=C; echo '== access'\nfor f in {all}; do a=-; [ -r \"$f\" ] && a=${{a}}r; [ -w \"$f\" ] && \
             a=${{a}}w; [ -x \"$f\" ] && a=${{a}}x; printf '%s %s\\n' \"$a\" \"$f\"; done\n\
             echo '== real'; readlink -m -- {all}\n"
        );
        let mut section = |name: &str, command: &str, paths: String| {
            if !paths.is_empty() {
                // Writing into a String cannot fail.
                let _ = writeln!(script, "echo '== {name}'; {command} {paths} 2>/dev/null");
            }
        };
        section("stat", &format!("stat {STAT} --"), paths(&|ask| !ask.follow));
        section(
            "followed",
            &format!("stat -L {STAT} --"),
            paths(&|ask| ask.follow),
        );
        section(
            "mime",
            "file -N -F '\t' --mime-type --mime-encoding --",
            paths(&|ask| ask.mime),
        );
        section("flags", "lsattr -vd --", paths(&|ask| ask.flags));
        for digest in asks.iter().filter_map(|ask| ask.digest).collect::<BTreeSet<_>>() {
            let wanted = |ask: &Asked<'_>| ask.digest == Some(digest);
            section(
                digest,
                &format!("{}sum --", digest.replace('-', "")),
                paths(&wanted),
            );
        }
        script + ":\n"
    }

    fn parse(&self, output: &Output) -> Result<Option<Details>, String> {
        let text = output.text();
        let sections = sections(&text);
        let of = |name: &str| sections.get(name).map_or(&[][..], Vec::as_slice);
        let path = self.path.as_str();
        let after = |name: &str| {
            of(name)
                .iter()
                .find_map(|line| line.strip_suffix(path)?.strip_suffix(' '))
        };
        let Some(numbers) = after(if self.follow { "followed" } else { "stat" }) else {
            return Ok(None);
        };
        let mut details = read_stat(numbers).ok_or_else(|| format!("`stat` printed {numbers:?}"))?;
        let access = after("access").unwrap_or("");
        details.readable = access.contains('r');
        details.writeable = access.contains('w');
        details.executable = access.contains('x');
        let index = of("access")
            .iter()
            .position(|line| line.split_once(' ').is_some_and(|(_, p)| p == path));
        details.real_path = index
            .and_then(|index| of("real").get(index))
            .map_or(path, |real| real)
            .to_owned();
        details.checksum = self
            .digest
            .and_then(after)
            .map(|hex| hex.trim_end().to_owned())
            .filter(|hex| !hex.is_empty());
        details.mime = of("mime").iter().find_map(|line| {
            let (kind, charset) = line.strip_prefix(path)?.strip_prefix('\t')?.split_once(';')?;
            Some((
                kind.trim().to_owned(),
                charset.split_once('=')?.1.trim().to_owned(),
            ))
        });
        details.flags = after("flags").and_then(|line| {
            let (version, flags) = line.trim().split_once(' ')?;
            Some((version.to_owned(), flags.replace('-', "")))
        });
        Ok(Some(details))
    }
}

fn sections(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let (mut all, mut name) = (BTreeMap::<&str, Vec<&str>>::new(), "");
    for line in text.lines() {
        match line.strip_prefix("== ") {
            Some(head) => name = head,
            None => all.entry(name).or_default().push(line),
        }
    }
    all
}

fn read_stat(line: &str) -> Option<Details> {
    let mut parts = line.split(' ');
    let mut next = || parts.next();
    let identity = (
        next()?.parse().ok()?,
        next()?.parse().ok()?,
        next()?.parse().ok()?,
        next()?.parse().ok()?,
    );
    let (blocks, block_size) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let (major, minor) = (
        u64::from_str_radix(next()?, 16).ok()?,
        u64::from_str_radix(next()?, 16).ok()?,
    );
    // makedev(3) of Linux.
    let device_type =
        (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & !0xff) << 12) | ((major & !0xfff) << 32);
    Some(Details {
        identity,
        blocks,
        block_size,
        device_type,
        ..Details::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Captured on Debian 12, as root.
    const CAPTURED: &str = "== access
-rw /tmp/st/a
-rwx /tmp/st/dir
-rw /tmp/st/l
== real
/tmp/st/a
/tmp/st/dir
/tmp/st/a
== stat
65024 10021061 6 1795222036 8 4096 0 0 /tmp/st/a
65024 10021064 4096 1795222036 8 4096 0 0 /tmp/st/dir
65024 10021062 1 1795222036 0 4096 0 0 /tmp/st/l
5 4 0 1795222036 0 4096 1 3 /dev/null
== mime
/tmp/st/a\t text/plain; charset=us-ascii
/tmp/st/dir\t inode/directory; charset=binary
== flags
3012144180 --------------e------- /tmp/st/a
== sha1
f572d396fae9206628714fb2ce00f72e94f2258f  /tmp/st/a
";

    fn details(path: &str) -> Option<Details> {
        let output = Output {
            stdout: CAPTURED.into(),
            ..Output::default()
        };
        let path = AbsPath::new(path).expect("a path");
        FileDetails {
            path,
            follow: false,
            digest: Some("sha1"),
            mime: true,
            flags: true,
        }
        .parse(&output)
        .expect("an answer")
    }

    #[test]
    fn a_file_a_link_a_device_and_nothing() {
        let file = details("/tmp/st/a").expect("a file");
        assert_eq!(file.identity, (65024, 10_021_061, 6, 1_795_222_036));
        assert_eq!(
            (file.readable, file.writeable, file.executable),
            (true, true, false)
        );
        assert_eq!(
            file.checksum.as_deref(),
            Some("f572d396fae9206628714fb2ce00f72e94f2258f")
        );
        assert_eq!(file.mime, Some(("text/plain".to_owned(), "us-ascii".to_owned())));
        assert_eq!(file.flags, Some(("3012144180".to_owned(), "e".to_owned())));
        let link = details("/tmp/st/l").expect("a link");
        assert_eq!((link.real_path.as_str(), link.checksum), ("/tmp/st/a", None));
        assert_eq!(details("/dev/null").map(|null| null.device_type), Some(259));
        assert_eq!(details("/tmp/st/missing"), None);
    }

    #[test]
    fn paths_of_all_keys_go_into_one_script() {
        let script = FileDetails::script(&["- sha1 mime - /a b", "follow - - flags /c"]);
        assert!(
            script.contains("stat -c '%d %i %s %Y %b %o %t %T %n' -- '/a b' 2>"),
            "{script}"
        );
        assert!(
            script.contains("stat -L -c '%d %i %s %Y %b %o %t %T %n' -- /c 2>"),
            "{script}"
        );
        assert!(
            script.contains("sha1sum -- '/a b' 2>") && script.contains("lsattr -vd -- /c 2>"),
            "{script}"
        );
    }
}
