//! Exit codes, in one place.

use std::process::ExitCode;

use evenkeel::Problem;

/// How a run of the command ended. When several hold, the one that stands first here wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A defect of Evenkeel itself: 1.
    Internal,
    /// Stopped by a signal, by `no` to the question of `apply`, or because nobody reads the output any more: 6.
    Interrupted,
    /// The playbook, the inventory or an argument is wrong: 5.
    Input,
    /// Arguments contradict each other, or a setting is wrong: 5.
    Arguments,
    /// What is named is not there or cannot be read, or there is no host to work on: 5.
    Missing,
    /// Some host could not be reached: 4. `verify` says 2 where something is down as well, for that is its question.
    Unreachable,
    /// A task failed on some host, or `verify` found something that is not up: 2.
    Failed,
    /// Changes are pending (only with `plan --exit-code`, `generate --check` and `picture --check`): 3.
    Pending,
    /// Done, or nothing to do: 0.
    Done,
}

impl Outcome {
    /// The number the shell sees.
    pub const fn code(self) -> u8 {
        match self {
            Outcome::Done => 0,
            Outcome::Internal => 1,
            Outcome::Failed => 2,
            Outcome::Pending => 3,
            Outcome::Unreachable => 4,
            Outcome::Input | Outcome::Arguments | Outcome::Missing => 5,
            Outcome::Interrupted => 6,
        }
    }

    /// The number under the names of Ansible's programs (its `ExitCode`): input that is wrong is a parser's error, 4,
    /// and what is not there a general one, 1.
    pub const fn ansible_code(self) -> u8 {
        match self {
            Outcome::Done | Outcome::Pending => 0,
            Outcome::Missing => 1,
            Outcome::Failed => 2,
            Outcome::Unreachable | Outcome::Input => 4,
            Outcome::Arguments => ANSIBLE_OPTION,
            Outcome::Interrupted => 99,
            Outcome::Internal => 250,
        }
    }
}

impl Outcome {
    /// How a command ends that found these errors.
    pub(crate) fn of(problems: &[Problem]) -> Outcome {
        let mut errors = problems.iter().filter(|problem| problem.is_error());
        if errors.all(|problem| is_missing(&problem.code)) {
            Outcome::Missing
        } else {
            Outcome::Input
        }
    }
}

/// Whether a finding is about what is not there: hosts, inventories, files, roles, passwords. Others are about what is
/// written.
fn is_missing(id: &str) -> bool {
    let family = id.split_once("::").map_or(id, |(family, _)| family);
    let families = ["file", "inventory", "pattern", "project", "run", "vault"];
    let ids = [
        "playbook::file-missing",
        "playbook::handler",
        "playbook::role-missing",
        "vars::unreadable",
    ];
    families.contains(&family) || ids.contains(&id)
}

/// A command line that cannot be read, under the names of Ansible's programs.
pub(crate) const ANSIBLE_USAGE: u8 = 2;
/// Under the names of Ansible's programs: an option that cannot be followed here.
pub(crate) const ANSIBLE_OPTION: u8 = 5;

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(outcome.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn under_ansibles_names_the_codes_are_ansibles() {
        let codes = [
            Outcome::Done,
            Outcome::Failed,
            Outcome::Unreachable,
            Outcome::Interrupted,
            Outcome::Internal,
            Outcome::Missing,
            Outcome::Input,
            Outcome::Arguments,
        ];
        assert_eq!(codes.map(Outcome::ansible_code), [0, 2, 4, 99, 250, 1, 4, 5]);
    }

    #[test]
    fn of_several_the_gravest_wins() {
        let worst = [Outcome::Pending, Outcome::Unreachable, Outcome::Failed]
            .into_iter()
            .min();
        assert_eq!(worst, Some(Outcome::Unreachable));
        assert!(Outcome::Internal < Outcome::Interrupted && Outcome::Interrupted < Outcome::Input);
    }
}
