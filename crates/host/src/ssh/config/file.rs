//! Our own reader of ssh_config(5), for machines without the `ssh` program.

use std::io;
use std::path::Path;
use std::path::PathBuf;

use super::Config;
use super::concerns;
use super::expand_home;
use super::unreadable;
use crate::Result;
use crate::ssh::SshSettings;
use crate::ssh::pattern;

/// How deep `Include` may go, as in OpenSSH.
const MAX_DEPTH: usize = 16;

/// One keyword with its value, and where it stands.
struct Directive {
    keyword: String,
    value: String,
    file: PathBuf,
    line: usize,
}

/// Whether any file holds a keyword that concerns us.
pub(super) fn concerns_us(files: &[PathBuf], home: Option<&Path>) -> Result<bool> {
    let mut found = false;
    for file in files {
        walk(file, home, 0, true, &mut |directive, _, _| {
            found |= concerns(&directive.keyword);
            Ok(())
        })?;
    }
    Ok(found)
}

/// What the files say about a host.
pub(super) fn read(host: &str, files: &[PathBuf], settings: &SshSettings) -> Result<Config> {
    let mut config = Config::default();
    for file in files {
        walk(
            file,
            settings.home.as_deref(),
            0,
            true,
            &mut |Directive {
                      keyword,
                      value,
                      file,
                      line,
                  },
                  outer,
                  applies| {
                let wrong = |why: String| unreadable(file, format!("line {line}: {why}"));
                match keyword.to_ascii_lowercase().as_str() {
                    "host" => *applies = outer && pattern::list_matches(value.split_whitespace(), host),
                    "match" | "canonicalizehostname" => {
                        return Err(wrong(format!(
                            "`{keyword}` takes the ssh program, which is not installed"
                        )));
                    }
                    _ if *applies => config.take(keyword, value).map_err(wrong)?,
                    _ => {}
                }
                Ok(())
            },
        )?;
    }
    expand(&mut config, host, settings);
    Ok(config)
}

/// Replaces the tokens of ssh_config(5) that are simple: `%h`, `%n`, `%p`, `%r`, `%d`, `%%`.
fn expand(config: &mut Config, host: &str, settings: &SshSettings) {
    if let Some(name) = &mut config.host_name {
        *name = name.replace("%h", host).replace("%%", "%");
    }
    let port = settings.port.or(config.port).unwrap_or(22).to_string();
    let user = settings
        .user
        .clone()
        .or_else(|| config.user.clone())
        .or_else(|| settings.local_user.clone());
    let home = settings.home.as_ref().map(|home| home.display().to_string());
    let name = config.host_name.clone().unwrap_or_else(|| host.to_owned());
    let paths = config
        .identity_files
        .iter_mut()
        .chain(&mut config.user_known_hosts)
        .chain(&mut config.identity_agent);
    for path in paths {
        let mut text = path.replace("%h", &name).replace("%n", host).replace("%p", &port);
        text = text
            .replace("%r", user.as_deref().unwrap_or("%r"))
            .replace("%d", home.as_deref().unwrap_or("%d"));
        *path = text.replace("%%", "%");
    }
}

/// Takes a directive, whether the including block applies, and whether the present one does, which it may change.
type Visit<'a> = dyn FnMut(&Directive, bool, &mut bool) -> Result<()> + 'a;

/// Visits the directives of a file and of those it includes; a file that does not exist has none.
fn walk(file: &Path, home: Option<&Path>, depth: usize, outer: bool, visit: &mut Visit<'_>) -> Result<()> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(file, error)),
    };
    let mut applies = outer;
    for (at, line) in text.lines().enumerate() {
        let Some((keyword, value)) = split(line) else {
            continue;
        };
        if !keyword.eq_ignore_ascii_case("include") {
            visit(
                &Directive {
                    keyword,
                    value,
                    file: file.to_owned(),
                    line: at + 1,
                },
                outer,
                &mut applies,
            )?;
        } else if depth < MAX_DEPTH {
            for included in value
                .split_whitespace()
                .flat_map(|pattern| glob(pattern, file, home))
            {
                walk(&included, home, depth + 1, applies, visit)?;
            }
        } else {
            return Err(unreadable(
                file,
                format!("line {}: too many levels of Include", at + 1),
            ));
        }
    }
    Ok(())
}

/// `KEYWORD VALUE`, `KEYWORD=VALUE`, with or without quotes; `None` for empty lines and comments.
fn split(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let end = line
        .find(|c: char| c.is_whitespace() || c == '=')
        .unwrap_or(line.len());
    let (keyword, rest) = line.split_at(end);
    let rest = rest.trim_start();
    let value = rest.strip_prefix('=').unwrap_or(rest).trim();
    let bare = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    Some((keyword.to_owned(), bare.to_owned()))
}

/// The files that an `Include` names: relative to the including file's folder, `*` and `?` in the last component.
fn glob(pattern: &str, from: &Path, home: Option<&Path>) -> Vec<PathBuf> {
    let path = expand_home(pattern, home);
    let path = from.parent().unwrap_or(Path::new("")).join(path);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    if !name.contains(['*', '?']) {
        return vec![path.clone()];
    }
    let entries = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name());
    let mut names: Vec<String> = entries.filter_map(|name| name.into_string().ok()).collect();
    names.retain(|entry| !entry.starts_with('.') && pattern::matches(name, entry));
    names.sort();
    names.iter().map(|name| folder.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::ConfigFiles;

    fn read_text(text: &str, host: &str) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(&file, text).unwrap();
        std::fs::write(folder.path().join("a.conf"), "Host *\n  ConnectTimeout 3\n").unwrap();
        let mut settings = SshSettings::new(host);
        settings.home = Some("/home/me".into());
        settings.config_files = ConfigFiles::Only(file.clone());
        read(host, &[file], &settings)
    }

    #[test]
    fn the_first_value_wins_and_hosts_select() {
        let text = "Include *.conf\nHost web* !web9\n  User deploy\n  Port=2222\n  HostName %h.example.org\n  \
                    IdentityFile \"~/.ssh/%r_%p\"\nHost *\n  User other\n  IdentityFile %d/second\n";
        let config = read_text(text, "web1").unwrap();
        assert_eq!(config.host_name.as_deref(), Some("web1.example.org"));
        assert_eq!(
            (config.user.as_deref(), config.port),
            (Some("deploy"), Some(2222))
        );
        assert_eq!(config.identity_files, ["~/.ssh/deploy_2222", "/home/me/second"]);
        assert_eq!(config.connect_timeout, Some(3));
        assert_eq!(read_text(text, "web9").unwrap().user.as_deref(), Some("other"));
    }

    #[test]
    fn match_is_refused_with_its_place() {
        let error = read_text("Host *\nMatch user root\n  Port 3\n", "web1")
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("line 2: `Match` takes the ssh program, which is not installed"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_port_is_an_error() {
        let error = read_text("Port many\n", "web1").unwrap_err().to_string();
        assert!(error.ends_with("line 1: `many` is no port"), "{error}");
    }

    #[test]
    fn what_does_not_concern_us_needs_no_question() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        std::fs::write(&file, "Host *\n  SendEnv LANG\n  HashKnownHosts yes\n").unwrap();
        assert!(!concerns_us(std::slice::from_ref(&file), None).unwrap());
        std::fs::write(&file, "Match all\n  Compression yes\nHost *\n  Port 2\n").unwrap();
        assert!(concerns_us(std::slice::from_ref(&file), None).unwrap());
    }
}
