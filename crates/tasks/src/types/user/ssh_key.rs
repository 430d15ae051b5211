//! The SSH key of a user.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;

use super::User;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;

/// What `ssh-keygen -l` says of a key's file; empty where there is none.
#[derive(Clone, Debug)]
struct Fingerprint(AbsPath);

impl Fact for Fingerprint {
    type Value = String;
    const FAMILY: &'static str = "ssh-fingerprint";

    fn key(&self) -> String {
        self.0.as_str().to_owned()
    }

    /// A fork per file: ssh-keygen reads one at a time.
    fn script(keys: &[&str]) -> String {
        let each = keys
            .iter()
            .map(|key| format!("echo {0} \"$(ssh-keygen -l -f {0} 2>/dev/null)\"\n", quote(key)));
        each.collect()
    }

    fn parse(&self, output: &Output) -> std::result::Result<String, String> {
        let text = output.text();
        let found = text
            .lines()
            .find_map(|line| line.strip_prefix(self.0.as_str())?.strip_prefix(' '));
        Ok(found.unwrap_or("").trim().to_owned())
    }
}

/// What was seen of the key.
#[derive(Debug)]
pub(super) struct Seen {
    /// `None` where the home folder is not known.
    file: Option<AbsPath>,
    exists: Known<bool>,
    public: Known<Option<Arc<Entry>>>,
    fingerprint: Known<String>,
}

fn public(file: &AbsPath) -> Option<AbsPath> {
    AbsPath::new(&format!("{file}.pub"))
}

fn text(entry: &Option<Arc<Entry>>) -> serde_json::Value {
    match entry.as_ref().and_then(|entry| entry.content.as_ref()) {
        Some(Content::Bytes(bytes)) => String::from_utf8_lossy(bytes).trim().into(),
        Some(Content::Digest(_)) | None => serde_json::Value::Null,
    }
}

impl Seen {
    pub(super) fn public_file(&self) -> Option<Want> {
        let path = public(self.file.as_ref()?)?;
        Some(Want::Entry {
            path,
            follow: true,
            content: true,
        })
    }

    pub(super) fn result(&self, returned: &mut Returned, plan: &Plan, outputs: &Outputs<'_>) {
        let made = plan
            .changes
            .iter()
            .position(|change| matches!(change, Change::Run(run) if is_key(run)));
        let fingerprint = match made {
            Some(index) => outputs.get(index).map(|output| output.text().trim().to_owned()),
            None => self.fingerprint.clone(),
        };
        returned.insert("ssh_fingerprint".to_owned(), fingerprint.map(Into::into));
        if let Some(file) = &self.file {
            returned.insert("ssh_key_file".to_owned(), Known::Is(file.as_str().into()));
        }
        let public = match outputs.answer(1) {
            Some(Known::Is(Answer::Entry(entry))) => Known::Is(text(entry)),
            Some(Known::Unknown(why)) => Known::Unknown(Arc::clone(why)),
            Some(Known::Is(_)) | None if made.is_none() => self.public.as_ref().map(text),
            Some(Known::Is(_)) | None => Known::unknown("generating the SSH key"),
        };
        returned.insert("ssh_public_key".to_owned(), public);
    }
}

fn is_key(run: &Run) -> bool {
    run.summary.starts_with("generate an SSH key")
}

impl User {
    fn key_file(&self, home: &AbsPath) -> AbsPath {
        match &self.ssh_key_file {
            Some(file) => home.join(file),
            None => home.join(&format!(".ssh/id_{}", self.ssh_key_type)),
        }
    }

    pub(super) fn look_at_key(&self, on: &View<'_>, home: Option<&AbsPath>) -> Result<Seen> {
        let Some(file) = home.map(|home| self.key_file(home)) else {
            let why = "the home folder";
            return Ok(Seen {
                file: None,
                exists: Known::unknown(why),
                public: Known::unknown(why),
                fingerprint: Known::unknown(why),
            });
        };
        let exists = on.entry(&file, true)?.map(|entry| entry.is_some());
        let public = match public(&file) {
            Some(path) => on.file(&path, true)?,
            None => Known::Is(None),
        };
        let fingerprint = match exists {
            Known::Is(true) => on.fact(Fingerprint(file.clone()))?,
            _ => Known::unknown("generating the SSH key"),
        };
        Ok(Seen {
            file: Some(file),
            exists,
            public,
            fingerprint,
        })
    }

    /// The change that generates the key, where one is needed, and why that is not sure.
    pub(super) fn key_change(&self, seen: &Seen) -> Option<(Change, Option<String>)> {
        let there = match (&seen.exists, &seen.public) {
            (Known::Is(false), Known::Is(None)) => Known::Is(false),
            (Known::Is(true), _) | (_, Known::Is(Some(_))) => Known::Is(true),
            (Known::Unknown(why), _) | (_, Known::Unknown(why)) => Known::Unknown(Arc::clone(why)),
        };
        if there == Known::Is(true) && !self.force {
            return None;
        }
        let file = seen
            .file
            .clone()
            .or_else(|| AbsPath::new(&format!("/home/{}/.ssh/id_{}", self.name.text, self.ssh_key_type)))?;
        let mut run = Run::new(format!("generate an SSH key in {file}"), self.key_command(&file));
        run.obscures = [Some(file.clone()), public(&file), file.parent()]
            .into_iter()
            .flatten()
            .map(Obscures::Path)
            .collect();
        Some((Change::Run(Box::new(run)), there.why().map(str::to_owned)))
    }

    /// The passphrase comes on standard input and reaches ssh-keygen through an askpass program.
    fn key_command(&self, file: &AbsPath) -> Command {
        let (name, path) = (quote(&self.name.text), quote(file.as_str()));
        let folder = file.parent().unwrap_or_else(AbsPath::root);
        let folder = quote(folder.as_str());
        let bits = self
            .ssh_key_bits
            .filter(|bits| *bits > 0)
            .map(|bits| format!(" -b {bits}"))
            .unwrap_or_default();
        let comment = match &self.ssh_key_comment {
            Some(comment) => quote(comment).into_owned(),
            None => "\"ansible-generated on $(uname -n)\"".to_owned(),
        };
        let keygen = format!(
            "ssh-keygen -q -t {}{bits} -C {comment} -f {path}",
            quote(&self.ssh_key_type)
        );
        let remove = if self.force {
            format!("rm -f -- {path} {path}.pub\n")
        } else {
            String::new()
        };
        let generate = match &self.ssh_key_passphrase {
            None => format!("{keygen} -N '' </dev/null || exit 1\n"),
            Some(_) => format!(
                "d=$(mktemp -d) || exit 1\ntrap 'rm -rf \"$d\"' EXIT\ncat >\"$d/p\"\n\
                 printf '#!/bin/sh\\ncat \"%s/p\"\\n' \"$d\" >\"$d/askpass\" && chmod 0700 \"$d/askpass\" || exit 1\n\
                 SSH_ASKPASS=\"$d/askpass\" SSH_ASKPASS_REQUIRE=force DISPLAY=: {keygen} </dev/null || exit 1\n"
            ),
        };
        let mut command = Command::shell(format!(
            "[ -d {folder} ] || {{ mkdir -m 0700 -- {folder} && chown -- {name}: {folder}; }} || exit 1\n\
             {remove}{generate}chown -- {name}: {path} {path}.pub && ssh-keygen -l -f {path}\n"
        ));
        command.stdin = self
            .ssh_key_passphrase
            .as_ref()
            .map(|text| Secret::new(format!("{}\n", text.expose()).into_bytes()));
        command
    }
}
