//! A job that goes on by itself: what its journal says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::Apart;
use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;

/// What the journal of a job says.
#[derive(Clone, Debug)]
pub struct Job(pub Apart);

/// How a job stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Journal {
    /// The folder of the journal.
    pub path: String,
    /// Whether there is one.
    pub exists: bool,
    /// Whether it has come to its end.
    pub ended: bool,
    /// Whether its process is there still.
    pub alive: bool,
    /// What came of each change, in order, the last one perhaps of a change that failed.
    pub made: Vec<Made>,
}

/// What came of a change of a job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// The exit code.
    pub code: i32,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// `ok`, `failed`, `stale` or `invalid`.
    pub word: String,
    /// Standard output, as base64.
    pub stdout: String,
    /// Standard error, as base64.
    pub stderr: String,
}

impl Made {
    /// The output of the program.
    pub fn output(&self) -> Output {
        let bytes = |text: &str| STANDARD.decode(text).unwrap_or_default();
        Output {
            code: self.code,
            stdout: bytes(&self.stdout),
            stderr: bytes(&self.stderr),
            seconds: self.seconds,
        }
    }
}

/// Prints a journal in `$h`, a line for each thing.
const READ: &str = r#"printf 'path %s\n' "$h"
if [ -d "$h" ]; then echo exists
  p=
  if [ -r "$h/log" ]; then while read -r w x; do
    case $w in pid) p=$x ;; end) echo ended ;; done) echo "done $x" ;; esac
  done <"$h/log"; fi
  if [ -z "$p" ] || [ -d "/proc/$p" ]; then echo alive; fi
  for f in "$h"/*.[oe]; do [ ! -s "$f" ] || { printf 'file %s ' "${f##*/}"; base64 -w0 <"$f"; echo; }; done
fi
"#;

impl Fact for Job {
    type Value = Journal;
    const FAMILY: &'static str = "job";

    fn key(&self) -> String {
        self.0.place()
    }

    fn script(keys: &[&str]) -> String {
        let each = |(index, key): (usize, &&str)| format!("echo \"== {index}\"\n{key}{READ}");
        keys.iter().enumerate().map(each).collect()
    }

    fn parse(&self, output: &Output) -> Result<Journal, String> {
        let text = output.text();
        let mut journal = Journal::default();
        for line in own(&text, self.0.job.as_str()) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "path" => rest.clone_into(&mut journal.path),
                "exists" => journal.exists = true,
                "ended" => journal.ended = true,
                "alive" => journal.alive = true,
                "done" => journal.made.extend(made(rest)),
                "file" => journal.take(rest),
                _ => {}
            }
        }
        Ok(journal)
    }
}

/// The lines of one job.
fn own<'t>(text: &'t str, job: &str) -> Vec<&'t str> {
    let mut sections: Vec<Vec<&str>> = Vec::new();
    for line in text.lines() {
        match line.starts_with("== ") {
            true => sections.push(Vec::new()),
            false => sections.last_mut().into_iter().for_each(|lines| lines.push(line)),
        }
    }
    let end = format!("/{job}");
    let mine = |lines: &Vec<&str>| lines.first().is_some_and(|line| line.ends_with(&end));
    sections.into_iter().find(mine).unwrap_or_default()
}

/// `INDEX CODE BEGIN END WORD`.
fn made(line: &str) -> Option<Made> {
    let words: Vec<&str> = line.split(' ').collect();
    let [_, code, begin, end, word] = words.as_slice() else {
        return None;
    };
    let seconds = end.parse::<f64>().ok()? - begin.parse::<f64>().ok()?;
    Some(Made {
        code: code.parse().ok()?,
        seconds: (seconds * 100.0).round() / 100.0,
        word: (*word).to_owned(),
        ..Made::default()
    })
}

impl Journal {
    /// Takes `INDEX.o BASE64` or `INDEX.e BASE64`.
    fn take(&mut self, line: &str) {
        let Some((name, bytes)) = line.split_once(' ') else {
            return;
        };
        let Some((index, kind)) = name.split_once('.') else {
            return;
        };
        let Some(made) = index
            .parse()
            .ok()
            .and_then(|index: usize| self.made.get_mut(index))
        else {
            return;
        };
        let stream = if kind == "o" {
            &mut made.stdout
        } else {
            &mut made.stderr
        };
        bytes.clone_into(stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(job: &str, stdout: &str) -> Journal {
        let apart = Apart {
            folder: "~/.ansible_async".to_owned(),
            job: job.to_owned(),
        };
        let output = Output {
            stdout: stdout.as_bytes().to_vec(),
            ..Output::default()
        };
        Job(apart).parse(&output).unwrap()
    }

    const TWO: &str = "== 0\npath /root/.ansible_async/j1.1\n== 1\npath /root/.ansible_async/j1.2\nexists\n\
        done 0 0 10.00 12.50 ok\ndone 1 3 12.50 12.51 failed\nended\nfile 0.o b3V0\nfile 1.e ZXJy\n";

    #[test]
    fn each_job_has_its_own_lines() {
        let gone = journal("j1.1", TWO);
        assert!(!gone.exists && gone.made.is_empty());
        let ended = journal("j1.2", TWO);
        assert!(ended.exists && ended.ended && !ended.alive);
        let outputs: Vec<Output> = ended.made.iter().map(Made::output).collect();
        assert_eq!((outputs[0].code, outputs[0].seconds), (0, 2.5));
        assert_eq!(
            (outputs[0].stdout.as_slice(), outputs[1].stderr.as_slice()),
            (&b"out"[..], &b"err"[..])
        );
        assert_eq!((outputs[1].code, ended.made[1].word.as_str()), (3, "failed"));
    }
}
