//! Facts: one file per subject.
//!
//! A part of a value that a forecast cannot know (the number of a user that would be created) is a
//! [`Known::Unknown`](evenkeel_host::Known) inside of the value.

pub mod account;
pub mod addresses;
pub mod apt_key_file;
pub mod arrivals;
mod asked;
pub mod crontab;
pub mod deb_url;
pub mod debconf;
pub mod dpkg_selection;
pub mod epoch;
pub mod fetched;
pub mod file_details;
pub mod firewalld;
pub mod flags;
pub mod getent;
pub mod home;
pub mod host_names;
pub mod iptables;
pub mod job;
pub mod kernel_module;
pub mod listening;
pub mod mounts;
pub mod package;
pub mod package_list;
pub mod package_manager;
pub mod reached;
pub mod rpm;
mod sections;
pub mod selinux;
pub mod services;
pub mod setup;
pub mod sysctl;
pub mod time_zone;
pub mod ufw;
pub mod unit;
pub mod whole_file;

use evenkeel_host::Answer;
use evenkeel_host::AnyFact;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Want;

use crate::Outputs;

/// The question for a fact.
pub fn want<F: Fact>(fact: F) -> Want {
    Want::Fact(AnyFact::new(fact))
}

/// The value of a fact that [`TaskType::then`](crate::TaskType::then) asked for as question `index`.
pub(crate) fn answered<F: Fact>(outputs: &Outputs<'_>, index: usize) -> Option<Known<F::Value>> {
    match outputs.answer(index)? {
        Known::Is(Answer::Fact(value)) => serde::Deserialize::deserialize(value.as_ref())
            .ok()
            .map(Known::Is),
        Known::Is(_) => None,
        Known::Unknown(why) => Some(Known::Unknown(why.clone())),
    }
}
