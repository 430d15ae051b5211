//! Exit codes, in one place.

use std::process::ExitCode;

/// How a run of the command ended. When several hold, the one that stands first here wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A defect of Evenkeel itself: 1.
    Internal,
    /// Stopped by a signal, by `no` to the question of `apply`, or because nobody reads the output any more: 6.
    Interrupted,
    /// The playbook, the inventory or an argument is wrong: 5.
    Input,
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
            Outcome::Input => 5,
            Outcome::Interrupted => 6,
        }
    }

    /// The number under the names of Ansible's programs (its `ExitCode`): input that is wrong is a parser's error, 4.
    pub const fn ansible_code(self) -> u8 {
        match self {
            Outcome::Done | Outcome::Pending => 0,
            Outcome::Failed => 2,
            Outcome::Unreachable | Outcome::Input => 4,
            Outcome::Interrupted => 99,
            Outcome::Internal => 250,
        }
    }
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
        ];
        assert_eq!(codes.map(Outcome::ansible_code), [0, 2, 4, 99, 250]);
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
