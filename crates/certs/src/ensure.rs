//! Making what is missing, keeping what is right.

use std::path::Path;
use std::time::SystemTime;

use evenkeel_playbook::Files;
use evenkeel_topology::Cluster;
use evenkeel_yaml::Problem;
use time::OffsetDateTime;
use x509_parser::parse_x509_certificate;

use crate::Action;
use crate::Entry;
use crate::Reason;
use crate::Report;
use crate::authority;
use crate::authority::Authority;
use crate::certify;
use crate::certify::LIFE;
use crate::folder::Folder;
use crate::judge::Found;
use crate::judge::judge;
use crate::wanted::Wanted;
use crate::wanted::wanted;

/// Makes or keeps the certificates of a cluster in a folder, at the time `now`.
///
/// A certificate is kept when it and its key can be read and belong together, the CA of the folder signed it, subject, names
/// and usages are exactly those that the model wants, and more than 30 days remain; otherwise it is made anew with a new key.
/// A CA that was made here is prolonged with its own key when it would end before what it signs. Files are written one by
/// one, each whole or not at all: a run that was cut off is completed by the next.
///
/// # Errors
/// When the folder or a key in it is open to others than its owner; when a part of the CA is lost while there are
/// certificates (a new CA is never made silently, because no host would trust it); when a host's name is too long for a
/// certificate; when a file cannot be read or written. Each says what to do.
pub fn ensure(
    cluster: &Cluster,
    folder: &Path,
    files: &dyn Files,
    now: SystemTime,
) -> Result<Report, Vec<Problem>> {
    let survey = Survey::take(cluster, folder, files, now)?;
    survey.make().map_err(|problem| vec![problem])
}

/// What [`ensure`] would do; nothing is written.
///
/// # Errors
/// As [`ensure`], apart from what only writing shows.
pub fn plan(
    cluster: &Cluster,
    folder: &Path,
    files: &dyn Files,
    now: SystemTime,
) -> Result<Report, Vec<Problem>> {
    let survey = Survey::take(cluster, folder, files, now)?;
    Ok(survey.report(true))
}

/// What is wanted, and what is there.
struct Survey<'a> {
    folder: Folder<'a>,
    authority: Authority,
    leaves: Vec<Leaf>,
    now: OffsetDateTime,
}

struct Leaf {
    wanted: Wanted,
    verdict: Result<OffsetDateTime, Vec<Reason>>,
}

impl<'a> Survey<'a> {
    fn take(
        cluster: &Cluster,
        folder: &'a Path,
        files: &'a dyn Files,
        now: SystemTime,
    ) -> Result<Survey<'a>, Vec<Problem>> {
        let one = |problem: Problem| vec![problem];
        let now = OffsetDateTime::from(now);
        let wanted = wanted(cluster)?;
        let folder = Folder::open(files, folder)?;
        let authority = Authority::find(&folder, now).map_err(one)?;
        let leaf = |wanted: Wanted| {
            let verdict = verdict(&wanted, &folder, &authority, now)?;
            Ok(Leaf { wanted, verdict })
        };
        let leaves: Result<Vec<Leaf>, Problem> = wanted.into_iter().map(leaf).collect();
        Ok(Survey {
            leaves: leaves.map_err(one)?,
            folder,
            authority,
            now,
        })
    }

    fn report(&self, forecast: bool) -> Report {
        let mut files = self.authority_entries();
        for leaf in &self.leaves {
            let (ends, why) = match &leaf.verdict {
                Ok(ends) => (*ends, Vec::new()),
                Err(why) => ((self.now + LIFE).min(self.authority.ends), why.clone()),
            };
            for file in [leaf.wanted.certificate_file(), leaf.wanted.key_file()] {
                files.push(self.entry(file, why.clone(), ends));
            }
        }
        let needed = |name: &&str| files.iter().all(|entry| entry.file != *name);
        let unused = self.folder.of_hosts().filter(needed).map(str::to_owned).collect();
        Report {
            folder: self.folder.path(),
            forecast,
            files,
            unused,
            warnings: Vec::from_iter(self.authority.warning(&self.folder, self.now)),
        }
    }

    fn authority_entries(&self) -> Vec<Entry> {
        let ends = self.authority.ends;
        let key = Vec::from_iter(self.authority.lacks_key().then_some(Reason::Missing));
        vec![
            self.entry(
                authority::CERTIFICATE.to_owned(),
                self.authority.why.clone(),
                ends,
            ),
            self.entry(authority::KEY.to_owned(), key, ends),
        ]
    }

    fn entry(&self, file: String, why: Vec<Reason>, ends: OffsetDateTime) -> Entry {
        Entry {
            file,
            action: if why.is_empty() {
                Action::Kept
            } else {
                Action::Made
            },
            why,
            days: (ends - self.now).whole_days(),
        }
    }

    /// Writes what is to be made; each key before its certificate.
    fn make(self) -> Result<Report, Problem> {
        let report = self.report(false);
        if report.made() == 0 {
            return Ok(report);
        }
        self.folder.make()?;
        let signer = self.authority.make(&self.folder, self.now)?;
        for leaf in self.leaves.iter().filter(|leaf| leaf.verdict.is_err()) {
            let pair = certify::leaf(&leaf.wanted, &signer, self.now)?;
            self.folder.write_key(&leaf.wanted.key_file(), &pair.key)?;
            self.folder
                .write_certificate(&leaf.wanted.certificate_file(), &pair.certificate)?;
        }
        Ok(report)
    }
}

fn verdict(
    wanted: &Wanted,
    folder: &Folder<'_>,
    authority: &Authority,
    now: OffsetDateTime,
) -> Result<Result<OffsetDateTime, Vec<Reason>>, Problem> {
    let Some(der) = &authority.certificate else {
        return Ok(Err(vec![Reason::Missing]));
    };
    let found = Found {
        certificate: folder.read(&wanted.certificate_file())?,
        key: folder.read(&wanted.key_file())?,
    };
    Ok(match parse_x509_certificate(der) {
        Ok((_, authority)) => judge(wanted, &found, &authority, now),
        Err(_) => Err(vec![Reason::OtherAuthority]),
    })
}
