//! The command under the names of Ansible's programs (a link): their options, output and exit codes.

mod inventory;
mod playbook;
mod vault;

use std::ffi::OsStr;
use std::ffi::OsString;
use std::path::Path;

use clap::Parser;
use evenkeel::Problem;

use crate::draw;
use crate::exit;

/// A program of Ansible's whose place the command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `ansible-playbook`.
    Playbook,
    /// `ansible-inventory`.
    Inventory,
    /// `ansible-vault`.
    Vault,
    /// Another one, which is not there.
    Other,
}

impl Program {
    /// Which one the first word of the command line names; `None` for `evenkeel` itself.
    pub(crate) fn of(word: Option<&OsString>) -> Option<Program> {
        let name = Path::new(word?).file_name().and_then(OsStr::to_str)?;
        match name {
            "ansible-playbook" => Some(Program::Playbook),
            "ansible-inventory" => Some(Program::Inventory),
            "ansible-vault" => Some(Program::Vault),
            _ if name == "ansible" || name.starts_with("ansible-") => Some(Program::Other),
            _ => None,
        }
    }

    /// Runs it, and gives its exit code.
    pub(crate) fn run(self, words: &[OsString]) -> u8 {
        match self {
            Program::Playbook => playbook::run(words),
            Program::Inventory => inventory::run(words),
            Program::Vault => vault::run(words),
            Program::Other => {
                let problem = Problem::error(
                    "called::unknown",
                    "there is nothing here under this name of a program of Ansible's",
                );
                draw::problems(&[problem.help(
                    "`ansible-playbook`, `ansible-inventory` and `ansible-vault` are; `evenkeel --help` shows the commands",
                )]);
                exit::ANSIBLE_OPTION
            }
        }
    }
}

/// Reads a command line; where it cannot be read, what is wrong was told, and this is the exit code.
fn read<T: Parser>(words: &[OsString]) -> Result<T, u8> {
    T::try_parse_from(words).map_err(|error| {
        drop(error.print());
        if error.use_stderr() {
            exit::ANSIBLE_USAGE
        } else {
            0
        }
    })
}

/// Tells of options that cannot be followed here.
fn refused(options: &[Refusal<'_>]) -> Result<(), u8> {
    let given: Vec<Problem> = options
        .iter()
        .filter(|refusal| refusal.given)
        .map(|refusal| {
            let text = format!("`{}` cannot be followed here", refusal.option);
            Problem::error("called::option", text).help(refusal.instead)
        })
        .collect();
    draw::problems(&given);
    if given.is_empty() {
        Ok(())
    } else {
        Err(exit::ANSIBLE_OPTION)
    }
}

/// An option of Ansible's that cannot be followed, and what to do instead.
struct Refusal<'a> {
    given: bool,
    option: &'a str,
    instead: &'a str,
}

#[cfg(test)]
mod tests {
    use super::Program;

    #[test]
    fn the_name_of_the_program_decides() {
        let of = |word: &str| Program::of(Some(&word.into()));
        assert_eq!(of("/usr/local/bin/ansible-playbook"), Some(Program::Playbook));
        assert_eq!(of("ansible-vault"), Some(Program::Vault));
        assert_eq!(of("ansible-galaxy"), Some(Program::Other));
        assert_eq!(of("/usr/bin/evenkeel"), None);
        assert_eq!(Program::of(None), None);
    }
}
