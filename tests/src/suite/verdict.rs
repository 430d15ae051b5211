//! What both runs of a target mean.

use super::catalogue::Listed;
use super::record::Counts;
use super::record::Record;
use super::record::Step;

/// A target that both programs have run.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Which.
    pub target: Listed,
    /// What real Ansible made of it.
    pub ansible: Record,
    /// What Evenkeel made of it.
    pub evenkeel: Record,
}

/// Whether a target counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Exit code 0 and the same counts.
    Counts,
    /// Real Ansible does not pass it here, so there is nothing to compare with.
    AnsibleFails(String),
    /// Evenkeel ended with another code than 0.
    Fails(String),
    /// Evenkeel ended with 0, and the counts are others.
    Differs(String),
}

impl Measured {
    /// Whether the target counts.
    pub fn verdict(&self) -> Verdict {
        if self.ansible.code != 0 {
            return Verdict::AnsibleFails(self.ansible.why.clone());
        }
        if self.evenkeel.code != 0 {
            return Verdict::Fails(format!("{}: {}", self.evenkeel.code, self.evenkeel.why));
        }
        if self.ansible.counts != self.evenkeel.counts {
            return Verdict::Differs(self.first_difference());
        }
        Verdict::Counts
    }

    /// Whether it had counted and does not any more.
    pub fn is_lost(&self) -> bool {
        self.target.counts && self.verdict() != Verdict::Counts
    }

    /// The first task of which the two programs say different things.
    pub fn first_difference(&self) -> String {
        let both = self.ansible.steps.iter().zip(&self.evenkeel.steps);
        let differ = |a: &Step, b: &Step| a.short() != b.short() || a.status != b.status;
        let at = both.clone().position(|(a, b)| differ(a, b));
        let at = at.unwrap_or_else(|| both.count());
        let tell = |step: Option<&Step>| match step {
            Some(step) => format!("{} [{}]: {}", step.short(), step.name, step.status),
            None => "nothing".to_owned(),
        };
        let [ansible, evenkeel] = [&self.ansible, &self.evenkeel].map(|record| tell(record.steps.get(at)));
        format!(
            "task {}: {ansible} with Ansible, {evenkeel} with Evenkeel",
            at + 1
        )
    }
}

impl Counts {
    /// The counts that are compared, in the order ok, changed, skipped, rescued, ignored.
    pub fn shown(&self) -> String {
        let all = [self.ok, self.changed, self.skipped, self.rescued, self.ignored];
        all.map(|count| count.to_string()).join("/")
    }
}
